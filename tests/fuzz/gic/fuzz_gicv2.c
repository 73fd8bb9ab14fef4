// SPDX-License-Identifier: GPL-2.0-only
/*
 * As fuzz_mmio.c, with a GICv2: loads and stores to the distributor, SGIs among them,
 * and interrupts that arrive meanwhile, in virtual and in direct mode. No store changes
 * a bit of what is not the CPU's or its cell's, no load tells of it, no SGI leaves the
 * cell; and of each interrupt there is one list register at most.
 *
 * The first byte says which cells are in direct mode, and whether it is QEMU's; each step is 4 bytes and, for a
 * store, its value.
 */
#include <gicv2.h>
#include <subpage.h>

#include "gicv2_model.h"
#include "machine.h"

static const u8 *input;
static size_t left;
static u8 direct_cells;

static u8 next_byte(void)
{
	if (!left)
		return 0;
	left--;
	return *input++;
}

static u32 next_word(void)
{
	u8 which = next_byte();
	u32 x = 0;

	if (which < 0x40)
		return (u32)BIT(which & 31);
	if (which < 0x80)
		return 0x01010101u * which;
	for (u32 i = 0; i < 4; i++)
		x = x << 8 | next_byte();
	return x;
}

static void found(const char *what, u32 cpu, u64 at)
{
	fprintf(stderr, "CPU %u, 0x%llx: %s\n", cpu, (unsigned long long)at, what);
	abort();
}

static bool is_direct(u32 cpu)
{
	return direct_cells & BIT(CELL_OF(cpu));
}

static void check_sgir(u32 cpu)
{
	u32 mine = 3u << FIRST_CPU(CELL_OF(cpu));

	if (nr_sgir && ((sgir >> 24 & 3) || (sgir >> 16 & 0xff & ~mine)))
		found("an SGI leaves the cell", cpu, sgir);
	nr_sgir = 0;
	for (u32 i = 0; i < NR_CPUS; i++) {
		for (u32 k = 0; k < 2; k++) {
			u64 foreign = ~(0x0101010101010101ull * (3u << FIRST_CPU(CELL_OF(i))));

			if (cpus[i].arch.sgis[k] & foreign)
				found("an SGI of another cell", i, 0);
		}
	}
}

static void check_store(u32 cpu, u64 at, u64 esr)
{
	static struct gicv2_model before;
	const char *what;
	bool handled;

	before = hw2;
	handled = trap(cpu, at, esr, next_word()).handled;
	what = trespass_v2(&before, cpu, is_direct(cpu));
	if (what)
		found(what, cpu, at);
	if (!handled && memcmp(&before, &hw2, sizeof(hw2)))
		found("refused, and done nevertheless", cpu, at);
	check_sgir(cpu);
}

static void check_load(u32 cpu, u64 at, u64 esr)
{
	static struct gicv2_model before;
	struct fast_result a, b;

	before = hw2;
	a = trap(cpu, at, esr, 0);
	/* What was on its way goes back into the GIC for a load, too, but once */
	if (trespass_v2(&before, cpu, is_direct(cpu)))
		found("a load has changed something", cpu, at);
	before = hw2;
	invert_v2(cpu, is_direct(cpu));
	b = trap(cpu, at, esr, 0);
	if (a.handled != b.handled || (a.handled && a.value != b.value))
		found("a load tells what is another's", cpu, at);
	hw2 = before;
}

static void check_lrs(u32 cpu)
{
	const u32 *lr = hw2.cpu[cpu].lr;

	for (u32 i = 0; i < MODEL_LRS; i++) {
		for (u32 k = 0; k < i; k++) {
			if ((lr[i] & lr[k] & GICH_LR_PENDING) &&
			    GICH_LR_INTID(lr[i]) == GICH_LR_INTID(lr[k]))
				found("twice in list registers", cpu, lr[i]);
		}
	}
}

/* A device's, the kick, or the end of what is in a list register, and what follows */
static void interrupt(u32 cpu, u8 what, u32 offset)
{
	struct interface *me = &hw2.cpu[cpu];
	u32 lr = offset % MODEL_LRS;

	if (is_direct(cpu))
		return;
	on_cpu(cpu);
	me->rpr = offset >> 8 & 0xf8;
	if (what & 1) {
		guest_irq_gicv2(KICK_SGI);
	} else if (what & 2) {
		/* The end of a special number does nothing */
		if (GICH_LR_INTID(me->lr[lr]) >= 1020)
			return;
		me->lr[lr] &= ~(GICH_LR_PENDING | GICH_LR_ACTIVE);
		guest_irq_gicv2(MAINTENANCE);
	} else {
		u32 intid = 32 + offset % (MAX_INTID - 31);

		/* One that is active does not come again */
		for (u32 i = 0; i < MODEL_LRS; i++) {
			if (GICH_LR_INTID(me->lr[i]) == intid &&
			    (me->lr[i] & (GICH_LR_PENDING | GICH_LR_ACTIVE)))
				return;
		}
		if (PRIV->overflow.pending[intid / 64] & BIT(intid % 64))
			return;
		guest_irq_gicv2(intid);
	}
	check_lrs(cpu);
}

static void deactivate(u32 cpu, u32 value)
{
	struct mmio_access a = {
		.ipa = GICC_PA + GICC_DIR, .value = value, .size = 4, .write = true
	};
	u32 intid = value & 0x3ff;

	if (!is_direct(cpu))
		return;
	on_cpu(cpu);
	nr_dir = 0;
	gicv2_direct_mmio(&a);
	if (nr_dir && (intid < 32 ? intid == MAINTENANCE : !owns(CELL_OF(cpu), intid)))
		found("the end of another's interrupt", cpu, value);
}

static void step(void)
{
	u8 what = next_byte(), how = next_byte();
	u32 cpu = what % NR_CPUS, offset = next_byte() | (u32)next_byte() << 8;
	u64 esr = syndrome(1u << (how & 3), how & 4), at = GICD(offset % 0x1000);

	switch (what / NR_CPUS % 8) {
	case 0:
		interrupt(cpu, how, offset);
		return;
	case 1:
		hw2.cpu[cpu].ctlr ^= is_direct(cpu) ? GICC_CTLR_EOIMODE : 0;
		deactivate(cpu, offset);
		return;
	case 2: /* GICD_SGIR: one of a thousand registers otherwise */
		esr = syndrome(4, true);
		at = GICD(GICD_SGIR);
	}
	if (esr & BIT(6))
		check_store(cpu, at, esr);
	else
		check_load(cpu, at, esr);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);
int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	input = data;
	left = size;
	direct_cells = next_byte();
	machine_start_gicv2_of(direct_cells & 8 ? GICD_IIDR_QEMU : MODEL_IIDR);
	scribble_v2();
	direct_cells &= 6; /* not root */
	for (u32 i = 0; i < NR_CPUS; i++) {
		if (!is_direct(i))
			continue;
		on_cpu(i);
		gic_ops->reset_cpu();
		gic_ops->enter_direct();
		PRIV->direct = true;
	}
	nr_sgir = 0;
	while (left)
		step();
	return 0;
}
