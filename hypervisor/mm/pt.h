/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Page tables for stage 2.
 *
 * One lock per page table is the caller's: every function below is called with
 * it held. CPUs and devices walk the tables meanwhile. So each descriptor is
 * stored by one 64-bit access, a table is complete before it is reachable, and
 * a change of size or contiguity goes through an invalid entry and a completed
 * invalidation (Arm ARM, "Using break-before-make"): for that moment a walker
 * may see a hole where there is none. The fault handler of the caller takes
 * the lock, finds the address mapped, and lets the guest try again.
 *
 * Updates have two phases. The first checks everything and takes the frames
 * that are needed; when it fails, not one byte of the live tables has changed.
 * The second cannot fail. There are no empty tables: a table whose last entry
 * goes is unlinked, and freed once no TLB can know it.
 */
#ifndef MM_PT_H
#define MM_PT_H

#include "mm/mm_ops.h"
#include "mm/pt_format.h"

/**
 * struct pt - one page table; the fields are the engine's own
 * @root: the root's entries
 * @root_entries: of these in use, a power of two
 * @quick_entries: the same where pt_translate() knows the shape, else 0
 * @leaf: the format's bit that tells leaves from tables
 * @root_span: bytes that one root entry covers
 * @phys_to_virt: add this to a table's PA for its address
 * @fmt: descriptor format
 * @ipa_last: highest input address
 * @pa_last: highest output address
 * @root_level: 0 or 1
 * @root_shift: log2 of @root_span
 * @root_pages: 1, 2, 4, 8 or 16
 * @top: the first level that can have leaves
 * @ipa_bits: width of the input
 * @vmid: what TLB entries of it are tagged with
 * @contig: use the contiguous hint
 * @use_spare: take frames from @spare instead of @ops
 * @spare: frames set aside, linked through their first word
 * @nr_spare: their number
 * @tables: frames in use, the root's included, those set aside not
 * @tlbi_max: invalidate page by page up to that many operations, else all
 * @ops: see there
 * @ctx: for @ops
 */
struct pt {
	u64 *root;
	u64 root_entries;
	u64 quick_entries;
	u64 leaf;
	u64 root_span;
	u64 phys_to_virt;
	const struct pt_format *fmt;
	u64 ipa_last;
	u64 pa_last;
	u8 root_level;
	u8 root_shift;
	u8 root_pages;
	u8 top;
	u8 ipa_bits;
	u16 vmid;
	bool contig;
	bool use_spare;
	u64 *spare;
	unsigned int nr_spare;
	unsigned int tables;
	unsigned int tlbi_max;
	const struct mm_ops *ops;
	void *ctx;
};

/**
 * struct pt_config - what pt_init() makes a page table of
 * @fmt: descriptor format
 * @ipa_bits: width of the input, one that @fmt has
 * @pa_bits: width of the machine's physical addresses; where the format can
 *	hold less, higher addresses are refused
 * @vmid: handed to the invalidations
 * @no_contig: do not set the contiguous hint
 * @tlbi_max: up to that many invalidations of one leaf each are made one by one;
 *	beyond, all of the VMID goes. 0: 64
 * @phys_to_virt: what to add (modulo 2^64) to a frame's physical address for
 *	the address where the engine can access it
 * @ops: surroundings
 * @ctx: for @ops
 */
struct pt_config {
	const struct pt_format *fmt;
	unsigned int ipa_bits;
	unsigned int pa_bits;
	u16 vmid;
	bool no_contig;
	unsigned int tlbi_max;
	u64 phys_to_virt;
	const struct mm_ops *ops;
	void *ctx;
};

/* Use leaves of 4 KiB only */
#define PT_PAGES_ONLY BIT(0)

/**
 * struct pt_attr - how a range is mapped
 * @perms: PT_READ | PT_WRITE | PT_EXEC; PT_EXEC is refused for PT_DEVICE
 * @type: enum pt_type
 * @flags: PT_PAGES_ONLY or 0
 */
struct pt_attr {
	u8 perms;
	u8 type;
	u16 flags;
};

/**
 * struct pt_leaf - what a table says about one address
 * @pa: where the address goes
 * @size: bytes that the leaf maps
 * @level: its level, 1..3 (0 where a format has such leaves)
 * @perms: as in struct pt_attr
 * @type: as in struct pt_attr
 * @contig: one of 16 entries that form one contiguous range
 * @desc: the descriptor itself
 */
struct pt_leaf {
	paddr_t pa;
	u64 size;
	u8 level;
	u8 perms;
	u8 type;
	bool contig;
	u64 desc;
};

