// SPDX-License-Identifier: GPL-2.0-only
/*
 * GICv3 (IHI 0069): distributor and redistributors as a cell sees them.
 *
 * What a cell owns it reaches in the hardware, whose semantics are thereby
 * exact; every other interrupt reads as zero and ignores writes. Registers with
 * one bit for each interrupt need no lock, since set and clear are separate
 * registers; the only read-modify-write is GICD_ICFGR.
 */
#include <arch.h>
#include <cell.h>
#include <gicv3.h>
#include <setup.h>
#include <sysreg.h>

static u8 *const gicd = (u8 *)VA_GICD;
static spinlock_t icfgr_lock;

/* Interrupts n*32..n*32+31 that the cell owns and the distributor has (SPIs) */
static u32 owned_word(const struct cell *cell, u32 n)
{
	return n ? cell->spis[n] : 0;
}

/* Spreads 16 bits to every second of 32, and doubles them */
static u32 double_bits(u32 x)
{
	x = (x | x << 8) & 0x00ff00ff;
	x = (x | x << 4) & 0x0f0f0f0f;
	x = (x | x << 2) & 0x33333333;
	x = (x | x << 1) & 0x55555555;
	return x | x << 1;
}

/* One bit for each interrupt: set/clear enable, pending, active; group */
static void access_bits(u8 *regs, u32 offset, u32 mask, struct access *a)
{
	if (offset < GICD_ISENABLER) {
		/* Group 0 is not for guests: all are group 1, whatever is written */
		a->value = mask;
	} else if (a->write) {
		mmio_write32(regs + offset, (u32)a->value & mask);
	} else {
		a->value = mmio_read32(regs + offset) & mask;
	}
}

/* @owned: one bit for each of the four interrupts of a word */
static void access_priority(u8 *regs, u32 offset, u32 owned, struct access *a)
{
	if (a->size == 1) {
		if (!(owned & BIT(offset % 4)))
			a->value = 0;
		else if (a->write)
			mmio_write8(regs + offset, (u8)a->value);
		else
			a->value = mmio_read8(regs + offset);
		return;
	}
	if (a->write) {
		for (u32 i = 0; i < 4; i++) {
			if (owned & BIT(i))
				mmio_write8(regs + offset + i, (u8)(a->value >> i * 8));
		}
		return;
	}
	a->value = mmio_read32(regs + offset);
	for (u32 i = 0; i < 4; i++) {
		if (!(owned & BIT(i)))
			a->value &= ~(0xffull << i * 8);
	}
}

/* @owned: one bit for each of the 16 interrupts of a word */
static void access_config(u8 *regs, u32 offset, u32 owned, struct access *a)
{
	u32 mask = double_bits(owned);

	if (!a->write) {
		a->value = mmio_read32(regs + offset) & mask;
		return;
	}
	spin_lock(&icfgr_lock);
	mmio_write32(regs + offset,
		     (mmio_read32(regs + offset) & ~mask) | ((u32)a->value & mask));
	spin_unlock(&icfgr_lock);
}

/* A route may only lead to a CPU of the cell; 1-of-N is refused */
static bool route_allowed(const struct cell *cell, u64 route)
{
	struct cpu *cpu = cpu_by_mpidr(route);

	return cpu && cpu->cell == cell;
}

static void access_route(struct cell *cell, u32 intid, struct access *a)
{
	u32 offset = GICD_IROUTER + intid * 8;
	u64 shift = a->offset % 8 * 8;
	u64 route;

	if (intid < 32 || intid > gic.max_intid || !cell_owns_spi(cell, intid)) {
		a->value = 0;
		return;
	}
	route = mmio_read64(gicd + offset);
	if (!a->write) {
		a->value = route >> shift;
		if (a->size == 4)
			a->value = (u32)a->value;
		return;
	}
	if (a->size == 4)
		route = (route & ~(0xffffffffull << shift)) | (u64)(u32)a->value << shift;
	else
		route = a->value;
	if (route_allowed(cell, route))
		mmio_write64(gicd + offset, route);
}

static u32 read_ctlr(const struct cell *cell)
{
	return GICD_CTLR_ARE_NS | GICD_CTLR_DS | cell->arch.gicd_ctlr;
}

static bool access_control(struct cell *cell, struct access *a)
{
	switch (a->offset) {
	case GICD_CTLR:
		/* The physical one stays enabled: it is everybody's */
		if (a->write)
			cell->arch.gicd_ctlr =
				(u32)a->value & (GICD_CTLR_ENABLE_G1A | GICD_CTLR_ENABLE_G1);
		else
			a->value = read_ctlr(cell);
		return true;
	case GICD_TYPER:
		a->value = gic.typer;
		return true;
	case GICD_IIDR:
		a->value = gic.iidr;
		return true;
	}
	a->value = 0;
	return true;
}

