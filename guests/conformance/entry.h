/* SPDX-License-Identifier: GPL-2.0-only */
/* A CPU's state as it is when it begins, taken by the first instructions of entry.S. */
#ifndef CONFORMANCE_ENTRY_H
#define CONFORMANCE_ENTRY_H

#ifndef __ASSEMBLER__
#include <stdbool.h>
#include <stdint.h>

/* The offsets are entry.S's */
struct entry_state {
	uint64_t x0;
	uint64_t others; /* x1 to x30, ored */
	uint64_t el;
	uint64_t daif;
	uint64_t spsel;
	uint64_t sctlr;
	uint64_t cpacr;
	uint64_t cntv_ctl;
	uint64_t cntp_ctl;
	uint64_t cntkctl;
	uint64_t mdscr;
	uint64_t tcr;
	uint64_t done;
	uint64_t release;
};
extern struct entry_state entry_state;

/* Where PSCI CPU_ON may begin; the CPU goes off when it is released */
void entry_probe(void);
void entry_prepare(void);
bool entry_is_done(void);
void entry_release(void);

/* SMC (0) or HVC (1) with x0..x30 from @before; what they are afterwards */
void call_with_registers(uint32_t conduit, const uint64_t before[32], uint64_t after[32]);
#endif

#endif
