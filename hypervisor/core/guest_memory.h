/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CORE_GUEST_MEMORY_H
#define CORE_GUEST_MEMORY_H

#include <cell.h>

/*
 * Copy from or to a cell's RAM as the cell itself could: by its stage 2, with
 * its permissions, never to a device. The caller holds the management lock, so
 * that root's tables stay as they are meanwhile.
 *
 * Return: false if any byte is out of the cell's reach; some may have been
 * copied then.
 */
bool guest_memory_read(struct cell *cell, u64 ipa, void *buf, u64 size);
bool guest_memory_write(struct cell *cell, u64 ipa, const void *buf, u64 size);

#endif