bool gicd_access(struct cell *cell, struct access *a)
{
	u32 offset = (u32)a->offset;

	COUNT_EXIT(GICD);
	if (offset >= GICD_IGROUPR && offset < GICD_IPRIORITYR) {
		if (a->size != 4)
			return false;
		access_bits(gicd, offset, owned_word(cell, offset % 0x80 / 4), a);
		return true;
	}
	if (offset >= GICD_IPRIORITYR && offset < GICD_IPRIORITYR + 1020) {
		u32 intid = offset - GICD_IPRIORITYR;

		if (a->size != 1 && a->size != 4)
			return false;
		access_priority(gicd, offset, owned_word(cell, intid / 32) >> intid % 32 / 4 * 4 & 15,
				a);
		return true;
	}
	if (offset >= GICD_ICFGR && offset < GICD_ICFGR + 0x100) {
		u32 intid = (offset - GICD_ICFGR) * 4;

		if (a->size != 4)
			return false;
		access_config(gicd, offset, owned_word(cell, intid / 32) >> intid % 32 & 0xffff, a);
		return true;
	}
	if (offset >= GICD_IROUTER && offset < GICD_IROUTER + 1020 * 8) {
		if (a->size < 4)
			return false;
		access_route(cell, (offset - GICD_IROUTER) / 8, a);
		return true;
	}
	if (offset < GICD_IGROUPR)
		return a->size == 4 && access_control(cell, a);
	/* SETSPI, IGRPMODR, NSACR, SGIR, extended SPIs, identification */
	a->value = offset == GICD_PIDR2 ? gic.gicd_pidr2 : 0;
	return a->size == 4;
}

struct cpu *gicr_find(u64 ipa, u64 *offset)
{
	struct cpu *cpu = PRIV->cpu;

	*offset = ipa - cpu->arch.gicr_pa;
	if (*offset < GICR_FRAMES_SIZE)
		return cpu;
	for (u32 i = 0; i < nr_cpus; i++) {
		*offset = ipa - cpus[i].arch.gicr_pa;
		if (*offset < GICR_FRAMES_SIZE)
			return &cpus[i];
	}
	return NULL;
}

/* The SGI frame: interrupts 0..31, without the one that is EL2's */
static bool access_sgi_frame(struct cpu *cpu, u32 offset, struct access *a)
{
	u8 *regs = cpu->arch.gicr + PAGE_SIZE;
	u32 mask = ~(u32)BIT(PRIV->maintenance);

	if (offset >= GICD_IGROUPR && offset < GICD_IPRIORITYR && offset % 0x80 == 0) {
		if (a->size != 4)
			return false;
		access_bits(regs, offset, mask, a);
		return true;
	}
	if (offset >= GICD_IPRIORITYR && offset < GICD_IPRIORITYR + 32) {
		u32 intid = offset - GICD_IPRIORITYR;

		if (a->size != 1 && a->size != 4)
			return false;
		access_priority(regs, offset, mask >> intid / 4 * 4 & 15, a);
		return true;
	}
	if (offset == GICD_ICFGR || offset == GICD_ICFGR + 4) {
		if (a->size != 4)
			return false;
		access_config(regs, offset, mask >> (offset - GICD_ICFGR) * 4 & 0xffff, a);
		return true;
	}
	a->value = 0;
	return a->size == 4;
}

/*
 * The LPI registers make the redistributor read and write memory at addresses
 * that stage 2 does not see. Root's driver of the ITS needs them; a cell reads
 * zero and has no LPIs.
 */
static bool access_lpi(struct cell *cell, struct cpu *cpu, u32 offset, struct access *a)
{
	u8 *reg = cpu->arch.gicr + offset;

	if (!cell_is_root(cell)) {
		a->value = 0;
	} else if (a->size == 8) {
		if (a->write)
			mmio_write64(reg, a->value);
		else
			a->value = mmio_read64(reg);
	} else if (a->write) {
		mmio_write32(reg, (u32)a->value);
	} else {
		a->value = mmio_read32(reg);
	}
	return a->size >= 4;
}

static u64 typer_of(struct cell *cell, struct cpu *cpu)
{
	u64 typer = cpu->arch.gicr_typer;

	/* Without LPIs */
	return cell_is_root(cell) ? typer : typer & ~1ull;
}

bool gicr_access(struct cell *cell, struct cpu *cpu, struct access *a)
{
	u32 offset = (u32)a->offset;

	COUNT_EXIT(GICR);
	if (offset == GICR_TYPER && a->size == 8) {
		a->value = typer_of(cell, cpu);
		return true;
	}
	if (offset == GICR_TYPER || offset == GICR_TYPER + 4) {
		a->value = (u32)(typer_of(cell, cpu) >> (offset - GICR_TYPER) * 8);
		return a->size == 4;
	}
	if (offset == GICR_PIDR2) {
		a->value = gic.gicr_pidr2;
		return a->size == 4;
	}
	if (cpu->cell != cell) {
		a->value = 0;
		return a->size >= 4;
	}
	if (offset >= GICR_SGI)
		return access_sgi_frame(cpu, offset - GICR_SGI, a);
	if (offset == GICR_WAKER || offset == GICR_IIDR) {
		/* It stays awake: EL2 lives from its interrupts */
		a->value = offset == GICR_IIDR ? mmio_read32(cpu->arch.gicr + offset) : 0;
		return a->size == 4;
	}
	if (offset == GICR_CTLR || (offset >= GICR_PROPBASER && offset < 0x100))
		return access_lpi(cell, cpu, offset, a);
	a->value = 0;
	return a->size >= 4;
}

