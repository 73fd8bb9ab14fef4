/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CORE_HYPERCALL_H
#define CORE_HYPERCALL_H

#include <types.h>

/**
 * hypercall() - serve one call of the vendor specific hypervisor range
 * @x: x0..x6 of the caller; x0..x3 are replaced by the results
 *
 * See include/cloister/hypercall.h.
 */
void hypercall(u64 *x);

#endif