/**
 * pt_init() - create an empty page table
 * @pt: to be filled in
 * @cfg: what it shall be
 *
 * Return: 0; -CL_EINVAL where the format has no such width; -CL_ERANGE where the
 * input would be wider than the output and the format forbids that, or @pa_bits
 * is not 32..56; -CL_ENOMEM without a frame for the root.
 */
int pt_init(struct pt *pt, const struct pt_config *cfg);

/**
 * pt_destroy() - give every frame back
 * @pt: a page table that no CPU and no device walks any more
 *
 * TLB entries of the VMID are invalidated first. @pt may be initialised again.
 */
void pt_destroy(struct pt *pt);

/**
 * pt_map() - map a range where nothing is mapped
 * @pt: page table
 * @ipa: input address, a multiple of 4 KiB
 * @pa: output address, a multiple of 4 KiB
 * @size: bytes, a multiple of 4 KiB, not 0
 * @attr: permissions and type
 *
 * Uses the largest leaves that @ipa, @pa and @size allow. No invalidation takes
 * place: an entry that was invalid is in no TLB (Arm ARM, "TLB
 * maintenance").
 *
 * Return: 0, or, with nothing changed: -CL_EINVAL (alignment, size 0, attributes),
 * -CL_ERANGE (an end above the width of @ipa or @pa, wrap-around included),
 * -CL_EEXIST (something in the range is mapped already, be it the same: who
 * wants to change a mapping says so by pt_protect() or pt_unmap()), -CL_ENOMEM.
 */
int pt_map(struct pt *pt, ipaddr_t ipa, paddr_t pa, u64 size, struct pt_attr attr);

/**
 * pt_unmap() - remove what is mapped in a range
 * @pt: page table
 * @ipa: first address, a multiple of 4 KiB
 * @size: bytes, a multiple of 4 KiB, not 0
 *
 * Holes in the range are no error. Blocks across an end of it are split, which
 * takes at most 2 (3 with 4 levels and 512 GiB leaves) frames for each end. On
 * return no TLB holds anything of the range.
 *
 * Return: 0, or, with nothing changed: -CL_EINVAL, -CL_ERANGE, -CL_ENOMEM.
 */
int pt_unmap(struct pt *pt, ipaddr_t ipa, u64 size);

/**
 * pt_protect() - change the permissions of what is mapped in a range
 * @pt: page table
 * @ipa: first address, a multiple of 4 KiB
 * @size: bytes, a multiple of 4 KiB, not 0
 * @perms: PT_READ | PT_WRITE | PT_EXEC; the format must have the combination, and
 *	the same without PT_EXEC, else -CL_EINVAL
 *
 * Holes stay holes; memory types stay (to change one, unmap and map); device
 * memory in the range stays not executable. What has @perms already is not
 * touched, nor split, nor invalidated.
 *
 * Return: as pt_unmap().
 */
int pt_protect(struct pt *pt, ipaddr_t ipa, u64 size, unsigned int perms);

/**
 * pt_merge() - use the largest leaves that a range allows
 * @pt: page table
 * @ipa: first address, a multiple of 4 KiB
 * @size: bytes, a multiple of 4 KiB, not 0
 *
 * Tables that map what one leaf could map, with the same permissions and type,
 * become that leaf, and get freed; 16 entries that may have the contiguous hint
 * get it. Only leaves that lie entirely in the range are made. Each is one
 * break-before-make with its invalidation, so this is for after a phase of
 * changes, not for each of them. No frames are needed.
 *
 * Return: 0, -CL_EINVAL or -CL_ERANGE.
 */
int pt_merge(struct pt *pt, ipaddr_t ipa, u64 size);

/**
 * pt_query() - what is at an address
 * @pt: page table
 * @ipa: any address
 * @leaf: to be filled in; untouched where nothing is mapped
 *
 * Return: whether it is mapped; false for addresses above the width.
 */
bool pt_query(const struct pt *pt, ipaddr_t ipa, struct pt_leaf *leaf);

/**
 * struct pt_visit - one entry that pt_walk() came to
 * @ipa: first address that the entry covers
 * @size: bytes that it covers
 * @level: level of the table it stands in
 * @desc: its value, not 0
 * @entry: where it stands
 */
struct pt_visit {
	ipaddr_t ipa;
	u64 size;
	unsigned int level;
	u64 desc;
	const u64 *entry;
};

/**
 * struct pt_visitor - what to do with the entries of a range
 * @leaf: called for each leaf
 * @pre: called for each table before its entries
 * @post: called for each table after its entries
 *
 * Each may be NULL; a value other than 0 ends the walk.
 */
struct pt_visitor {
	int (*leaf)(const struct pt_visit *visit, void *arg);
	int (*pre)(const struct pt_visit *visit, void *arg);
	int (*post)(const struct pt_visit *visit, void *arg);
};

