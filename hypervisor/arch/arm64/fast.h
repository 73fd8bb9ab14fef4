/* SPDX-License-Identifier: GPL-2.0-only */
/* Loads and stores of guests to emulated devices, without most registers: see fast.c. */
#ifndef ARM64_FAST_H
#define ARM64_FAST_H

#include <cell.h>
#include <gic.h>
#include <syndrome.h>

/* In x0 and x1, for the entry code */
struct fast_result {
	u64 handled;
	u64 value;
};

struct fast_result guest_fast_mmio(u64 esr, u64 value);
struct fast_result guest_fast_mmio_gicv2(u64 esr, u64 value);

/*
 * Instead of vuart_access(), for what is most frequent. Compiled as those: see fast.c.
 * @value: stored; for a load, the register's content is in the result
 */
struct fast_result fast_uart(u64 ipa, u64 esr, u64 value);

typedef bool access_fn(struct cell *cell, u64 ipa, struct access *a);

static inline __attribute__((always_inline)) struct fast_result fast_mmio(u64 esr, u64 value,
									  access_fn *device_access)
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
	if (!IS_ALIGNED(ipa, a.size))
		return result;
	if (!device_access(PRIV->cpu->cell, ipa, &a)) {
		result = fast_uart(ipa, esr, value);
		if (!result.handled)
			return result;
		a.value = result.value;
	}
	skip_instruction(esr);
	result.handled = true;
	result.value = loaded_value(a.value, esr);
	return result;
}

#endif
