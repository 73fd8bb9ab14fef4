/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * From the first instruction to C. The image runs at any address that is a
 * multiple of 4 KiB, all of it within one block of 2 MiB.
 *
 * As little as possible is written with the MMU off: such writes go past the
 * caches, where older lines of the same memory may still be. Only the first
 * two translation tables have to be; all else waits until caches are on.
 */
#include "start.h"

	.section .text.start, "ax"
	.globl	_start
_start:
	b	boot

boot:
	msr	daifset, #0xf
	mov	x20, x0
	mov	x21, x1
	mov	x22, x2
	mov	x23, x3
	mrs	x24, CurrentEL
	lsr	x24, x24, #2
	bl	drop_to_el1
	bl	first_tables
	bl	mmu_on
	adrp	x0, guest_stacks
	add	x0, x0, #STACK_BYTES
	mov	sp, x0

	/* .bss; the linker script aligns both ends to 16 */
	adrp	x0, guest_bss
	add	x0, x0, :lo12:guest_bss
	adrp	x1, guest_bss_end
	add	x1, x1, :lo12:guest_bss_end
1:	cmp	x0, x1
	b.hs	2f
	stp	xzr, xzr, [x0], #16
	b	1b
2:
	bl	guest_restore_data
	bl	relocate

	stp	x20, x21, [sp, #-32]!
	stp	x22, x23, [sp, #16]
	mov	x0, sp
	mov	x1, x24
	mov	x29, xzr
	mov	x30, xzr
	b	guest_start

/* A CPU that PSCI CPU_ON started; x0 is its index. */
	.globl	guest_secondary_entry
guest_secondary_entry:
	msr	daifset, #0xf
	mov	x20, x0
	bl	drop_to_el1
	bl	mmu_on
	adrp	x0, guest_stacks
	add	x1, x20, #1
	mov	x2, #STACK_BYTES
	madd	x0, x1, x2, x0
	mov	sp, x0
	mov	x0, x20
	mov	x29, xzr
	mov	x30, xzr
	b	guest_secondary_start

/*
 * Alone on a machine with virtualization=on the entry is at EL2: leave it to
 * itself, with nothing trapped, and go on at EL1. HVC is disabled, as there is
 * nobody to answer it. Clobbers x9, x10.
 */
drop_to_el1:
	mrs	x9, CurrentEL
	cmp	x9, #(2 << 2)
	b.ne	3f
	mov	x9, #HCR_RW
	orr	x9, x9, #HCR_HCD
	msr	hcr_el2, x9
	isb
	mrs	x9, midr_el1
	msr	vpidr_el2, x9
	mrs	x9, mpidr_el1
	msr	vmpidr_el2, x9
	msr	vttbr_el2, xzr
	msr	hstr_el2, xzr
	msr	cntvoff_el2, xzr
	mov	x9, #CNTHCTL_EL1_ALL
	msr	cnthctl_el2, x9
	mov	x9, #CPTR_NO_TRAPS
	msr	cptr_el2, x9
	mrs	x9, id_aa64pfr0_el1
	ubfx	x9, x9, #ID_PFR0_GIC, #4
	cbz	x9, 1f
	mrs	x9, icc_sre_el2
	orr	x9, x9, #ICC_SRE_SRE
	orr	x9, x9, #ICC_SRE_ENABLE
	msr	icc_sre_el2, x9
	isb
	msr	ich_hcr_el2, xzr
1:	/* All event counters are EL1's: MDCR_EL2.HPMN = PMCR_EL0.N */
	mrs	x9, id_aa64dfr0_el1
	ubfx	x9, x9, #ID_DFR0_PMUVER, #4
	cbz	x9, 2f
	cmp	x9, #0xf
	b.eq	2f
	mrs	x9, pmcr_el0
	ubfx	x9, x9, #PMCR_N, #5
	msr	mdcr_el2, x9
2:	ldr	x9, =SCTLR_RES1
	msr	sctlr_el1, x9
	mov	x9, #SPSR_EL1H_MASKED
	msr	spsr_el2, x9
	msr	elr_el2, x30
	eret
3:	ret

/*
 * Maps the 2 MiB that the image is in. Lines of the tables that are in the
 * caches from before are dropped twice: before, lest an eviction overwrites
 * what is written here, and after, lest the walker sees what was fetched
 * meanwhile. Clobbers x9..x15.
 */
first_tables:
	adrp	x9, guest_l1
	add	x10, x9, #(2 * 4096)	/* the first of guest_l2 follows */
	mrs	x11, ctr_el0
	ubfx	x11, x11, #CTR_DMINLINE, #4
	mov	x12, #4
	lsl	x11, x12, x11		/* bytes of a cache line */

	mov	x12, x9
1:	dc	ivac, x12
	add	x12, x12, x11
	cmp	x12, x10
	b.lo	1b
	dsb	sy

	mov	x12, x9
2:	stp	xzr, xzr, [x12], #16
	cmp	x12, x10
	b.lo	2b

	adrp	x12, _start
	lsr	x13, x12, #30
	adrp	x14, guest_l2
	orr	x15, x14, #TABLE_DESCRIPTOR
	str	x15, [x9, x13, lsl #3]
	lsr	x12, x12, #21
	and	x13, x12, #511
	lsl	x12, x12, #21
	ldr	x15, =NORMAL_BLOCK
	orr	x12, x12, x15
	str	x12, [x14, x13, lsl #3]
	dmb	sy

	mov	x12, x9
3:	dc	ivac, x12
	add	x12, x12, x11
	cmp	x12, x10
	b.lo	3b
	dsb	sy
	ret

/* MMU and caches on, with whatever was cached before forgotten. Clobbers x9, x10. */
mmu_on:
	adrp	x9, guest_l1
	msr	ttbr0_el1, x9
	ldr	x9, =MAIR_VALUE
	msr	mair_el1, x9
	ldr	x9, =TCR_VALUE
	mrs	x10, id_aa64mmfr0_el1
	and	x10, x10, #0xf
	cmp	x10, #5			/* 48 bits, as far as these tables go */
	b.ls	1f
	mov	x10, #5
1:	orr	x9, x9, x10, lsl #TCR_IPS
	msr	tcr_el1, x9
	ic	iallu
	tlbi	vmalle1
	dsb	nsh
	isb
	ldr	x9, =SCTLR_ON
	msr	sctlr_el1, x9
	isb
	ret

/*
 * The image is linked at 0. Each word that holds an address is written anew
 * from the addend in the table, so doing it once more does no harm.
 * Clobbers x9..x15.
 */
relocate:
	adrp	x9, guest_rela
	add	x9, x9, :lo12:guest_rela
	adrp	x10, guest_rela_end
	add	x10, x10, :lo12:guest_rela_end
	adrp	x11, _start		/* where the image is, less 0 */
1:	cmp	x9, x10
	b.hs	2f
	ldp	x12, x13, [x9]		/* offset, type */
	ldr	x14, [x9, #16]		/* addend */
	add	x9, x9, #24
	cmp	w13, #R_AARCH64_RELATIVE
	b.ne	1b			/* the Makefile refuses all other types */
	add	x14, x14, x11
	str	x14, [x11, x12]
	b	1b
2:	ret

	.ltorg
