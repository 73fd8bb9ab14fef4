/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ARM64_GUEST_H
#define ARM64_GUEST_H

#include <private.h>

/* Exceptions for the guest, as the architecture would deliver them (Arm ARM D1.3) */
void inject_undefined(void);
void inject_external_abort(u64 esr, u64 far);

/* Called from vectors.S */
bool guest_hvc(struct frame *f);
void guest_smc(struct frame *f);
void guest_trap(struct frame *f, u64 esr);
void guest_irq_slow(u32 intid);
void guest_fiq_c(void);
void guest_serror_c(void);
void el2_fatal(struct frame *f) __attribute__((noreturn));

/**
 * psci_call() - PSCI 1.1 (DEN0022), for root and cells alike
 * @x: x0..x3 of the caller; x0 is replaced by the result
 *
 * Return: false if x0 is no PSCI function.
 */
bool psci_call(u64 *x);

/* The kernel's entry of a CPU that comes back: see guest.c */
bool complete_init_el1(struct frame *f, u64 esr);

/* The way out, in setup.c; true: x0 holds the answer, the CPU leaves */
bool disable_call(u64 *x);

/* GIC state of this CPU, in gicv3.c */
bool gic_interrupt_waits(void);
void gic_quiesce(bool keep_pending);
void gic_reset_cpu(void);

#endif
