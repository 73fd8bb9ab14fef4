/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CORE_PRIMECELL_H
#define CORE_PRIMECELL_H

#include <types.h>

#define PRIMECELL_ID 0xfe0ull

/**
 * primecell_id() - the last registers in the page of an Arm PrimeCell
 * @periph_id: which one it is: PeriphID0, the lowest byte, to PeriphID3
 * @offset: any in that page, a multiple of 4
 *
 * Behind those follow PCellID0 to 3, the same in all of them.
 *
 * Return: 0 if that is none of these.
 */
static inline u32 primecell_id(u32 periph_id, u64 offset)
{
	u64 ids = 0xb105f00dull << 32 | periph_id;

	return offset < PRIMECELL_ID ? 0 : (u8)(ids >> (offset - PRIMECELL_ID) * 2);
}

#endif
