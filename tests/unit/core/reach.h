/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What cells can reach: read from the descriptors in memory by the rules of the
 * Arm ARM (D8.3), without the engine that wrote them; and what they should be
 * able to reach, from the configs.
 */
#ifndef TEST_CORE_REACH_H
#define TEST_CORE_REACH_H

#include "fixture.h"

#define REACH_R 1u
#define REACH_W 2u
#define REACH_X 4u
#define REACH_DEVICE 8u
#define REACH_NC 16u

struct range {
	u64 ipa;
	u64 pa;
	u64 size;
	u32 attr;
};

#define MAX_RANGES 512

/* Ascending by IPA, as few as possible */
struct reach {
	struct range range[MAX_RANGES];
	u32 n;
};

/* Everything that a cell can reach */
void reach_read(const struct cell *cell, struct reach *r);

/* What the cell should reach by its config, root: what the other cells left */
void reach_expect(const struct cell *cell, struct reach *r);

void assert_same_reach(const struct reach *a, const struct reach *b);

/* Adjacent regions may have become one range: makes a border at @ipa */
void reach_split(struct reach *r, u64 ipa);

/* Ascending again, as few as possible */
void reach_sort(struct reach *r);

/* What a region's flags promise */
u32 reach_attr(const struct cl_mem_region *m);

/* Frames that reach_read() has found to be tables; whoever counts sets it to 0 */
extern u32 reach_tables;

/* Can the cell reach this physical page at all? */
bool reaches_page(const struct cell *cell, u64 pa);

/*
 * Proves, for the machine as it is: nobody reaches hypervisor memory but for
 * its own communication region, nobody reaches the GIC, no two cells reach the same page unless both
 * configs say so, root reaches a cell's page only while it may load it, every
 * cell reaches exactly what its config says, interrupts and CPUs are those of the
 * cells that name them, and the pool has handed out no
 * frame that nobody can name.
 */
void check_machine(void);

/* Frames of the pool that the cells account for */
u64 frames_in_use(void);

#endif
