/* SPDX-License-Identifier: GPL-2.0-only */
/* What C cannot say: functions that it calls. */
#include <asm_offsets.h>
#include <layout.h>

	.text
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
