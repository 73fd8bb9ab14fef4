/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The machine of the proofs about scaled tables: frames, a format, a TLB, and
 * what the engine should do, in words of its own.
 */
#ifndef PROOF_MACHINE_H
#define PROOF_MACHINE_H

#include "mm/pt_internal.h"
#include "prove.h"

#define NR_ENTRIES (NR_FRAMES * PT_ENTRIES)
#define IPA_BITS (PAGE_SHIFT + PT_INDEX_BITS * (4 - ROOT_LEVEL))
#define IPA_END BIT(IPA_BITS)
#define IPA_PAGES (IPA_END / PAGE_SIZE)
#ifndef PA_BITS
#define PA_BITS 7
#endif
#define PA_END BIT(PA_BITS)

#define D_VALID BIT(0)
#define D_TABLE_OR_PAGE BIT(1)
#define D_LEAF BIT(2)
#define D_PERM_SHIFT 54
#define D_TYPE_SHIFT 57
#define D_CONTIG BIT(52)
#define D_PA MASK(15, PAGE_SHIFT)

/**
 * struct machine - frames and what was done
 * @used: whether the engine has a frame
 * @allocs: allocations so far
 * @fail_at: from this allocation on there are no frames
 */
struct machine {
	bool used[NR_FRAMES];
	unsigned int allocs;
	unsigned int fail_at;
};

/**
 * struct spec - what a walk by the book finds
 * @mapped: anything
 * @pa: the page
 * @perms: PT_READ | PT_WRITE | PT_EXEC
 * @type: enum pt_type
 * @level: where the leaf stands
 * @contig: hint
 * @table: frame of the table where the walk ended
 */
struct spec {
	bool mapped;
	u64 pa;
	unsigned int perms;
	unsigned int type;
	unsigned int level;
	bool contig;
	u64 table;
};

extern struct machine now;
extern struct pt pt;

/* Any tables that there can be; then @ipa becomes the address that is watched */
void machine_any(u64 ipa);
/* Whether the tables are as they must be, and no frame is lost */
bool machine_sound(void);
struct spec spec_walk(u64 ipa);
/* To be called before and after an operation; @after: what it should lead to */
void watch_begin(bool changes, struct spec after);
void watch_end(void);

#endif
