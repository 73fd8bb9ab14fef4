// SPDX-License-Identifier: GPL-2.0-only
#include <cloister/config.h>
#include <console.h>
#include <cpu.h>
#include <guest.h>
#include <lib.h>
#include <mitigation.h>
#include <private.h>
#include <setup.h>
#include <sysreg.h>

/* In vectors.S */
extern char el2_vectors_hardened[];

static s64 ask_firmware(u64 function, u64 arg)
{
	u64 x[18] = { function, arg };

	forward_smc(x);
	return (s32)x[0];
}

/* The answer counts from SMCCC 1.1 on, which PSCI 1.0 tells of (DEN0028, 7.2) */
static s64 ask_for(u32 function)
{
	if (ask_firmware(PSCI_FEATURES, SMCCC_VERSION) < 0 ||
	    ask_firmware(SMCCC_VERSION, 0) < SMCCC_1_1)
		return -1;
	return ask_firmware(SMCCC_ARCH_FEATURES, function);
}

static struct mitigation needed_here(void)
{
	struct branch_ids ids = {
		.midr = read_sysreg(midr_el1),
		.pfr0 = read_sysreg(id_aa64pfr0_el1),
		.mmfr1 = read_sysreg(id_aa64mmfr1_el1),
		.isar2 = read_reg(ID_AA64ISAR2_EL1),
		.workaround_1 = ask_for(SMCCC_ARCH_WORKAROUND_1),
		.workaround_3 = ask_for(SMCCC_ARCH_WORKAROUND_3),
	};

	return mitigation_of(&ids);
}

void mitigation_probe(struct cpu *cpu, u64 flags)
{
	if (!(flags & CL_SYSTEM_NO_MITIGATIONS))
		PRIV->mitigation = needed_here();
	cpu->arch.mitigation = PRIV->mitigation;
}

void mitigation_log(void)
{
	for (u32 i = 0; i < nr_cpus; i++) {
		const struct mitigation *m = &cpus[i].arch.mitigation;

		if (i && !memcmp(m, &cpus[i - 1].arch.mitigation, sizeof(*m)))
			continue;
		log_printf("CPU %u on: branch prediction: loop of %u, firmware call 0x%x%s%s\n", i,
			   m->loops, m->call, m->flags & MITIGATION_CLEAR ? ", CLRBHB" : "",
			   m->flags & MITIGATION_OPEN ?
				   "; the firmware has no call that this CPU needs" :
				   "");
	}
}

void mitigation_commit(void)
{
	const struct mitigation *m = &PRIV->mitigation;

	if (m->loops || m->call || m->flags & MITIGATION_CLEAR)
		write_sysreg(vbar_el2, (u64)el2_vectors_hardened);
}
