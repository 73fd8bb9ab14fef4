/* SPDX-License-Identifier: GPL-2.0-only */
/* What all proofs use: assumptions, assertions and values that may be anything. */
#ifndef PROOF_PROVE_H
#define PROOF_PROVE_H

#include "types.h"

#define PROVE(condition, text) __CPROVER_assert(condition, text)
#define ASSUME(condition) __CPROVER_assume(condition)

/* No body: CBMC lets each call return anything */
u64 nondet_u64(void);
unsigned int nondet_uint(void);
u8 nondet_u8(void);
u16 nondet_u16(void);
bool nondet_bool(void);

#endif
