/* SPDX-License-Identifier: GPL-2.0-only */
/* The little that the EL2 image needs of a C library. */
#ifndef LIB_H
#define LIB_H

#include <stdarg.h>
#include <types.h>

void *memcpy(void *dst, const void *src, size_t n);
void *memset(void *dst, int c, size_t n);
int memcmp(const void *a, const void *b, size_t n);

/**
 * name_equal() - compare two names in fixed-size fields
 * @a: terminated within CL_NAME_SIZE
 * @b: the same
 */
bool name_equal(const char *a, const char *b);

/**
 * crc32_update() - CRC-32 (IEEE 802.3), as zlib's crc32()
 * @crc: 0 to begin with, or the result for what came before
 * @data: bytes
 * @n: their number
 */
u32 crc32_update(u32 crc, const void *data, size_t n);

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
