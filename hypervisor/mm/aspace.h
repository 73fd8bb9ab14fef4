/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Address spaces: a sorted set of areas over one page table.
 *
 * An area says what its addresses mean; the page table says what is mapped now.
 * Linear areas are always mapped entirely. Allocated ones are backed by frames,
 * all of them at once or each on first access.
 *
 * As with page tables, one lock per address space is the caller's, and is held
 * in every call.
 */
#ifndef MM_ASPACE_H
#define MM_ASPACE_H

#include "mm/pt.h"

/**
 * enum area_kind - where an area's memory comes from
 * @AREA_LINEAR: physical memory at a constant distance
 * @AREA_ALLOC: frames, taken when the area is made, 2 MiB at a time if possible
 * @AREA_LAZY: frames of 4 KiB, each taken on first access
 */
enum area_kind { AREA_LINEAR, AREA_ALLOC, AREA_LAZY };

/**
 * struct area - one area, and what aspace_map() is told to make
 * @start: first address, a multiple of 4 KiB
 * @size: bytes, a multiple of 4 KiB, not 0
 * @kind: enum area_kind
 * @source: not linear: which memory its frames come from, for struct frame_ops
 * @pa: linear: what @start is mapped to, a multiple of 4 KiB
 * @attr: permissions and type
 */
struct area {
	ipaddr_t start;
	u64 size;
	enum area_kind kind;
	u32 source;
	paddr_t pa;
	struct pt_attr attr;
};

/**
 * struct frame_ops - the memory behind areas that are not linear
 * @alloc: @size bytes (4 KiB or 2 MiB) for @area, aligned to their size, or
 *	PA_NONE. They are zero when the guest first sees them: at once where the
 *	area is lazy, before the guest runs where it is not.
 * @free: gives @size bytes back, a multiple of 4 KiB: a whole allocation or a
 *	part of one; nobody can access them any more
 *
 * Where areas are lazy, both are called from the fault path: they must not need
 * a lock that is held around calls for another address space.
 */
struct frame_ops {
	paddr_t (*alloc)(void *ctx, const struct area *area, u64 size);
	void (*free)(void *ctx, const struct area *area, paddr_t pa, u64 size);
};

/**
 * enum area_reason - why an area, or a range, is refused
 * @AREA_OK: it is not
 * @AREA_EMPTY: size 0 (-CL_EINVAL)
 * @AREA_MISALIGNED: an address or the size is no multiple of 4 KiB (-CL_EINVAL)
 * @AREA_ATTR: permissions, type or kind do not exist or go together (-CL_EINVAL)
 * @AREA_WRAPS: the end, of input or output, is above 2^64 (-CL_ERANGE)
 * @AREA_BEYOND_IPA: not inside of the address space (-CL_ERANGE)
 * @AREA_BEYOND_PA: the end is above the width of the output (-CL_ERANGE)
 * @AREA_OVERLAPS: something of it belongs to an area (-CL_EEXIST)
 * @AREA_NOT_THERE: not all of it belongs to one linear area (-CL_ENOENT)
 * @AREA_NO_ROOM: there are as many areas as there can be (-CL_ENOSPC)
 * @AREA_NO_FRAMES: out of frames (-CL_ENOMEM)
 */
enum area_reason {
	AREA_OK,
	AREA_EMPTY,
	AREA_MISALIGNED,
	AREA_ATTR,
	AREA_WRAPS,
	AREA_BEYOND_IPA,
	AREA_BEYOND_PA,
	AREA_OVERLAPS,
	AREA_NOT_THERE,
	AREA_NO_ROOM,
	AREA_NO_FRAMES,
};

/**
 * enum aspace_access - what somebody tried
 */
enum aspace_access { ACCESS_READ, ACCESS_WRITE, ACCESS_EXEC };

/**
 * enum aspace_outcome - what became of a fault
 * @FAULT_RESOLVED: mapped now; let the guest try again
 * @FAULT_SPURIOUS: was mapped, and permitted, when we looked: an entry was just
 *	being replaced, or another CPU was faster; let the guest try again
 * @FAULT_NO_AREA: nobody granted that address
 * @FAULT_DENIED: the area does not permit this access
 * @FAULT_NO_MEMORY: a lazy area, and no frame left
 */
