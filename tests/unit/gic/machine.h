/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Two cells and root on the model: CPUs that load and store, and what nobody may
 * ever do by that.
 */
#ifndef TEST_GIC_MACHINE_H
#define TEST_GIC_MACHINE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <cell.h>
#include <fast.h>
#include <gicv3.h>

#include "model.h"

#define MAINTENANCE 25
#define MAX_INTID 287 /* of the distributor that machine_start() has */

/* Cell 0 is root: CPUs 0 and 1; cell 1: 2 and 3; cell 2: 4 and 5 */
#define NR_CELLS 3
#define FIRST_CPU(cell) ((cell)*2)
#define CELL_OF(cpu) ((cpu) / 2)

/* The machine that most tests have; @change may be NULL */
void machine_start(const struct gic_kind *change);
int machine_setup(void **state);
#define TEST(name) cmocka_unit_test_setup(name, machine_setup)

/* The same with a GICv2, after the take-over; @on_cpu makes another CPU the one that runs */
void machine_start_gicv2(void);
void machine_start_gicv2_of(u32 iidr);
void on_cpu(u32 cpu);

/* Which SPIs a cell has, as the configs say: not what the hypervisor keeps */
bool owns(u32 cell, u32 intid);
u32 owned_bits(u32 cell, u32 word);

/* Where guests see registers */
#define GICD(offset) (GICD_PA + (offset))
#define GICR(cpu, offset) (GICR_PA + (cpu)*model_stride() + (offset))
#define SGI(cpu, offset) GICR(cpu, GICR_SGI + (offset))

/* What traps, as the CPU tells it: a load or store of x0 by a 64-bit instruction */
u64 syndrome(u32 size, bool write);
struct fast_result trap(u32 cpu, u64 ipa, u64 esr, u64 value);

/* One access each; false: not an access that the device takes */
bool try_load(u32 cpu, u64 ipa, u32 size, u64 *value);
bool try_store(u32 cpu, u64 ipa, u32 size, u64 value);

/* Those that must be taken */
u64 load(u32 cpu, u64 ipa, u32 size);
void store(u32 cpu, u64 ipa, u32 size, u64 value);

/**
 * trespass() - is there a change that the cell may not have caused?
 * @before: the devices as they were
 * @cell: who has stored something since then
 *
 * Return: what is wrong with it, or NULL.
 */
const char *trespass(const struct gic_model *before, u32 cell);

/* Everything that is not the cell's becomes its opposite, which no load may show */
void invert_foreign(u32 cell);

/* Fills all state with something, different for each seed */
void scribble(u64 seed);

/* The same for the same state, which is not 0 */
extern u64 random_state;
u64 random_word(void);

/* System registers by the name that the code has for them; sgi_log: ICC_SGI1R_EL1 */
extern u64 sgi_log[64];
extern u32 nr_sgis;
/* How often a CPU was asked for what is on its way to its guest */
extern u32 nr_requests;
extern u64 (*translate_va)(u64 va);
/* Those that follow from others, and what follows from a write */
extern u64 (*sysreg_computed)(const char *name, u64 value);
extern void (*sysreg_written)(const char *name, u64 value);

#endif
