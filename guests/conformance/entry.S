/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A CPU that PSCI CPU_ON started notes what it finds. Its caches are off: whoever
 * reads invalidates the lines before (see state.c). It waits for its release and goes
 * off by the conduit that the guest uses.
 */
	.text
	.globl	entry_probe
entry_probe:
	orr	x1, x1, x2
	.irp	n, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30
	orr	x1, x1, x\n
	.endr
	adrp	x2, entry_state
	add	x2, x2, :lo12:entry_state
	stp	x0, x1, [x2]
	mrs	x3, CurrentEL
	mrs	x4, daif
	stp	x3, x4, [x2, #16]
	mrs	x3, spsel
	mrs	x4, sctlr_el1
	stp	x3, x4, [x2, #32]
	mrs	x3, cpacr_el1
	mrs	x4, cntv_ctl_el0
	stp	x3, x4, [x2, #48]
	mrs	x3, cntp_ctl_el0
	mrs	x4, cntkctl_el1
	stp	x3, x4, [x2, #64]
	mrs	x3, mdscr_el1
	mrs	x4, tcr_el1
	stp	x3, x4, [x2, #80]
	dsb	sy
	mov	x3, #1
	str	x3, [x2, #96]
	dsb	sy
1:	yield
	ldr	x3, [x2, #104]
	cbz	x3, 1b
	ldr	x0, =0x84000002
	cmp	x3, #1
	b.eq	2f
	hvc	#0
	b	.
2:	smc	#0
	b	.
	.ltorg

/* void call_with_registers(uint32_t conduit, const uint64_t before[32], uint64_t after[32]) */
	.globl	call_with_registers
call_with_registers:
	stp	x29, x30, [sp, #-112]!
	stp	x19, x20, [sp, #16]
	stp	x21, x22, [sp, #32]
	stp	x23, x24, [sp, #48]
	stp	x25, x26, [sp, #64]
	stp	x27, x28, [sp, #80]
	str	x2, [sp, #96]
	msr	tpidr_el0, x0
	mov	x30, x1
	ldp	x0, x1, [x30]
	.irp	n, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26
	ldr	x\n, [x30, #8 * \n]
	.endr
	.irp	n, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 28, 29
	ldr	x\n, [x30, #8 * \n]
	.endr
	ldr	x30, [x30, #8 * 30]
	/* Flags say which; no register is free */
	msr	tpidrro_el0, x0
	mrs	x0, tpidr_el0
	cmp	x0, #0
	mrs	x0, tpidrro_el0
	b.eq	1f
	hvc	#0
	b	2f
1:	smc	#0
2:	msr	tpidr_el0, x30
	ldr	x30, [sp, #96]
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29
	str	x\n, [x30, #8 * \n]
	.endr
	mrs	x0, tpidr_el0
	str	x0, [x30, #8 * 30]
	ldp	x19, x20, [sp, #16]
	ldp	x21, x22, [sp, #32]
	ldp	x23, x24, [sp, #48]
	ldp	x25, x26, [sp, #64]
	ldp	x27, x28, [sp, #80]
	ldp	x29, x30, [sp], #112
	ret
