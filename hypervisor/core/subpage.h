/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Parts of pages: registers of one page of which several cells, or cells and root,
 * have some each. Stage 2 cannot tell them apart, so it gives the page to nobody.
 * Each access ends here, and is made on behalf of whoever has just these bytes.
 */
#ifndef CORE_SUBPAGE_H
#define CORE_SUBPAGE_H

#include <types.h>

struct cell;

/**
 * struct mmio_access - a load or a store of a guest, as the trap handler decoded it
 * @ipa: where
 * @value: what is stored, or was loaded
 * @size: bytes: 1, 2, 4 or 8
 * @write: is it a store?
 */
struct mmio_access {
	u64 ipa;
	u64 value;
	u32 size;
	bool write;
};

/**
 * subpage_access() - make an access for the calling CPU's guest
 * @cell: its cell
 * @access: the access
 *
 * A cell may access its sub-page regions in the widths that they name. Root may
 * access what is left of a page, as the system config says of all of it.
 *
 * Return: false if that is no business of this, or the device refused.
 */
bool subpage_access(struct cell *cell, struct mmio_access *access);

/**
 * subpage_is_taken() - do cells have something in [start, start + size) alone?
 * @start: physical address
 * @size: bytes
 * @cell: one of them, of which the first @count regions count; NULL: all of all
 * @count: see @cell
 *
 * Only sub-page regions are looked at. Under root's s2_lock.
 */
bool subpage_is_taken(u64 start, u64 size, const struct cell *cell, u32 count);

/* Cells with sub-page regions are known to root from before it loses the first page
 * until it has got back the last.
 */
void subpage_add(struct cell *cell);
void subpage_remove(struct cell *cell);

#endif
