// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where a Linux and what belongs to it go in a cell's RAM (Documentation/arch/arm64/
 * booting.rst): the kernel at a multiple of 2 MiB as low as possible, the ramdisk
 * behind it, the device tree at the end. So neither kernel nor ramdisk move the tree,
 * and a cell can get other ones without being made anew.
 */
#include <inttypes.h>

#include <dt/dt.h>

#include "kernel.h"

#define KERNEL_ALIGN (2ull << 20)
#define DTB_ALIGN (2ull << 20)
/* The largest page that a kernel may have: it reserves whole ones */
#define INITRD_ALIGN (64ull << 10)

static uint64_t round_up(uint64_t x, uint64_t to)
{
	return (x + to - 1) & ~(to - 1);
}

static uint64_t round_down(uint64_t x, uint64_t to)
{
	return x & ~(to - 1);
}

/* The loadable RAM from an address on, through all regions that follow without a gap */
static uint64_t end_of_run(const struct config *cell, uint64_t start)
{
	uint64_t end = start;
	uint32_t i = 0;

	while (i < cell->nr_mem) {
		const struct cl_mem_region *r = &cell->mem[i++];

		if (!(r->flags & CL_MEM_LOADABLE) || !dt_is_linux_ram(r) || r->virt_start != end)
			continue;
		end += r->size;
		i = 0;
	}
	return end;
}

/* Room for the kernel and its ramdisk from @start on, below the device tree */
static uint64_t room_from(const struct config *cell, uint64_t start, struct placement *at)
{
	uint64_t end = end_of_run(cell, start);

	at->kernel = round_up(start, KERNEL_ALIGN);
	at->dtb = end < DT_MAX_SIZE ? 0 : round_down(end - DT_MAX_SIZE, DTB_ALIGN);
	return at->dtb > at->kernel ? at->dtb - at->kernel : 0;
}

/* The next run behind @last in the order of addresses; ~0: there is none */
static uint64_t next_run(const struct config *cell, uint64_t from)
{
	uint64_t best = UINT64_MAX;

	for (uint32_t i = 0; i < cell->nr_mem; i++) {
		const struct cl_mem_region *r = &cell->mem[i];

		if ((r->flags & CL_MEM_LOADABLE) && dt_is_linux_ram(r) && r->virt_start >= from &&
		    r->virt_start < best)
			best = r->virt_start;
	}
	return best;
}

/**
 * largest_room() - how much a kernel could take
 * @cell: its config, of which sums of addresses are safe
 *
 * Return: bytes, 0 if there is no room at all.
 */
uint64_t largest_room(const struct config *cell)
{
	uint64_t largest = 0, start = 0;
	struct placement at;

	while ((start = next_run(cell, start)) != UINT64_MAX) {
		uint64_t room = room_from(cell, start, &at);

		if (room > largest)
			largest = room;
		start = end_of_run(cell, start);
	}
	return largest;
}

/* Why it does not fit into the run that has the most room */
static enum misfit tell_misfit(const struct config *cell, const struct kernel *kernel,
			       uint64_t initrd_size, struct kernel_why *why)
{
	uint64_t start = 0, room, largest = largest_room(cell);
	uint64_t needed = kernel->text_offset + kernel->needed;
	struct placement at = { 0 };

	if (!largest) {
		why_not(why,
			"no mem_regions of the cell are RAM for a Linux (READ, WRITE, EXECUTE and "
			"LOADABLE, not ROOTSHARED) of more than %ju bytes from a multiple of 2 MiB on",
			(uintmax_t)DT_MAX_SIZE);
		return MISFIT_CONFIG;
	}
	do {
		start = next_run(cell, start);
		room = room_from(cell, start, &at);
		start = end_of_run(cell, start);
	} while (room < largest);
	if (needed > room) {
		why_not(why,
			"needs %ju bytes of RAM from 0x%" PRIx64 " on, but the cell has only %ju "
			"there, below the device tree at 0x%" PRIx64,
			(uintmax_t)needed, at.kernel, (uintmax_t)room, at.dtb);
		return MISFIT_KERNEL;
	}
	at.initrd = round_up(at.kernel + needed, INITRD_ALIGN);
	why_not(why,
		"has %ju bytes and does not fit behind the kernel: from 0x%" PRIx64
		" on the cell has only %ju, below the device tree at 0x%" PRIx64,
		(uintmax_t)initrd_size, at.initrd,
		(uintmax_t)(at.initrd < at.dtb ? at.dtb - at.initrd : 0), at.dtb);
	return MISFIT_INITRD;
}

/**
 * find_places() - addresses for a kernel and what belongs to it
 * @cell: its config, of which sums of addresses are safe
 * @kernel: the kernel
 * @initrd_size: bytes of the ramdisk, 0: none
 * @at: filled in
 * @why: filled in on failure
 */
enum misfit find_places(const struct config *cell, const struct kernel *kernel,
			uint64_t initrd_size, struct placement *at, struct kernel_why *why)
{
	uint64_t start = 0;

	while ((start = next_run(cell, start)) != UINT64_MAX) {
		uint64_t needed = kernel->text_offset + kernel->needed;
		uint64_t room = room_from(cell, start, at);
		uint64_t behind = round_up(needed, INITRD_ALIGN);

		at->initrd = at->kernel + behind;
		at->kernel += kernel->text_offset;
		if (needed <= room &&
		    (!initrd_size || (behind <= room && initrd_size <= room - behind)))
			return FITS;
		start = end_of_run(cell, start);
	}
	return tell_misfit(cell, kernel, initrd_size, why);
}
