/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Addresses that cannot be mixed up: each kind is a type of its own, so that
 * an IPA handed over as a PA does not compile.
 */
#ifndef MM_ADDR_H
#define MM_ADDR_H

#include "types.h"

/* Physical address: what the memory system sees */
typedef struct {
	u64 v;
} paddr_t;

/* Intermediate physical address: what a guest believes to be physical */
typedef struct {
	u64 v;
} ipaddr_t;

/* Guest virtual address: input of the guest's own stage 1 */
typedef struct {
	u64 v;
} gvaddr_t;

#define PA(x) ((paddr_t){ (x) })
#define PA_NONE PA(~0ull) /* no address at all */
#define IPA(x) ((ipaddr_t){ (x) })
#define GVA(x) ((gvaddr_t){ (x) })

#endif
