/* SPDX-License-Identifier: GPL-2.0-only */
/* Waiting for interrupts at EL2, for guests in direct mode. */
#include <asm_offsets.h>
#include <layout.h>
#include <spsr.h>
#include <sysreg.h>

	.text
/*
 * WFI in direct mode, the only one where it is trapped: an event of another CPU
 * must end it, too, whatever the guest has masked. Interrupts are taken to EL2
 * for the moment: the first one that could be taken at all ends the wait, and
 * finds its way to the guest by itself, since it is still pending. (With
 * HCR_EL2.IMO = 0 it would not be EL2's, and need not wake it: Arm ARM D1.6.)
 * x0 = ESR_EL2; x0..x3 are in the frame.
 */
	.globl guest_wfi
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
	.globl el2_irq
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
