/* SPDX-License-Identifier: GPL-2.0-only */
/* Ranges of addresses. */
#ifndef CONFIG_RANGE_H
#define CONFIG_RANGE_H

#include <config/platform.h>

/**
 * ranges_overlap() - do [a, a + a_size) and [b, b + b_size) share a byte?
 *
 * Neither range may wrap around.
 */
static inline bool ranges_overlap(u64 a, u64 a_size, u64 b, u64 b_size)
{
	return a < b + b_size && b < a + a_size;
}

/**
 * range_within() - does [b, b + b_size) contain [a, a + a_size)?
 *
 * Neither range may wrap around.
 */
static inline bool range_within(u64 a, u64 a_size, u64 b, u64 b_size)
{
	return a >= b && a + a_size <= b + b_size;
}

#endif
