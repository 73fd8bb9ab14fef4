// SPDX-License-Identifier: GPL-2.0-only
#include <lib.h>

/*
 * By words where both ends allow it: a page copied byte by byte would be the
 * longest loop in the hypervisor. With the MMU off only aligned accesses are
 * possible, hence the alignment test and not unaligned loads.
 */
__attribute__((weak)) void *memcpy(void *dst, const void *src, size_t n)
{
	u8 *d = dst;
	const u8 *s = src;

	if (IS_ALIGNED((uintptr_t)d | (uintptr_t)s, 8)) {
		for (; n >= 8; n -= 8, d += 8, s += 8)
			*(u64 *)d = *(const u64 *)s;
	}
	while (n--)
		*d++ = *s++;
	return dst;
}

__attribute__((weak)) void *memset(void *dst, int c, size_t n)
{
	u8 *d = dst;
	u64 word = (u8)c * 0x0101010101010101ull;

	if (IS_ALIGNED((uintptr_t)d, 8)) {
		for (; n >= 8; n -= 8, d += 8)
			*(u64 *)d = word;
	}
	while (n--)
		*d++ = (u8)c;
	return dst;
}

__attribute__((weak)) int memcmp(const void *a, const void *b, size_t n)
{
	const u8 *x = a, *y = b;

	for (; n; n--, x++, y++) {
		if (*x != *y)
			return *x - *y;
	}
	return 0;
}
