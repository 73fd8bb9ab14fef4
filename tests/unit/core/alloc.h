/* SPDX-License-Identifier: GPL-2.0-only */
/* Allocations from the frame pool that fail when a test says so. */
#ifndef TEST_CORE_ALLOC_H
#define TEST_CORE_ALLOC_H

/**
 * struct alloc_failure - which allocations fail
 * @at: the first that fails, counted from 1; 0: none
 * @count: how many fail from there on; 0: just that one
 * @seen: allocations so far
 */
struct alloc_failure {
	unsigned int at;
	unsigned int count;
	unsigned int seen;
};

extern struct alloc_failure alloc_failure;

#endif
