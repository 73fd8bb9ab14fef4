// SPDX-License-Identifier: GPL-2.0-only
#include <mm/pool.h>

#include "alloc.h"

struct alloc_failure alloc_failure;

void *__real_pool_alloc(struct frame_pool *pool, unsigned int count);
void *__real_pool_alloc_raw(struct frame_pool *pool, unsigned int count);
void *__wrap_pool_alloc(struct frame_pool *pool, unsigned int count);
void *__wrap_pool_alloc_raw(struct frame_pool *pool, unsigned int count);

static bool fails(void)
{
	unsigned int n = ++alloc_failure.seen;

	return alloc_failure.at && n >= alloc_failure.at &&
	       n <= alloc_failure.at + alloc_failure.count;
}

void *__wrap_pool_alloc(struct frame_pool *pool, unsigned int count)
{
	return fails() ? NULL : __real_pool_alloc(pool, count);
}

void *__wrap_pool_alloc_raw(struct frame_pool *pool, unsigned int count)
{
	return fails() ? NULL : __real_pool_alloc_raw(pool, count);
}
