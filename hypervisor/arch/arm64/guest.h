/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ARM64_GUEST_H
#define ARM64_GUEST_H

#include <private.h>

/* Exceptions for the guest, as the architecture would deliver them (Arm ARM D1.3) */
void inject_undefined(void);
void inject_external_abort(u64 esr, u64 far);

/* Called from assembly */
bool guest_fast_call(u64 *x);
bool guest_call(struct frame *f, u64 esr);
void guest_trap(struct frame *f, u64 esr);
void guest_irq_slow(u32 intid);
void guest_fiq_c(void);
void guest_serror_c(void);
void el2_fatal(struct frame *f) __attribute__((noreturn));

/*
 * Register 31 is XZR: it has a place of its own behind x0..x30, which is zero
 * when an instruction reads it, and nobody reads what one writes there.
 */
static inline u64 *guest_register(struct frame *f, u32 n)
{
	f->x[31] = 0;
	return &f->x[n];
}

/* A trapped access to a system register, in sysreg_trap.c */
void guest_sysreg(struct frame *f, u64 esr);

/* PSCI 1.1 function IDs */
#define PSCI_VERSION 0x84000000
#define PSCI_CPU_SUSPEND 0x84000001
#define PSCI_CPU_OFF 0x84000002
#define PSCI_CPU_ON 0x84000003
#define PSCI_AFFINITY_INFO 0x84000004
#define PSCI_MIGRATE_INFO_TYPE 0x84000006
#define PSCI_SYSTEM_OFF 0x84000008
#define PSCI_SYSTEM_RESET 0x84000009
#define PSCI_FEATURES 0x8400000a
#define PSCI_SYSTEM_RESET2 0x84000012
#define PSCI_64 0x40000000 /* the SMC64 variant of a function */

#define PSCI_1_1 0x10001

/**
 * psci_affinity_info() - is a CPU of this cell on?
 * @mpidr: affinity of the CPU
 * @level: 0; higher levels are not supported
 *
 * Return: 0 on, 1 off, 2 on its way, or INVALID_PARAMETERS.
 */
u64 psci_affinity_info(u64 mpidr, u64 level);

/**
 * psci_call() - PSCI 1.1 (DEN0022), for root and cells alike
 * @x: x0..x17 of the caller, a function of PSCI; x0 is replaced by the result
 */
void psci_call(u64 *x);

/* The kernel's entry of a CPU that comes back: see guest.c */
bool complete_init_el1(struct frame *f, u64 esr);

/* EL2's controls of what a guest may use, in controls.c */
void controls_save(void);
/* Those of root, which are Linux's own: for the hypervisor, too */
void controls_for_root(void);
/* Those of a cell; returns HCR_EL2 for it, made of @hcr */
u64 controls_for_cell(u64 hcr);

/* The way out, in setup.c; true: x0 holds the answer, the CPU leaves */
bool disable_call(u64 *x);

/* For GICv3 only, in gicv3.c */
void gic_allow_sgis(void);

#endif
