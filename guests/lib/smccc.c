// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* Hypercalls and PSCI. */
#include "internal.h"

int64_t hypercall(uint64_t function, uint64_t a1, uint64_t a2)
{
	uint64_t x[7] = { function, a1, a2 };

	smccc_call(SMCCC_HVC, x);
	return x[0];
}

int64_t hypercall_info(uint64_t *cell, uint64_t *cpu)
{
	uint64_t uid[7] = { CL_HC_UID };
	uint64_t info[7] = { CL_HC_INFO };

	/* Jailhouse has a communication region, too. */
	if (!platform.comm)
		return -1;
	smccc_call(SMCCC_HVC, uid);
	if ((uint32_t)uid[0] != CL_UID_0 || (uint32_t)uid[1] != CL_UID_1 ||
	    (uint32_t)uid[2] != CL_UID_2 || (uint32_t)uid[3] != CL_UID_3)
		return -1;
	smccc_call(SMCCC_HVC, info);
	*cell = info[1];
	*cpu = info[2];
	return info[0];
}

int32_t psci(uint32_t function, uint64_t a1, uint64_t a2, uint64_t a3)
{
	uint64_t x[7] = { function, a1, a2, a3 };

	smccc_call(platform.conduit, x);
	return (int32_t)x[0];
}

void psci_cpu_off(void)
{
	irq_off();
	this_cpu()->online = 0;
	for (;;) {
		/* Returns only if refused; then it is asked for ever. */
		psci(PSCI_CPU_OFF, 0, 0, 0);
		wfe();
	}
}
