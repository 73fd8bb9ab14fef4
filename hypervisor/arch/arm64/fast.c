// SPDX-License-Identifier: GPL-2.0-only
/*
 * What guests do all the time. This file and gicv3_mmio.c are compiled with
 * x4..x17 as registers that a function must preserve, and without x18: the entry
 * code saves x0..x3 only, and the compiler whatever else it really uses. So
 * nothing in these two files may call a function of a third one.
 */
#include <cell.h>
#include <gicv3.h>
#include <guest.h>
#include <private.h>
#include <syndrome.h>

#define INVALID_PARAMETERS ((u64)-2)

u64 psci_affinity_info(u64 mpidr, u64 level)
{
	if (level)
		return INVALID_PARAMETERS;
	for (u32 i = 0; i < nr_cpus; i++) {
		if (cpus[i].mpidr != mpidr)
			continue;
		if (cpus[i].cell != PRIV->cpu->cell)
			break;
		switch (__atomic_load_n(&cpus[i].state, __ATOMIC_ACQUIRE)) {
		case CPU_ON:
			return 0;
		case CPU_STARTING:
			return 2;
		default:
			return 1;
		}
	}
	return INVALID_PARAMETERS;
}

/**
 * guest_fast_call() - HVC or SMC
 * @x: x0..x3 of the caller; x0 is replaced by the result
 *
 * Return: false if the call is not one of these.
 */
bool guest_fast_call(u64 *x)
{
	switch ((u32)x[0]) {
	case CL_HC_NULL:
		COUNT_EXIT(HVC);
		x[0] = 0;
		return true;
	case PSCI_VERSION:
		COUNT_EXIT(PSCI);
		x[0] = PSCI_1_1;
		return true;
	case PSCI_AFFINITY_INFO | PSCI_64:
		COUNT_EXIT(PSCI);
		x[0] = psci_affinity_info(x[1], x[2]);
		return true;
	}
	return false;
}

/* Is @ipa a device that is emulated, and does it take this access? */
static inline bool device_access(struct cell *cell, u64 ipa, struct access *a)
{
	struct cpu *cpu;

	a->offset = ipa - gic.gicd_pa;
	if (a->offset < GICD_SIZE)
		return gicd_access(cell, a);
	cpu = gicr_find(ipa, &a->offset);
	return cpu && gicr_access(cell, cpu, a);
}

/* In x0 and x1, for the entry code */
struct fast_result {
	u64 handled;
	u64 value;
};

/**
 * guest_fast_mmio() - a data abort that may be an access to an emulated device
 * @esr: ESR_EL2
 * @value: what the instruction stores, if it is a store
 *
 * Return: @handled, and for a load the value for the register. Everything that
 * is not a plain load or store of a device register that takes it is left to
 * guest_trap().
 */
struct fast_result guest_fast_mmio(u64 esr, u64 value);
__attribute__((flatten)) struct fast_result guest_fast_mmio(u64 esr, u64 value)
{
	struct fast_result result = { .handled = false };
	struct access a = {
		.value = value,
		.size = 1u << ISS_SAS(esr),
		.write = esr & ISS_WNR,
	};
	u64 ipa;

	if (!(esr & ISS_ISV) || (esr & ISS_S1PTW) || FSC_TYPE(esr) != FSC_TRANSLATION)
		return result;
	ipa = fault_ipa(esr, read_sysreg(far_el2));
	if (!IS_ALIGNED(ipa, a.size) || !device_access(PRIV->cpu->cell, ipa, &a))
		return result;
	skip_instruction(esr);
	result.handled = true;
	result.value = loaded_value(a.value, esr);
	return result;
}
