// SPDX-License-Identifier: GPL-2.0-only
#include <cloister/config.h>
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

bool name_equal(const char *a, const char *b)
{
	for (size_t i = 0; i < CL_NAME_SIZE; i++) {
		if (a[i] != b[i])
			return false;
		if (!a[i])
			return true;
	}
	return true;
}

u32 crc32_update(u32 crc, const void *data, size_t n)
{
	/* The CRC of each 4-bit value: a quarter of the work of a bit at a time
	 * for 64 bytes of table.
	 */
	static const u32 nibble[16] = {
		0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4,
		0x4db26158, 0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
		0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
	};
	const u8 *p = data;

	crc = ~crc;
	while (n--) {
		crc ^= *p++;
		crc = (crc >> 4) ^ nibble[crc & 15];
		crc = (crc >> 4) ^ nibble[crc & 15];
	}
	return ~crc;
}
