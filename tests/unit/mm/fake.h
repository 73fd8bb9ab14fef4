/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A machine for the page-table tests: frames that can run out, a log of every
 * maintenance operation, and a table walker of its own that knows nothing of
 * the engine, only the architecture.
 */
#ifndef TEST_MM_FAKE_H
#define TEST_MM_FAKE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <cloister/config.h>
#include <cloister/hypercall.h>

#include "mm/pool.h"
#include "mm/pt.h"
#include "mm/pt_arm64_s2.h"
#include "mm/pt_formats.h"

#define FAKE_BASE 0x9000000000ull
#define FAKE_PAGES 4096

#define KiB 1024ull
#define MiB (1024 * KiB)
#define GiB (1024 * MiB)

#define RW (PT_READ | PT_WRITE)
#define RX (PT_READ | PT_EXEC)
#define RWX (PT_READ | PT_WRITE | PT_EXEC)

enum event_kind { EV_CLEAN, EV_BARRIER, EV_RANGE, EV_ALL, EV_ALLOC, EV_FREE };

struct event {
	enum event_kind kind;
	u64 a;
	u64 size;
	unsigned int level;
};

/**
 * struct fake - the machine
 * @mem: the frames
 * @pool: who has them
 * @fail_at: the allocation, counted from 1, that fails; 0: none
 * @allocs: allocations so far
 * @log: what was done, @nr events
 * @total: number of maintenance operations of each kind, not limited by @log
 * @barriers: number of barriers so far
 * @cleaned: for each cache line, the barrier before which it was cleaned last
 * @watch: called before each maintenance operation
 */
struct fake {
	void *mem;
	struct frame_pool pool;
	unsigned int fail_at;
	unsigned int allocs;
	struct event log[512];
	unsigned int nr;
	unsigned int total[6];
	u64 barriers;
	u64 cleaned[FAKE_PAGES * PAGE_SIZE / 64];
	void (*watch)(struct fake *fake, enum event_kind kind);
	struct pt *pt;
};

extern struct fake fake;
extern const struct mm_ops fake_ops;

int fake_setup(void **state);
int fake_teardown(void **state);
void fake_forget(void);
struct pt_config fake_config(unsigned int ipa_bits, unsigned int pa_bits);
void fake_new(struct pt *pt, unsigned int ipa_bits);
u64 fake_checksum(void);

/**
 * struct hw_result - what a walk by the book finds
 * @fault: nothing is mapped
 * @level: where the walk ended
 * @pa: output address
 * @size: what a TLB may hold by one entry: the leaf, or the 16 of a group
 * @perms: PT_*
 * @type: enum pt_type
 * @desc: the last descriptor
 * @reads: descriptors read
 * @table: the tables they stood in
 */
struct hw_result {
	bool fault;
	int level;
	u64 pa;
	u64 size;
	u8 perms;
	u8 type;
	u64 desc;
	unsigned int reads;
	u64 table[4];
};

/* AArch64 stage 2, from VTCR_EL2 and VTTBR_EL2 */
struct hw_result hw_walk(u64 vtcr, u64 vttbr, u64 ipa);
/* x86-64 EPT; @unused, and the address of the PML4 table */
struct hw_result hw_walk_ept(u64 unused, u64 root, u64 gpa);
/* RISC-V, from hgatp.MODE (8: Sv39x4, 9: Sv48x4) and the address of the root */
struct hw_result hw_walk_riscv(u64 mode, u64 root, u64 gpa);

#define TEST(name) cmocka_unit_test_setup_teardown(name, fake_setup, fake_teardown)

static inline struct pt_attr attr(unsigned int perms, enum pt_type type)
{
	return (struct pt_attr){ .perms = (u8)perms, .type = (u8)type };
}

#endif
