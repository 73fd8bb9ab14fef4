/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One access, with vectors of its own. From EL0 and without stage 1 nothing is in
 * memory: all is kept in registers until the MMU is on again.
 */
#define SCTLR_M 1
#define SPSR_EL0_MASKED 0x3c0

	.text
	/* void abort_probe(place, form, address, struct abort_state *state) */
	.globl	abort_probe
abort_probe:
	stp	x29, x30, [sp, #-96]!
	stp	x19, x20, [sp, #16]
	stp	x21, x22, [sp, #32]
	stp	x23, x24, [sp, #48]
	stp	x25, x26, [sp, #64]
	stp	x27, x28, [sp, #80]
	mov	x19, x0
	mov	x20, x2
	mov	x21, x3
	adr	x22, forms
	add	x22, x22, x1, lsl #3
	mov	x28, x22
	cmp	x1, #4
	csel	x28, x20, x28, eq		/* a fetch is of the address itself */
	mrs	x23, vbar_el1
	mrs	x24, sctlr_el1
	adr	x9, abort_vectors
	msr	vbar_el1, x9
	isb
	cmp	x19, #2
	b.lo	1f
	and	x9, x24, #~SCTLR_M
	msr	sctlr_el1, x9
	isb
1:	cmp	x19, #1
	b.ne	2f
	msr	spsel, #0
2:	cmp	x19, #3
	b.ne	3f
	msr	elr_el1, x22
	mov	x9, #SPSR_EL0_MASKED
	msr	spsr_el1, x9
	cmp	x9, x9				/* NZCV: 0110 */
	mrs	x10, nzcv
	orr	x9, x9, x10
	msr	spsr_el1, x9
	eret
3:	cmp	x9, x9
	br	x22

forms:
	ldr	w9, [x20]
	svc	#0
	str	w9, [x20]
	svc	#0
	ldrb	w9, [x20]
	svc	#0
	stp	w9, w10, [x20]
	svc	#0
	br	x20
	svc	#0

	.balign	2048
abort_vectors:
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	.balign	128
	mov	x25, #\n
	b	taken
	.endr

	.balign	128
taken:
	mrs	x26, daif
	mrs	x27, spsel
	msr	spsel, #1
	mrs	x19, sctlr_el1
	msr	sctlr_el1, x24
	isb
	msr	vbar_el1, x23
	isb
	mrs	x9, esr_el1
	mrs	x10, far_el1
	mrs	x11, elr_el1
	mrs	x12, spsr_el1
	sub	x11, x11, x28
	stp	x25, x9, [x21]
	stp	x10, x11, [x21, #16]
	stp	x12, x26, [x21, #32]
	stp	x27, x19, [x21, #48]
	ldp	x19, x20, [sp, #16]
	ldp	x21, x22, [sp, #32]
	ldp	x23, x24, [sp, #48]
	ldp	x25, x26, [sp, #64]
	ldp	x27, x28, [sp, #80]
	ldp	x29, x30, [sp], #96
	ret
