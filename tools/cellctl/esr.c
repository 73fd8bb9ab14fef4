// SPDX-License-Identifier: GPL-2.0-only
/* ESR_EL2 in words, see ESR_EL2 in the Arm ARM (DDI 0487). */
#include <inttypes.h>

#include "cellctl.h"

#define FIELD(value, high, low) ((unsigned int)((value) >> (low)) & ((2u << ((high) - (low))) - 1))

enum {
	EC_WFX = 0x01,
	EC_SVC = 0x15,
	EC_HVC = 0x16,
	EC_SMC = 0x17,
	EC_SYSREG = 0x18,
	EC_INSTRUCTION_ABORT_LOWER = 0x20,
	EC_INSTRUCTION_ABORT = 0x21,
	EC_DATA_ABORT_LOWER = 0x24,
	EC_DATA_ABORT = 0x25,
	EC_BRK = 0x3c,
};

static const char *const classes[64] = {
	[0x00] = "unknown reason",
	[EC_WFX] = "trapped WFI or WFE",
	[0x03] = "trapped MCR or MRC (coproc 0b1111)",
	[0x04] = "trapped MCRR or MRRC (coproc 0b1111)",
	[0x05] = "trapped MCR or MRC (coproc 0b1110)",
	[0x06] = "trapped LDC or STC",
	[0x07] = "trapped access to SVE, SIMD or floating point",
	[0x08] = "trapped VMRS",
	[0x09] = "trapped pointer authentication",
	[0x0a] = "trapped LD64B or ST64B",
	[0x0c] = "trapped MRRC (coproc 0b1110)",
	[0x0d] = "branch target exception",
	[0x0e] = "illegal execution state",
	[0x11] = "SVC (AArch32)",
	[0x12] = "HVC (AArch32)",
	[0x13] = "SMC (AArch32)",
	[0x14] = "trapped MSRR or MRRS",
	[EC_SVC] = "SVC",
	[EC_HVC] = "HVC",
	[EC_SMC] = "SMC",
	[EC_SYSREG] = "trapped system register access",
	[0x19] = "trapped access to SVE",
	[0x1a] = "trapped ERET",
	[0x1c] = "pointer authentication failure",
	[0x1d] = "trapped access to SME",
	[EC_INSTRUCTION_ABORT_LOWER] = "instruction abort of the guest",
	[EC_INSTRUCTION_ABORT] = "instruction abort at EL2",
	[0x22] = "PC alignment fault",
	[EC_DATA_ABORT_LOWER] = "data abort of the guest",
	[EC_DATA_ABORT] = "data abort at EL2",
	[0x26] = "SP alignment fault",
	[0x27] = "memory copy or set exception",
	[0x28] = "floating point exception (AArch32)",
	[0x2c] = "floating point exception",
	[0x2d] = "guarded control stack exception",
	[0x2f] = "SError",
	[0x30] = "breakpoint of the guest",
	[0x31] = "breakpoint at EL2",
	[0x32] = "software step of the guest",
	[0x33] = "software step at EL2",
	[0x34] = "watchpoint of the guest",
	[0x35] = "watchpoint at EL2",
	[0x38] = "BKPT (AArch32)",
	[0x3a] = "vector catch (AArch32)",
	[EC_BRK] = "BRK",
};

