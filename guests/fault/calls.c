// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* Hypercalls, SMCs and PSCI calls that a cell has no right to, or no use for. */
#include "fault.h"

#define GARBAGE 0xa5a5a5a5a5a5a5a5ull

static const uint32_t calls[] = {
	/* the hyp stub's, as from a kernel */
	0,
	1,
	2,
	3,
	4,
	/* root's */
	CL_HC_DISABLE,
	CL_HC_CELL_CREATE,
	CL_HC_CELL_SET_LOADABLE,
	CL_HC_CELL_START,
	CL_HC_CELL_SHUTDOWN,
	CL_HC_CELL_DESTROY,
	CL_HC_CELL_STATE,
	CL_HC_READ,
	CL_HC_SYSTEM_INFO,
	/* nobody's */
	CL_HC(0x0f),
	CL_HC(0x99),
	CL_HC(0xffff),
	0x8600ff02,
	0x8600ffff,
	/* Arm architecture, SiP, OEM, SDEI, TRNG, trusted OS and applications */
	0x80003fff,
	0x82000000,
	0xc2000001,
	0x83000000,
	0xc3000001,
	0xc4000020,
	0x84000050,
	0xb0000000,
	0xf2000000,
	0xbf00ff01,
	/* PSCI that does not exist, a yielding call, all ones */
	0x840000ff,
	0xc40000ff,
	0x02000000,
	0xffffffff,
};

/* One call; the instruction may be undefined here. */
#define TRY_CALL(instruction, function, argument)                                              \
	({                                                                                     \
		register uint64_t x0 asm("x0") = (function);                                   \
		register uint64_t x1 asm("x1") = (argument);                                   \
		register uint64_t x2 asm("x2") = (argument);                                   \
		register uint64_t x3 asm("x3") = (argument);                                   \
		asm volatile(instruction                                                       \
			     : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)                          \
			     :                                                                 \
			     : "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", \
			       "x14", "x15", "x16", "x17", "memory");                          \
		x0;                                                                            \
	})

static void report_call(const char *how, uint64_t function, uint64_t result,
			const struct guest_fault *fault)
{
	if (fault->taken)
		printf("fault: %s 0x%lx: %s\n", how, function, exception_name(fault->esr));
	else
		printf("fault: %s 0x%lx: %ld (0x%lx)\n", how, function, (int64_t)(int32_t)result,
		       result);
}

#define ATTEMPT(instruction, function, argument)                       \
	do {                                                           \
		struct guest_fault fault_;                             \
		uint64_t function_ = (function), result_;              \
		fault_catch();                                         \
		result_ = TRY_CALL(instruction, function_, argument);  \
		fault_caught(&fault_);                                 \
		report_call(instruction, function_, result_, &fault_); \
	} while (0)

void mode_unknown_calls(const uint64_t args[3])
{
	for (unsigned int i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		ATTEMPT("hvc #0", calls[i], GARBAGE);
		ATTEMPT("smc #0", calls[i], GARBAGE);
	}
	/* The upper half of x0 is not part of a function ID. */
	ATTEMPT("hvc #0", 0xffffffff00000000ull | CL_HC(0x99), GARBAGE);
	/* Jailhouse's: management calls, some for guests, an unknown one */
	for (uint64_t code = 0; code <= 9; code++)
		ATTEMPT("hvc #0x4a48", code, code == 8 ? '\n' : GARBAGE);
	ATTEMPT("hvc #0x4a48", GARBAGE, GARBAGE);
	/* Other immediates */
	ATTEMPT("hvc #1", CL_HC_NULL, GARBAGE);
	ATTEMPT("hvc #0xffff", CL_HC_NULL, GARBAGE);
	ATTEMPT("smc #1", PSCI_VERSION, GARBAGE);
	ATTEMPT("smc #0xffff", PSCI_VERSION, GARBAGE);
	/* Console calls with counts out of range */
	for (unsigned int i = 0; i < 4; i++) {
		static const uint64_t counts[] = { 0, 41, 1ull << 32, ~0ull };
		uint64_t x[7] = { CL_HC_CONSOLE_WRITE, 0, 0, 0, 0, 0, counts[i] };

		if (!platform.comm)
			break;
		smccc_call(SMCCC_HVC, x);
		printf("fault: console write of 0x%lx: %ld\n", counts[i], (int64_t)x[0]);
	}
}

static void psci_attempt(const char *what, uint32_t function, uint64_t a1, uint64_t a2, uint64_t a3)
{
	printf("fault: psci %s: %d\n", what, psci(function, a1, a2, a3));
}

