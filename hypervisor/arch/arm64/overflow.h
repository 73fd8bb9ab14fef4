/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ARM64_OVERFLOW_H
#define ARM64_OVERFLOW_H

#include <private.h>

/*
 * The waiting room: one bit and a priority for each INTID. An interrupt with a
 * physical side stays active there and comes once; a second SGI of the same
 * number merges with the first, as in hardware.
 */
static inline void wait_add(u32 slot, u8 priority)
{
	struct overflow *o = &PRIV->overflow;

	if (!(o->pending[slot / 64] & BIT(slot % 64))) {
		o->pending[slot / 64] |= BIT(slot % 64);
		o->count++;
	}
	o->priority[slot] = priority;
}

/* The most urgent one (lowest value), or -1 */
static inline int wait_best(void)
{
	struct overflow *o = &PRIV->overflow;
	int best = -1;

	if (!o->count)
		return -1;
	for (u32 word = 0; word < ARRAY_SIZE(o->pending); word++) {
		u64 bits = o->pending[word];

		for (; bits; bits &= bits - 1) {
			int slot = (int)(word * 64) + __builtin_ctzll(bits);

			if (best < 0 || o->priority[slot] < o->priority[best])
				best = slot;
		}
	}
	return best;
}

static inline void wait_remove(u32 slot)
{
	struct overflow *o = &PRIV->overflow;

	o->pending[slot / 64] &= ~BIT(slot % 64);
	o->count--;
}

#endif
