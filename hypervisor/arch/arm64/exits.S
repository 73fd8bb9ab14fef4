/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a guest does that comes to EL2: calls, accesses to devices and registers
 * that are emulated, and all that is rarer.
 *
 * Paths, by cost: the commonest calls (HVC, SMC) and accesses save x0..x3 and go to
 * C that is compiled to change no more (fast.c); the one register that a load or
 * store is about is read or written here. Other calls save what any C function may
 * change, and everything else all of x0..x30.
 */
#include <asm_offsets.h>
#include <frame.inc>
#include <gicv2_regs.h>
#include <layout.h>
#include <spsr.h>
#include <sysreg.h>

	/* To be entered at the guest's register: x1 = its value, then to \then, which follows */
	.macro	operand_table, then
	.irp	n, 0, 1, 2, 3
	ldr	x1, [sp, #8 * \n]
	b	\then
	.endr
	.irp	n, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30
	mov	x1, x\n
	b	\then
	.endr
	mov	x1, xzr
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
	operand_table stored\@
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

	.globl guest_sync_gicv2
guest_sync_gicv2:
	stp	x0, x1, [sp, #-FRAME_SIZE]!
	mrs	x0, esr_el2
	ubfx	x1, x0, #26, #6
	cmp	x1, #EC_DABT_LOWER
	b.ne	not_device
	stp	x2, x3, [sp, #8 * 2]
	device_access guest_fast_mmio_gicv2, store_to_gicv2

	.globl guest_sync
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
3:	save_x4_to_x17
	str	x18, [sp, #8 * 18]
	mov	x0, sp
	mrs	x1, esr_el2
	bl	guest_call
	tbnz	w0, #0, give_back
	.globl return_caller_saved
return_caller_saved:
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
	.globl not_fast
not_fast:
	mrs	x0, esr_el2

/* x0 = ESR_EL2; x0..x3 are in the frame */
	.globl save_all
save_all:
	save_x4_to_x17
	save_x18_and_up
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
	operand_table 1f
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

	.globl guest_fiq
guest_fiq:
	stp	x0, x1, [sp, #-FRAME_SIZE]!
	adr	x1, guest_fiq_c
	b	1f
	.globl guest_serror
guest_serror:
	stp	x0, x1, [sp, #-FRAME_SIZE]!
	adr	x1, guest_serror_c
1:	stp	x2, x3, [sp, #8 * 2]
	save_caller_saved
	blr	x1
	b	return_caller_saved
