// SPDX-License-Identifier: GPL-2.0-only
/* PSCI (DEN0022) and the calling convention below it (DEN0028). */
#include "check.h"
#include "entry.h"

#define PSCI_CPU_SUSPEND 0xc4000001
#define PSCI_MIGRATE 0xc4000005
#define PSCI_MIGRATE_INFO_TYPE 0x84000006
#define PSCI_MIGRATE_INFO_UP_CPU 0xc4000007
#define PSCI_CPU_FREEZE 0x8400000b
#define PSCI_SYSTEM_SUSPEND 0xc400000e
#define PSCI_SYSTEM_RESET2 0xc4000012
#define PSCI_LAST 0x8400001f
#define PSCI_32 0x40000000 /* clear this for the 32-bit form of a function */
#define PSCI_INVALID_ADDRESS (-9)

#define SMCCC_VERSION 0x80000000
#define SMCCC_ARCH_FEATURES 0x80000001
#define SMCCC_UNKNOWN 0x8000ff00
#define SMCCC_SIP_UNKNOWN 0xc2000001
#define SMCCC_YIELDING 0x02000001

#define NOWHERE 0xfff0000000000000
#define CONTEXT 0x0123456789abcdef

static int64_t call(uint64_t function, uint64_t a1, uint64_t a2, uint64_t a3)
{
	uint64_t x[7] = { function, a1, a2, a3 };

	smccc_call(platform.conduit, x);
	return (int64_t)x[0];
}

static void check_result(int64_t got, int64_t expected, const char *what)
{
	if ((int32_t)got == (int32_t)expected)
		check(true, what);
	else
		check_equal((uint64_t)got, (uint64_t)expected, what);
}