/* DFSC and IFSC, ISS[5:0] */
static void print_fault(FILE *f, unsigned int code)
{
	static const char *const by_level[] = {
		"address size fault",
		"translation fault",
		"access flag fault",
		"permission fault",
	};

	if (code < 0x10) {
		fprintf(f, "%s at level %u", by_level[code / 4], code % 4);
		return;
	}
	switch (code) {
	case 0x10:
		fputs("synchronous external abort", f);
		break;
	case 0x11:
		fputs("synchronous tag check fault", f);
		break;
	case 0x13:
		fputs("synchronous external abort on a table walk at level -1", f);
		break;
	case 0x14 ... 0x17:
		fprintf(f, "synchronous external abort on a table walk at level %u", code % 4);
		break;
	case 0x18:
		fputs("parity or ECC error", f);
		break;
	case 0x1b:
		fputs("parity or ECC error on a table walk at level -1", f);
		break;
	case 0x1c ... 0x1f:
		fprintf(f, "parity or ECC error on a table walk at level %u", code % 4);
		break;
	case 0x21:
		fputs("alignment fault", f);
		break;
	case 0x29:
		fputs("address size fault at level -1", f);
		break;
	case 0x2b:
		fputs("translation fault at level -1", f);
		break;
	case 0x30:
		fputs("TLB conflict", f);
		break;
	case 0x31:
		fputs("unsupported atomic hardware update", f);
		break;
	case 0x34:
		fputs("implementation defined fault (lockdown)", f);
		break;
	case 0x35:
		fputs("implementation defined fault (unsupported exclusive or atomic)", f);
		break;
	default:
		fprintf(f, "fault status 0x%02x", code);
	}
}

static void print_data_abort(FILE *f, uint64_t esr)
{
	bool write = FIELD(esr, 6, 6);

	fputs(": ", f);
	if (FIELD(esr, 8, 8)) {
		fputs("cache maintenance", f);
	} else if (FIELD(esr, 24, 24)) {
		unsigned int size = 1u << FIELD(esr, 23, 22);

		fprintf(f, "%s of %u byte%s %s ", write ? "write" : "read", size,
			size > 1 ? "s" : "", write ? "from" : "to");
		if (FIELD(esr, 20, 16) == 31)
			fputs(FIELD(esr, 15, 15) ? "xzr" : "wzr", f);
		else
			fprintf(f, "%c%u", FIELD(esr, 15, 15) ? 'x' : 'w', FIELD(esr, 20, 16));
	} else {
		fprintf(f, "%s (no syndrome)", write ? "write" : "read");
	}
	fputs(", ", f);
	print_fault(f, FIELD(esr, 5, 0));
	if (FIELD(esr, 7, 7))
		fputs(", on a stage 1 table walk", f);
	if (FIELD(esr, 9, 9))
		fputs(", external", f);
}

static void print_instruction_abort(FILE *f, uint64_t esr)
{
	fputs(": ", f);
	print_fault(f, FIELD(esr, 5, 0));
	if (FIELD(esr, 7, 7))
		fputs(", on a stage 1 table walk", f);
	if (FIELD(esr, 9, 9))
		fputs(", external", f);
}

/* As the assembler writes a register without a name */
static void print_sysreg(FILE *f, uint64_t esr)
{
	bool read = FIELD(esr, 0, 0);

	fprintf(f, ": %s S%u_%u_C%u_C%u_%u, x%u", read ? "read" : "write", FIELD(esr, 21, 20),
		FIELD(esr, 16, 14), FIELD(esr, 13, 10), FIELD(esr, 4, 1), FIELD(esr, 19, 17),
		FIELD(esr, 9, 5));
}

/**
 * print_esr() - an exception syndrome in words
 * @f: where it goes
 * @esr: ESR_EL2
 */
void print_esr(FILE *f, uint64_t esr)
{
	static const char *const wfx[] = { "WFI", "WFE", "WFIT", "WFET" };
	unsigned int ec = FIELD(esr, 31, 26);

	if (!classes[ec]) {
		fprintf(f, "exception class 0x%02x", ec);
		return;
	}
	fputs(classes[ec], f);
	switch (ec) {
	case EC_WFX:
		fprintf(f, ": %s", wfx[FIELD(esr, 1, 0)]);
		break;
	case EC_SVC:
	case EC_HVC:
	case EC_SMC:
	case EC_BRK:
		fprintf(f, " #0x%x", FIELD(esr, 15, 0));
		break;
	case EC_SYSREG:
		print_sysreg(f, esr);
		break;
	case EC_INSTRUCTION_ABORT_LOWER:
	case EC_INSTRUCTION_ABORT:
		print_instruction_abort(f, esr);
		break;
	case EC_DATA_ABORT_LOWER:
	case EC_DATA_ABORT:
		print_data_abort(f, esr);
		break;
	}
}
