/* SPDX-License-Identifier: GPL-2.0-only */
/* Interrupts of the machine that a guest gets: by a list register, without any C. */
#include <asm_offsets.h>
#include <frame.inc>
#include <gicv2_regs.h>
#include <layout.h>
#include <sysreg.h>

	.text
/*
 * A private or shared peripheral interrupt becomes pending in the first free
 * list register, linked to the physical one (HW = 1): the guest's end of
 * interrupt deactivates both, without coming here. The running priority is the
 * interrupt's own while it is the last one acknowledged, which saves a read of
 * the distributor.
 */
	.globl guest_irq
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
	.globl guest_irq_gicv2_entry
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
2:	save_caller_saved
	bl	guest_irq_gicv2
	b	return_caller_saved

/* x0 = what IAR1 said. SGIs, the kick, LPIs, or no free list register. */
irq_in_c:
	save_caller_saved
	bl	guest_irq_slow
	b	return_caller_saved
