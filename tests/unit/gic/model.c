// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cpu.h>
#include <gicv3.h>

#include "gicv2_model.h"
#include "model.h"

struct gic_model hw;
struct gic_kind kind;
void *lock_held, *config_lock_seen;

#define MAX_PAGES 64
static struct {
	u64 va;
	u64 pa;
} pages[MAX_PAGES];
static u32 nr_pages;
static u32 dist_rwp, redist_rwp[NR_CPUS];

__noreturn void bus_error(const char *why, u64 at, u32 size)
{
	fprintf(stderr, "gic: %s at 0x%llx, %u bytes\n", why, (unsigned long long)at, size);
	abort();
}

u64 model_stride(void)
{
	return kind.redist & GICR_TYPER_VLPIS ? 2 * GICR_FRAMES_SIZE : GICR_FRAMES_SIZE;
}

void model_reset(void)
{
	memset(&hw, 0, sizeof(hw));
	memset(&hw2, 0, sizeof(hw2));
	memset(redist_rwp, 0, sizeof(redist_rwp));
	dist_rwp = 0;
	nr_pages = 0;
	lock_held = NULL;
	config_lock_seen = NULL;
	for (u32 i = 0; i < NR_CPUS; i++)
		hw.r[i].config[0] = 0xaaaaaaaa;
}

void map_device_page(u64 va, u64 pa)
{
	for (u32 i = 0; i < nr_pages; i++) {
		if (pages[i].va == va) {
			pages[i].pa = pa;
			return;
		}
	}
	if (nr_pages == MAX_PAGES)
		bus_error("no room for a mapping", va, PAGE_SIZE);
	pages[nr_pages].va = va;
	pages[nr_pages++].pa = pa;
}

static u64 translate(u64 va, u32 size)
{
	for (u32 i = 0; i < nr_pages; i++) {
		if (va - pages[i].va < PAGE_SIZE)
			return pages[i].pa + va % PAGE_SIZE;
	}
	bus_error("nothing is mapped", va, size);
}

/* Interrupts of word @n that exist */
static u32 existing(u32 n)
{
	u32 words = (kind.typer & 31) + 1;

	if (!n || n >= words)
		return 0;
	return n == 31 ? 0x0fffffff : ~0u;
}

static u32 access_set(u32 *bits, u32 mask, const u32 *set, const u32 *clear)
{
	if (set)
		*bits |= *set & mask;
	if (clear)
		*bits &= ~(*clear & mask);
	return *bits & mask;
}

/* One bit for each interrupt: the seven registers of word @n, by their offset */
static u32 access_bits(u32 *const bank[4], u32 offset, u32 mask, const u32 *value, u32 *rwp)
{
	switch (offset & ~0x7fu) {
	case GICD_IGROUPR:
		if (value)
			*bank[0] = (*bank[0] & ~mask) | (*value & mask);
		return *bank[0] & mask;
	case GICD_ISENABLER:
		return access_set(bank[1], mask, value, NULL);
	case GICD_ICENABLER:
		if (value)
			*rwp = kind.rwp;
		return access_set(bank[1], mask, NULL, value);
	case GICD_ISPENDR:
		return access_set(bank[2], mask, value, NULL);
	case GICD_ICPENDR:
		return access_set(bank[2], mask, NULL, value);
	case GICD_ISACTIVER:
		return access_set(bank[3], mask, value, NULL);
	default: /* GICD_ICACTIVER */
		return access_set(bank[3], mask, NULL, value);
	}
}

static u64 access_bytes(u8 *bytes, const u64 *value, u32 size)
{
	u64 read = 0;

	if (value)
		memcpy(bytes, value, size);
	memcpy(&read, bytes, size);
	return read;
}

static u32 busy(u32 *rwp, u32 bit)
{
	if (!*rwp)
		return 0;
	(*rwp)--;
	return bit;
}

/* Read-modify-write by the hypervisor: two at a time would lose one */
static void note_config_lock(void)
{
	if (!lock_held || (config_lock_seen && config_lock_seen != lock_held))
		bus_error("a write that others may overwrite", GICD_ICFGR, 4);
	config_lock_seen = lock_held;
}

static u64 dist_word(u32 offset, const u64 *value, u32 size)
{
	u32 n = offset % 0x80 / 4, word = value ? (u32)*value : 0;
	u32 *const bank[4] = { &hw.d.group[n], &hw.d.enable[n], &hw.d.pending[n], &hw.d.active[n] };

	if (size != 4)
		bus_error("a width that GICD does not take", offset, size);
	if (offset >= GICD_IGROUPR && offset < GICD_IPRIORITYR)
		return access_bits(bank, offset, existing(n), value ? &word : NULL, &dist_rwp);
	if (offset >= GICD_ICFGR && offset < GICD_ICFGR + 0x100) {
		n = offset % 0x100 / 4;
		if (value) {
			note_config_lock();
			/* Bit 0 of each interrupt is reserved */
			hw.d.config[n] = existing(n / 2) ? word & 0xaaaaaaaa : 0;
		}
		return hw.d.config[n];
	}
	if (value)
		bus_error("a register of GICD that is not to be written", offset, size);
	switch (offset) {
	case GICD_CTLR:
		return hw.d.ctlr | busy(&dist_rwp, GICD_CTLR_RWP);
	case GICD_TYPER:
		return kind.typer;
	case GICD_IIDR:
		return MODEL_IIDR;
	case GICD_PIDR2:
		return kind.pidr2;
	}
	if (offset >= GICD_PIDR4)
		return MODEL_IDENTIFICATION(offset);
	bus_error("a register of GICD that nobody knows", offset, size);
}

