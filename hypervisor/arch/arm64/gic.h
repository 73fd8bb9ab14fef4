/* SPDX-License-Identifier: GPL-2.0-only */
/* What GICv2 (IHI 0048) and GICv3 (IHI 0069) have in common. */
#ifndef ARM64_GIC_H
#define ARM64_GIC_H

#include <cloister/config.h>
#include <config/error.h>
#include <mmio.h>
#include <private.h>
#include <spinlock.h>

struct cell;
struct cpu;
struct mmio_access;
struct fast_result;

/**
 * struct gic - what was found by gic_probe(): the same for all guests
 * @gicd_pa: distributor, where guests see it
 * @typer: GICD_TYPER
 * @iidr: GICD_IIDR
 * @gicd_pidr2: GICD_PIDR2
 * @gicr_pidr2: GICR_PIDR2; GICv3
 * @max_intid: highest INTID of an SPI
 * @interfaces: GICv2: the CPUs by the numbers of their CPU interfaces
 */
struct gic {
	u64 gicd_pa;
	u32 typer;
	u32 iidr;
	u32 gicd_pidr2;
	u32 gicr_pidr2;
	u32 max_intid;
	struct cpu *interfaces[CL_MAX_GICV2_CPUS];
};
extern struct gic gic;

/* For whoever changes a part of a GICD_ICFGR, which 16 interrupts share */
extern spinlock_t gicd_config_lock;

/**
 * struct gic_ops - what the versions of the GIC do differently, but for guests' own accesses
 * @map: before that, on one CPU: what @probe_cpu looks at; may be NULL
 * @probe_cpu: on each CPU, before anything is changed: is that GIC there? Fills in
 *	PRIV->nr_lrs and this CPU's struct arch_cpu.
 * @probe: on one CPU, then: distributor, and what only one CPU need look at
 * @commit: root's state of this CPU becomes virtual; cannot fail
 * @hold: before that, for a while: no interrupt is taken on this CPU. False: the guest must
 *	take those first that cannot go back into the GIC. May be NULL.
 * @release: the reverse
 * @quiesce: this CPU has left its guest; root's interrupts on their way stay pending
 *	where they are to be kept
 * @reset_cpu: this CPU's part as after power-up, for its next guest
 * @enter_direct: after @reset_cpu: this CPU's interface is the guest's, and at rest
 * @leave_direct: before @quiesce: it is EL2's again, whatever the guest left in it
 * @direct_mmio: see there; may be NULL
 * @mmio: an access to the distributor or a redistributor, as in exits.S
 * @interrupt_waits: does the guest of this CPU have a pending interrupt?
 * @sync: what of the guest's interrupts is in list registers, or waits for one, and is
 *	not yet handled, is in the GIC again; those of PRIV->cpu->cell->arch.sync are ended
 * @resume: after the access for which @sync was called here; may be NULL
 * @held: which interrupts 32 * @word and up this CPU has in list registers, or waiting
 * @put_active: an SPI of its guest that is active, though this CPU's has not acknowledged it
 * @kick: makes another CPU enter the hypervisor
 * @reset_spi: an SPI of a cell as after reset, sent to its first CPU
 * @leave_cpu: no SPI of root is sent to that CPU any more, but to this one
 */
struct gic_ops {
	void (*map)(const struct cl_gic *cfg);
	int (*probe_cpu)(u32 id, const struct cl_gic *cfg, struct error *err);
	int (*probe)(const struct cl_gic *cfg, struct error *err);
	void (*commit)(void);
	bool (*hold)(bool on);
	void (*release)(void);
	void (*quiesce)(bool keep_pending);
	void (*reset_cpu)(void);
	void (*enter_direct)(void);
	void (*leave_direct)(void);
	bool (*direct_mmio)(struct mmio_access *a);
	struct fast_result (*mmio)(u64 esr, u64 value);
	bool (*interrupt_waits)(void);
	void (*sync)(void);
	void (*resume)(void);
	u32 (*held)(u32 word);
	void (*put_active)(u32 intid);
	void (*kick)(struct cpu *cpu);
	void (*reset_spi)(struct cell *cell, u32 spi);
	void (*leave_cpu)(struct cpu *cpu);
};
extern const struct gic_ops gicv2_ops, gicv3_ops;

/* What the config says the machine has */
extern const struct gic_ops *gic_ops;
void gic_choose(const struct cl_gic *cfg);

/*
 * GICD_ICFGR as root had it when the hypervisor came: what an SPI goes back to. One that
 * the hypervisor raises is an edge.
 */
void gicd_save_config(void);
void gicd_reset_config(const struct cell *cell, u32 spi);

/**
 * gic_access_again() - an access to the distributor that fast.c left alone
 * @esr: ESR_EL2
 * @reg: the guest's register
 *
 * One that shows or changes which interrupts are pending or active. In virtual mode
 * that is the hardware's state, but an interrupt that is on its way into the guest is
 * active there, if it is anything. So all CPUs of the guest give theirs back, and then
 * the access is done; what is still enabled comes again.
 *
 * Return: was it such an access? Then it is done.
 */
bool gic_access_again(u64 esr, u64 *reg);

/* Is an active interrupt one that the access in question makes inactive? */
bool gic_is_ended(u32 intid);

/**
 * struct access - one load or store of a guest to a device
 * @offset: from the start of the device
 * @value: stored, or to be loaded
 * @size: 1, 2, 4 or 8 bytes; @offset is a multiple of it
 * @write: store
 */
struct access {
	u64 offset;
	u64 value;
	u32 size;
	bool write;
};

/* Distributor */
#define GICD_CTLR 0x0000
#define GICD_TYPER 0x0004
#define GICD_IIDR 0x0008
#define GICD_IGROUPR 0x0080
#define GICD_ISENABLER 0x0100
#define GICD_ICENABLER 0x0180
#define GICD_ISPENDR 0x0200
#define GICD_ICPENDR 0x0280
#define GICD_ISACTIVER 0x0300
#define GICD_ICACTIVER 0x0380
#define GICD_IPRIORITYR 0x0400
#define GICD_ICFGR 0x0c00

#define GICD_TYPER_MAX_INTID(typer) (MIN(32 * (((typer)&31) + 1), 1020u) - 1)

#endif
