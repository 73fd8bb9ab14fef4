// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* HVC and SMC with every immediate, and calls with anything in any register. */
#include "fuzz.h"

#define HVC 0xd4000002
#define SMC 0xd4000003
#define IMMEDIATE(n) ((uint32_t)(n) << 5)
#define MOV_X0_X20 0xaa1403e0
#define STR_X0_X19_8 0xf8008660 /* str x0, [x19], #8 */

#define IMMEDIATES 0x10000
#define BATCH 1024
#define RANDOM_CALLS 100000

#define SMCCC_SERVICE_MASK 0xbfffffff
#define PSCI_CPU_SUSPEND 0x84000001
#define PSCI_SYSTEM_SUSPEND 0x8400000e
#define PSCI_SYSTEM_RESET2 0x84000012

static uint64_t results[BATCH];

/* A management call, which is not a cell's: no immediate makes it one. */
static void every_immediate(const char *what, uint32_t instruction)
{
	uint64_t undefined = fuzz_counts.undefined, refused = 0, granted = 0;

	for (uint32_t first = 0; first < IMMEDIATES; first += BATCH) {
		code_begin();
		for (uint32_t i = first; i < first + BATCH; i++) {
			code_emit(MOV_X0_X20);
			code_emit(instruction | IMMEDIATE(i));
			code_emit(STR_X0_X19_8);
		}
		code_run(results, CL_HC_CELL_CREATE, 0);
		for (uint32_t i = 0; i < BATCH; i++) {
			if (results[i] == CL_HC_CELL_CREATE)
				continue; /* undefined: nothing was called */
			if ((int64_t)results[i] < 0)
				refused++;
			else if (!granted++)
				printf("fault: %s #0x%x: 0x%lx, NOT expected\n", what, first + i,
				       results[i]);
		}
	}
	printf("fault: every %s: %lu refused, %lu undefined, %lu granted\n", what, refused,
	       fuzz_counts.undefined - undefined, granted);
}

/* x0..x17, loaded before the call and stored after it */
struct registers {
	uint64_t x[18];
};

static void call(struct registers *r, bool smc)
{
	asm volatile("mov	x19, %0\n\t"
		     "mov	x20, %1\n\t"
		     "ldp	x0, x1, [x19]\n\t"
		     "ldp	x2, x3, [x19, #16]\n\t"
		     "ldp	x4, x5, [x19, #32]\n\t"
		     "ldp	x6, x7, [x19, #48]\n\t"
		     "ldp	x8, x9, [x19, #64]\n\t"
		     "ldp	x10, x11, [x19, #80]\n\t"
		     "ldp	x12, x13, [x19, #96]\n\t"
		     "ldp	x14, x15, [x19, #112]\n\t"
		     "ldp	x16, x17, [x19, #128]\n\t"
		     "cbnz	x20, 1f\n\t"
		     "hvc	#0\n\t"
		     "b		2f\n"
		     "1:	smc	#0\n"
		     "2:	stp	x0, x1, [x19]\n\t"
		     "stp	x2, x3, [x19, #16]\n\t"
		     "stp	x4, x5, [x19, #32]\n\t"
		     "stp	x6, x7, [x19, #48]\n\t"
		     "stp	x8, x9, [x19, #64]\n\t"
		     "stp	x10, x11, [x19, #80]\n\t"
		     "stp	x12, x13, [x19, #96]\n\t"
		     "stp	x14, x15, [x19, #112]\n\t"
		     "stp	x16, x17, [x19, #128]"
		     :
		     : "r"(r), "r"((uint64_t)smc)
		     : "x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11",
		       "x12", "x13", "x14", "x15", "x16", "x17", "x19", "x20", "cc", "memory");
}

