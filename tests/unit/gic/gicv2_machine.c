// SPDX-License-Identifier: GPL-2.0-only
#include <gicv2.h>

#include "gicv2_model.h"
#include "machine.h"

#define PPIS (0xffff0000 & ~(u32)BIT(MAINTENANCE))

static u32 interfaces(u32 cell)
{
	return 3u << FIRST_CPU(cell);
}

void scribble_v2(void)
{
	for (u32 intid = 32; intid <= MAX_INTID; intid++) {
		hw2.priority[intid] = (u8)(intid * 8 | 8);
		hw2.targets[intid] = (u8)interfaces(owns(1, intid) ? 1 : owns(2, intid) ? 2 : 0);
		hw2.enable[intid / 32] |= intid % 3 ? (u32)BIT(intid % 32) : 0;
		hw2.pending[intid / 32] |= intid % 5 ? (u32)BIT(intid % 32) : 0;
		hw2.active[intid / 32] |= intid % 7 ? (u32)BIT(intid % 32) : 0;
		hw2.config[intid / 16] |= (intid & 2) << intid % 16 * 2;
	}
	for (u32 i = 0; i < NR_CPUS; i++) {
		hw2.cpu[i].enable |= 0x5a5a0000;
		hw2.cpu[i].pending |= 0x3c3c0000;
		hw2.cpu[i].active |= 0x0f0f0000;
	}
}

void invert_v2(u32 cpu, bool sgis)
{
	u32 cell = CELL_OF(cpu);

	for (u32 n = 1; n <= MAX_INTID / 32; n++) {
		hw2.enable[n] ^= ~owned_bits(cell, n);
		hw2.pending[n] ^= ~owned_bits(cell, n);
		hw2.active[n] ^= ~owned_bits(cell, n);
	}
	for (u32 intid = 32; intid <= MAX_INTID; intid++) {
		hw2.targets[intid] ^= (u8)~interfaces(cell);
		if (owns(cell, intid))
			continue;
		hw2.targets[intid] ^= (u8)interfaces(cell);
		hw2.priority[intid] ^= 0xff;
		hw2.config[intid / 16] ^= 2u << intid % 16 * 2;
	}
	for (u32 i = 0; i < NR_CPUS; i++) {
		u32 others = i == cpu ? ~(PPIS | (sgis ? 0xffff : 0)) : ~0u;

		hw2.cpu[i].enable ^= others;
		hw2.cpu[i].pending ^= others;
		hw2.cpu[i].active ^= others;
		for (u32 n = 0; n < 32; n++)
			hw2.cpu[i].priority[n] ^= others & BIT(n) ? 0xff : 0;
		for (u32 n = 0; n < 16; n++)
			hw2.cpu[i].sgis[n] ^= sgis && i == cpu ? (u8)~interfaces(cell) : 0xff;
	}
}

static bool strange(u32 before, u32 after, u32 mine)
{
	return (before ^ after) & ~mine;
}

static const char *spi_trespass(const struct gicv2_model *b, u32 cell)
{
	for (u32 n = 1; n < 32; n++) {
		u32 own = owned_bits(cell, n);

		if (strange(b->enable[n], hw2.enable[n], own) ||
		    strange(b->pending[n], hw2.pending[n], own) ||
		    strange(b->active[n], hw2.active[n], own))
			return "another's enable, pending or active";
	}
	for (u32 intid = 0; intid < 1024; intid++) {
		bool moved = hw2.targets[intid] != b->targets[intid];
		u32 config = (b->config[intid / 16] ^ hw2.config[intid / 16]) >> intid % 16 * 2;

		if (moved && (hw2.targets[intid] & ~interfaces(cell)))
			return "a target to another's CPU";
		if (!owns(cell, intid) &&
		    (moved || (config & 3) || b->priority[intid] != hw2.priority[intid]))
			return "another's target, priority or configuration";
	}
	return NULL;
}

/* With ERRATUM_GICV2_LEVEL EL2 enables its own interrupt when it needs it */
static u32 toggled(void)
{
	return kind.iidr == GICD_IIDR_QEMU ? (u32)BIT(MAINTENANCE) : 0;
}

/* What CPUs of a cell have for each other: interrupts on their way may go back */
static bool is_same_but_on_the_way(const struct interface *was, u32 ppis,
				   const struct interface *is)
{
	struct interface now = *is;

	if (strange(was->pending, now.pending, ppis) || strange(was->active, now.active, ppis) ||
	    strange(was->enable, now.enable, toggled()))
		return false;
	now.enable = was->enable;
	now.pending = was->pending;
	now.active = was->active;
	now.hcr = was->hcr;
	memcpy(now.lr, was->lr, sizeof(now.lr));
	return !memcmp(was, &now, sizeof(now));
}

const char *trespass_v2(const struct gicv2_model *b, u32 cpu, bool sgis)
{
	u32 mine = PPIS | (sgis ? 0xffff : 0);
	const struct interface *was = &b->cpu[cpu];
	struct interface now = hw2.cpu[cpu];

	for (u32 i = 0; i < NR_CPUS; i++) {
		u32 ppis = !sgis && CELL_OF(i) == CELL_OF(cpu) ? PPIS : 0;

		if (i == cpu || (!ppis && !memcmp(&b->cpu[i], &hw2.cpu[i], sizeof(b->cpu[i]))))
			continue;
		if (!ppis || !is_same_but_on_the_way(&b->cpu[i], ppis, &hw2.cpu[i]))
			return "another CPU's interface";
	}
	if (strange(was->enable, now.enable, mine | toggled()) ||
	    strange(was->pending, now.pending, mine) || strange(was->active, now.active, mine))
		return "an enable, pending or active of EL2";
	for (u32 n = 0; n < 32; n++) {
		if (was->priority[n] != now.priority[n] && !(mine & BIT(n)))
			return "a priority of EL2";
	}
	now.enable = was->enable;
	now.pending = was->pending;
	now.active = was->active;
	memcpy(now.priority, was->priority, sizeof(now.priority));
	for (u32 n = 0; n < 16; n++) {
		if (strange(was->sgis[n], now.sgis[n], sgis ? interfaces(CELL_OF(cpu)) : 0))
			return "an SGI of another's CPU";
	}
	if (sgis) {
		memcpy(now.sgis, was->sgis, sizeof(now.sgis));
	} else {
		now.hcr = was->hcr;
		memcpy(now.lr, was->lr, sizeof(now.lr));
	}
	if (memcmp(was, &now, sizeof(now)))
		return "the interface";
	return spi_trespass(b, CELL_OF(cpu));
}
