/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What every area of the conformance guest uses. A check prints one line that depends
 * on nothing but what is checked: runs in a cell and on a bare machine are compared
 * line by line (tests/system/test_conformance.py).
 */
#ifndef CONFORMANCE_CHECK_H
#define CONFORMANCE_CHECK_H

#include "../lib/guest.h"

/* "what: ok", or "what: WRONG" */
void check(bool ok, const char *what);

/* "what: ok 0x1", or "what: WRONG 0x2, not 0x1" */
void check_equal(uint64_t got, uint64_t expected, const char *what);

/* "what: 0x1": right or wrong is not to be said, but it shall be the same everywhere */
void show(uint64_t value, const char *what);

/**
 * struct conformance - what main.c found out
 * @spi: the first of NR_SPIS that are the guest's, in one word of the distributor
 * @nr_spis: for check_storm(): how many there are
 * @conduit: how PSCI is to be called
 * @nr_cpus: CPUs of the guest
 * @mpidr: their affinities, the boot CPU's first
 */
#define NR_SPIS 8
struct conformance {
	uint32_t spi;
	uint32_t nr_spis;
	uint32_t conduit;
	uint32_t nr_cpus;
	uint64_t mpidr[GUEST_MAX_CPUS];
};
extern struct conformance conformance;

/* Runs a function on CPU @index, which is on, and waits for its end */
void run_on(uint32_t index, void (*function)(void *arg), void *arg);

/* All CPUs on, or all but this one off */
void start_cpus(void);
void stop_cpus(void);

/* The areas, in the order of their bits in x0 */
void check_distributor(void);
void check_private(void);
void check_delivery(void);
void check_smp(void);
void check_psci(void);
void check_state(void);
void check_aborts(void);
void check_forms(void);
void check_storm(void);

#endif
