// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * One table of level 1, a few of level 2, blocks of 2 MiB, one-to-one.
 * start.S has filled in the block of the image, with guest_l2[0].
 */
#include "internal.h"
#include "start.h"

#define ENTRIES 512
#define L1_SHIFT 30
#define L2_SHIFT 21
#define BLOCK_SIZE (1ull << L2_SHIFT)
#define BLOCK_ADDRESS 0x0000ffffffe00000ull
#define TABLE_ADDRESS 0x0000fffffffff000ull

extern uint64_t guest_l1[ENTRIES], guest_l2[][ENTRIES], guest_l2_end[];

static unsigned int tables_used;
static spinlock_t lock;

static uint64_t *level2(uint64_t address)
{
	uint64_t *entry = &guest_l1[address >> L1_SHIFT];
	uint64_t *table;

	if (*entry)
		return (uint64_t *)(*entry & TABLE_ADDRESS);
	table = guest_l2[tables_used + 1]; /* start.S has the first */
	if (table >= guest_l2_end)
		return NULL;
	tables_used++;
	memset(table, 0, ENTRIES * sizeof(*table));
	dmb(ishst); /* the walker must not see the link before the zeros */
	__atomic_store_n(entry, (uintptr_t)table | TABLE_DESCRIPTOR, __ATOMIC_RELAXED);
	return table;
}

static int map(uint64_t address, uint64_t end, uint64_t attributes)
{
	for (; address < end; address += BLOCK_SIZE) {
		uint64_t block = address | attributes;
		uint64_t *table = level2(address);
		uint64_t *entry;

		if (!table)
			return -1;
		entry = &table[address >> L2_SHIFT & (ENTRIES - 1)];
		if (*entry && *entry != block)
			return -1;
		__atomic_store_n(entry, block, __ATOMIC_RELAXED);
	}
	return 0;
}

int mmu_map(uint64_t address, uint64_t size, enum guest_memory type)
{
	uint64_t limit = (uint64_t)ENTRIES << L1_SHIFT;
	uint64_t flags;
	int ret;

	if (!size || address >= limit || size > limit - address)
		return -1;

	flags = irq_save();
	spin_lock(&lock);
	ret = map(address & BLOCK_ADDRESS, address + size,
		  type == GUEST_NORMAL ? NORMAL_BLOCK : DEVICE_BLOCK);
	spin_unlock(&lock);
	irq_restore(flags);
	/* Entries were invalid before: no TLB can hold them. */
	dsb(ishst);
	isb();
	return ret;
}
