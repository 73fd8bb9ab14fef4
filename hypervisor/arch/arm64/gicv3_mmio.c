// SPDX-License-Identifier: GPL-2.0-only
/*
 * GICv3 (IHI 0069): distributor and redistributors as a cell sees them. Compiled
 * as fast.c is: nothing here may call a function of another file.
 *
 * What a cell owns it reaches in the hardware, whose semantics are thereby
 * exact; every other interrupt reads as zero and ignores writes. Registers with
 * one bit for each interrupt need no lock, since set and clear are separate
 * registers; the only read-modify-write is GICD_ICFGR.
 */
#include <arch.h>
#include <gicd_access.h>
#include <gicv3.h>
#include <setup.h>
#include <sysreg.h>

static u8 *const gicd = (u8 *)VA_GICD;

/* A route may only lead to a CPU of the cell; 1-of-N is refused */
static bool route_allowed(const struct cell *cell, u64 route)
{
	for (u32 i = 0; i < nr_cpus; i++) {
		if (cpus[i].mpidr == route)
			return cpus[i].cell == cell;
	}
	return false;
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

/* With the physical RWP: until that is 0, an interrupt that was disabled may come */
static u32 read_ctlr(const struct cell *cell)
{
	return (mmio_read32(gicd + GICD_CTLR) & GICD_CTLR_RWP) | GICD_CTLR_ARE_NS | GICD_CTLR_DS |
	       cell->arch.gicd_ctlr;
}

/*
 * The hardware's, without what a guest does not get: 1-of-N routes, NMIs, a second
 * security state (see GICD_CTLR_DS); for a cell neither LPIs nor messages.
 */
static u32 read_typer(const struct cell *cell)
{
	u32 typer = (gic.typer | GICD_TYPER_NO1N) & ~(GICD_TYPER_NMI | GICD_TYPER_SECURITY);

	return cell_is_root(cell) ? typer : typer & ~GICD_TYPER_MESSAGES;
}

/* The physical one stays enabled: it is everybody's. See is_enabled() in gicv3.c */
static bool access_ctlr(struct cell *cell, struct access *a)
{
	u32 old = cell->arch.gicd_ctlr;

	if (!a->write) {
		a->value = read_ctlr(cell);
		return true;
	}
	cell->arch.gicd_ctlr = (u32)a->value & (GICD_CTLR_ENABLE_G1A | GICD_CTLR_ENABLE_G1);
	return !((old ^ cell->arch.gicd_ctlr) & GICD_CTLR_ENABLE_G1A) ||
	       sync_first(0, ~0u, 0, NULL);
}

static bool access_control(struct cell *cell, struct access *a)
{
	switch (a->offset) {
	case GICD_CTLR:
		return access_ctlr(cell, a);
	case GICD_TYPER:
		a->value = read_typer(cell);
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
	if (offset < GICD_IGROUPR)
		return a->size == 4 && access_control(cell, a);
	if (offset >= GICD_IGROUPR && offset < GICD_IPRIORITYR) {
		if (a->size != 4)
			return false;
		return access_spi_bits(gicd, cell, offset, a);
	}
	if (offset >= GICD_IPRIORITYR && offset < GICD_IPRIORITYR + 1020) {
		u32 intid = offset - GICD_IPRIORITYR;

		if (a->size != 1 && a->size != 4)
			return false;
		access_priority(gicd, offset,
				owned_word(cell, intid / 32) >> intid % 32 / 4 * 4 & 15, a);
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
	/* SETSPI, IGRPMODR, NSACR, SGIR, extended SPIs; identification; ITARGETSR is bytes */
	a->value = offset >= GICD_PIDR4 && a->size == 4 ? mmio_read32(gicd + offset) : 0;
	return a->size == 4 || (a->size == 1 && offset - GICD_ITARGETSR < 1020);
}

struct cpu *gicr_find(u64 ipa, u64 *offset)
{
	for (u32 i = 0; i < nr_cpus; i++) {
		*offset = ipa - cpus[i].arch.gicr_pa;
		if (*offset < cpus[i].arch.gicr_size)
			return &cpus[i];
	}
	return NULL;
}

/* SGIs have no physical side: a list register alone knows of one that is active */
static bool access_private_bits(struct cpu *cpu, u32 offset, u32 mask, struct access *a)
{
	u32 used = ~(u32)read_reg(ICH_ELRSR_EL2) & (u32)(BIT(PRIV->nr_lrs) - 1);

	if (shows_state(offset, a) && (cpu != PRIV->cpu || used || PRIV->overflow.count))
		return sync_first(0, mask, ends(offset, a) ? (u32)a->value & mask : 0, cpu);
	access_bits(cpu->arch.gicr + PAGE_SIZE, offset, mask, a);
	if (!a->write && offset >= GICD_ISACTIVER && PRIV->sync.state == SYNC_DONE)
		a->value |= cpu->arch.active_sgis;
	return true;
}

/* The SGI frame: interrupts 0..31, without the one that is EL2's */
static bool access_sgi_frame(struct cpu *cpu, u32 offset, struct access *a)
{
	u8 *regs = cpu->arch.gicr + PAGE_SIZE;
	u32 mask = ~(u32)BIT(PRIV->maintenance);

	if (offset >= GICD_IGROUPR && offset < GICD_IPRIORITYR && offset % 0x80 == 0) {
		return a->size == 4 && access_private_bits(cpu, offset, mask, a);
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
	bool wide = offset == GICR_PROPBASER || offset == GICR_PENDBASER ||
		    offset == GICR_INVLPIR || offset == GICR_INVALLR;

	/* Before anything reaches the hardware: what it does not take would be an
	 * abort of EL2.
	 */
	if (a->size < 4 || (a->size == 8 && !wide))
		return false;
	if (!cell_is_root(cell)) {
		/* But for the way to know when a PPI is really off */
		a->value = 0;
		if (offset == GICR_CTLR && !a->write)
			a->value = mmio_read32(reg) & GICR_CTLR_RWP;
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
	return true;
}

static bool is_lpi_register(u32 offset)
{
	switch (offset & ~4u) {
	case GICR_PROPBASER:
	case GICR_PENDBASER:
	case GICR_INVLPIR:
	case GICR_INVALLR:
		return true;
	}
	return offset == GICR_CTLR || offset == GICR_SYNCR;
}

/*
 * The physical one stays awake: EL2 lives from its interrupts. A guest that says sleep
 * is told that it does; it has switched its groups off before (IHI 0069, 12.11.42).
 */
static bool access_waker(struct cpu *cpu, struct access *a)
{
	if (a->write)
		cpu->arch.asleep = (u32)a->value & GICR_WAKER_SLEEP;
	a->value = cpu->arch.asleep ? GICR_WAKER_SLEEP | GICR_WAKER_ASLEEP : 0;
	return a->size == 4;
}

static u64 typer_of(struct cell *cell, struct cpu *cpu)
{
	u64 typer = cpu->arch.gicr_typer;

	/* Without LPIs */
	return cell_is_root(cell) ? typer : typer & ~(GICR_TYPER_PLPIS | GICR_TYPER_DIRECT_LPI);
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
	/* Another cell's, or the frames for virtual LPIs, which nobody has. Priorities
	 * are bytes.
	 */
	if (cpu->cell != cell || offset >= GICR_FRAMES_SIZE) {
		a->value = 0;
		return a->size != 2;
	}
	if (offset >= GICR_SGI)
		return access_sgi_frame(cpu, offset - GICR_SGI, a);
	if (offset == GICR_IIDR) {
		a->value = mmio_read32(cpu->arch.gicr + offset);
		return a->size == 4;
	}
	if (offset == GICR_WAKER)
		return access_waker(cpu, a);
	if (is_lpi_register(offset))
		return access_lpi(cell, cpu, offset, a);
	a->value = 0;
	return a->size >= 4;
}
