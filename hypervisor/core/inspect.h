/* SPDX-License-Identifier: GPL-2.0-only */
/* Looking at live tables on behalf of root: nothing here changes anything. */
#ifndef CORE_INSPECT_H
#define CORE_INSPECT_H

#include <cell.h>

/* All are called under the management lock */
void inspect_address(struct cell *cell, u64 ipa, struct cl_translation *result);
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

#endif
