/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ARM64_GICV3_H
#define ARM64_GICV3_H

#include <gic.h>

/* Distributor and redistributors as a cell sees them. false: no such access */
bool gicd_access(struct cell *cell, struct access *a);
bool gicr_access(struct cell *cell, struct cpu *cpu, struct access *a);

/* The redistributor frames of @ipa: whose, and where in them; NULL: nobody's */
struct cpu *gicr_find(u64 ipa, u64 *offset);

/* A guest's ICC_SGI1R_EL1 write */
void gic_send_sgi(struct cell *cell, u64 value);

/* Registers of this CPU's SGIs and PPIs, as of the distributor's first 32 interrupts */
static inline u8 *gicv3_sgi_frame(void)
{
	return PRIV->cpu->arch.gicr + PAGE_SIZE;
}

/* EL2's own interrupt is nobody's: in gicv3.c */
void gicv3_disable_maintenance(void);

/* No SGI or PPI of this CPU is active any more */
void gicv3_end_active(void);

/* CTLR, PMR, BPR and the group's enable of the physical CPU interface, and back: in gicv3.c */
u64 gicv3_physical_vmcr(void);
void gicv3_restore_physical(u64 vmcr);

/*
 * In gicv3_inject.c: ICH_HCR_EL2 of a CPU for which nothing waits; what is on its way into
 * the guest, as struct gic_ops has it, and all of that given back or dropped; LPIs of
 * root that wait here, or for a CPU that will have them.
 */
u64 gicv3_virtual_enable(void);
void gicv3_clear_lrs(void);
bool gicv3_interrupt_waits(void);
void gicv3_sync(void);
u32 gicv3_held(u32 word);
void gicv3_put_active(u32 intid);
void gicv3_give_back(bool keep_pending);
bool gicv3_lpis_wait(void);
void gicv3_announce_lpis(void);

/* In gicv3_direct.c */
void gicv3_enter_direct(void);
void gicv3_leave_direct(void);
/* Root as it runs: @vmcr is what it has in its CPU interface */
void gicv3_commit_direct(u64 vmcr);
void gicv3_release_direct(u64 vmcr);

/* Direct mode: the guest's ICC_PMR_EL1, which is closed while its distributor is off */
void gicv3_set_pmr(u64 value);

/* Distributor and redistributors: in gicv3_probe.c */
int gicv3_probe(const struct cl_gic *cfg, struct error *err);
void gicv3_reset_spi(struct cell *cell, u32 spi);
void gicv3_leave_cpu(struct cpu *cpu);

#define ICC_CTLR_CBPR BIT(0)
#define ICC_CTLR_EOIMODE BIT(ICC_CTLR_EOIMODE_BIT)

#define GICD_SIZE 0x10000
#define GICD_IROUTER 0x6000
#define GICD_ITARGETSR 0x0800 /* nothing, with affinity routing */
#define GICD_PIDR4 0xffd0 /* the first of the identification registers */
#define GICD_PIDR2 0xffe8
#define GICD_CTLR_RWP (1u << 31)
#define GICD_CTLR_DS (1u << 6)
#define GICD_CTLR_ARE_NS (1u << 4)
#define GICD_CTLR_ENABLE_G1A (1u << 1)
#define GICD_CTLR_ENABLE_G1 (1u << 0)

#define GICD_TYPER_NMI (1u << 9)
#define GICD_TYPER_SECURITY (1u << 10)
#define GICD_TYPER_NO1N (1u << 25)
/* num_LPIs, MBIS, LPIS, DVIS */
#define GICD_TYPER_MESSAGES (0x1fu << 11 | 7u << 16)

#define GICR_CTLR 0x0000
#define GICR_IIDR 0x0004
#define GICR_TYPER 0x0008
#define GICR_WAKER 0x0014
#define GICR_WAKER_SLEEP (1u << 1)
#define GICR_WAKER_ASLEEP (1u << 2)
#define GICR_PROPBASER 0x0070
#define GICR_PENDBASER 0x0078
#define GICR_INVLPIR 0x00a0
#define GICR_INVALLR 0x00b0
#define GICR_SYNCR 0x00c0
#define GICR_PIDR2 0xffe8
#define GICR_CTLR_RWP (1u << 3)
#define GICR_TYPER_PLPIS (1ull << 0)
#define GICR_TYPER_DIRECT_LPI (1ull << 3)
#define GICR_TYPER_LAST (1u << 4)
#define GICR_TYPER_VLPIS (1u << 1)
#define GICR_SGI 0x10000 /* the second frame: registers as in the distributor */
#define GICR_FRAMES_SIZE 0x20000
#define GICR_TYPER_PPINUM(typer) ((u32)((typer) >> 27 & 31))
#define GICD_TYPER_ESPI (1u << 8)

#endif
