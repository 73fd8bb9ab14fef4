/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CORE_QUARANTINE_H
#define CORE_QUARANTINE_H

#include <types.h>

struct cell;
struct error;

/* Under the management lock. */

/* May the CPUs of the cell that have not come be given up? */
bool quarantine_is_possible(const struct cell *cell);

/**
 * quarantine_go_on() - take from a cell all but the CPUs that have not come
 * @cell: after arch_cell_revoke()
 * @err: filled in on failure
 *
 * No CPU of the cell is relied on: the caller zeroes the memory, 2 MiB at each
 * call. At the end @cell->destroy is DESTROY_QUARANTINED.
 *
 * Return: -CL_EINPROGRESS: call again; -CL_ETIMEDOUT when it is done; 0: it is, and
 * the last CPU has come after all.
 */
int quarantine_go_on(struct cell *cell, struct error *err);

/* Says which CPU is missing */
int quarantine_refuse(const struct cell *cell, struct error *err);

#endif
