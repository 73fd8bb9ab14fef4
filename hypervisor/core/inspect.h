/* SPDX-License-Identifier: GPL-2.0-only */
/* Looking at live tables on behalf of root: nothing here changes anything. */
#ifndef CORE_INSPECT_H
#define CORE_INSPECT_H

#include <cell.h>

/* All of these are called under the management lock */
void inspect_address(struct cell *cell, u64 ipa, struct cl_translation *result);
/* The same under the cell's lock, too */
void inspect_address_locked(struct cell *cell, u64 ipa, struct cl_translation *result);
void inspect_tables(struct cell *cell, struct cl_tables *result);
void inspect_faults(struct cell *cell, struct cl_faults *result);

/**
 * inspect_audit() - prove that the isolation is what the configs say
 * @result: the first thing that is wrong, or that nothing is
 *
 * Walks the live tables of all cells, and trusts no bookkeeping but the configs:
 * nobody reaches hypervisor memory (but each cell its own communication region)
 * or the interrupt controller; no two cells reach the same memory unless both
 * configs share it, or root may load into it; a cell's tables map exactly its
 * regions, and root's nothing but the system config's.
 */
void inspect_audit(struct cl_audit *result);

/**
 * inspect_gva() - where a virtual address of a guest leads
 * @id: CPU number: it is about the guest that runs there, and its registers
 * @gva: any address
 * @again: the CPU was asked before for the registers
 * @result: all zero; filled in as far as the way goes
 * @err: filled in on failure
 *
 * Nothing waits: registers of another CPU are there when it has come to the
 * hypervisor and gone back.
 *
 * Return: 0; -CL_EINPROGRESS: to be called again, with @again; -CL_ENOENT, no such
 * CPU; -CL_EBUSY, it is off.
 */
int inspect_gva(u64 id, u64 gva, bool again, struct cl_gva *result, struct error *err);

/* CPU_REQ_TELL: the calling CPU, which runs a guest, leaves a copy of its registers */
void inspect_tell(void);

/* The calling CPU has left its guest: what it told is of no use any more */
void inspect_forget(void);

#endif
