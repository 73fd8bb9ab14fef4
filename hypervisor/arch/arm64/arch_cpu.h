/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ARM64_ARCH_CPU_H
#define ARM64_ARCH_CPU_H

#include <mitigation.h>
#include <mm/s2_features.h>
#include <types.h>

/**
 * struct arch_cpu - the machine's part of struct cpu
 * @private_pa: physical address of its private page
 * @gicr_pa: its redistributor, as guests see it
 * @gicr: the same, as mapped at EL2: RD_base page, then SGI_base page
 * @gicr_typer: GICR_TYPER
 * @gicr_size: bytes of its frames, those for virtual LPIs included
 * @sgi_target: what to write to ICC_SGI1R_EL1 for an SGI to it, but for the INTID
 * @ppi_config: GICR_ICFGR1 as the firmware and root left it
 * @interface: GICv2: its CPU interface, as a bit
 * @asleep: GICv3: ProcessorSleep, as its guest wrote it to GICR_WAKER
 * @active_sgis: GICv3: those that its guest is handling, as of its last gicv3_sync()
 * @sgis: GICv2: SGIs that were sent to it and that it has not looked at: bit
 *	8 * INTID + CPU interface of the sender
 * @s2: what it can do at stage 2, from its ID registers
 * @mitigation: of this CPU, as in struct private
 */
struct arch_cpu {
	u64 private_pa;
	u64 gicr_pa;
	u8 *gicr;
	u64 gicr_typer;
	u64 gicr_size;
	u64 sgi_target;
	u32 ppi_config;
	u32 interface;
	u32 asleep;
	u32 active_sgis;
	u64 sgis[2];
	struct s2_features s2;
	struct mitigation mitigation;
};

#endif
