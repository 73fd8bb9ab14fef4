/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A GICv2 (IHI 0048) as software sees it, with one security state: distributor, CPU
 * interfaces and virtual interface control. The banked registers are those of
 * PRIV->cpu. List registers do not live by themselves: a test ends what is in them.
 */
#ifndef TEST_GIC_GICV2_MODEL_H
#define TEST_GIC_GICV2_MODEL_H

#include "model.h"

#define GICC_PA 0x08010000ull
#define GICH_PA 0x08030000ull
#define GICV_PA 0x08040000ull
#define MODEL_LRS 4 /* in most tests */
#define MAX_LRS 16

struct interface {
	u32 enable, pending, active;
	u32 ctlr, pmr, bpr, abpr, rpr;
	u32 apr[4], nsapr[4];
	u32 hcr, vmcr, vapr;
	u32 lr[MAX_LRS];
	u8 priority[32];
	u8 sgis[16];
};

struct gicv2_model {
	u32 enable[32];
	u32 pending[32];
	u32 active[32];
	u32 config[64];
	u8 priority[1024];
	u8 targets[1024];
	struct interface cpu[NR_CPUS];
};
extern struct gicv2_model hw2;

/* What was written last: SGIs sent, and interrupts ended; and how often */
extern u32 sgir, nr_sgir, eoir, nr_eoir, dir, nr_dir;

/* List registers that there are, and what follows from a write to GICC_DIR; may be NULL */
extern u32 model_lrs;
extern void (*gicv2_deactivated)(u32 iar);

/* GICH_EISR: ends that are to be told */
u32 gicv2_eisr(const struct interface *interface);

u64 gicv2_model_access(u64 pa, const u64 *value, u32 size);

/* As scribble(), invert_foreign() and trespass() in machine.h; @sgis: in direct mode */
void scribble_v2(void);
void invert_v2(u32 cpu, bool sgis);
const char *trespass_v2(const struct gicv2_model *before, u32 cpu, bool sgis);

#endif
