/* SPDX-License-Identifier: GPL-2.0-only */
/* One access from one place, and the exception that it leads to: abort.S. */
#ifndef CONFORMANCE_ABORT_H
#define CONFORMANCE_ABORT_H

#ifndef __ASSEMBLER__
#include <stdint.h>

/* The offsets are abort.S's. @elr: from the instruction; of a fetch from its address */
struct abort_state {
	uint64_t vector;
	uint64_t esr;
	uint64_t far;
	uint64_t elr;
	uint64_t spsr;
	uint64_t daif;
	uint64_t spsel;
	uint64_t sctlr; /* as it was there */
};

enum abort_place {
	FROM_EL1H, /* with stage 1 */
	FROM_EL1T,
	FROM_EL1H_FLAT, /* without */
	FROM_EL0_FLAT,
};

enum abort_form { ABORT_LOAD, ABORT_STORE, ABORT_LOAD_BYTE, ABORT_STORE_PAIR, ABORT_FETCH };

/* An address that nobody has mapped, neither here nor below */
void abort_probe(enum abort_place place, enum abort_form form, uint64_t address,
		 struct abort_state *state);
#endif

#endif
