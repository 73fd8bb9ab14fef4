/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The communication region: one page that a cell shares with the hypervisor.
 * Its layout is the one that guests of Jailhouse know (revision 2).
 */
#ifndef CLOISTER_COMM_H
#define CLOISTER_COMM_H

#include <cloister/config.h>

#define CL_COMM_SIGNATURE "JHCOMM"
#define CL_COMM_REVISION 2

/* msg_to_cell */
#define CL_MSG_NONE 0
#define CL_MSG_SHUTDOWN_REQUEST 1
#define CL_MSG_RECONFIG_COMPLETED 2

/* reply_from_cell */
#define CL_REPLY_NONE 0
#define CL_REPLY_UNKNOWN 1
#define CL_REPLY_DENIED 2
#define CL_REPLY_APPROVED 3
#define CL_REPLY_RECEIVED 4

/* cell_state, written by the guest */
#define CL_COMM_RUNNING 0
#define CL_COMM_RUNNING_LOCKED 1 /* denies requests about this cell */
#define CL_COMM_SHUT_DOWN 2
#define CL_COMM_FAILED 3
#define CL_COMM_FAILED_REV 4 /* does not understand this revision */

/* flags */
#define CL_COMM_PUTC_PERMITTED 1 /* CL_HC_CONSOLE_PUTC reaches a console */
#define CL_COMM_PUTC_ACTIVE 2 /* it is the cell's console */

/**
 * struct cl_comm_region - written by the hypervisor before the cell starts
 * @signature: CL_COMM_SIGNATURE
 * @revision: CL_COMM_REVISION
 * @cell_state: CL_COMM_*, the guest's word
 * @msg_to_cell: CL_MSG_*; the guest sets it to CL_MSG_NONE before it replies
 * @reply_from_cell: CL_REPLY_*
 * @flags: CL_COMM_PUTC_*
 * @console: struct of 32 bytes: address, size, type, flags (u64, u32, u16, u16, ...)
 * @pci_mmconfig_base: 0
 * @gic_version: 2 or 3
 * @gicd_base: IPA of the distributor
 * @gicc_base: GICv2
 * @gicr_base: IPA of the first redistributor region
 * @vpci_irq_base: 0
 */
struct cl_comm_region {
	char signature[6];
	cl_u16 revision;
	cl_u32 cell_state;
	cl_u32 msg_to_cell;
	cl_u32 reply_from_cell;
	cl_u32 flags;
	struct {
		cl_u64 address;
		cl_u32 size;
		cl_u16 type; /* enum cl_console_type */
		cl_u16 flags;
		cl_u32 divider;
		cl_u32 gate_nr;
		cl_u64 clock_reg;
	} console;
	cl_u64 pci_mmconfig_base;
	cl_u8 gic_version;
	cl_u8 reserved[7];
	cl_u64 gicd_base;
	cl_u64 gicc_base;
	cl_u64 gicr_base;
	cl_u32 vpci_irq_base;
};

#endif
