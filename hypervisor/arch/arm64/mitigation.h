/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the entry code does against guests that train the branch predictors, so that
 * EL2 runs ahead to where the guest likes.
 *
 * There are two ways. Targets that were trained in another context (CVE-2017-5715): the
 * firmware invalidates them. And a history of branches that makes EL2 take targets
 * of its own at the wrong place (CVE-2022-23960): enough branches push it out,
 * or the firmware or an instruction clears it. Which CPU needs what, and how many
 * branches, is known from Arm's advisories and from those of the makers of the others.
 */
#ifndef ARM64_MITIGATION_H
#define ARM64_MITIGATION_H

#include <smc.h>
#include <types.h>

/**
 * struct branch_ids - what the answer depends on
 * @midr: MIDR_EL1
 * @pfr0: ID_AA64PFR0_EL1
 * @mmfr1: ID_AA64MMFR1_EL1
 * @isar2: ID_AA64ISAR2_EL1
 * @workaround_1: the firmware's answer to SMCCC_ARCH_FEATURES for SMCCC_ARCH_WORKAROUND_1:
 *	0 if this CPU needs the call, positive if not, negative if the firmware does not know
 * @workaround_3: the same for SMCCC_ARCH_WORKAROUND_3, which is both in one
 */
struct branch_ids {
	u64 midr;
	u64 pfr0;
	u64 mmfr1;
	u64 isar2;
	s64 workaround_1;
	s64 workaround_3;
};

#define CSV2(ids) ((ids)->pfr0 >> 56 & 15)

#define MITIGATION_CLEAR 1u /* the instruction CLRBHB */
#define MITIGATION_OPEN 2u /* the CPU needs more than there is */

/**
 * struct mitigation - what vectors.S does at each exception from a guest
 * @loops: rounds of branches
 * @call: function of the firmware, or 0
 * @flags: MITIGATION_*
 */
struct mitigation {
	u32 loops;
	u32 call;
	u32 flags;
};

#define MIDR_MODEL(midr) ((u32)(midr)&0xff00fff0)
#define MIDR_ARM(part) (0x41000000u | (part) << 4)

struct branch_cpu {
	u32 model;
	u8 loops; /* 0: the firmware's */
};

#define BRANCH_CPU_SAFE 0xff

/* Both kinds of CPU in one list; those in order predict too little to be of use */
static const struct branch_cpu branch_cpus[] = {
	{ MIDR_ARM(0xd03), BRANCH_CPU_SAFE }, /* Cortex-A53 */
	{ MIDR_ARM(0xd04), BRANCH_CPU_SAFE }, /* Cortex-A35 */
	{ MIDR_ARM(0xd05), BRANCH_CPU_SAFE }, /* Cortex-A55 */
	{ MIDR_ARM(0xd46), BRANCH_CPU_SAFE }, /* Cortex-A510 */
	{ MIDR_ARM(0xd07), 8 }, /* Cortex-A57 */
	{ MIDR_ARM(0xd08), 8 }, /* Cortex-A72 */
	{ MIDR_ARM(0xd09), 0 }, /* Cortex-A73 */
	{ MIDR_ARM(0xd0a), 0 }, /* Cortex-A75 */
	{ MIDR_ARM(0xd0b), 24 }, /* Cortex-A76 */
	{ MIDR_ARM(0xd0c), 24 }, /* Neoverse N1 */
	{ MIDR_ARM(0xd0d), 24 }, /* Cortex-A77 */
	{ MIDR_ARM(0xd0e), 24 }, /* Cortex-A76AE */
	{ MIDR_ARM(0xd40), 32 }, /* Neoverse V1 */
	{ MIDR_ARM(0xd41), 32 }, /* Cortex-A78 */
	{ MIDR_ARM(0xd42), 32 }, /* Cortex-A78AE */
	{ MIDR_ARM(0xd44), 32 }, /* Cortex-X1 */
	{ MIDR_ARM(0xd47), 32 }, /* Cortex-A710 */
	{ MIDR_ARM(0xd48), 32 }, /* Cortex-X2 */
	{ MIDR_ARM(0xd49), 32 }, /* Neoverse N2 */
	{ MIDR_ARM(0xd4b), 32 }, /* Cortex-A78C */
	{ MIDR_ARM(0xd4d), 38 }, /* Cortex-A715 */
	{ MIDR_ARM(0xd4e), 132 }, /* Cortex-X3 */
	{ MIDR_ARM(0xd4f), 132 }, /* Neoverse V2 */
	{ MIDR_ARM(0xd81), 38 }, /* Cortex-A720 */
	{ 0x5100804u << 4, 24 }, /* Kryo 4xx Gold */
	{ 0xc000ac3u << 4, 11 }, /* AmpereOne */
};

static inline const struct branch_cpu *branch_cpu_of(u64 midr)
{
	for (u32 i = 0; i < ARRAY_SIZE(branch_cpus); i++) {
		if (branch_cpus[i].model == MIDR_MODEL(midr))
			return &branch_cpus[i];
	}
	return NULL;
}

/*
 * History. A CPU that is in no list is taken to be one that its maker has not found to
 * be affected, unless its firmware says otherwise. A call that is necessary for the
 * targets anyway is both in one.
 */
static inline void mitigate_history(struct mitigation *m, const struct branch_ids *ids,
				    const struct branch_cpu *cpu)
{
	bool call = ids->workaround_3 == 0;

	if (CSV2(ids) >= 3 || ids->mmfr1 >> 60 /* ECBHB */)
		return;
	if (ids->isar2 >> 28 & 15) /* CLRBHB */
		m->flags |= MITIGATION_CLEAR;
	else if (cpu && cpu->loops && (CSV2(ids) || !call))
		m->loops = cpu->loops;
	else if (call)
		m->call = SMCCC_ARCH_WORKAROUND_3;
	else if (cpu && ids->workaround_3 < 0)
		m->flags |= MITIGATION_OPEN;
}

/* Targets: CSV2 says that those of one context are not used in another */
static inline void mitigate_targets(struct mitigation *m, const struct branch_ids *ids)
{
	if (CSV2(ids) || m->call)
		return;
	if (ids->workaround_1 == 0)
		m->call = SMCCC_ARCH_WORKAROUND_1;
	else if (ids->workaround_1 < 0)
		m->flags |= MITIGATION_OPEN;
}

static inline struct mitigation mitigation_of(const struct branch_ids *ids)
{
	const struct branch_cpu *cpu = branch_cpu_of(ids->midr);
	struct mitigation m = { 0 };

	if (cpu && cpu->loops == BRANCH_CPU_SAFE)
		return m;
	mitigate_history(&m, ids, cpu);
	mitigate_targets(&m, ids);
	return m;
}

struct cpu;

/* On each CPU: what it needs, unless the config's @flags forbid all of it */
void mitigation_probe(struct cpu *cpu, u64 flags);
/* Then, on one: tells of all in the log */
void mitigation_log(void);
/* On each CPU, when it has its vectors: others in their place, if need be */
void mitigation_commit(void);

#endif
