/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CORE_JAILHOUSE_H
#define CORE_JAILHOUSE_H

#include <types.h>

/**
 * jailhouse_call() - a hypercall by Jailhouse's numbers
 * @x: x0..x2 of the caller; x0 is replaced by the result
 *
 * See include/cloister/jailhouse.h.
 */
void jailhouse_call(u64 *x);

#endif
