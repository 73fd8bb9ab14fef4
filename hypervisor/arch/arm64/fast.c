// SPDX-License-Identifier: GPL-2.0-only
/*
 * What guests do all the time. This file and those named *_mmio.c are compiled with
 * x4..x17 as registers that a function must preserve, and without x18: the
 * entry code saves x0..x3 only, and the compiler whatever else it really uses. So
 * nothing in these files may call a function of another one.
 */
#include <fast.h>
#include <gicv3.h>
#include <guest.h>
#include <vuart_inline.h>

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

__attribute__((noinline)) struct fast_result fast_uart(u64 ipa, u64 esr, u64 value)
{
	struct cell *cell = PRIV->cpu->cell;
	struct fast_result result = { .handled = false };

	if (!vuart_is_at(cell, ipa) || ISS_SAS(esr) > 2 || !cell_is_running(cell) ||
	    !vuart_send(cell, ipa - cell->config.cell->console.address, esr & ISS_WNR, &value))
		return result;
	COUNT_EXIT(DEVICE);
	result.handled = true;
	result.value = value;
	return result;
}

/* Is @ipa a device that is emulated, and does it take this access? */
static inline bool access_gicv3(struct cell *cell, u64 ipa, struct access *a)
{
	struct cpu *cpu = PRIV->cpu;

	a->offset = ipa - gic.gicd_pa;
	if (a->offset < GICD_SIZE)
		return gicd_access(cell, a);
	a->offset = ipa - cpu->arch.gicr_pa;
	if (a->offset >= cpu->arch.gicr_size) {
		/* Before a search among all CPUs */
		if (vuart_is_at(cell, ipa))
			return false;
		cpu = gicr_find(ipa, &a->offset);
	}
	return cpu && gicr_access(cell, cpu, a);
}

/**
 * guest_fast_mmio() - a data abort that may be an access to an emulated device
 * @esr: ESR_EL2
 * @value: what the instruction stores, if it is a store
 *
 * There is one for each version of the GIC, so that neither has to ask which it is.
 *
 * Return: @handled, and for a load the value for the register. Everything that
 * is not a plain load or store of a device register that takes it is left to
 * guest_trap().
 */
__attribute__((flatten)) struct fast_result guest_fast_mmio(u64 esr, u64 value)
{
	return fast_mmio(esr, value, access_gicv3);
}