static u64 access_dist(u32 offset, const u64 *value, u32 size)
{
	u32 intid;

	if (offset >= GICD_IPRIORITYR && offset < GICD_IPRIORITYR + 1024) {
		intid = offset - GICD_IPRIORITYR;
		if (size != 1 && size != 4)
			bus_error("a width that GICD_IPRIORITYR does not take", offset, size);
		if (!(existing(intid / 32) >> intid % 32 & 1))
			return 0;
		return access_bytes(&hw.d.priority[intid], value, size);
	}
	if (offset >= GICD_IROUTER && offset < GICD_IROUTER + 1020 * 8) {
		intid = (offset - GICD_IROUTER) / 8;
		if (size < 4)
			bus_error("a width that GICD_IROUTER does not take", offset, size);
		if (!(existing(intid / 32) >> intid % 32 & 1))
			return 0;
		return access_bytes((u8 *)&hw.d.route[intid] + offset % 8, value, size);
	}
	return dist_word(offset, value, size);
}

static u64 redist_typer(u32 cpu)
{
	u64 mpidr = cpus[cpu].mpidr;
	u64 affinity = (mpidr & 0xffffff) | (mpidr >> 32 & 0xff) << 24;
	u32 last = cpu == NR_CPUS - 1 ? GICR_TYPER_LAST : 0;

	return affinity << 32 | cpu << 8 | last | kind.redist;
}

static u64 access_lpi(struct redist *r, u32 offset, const u64 *value, u32 size)
{
	u64 *reg;

	switch (offset & ~4u) {
	case GICR_PROPBASER:
		reg = &r->propbaser;
		break;
	case GICR_PENDBASER:
		reg = &r->pendbaser;
		break;
	case GICR_INVLPIR:
		reg = &r->invlpir;
		break;
	case GICR_INVALLR:
		reg = &r->invallr;
		break;
	default:
		bus_error("a register of GICR that is not to be accessed", offset, size);
	}
	return access_bytes((u8 *)reg + offset % 8, value, size);
}

static u64 access_rd(u32 cpu, u32 offset, const u64 *value, u32 size)
{
	struct redist *r = &hw.r[cpu];

	if (size < 4)
		bus_error("a width that GICR does not take", offset, size);
	if (offset == GICR_TYPER || offset == GICR_TYPER + 4)
		return redist_typer(cpu) >> offset % 8 * 8;
	if (size == 8)
		return access_lpi(r, offset, value, size);
	switch (offset) {
	case GICR_CTLR:
		if (value)
			r->ctlr = (u32)*value & 1;
		return r->ctlr | busy(&redist_rwp[cpu], 8);
	case GICR_IIDR:
		return MODEL_IIDR;
	case GICR_WAKER:
		return MODEL_WAKER;
	case GICR_SYNCR:
		return 0;
	}
	return access_lpi(r, offset, value, size);
}

static u64 access_sgi(u32 cpu, u32 offset, const u64 *value, u32 size)
{
	struct redist *r = &hw.r[cpu];
	u32 *const bank[4] = { &r->group, &r->enable, &r->pending, &r->active };
	u32 word = value ? (u32)*value : 0;

	if (offset >= GICD_IPRIORITYR && offset < GICD_IPRIORITYR + 32) {
		if (size != 1 && size != 4)
			bus_error("a width that GICR_IPRIORITYR does not take", offset, size);
		return access_bytes(&r->priority[offset - GICD_IPRIORITYR], value, size);
	}
	if (size != 4)
		bus_error("a width that GICR does not take", offset, size);
	if (offset >= GICD_IGROUPR && offset < GICD_IPRIORITYR && offset % 0x80 == 0)
		return access_bits(bank, offset, ~0u, value ? &word : NULL, &redist_rwp[cpu]);
	if (offset == GICD_ICFGR || offset == GICD_ICFGR + 4) {
		/* SGIs are edges */
		if (value && offset != GICD_ICFGR)
			r->config[1] = word & 0xaaaaaaaa;
		return r->config[offset % 8 / 4];
	}
	bus_error("a register of GICR that nobody knows", offset, size);
}

static u64 access_physical(u64 pa, const u64 *value, u32 size)
{
	u64 cpu = (pa - GICR_PA) / model_stride(), offset = (pa - GICR_PA) % model_stride();

	if (!IS_ALIGNED(pa, size))
		bus_error("not aligned", pa, size);
	if (kind.gicv2)
		return gicv2_model_access(pa, value, size);
	if (pa >= GICD_PA && pa - GICD_PA < GICD_SIZE)
		return access_dist((u32)(pa - GICD_PA), value, size);
	if (pa < GICR_PA || cpu >= NR_CPUS || offset >= GICR_FRAMES_SIZE)
		bus_error("nothing is there", pa, size);
	if (offset < GICR_SGI)
		return access_rd((u32)cpu, (u32)offset, value, size);
	return access_sgi((u32)cpu, (u32)(offset - GICR_SGI), value, size);
}

u64 model_read(const void *p, u32 size)
{
	return access_physical(translate((uintptr_t)p, size), NULL, size);
}

void model_write(void *p, u64 value, u32 size)
{
	access_physical(translate((uintptr_t)p, size), &value, size);
}

/* Looks where nobody may be at home, without an abort */
bool probe_read32(const void *va, u32 *value)
{
	u64 pa = translate((uintptr_t)va, 4);

	if (!kind.gicv2 && (pa < GICD_PA || pa - GICD_PA >= GICD_SIZE) &&
	    (pa < GICR_PA || pa - GICR_PA >= NR_CPUS * model_stride()))
		return false;
	*value = (u32)access_physical(pa, NULL, 4);
	return true;
}
