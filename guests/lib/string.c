// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* What the compiler takes for granted, by words where possible. */
#include "internal.h"

static bool aligned(uintptr_t address)
{
	return !(address & 7);
}

void *memcpy(void *to, const void *from, size_t size)
{
	char *t = to;
	const char *f = from;

	if (aligned((uintptr_t)t | (uintptr_t)f))
		for (; size >= 8; size -= 8, t += 8, f += 8)
			*(uint64_t *)t = *(const uint64_t *)f;
	while (size--)
		*t++ = *f++;
	return to;
}

void *memset(void *to, int byte, size_t size)
{
	uint64_t word = (unsigned char)byte * 0x0101010101010101ull;
	char *t = to;

	if (aligned((uintptr_t)t))
		for (; size >= 8; size -= 8, t += 8)
			*(uint64_t *)t = word;
	while (size--)
		*t++ = (char)byte;
	return to;
}
