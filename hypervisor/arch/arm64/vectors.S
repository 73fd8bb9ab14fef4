/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where exceptions arrive at EL2, and its own faults. Interrupts stay masked here,
 * so there is no nesting: ELR_EL2 and SPSR_EL2 stay where they are, and every path
 * begins with an empty stack. From here it goes on in exits.S with what a guest does,
 * in guest_irq.S with interrupts, and in idle.S where EL2 waits for them.
 */
#include <asm_offsets.h>
#include <frame.inc>
#include <layout.h>

	.macro	vector, target
	.balign	128
	b	\target
	.endm
	.macro	own_vectors
	vector	el2_fault		/* this level, SP_EL0: never used */
	vector	el2_fault
	vector	el2_fault
	vector	el2_fault
	vector	el2_abort		/* this level */
	vector	el2_irq
	vector	el2_irq
	vector	el2_serror
	.endm

	.macro	vectors, sync, irq, fiq
	.balign	2048
	own_vectors
	.rept	2			/* a guest, and a guest's 32-bit EL0 */
	vector	\sync
	vector	\irq
	vector	\fiq
	vector	guest_serror
	.endr
	.balign	128
	.endm

	.section .vectors, "ax"
	.balign	2048
	.globl el2_vectors
el2_vectors:
	vectors	guest_sync, guest_irq, guest_fiq
	/* With GICv2 FIQs are off: one is taken for what it may be */
	.globl el2_vectors_gicv2
el2_vectors_gicv2:
	vectors	guest_sync_gicv2, guest_irq_gicv2_entry, guest_irq_gicv2_entry

	/*
	 * Before anything else is predicted: see mitigation.h. Whichever way a branch
	 * here is predicted, nothing behind the ISB runs before it is known. The handlers
	 * begin with the STP that is made here.
	 */
	.macro	hardened, target, target_gicv2
	.balign	128
	stp	x0, x1, [sp, #-FRAME_SIZE]!
	mov	x0, #VA_PRIVATE
	ldp	w0, w1, [x0, #PRIV_MITIGATION_LOOPS]
	cbnz	w1, 5f
1:	cbz	w0, 4f
2:	b	3f
3:	subs	w0, w0, #1
	b.ne	2b
	dsb	nsh
4:	hint	#22			/* CLRBHB, or nothing */
	isb
	mov	x0, #VA_PRIVATE
	ldr	w0, [x0, #PRIV_GICV2_VECTORS]
	cbnz	w0, \target_gicv2 + 4
	b	\target + 4
5:	stp	x2, x3, [sp, #8 * 2]
	mov	w0, w1
	smc	#0			/* changes x0..x3 only: SMCCC 1.1 */
	mov	x0, #VA_PRIVATE
	ldp	x2, x3, [sp, #8 * 2]
	ldr	w0, [x0, #PRIV_MITIGATION_LOOPS]
	b	1b
	.endm

	.balign	2048
	.globl el2_vectors_hardened
el2_vectors_hardened:
	own_vectors
	.rept	2
	hardened guest_sync, guest_sync_gicv2
	hardened guest_irq, guest_irq_gicv2_entry
	hardened guest_fiq, guest_irq_gicv2_entry
	hardened guest_serror, guest_serror
	.endr
	.balign	128

	.text
/*
 * An abort of the hypervisor itself. Expected ones (probing for a device) go on
 * at the address that the prober left; TPIDR_EL2 is free for scratch, since all
 * per-CPU data has fixed addresses.
 */
el2_abort:
	msr	tpidr_el2, x0
	mov	x0, #VA_PRIVATE
	ldr	x0, [x0, #PRIV_FIXUP]
	cbz	x0, 1f
	msr	elr_el2, x0
	mrs	x0, tpidr_el2
	eret
1:	mrs	x0, tpidr_el2

/* A system error while arch_cpu_quiesce() waits for those of the former guest */
el2_serror:
	msr	tpidr_el2, x0
	mov	x0, #VA_PRIVATE
	ldr	w0, [x0, #PRIV_ABSORB_SERROR]
	cbz	w0, 1f
	mrs	x0, tpidr_el2
	eret
1:	mrs	x0, tpidr_el2
	b	el2_fault

/*
 * A fault of the hypervisor. The stack pointer may be what is wrong: go on at
 * the end of the private page.
 */
	.globl el2_fault
el2_fault:
	msr	tpidr_el2, x0
	mov	x0, sp
	msr	sp_el0, x0
	mov	x0, #VA_PRIVATE
	add	sp, x0, #4096
	ldr	w0, [x0, #PRIV_IN_FATAL]
	cbz	w0, 1f
	wfe				/* a fault while telling of a fault */
	b	. - 4
1:
	mrs	x0, tpidr_el2
	stp	x0, x1, [sp, #-FRAME_SIZE]!
	stp	x2, x3, [sp, #8 * 2]
	save_x4_to_x17
	save_x18_and_up
	mov	x0, sp
	bl	el2_fatal
	b	.
