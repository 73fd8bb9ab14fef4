// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* Guests that do not stop when asked, stop unasked, or come back. */
#include "fault.h"

#define POLL_US 10000

#define GICC_CTLR 0x00
#define GICC_PMR 0x04

#define PSCI_SYSTEM_RESET2 0xc4000012

#define RESET_MAGIC 0x7e5e7c0de7e5e7c0ull

/* Outlives a reset; anything at first */
static struct {
	uint64_t magic;
	uint64_t starts;
} memory __attribute__((section(".noinit")));

void mode_ignore(const uint64_t args[3])
{
	printf("fault: spinning\n");
	for (;;)
		cpu_relax();
}

void mode_spin_masked(const uint64_t args[3])
{
	printf("fault: spinning\n");
	asm volatile("msr daifset, #0xf");
	for (;;)
		cpu_relax();
}

void mode_deny(const uint64_t args[3])
{
	uint64_t denied = 0;

	while (!args[0] || denied < args[0]) {
		if (comm_poll() == CL_MSG_SHUTDOWN_REQUEST) {
			comm_reply(CL_REPLY_DENIED);
			printf("fault: shutdown request %lu denied\n", ++denied);
		}
		timer_sleep_us(POLL_US);
	}
}

void mode_locked(const uint64_t args[3])
{
	uint64_t us = 0;

	comm_set_state(CL_COMM_RUNNING_LOCKED);
	printf("fault: running-locked\n");
	while (!args[0] || us < args[0] * 1000) {
		if (comm_poll() == CL_MSG_SHUTDOWN_REQUEST) {
			printf("fault: shutdown request although locked\n");
			return;
		}
		timer_sleep_us(POLL_US);
		us += POLL_US;
	}
	comm_set_state(CL_COMM_RUNNING);
	printf("fault: running\n");
}

void mode_system_off(const uint64_t args[3])
{
	printf("fault: SYSTEM_OFF\n");
	printf("fault: SYSTEM_OFF returned %d\n", psci(PSCI_SYSTEM_OFF, 0, 0, 0));
}

void mode_system_reset(const uint64_t args[3])
{
	if (memory.magic == RESET_MAGIC) {
		memory.magic = 0;
		printf("fault: started again after SYSTEM_RESET\n");
		return;
	}
	memory.magic = RESET_MAGIC;
	printf("fault: SYSTEM_RESET\n");
	printf("fault: SYSTEM_RESET returned %d\n",
	       psci(args[0] ? PSCI_SYSTEM_RESET2 : PSCI_SYSTEM_RESET, 0, 0, 0));
}

void mode_sleep(const uint64_t args[3])
{
	printf("fault: sleeping\n");
	asm volatile("msr daifset, #0xf");
	if (platform.gic == 2) {
		mmio_write32(platform.gicc + GICC_CTLR, 0);
		mmio_write32(platform.gicc + GICC_PMR, 0);
	} else {
		write_sysreg(0, icc_igrpen1_el1);
		write_sysreg(0, icc_pmr_el1);
		isb();
	}
	for (;;)
		wfi();
}

void mode_cpu_off(const uint64_t args[3])
{
	printf("fault: CPU_OFF\n");
	psci_cpu_off();
}
