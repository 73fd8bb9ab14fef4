/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * What C has no words for: system registers, barriers, MMIO, waiting.
 */
#ifndef GUEST_ARCH_H
#define GUEST_ARCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define read_sysreg(reg)                                                   \
	({                                                                 \
		uint64_t value_;                                           \
		asm volatile("mrs %0, " #reg : "=r"(value_) : : "memory"); \
		value_;                                                    \
	})

#define write_sysreg(value, reg) \
	asm volatile("msr " #reg ", %x0" : : "rZ"((uint64_t)(value)) : "memory")

#define isb() asm volatile("isb" : : : "memory")
#define dsb(domain) asm volatile("dsb " #domain : : : "memory")
#define dmb(domain) asm volatile("dmb " #domain : : : "memory")

/* To be in every loop that spins: others may need this CPU's place to run. */
#define cpu_relax() asm volatile("yield" : : : "memory")
#define wfi() asm volatile("dsb sy\n\twfi" : : : "memory")
#define wfe() asm volatile("wfe" : : : "memory")
#define sev() asm volatile("dsb ish\n\tsev" : : : "memory")

/* MPIDR_EL1: the four affinity fields without the flags between them */
#define MPIDR_AFFINITY 0xff00fffffful

/*
 * MMIO is done with these only. A hypervisor that emulates a device learns the
 * access from ESR_EL2, which describes nothing but plain single-register loads
 * and stores; given a pointer, the compiler might choose other forms.
 */
static inline uint8_t mmio_read8(uint64_t address)
{
	uint8_t value;

	asm volatile("ldrb %w0, [%1]" : "=r"(value) : "r"(address) : "memory");
	return value;
}

static inline uint32_t mmio_read32(uint64_t address)
{
	uint32_t value;

	asm volatile("ldr %w0, [%1]" : "=r"(value) : "r"(address) : "memory");
	return value;
}

static inline uint64_t mmio_read64(uint64_t address)
{
	uint64_t value;

	asm volatile("ldr %0, [%1]" : "=r"(value) : "r"(address) : "memory");
	return value;
}

static inline void mmio_write8(uint64_t address, uint8_t value)
{
	asm volatile("strb %w0, [%1]" : : "rZ"(value), "r"(address) : "memory");
}

static inline void mmio_write32(uint64_t address, uint32_t value)
{
	asm volatile("str %w0, [%1]" : : "rZ"(value), "r"(address) : "memory");
}

static inline void mmio_write64(uint64_t address, uint64_t value)
{
	asm volatile("str %x0, [%1]" : : "rZ"(value), "r"(address) : "memory");
}

static inline void irq_on(void)
{
	asm volatile("msr daifclr, #2" : : : "memory");
}

static inline void irq_off(void)
{
	asm volatile("msr daifset, #2" : : : "memory");
}

/* Masks interrupts; the result is for irq_restore(). */
static inline uint64_t irq_save(void)
{
	uint64_t flags = read_sysreg(daif);

	irq_off();
	return flags;
}

static inline void irq_restore(uint64_t flags)
{
	write_sysreg(flags, daif);
}

#endif