static bool try_foreign_cpu(uint64_t mpidr, void *context)
{
	if (mpidr == this_cpu()->mpidr)
		return true;
	printf("fault: psci foreign CPU 0x%lx: affinity info %d, cpu on %d\n", mpidr,
	       psci(PSCI_AFFINITY_INFO, mpidr, 0, 0), psci(PSCI_CPU_ON, mpidr, 0, 0));
	return true;
}

#define PSCI_CPU_SUSPEND 0xc4000001
#define PSCI_MIGRATE_INFO_TYPE 0x84000006
#define PSCI_CPU_FREEZE 0x8400000b
#define PSCI_CPU_DEFAULT_SUSPEND 0xc400000c
#define PSCI_NODE_HW_STATE 0xc400000d
#define PSCI_SYSTEM_SUSPEND 0xc400000e
#define PSCI_SYSTEM_RESET2 0xc4000012
#define POWER_DOWN (1 << 16)

/* Nothing to be executed is there, should anybody be sent to it. */
#define NOWHERE 0x7ffffffff000ull

/* Should a suspend be granted, the handler of timer_sleep_us() ends it. */
static void wake_up_later(void)
{
	timer_sleep_us(1);
	write_sysreg(timer_now() + timer_frequency() / 10, cntv_cval_el0);
	write_sysreg(1, cntv_ctl_el0);
	isb();
}

void mode_hostile_psci(const uint64_t args[3])
{
	uint64_t self = this_cpu()->mpidr;

	gic_for_each_cpu(try_foreign_cpu, NULL);
	psci_attempt("cpu on self", PSCI_CPU_ON, self, 0, 0);
	psci_attempt("cpu on nobody", PSCI_CPU_ON, 0xff00ffffff, 0, 0);
	psci_attempt("cpu on all ones", PSCI_CPU_ON, ~0ull, ~0ull, ~0ull);
	psci_attempt("cpu on self, odd entry", PSCI_CPU_ON, self, 3, 0);
	psci_attempt("cpu on self, entry nowhere", PSCI_CPU_ON, self, NOWHERE, 0);
	psci_attempt("affinity info level 1", PSCI_AFFINITY_INFO, self, 1, 0);
	psci_attempt("affinity info level 9", PSCI_AFFINITY_INFO, self, 9, 0);
	psci_attempt("affinity info all ones", PSCI_AFFINITY_INFO, ~0ull, ~0ull, 0);
	psci_attempt("features all ones", PSCI_FEATURES, ~0ull, 0, 0);
	psci_attempt("migrate info type", PSCI_MIGRATE_INFO_TYPE, 0, 0, 0);
	psci_attempt("cpu freeze", PSCI_CPU_FREEZE, 0, 0, 0);
	psci_attempt("default suspend", PSCI_CPU_DEFAULT_SUSPEND, NOWHERE, 0, 0);
	psci_attempt("node hw state", PSCI_NODE_HW_STATE, self, 0, 0);
	wake_up_later();
	psci_attempt("suspend, bad state", PSCI_CPU_SUSPEND, 0xfcfeffff, NOWHERE, 0);
	wake_up_later();
	psci_attempt("suspend, power down", PSCI_CPU_SUSPEND, POWER_DOWN, NOWHERE, 0);
	psci_attempt("system suspend", PSCI_SYSTEM_SUSPEND, NOWHERE, 0, 0);
	psci_attempt("reset2, vendor type", PSCI_SYSTEM_RESET2, 0x80000001, 0, 0);
}

void mode_call_storm(const uint64_t args[3])
{
	uint64_t count = 0;

	while (comm_poll() != CL_MSG_SHUTDOWN_REQUEST) {
		if (platform.comm)
			hypercall(CL_HC_NULL, 0, 0);
		else
			psci(PSCI_VERSION, 0, 0, 0);
		count++;
		cpu_relax();
	}
	printf("fault: %lu calls\n", count);
}

void mode_console_flood(const uint64_t args[3])
{
	uint64_t count = 0;

	while (comm_poll() != CL_MSG_SHUTDOWN_REQUEST) {
		printf("fault: flood, line %lu\n", ++count);
		cpu_relax();
	}
}

/* Four functions with each of two arguments */
void mode_firmware(const uint64_t args[3])
{
	for (uint64_t function = args[0]; function < args[0] + 4; function++) {
		for (uint64_t arg = 7; arg <= 8; arg++) {
			uint64_t x[7] = { function, arg, 0x100 };

			smccc_call(args[2] ? SMCCC_HVC : SMCCC_SMC, x);
			printf("fault: 0x%lx of %lu: 0x%lx\n", function, arg, x[0]);
		}
	}
	for (uint64_t i = 0; i < args[1]; i++) {
		uint64_t x[7] = { args[0] + 1 };

		smccc_call(args[2] ? SMCCC_HVC : SMCCC_SMC, x);
	}
}
