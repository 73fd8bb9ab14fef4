/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ARM64_PRIVATE_H
#define ARM64_PRIVATE_H

#include <cloister/hypercall.h>
#include <layout.h>
#include <mitigation.h>
#include <sgi.h>
#include <types.h>

struct cell;
struct cpu;

/* Guest registers as the entry code saves them: x0..x30 */
struct frame {
	u64 x[32]; /* the last one for XZR */
};

/* EL2 registers of Linux's stub that this hypervisor changes, for the way back */
struct el2_regs {
	u64 sctlr;
	u64 vbar;
	u64 ttbr0;
	u64 tcr;
	u64 mair;
	u64 tpidr;
	u64 elr;
	u64 spsr;
};

/* Fine-grained traps with bits where a zero traps, in the order of controls.c */
#define NR_FGT 4

/* EL2 controls as the kernel's boot code set them. Only bits that are ours are
 * changed: newer kernels enable features by ones, where a zero would trap.
 */
struct el2_controls {
	u64 hcr;
	u64 actlr;
	u64 cptr;
	u64 mdcr;
	u64 hcrx;
	u64 fgt[NR_FGT];
	u64 vtcr;
	u64 vttbr;
	u64 ich_hcr;
	u64 ich_vmcr;
};

/* Interrupts that wait for a free list register */
#define NR_INTIDS 1020
struct overflow {
	u32 count;
	u32 nr_lpis;
	u32 lpi[32];
	u8 priority[1024];
	u64 pending[16];
};

/**
 * struct gicv2_state - what a GICv2 needs of each CPU
 * @ctlr: GICC_CTLR as root had it, the bypass bits
 * @own: interrupts 0..31 that are the guest's in the hardware: PPIs but for the
 *	maintenance interrupt, in direct mode SGIs, too
 * @sgi_priority: of the guest's SGIs
 * @sgi_sources: SGIs that wait: CPU interfaces of the senders, as bits
 */
struct gicv2_state {
	u32 ctlr;
	u32 own;
	u8 sgi_priority[16];
	u8 sgi_sources[16];
};

/**
 * struct gic_sync - an access to a register of the GIC that must not find interrupts on
 *	their way into guests, see gic_access_again()
 * @state: SYNC_*
 * @word: it is about some of the interrupts 32 * @word and up:
 * @bits: those that are on their way, or being handled
 * @ended: those that become inactive by it
 * @activates: those that are not active become so
 * @cpu: whose they are, if they are private ones
 */
struct gic_sync {
	u32 state;
	u32 word;
	u32 bits;
	u32 ended;
	u32 activates;
	struct cpu *cpu;
};
#define SYNC_WANTED 1 /* the access waits */
#define SYNC_DONE 2 /* it may be done */

/**
 * struct private - a CPU's own page, at VA_PRIVATE on that CPU alone
 * @cpu: its public part
 * @maintenance: INTID of the maintenance PPI, which is also the kick
 * @exits: enum cl_exit, since the CPU came to its cell
 * @counted_for: cpu->owners then
 * @mitigation: what vectors.S does first
 * @gicv2_vectors: there is a GICv2
 * @locks_held: spinlocks; a fatal error with one held stops the machine
 * @fixup: where to go on after an abort at EL2 that is expected, or 0
 * @hcr: HCR_EL2 for guests on this CPU
 * @sgi: which values of ICC_SGI1R_EL1 exits.S may let through
 * @sgir: GICv2: in direct mode, what exits.S writes to GICD_SGIR
 * @idle: waits in idle.S with interrupts enabled: IDLE_*
 * @direct: runs a guest in direct mode
 * @pmr: in direct mode, ICC_PMR_EL1 as its guest sees it
 * @nr_lrs: list registers
 * @errata: ERRATUM_* of this CPU
 * @in_fatal: el2_fatal() is at work
 * @absorb_serror: a system error now is a former guest's, and is dropped
 * @boot: Linux's EL2
 * @controls: Linux's EL2 controls
 * @gicv2: where there is one
 * @sync: of an access of its guest
 * @overflow: interrupts that found no list register
 */
struct private
{
	struct cpu *cpu;
	u32 maintenance;
	u32 locks_held;
	struct mitigation mitigation;
	u32 gicv2_vectors;
	u64 exits[16];
	u32 counted_for;
	u64 fixup;
	u64 hcr;
	struct sgi_filter sgi;
	struct sgir_filter sgir;
	u32 idle;
	u32 direct;
	u32 pmr;
	u32 nr_lrs;
	u32 errata;
	u32 in_fatal;
	u32 absorb_serror;
	struct el2_regs boot;
	struct el2_controls controls;
	struct gicv2_state gicv2;
	struct gic_sync sync;
	struct overflow overflow;
};

/* Refused accesses of a cell that are logged one by one; the others are counted */
#define VIOLATIONS_LOGGED 8

/* HPFAR_EL2 may be wrong after a stage 2 translation fault */
#define ERRATUM_834220 1u
/* A TLBI may have to be done twice to be complete */
#define ERRATUM_1286807 2u
/* GICv2: the end of a list register does not show a level that is still there */
#define ERRATUM_GICV2_LEVEL 4u

#define PRIV ((struct private *)VA_PRIVATE)

#define COUNT_EXIT(reason) (PRIV->exits[CL_EXIT_##reason]++)

#endif
