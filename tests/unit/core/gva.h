/* SPDX-License-Identifier: GPL-2.0-only */
/* A guest with tables of its own, and root that asks where they lead. */
#ifndef TEST_CORE_GVA_H
#define TEST_CORE_GVA_H

#include "fixture.h"

#define TARGET (LINUX_RAM + 3 * MiB)

/* Cell 1 of the fixture: CPU 3 runs, CPU 4 is off; its tables, in its RAM */
#define CPU 3
#define L1 0x10000ull
#define L2 0x11000ull
#define L3 0x12000ull
#define TABLE_ENTRY 3ull
#define PAGE_ENTRY (BIT(10) | 3) /* AF */
#define BLOCK_ENTRY (BIT(10) | 1)
#define READ_ONLY BIT(7)
#define FOR_EL0 BIT(6)
#define ATTR(n) ((u64)(n) << 2)
/* 39 bits, 4 KiB, IPS 40 bits; the upper half is disabled */
#define TCR_39 (25 | BIT(23) | 2ull << 32)
#define MAIR 0x00bb44ff04ull

/* Of make_tables(): a page, at IPA 0x5000, and a block of 2 MiB, at IPA 0 */
#define PAGE_VA 0x40201000ull
#define BLOCK_VA 0x40400000ull

extern struct test_config gva_config;
extern u64 gva_cell;

u64 *ram(u64 ipa);
struct s1_registers *regs(u32 cpu);
void set_entry(u64 table, u64 index, u64 value);
void make_tables(void);
int gva_setup(void **state);

/* One call; @again as x6 of it */
struct answer ask(u64 cpu, u64 gva, u64 again);

/* As often as it takes until the CPU has told its registers; it must succeed */
const struct cl_gva *gva_of(u64 cpu, u64 gva);

#endif
