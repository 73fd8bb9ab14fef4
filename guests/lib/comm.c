// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* The communication region. */
#include "internal.h"

/* Alone on the machine: the key was pressed, and nobody has replied yet. */
static bool key_pressed;

/*
 * The other side is a CPU at EL2 that sees the same cacheable memory: acquire
 * and release order what is written before and read after.
 */
uint32_t comm_poll(void)
{
	struct cl_comm_region *comm = platform.comm;
	uint32_t message;

	if (!comm) {
		key_pressed = key_pressed || console_quit_key();
		return key_pressed ? CL_MSG_SHUTDOWN_REQUEST : CL_MSG_NONE;
	}

	message = __atomic_load_n(&comm->msg_to_cell, __ATOMIC_ACQUIRE);
	switch (message) {
	case CL_MSG_NONE:
	case CL_MSG_SHUTDOWN_REQUEST:
		return message;
	case CL_MSG_RECONFIG_COMPLETED:
		comm_reply(CL_REPLY_RECEIVED);
		return CL_MSG_NONE;
	default:
		comm_reply(CL_REPLY_UNKNOWN);
		return CL_MSG_NONE;
	}
}

void comm_reply(uint32_t reply)
{
	struct cl_comm_region *comm = platform.comm;

	key_pressed = false;
	if (!comm)
		return;
	/* In this order, or the next message could be wiped out. */
	__atomic_store_n(&comm->msg_to_cell, CL_MSG_NONE, __ATOMIC_RELAXED);
	__atomic_store_n(&comm->reply_from_cell, reply, __ATOMIC_RELEASE);
}

void comm_set_state(uint32_t state)
{
	if (platform.comm)
		__atomic_store_n(&platform.comm->cell_state, state, __ATOMIC_RELEASE);
}

void guest_shutdown(void)
{
	irq_off();
	if (!platform.comm)
		psci(PSCI_SYSTEM_OFF, 0, 0, 0);
	if (comm_poll() == CL_MSG_SHUTDOWN_REQUEST)
		comm_reply(CL_REPLY_APPROVED);
	comm_set_state(CL_COMM_SHUT_DOWN);
	psci_cpu_off();
}

void guest_serve(void)
{
	while (comm_poll() != CL_MSG_SHUTDOWN_REQUEST)
		timer_sleep_us(10000);
	printf("guest: shutdown request approved\n");
	guest_shutdown();
}
