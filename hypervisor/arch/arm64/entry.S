/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * In and out: from Linux's stub, which branches here at EL2 with the MMU off,
 * to C in EL2's own address space, and back.
 *
 * The first page of the image is mapped twice: at its link address and where
 * it physically is. The MMU is switched there, so that the next instruction is
 * the same one under both translations.
 */
#include <asm_offsets.h>
#include <layout.h>
#include <sysreg.h>

	.section .head, "ax"
	.globl image_header
image_header:
	b	boot_entry
	.long	1			/* abi_version: checked against CL_ABI_VERSION in boot.c */
	.ascii	"CLOISTHV"
	.quad	__file_size
	.quad	__mem_size
	.quad	PERCPU_PAGES * 4096
	.quad	0x60000			/* min_pool: shared tables and the pool's own minimum */
	.quad	__params_offset
	.quad	__log_offset
	.quad	LOG_SIZE
	.ascii	VERSION_STRING
	.balign	64, 0
	.zero	64

	.section .idmap.text, "ax"
/*
 * x0 = enum cl_boot_command, x1 = CPU number. Interrupts are masked. ELR_EL2 and
 * SPSR_EL2 hold the kernel's return state: the stub comes here by a branch.
 * x4..x18 are free, x19..x30 are the kernel's.
 */
boot_entry:
	cbnz	x0, 1f
	/* CL_BOOT_INIT: build the tables, in C with the MMU off, on a stack of its own */
	adrp	x4, boot_stack_top
	add	x4, x4, :lo12:boot_stack_top
	mov	sp, x4
	adrp	x4, __stack_chk_guard
	mrs	x5, cntpct_el0
	eor	x5, x5, x5, lsl #29
	str	x5, [x4, :lo12:__stack_chk_guard]
	stp	x29, x30, [sp, #-32]!
	stp	x0, x1, [sp, #16]
	bl	early_init
	mov	x4, x0
	ldp	x0, x1, [sp, #16]
	ldp	x29, x30, [sp], #32
	cbz	x4, 1f
	mov	x0, x4
	adrp	x4, early_error
	add	x4, x4, :lo12:early_error
	ldr	x1, [x4]
	ldp	x2, x3, [x4, #8]
	eret

1:	adrp	x4, boot_info
	add	x4, x4, :lo12:boot_info
	mrs	x5, sctlr_el2
	mrs	x6, vbar_el2
	mrs	x7, ttbr0_el2
	mrs	x8, tcr_el2
	mrs	x9, mair_el2
	mrs	x10, tpidr_el2
	mrs	x11, elr_el2
	mrs	x12, spsr_el2
	ldp	x13, x14, [x4, #0]	/* TTBR0_EL2 with the identity page, TCR_EL2 */
	ldp	x15, x16, [x4, #16]	/* MAIR_EL2, SCTLR_EL2 */
	msr	ttbr0_el2, x13
	msr	tcr_el2, x14
	msr	mair_el2, x15
	add	x4, x4, x1, lsl #3
	ldr	x13, [x4, #40]		/* this CPU's own TTBR0_EL2 */
	ldr	x14, =boot_virtual
	isb
	/* Nothing of a former user of EL2 may remain in the TLB; the image was
	 * written as data: its instructions must come from memory.
	 */
	tlbi	alle2
	ic	iallu
	dsb	nsh
	isb
	msr	sctlr_el2, x16
	isb
	br	x14
	.ltorg

/*
 * The last steps out, at the identity address: x5..x12 as above, x0..x3 are the
 * results, x17 != 0 turns the CPU off instead (x0 = PSCI CPU_OFF).
 */
leave_identity:
	msr	sctlr_el2, x5
	isb
	msr	vbar_el2, x6
	msr	ttbr0_el2, x7
	msr	tcr_el2, x8
	msr	mair_el2, x9
	msr	tpidr_el2, x10
	msr	elr_el2, x11
	msr	spsr_el2, x12
	tlbi	alle2
	dsb	nsh
	isb
	cbnz	x17, 1f
	eret
1:	smc	#0
	wfe
	b	1b

	.text
boot_virtual:
	msr	ttbr0_el2, x13
	isb
	tlbi	alle2			/* the identity page is gone */
	dsb	nsh
	adr	x14, el2_vectors
	msr	vbar_el2, x14
	isb
	mov	x14, #VA_PRIVATE
	add	sp, x14, #VA_STACK_TOP - VA_PRIVATE
	stp	x5, x6, [x14, #PRIV_BOOT + BOOT_SCTLR]
	stp	x7, x8, [x14, #PRIV_BOOT + BOOT_TTBR0]
	stp	x9, x10, [x14, #PRIV_BOOT + BOOT_MAIR]
	stp	x11, x12, [x14, #PRIV_BOOT + BOOT_ELR]
	sub	sp, sp, #FRAME_SIZE
	stp	x19, x20, [sp, #8 * 19]
	stp	x21, x22, [sp, #8 * 21]
	stp	x23, x24, [sp, #8 * 23]
	stp	x25, x26, [sp, #8 * 25]
	stp	x27, x28, [sp, #8 * 27]
	stp	x29, x30, [sp, #8 * 29]
	mov	x2, sp
	bl	boot_command
	b	frame_return

/*
 * void leave_el2(struct frame *frame, u64 power_off): gives EL2 back, with x0..x3
 * and x19..x30 from the frame.
 */
	.globl leave_el2
leave_el2:
	mov	sp, x0
	mov	x17, x1
	ldp	x19, x20, [sp, #8 * 19]
	ldp	x21, x22, [sp, #8 * 21]
	ldp	x23, x24, [sp, #8 * 23]
	ldp	x25, x26, [sp, #8 * 25]
	ldp	x27, x28, [sp, #8 * 27]
	ldp	x29, x30, [sp, #8 * 29]
	ldp	x0, x1, [sp]
	ldp	x2, x3, [sp, #16]
	mov	x14, #VA_PRIVATE
	ldp	x5, x6, [x14, #PRIV_BOOT + BOOT_SCTLR]
	ldp	x7, x8, [x14, #PRIV_BOOT + BOOT_TTBR0]
	ldp	x9, x10, [x14, #PRIV_BOOT + BOOT_MAIR]
	ldp	x11, x12, [x14, #PRIV_BOOT + BOOT_ELR]
	adrp	x4, boot_info
	add	x4, x4, :lo12:boot_info
	ldr	x13, [x4, #0]
	ldr	x14, [x4, #32]		/* physical minus link address */
	ldr	x15, =leave_identity
	add	x15, x15, x14
	msr	ttbr0_el2, x13
	isb
	tlbi	alle2
	dsb	nsh
	isb
	br	x15
	.ltorg

/* void run_on_fresh_stack(void (*f)(void)): what was on the stack is forgotten */
	.globl run_on_fresh_stack
run_on_fresh_stack:
	mov	x1, #VA_PRIVATE
	add	sp, x1, #VA_STACK_TOP - VA_PRIVATE
	mov	x29, #0
	mov	x30, #0
	br	x0

	.section .bss
	.balign 16
boot_stack:
	.zero	4096
boot_stack_top:
