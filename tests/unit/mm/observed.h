/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Included before everything else where the engine is compiled for
 * test_pt_stores.c: each store that walkers may see goes through a function.
 */
#ifndef TEST_MM_OBSERVED_H
#define TEST_MM_OBSERVED_H

#include <types.h>

void observed_store(volatile u64 *at, u64 value);

#undef WRITE_ONCE
#define WRITE_ONCE(x, v) observed_store(&(x), (v))

#endif
