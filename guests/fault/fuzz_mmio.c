// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Loads and stores of every kind at random addresses in and around the
 * interrupt controller, its own frames and those of others.
 */
#include "fuzz.h"

#define RANDOM_ACCESSES 100000

#define GICD_SIZE 0x10000
#define GICC_SIZE 0x2000
#define GICR_FRAMES 0x20000
#define BLOCK_SIZE 0x200000 /* what stage 1 has mapped around them */

/*
 * x0, x1: data; x2: address; w3: status, compare value. Those that an older CPU
 * lacks are undefined there. Each entry is two instructions.
 */
/* clang-format off */
#define INSTRUCTIONS(X)									\
	X("ldrb w0, [x2]") X("ldrh w0, [x2]") X("ldr w0, [x2]") X("ldr x0, [x2]")	\
	X("strb w0, [x2]") X("strh w0, [x2]") X("str w0, [x2]") X("str x0, [x2]")	\
	X("ldrsb w0, [x2]") X("ldrsb x0, [x2]") X("ldrsh w0, [x2]") X("ldrsh x0, [x2]")	\
	X("ldrsw x0, [x2]") X("str wzr, [x2]") X("str xzr, [x2]") X("ldr xzr, [x2]")	\
	/* unscaled, by register, unprivileged */					\
	X("ldur w0, [x2, #3]") X("stur w0, [x2, #-1]") X("stur x0, [x2, #5]")		\
	X("ldr w0, [x2, xzr]") X("str w0, [x2, wzr, uxtw]")				\
	X("ldtr w0, [x2]") X("sttr w0, [x2]") X("sttrb w0, [x2]")			\
	/* writeback */									\
	X("ldr w0, [x2], #4") X("ldr w0, [x2, #4]!") X("ldrb w0, [x2], #1")		\
	X("str w0, [x2], #4") X("str w0, [x2, #-4]!") X("str x0, [x2], #8")		\
	X("strb w0, [x2, #1]!") X("strh w0, [x2], #-2")					\
	/* pairs */									\
	X("ldp w0, w1, [x2]") X("ldp x0, x1, [x2]") X("ldpsw x0, x1, [x2]")		\
	X("stp w0, w1, [x2]") X("stp x0, x1, [x2]") X("stp xzr, xzr, [x2]")		\
	X("ldp w0, w1, [x2], #8") X("stp w0, w1, [x2, #-8]!") X("stp x0, x1, [x2], #16") \
	X("ldnp w0, w1, [x2]") X("stnp w0, w1, [x2]")					\
	/* SIMD */									\
	X("ldr b0, [x2]") X("ldr h0, [x2]") X("ldr s0, [x2]") X("ldr d0, [x2]")		\
	X("ldr q0, [x2]") X("str b0, [x2]") X("str h0, [x2]") X("str s0, [x2]")		\
	X("str d0, [x2]") X("str q0, [x2]") X("stur q0, [x2, #7]") X("str q0, [x2], #16") \
	X("ldp s0, s1, [x2]") X("stp s0, s1, [x2]") X("stp d0, d1, [x2]")		\
	X("stp q0, q1, [x2]") X("stp q0, q1, [x2, #-32]!")				\
	X("ld1 {v0.16b}, [x2]") X("st1 {v0.4s}, [x2]") X("st1 {v0.b}[3], [x2]")		\
	X("ld4 {v0.4s-v3.4s}, [x2]") X("st4 {v0.4s-v3.4s}, [x2]")			\
	X("st1 {v0.2d-v3.2d}, [x2], #64") X("ld1r {v0.4s}, [x2]")			\
	/* exclusive, acquire, release */						\
	X("ldxr w0, [x2]") X("stxr w3, w0, [x2]") X("ldxrb w0, [x2]")			\
	X("stxrb w3, w0, [x2]") X("ldxp x0, x1, [x2]") X("stxp w3, x0, x1, [x2]")	\
	X("ldar w0, [x2]") X("stlr w0, [x2]") X("ldarb w0, [x2]") X("stlrb w0, [x2]")	\
	X("ldaxr x0, [x2]") X("stlxr w3, x0, [x2]") X("ldapr w0, [x2]")			\
	/* atomic */									\
	X("ldadd w3, w0, [x2]") X("ldclral x3, x0, [x2]") X("swp w3, w0, [x2]")		\
	X("swpb w3, w0, [x2]") X("cas w3, w0, [x2]") X("casal x3, x0, [x2]")		\
	X("casp w4, w5, w0, w1, [x2]") X("stset w3, [x2]")				\
	/* no loads or stores, but accesses */						\
	X("prfm pldl1keep, [x2]") X("dc cvac, x2") X("dc civac, x2") X("dc ivac, x2")	\
	X("dc cvau, x2") X("dc zva, x2") X("ic ivau, x2") X("at s1e1w, x2")
