/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The two ways into EL2, both by `hvc #0`: the stub that Linux left there, as
 * long as the hypervisor is not enabled, and the hypervisor's hypercalls.
 */
#ifndef DRIVER_HYPERCALL_H
#define DRIVER_HYPERCALL_H

#include <linux/types.h>
#include <asm/virt.h>

/*
 * No function of anybody: inside the range where SMCCC puts the general
 * queries, but not assigned. The stub answers HVC_STUB_ERR and changes
 * nothing, KVM answers NOT_SUPPORTED.
 */
#define HVC_NO_FUNCTION 0x8600ff12

/**
 * struct cl_regs - arguments and results of a call
 * @x: x0..x6 going in; x0..x3 are overwritten by the results
 */
struct cl_regs {
	unsigned long x[7];
};

/**
 * cl_hvc() - one hypercall
 * @r: arguments, then results
 *
 * Cloister is at EL2 and preserves everything but x0..x3.
 */
static inline void cl_hvc(struct cl_regs *r)
{
	register unsigned long x0 asm("x0") = r->x[0];
	register unsigned long x1 asm("x1") = r->x[1];
	register unsigned long x2 asm("x2") = r->x[2];
	register unsigned long x3 asm("x3") = r->x[3];
	register unsigned long x4 asm("x4") = r->x[4];
	register unsigned long x5 asm("x5") = r->x[5];
	register unsigned long x6 asm("x6") = r->x[6];

	asm volatile("hvc #0\n"
		     : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)
		     : "r"(x4), "r"(x5), "r"(x6)
		     : "memory");
	r->x[0] = x0;
	r->x[1] = x1;
	r->x[2] = x2;
	r->x[3] = x3;
}

/**
 * cl_hvc_masked() - a call while EL2 changes its owner, or has another one
 * @r: arguments x0..x3, then results
 *
 * x4..x18 may be lost. The compiler is told so, and x18 is restored here, as
 * it is the shadow call stack of kernels that have one. Until then no handler
 * may run, and none could be served while EL2 is in transition: so all
 * exceptions are masked.
 *
 * The caller knows that there is an EL2, and that the kernel is not in it:
 * otherwise hvc is undefined, or ends in the kernel's own vectors.
 */
static inline void cl_hvc_masked(struct cl_regs *r)
{
	register unsigned long x0 asm("x0") = r->x[0];
	register unsigned long x1 asm("x1") = r->x[1];
	register unsigned long x2 asm("x2") = r->x[2];
	register unsigned long x3 asm("x3") = r->x[3];
	unsigned long daif, shadow;

	asm volatile("mrs	%[daif], daif\n"
		     "msr	daifset, #0xf\n"
		     "mov	%[shadow], x18\n"
		     "hvc	#0\n"
		     "mov	x18, %[shadow]\n"
		     "msr	daif, %[daif]\n"
		     : "+r"(x0), "+r"(x1), "+r"(x2),
		       "+r"(x3), [daif] "=&r"(daif), [shadow] "=&r"(shadow)
		     :
		     : "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14", "x15",
		       "x16", "x17", "x18", "cc", "memory");
	r->x[0] = x0;
	r->x[1] = x1;
	r->x[2] = x2;
	r->x[3] = x3;
}

/**
 * cl_soft_restart() - enter the image at EL2, with the MMU off
 * @entry: physical address of the image
 * @command: enum cl_boot_command
 * @cpu: number of this CPU in the system config
 * @r: results in x0..x3
 *
 * HVC_SOFT_RESTART makes the stub branch to x1 with x2..x4 moved to x0..x2.
 * The image comes back with an eret that uses ELR_EL2 and SPSR_EL2 as this
 * hvc left them, so execution goes on behind it with the PSTATE it had.
 *
 * No landing pad is needed there, though the kernel may run with BTI: BTYPE is
 * 0 when the hvc executes, as the instruction before it is no indirect branch;
 * the hvc saves it in SPSR_EL2, and the eret restores it from there. Pointer
 * authentication is not concerned: nothing is signed or checked in between,
 * and the keys of EL1 are not the image's to change.
 *
 * Must be called with preemption disabled: @cpu is this CPU.
 */
static inline void cl_soft_restart(phys_addr_t entry, unsigned long command, unsigned long cpu,
				   struct cl_regs *r)
{
	r->x[0] = HVC_SOFT_RESTART;
	r->x[1] = entry;
	r->x[2] = command;
	r->x[3] = cpu;
	cl_hvc_masked(r);
}

#endif
