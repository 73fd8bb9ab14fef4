/* SPDX-License-Identifier: GPL-2.0-only */
/* A cell that several CPUs do something to: what tests of races have in common. */
#ifndef TEST_CORE_RACES_H
#define TEST_CORE_RACES_H

#include "explore.h"
#include "reach.h"

/* The cell that is raced for, and the frames in use before there was one */
extern u64 race_cell;
extern u64 race_frames;

/* What posted jobs answered; CANARY: never came to it */
#define CANARY 0x7777
extern int race_result[CL_MAX_CPUS];
extern u64 race_call[CL_MAX_CPUS][7];

/* A hypercall for a CPU, and its x0 afterwards */
void post_call(u32 cpu, u64 fn, u64 x1, u64 x2);
s64 called(u32 cpu);

/* CPU_ON of CPU 4 */
void job_on_4(void *arg);

/* CPUs 3, 4 and 5, little memory: the machine is built for each order */
void small_config(struct test_config *c);
void setup_cell(bool running, u32 cpus_on);

/* A state says it all: no CPU of a cell that has ended runs, nothing is pending */
void check_cell_ended(void);
void check_life_goes_on(void);
void check_on_shutdown(void);
/* On its first CPU, from its entry */
void check_reset(void);

void assert_explored(const struct race *race, const char *what, u32 at_least);

#define RACE(setup, check) (&(struct race){ setup, check, 1, 3000 })
/* Those with few points */
#define SMALL_RACE(setup, check) (&(struct race){ setup, check, 3, 3000 })

#endif
