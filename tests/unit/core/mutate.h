/* SPDX-License-Identifier: GPL-2.0-only */
/* Random changes to configs, of their bytes and of what they mean. */
#ifndef TEST_CORE_MUTATE_H
#define TEST_CORE_MUTATE_H

#include "blob.h"

void random_seed(u64 seed);
u64 random_next(void);
u64 random_below(u64 n);

/* One word, one piece, or the end: whatever that leads to */
void damage_bytes(struct blob *b);

/* A header that is right, so that the rest is looked at */
void put_right(struct blob *b, bool is_system);

/* The reverse of blob_build(), for blobs that are in order */
void blob_read(struct test_config *c, const struct blob *b);

/**
 * change_cell() - change what a cell's config says, in a way that may well be in order
 * @c: the config
 * @sys: the system's, for addresses that mean something
 * @other: another cell's, or NULL: to share its memory, or to want it
 */
void change_cell(struct test_config *c, const struct test_config *sys, struct test_config *other);
void change_system(struct test_config *c);

#endif
