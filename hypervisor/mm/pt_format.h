/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Descriptor formats as data: everything the engine knows of an architecture.
 *
 * All formats have a 4 KiB granule, 64-bit descriptors and 512 entries to a
 * table; levels are numbered as Arm does, 3 being that of 4 KiB pages, so that
 * a leaf at level n is 4 KiB << (9 * (3 - n)) large. Only the root may have
 * more entries (tables concatenated) or fewer in use.
 */
#ifndef MM_PT_FORMAT_H
#define MM_PT_FORMAT_H

#include "types.h"

#define PT_LAST_LEVEL 3
#define PT_NR_LEVELS 4
#define PT_ENTRIES 512

/* Permissions: any combination, as index of struct pt_format.perm */
#define PT_READ 1
#define PT_WRITE 2
#define PT_EXEC 4
#define PT_NR_PERMS 8

/**
 * enum pt_type - what kind of memory a guest gets
 * @PT_NORMAL: RAM, cacheable (write-back) unless the guest wants less
 * @PT_NORMAL_NC: no caches, but unaligned accesses and write-combining work:
 *	prefetchable BARs, frame buffers
 * @PT_DEVICE: registers; never executable
 */
enum pt_type { PT_NORMAL, PT_NORMAL_NC, PT_DEVICE, PT_NR_TYPES };

/**
 * struct pt_geometry - the shape of the tables for one width of addresses
 * @ipa_bits: width of the input
 * @root_level: level of the root, 0 or 1
 * @root_pages: tables concatenated at the root, which is aligned to all of them
 */
struct pt_geometry {
	u8 ipa_bits;
	u8 root_level;
	u8 root_pages;
};

/**
 * struct pt_format - one descriptor format
 * @name: for people
 * @geometry: the widths there are, narrowest first
 * @nr_geometry: their number
 * @max_pa_bits: the widest output address that a descriptor holds
 * @input_within_output: the input may not be wider than the physical addresses
 * @pa_shift: a PA stands that many bits further right in a descriptor
 * @pa_mask: the bits of a descriptor that hold it
 * @leaf: one bit, set in every leaf and clear in every table of this engine.
 *	An entry is a leaf if it is set, else a table unless the entry is 0:
 *	the engine writes no other invalid entry than 0.
 * @table: bits of a table's entry
 * @leaf_type: bits of a leaf by level, @leaf included; 0 where the format has no
 *	leaves
 * @contig: hint that 16 aligned entries form one contiguous range; 0: none
 * @perm_mask: bits that hold the permissions
 * @perm: their value, by PT_READ | PT_WRITE | PT_EXEC; PT_NO_PERM: impossible
 * @type_mask: bits that hold the memory type, shareability included
 * @type: their value, by enum pt_type
 */
struct pt_format {
	const char *name;
	const struct pt_geometry *geometry;
	unsigned int nr_geometry;
	u8 max_pa_bits;
	bool input_within_output;
	u8 pa_shift;
	u64 pa_mask;
	u64 leaf;
	u64 table;
	u64 leaf_type[PT_NR_LEVELS];
	u64 contig;
	u64 perm_mask;
	u64 perm[PT_NR_PERMS];
	u64 type_mask;
	u64 type[PT_NR_TYPES];
};

#define PT_NO_PERM (~0ull)

#endif
