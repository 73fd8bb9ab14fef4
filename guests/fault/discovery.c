// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* What a guest asks before it relies on a call: by both conduits, and of Jailhouse. */
#include <cloister/jailhouse.h>

#include "fault.h"

#define SMCCC_VERSION 0x80000000
#define SMCCC_ARCH_FEATURES 0x80000001

static const uint32_t asked[] = {
	SMCCC_VERSION, SMCCC_ARCH_FEATURES, 0x80000002, /* SMCCC_ARCH_SOC_ID */
	0x80008000,    0x80007fff,	    0x80003fff, /* SMCCC_ARCH_WORKAROUND_1, 2 and 3 */
	0x84000050, /* TRNG_VERSION */
};

static int32_t ask(unsigned int conduit, uint32_t function, uint64_t about)
{
	uint64_t x[7] = { function, about };

	smccc_call(conduit, x);
	return (int32_t)x[0];
}

static void ask_all(const char *name, unsigned int conduit)
{
	printf("fault: %s PSCI version: %d\n", name, ask(conduit, PSCI_VERSION, 0));
	printf("fault: %s SMCCC version: %d\n", name, ask(conduit, SMCCC_VERSION, 0));
	for (unsigned int i = 0; i < sizeof(asked) / sizeof(asked[0]); i++)
		printf("fault: %s has 0x%x: %d\n", name, asked[i],
		       ask(conduit, SMCCC_ARCH_FEATURES, asked[i]));
	printf("fault: %s PSCI has 0x%x: %d\n", name, SMCCC_VERSION,
	       ask(conduit, PSCI_FEATURES, SMCCC_VERSION));
	for (uint32_t n = 0; n < 0x20; n++) {
		printf("fault: %s PSCI has 0x%x: %d\n", name, 0x84000000 + n,
		       ask(conduit, PSCI_FEATURES, 0x84000000 + n));
		printf("fault: %s PSCI has 0x%x: %d\n", name, 0xc4000000 + n,
		       ask(conduit, PSCI_FEATURES, 0xc4000000 + n));
	}
}

static int64_t jailhouse(uint64_t code, uint64_t arg1, uint64_t arg2)
{
	register uint64_t x0 asm("x0") = code;
	register uint64_t x1 asm("x1") = arg1;
	register uint64_t x2 asm("x2") = arg2;

	asm volatile("hvc %1" : "+r"(x0) : "i"(JH_HVC_IMMEDIATE), "r"(x1), "r"(x2) : "memory");
	return (int64_t)x0;
}

static void ask_jailhouse(void)
{
	uint64_t cell, cpu;

	if (hypercall_info(&cell, &cpu) < 0)
		return;
	for (uint64_t code = 0; code <= 9; code++) {
		if (code != JH_DEBUG_CONSOLE_PUTC)
			printf("fault: Jailhouse %lu: %ld\n", code, jailhouse(code, ~0ull, ~0ull));
	}
	for (uint64_t what = 0; what <= JH_INFO_CELLS; what++)
		printf("fault: Jailhouse info %lu: %ld\n", what,
		       jailhouse(JH_HYPERVISOR_GET_INFO, what, 0));
	for (uint64_t other = 0; other < 4; other++)
		printf("fault: Jailhouse state of %s: %ld\n", other == cpu ? "mine" : "another",
		       jailhouse(JH_CPU_GET_INFO, other, JH_CPU_STATE));
	for (uint64_t n = 0; n <= JH_NR_STATISTICS; n++)
		printf("fault: Jailhouse statistic %lu: %ld\n", n,
		       jailhouse(JH_CPU_GET_INFO, cpu, JH_CPU_STATISTICS + n));
	for (const char *c = "fault: Jailhouse putc\n"; *c; c++)
		jailhouse(JH_DEBUG_CONSOLE_PUTC, (uint64_t)*c, 0);
}

void mode_discovery(const uint64_t args[3])
{
	ask_all("SMC", SMCCC_SMC);
	ask_all("HVC", SMCCC_HVC);
	ask_jailhouse();
}