static uint64_t pick_function(void)
{
	uint64_t random = fuzz_random();
	uint32_t low = (uint32_t)(random >> 8);

	switch (random & 7) {
	case 0:
		return CL_HC(low & 0x1f);
	case 1:
		return CL_SMCCC_VENDOR_HYP32 | (low & 0xff1f);
	case 2:
		return 0x84000000 | (low & 0x1f);
	case 3:
		return 0xc4000000 | (low & 0x1f);
	case 4:
		return 0x80000000 | (low & 0x7f00ffff);
	case 5:
		return low & 0xff00000f;
	case 6:
		return low;
	default:
		return random;
	}
}

/* Numbers that mean something, more often than chance has it */
static uint64_t pick_argument(void)
{
	uint64_t random = fuzz_random();

	switch (random & 7) {
	case 0:
		return random >> 8 & 0xf;
	case 1:
		return ~0ull << (random >> 8 & 63);
	case 2:
		return this_cpu()->mpidr;
	case 3:
		return FAULT_HYPERVISOR + (random >> 8 & 0x3fffff);
	case 4:
		return random >> 8 & 0xfffff; /* of the guest's own RAM */
	default:
		return random;
	}
}

/* What ends this guest, or its CPU, or waits for an interrupt, by design */
static bool is_an_end(uint32_t function)
{
	switch (function & SMCCC_SERVICE_MASK) {
	case PSCI_CPU_SUSPEND:
	case PSCI_CPU_OFF:
	case PSCI_SYSTEM_OFF:
	case PSCI_SYSTEM_RESET:
	case PSCI_SYSTEM_RESET2:
		return true;
	}
	return false;
}

/* The console is for what is to be read there. */
static bool is_output(const struct registers *r)
{
	switch ((uint32_t)r->x[0]) {
	case CL_HC_CONSOLE_PUTC:
		return true;
	case CL_HC_CONSOLE_WRITE:
		return r->x[6] - 1 < 40;
	}
	return false;
}

/* Is there something for everybody behind this function? */
static bool may_succeed(uint32_t function)
{
	switch (function) {
	case CL_HC_NULL:
	case CL_HC_INFO:
	case CL_HC_UID:
	case CL_HC_REVISION:
	case 0x80000000: /* SMCCC_VERSION */
	case 0x80000001: /* SMCCC_ARCH_FEATURES */
	case 0x84000006: /* MIGRATE_INFO_TYPE */
		return true;
	}
	switch (function & SMCCC_SERVICE_MASK) {
	case PSCI_VERSION:
	case PSCI_FEATURES:
	case PSCI_AFFINITY_INFO &SMCCC_SERVICE_MASK:
		return true;
	}
	return false;
}

static uint64_t nr_granted;

static void one_call(void)
{
	struct registers before, after;
	bool smc = fuzz_random() & 1;

	before.x[0] = pick_function();
	for (unsigned int i = 1; i < 18; i++)
		before.x[i] = pick_argument();
	if (is_an_end((uint32_t)before.x[0]) || is_output(&before))
		return;
	after = before;
	call(&after, smc);
	if ((int32_t)after.x[0] >= 0 && !may_succeed((uint32_t)before.x[0]) && nr_granted++ < 8)
		printf("fault: call 0x%lx by %s: 0x%lx, NOT expected\n", before.x[0],
		       smc ? "SMC" : "HVC", after.x[0]);
	for (unsigned int i = 4; i < 18; i++) {
		if (after.x[i] != before.x[i])
			printf("fault: call 0x%lx by %s: x%u CHANGED\n", before.x[0],
			       smc ? "SMC" : "HVC", i);
	}
}

void mode_fuzz_calls(const uint64_t args[3])
{
	uint64_t count = args[1] ? args[1] : RANDOM_CALLS;

	fuzz_begin(args[0]);
	every_immediate("HVC", HVC);
	every_immediate("SMC", SMC);
	for (uint64_t i = 0; i < count; i++)
		one_call();
	printf("fault: %lu random calls, undefined %lu times\n", count, fuzz_counts.undefined);
	fuzz_end(FAULT_FUZZ_CALLS);
}
