/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ARM64_ARCH_CELL_H
#define ARM64_ARCH_CELL_H

#include <private.h>
#include <types.h>

/**
 * struct arch_cell - the machine's part of struct cell
 * @vtcr: VTCR_EL2 while one of its CPUs runs
 * @vttbr: VTTBR_EL2
 * @gicd_ctlr: the group enables that the cell wrote to GICD_CTLR
 * @syncing: one of its CPUs is in gic_access_again()
 * @sync: then, what all of them are asked for
 * @direct: interrupts go to its CPUs without the hypervisor, see direct.c
 * @direct_eoi: and they end at EOIR; root alone
 * @revoked: whatever its CPUs access next brings them to the hypervisor
 * @hardware_root: the root of its tables that the CPUs walk; empty while @revoked
 * @saved_root: memory for what was in it
 */
struct arch_cell {
	u64 vtcr;
	u64 vttbr;
	u32 gicd_ctlr;
	u32 syncing;
	struct gic_sync sync;
	bool direct;
	bool direct_eoi;
	bool revoked;
	u64 *hardware_root;
	u64 *saved_root;
};

#endif
