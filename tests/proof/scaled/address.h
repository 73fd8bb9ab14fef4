/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Frames in the proofs: each is an object of its own, so that CBMC, where it knows
 * the index, knows the entry. Addresses of tables are numbers, from ADDRESS on.
 */
#ifndef PROOF_ADDRESS_H
#define PROOF_ADDRESS_H

#include "types.h"

#define FRAMES_PA 0x400ull
#define PHYS_TO_VIRT 0x100000ull
#define FRAME_SHIFT 4 /* PAGE_SHIFT as it is scaled */
#define FRAME_WORDS 2

/* Where the tables begin: level 2 (two levels) or level 1 (three levels) */
#ifndef ROOT_LEVEL
#define ROOT_LEVEL 2
#endif

#if ROOT_LEVEL == 2
#define OLD_TABLES (1 + FRAME_WORDS)
#else
#define OLD_TABLES (1 + FRAME_WORDS + FRAME_WORDS * FRAME_WORDS)
#endif

/* Frames that one operation may ask for */
#ifndef NEW_TABLES
#define NEW_TABLES FRAME_WORDS
#endif

#define NR_FRAMES (OLD_TABLES + NEW_TABLES)

/* clang-format off */
#if ROOT_LEVEL == 2
#define FRAMES(X) X(0) X(1) X(2) X(3) X(4)
#else
#define FRAMES(X) X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8)
#endif
/* clang-format on */

#define FRAME_DECLARE(n) extern u64 frame_##n[FRAME_WORDS];
FRAMES(FRAME_DECLARE)

/* The frame at a physical address, where there is one */
static inline u64 frame_of(u64 pa)
{
	return pa >> FRAME_SHIFT & 15;
}

static inline u64 *frame_at(u64 number)
{
	switch (number) {
#define FRAME_CASE(n) \
	case n:       \
		return frame_##n;
		FRAMES(FRAME_CASE)
	default:
		__CPROVER_assert(0, "every table lies in a frame");
		__CPROVER_assume(0);
		return NULL;
	}
}

/* The physical address of an entry */
static inline u64 frame_pa(const u64 *entry)
{
#define FRAME_IS(n)                                    \
	for (unsigned int i = 0; i < FRAME_WORDS; i++) \
		if (entry == &frame_##n[i])            \
			return FRAMES_PA + ((n) << FRAME_SHIFT) + i * sizeof(u64);
	FRAMES(FRAME_IS)
	__CPROVER_assert(0, "what is said to be an entry lies in a frame");
	__CPROVER_assume(0);
	return 0;
}

static inline u64 *proof_pointer(u64 address)
{
	u64 pa = address - PHYS_TO_VIRT;

	if (!address)
		return NULL;
	__CPROVER_assert(pa == FRAMES_PA + (frame_of(pa) << FRAME_SHIFT),
			 "a table begins with its frame");
	return frame_at(frame_of(pa));
}

static inline u64 proof_number(const u64 *pointer)
{
	return pointer ? frame_pa(pointer) + PHYS_TO_VIRT : 0;
}

/* One store, to an entry whose place CBMC need not know */
static inline void proof_write(u64 *entry, u64 value)
{
#define FRAME_WRITE(n)                                 \
	for (unsigned int i = 0; i < FRAME_WORDS; i++) \
		frame_##n[i] = entry == &frame_##n[i] ? value : frame_##n[i];
	FRAMES(FRAME_WRITE)
	(void)frame_pa(entry);
}

#undef WRITE_ONCE
#define WRITE_ONCE(x, v) proof_write(&(x), v)

#endif
