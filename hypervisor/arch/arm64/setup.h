/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ARM64_SETUP_H
#define ARM64_SETUP_H

#include <cloister/config.h>
#include <cloister/image.h>
#include <config/error.h>
#include <mm/s2_features.h>
#include <types.h>

/* EL2 stage 1 descriptors, Arm ARM D8.3; AttrIndx by MAIR_VALUE */
#define S1_TABLE 3ull
/* AF, and AP[1], which is RES1 where there is one exception level */
#define S1_BLOCK (1ull | BIT(10) | BIT(6))
#define S1_PAGE (3ull | BIT(10) | BIT(6))
#define S1_DEVICE (0ull << 2)
#define S1_NORMAL (1ull << 2 | 3ull << 8) /* inner shareable */
#define S1_RO BIT(7)
#define S1_XN BIT(54)

/* Attr0 Device-nGnRE, Attr1 Normal write-back read- and write-allocate */
#define MAIR_VALUE 0xff04ull

/* TCR_EL2 with E2H = 0 */
#define TCR_RES1 (BIT(31) | BIT(23))
#define TCR_WB_INNER_SHAREABLE (1ull << 8 | 1ull << 10 | 3ull << 12)

/* SCTLR_EL2: RES1 bits, M, C, SA, I, WXN */
#define SCTLR_VALUE (0x30c50830ull | BIT(0) | BIT(2) | BIT(3) | BIT(12) | BIT(19))

/**
 * struct memory_map - where things lie in hypervisor_memory (physical addresses)
 * @va_bits: width of EL2's own addresses: wide enough for the identity page
 * @percpu_start: first CPU's area
 * @percpu_size: of each: private page, stack, tables
 * @roots: roots of the CPUs' tables
 * @root_size: of each
 * @identity: tables for switching the MMU
 * @pool_start: first frame of the pool
 * @pool_end: behind the last
 */
struct memory_map {
	u64 va_bits;
	u64 percpu_start;
	u64 percpu_size;
	u64 roots;
	u64 root_size;
	u64 identity;
	u64 pool_start;
	u64 pool_end;
};

/* The first five fields and @ttbr are known to entry.S by their offsets */
#define IDENTITY_PAGES 6
#define MIN_POOL (64 * PAGE_SIZE)

struct boot_info {
	u64 identity_ttbr;
	u64 tcr;
	u64 mair;
	u64 sctlr;
	u64 phys_offset;
	u64 ttbr[CL_MAX_CPUS];
	struct memory_map map;
};

extern struct boot_info boot_info;
extern struct cl_boot_params boot_params;
extern u64 device_l3[512];
/* What all CPUs can do at stage 2; complete after CL_BOOT_PREPARE */
extern struct s2_features stage2_features;

s64 early_init(void);

/* Maps one page of device registers at @va within VA_DEVICES */
void map_device_page(u64 va, u64 pa);

/* Reads device registers that may not exist; false if that ends in an abort */
bool probe_read32(const void *va, u32 *value);

/* Leaves EL2; see entry.S */
struct frame;
void leave_el2(struct frame *frame, u64 power_off) __attribute__((noreturn));
void run_on_fresh_stack(void (*f)(void)) __attribute__((noreturn));
void guest_enter(const struct frame *frame) __attribute__((noreturn));
void forward_smc(u64 *x);
/* One load or store of @size bytes, which may end in an abort: then false */
bool try_access(void *va, u64 *value, u64 size, bool write);
void zero_fp(void);
void zero_sve(void);

#endif
