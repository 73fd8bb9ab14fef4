/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A GICv3 (IHI 0069) as software sees it: distributor and redistributors with one
 * security state, affinity routing always on. Registers set and clear by writing
 * ones where the hardware's do. What the hypervisor must not do to a device ends
 * the program: an address that is not mapped, a width that the register does not
 * take, a register that nobody told it of.
 */
#ifndef TEST_GIC_MODEL_H
#define TEST_GIC_MODEL_H

#include <types.h>

#define NR_CPUS 6
#define GICD_PA 0x08000000ull
#define GICR_PA 0x080a0000ull

/* All that can be seen or changed: plain words, so that two can be compared */
struct dist {
	u32 ctlr;
	u32 unused;
	u32 group[32];
	u32 enable[32];
	u32 pending[32];
	u32 active[32];
	u32 config[64];
	u8 priority[1024];
	u64 route[1024];
};

struct redist {
	u64 propbaser;
	u64 pendbaser;
	u64 invlpir;
	u64 invallr;
	u32 ctlr;
	u32 group;
	u32 enable;
	u32 pending;
	u32 active;
	u32 config[2];
	u8 priority[32];
	u32 unused;
};

struct gic_model {
	struct dist d;
	struct redist r[NR_CPUS];
};
extern struct gic_model hw;

/**
 * struct gic_kind - what differs between implementations
 * @typer: GICD_TYPER
 * @pidr2: GICD_PIDR2
 * @redist: lower half of GICR_TYPER, without Last and the CPU's number
 * @rwp: how many reads of GICx_CTLR find a write to ICENABLER still on its way
 * @gicv2: it is one, see gicv2_model.h: only @typer counts of the above
 * @iidr: of a GICv2: GICD_IIDR
 */
struct gic_kind {
	bool gicv2;
	u32 iidr;
	u32 typer;
	u32 pidr2;
	u32 redist;
	u32 rwp;
};
extern struct gic_kind kind;

__noreturn void bus_error(const char *why, u64 at, u32 size);

#define MODEL_IDENTIFICATION(offset) ((offset) / 4 % 64 ^ 0xa5)
#define MODEL_IIDR 0x0402143b
#define MODEL_WAKER 0

/* Bytes from one CPU's frames to the next one's */
u64 model_stride(void);

/* As after reset, which is no distributor's business but a test's: all zero */
void model_reset(void);

/* The hypervisor's own addresses: one page at @va leads to @pa */
void map_device_page(u64 va, u64 pa);
bool probe_read32(const void *va, u32 *value);

/* The lock under which GICD_ICFGR is written: it must be the same one always */
extern void *config_lock_seen;

#endif