enum aspace_outcome {
	FAULT_RESOLVED,
	FAULT_SPURIOUS,
	FAULT_NO_AREA,
	FAULT_DENIED,
	FAULT_NO_MEMORY,
	NR_FAULT_OUTCOMES,
};

/**
 * struct aspace_fault - a stage-2 fault, as the trap handler decoded it
 * @ipa: address accessed
 * @pc: of the guest, for the audit ring
 * @access: what was tried
 * @cpu: where
 */
struct aspace_fault {
	ipaddr_t ipa;
	u64 pc;
	enum aspace_access access;
	unsigned int cpu;
};

#define AUDIT_ENTRIES 32

/**
 * struct audit_entry - a fault that was handled
 * @fault: the fault
 * @outcome: what became of it
 */
struct audit_entry {
	struct aspace_fault fault;
	enum aspace_outcome outcome;
};

/**
 * struct aspace - an address space; the fields are this module's own
 * @pt: page table
 * @first: lowest address that an area may have
 * @last: highest one
 * @area: areas, in ascending order
 * @nr_areas: their number
 * @max_areas: room for that many
 * @frames: memory of areas that are not linear; may be NULL without such
 * @frames_ctx: for @frames
 * @nr_frames: frames of 4 KiB taken from @frames
 * @nr_lent: ranges that are lent, see aspace_lend()
 * @lent_tables: tables set aside for their return
 * @reason: of the last aspace_map(), aspace_unmap() or aspace_protect()
 * @audit: the last faults, at their number modulo AUDIT_ENTRIES
 * @nr_audited: number of faults so far
 * @outcomes: of these, by outcome
 */
struct aspace {
	struct pt pt;
	u64 first;
	u64 last;
	struct area *area;
	unsigned int nr_areas;
	unsigned int max_areas;
	const struct frame_ops *frames;
	void *frames_ctx;
	u64 nr_frames;
	unsigned int nr_lent;
	unsigned int lent_tables;
	enum area_reason reason;
	struct audit_entry audit[AUDIT_ENTRIES];
	u64 nr_audited;
	u64 outcomes[NR_FAULT_OUTCOMES];
};

/**
 * struct aspace_config - what aspace_init() makes an address space of
 * @pt: for its page table
 * @base: lowest address that an area may have, a multiple of 4 KiB
 * @size: bytes from there that areas may have, a multiple of 4 KiB; 0: all that
 *	the width allows
 * @areas: memory for the areas, until aspace_destroy()
 * @max_areas: entries of @areas
 * @frames: see struct aspace
 * @frames_ctx: for @frames
 */
struct aspace_config {
	struct pt_config pt;
	ipaddr_t base;
	u64 size;
	struct area *areas;
	unsigned int max_areas;
	const struct frame_ops *frames;
	void *frames_ctx;
};

/**
 * aspace_init() - create an address space without areas
 *
 * Return: as pt_init(), and -CL_EINVAL or -CL_ERANGE for base and size.
 */
int aspace_init(struct aspace *as, const struct aspace_config *cfg);

/**
 * aspace_destroy() - remove every area, and give all frames back
 * @as: an address space that no CPU and no device walks any more
 */
void aspace_destroy(struct aspace *as);

/**
 * aspace_map() - add areas, all of them or none
 * @as: address space
 * @area: areas, in any order
 * @count: their number
 *
 * For lazy areas the frames of the tables that they can come to need are set
 * aside now, so that a fault can fail for want of memory only, not of tables.
 *
 * Return: 0, or, with nothing changed, the negative errno that belongs to
 * @as->reason.
 */
int aspace_map(struct aspace *as, const struct area *area, unsigned int count);

/**
 * aspace_unmap() - remove a range from all areas
 * @as: address space
 * @ipa: first address, a multiple of 4 KiB
 * @size: bytes, a multiple of 4 KiB, not 0
 *
 * Areas across an end of the range are split, for which there must be room;
 * gaps between areas are no error.
 *
 * Return: as aspace_map().
 */
int aspace_unmap(struct aspace *as, ipaddr_t ipa, u64 size);

/**
 * aspace_protect() - change the permissions of all areas in a range
 * @as: address space
 * @ipa: first address, a multiple of 4 KiB
 * @size: bytes, a multiple of 4 KiB, not 0
 * @perms: PT_READ | PT_WRITE | PT_EXEC; device memory does not become executable
 *
 * Return: as aspace_map().
 */
int aspace_protect(struct aspace *as, ipaddr_t ipa, u64 size, unsigned int perms);

