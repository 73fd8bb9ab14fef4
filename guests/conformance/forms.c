// SPDX-License-Identifier: GPL-2.0-only
/*
 * Forms of loads and stores to registers of a device. What the syndrome describes
 * must work; what it does not (writeback, pairs, SIMD, exclusives) cannot be emulated.
 */
#include "gic.h"

#define VALUE 0x90706080

static uint64_t priorities;

static void reset_value(void)
{
	for (unsigned int i = 0; i < 4; i++)
		mmio_write8(priorities + i, (uint8_t)(VALUE >> 8 * i));
}

/* Loads into x10 from x9, with an index of 4 in x11 where the form has one */
#define LOAD(form, address, expected)                                           \
	do {                                                                    \
		register uint64_t x9 asm("x9") = (address);                     \
		register uint64_t x10 asm("x10") = 0x5555555555555555;          \
		register uint64_t x11 asm("x11") = 4;                           \
                                                                                \
		asm volatile(form : "+r"(x9), "+r"(x10) : "r"(x11) : "memory"); \
		check_equal(x10, expected, form);                               \
	} while (0)

static void check_loads(void)
{
	uint64_t p = priorities;

	LOAD("ldr w10, [x9]", p, VALUE);
	LOAD("ldrb w10, [x9]", p, 0x80);
	LOAD("ldrb w10, [x9, #3]", p, 0x90);
	LOAD("ldrsb w10, [x9]", p, 0xffffff80);
	LOAD("ldrsb x10, [x9]", p, 0xffffffffffffff80);
	LOAD("ldrsb x10, [x9, #1]", p, 0x60);
	LOAD("ldrsw x10, [x9]", p, 0xffffffff90706080);
	LOAD("ldur w10, [x9, #-4]", p + 4, VALUE);
	LOAD("ldurb w10, [x9, #-1]", p + 2, 0x60);
	LOAD("ldr w10, [x9, #8]", p - 8, VALUE);
	LOAD("ldr w10, [x9, x11]", p - 4, VALUE);
	LOAD("ldr w10, [x9, x11, lsl #2]", p - 16, VALUE);
	LOAD("ldr w10, [x9, w11, uxtw #2]", p - 16, VALUE);
	LOAD("ldrb w10, [x9, w11, sxtw]", p - 4, 0x80);
	LOAD("ldar w10, [x9]", p, VALUE);
	LOAD("ldarb w10, [x9]", p, 0x80);
	LOAD("ldr wzr, [x9]", p, 0x5555555555555555);
	if (platform.gic == 3) {
		uint64_t route = platform.gicd + GICD_IROUTER + conformance.spi * 8ull, x;

		asm volatile("ldr %0, [%1]" : "=r"(x) : "r"(route) : "memory");
		check(x == this_cpu()->mpidr, "ldr x, [x]");
		asm volatile("ldar %0, [%1]" : "=r"(x) : "r"(route) : "memory");
		check(x == this_cpu()->mpidr, "ldar x, [x]");
	}
}

#define STORE(form, address, expected)                                         \
	do {                                                                   \
		reset_value();                                                 \
		register uint64_t x9 asm("x9") = (address);                    \
		register uint64_t x10 asm("x10") = 0xaaaaaaaaf0d0b0a0;         \
		register uint64_t x11 asm("x11") = 4;                          \
                                                                               \
		asm volatile(form : "+r"(x9) : "r"(x10), "r"(x11) : "memory"); \
		check_equal(mmio_read32(priorities), expected, form);          \
	} while (0)

static void check_stores(void)
{
	uint64_t p = priorities;

	STORE("str w10, [x9]", p, 0xf0d0b0a0);
	STORE("strb w10, [x9]", p, 0x907060a0);
	STORE("strb w10, [x9, #2]", p, 0x90a06080);
	STORE("stur w10, [x9, #-4]", p + 4, 0xf0d0b0a0);
	STORE("str w10, [x9, x11]", p - 4, 0xf0d0b0a0);
	STORE("str w10, [x9, w11, uxtw #2]", p - 16, 0xf0d0b0a0);
	STORE("stlr w10, [x9]", p, 0xf0d0b0a0);
	STORE("stlrb w10, [x9]", p, 0x907060a0);
	STORE("str wzr, [x9]", p, 0);
	STORE("strb wzr, [x9, #3]", p, 0x00706080);
}

/* Each register as the target: the last two lines of a form are its number */
/* clang-format off */
#define FOR_EACH_REGISTER(X) \
	X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12) X(13) X(14) X(15) \
	X(16) X(17) X(18) X(19) X(20) X(21) X(22) X(23) X(24) X(25) X(26) X(27) X(28) X(30)
/* clang-format on */

#define TRY_REGISTER(n)                                     \
	do {                                                \
		uint64_t got;                               \
                                                            \
		asm volatile("mov	x" #n ", #-1\n\t"   \
			     "ldr	w" #n ", [%1]\n\t"  \
			     "mov	%0, x" #n           \
			     : "=&r"(got)                   \
			     : "r"(priorities)              \
			     : "x" #n, "memory");           \
		loads &= got == VALUE;                      \
		asm volatile("mov	x" #n ", #0x40\n\t" \
			     "strb	w" #n ", [%0]"      \
			     :                              \
			     : "r"(priorities)              \
			     : "x" #n, "memory");           \
		stores &= mmio_read8(priorities) == 0x40;   \
		mmio_write8(priorities, VALUE & 0xff);      \
	} while (0);

static void check_registers(void)
{
	bool loads = true, stores = true;

	reset_value();
	FOR_EACH_REGISTER(TRY_REGISTER)
	check(loads, "load into each register");
	check(stores, "store from each register");
}

/* 0: done; otherwise the class of the exception. The base must be as it should then. */
#define TRY(form, moved)                                                            \
	do {                                                                        \
		struct guest_fault fault;                                           \
		uint64_t base;                                                      \
		bool taken;                                                         \
                                                                                    \
		reset_value();                                                      \
		fault_catch();                                                      \
		asm volatile(".arch_extension simd\n\t"                             \
			     "mov	x9, %1\n\t" form "\n\t"                     \
			     "mov	%0, x9"                                           \
			     : "=r"(base)                                           \
			     : "r"(priorities)                                      \
			     : "x9", "x10", "x11", "x12", "memory", "cc");          \
		taken = fault_caught(&fault);                                       \
		show(taken ? fault.esr >> 26 & 0x3f : 0, form);                     \
		check(base == priorities + (taken ? 0 : (moved)), "base of " form); \
	} while (0)

static void check_undescribed(void)
{
	TRY("ldr w10, [x9], #4", 4);
	TRY("ldr w10, [x9, #4]!", 4);
	TRY("str w10, [x9], #4", 4);
	TRY("strb w10, [x9, #1]!", 1);
	TRY("ldp w10, w11, [x9]", 0);
	TRY("stp w10, w11, [x9]", 0);
	TRY("ldnp w10, w11, [x9]", 0);
	TRY("ldr s0, [x9]", 0);
	TRY("str s0, [x9]", 0);
	TRY("ldr b0, [x9]", 0);
	TRY("ld1 {v0.s}[0], [x9]", 0);
	reset_value();
}

void check_forms(void)
{
	priorities = platform.gicd + GIC_IPRIORITYR + conformance.spi;
	if (platform.gic == 3)
		set_route(conformance.spi, 0);
	check_registers();
	check_loads();
	check_stores();
	check_undescribed();
}
