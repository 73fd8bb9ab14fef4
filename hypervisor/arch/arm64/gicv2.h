/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ARM64_GICV2_H
#define ARM64_GICV2_H

#include <gic.h>
#include <gicv2_regs.h>

/*
 * The one SGI that there is physically. It makes a CPU look at its requests, and at
 * the SGIs of its guest, which are bits in struct arch_cpu: so guests have all 16 of
 * them, whichever the firmware keeps for itself. Linux came to use 7 for backtraces:
 * one too many does no harm.
 */
#define KICK_SGI 7u

/* struct gicv2_state: @own */
#define OWN_PPIS (0xffff0000 & ~(u32)BIT(PRIV->maintenance))
#define OWN_DIRECT (~(u32)BIT(PRIV->maintenance))

/* GICD_SGIR for one or several CPU interfaces */
#define KICK(mask) ((u32)(mask) << 16 | KICK_SGI)

/* Distributor, frames and SPIs, in gicv2_probe.c */
void gicv2_map(const struct cl_gic *cfg);
int gicv2_probe_cpu(u32 id, const struct cl_gic *cfg, struct error *err);
int gicv2_probe(const struct cl_gic *cfg, struct error *err);
void gicv2_reset_spi(struct cell *cell, u32 spi);
void gicv2_leave_cpu(struct cpu *cpu);

/*
 * In gicv2_inject.c: GICH_HCR, as whatever waits makes it; the list register of
 * ERRATUM_GICV2_LEVEL; SGI @intid of CPU interfaces @sources; what is on its way into the
 * guest, as struct gic_ops has it, and all of that given back or dropped.
 */
void gicv2_watch(void);
void gicv2_clear_lrs(void);
void gicv2_put_watcher(bool on);
void gicv2_inject_sgi(u32 intid, u8 sources);
bool gicv2_interrupt_waits(void);
void gicv2_sync(void);
void gicv2_resume(void);
u32 gicv2_held(u32 word);
void gicv2_put_active(u32 intid);
/* SGIs stay in sgi_sources */
void gicv2_give_back(bool keep_pending);

/* In gicv2_direct.c */
void gicv2_enter_direct(void);
void gicv2_leave_direct(void);
bool gicv2_direct_mmio(struct mmio_access *a);

/* SGIs that are pending at the CPU interface of this CPU, but for a kick or with it */
void gicv2_clear_sgis(bool kick);

/* In vectors.S, in the place of el2_vectors */
extern char el2_vectors_gicv2[];

/* What they call: @iar is what GICC_IAR said */
void guest_irq_gicv2(u32 iar);

#endif
