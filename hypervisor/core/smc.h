/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CORE_SMC_H
#define CORE_SMC_H

#include <types.h>

struct cell;

/*
 * By owner and number: bit 30 is the convention, bit 16 tells that the caller has no SVE
 * state to be kept, and the rest is reserved (DEN0028). Firmware drops bit 16 before it
 * looks, so that a call with it must not be taken for another one.
 */
#define FUNCTION_IS_PSCI(fn) (((fn)&0xbf00ffe0) == 0x84000000)
#define FUNCTION_IS_SDEI(fn) (((fn)&0xbf00ffe0) == 0x84000020)
#define FUNCTION_IS_DRTM(fn) (((fn)&0xbf00fff0) == 0x84000110)
#define SMCCC_NO_SVE BIT(16)

/* Arm's own functions, DEN0028 and DEN0070 */
#define SMCCC_VERSION 0x80000000
#define SMCCC_1_1 0x10001
#define SMCCC_ARCH_FEATURES 0x80000001
#define SMCCC_ARCH_WORKAROUND_1 0x80008000
#define SMCCC_ARCH_WORKAROUND_2 0x80007fff
#define SMCCC_ARCH_WORKAROUND_3 0x80003fff

/**
 * smc_allowed() - may a cell make this call of the firmware?
 * @cell: not root, which has no such list
 * @function: SMCCC function ID
 * @args: x1..x4; NULL: is there any call of this function that it may make?
 */
bool smc_allowed(const struct cell *cell, u32 function, const u64 *args);

/**
 * smc_is_forwarded() - does the firmware get this call, which is not of PSCI?
 * @cell: the caller
 * @x: x0..x4
 *
 * Root's do, but for a few. A cell's do if its config allows them, and those that turn
 * on or do what protects a CPU against speculation; and so does the question whether
 * the firmware has one of these.
 */
bool smc_is_forwarded(const struct cell *cell, const u64 *x);

/* Counts, and logs while it is news, that a cell made a call which it may not */
void smc_refused(struct cell *cell, u32 function);

#endif