/* clang-format on */

#define ENTRY(text) text "\n\tret\n\t"
#define TEXT(text) text,

/* clang-format off */
asm(".pushsection .text\n\t"
    ".arch armv8.3-a+lse+simd\n\t"
    ".balign 8\n"
    "fuzz_accesses:\n\t"
    INSTRUCTIONS(ENTRY)
    ".arch armv8-a\n\t"
    ".popsection");
/* clang-format on */

extern char fuzz_accesses[];

static const char *const texts[] = { INSTRUCTIONS(TEXT) };

#define NR_ACCESSES (sizeof(texts) / sizeof(texts[0]))

static void access(unsigned int which, uint64_t address)
{
	/* Before the registers are named: what is called would change them. */
	uint64_t first = fuzz_random(), second = fuzz_random(), third = fuzz_random();
	/* Small numbers enable and route; large ones mostly meet masks. */
	register uint64_t x0 asm("x0") = first & 1 << 20 ? first & 0xff : first;
	register uint64_t x1 asm("x1") = second;
	register uint64_t x2 asm("x2") = address;
	register uint64_t x3 asm("x3") = third;
	register uint64_t x6 asm("x6") = (uintptr_t)fuzz_accesses + 8 * which;

	asm volatile("blr x6"
		     : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3), "+r"(x6)
		     :
		     : "x4", "x5", "x30", "cc", "memory");
}

static bool last_frame(uint64_t mpidr, uint64_t frame, void *context)
{
	*(uint64_t *)context = frame + GICR_FRAMES;
	return true;
}

/* Of the distributor and the frames mostly, sometimes of what is around */
static uint64_t pick_address(uint64_t gicr_end)
{
	uint64_t random = fuzz_random();
	uint64_t offset = random >> 8;
	uint64_t address;

	switch (random & 7) {
	case 0:
		address = (platform.gicd & ~(uint64_t)(BLOCK_SIZE - 1)) + offset % BLOCK_SIZE;
		break;
	case 1:
	case 2:
	case 3:
		address = platform.gicd + offset % GICD_SIZE;
		break;
	default:
		address = platform.gic == 2 ? platform.gicc + offset % GICC_SIZE :
					      platform.gicr + offset % (gicr_end - platform.gicr);
	}
	/* Most are aligned, as most accesses of worth are. */
	return random & 0x30 ? address & ~3ull : address;
}

void mode_fuzz_mmio(const uint64_t args[3])
{
	uint64_t count = args[1] ? args[1] : RANDOM_ACCESSES, end = 0;

	if (!platform.gic)
		return;
	gic_for_each_frame(last_frame, &end);
	fuzz_begin(args[0]);
	for (unsigned int i = 0; i < NR_ACCESSES; i++) {
		struct fuzz_count before = fuzz_counts;

		access(i, platform.gicd + 4);
		if (fuzz_counts.undefined != before.undefined)
			printf("fault: \"%s\" is undefined on this CPU\n", texts[i]);
	}
	for (uint64_t i = 0; i < count; i++)
		access((unsigned int)(fuzz_random() % NR_ACCESSES), pick_address(end));
	printf("fault: %lu random accesses of %lu kinds, %lu aborted\n", count,
	       (uint64_t)NR_ACCESSES, fuzz_counts.data_abort);
	fuzz_end(FAULT_FUZZ_MMIO);
}