/**
 * aspace_release() - give back the frames behind a range, and keep the areas
 * @as: address space
 * @ipa: first address, a multiple of 4 KiB
 * @size: bytes, a multiple of 4 KiB, not 0
 *
 * Lazy areas are as new then; others must not be used any more. It cannot fail
 * where the range does not cut a leaf: at multiples of 2 MiB, and at the ends of
 * areas. Linear areas stay as they are. No table is freed: it stays set aside.
 */
void aspace_release(struct aspace *as, ipaddr_t ipa, u64 size);

/**
 * aspace_lend() - unmap a range, and make sure that it can come back
 * @as: address space
 * @ipa: first address, a multiple of 4 KiB
 * @size: bytes, a multiple of 4 KiB, not 0; inside of one linear area
 *
 * The tables that aspace_restore() can come to need are set aside, and room for
 * its area is kept.
 *
 * Return: as aspace_map().
 */
int aspace_lend(struct aspace *as, ipaddr_t ipa, u64 size);

/**
 * aspace_restore() - map what was lent again
 * @as: address space
 * @area: linear, with the range of one aspace_lend()
 *
 * Whatever else was mapped there meanwhile goes first; it must consist of whole
 * areas. Areas and leaves become as large as they were, as far as their
 * neighbours are there.
 *
 * Return: 0. (Anything else is a defect: nothing here can fail.)
 */
int aspace_restore(struct aspace *as, const struct area *area);

/* Physical address of what is mapped at @ipa, or PA_NONE */
static inline paddr_t aspace_translate(const struct aspace *as, ipaddr_t ipa)
{
	return pt_translate(&as->pt, ipa);
}

/**
 * aspace_merge() - use the largest leaves that the linear areas of a range allow
 * @as: address space
 * @ipa: first address, a multiple of 4 KiB
 * @size: bytes, a multiple of 4 KiB, not 0
 *
 * For after a phase of many small changes: see pt_merge().
 *
 * Return: 0, -CL_EINVAL or -CL_ERANGE.
 */
int aspace_merge(struct aspace *as, ipaddr_t ipa, u64 size);

/**
 * struct aspace_info - what is at an address
 * @leaf: physical address, permissions, type, leaf size
 * @limit: bytes from the address on, itself included, that are mapped and
 *	physically contiguous and in the same area
 * @area: the area
 */
struct aspace_info {
	struct pt_leaf leaf;
	u64 limit;
	struct area area;
};

/**
 * aspace_query() - all that is known about an address
 * @as: address space
 * @ipa: any address
 * @info: to be filled in
 *
 * Return: 0; -CL_ENOENT outside all areas; -CL_EFAULT in a lazy area where
 * nothing is mapped yet (@info->area is filled in).
 */
int aspace_query(const struct aspace *as, ipaddr_t ipa, struct aspace_info *info);

/**
 * struct segment - a physically contiguous piece of a buffer
 * @pa: where it begins
 * @size: bytes
 */
struct segment {
	paddr_t pa;
	u64 size;
};

/**
 * aspace_segments() - the physical pieces of a guest's buffer
 * @as: address space
 * @ipa: first address, any alignment
 * @size: bytes, not 0
 * @access: what is about to be done
 * @segment: to be filled in
 * @max: entries of @segment
 *
 * Lazy areas are populated first. A piece goes on across pages, leaves and areas
 * as long as the memory does.
 *
 * Return: number of segments; -CL_EINVAL: size 0; -CL_EFAULT: a hole, or beyond
 * the width; -CL_EPERM: not permitted; -CL_E2BIG: more than @max;
 * -CL_ENOMEM: a lazy area, and no frame left.
 */
int aspace_segments(struct aspace *as, ipaddr_t ipa, u64 size, enum aspace_access access,
		    struct segment *segment, unsigned int max);

/**
 * aspace_handle() - handle a stage-2 fault
 * @as: address space of the guest
 * @fault: what happened
 *
 * Idempotent: a second CPU that faults on the same page gets the same frame.
 * Everything is logged in the audit ring.
 *
 * Return: enum aspace_outcome.
 */
enum aspace_outcome aspace_handle(struct aspace *as, const struct aspace_fault *fault);

/* The area that @ipa lies in, or NULL */
const struct area *aspace_area(const struct aspace *as, ipaddr_t ipa);

#endif