static void check_features(void)
{
	static const struct {
		uint32_t function;
		const char *what;
	} offered[] = {
		{ PSCI_VERSION, "psci features: version" },
		{ PSCI_CPU_SUSPEND, "psci features: cpu_suspend" },
		{ PSCI_CPU_OFF, "psci features: cpu_off" },
		{ PSCI_CPU_ON, "psci features: cpu_on" },
		{ PSCI_CPU_ON & ~PSCI_32, "psci features: cpu_on, 32 bits" },
		{ PSCI_AFFINITY_INFO, "psci features: affinity_info" },
		{ PSCI_SYSTEM_OFF, "psci features: system_off" },
		{ PSCI_SYSTEM_RESET, "psci features: system_reset" },
		{ PSCI_FEATURES, "psci features: features" },
		{ PSCI_MIGRATE_INFO_TYPE, "psci features: migrate_info_type" },
	}, others[] = {
		{ SMCCC_VERSION, "psci features: smccc_version" },
		{ PSCI_SYSTEM_RESET2, "psci features: system_reset2" },
		{ PSCI_SYSTEM_SUSPEND, "psci features: system_suspend" },
		{ PSCI_MIGRATE, "psci features: migrate" },
		{ PSCI_CPU_FREEZE, "psci features: cpu_freeze" },
	};

	for (unsigned int i = 0; i < sizeof(offered) / sizeof(offered[0]); i++)
		check_result(call(PSCI_FEATURES, offered[i].function, 0, 0), 0, offered[i].what);
	for (unsigned int i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		show((uint32_t)call(PSCI_FEATURES, others[i].function, 0, 0), others[i].what);
	check_result(call(PSCI_FEATURES, PSCI_LAST, 0, 0), PSCI_NOT_SUPPORTED,
		     "psci features: a function that nobody has");
	/* Of a type that is a vendor's: one that is known would not return */
	show((uint32_t)call(PSCI_SYSTEM_RESET2, 0x80000001, 0, 0), "psci system_reset2, vendor's");
	/* A function that is not offered must not exist either */
	if ((int32_t)call(PSCI_FEATURES, PSCI_SYSTEM_SUSPEND, 0, 0) == PSCI_NOT_SUPPORTED)
		check_result(call(PSCI_SYSTEM_SUSPEND, 0, 0, 0), PSCI_NOT_SUPPORTED,
			     "psci system_suspend not offered");
}

static void check_unknown(void)
{
	check_result(call(PSCI_LAST, 0, 0, 0), PSCI_NOT_SUPPORTED, "psci unknown function");
	check_result(call(PSCI_MIGRATE, 0, 0, 0), PSCI_NOT_SUPPORTED, "psci migrate");
	check_result(call(PSCI_MIGRATE_INFO_UP_CPU, 0, 0, 0), PSCI_NOT_SUPPORTED,
		     "psci migrate_info_up_cpu");
	check_equal((uint64_t)call(PSCI_MIGRATE_INFO_TYPE, 0, 0, 0), 2, "psci migrate_info_type");
}

/* Registers that a call leaves alone: DEN0028, x4..x17 since version 1.1 */
static void check_registers(void)
{
	uint64_t before[32], after[32];

	for (unsigned int i = 0; i < 32; i++)
		before[i] = 0x1111111111111111 * (i % 15 + 1) + i;
	before[0] = PSCI_VERSION;
	call_with_registers(platform.conduit, before, after);
	check_equal(after[0], 0x10001, "psci version");
	check(after[1] == before[1] && after[2] == before[2] && after[3] == before[3],
	      "psci call leaves x1 to x3");
	for (unsigned int i = 4; i <= 30; i++) {
		if (after[i] != before[i]) {
			check_equal(i, 0, "psci call leaves x4 to x30");
			return;
		}
	}
	check(true, "psci call leaves x4 to x30");
	before[0] = 0xffffffff00000000 | PSCI_VERSION;
	call_with_registers(platform.conduit, before, after);
	check_equal(after[0], 0x10001, "psci function is 32 bits");
	before[0] = PSCI_FEATURES;
	before[1] = PSCI_LAST;
	call_with_registers(platform.conduit, before, after);
	show(after[0] >> 32, "psci upper half of a 32-bit error");
}

static void check_affinity(void)
{
	uint64_t self = this_cpu()->mpidr;

	check_result(call(PSCI_AFFINITY_INFO, self, 0, 0), PSCI_IS_ON, "affinity_info self");
	check_result(call(PSCI_AFFINITY_INFO & ~PSCI_32, self, 0, 0), PSCI_IS_ON,
		     "affinity_info self, 32 bits");
	check_result(call(PSCI_AFFINITY_INFO, 0xfe0000, 0, 0), PSCI_INVALID_PARAMETERS,
		     "affinity_info of nobody");
	check_result(call(PSCI_AFFINITY_INFO, self, 9, 0), PSCI_INVALID_PARAMETERS,
		     "affinity_info level 9");
	show((uint32_t)call(PSCI_AFFINITY_INFO, self, 1, 0), "affinity_info level 1");
	check_result(call(PSCI_CPU_ON, self, (uintptr_t)entry_probe, 0), PSCI_ALREADY_ON,
		     "cpu_on self");
	check_result(call(PSCI_CPU_ON, 0xfe0000, (uintptr_t)entry_probe, 0),
		     PSCI_INVALID_PARAMETERS, "cpu_on nobody");
}

/* Of one that may not have begun yet */
static void check_at_once(uint64_t other)
{
	int32_t ret = (int32_t)call(PSCI_CPU_ON, other, (uintptr_t)entry_probe, 0);
	int32_t state = (int32_t)call(PSCI_AFFINITY_INFO, other, 0, 0);

	check(ret == PSCI_ALREADY_ON || ret == PSCI_ON_PENDING, "cell: cpu_on at once again");
	check(state == PSCI_IS_ON || state == PSCI_IS_ON_PENDING, "cell: affinity_info at once");
}

static void check_on(void)
{
	uint64_t other = conformance.mpidr[1];

	check_result(call(PSCI_AFFINITY_INFO, other, 0, 0), PSCI_IS_OFF, "affinity_info off");
	/* A bare machine would start it there, and never be asked again */
	if (platform.comm) {
		check_result(call(PSCI_CPU_ON, other, NOWHERE, 0), PSCI_INVALID_ADDRESS,
			     "cell: cpu_on where no memory is");
		check_result(call(PSCI_CPU_ON, other, (uintptr_t)entry_probe + 2, 0),
			     PSCI_INVALID_ADDRESS, "cell: cpu_on between instructions");
		check_result(call(PSCI_CPU_ON, other, (uintptr_t)platform.comm, 0),
			     PSCI_INVALID_ADDRESS, "cell: cpu_on where nothing is executable");
	}
	entry_prepare();
	check_result(call(PSCI_CPU_ON, other, (uintptr_t)entry_probe, CONTEXT), PSCI_SUCCESS,
		     "cpu_on");
	/* QEMU's firmware would start it twice */
	if (platform.comm)
		check_at_once(other);
	while (!entry_is_done())
		cpu_relax();
	check_result(call(PSCI_AFFINITY_INFO, other, 0, 0), PSCI_IS_ON, "affinity_info on");
	check_result(call(PSCI_CPU_ON, other, (uintptr_t)entry_probe, 0), PSCI_ALREADY_ON,
		     "cpu_on of one that is on");
	check_equal(entry_state.x0, CONTEXT, "cpu_on context");
	entry_release();
	while (call(PSCI_AFFINITY_INFO, other, 0, 0) != PSCI_IS_OFF)
		cpu_relax();
	check(true, "cpu_off");
	/* By the 32-bit call: the upper half of the context does not exist */
	entry_prepare();
	check_result(call(PSCI_CPU_ON & ~PSCI_32, other, (uintptr_t)entry_probe, CONTEXT),
		     PSCI_SUCCESS, "cpu_on, 32 bits");
	while (!entry_is_done())
		cpu_relax();
	check_equal(entry_state.x0, (uint32_t)CONTEXT, "cpu_on context, 32 bits");
	entry_release();
	while (call(PSCI_AFFINITY_INFO, other, 0, 0) != PSCI_IS_OFF)
		cpu_relax();
}

static volatile uint32_t woken;

static void wake(uint32_t intid)
{
	write_sysreg(0, cntv_ctl_el0);
	woken++;
}

/* Standby, with the timer to end it; masked interrupts end it, too */
static void check_suspend(void)
{
	irq_enable(TIMER_INTID, wake);
	woken = 0;
	write_sysreg(timer_now() + timer_us_to_ticks(1000), cntv_cval_el0);
	write_sysreg(1, cntv_ctl_el0);
	isb();
	check_result(call(PSCI_CPU_SUSPEND, 0, 0, 0), PSCI_SUCCESS, "cpu_suspend standby");
	check((read_sysreg(cntv_ctl_el0) & 4) || woken, "cpu_suspend ends by the timer");
	irq_on();
	while (!woken)
		cpu_relax();
	irq_off();
	check_equal(woken, 1, "cpu_suspend interrupt is taken");
	irq_disable(TIMER_INTID);
}

/* QEMU's own firmware has nothing but PSCI: by SMC all else is an exception there */
static void show_call(uint64_t function, uint64_t a1, const char *what)
{
	struct guest_fault fault;
	int64_t result;

	fault_catch();
	result = call(function, a1, 0, 0);
	show(fault_caught(&fault) ? ESR_EC(fault.esr) : (uint64_t)result, what);
}

static void check_smccc(void)
{
	show_call(SMCCC_VERSION, 0, "smccc version");
	show_call(SMCCC_ARCH_FEATURES, SMCCC_VERSION, "smccc features: version");
	show_call(SMCCC_ARCH_FEATURES, SMCCC_UNKNOWN, "smccc features: unknown");
	show_call(SMCCC_UNKNOWN, 0, "smccc unknown");
	show_call(SMCCC_SIP_UNKNOWN, 0, "smccc unknown, silicon partner");
	show_call(SMCCC_YIELDING, 0, "smccc unknown, yielding");
	show_call(0, 0, "smccc 0");
}

void check_psci(void)
{
	check_registers();
	check_features();
	check_unknown();
	check_affinity();
	check_suspend();
	if (conformance.nr_cpus > 1)
		check_on();
	check_smccc();
}
