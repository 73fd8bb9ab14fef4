/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every order in which CPUs can do what they do, by atomic operations, with a
 * bound on how often a CPU is interrupted that could have gone on. (Most races
 * need one or two such interruptions; without a bound there are too many orders.)
 * Memory is sequentially consistent here: what weaker ordering adds is not seen.
 */
#ifndef TEST_CORE_EXPLORE_H
#define TEST_CORE_EXPLORE_H

#include "fixture.h"

/**
 * struct race - a few CPUs that do something at the same time
 * @setup: builds the machine anew and posts their jobs
 * @check: looks at what became of it; all CPUs have come to rest
 * @interruptions: bound; the environment's INTERRUPTIONS, for longer hunts, sets
 *	another, and the limit to 20 times as many
 * @limit: orders tried at most, 0: all
 */
struct race {
	void (*setup)(void);
	void (*check)(void);
	u32 interruptions;
	u32 limit;
};

/* Returns the number of orders tried */
u32 explore(const struct race *race);

#endif
