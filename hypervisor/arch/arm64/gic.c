// SPDX-License-Identifier: GPL-2.0-only
/* What arch.h asks of interrupts, whichever GIC there is. */
#include <arch.h>
#include <cell.h>
#include <direct.h>
#include <fast.h>
#include <gic.h>
#include <sysreg.h>

struct gic gic;
spinlock_t gicd_config_lock;
const struct gic_ops *gic_ops;

void gic_choose(const struct cl_gic *cfg)
{
	gic_ops = cfg->version == 2 ? &gicv2_ops : &gicv3_ops;
	if (gic_ops->map)
		gic_ops->map(cfg);
}

static u8 *const gicd = (u8 *)VA_GICD;
static u32 spi_config[64];

#define ICFGR_EDGES 0xaaaaaaaa

void gicd_save_config(void)
{
	for (u32 i = 0; i < ARRAY_SIZE(spi_config); i++)
		spi_config[i] = mmio_read32(gicd + GICD_ICFGR + i * 4);
}

void gicd_reset_config(const struct cell *cell, u32 spi)
{
	u8 *reg = gicd + GICD_ICFGR + spi / 16 * 4;
	u32 mask = 3u << spi % 16 * 2;
	const struct cl_cell *c = cell->config.cell;
	bool is_raised = (cell->vuart && spi == c->console_irq) || spi == c->power_button.irq;
	u32 config = is_raised ? ICFGR_EDGES : spi_config[spi / 16];

	spin_lock(&gicd_config_lock);
	mmio_write32(reg, (mmio_read32(reg) & ~mask) | (config & mask));
	spin_unlock(&gicd_config_lock);
}

void arch_kick(struct cpu *cpu)
{
	if (cpu->cell->arch.direct)
		direct_kick(cpu);
	else
		gic_ops->kick(cpu);
}

/* An interrupt is not lost, and what the CPU does at EL2 has an end */
void arch_kick_again(struct cpu *cpu)
{
	if (cpu->cell->arch.direct)
		direct_kick_again(cpu);
}

/*
 * A CPU leaves root: no SPI of root may still be sent there, whatever root wrote
 * into its route. Called on another CPU of root, which gets them.
 */
void arch_cpu_assign(struct cpu *cpu)
{
	gic_ops->leave_cpu(cpu);
}

void arch_spi_assign(struct cell *cell, u32 spi)
{
	gic_ops->reset_spi(cell, spi);
}

bool gic_is_ended(u32 intid)
{
	const struct gic_sync *s = &PRIV->cpu->cell->arch.sync;

	return intid / 32 == s->word && (s->ended & BIT(intid % 32)) &&
	       (intid >= 32 || s->cpu == PRIV->cpu);
}

/*
 * Who gets it must also see why: the caller holds the lock under which that is looked at.
 * It is an edge at first, see gicd_reset_config(). Where the guest makes a level of it,
 * this is the same: pending until it is taken (IHI 0048, 4.3.7).
 */
void arch_spi_raise(u32 spi)
{
	mmio_write32(gicd + GICD_ISPENDR + spi / 32 * 4, (u32)BIT(spi % 32));
}

static u32 requests(const struct cpu *cpu)
{
	return __atomic_load_n(&cpu->request, __ATOMIC_SEQ_CST);
}

/*
 * What this CPU gives back it must not take again before the access is done, nor before
 * the next one is, of whoever was faster.
 */
void arch_sync(void)
{
	struct cpu *cpu = PRIV->cpu;

	do {
		gic_ops->sync();
		__atomic_fetch_and(&cpu->request, ~CPU_REQ_SYNC, __ATOMIC_SEQ_CST);
		while (__atomic_load_n(&cpu->cell->arch.syncing, __ATOMIC_ACQUIRE) &&
		       !(requests(cpu) & ~CPU_REQ_TELL))
			arch_relax();
	} while (requests(cpu) & CPU_REQ_SYNC);
}

static bool is_other(const struct cpu *cpu, const struct gic_sync *s)
{
	return cpu != PRIV->cpu && cpu->cell == PRIV->cpu->cell && (!s->cpu || s->cpu == cpu);
}

/*
 * A CPU that is not ON has no guest that interrupts could be on their way to. One that is
 * at EL2 for something else comes, or parks, in the end: it waits for no other cell.
 */
static void sync_others(const struct gic_sync *s)
{
	for (u32 i = 0; i < nr_cpus; i++) {
		if (is_other(&cpus[i], s) && cpu_state(&cpus[i]) == CPU_ON)
			cpu_request(&cpus[i], CPU_REQ_SYNC);
	}
	for (u32 i = 0; i < nr_cpus; i++) {
		const struct cpu *cpu = &cpus[i];

		while (is_other(cpu, s) && cpu_state(cpu) == CPU_ON &&
		       (requests(cpu) & CPU_REQ_SYNC)) {
			cpu_serve_requests(); /* may not return */
			arch_relax();
		}
	}
}

/* All of them on this CPU: what a guest disables it has mostly just been handling */
static bool is_all_here(const struct gic_sync *s)
{
	return s->cpu ? s->cpu == PRIV->cpu : !(s->bits & ~gic_ops->held(s->word));
}

/*
 * SPIs that the guest has made active by GICD_ISACTIVER, which it may end by its CPU
 * interface: that looks for a list register. So there is one, if there is room for it.
 */
static void put_active(u32 word, u32 bits)
{
	for (; bits; bits &= bits - 1)
		gic_ops->put_active(word * 32 + (u32)__builtin_ctz(bits));
}

bool gic_access_again(u64 esr, u64 *reg)
{
	struct cell *cell = PRIV->cpu->cell;
	struct gic_sync *s = &PRIV->sync;
	struct fast_result result;
	u32 inactive;

	if (s->state != SYNC_WANTED)
		return false;
	/* arch_cell_reset() opens it where a CPU has parked on the way */
	while (__atomic_exchange_n(&cell->arch.syncing, 1, __ATOMIC_ACQUIRE)) {
		cpu_serve_requests();
		arch_relax();
	}
	cell->arch.sync = *s;
	if (!is_all_here(s))
		sync_others(s);
	gic_ops->sync();
	s->state = SYNC_DONE;
	inactive = s->activates ? ~mmio_read32(gicd + GICD_ISACTIVER + s->word * 4) : 0;
	result = gic_ops->mmio(esr, *reg);
	s->state = 0;
	put_active(s->word, s->bits & inactive);
	if (gic_ops->resume)
		gic_ops->resume();
	__atomic_store_n(&cell->arch.syncing, 0, __ATOMIC_RELEASE);
	if (result.handled && !(esr & ISS_WNR))
		*reg = result.value;
	return result.handled;
}

u32 arch_max_spi(void)
{
	return gic.max_intid;
}
