// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Says who it is, then counts seconds until it is asked to stop.
 *
 *	x0	milliseconds between two counts, 0: 1000
 */
#include "lib/guest.h"

#define POLL_MS 10

void guest_main(const uint64_t args[4])
{
	uint64_t interval = args[0] ? args[0] : 1000;
	uint64_t cell, cpu, count = 0, ms = 0;
	int64_t version = hypercall_info(&cell, &cpu);

	printf("hello: greetings from EL%lu, MPIDR 0x%lx, MIDR 0x%lx\n",
	       read_sysreg(CurrentEL) >> 2, read_sysreg(mpidr_el1) & MPIDR_AFFINITY,
	       read_sysreg(midr_el1));
	if (version >= 0)
		printf("hello: cell %lu, CPU %lu, ABI version %ld\n", cell, cpu, version);
	else if (platform.comm)
		printf("hello: in a cell of another hypervisor\n");
	else
		printf("hello: alone on the machine, entered at EL%u\n", platform.start_el);
	printf("hello: arguments 0x%lx 0x%lx 0x%lx 0x%lx\n", args[0], args[1], args[2], args[3]);
	printf("hello: PSCI version 0x%x\n", (uint32_t)psci(PSCI_VERSION, 0, 0, 0));

	while (comm_poll() != CL_MSG_SHUTDOWN_REQUEST) {
		timer_sleep_us(POLL_MS * 1000);
		ms += POLL_MS;
		if (ms >= interval) {
			ms = 0;
			printf("hello: count %lu\n", ++count);
		}
	}
	printf("hello: shutdown request approved, good bye\n");
	guest_shutdown();
}