/**
 * pt_walk() - visit the valid entries that cover a range, in ascending order
 * @pt: page table
 * @ipa: first address
 * @size: bytes, not 0; the entries visited may reach beyond either end
 * @visitor: functions
 * @arg: for these
 *
 * Return: 0; what ended the walk; -CL_ERANGE where the range leaves the width.
 */
int pt_walk(const struct pt *pt, ipaddr_t ipa, u64 size, const struct pt_visitor *visitor,
	    void *arg);

/**
 * pt_tables_max() - the most tables that a range can come to need
 * @pt: page table
 * @ipa: first address
 * @size: bytes, not 0; the range lies within the width
 *
 * Return: the number of tables below the root when every page is mapped by a
 * leaf of its own.
 */
unsigned int pt_tables_max(const struct pt *pt, ipaddr_t ipa, u64 size);

/**
 * pt_unmap_tables() - the tables that pt_unmap() would need
 * @pt: page table
 * @ipa: as for pt_unmap()
 * @size: as for pt_unmap(), and valid
 */
unsigned int pt_unmap_tables(const struct pt *pt, ipaddr_t ipa, u64 size);

/**
 * pt_spare_add() - set frames aside for updates that must not fail
 * @pt: page table
 * @count: number of frames
 *
 * They are used while @pt->use_spare is set, and none else then.
 *
 * Return: 0; -CL_ENOMEM with nothing changed.
 */
int pt_spare_add(struct pt *pt, unsigned int count);

/* Gives frames set aside back until no more than @count are left */
void pt_spare_keep(struct pt *pt, unsigned int count);

/**
 * pt_ipa_bits_for() - the narrowest input width that holds an address
 * @highest_ipa: the address
 * @pa_bits: width of physical addresses; widths above it are not possible
 *
 * Return: one of 32, 36, 39, 40, 42, 43, 44, 48; -CL_ERANGE where there is none.
 */
int pt_ipa_bits_for(u64 highest_ipa, unsigned int pa_bits);

/* Physical address of the root, aligned to its size */
static inline paddr_t pt_root(const struct pt *pt)
{
	return PA((u64)(uintptr_t)pt->root - pt->phys_to_virt);
}

/* Frames that the tables take, the root's included */
static inline unsigned int pt_pages(const struct pt *pt)
{
	return pt->tables;
}

static inline u64 *pt_table_at(const struct pt *pt, u64 desc)
{
	u64 pa = (desc & pt->fmt->pa_mask) << pt->fmt->pa_shift;

	return (u64 *)(uintptr_t)(pa + pt->phys_to_virt);
}

static inline unsigned int pt_level_shift(unsigned int level)
{
	return PAGE_SHIFT + 9 * (PT_LAST_LEVEL - level);
}

/*
 * pt_translate() for every shape of tables. It only reads, and its result is a
 * plain number: both lets the compiler keep fields of @pt across calls.
 */
__attribute__((pure)) u64 pt_translate_any(const struct pt *pt, ipaddr_t ipa);

static inline u64 *pt_quick_table(const struct pt *pt, u64 desc)
{
	return (u64 *)(uintptr_t)((desc & MASK(47, PAGE_SHIFT)) + pt->phys_to_virt);
}

/**
 * pt_translate() - where an address goes
 * @pt: page table
 * @ipa: any address
 *
 * The lock keeps the tables still: plain loads do. Inline, and with one comparison that covers both the width of addresses and
 * the shape that it knows: three levels, and output addresses that stand where
 * they are in bits 47:12, as with every stage 2 of up to 43 bits.
 *
 * Return: the physical address, or PA_NONE where nothing is mapped.
 */
static inline paddr_t pt_translate(const struct pt *pt, ipaddr_t ipa)
{
	u64 index = ipa.v >> 30;
	u64 desc;

	if (unlikely(index >= pt->quick_entries))
		return PA(pt_translate_any(pt, ipa));

	desc = pt->root[index];
	if (desc & pt->leaf)
		return PA((desc & MASK(47, 30)) + (ipa.v & MASK(29, 0)));
	if (unlikely(!desc))
		return PA_NONE;

	desc = pt_quick_table(pt, desc)[ipa.v >> 21 & (PT_ENTRIES - 1)];
	if (desc & pt->leaf)
		return PA((desc & MASK(47, 21)) + (ipa.v & MASK(20, 0)));
	if (unlikely(!desc))
		return PA_NONE;

	desc = pt_quick_table(pt, desc)[ipa.v >> 12 & (PT_ENTRIES - 1)];
	if (unlikely(!desc))
		return PA_NONE;
	return PA((desc & MASK(47, 12)) + (ipa.v & MASK(11, 0)));
}

#endif
