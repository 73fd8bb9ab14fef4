// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Every encoding of a system register and of a system instruction there is,
 * known or not: op0 = 2 and 3 by MRS and MSR, op0 = 1 by SYSL and SYS. (Those of
 * op0 = 0 are hints, barriers and PSTATE: nothing that a hypervisor sees but WFI
 * and WFE.)
 */
#include "fuzz.h"

#define MRS 0xd5200000
#define MSR 0xd5000000
#define MOV(d, m) (0xaa0003e0 | (m) << 16 | (d))

#define X0 0
#define X1 1
#define POINTER 19
#define FIRST 20
#define SECOND 21

#define ENCODINGS 0x4000u /* of one op0 */
#define BATCH 512

#define OP(op0, op1, crn, crm, op2) \
	((uint32_t)(op0) << 19 | (op1) << 16 | (crn) << 12 | (crm) << 8 | (op2) << 5)

/* Without these as they are not even the exception of the next one can be taken */
static const uint32_t vital[] = {
	OP(3, 0, 1, 0, 0), /* SCTLR_EL1 */
	OP(3, 0, 1, 0, 3), /* SCTLR2_EL1 */
	OP(3, 0, 2, 0, 0), /* TTBR0_EL1 */
	OP(3, 0, 2, 0, 2), /* TCR_EL1 */
	OP(3, 0, 2, 0, 3), /* TCR2_EL1 */
	OP(3, 0, 4, 2, 0), /* SPSel */
	OP(3, 0, 10, 2, 0), /* MAIR_EL1 */
	OP(3, 0, 10, 2, 3), /* PIR_EL1 */
	OP(3, 0, 12, 0, 0), /* VBAR_EL1 */
	OP(3, 0, 13, 0, 4), /* TPIDR_EL1: this_cpu() */
	OP(3, 3, 4, 2, 1), /* DAIF: interrupts stay masked */
};

static bool is_vital(uint32_t op)
{
	for (unsigned int i = 0; i < sizeof(vital) / sizeof(vital[0]); i++) {
		if (vital[i] == op)
			return true;
	}
	return false;
}

static uint8_t scratch[4096] __attribute__((aligned(4096)));

static void emit_read(uint32_t op)
{
	code_emit(MRS | op | X0);
}

/* What it holds is written back; where it cannot be read, a random number is. */
static void emit_write_back(uint32_t op)
{
	code_emit(MOV(X0, FIRST));
	code_emit(MRS | op | X0);
	code_emit(MSR | op | X0);
}

/* Any number, and then what was there */
static void emit_write(uint32_t op)
{
	if (is_vital(op))
		return;
	code_emit(MOV(X0, FIRST));
	code_emit(MRS | op | X0);
	code_emit(MSR | op | FIRST);
	code_emit(MSR | op | SECOND);
	code_emit(MSR | op | X0);
}

/* The operand is an address of the guest's own: some of them zero or discard. */
static void emit_instruction(uint32_t op)
{
	code_emit(MSR | op | POINTER);
}

static void sweep(const char *what, unsigned int op0, void (*emit)(uint32_t op))
{
	uint64_t before = fuzz_counts.undefined;

	for (uint32_t first = 0; first < ENCODINGS; first += BATCH) {
		code_begin();
		for (uint32_t i = first; i < first + BATCH; i++)
			emit((uint32_t)op0 << 19 | i << 5);
		code_run(scratch, fuzz_random(), fuzz_random());
	}
	printf("fault: %s, op0 %u: %u encodings, undefined %lu times\n", what, op0, ENCODINGS,
	       fuzz_counts.undefined - before);
}

void mode_fuzz_sysregs(const uint64_t args[3])
{
	fuzz_begin(args[0]);
	for (unsigned int op0 = 2; op0 <= 3; op0++) {
		sweep("read", op0, emit_read);
		sweep("write back", op0, emit_write_back);
		sweep("write anything", op0, emit_write);
	}
	sweep("system instruction with result", 1, emit_read);
	sweep("system instruction", 1, emit_instruction);
	fuzz_end(FAULT_FUZZ_SYSREGS);
}
