/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* What the modes that try everything, or anything, have in common. */
#ifndef FUZZ_H
#define FUZZ_H

#include "fault.h"

/* Instructions that are made at run time */
#define CODE_WORDS 4096

/**
 * struct fuzz_count - exceptions since fuzz_begin()
 * @undefined: of undefined instructions, which is what most attempts are
 * @data_abort: of accesses that were refused
 * @other: of any other kind; none should come
 * @esr: of the first of these
 * @elr: of the first of these
 */
struct fuzz_count {
	uint64_t undefined;
	uint64_t data_abort;
	uint64_t other;
	uint64_t esr;
	uint64_t elr;
};

/**
 * fuzz_begin() - from here on exceptions are counted, and instructions that cause
 * them skipped; interrupts are masked
 * @seed: of fuzz_random(); 0: any. It is printed.
 */
void fuzz_begin(uint64_t seed);

/** fuzz_random() - the next number, all 64 bits of it random */
uint64_t fuzz_random(void);

/** fuzz_counts() - exceptions so far; may be written */
extern struct fuzz_count fuzz_counts;

/** fuzz_report_other() - say so if something came that should not */
void fuzz_report_other(void);

/**
 * fuzz_end() - end of the mode: serves shutdown requests with no interrupt, since
 * whatever was tried may have disabled those of the guest itself
 * @mode: its number
 */
void fuzz_end(uint64_t mode) __attribute__((noreturn));

/** code_begin() - an empty piece of code */
void code_begin(void);

/** code_emit() - one more instruction, at most CODE_WORDS - 1 */
void code_emit(uint32_t instruction);

/**
 * code_run() - run it
 * @x19: pointer for its use
 * @x20: value for its use
 * @x21: value for its use
 *
 * The code may change x0..x18 and the memory that it is given.
 */
void code_run(void *x19, uint64_t x20, uint64_t x21);

#endif
