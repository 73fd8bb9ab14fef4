// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * What EL1 is told of an abort that a hypervisor made up: from each exception level,
 * stack pointer and instruction set. The MMU is off meanwhile, so that EL0 reaches all
 * that stage 2 lets it, and nothing is in memory that a cache does not know.
 */
#include "fault.h"

#define PSTATE_DAIF 0x3c0
#define PSTATE_AARCH32 0x10
#define PSTATE_T32 0x20
#define PSTATE_A32_AIF 0x1c0
#define PSTATE_EL0 0
#define PSTATE_EL1T 4
#define PSTATE_EL1H 5

struct seen {
	uint64_t esr, far, elr, spsr, vector;
};

/* Enters @code with @pstate, x0 = @address, and returns with the exception that it got */
void abort_try(struct seen *seen, uint64_t pstate, uint64_t code, uint64_t address);

extern char abort_load[], abort_store[], abort_pair[], abort_back[];
extern char abort_a32_load[], abort_t16_load[], abort_t16_store[];

/* The first exception ends the attempt; code that goes on makes one by SVC. */
asm(".pushsection .text\n"
    "	.balign 2048\n"
    "abort_vectors:\n"
    "	.irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15\n"
    "	.balign 128\n"
    "	mov	x15, #\\n\n"
    "	b	abort_taken\n"
    "	.endr\n"
    "	.balign 128\n"
    "	.globl	abort_try\n"
    "abort_try:\n"
    "	stp	x29, x30, [sp, #-48]!\n"
    "	stp	x19, x20, [sp, #16]\n"
    "	stp	x21, x22, [sp, #32]\n"
    "	mov	x19, x0\n"
    "	mrs	x20, vbar_el1\n"
    "	mrs	x21, sctlr_el1\n"
    "	mrs	x22, sp_el0\n"
    "	adr	x4, abort_vectors\n"
    "	bic	x5, x21, #1\n"
    "	msr	vbar_el1, x4\n"
    "	msr	elr_el1, x2\n"
    "	msr	spsr_el1, x1\n"
    "	mov	x0, x3\n"
    "	mov	x1, #0\n"
    "	dsb	sy\n"
    "	msr	sctlr_el1, x5\n"
    "	isb\n"
    "	eret\n"
    "abort_taken:\n"
    "	msr	sctlr_el1, x21\n"
    "	msr	vbar_el1, x20\n"
    "	msr	sp_el0, x22\n"
    "	isb\n"
    "	mrs	x9, esr_el1\n"
    "	mrs	x10, far_el1\n"
    "	mrs	x11, elr_el1\n"
    "	mrs	x12, spsr_el1\n"
    "	stp	x9, x10, [x19]\n"
    "	stp	x11, x12, [x19, #16]\n"
    "	str	x15, [x19, #32]\n"
    "	ldp	x19, x20, [sp, #16]\n"
    "	ldp	x21, x22, [sp, #32]\n"
    "	ldp	x29, x30, [sp], #48\n"
    "	ret\n"
    "abort_load:	ldr	w1, [x0]\n"
    "	svc	#0\n"
    "abort_store:	str	w1, [x0]\n"
    "	svc	#0\n"
    "abort_pair:	ldp	x1, x2, [x0]\n"
    "	svc	#0\n"
    "abort_back:	str	x1, [x0], #8\n"
    "	svc	#0\n"
    "abort_a32_load:	.inst	0xe5901000\n" /* ldr r1, [r0] */
    "	.inst	0xef000000\n" /* svc #0 */
    "abort_t16_load:	.short	0x6801, 0xdf00\n" /* the same, each of 16 bits */
    "abort_t16_store:	.short	0x6001, 0xdf00\n"
    ".popsection");

static void attempt(const char *what, uint64_t pstate, const void *code, uint64_t address)
{
	uint64_t entry = code ? (uintptr_t)code : address;
	uint64_t flags = irq_save();
	struct seen seen;

	abort_try(&seen, pstate, entry, address);
	irq_restore(flags);
	printf("fault: %s: vector %lu, esr 0x%lx, far +0x%lx, elr +0x%lx, spsr %s\n", what,
	       seen.vector, seen.esr, seen.far - address, seen.elr - entry,
	       seen.spsr == pstate ? "kept" : "CHANGED");
}

void mode_aborts(const uint64_t args[3])
{
	uint64_t address = args[0] ? args[0] : FAULT_UNMAPPED;
	uint64_t a32 = PSTATE_AARCH32 | PSTATE_A32_AIF;

	attempt("load at EL1h", PSTATE_DAIF | PSTATE_EL1H, abort_load, address);
	attempt("load at EL1t", PSTATE_DAIF | PSTATE_EL1T, abort_load, address);
	attempt("load at EL0", PSTATE_DAIF | PSTATE_EL0, abort_load, address);
	attempt("store at EL1h", PSTATE_DAIF | PSTATE_EL1H, abort_store, address);
	attempt("store at EL0", PSTATE_DAIF | PSTATE_EL0, abort_store, address);
	attempt("pair at EL0", PSTATE_DAIF | PSTATE_EL0, abort_pair, address);
	attempt("write-back at EL1h", PSTATE_DAIF | PSTATE_EL1H, abort_back, address);
	attempt("fetch at EL1h", PSTATE_DAIF | PSTATE_EL1H, NULL, address);
	attempt("fetch at EL0", PSTATE_DAIF | PSTATE_EL0, NULL, address);
	if ((read_sysreg(id_aa64pfr0_el1) & 15) != 2)
		return;
	attempt("load of A32", a32, abort_a32_load, address);
	attempt("load of T16", a32 | PSTATE_T32, abort_t16_load, address);
	attempt("store of T16", a32 | PSTATE_T32, abort_t16_store, address);
}