void gicd_reset_spi(struct cell *cell, u32 spi)
{
	u32 word = spi / 32 * 4;
	u32 bit = (u32)BIT(spi % 32);

	mmio_write32(gicd + GICD_ICENABLER + word, bit);
	for (u32 i = 0; i < 100000 && (mmio_read32(gicd + GICD_CTLR) & GICD_CTLR_RWP); i++)
		arch_relax();
	mmio_write32(gicd + GICD_ICPENDR + word, bit);
	mmio_write32(gicd + GICD_ICACTIVER + word, bit);
	mmio_write8(gicd + GICD_IPRIORITYR + spi, 0);
	for (u32 i = 0; i < nr_cpus; i++) {
		struct cpu *cpu = cell_is_root(cell) ? &cpus[i] : &cpus[cell->config.cpus[0]];

		if (cpu->cell == cell) {
			mmio_write64(gicd + GICD_IROUTER + spi * 8, cpu->mpidr);
			break;
		}
	}
	dsb(sy);
}

/* Probing, before the hypervisor is in charge */

static int probe_distributor(const struct cl_gic *cfg, struct error *err)
{
	u32 pidr2;

	for (u64 i = 0; i < 16; i++)
		map_device_page(VA_GICD + i * PAGE_SIZE, cfg->gicd_base + i * PAGE_SIZE);
	if (!probe_read32(gicd + GICD_PIDR2, &pidr2))
		return refuse(err, -CL_ENODEV, CL_RULE_GIC_GICD, cfg->gicd_base, ~0u);
	/* ArchRev: 3 is GICv3, 4 GICv4 */
	if ((pidr2 >> 4 & 15) != 3 && (pidr2 >> 4 & 15) != 4)
		return refuse(err, -CL_ENODEV, CL_RULE_GIC_GICD, cfg->gicd_base, pidr2);
	gic.gicd_pa = cfg->gicd_base;
	gic.gicd_pidr2 = pidr2;
	gic.typer = mmio_read32(gicd + GICD_TYPER);
	gic.iidr = mmio_read32(gicd + GICD_IIDR);
	gic.max_intid = MIN(32 * ((gic.typer & 31) + 1), 1020u) - 1;
	return 0;
}

/*
 * The redistributor of the CPU with this affinity. A frame is looked at through
 * the pages that will be this CPU's in the end.
 */
static int probe_redistributor(const struct cl_gic *cfg, struct cpu *cpu, struct error *err)
{
	u64 affinity = (cpu->mpidr & 0xffffff) | (cpu->mpidr >> 32 & 0xff) << 24;
	u64 va = VA_GICR + cpu->id * 2 * PAGE_SIZE;

	for (u32 i = 0; i < CL_MAX_GICR_REGIONS; i++) {
		u64 pa = cfg->gicr[i].start, end = pa + cfg->gicr[i].size;

		while (pa + GICR_FRAMES_SIZE <= end) {
			u32 low;
			u64 typer;

			map_device_page(va, pa);
			if (!probe_read32((void *)(va + GICR_TYPER), &low))
				break;
			typer = low | (u64)mmio_read32((void *)(va + GICR_TYPER + 4)) << 32;
			if (typer >> 32 == affinity) {
				cpu->arch.gicr_pa = pa;
				cpu->arch.gicr = (u8 *)va;
				cpu->arch.gicr_typer = typer;
				map_device_page(va + PAGE_SIZE, pa + GICR_SGI);
				return 0;
			}
			if (typer & GICR_TYPER_LAST)
				break;
			pa += typer & GICR_TYPER_VLPIS ? 2 * GICR_FRAMES_SIZE : GICR_FRAMES_SIZE;
		}
	}
	return refuse(err, -CL_ENODEV, CL_RULE_GIC_GICR, cpu->mpidr, cfg->gicr[0].start);
}

int gic_probe(struct error *err)
{
	const struct cl_gic *cfg = &cells[ROOT_CELL_ID]->config.system->gic;
	int ret = probe_distributor(cfg, err);

	for (u32 i = 0; !ret && i < nr_cpus; i++)
		ret = probe_redistributor(cfg, &cpus[i], err);
	/* PIDR2 is in a page that is not mapped; ArchRev is the distributor's */
	gic.gicr_pidr2 = gic.gicd_pidr2;
	return ret;
}
