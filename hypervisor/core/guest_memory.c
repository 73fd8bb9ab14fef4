// SPDX-License-Identifier: GPL-2.0-only
#include <arch.h>
#include <guest_memory.h>
#include <lib.h>

static bool access(struct cell *cell, u64 ipa, u8 *buf, u64 size, bool write)
{
	u32 perm = write ? PT_WRITE : PT_READ;

	if (ipa + size < ipa)
		return false;
	while (size) {
		u64 offset = ipa % PAGE_SIZE;
		u64 n = MIN(PAGE_SIZE - offset, size);
		struct pt_leaf leaf;
		u8 *page;

		if (!pt_query(&cell->s2.pt, IPA(ipa), &leaf) || !(leaf.perms & perm) ||
		    leaf.type != PT_NORMAL)
			return false;
		page = arch_window_open(WINDOW_A, PA(ALIGN_DOWN(leaf.pa.v, PAGE_SIZE)));
		if (write)
			memcpy(page + offset, buf, n);
		else
			memcpy(buf, page + offset, n);
		arch_window_close(WINDOW_A);
		ipa += n;
		buf += n;
		size -= n;
	}
	return true;
}

bool guest_memory_read(struct cell *cell, u64 ipa, void *buf, u64 size)
{
	return access(cell, ipa, buf, size, false);
}

bool guest_memory_write(struct cell *cell, u64 ipa, const void *buf, u64 size)
{
	return access(cell, ipa, (u8 *)buf, size, true);
}
