/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Exceptions that arrive at EL2. Interrupts stay masked here, so there is no
 * nesting: ELR_EL2 and SPSR_EL2 stay where they are, and every path begins with
 * an empty stack.
 *
 * Paths, by cost: a device interrupt goes into a list register without any C.
 * The commonest calls (HVC, SMC) and accesses to emulated devices save x0..x3 and
 * go to C that is compiled to change no more (fast.c); the one register that a
 * load or store is about is read or written here. Other calls save what any C
 * function may change, and everything else all of x0..x30.
 */
#include <asm_offsets.h>
#include <gicv2_regs.h>
#include <layout.h>
#include <spsr.h>
#include <sysreg.h>

	.macro	vector, target
	.balign	128
	b	\target
	.endm

	.macro	save_x4_and_up		/* x0..x3 are saved already */
	stp	x4, x5, [sp, #8 * 4]
	stp	x6, x7, [sp, #8 * 6]
	stp	x8, x9, [sp, #8 * 8]
	stp	x10, x11, [sp, #8 * 10]
	stp	x12, x13, [sp, #8 * 12]
	stp	x14, x15, [sp, #8 * 14]
	stp	x16, x17, [sp, #8 * 16]
	stp	x18, x30, [sp, #8 * 18]	/* x30 in the place of x19 */
	.endm

	.macro	save_caller_saved	/* x0, x1 are saved already */
	stp	x2, x3, [sp, #8 * 2]
	save_x4_and_up
	.endm

	.macro	restore_caller_saved
	ldp	x2, x3, [sp, #8 * 2]
	ldp	x4, x5, [sp, #8 * 4]
	ldp	x6, x7, [sp, #8 * 6]
	ldp	x8, x9, [sp, #8 * 8]
	ldp	x10, x11, [sp, #8 * 10]
	ldp	x12, x13, [sp, #8 * 12]
	ldp	x14, x15, [sp, #8 * 14]
	ldp	x16, x17, [sp, #8 * 16]
	ldp	x18, x30, [sp, #8 * 18]
	ldp	x0, x1, [sp], #FRAME_SIZE
	eret
	.endm

	/*
	 * A data abort: perhaps an access to an emulated device, which \handler knows.
	 * x0 = ESR_EL2; x0..x3 are in the frame. \store is asked for stores first, with
	 * their value in x1; x2, x3 and x30 are free there.
	 */
	.macro	device_access, handler, store
	str	x30, [sp, #8 * 19]
	tbz	x0, #ISS_WNR_BIT, access\@
	ubfx	x2, x0, #ISS_SRT_SHIFT, #5
	adr	x3, store_operands\@
	add	x3, x3, x2, lsl #3
	br	x3
store_operands\@:
	.irp	n, 0, 1, 2, 3
	ldr	x1, [sp, #8 * \n]
	b	stored\@
	.endr
	.irp	n, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30
	mov	x1, x\n
	b	stored\@
	.endr
	mov	x1, xzr
stored\@:
	\store
access\@:
	bl	\handler		/* x0 = ESR_EL2, x1 = stored value */
	cbz	x0, not_fast_mmio
	mrs	x0, esr_el2
	tbnz	x0, #ISS_WNR_BIT, done\@
	ubfx	x2, x0, #ISS_SRT_SHIFT, #5
	adr	x3, load_operands\@
	add	x3, x3, x2, lsl #3
	br	x3
load_operands\@:
	.irp	n, 0, 1, 2, 3
	str	x1, [sp, #8 * \n]
	b	done\@
	.endr
	.irp	n, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29
	mov	x\n, x1
	b	done\@
	.endr
	str	x1, [sp, #8 * 19]	/* x30 */
	nop
done\@:
	ldr	x30, [sp, #8 * 19]
	ldp	x2, x3, [sp, #8 * 2]
	ldp	x0, x1, [sp], #FRAME_SIZE
	eret
	.endm

	/*
	 * A store to GICD_SGIR of a guest in direct mode: what it may send is sent. See
	 * struct sgir_filter, and fast_mmio() for what else is looked at: a word, by an
	 * A64 instruction, that faulted in stage 2's translation.
	 */
	.macro	store_to_gicv2
	mov	x2, #VA_PRIVATE
	mrs	x3, hpfar_el2
	mrs	x30, far_el2
	lsl	x3, x3, #8
	bfxil	x3, x30, #0, #12
	ldr	x30, [x2, #PRIV_SGIR_IPA]
	cmp	x3, x30
	ubfx	w30, w0, #ISS_SSE_BIT, #5	/* IL, ISV, SAS, SSE */
	ubfx	w3, w0, #2, #6			/* S1PTW, WnR, FSC but for the level */
	ccmp	w30, #0b11100, #0, eq
	ccmp	w3, #0b010001, #0, eq
	b.ne	no_sgi
	mrs	x30, spsr_el2
	tbnz	w30, #SPSR_AARCH32_BIT, no_sgi	/* in an IT block? */
	ldr	w30, [x2, #PRIV_ERRATA]
	tbnz	w30, #ERRATUM_834220_BIT, look_again
send_sgi:
	ubfx	w3, w1, #24, #2
	add	x3, x2, x3, lsl #3
	ldp	w3, w30, [x3, #PRIV_SGIR]
	and	w3, w3, w1
	orr	w3, w3, w30
	mov	x30, #VA_GICD
	str	w3, [x30, #GICD_SGIR]
	ldr	x30, [sp, #8 * 19]
	b	sgi_sent
look_again:				/* as fault_ipa() */
	mrs	x30, far_el2
	mrs	x3, par_el1
	at	s1e1r, x30
	isb
	mrs	x30, par_el1
	msr	par_el1, x3
	tbnz	w30, #0, no_sgi
	ldr	x3, [x2, #PRIV_SGIR_IPA]
	eor	x3, x3, x30
	ubfx	x3, x3, #12, #40
	cbz	x3, send_sgi
no_sgi:
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
 * The hypervisor goes: the call returns to a kernel that has EL2's stub again.
 * C has restored x19..x29, x30 waits in the place of x19.
 */
give_back:
	ldr	x30, [sp, #8 * 19]
	stp	x19, x20, [sp, #8 * 19]
	stp	x21, x22, [sp, #8 * 21]
	stp	x23, x24, [sp, #8 * 23]
	stp	x25, x26, [sp, #8 * 25]
	stp	x27, x28, [sp, #8 * 27]
	stp	x29, x30, [sp, #8 * 29]
	mov	x0, sp
	mov	x1, #0
	b	leave_el2

guest_sync_gicv2:
	stp	x0, x1, [sp, #-FRAME_SIZE]!
	mrs	x0, esr_el2
	ubfx	x1, x0, #26, #6
	cmp	x1, #EC_DABT_LOWER
	b.ne	not_device
	stp	x2, x3, [sp, #8 * 2]
	device_access guest_fast_mmio_gicv2, store_to_gicv2

guest_sync:
	stp	x0, x1, [sp, #-FRAME_SIZE]!
	mrs	x0, esr_el2
	ubfx	x1, x0, #26, #6
not_device:
	cmp	x1, #EC_HVC64
	b.eq	1f
	cmp	x1, #EC_SMC64
	b.ne	2f
	mrs	x1, elr_el2		/* a trapped SMC has not been stepped over */
	add	x1, x1, #4
	msr	elr_el2, x1
	mrs	x1, spsr_el2		/* as after an instruction */
	and	x1, x1, #~SPSR_SS_MASK
	and	x1, x1, #~SPSR_BTYPE_MASK
	msr	spsr_el2, x1
1:	stp	x2, x3, [sp, #8 * 2]
	str	x30, [sp, #8 * 19]
	mov	x0, sp
	bl	guest_fast_call		/* changes x0..x3 only: see fast.c */
	tbz	w0, #0, 3f		/* a bool: other bits are anything */
	ldr	x30, [sp, #8 * 19]
	ldp	x2, x3, [sp, #8 * 2]
	ldp	x0, x1, [sp], #FRAME_SIZE
	eret
3:	stp	x4, x5, [sp, #8 * 4]
	stp	x6, x7, [sp, #8 * 6]
	stp	x8, x9, [sp, #8 * 8]
	stp	x10, x11, [sp, #8 * 10]
	stp	x12, x13, [sp, #8 * 12]
	stp	x14, x15, [sp, #8 * 14]
	stp	x16, x17, [sp, #8 * 16]
	str	x18, [sp, #8 * 18]
	mov	x0, sp
	mrs	x1, esr_el2
	bl	guest_call
	tbnz	w0, #0, give_back
return_caller_saved:
	restore_caller_saved
2:	stp	x2, x3, [sp, #8 * 2]
	cmp	x1, #EC_DABT_LOWER
	b.ne	7f
	device_access guest_fast_mmio
7:	cmp	x1, #EC_SYSREG
	b.eq	guest_sysreg_trap
	cmp	x1, #EC_WFX
	b.eq	guest_wfi
	b	save_all
not_fast_mmio:
	ldr	x30, [sp, #8 * 19]
not_fast:
	mrs	x0, esr_el2

/* x0 = ESR_EL2; x0..x3 are in the frame */
save_all:
	stp	x4, x5, [sp, #8 * 4]
	stp	x6, x7, [sp, #8 * 6]
	stp	x8, x9, [sp, #8 * 8]
	stp	x10, x11, [sp, #8 * 10]
	stp	x12, x13, [sp, #8 * 12]
	stp	x14, x15, [sp, #8 * 14]
	stp	x16, x17, [sp, #8 * 16]
	stp	x18, x19, [sp, #8 * 18]
	stp	x20, x21, [sp, #8 * 20]
	stp	x22, x23, [sp, #8 * 22]
	stp	x24, x25, [sp, #8 * 24]
	stp	x26, x27, [sp, #8 * 26]
	stp	x28, x29, [sp, #8 * 28]
	str	x30, [sp, #8 * 30]
	mov	x1, x0
	mov	x0, sp
	bl	guest_trap
	/* through frame_return */

/* sp = struct frame: into the guest with all of it */
	.globl frame_return
frame_return:
	ldp	x2, x3, [sp, #8 * 2]
	ldp	x4, x5, [sp, #8 * 4]
	ldp	x6, x7, [sp, #8 * 6]
	ldp	x8, x9, [sp, #8 * 8]
	ldp	x10, x11, [sp, #8 * 10]
	ldp	x12, x13, [sp, #8 * 12]
	ldp	x14, x15, [sp, #8 * 14]
	ldp	x16, x17, [sp, #8 * 16]
	ldp	x18, x19, [sp, #8 * 18]
	ldp	x20, x21, [sp, #8 * 20]
	ldp	x22, x23, [sp, #8 * 22]
	ldp	x24, x25, [sp, #8 * 24]
	ldp	x26, x27, [sp, #8 * 26]
	ldp	x28, x29, [sp, #8 * 28]
	ldr	x30, [sp, #8 * 30]
	ldp	x0, x1, [sp], #FRAME_SIZE
	eret

/*
 * A write to ICC_SGI1R_EL1 that names only CPUs of the cell, in the cluster of this
 * one, goes to the register itself; and so does one to ICC_DIR_EL1 that ends an
 * interrupt of the cell, see may_deactivate(). The two differ in one bit of op2; bit 63
 * of x0 says which it is. x0 = ESR_EL2; x0..x3 are in the frame.
 */
guest_sysreg_trap:
	mov	w1, w0
	bfi	w1, wzr, #ESR_SYSREG_RT_SHIFT, #5
	mov	w2, #ESR_SGI1R_WRITE & 0xffff
	movk	w2, #ESR_SGI1R_WRITE >> 16, lsl #16
	cmp	w1, w2
	b.ne	perhaps_dir
sysreg_operand:
	ubfx	x2, x0, #ESR_SYSREG_RT_SHIFT, #5
	adr	x3, sysreg_operands
	add	x3, x3, x2, lsl #3
	br	x3
sysreg_operands:
	.irp	n, 0, 1, 2, 3
	ldr	x1, [sp, #8 * \n]
	b	1f
	.endr
	.irp	n, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30
	mov	x1, x\n
	b	1f
	.endr
	mov	x1, xzr
1:	tbnz	x0, #63, dir_write
	mov	x2, #VA_PRIVATE
	ldp	x0, x3, [x2, #PRIV_SGI]
	eor	x0, x0, x1
	tst	x0, x3
	b.ne	not_fast
	msr	ICC_SGI1R_EL1, x1
sgi_sent:
	ldr	x0, [x2, #PRIV_EXITS_SGI]
	add	x0, x0, #1
	str	x0, [x2, #PRIV_EXITS_SGI]
return_behind:
	mrs	x0, elr_el2
	mrs	x3, spsr_el2
	add	x0, x0, #4
	and	x3, x3, #~SPSR_SS_MASK	/* as after an instruction */
	and	x3, x3, #~SPSR_BTYPE_MASK
	msr	elr_el2, x0
	msr	spsr_el2, x3
	ldp	x2, x3, [sp, #8 * 2]
	ldp	x0, x1, [sp], #FRAME_SIZE
	eret

perhaps_dir:
	eor	w1, w1, w2
	cmp	w1, #ESR_SGI1R_WRITE ^ ESR_DIR_WRITE
	b.ne	save_all
	orr	x0, x0, #1 << 63
	b	sysreg_operand
dir_write:
	and	w1, w1, #0xffffff	/* INTID */
	mrs	x3, ICC_CTLR_EL1
	tbz	w3, #ICC_CTLR_EOIMODE_BIT, not_fast
	mov	x2, #VA_PRIVATE
	cmp	w1, #32
	b.hs	1f
	ldr	w3, [x2, #PRIV_MAINTENANCE]
	cmp	w1, w3
	b.eq	not_fast
	b	2f
1:	cmp	w1, #INTIDS
	b.hs	not_fast
	ldr	x3, [x2, #PRIV_CPU]
	lsr	w0, w1, #5
	ldr	x3, [x3, #CPU_CELL]
	add	x3, x3, #CELL_SPIS
	ldr	w3, [x3, x0, lsl #2]
	lsr	w3, w3, w1		/* by w1 % 32 */
	tbz	w3, #0, not_fast
2:	msr	ICC_DIR_EL1, x1
	ldr	x0, [x2, #PRIV_EXITS_SYSREG]
	add	x0, x0, #1
	str	x0, [x2, #PRIV_EXITS_SYSREG]
	b	return_behind

/*
 * WFI in direct mode, the only one where it is trapped: an event of another CPU
 * must end it, too, whatever the guest has masked. Interrupts are taken to EL2
 * for the moment: the first one that could be taken at all ends the wait, and
 * finds its way to the guest by itself, since it is still pending. (With
 * HCR_EL2.IMO = 0 it would not be EL2's, and need not wake it: Arm ARM D1.6.)
 * x0 = ESR_EL2; x0..x3 are in the frame.
 */
guest_wfi:
	tbnz	w0, #1, save_all	/* WFIT: ends at once, and the guest looks at its clock */
	mrs	x3, spsr_el2
	tbnz	w3, #SPSR_AARCH32_BIT, save_all	/* 16 bits long, or in an IT block? */
	mrs	x2, hcr_el2
	tbnz	w2, #HCR_VSE_BIT, save_all	/* a system error is to come: no wait */
	mov	x1, #VA_PRIVATE
	orr	x2, x2, #HCR_IRQ_FIQ
	mov	w0, #IDLE_WFI
	msr	hcr_el2, x2
	str	w0, [x1, #PRIV_IDLE]
	mrs	x0, elr_el2
	isb
	msr	daifclr, #3
1:	ldr	x2, [x1, #PRIV_CPU]
	ldr	w2, [x2, #CPU_REQUEST]
	cbnz	w2, 2f
	wfe
	b	1b
2:	msr	daifset, #3
	str	wzr, [x1, #PRIV_IDLE]
	mrs	x2, hcr_el2
	and	x2, x2, #~HCR_IRQ_FIQ
	msr	hcr_el2, x2
	b	not_fast

/* x0 = ELR_EL2, x1 = PRIV, x3 = SPSR_EL2 of the guest */
end_of_wfi:
	mrs	x2, hcr_el2
	add	x0, x0, #4
	str	wzr, [x1, #PRIV_IDLE]
	and	x2, x2, #~HCR_IRQ_FIQ
	and	x3, x3, #~SPSR_SS_MASK	/* as after an instruction */
	msr	hcr_el2, x2
	and	x3, x3, #~SPSR_BTYPE_MASK
	ldr	x2, [x1, #PRIV_EXITS_WFI]
	msr	elr_el2, x0
	add	x2, x2, #1
	str	x2, [x1, #PRIV_EXITS_WFI]
	msr	spsr_el2, x3
	ldp	x2, x3, [sp, #8 * 2]
	ldp	x0, x1, [sp], #FRAME_SIZE
	eret

/* Interrupts are enabled at EL2 in the two waits only; TPIDR_EL2 is for scratch */
el2_irq:
	msr	tpidr_el2, x2
	mov	x2, #VA_PRIVATE
	ldr	w2, [x2, #PRIV_IDLE]
	cmp	w2, #IDLE_WFI
	b.eq	end_of_wfi
	cbz	w2, 1f
	mov	x2, #VA_PRIVATE
	str	wzr, [x2, #PRIV_IDLE]
	mrs	x2, spsr_el2
	orr	x2, x2, #0xc0		/* back to direct_wait(), masked */
	msr	spsr_el2, x2
	mrs	x2, tpidr_el2
	eret
1:	mrs	x2, tpidr_el2
	b	el2_fault

/* void direct_wait(void): until an interrupt or a request of another CPU comes */
	.globl direct_wait
direct_wait:
	mov	x1, #VA_PRIVATE
	mrs	x4, elr_el2
	mrs	x5, spsr_el2
	mrs	x6, hcr_el2
	ldr	x3, [x1, #PRIV_CPU]
	orr	x2, x6, #HCR_IRQ_FIQ
	msr	hcr_el2, x2
	mov	w2, #IDLE_CALL
	str	w2, [x1, #PRIV_IDLE]
	isb
	msr	daifclr, #3
1:	ldr	w2, [x1, #PRIV_IDLE]
	cbz	w2, 2f
	ldr	w2, [x3, #CPU_REQUEST]
	cbnz	w2, 2f
	wfe
	b	1b
2:	msr	daifset, #3
	str	wzr, [x1, #PRIV_IDLE]
	msr	hcr_el2, x6
	msr	elr_el2, x4
	msr	spsr_el2, x5
	isb
	ret

/*
 * A private or shared peripheral interrupt becomes pending in the first free
 * list register, linked to the physical one (HW = 1): the guest's end of
 * interrupt deactivates both, without coming here. The running priority is the
 * interrupt's own while it is the last one acknowledged, which saves a read of
 * the distributor.
 */
guest_irq:
	stp	x0, x1, [sp, #-FRAME_SIZE]!
	stp	x2, x3, [sp, #8 * 2]
	mrs	x0, ICC_IAR1_EL1
	isb				/* RPR below is of this one */
	mov	x1, #VA_PRIVATE
	ldr	x2, [x1, #PRIV_EXITS_IRQ]
	add	x2, x2, #1
	str	x2, [x1, #PRIV_EXITS_IRQ]
	ldr	w2, [x1, #PRIV_MAINTENANCE]
	sub	w3, w0, #16
	cmp	w3, #1020 - 16
	ccmp	w0, w2, #4, lo		/* equal also where it is no PPI or SPI */
	b.eq	irq_in_c
	ldr	x3, [x1, #PRIV_OVERFLOW]
	cbnz	x3, irq_in_c		/* those that wait may be more urgent */
	mrs	x1, ICH_ELRSR_EL2
	cbz	x1, irq_in_c
	rbit	x1, x1
	clz	x1, x1
	mrs	x2, ICC_RPR_EL1
	orr	x3, x0, x0, lsl #32	/* vINTID, pINTID */
	orr	x3, x3, x2, lsl #48	/* priority */
	orr	x3, x3, #7 << 60	/* pending, HW, group 1 */
	adr	x2, lr_writers
	add	x2, x2, x1, lsl #3
	br	x2
lr_writers:
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7
	msr	S3_4_C12_C12_\n, x3
	b	1f
	.endr
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7
	msr	S3_4_C12_C13_\n, x3
	b	1f
	.endr
1:	msr	ICC_EOIR1_EL1, x0	/* priority drop; active until the guest is done */
	ldp	x2, x3, [sp, #8 * 2]
	ldp	x0, x1, [sp], #FRAME_SIZE
	eret

/* The same with GICv2, whose registers are in memory. Bits 12:10 of IAR are 0 but for SGIs. */
guest_irq_gicv2_entry:
	stp	x0, x1, [sp, #-FRAME_SIZE]!
	stp	x2, x3, [sp, #8 * 2]
	mov	x1, #VA_PRIVATE
	ldr	x2, [x1, #PRIV_EXITS_IRQ]
	add	x2, x2, #1
	str	x2, [x1, #PRIV_EXITS_IRQ]
	ldr	w2, [x1, #PRIV_MAINTENANCE]
	ldr	w3, [x1, #PRIV_OVERFLOW]
	mov	x1, #VA_GICC
	ldr	w0, [x1, #GICC_IAR]
	cbnz	w3, 2f			/* those that wait may be more urgent */
	sub	w3, w0, #16
	cmp	w3, #1020 - 16
	ccmp	w0, w2, #4, lo
	b.eq	2f
	add	x2, x1, #VA_GICH - VA_GICC
	ldr	w3, [x2, #GICH_ELRSR]
	cbz	w3, 2f
	rbit	w3, w3
	clz	w3, w3
	add	x2, x2, x3, lsl #2
	ldr	w3, [x1, #GICC_RPR]
	ubfx	w3, w3, #3, #5		/* 5 bits of priority */
	add	w3, w3, #GICH_LR_PENDING_HW >> GICH_LR_PRIORITY_SHIFT
	lsl	w3, w3, #GICH_LR_PRIORITY_SHIFT
	orr	w3, w3, w0, lsl #GICH_LR_PINTID_SHIFT
	orr	w3, w3, w0
	str	w3, [x2, #GICH_LR]
	str	w0, [x1, #GICC_EOIR]	/* priority drop; active until the guest is done */
	ldp	x2, x3, [sp, #8 * 2]
	ldp	x0, x1, [sp], #FRAME_SIZE
	eret
2:	save_x4_and_up
	bl	guest_irq_gicv2
	b	return_caller_saved

/* x0 = what IAR1 said. SGIs, the kick, LPIs, or no free list register. */
irq_in_c:
	save_x4_and_up
	bl	guest_irq_slow
	b	return_caller_saved

guest_fiq:
	stp	x0, x1, [sp, #-FRAME_SIZE]!
	adr	x1, guest_fiq_c
	b	1f
guest_serror:
	stp	x0, x1, [sp, #-FRAME_SIZE]!
	adr	x1, guest_serror_c
1:	save_caller_saved
	blr	x1
	b	return_caller_saved

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
	stp	x4, x5, [sp, #8 * 4]
	stp	x6, x7, [sp, #8 * 6]
	stp	x8, x9, [sp, #8 * 8]
	stp	x10, x11, [sp, #8 * 10]
	stp	x12, x13, [sp, #8 * 12]
	stp	x14, x15, [sp, #8 * 14]
	stp	x16, x17, [sp, #8 * 16]
	stp	x18, x19, [sp, #8 * 18]
	stp	x20, x21, [sp, #8 * 20]
	stp	x22, x23, [sp, #8 * 22]
	stp	x24, x25, [sp, #8 * 24]
	stp	x26, x27, [sp, #8 * 26]
	stp	x28, x29, [sp, #8 * 28]
	str	x30, [sp, #8 * 30]
	mov	x0, sp
	bl	el2_fatal
	b	.

/*
 * void forward_smc(u64 *x): hands x0..x17 to the firmware and takes its answer
 * back (SMCCC 1.0 lets it change all of them).
 */
	.globl forward_smc
forward_smc:
	stp	x29, x30, [sp, #-32]!
	str	x0, [sp, #16]
	mov	x18, x0
	ldp	x0, x1, [x18, #8 * 0]
	ldp	x2, x3, [x18, #8 * 2]
	ldp	x4, x5, [x18, #8 * 4]
	ldp	x6, x7, [x18, #8 * 6]
	ldp	x8, x9, [x18, #8 * 8]
	ldp	x10, x11, [x18, #8 * 10]
	ldp	x12, x13, [x18, #8 * 12]
	ldp	x14, x15, [x18, #8 * 14]
	ldp	x16, x17, [x18, #8 * 16]
	smc	#0
	ldr	x18, [sp, #16]
	stp	x0, x1, [x18, #8 * 0]
	stp	x2, x3, [x18, #8 * 2]
	stp	x4, x5, [x18, #8 * 4]
	stp	x6, x7, [x18, #8 * 6]
	stp	x8, x9, [x18, #8 * 8]
	stp	x10, x11, [x18, #8 * 10]
	stp	x12, x13, [x18, #8 * 12]
	stp	x14, x15, [x18, #8 * 14]
	stp	x16, x17, [x18, #8 * 16]
	ldp	x29, x30, [sp], #32
	ret

/*
 * bool try_access(void *va, u64 *value, u64 size, bool write): the guest's ELR_EL2 and
 * SPSR_EL2 are still needed after an abort of this. An asynchronous one is pending
 * behind the DSB, and is taken when the guest goes on, as the guest's.
 */
	.globl try_access
try_access:
	mrs	x9, elr_el2
	mrs	x10, spsr_el2
	mov	x8, #VA_PRIVATE
	adr	x4, 3f
	str	x4, [x8, #PRIV_FIXUP]
	ldr	x5, [x1]
	mov	w6, #0
	dsb	sy
	clz	w2, w2			/* 31 for a byte, 28 for 8 */
	mov	w7, #31
	sub	w2, w7, w2
	bfi	w2, w3, #2, #1
	adr	x4, 1f
	add	x4, x4, x2, lsl #3
	br	x4
1:	ldrb	w5, [x0]
	b	2f
	ldrh	w5, [x0]
	b	2f
	ldr	w5, [x0]
	b	2f
	ldr	x5, [x0]
	b	2f
	strb	w5, [x0]
	b	2f
	strh	w5, [x0]
	b	2f
	str	w5, [x0]
	b	2f
	str	x5, [x0]
2:	mov	w6, #1
3:	dsb	sy
	str	xzr, [x8, #PRIV_FIXUP]
	str	x5, [x1]
	msr	elr_el2, x9
	msr	spsr_el2, x10
	mov	w0, w6
	ret

/* void guest_enter(const struct frame *frame): a new guest; all else is set */
	.globl guest_enter
guest_enter:
	mov	sp, x0
	b	frame_return

/* void zero_sve(void): what zero_fp() does not reach */
	.arch_extension sve
	.globl zero_sve
zero_sve:
	.irp	n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15
	pfalse	p\n\().b
	.endr
	wrffr	p0.b
	ret

/* void zero_fp(void): FP and SIMD registers hold nothing of a former guest */
	.arch_extension fp
	.arch_extension simd
	.globl zero_fp
zero_fp:
	.irp	n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
	movi	v\n\().2d, #0
	.endr
	msr	fpcr, xzr
	msr	fpsr, xzr
	ret
