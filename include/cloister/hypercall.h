/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Hypercalls: SMCCC 1.1 (Arm DEN0028), `hvc #0`, function ID in x0 (w0),
 * arguments in x1..x6, results in x0..x3; x4..x17 are preserved. They are
 * "fast calls" of the vendor specific hypervisor service, SMC64 convention.
 *
 * x0 = 0 or a positive result, or a negative errno (CL_E*). For management
 * calls that fail, x1 holds the rule (enum cl_rule), x2 and x3 its two values.
 * An unknown function returns -1 (SMCCC NOT_SUPPORTED).
 */
#ifndef CLOISTER_HYPERCALL_H
#define CLOISTER_HYPERCALL_H

#include <cloister/config.h>

#define CL_ABI_VERSION 1

#define CL_SMCCC_VENDOR_HYP64 0xc6000000
#define CL_SMCCC_VENDOR_HYP32 0x86000000

/* Standard: UID of the hypervisor in w0..w3, see CL_UID_* */
#define CL_HC_UID 0x8600ff01
#define CL_UID_0 0x6f6c4321 /* 4 words that name Cloister */
#define CL_UID_1 0x4a69e157
#define CL_UID_2 0x9c04d5b2
#define CL_UID_3 0x72657473
#define CL_HC_REVISION 0x8600ff03 /* x0: major, x1: minor */

#define CL_HC(n) (CL_SMCCC_VENDOR_HYP64 + (n))

/* For every cell */
#define CL_HC_NULL CL_HC(0) /* returns 0 */
#define CL_HC_INFO CL_HC(1) /* x0 ABI version, x1 own cell ID, x2 own CPU number */
#define CL_HC_CONSOLE_PUTC CL_HC(2) /* x1 = character; 0 */
#define CL_HC_CONSOLE_WRITE CL_HC(3) /* x1..x5 = 40 characters, little-endian; x6 = count 1..40 */

/* For root only; others get NOT_SUPPORTED */
#define CL_HC_DISABLE CL_HC(0x10) /* by every CPU at once, see hypervisor boot protocol */
#define CL_HC_CELL_CREATE CL_HC(0x11) /* x1 = physical address, x2 = size of the blob; x0 = ID */
#define CL_HC_CELL_SET_LOADABLE CL_HC(0x12) /* x1 = ID: maps loadable regions into root */
#define CL_HC_CELL_START CL_HC(0x13) /* x1 = ID */
#define CL_HC_CELL_SHUTDOWN \
	CL_HC(0x14) /* x1 = ID, x2 = CL_SHUTDOWN_*; -CL_EINPROGRESS until done */
#define CL_HC_CELL_DESTROY CL_HC(0x15) /* x1 = ID; -CL_EINPROGRESS until done: call again */
#define CL_HC_CELL_STATE CL_HC(0x16) /* x1 = ID; x0 = enum cl_cell_state */
#define CL_HC_READ CL_HC(0x17) /* x1 = enum cl_read, x2 = ID, x3 = offset, x4 = PA, x5 = size */
#define CL_HC_SYSTEM_INFO CL_HC(0x18) /* x1 = enum cl_info; x0 = value */

/* CL_HC_CELL_SHUTDOWN: x2 */
#define CL_SHUTDOWN_ASK 0 /* send the request once, then tell how far it is */
#define CL_SHUTDOWN_FORCE 1 /* stop the CPUs whatever the guest says */

/**
 * enum cl_cell_state - the state of a cell
 * @CL_CELL_CREATED: has its resources, never started
 * @CL_CELL_RUNNING: runs
 * @CL_CELL_RUNNING_LOCKED: runs, and denies requests about it
 * @CL_CELL_SHUT_DOWN: stopped on request or by PSCI SYSTEM_OFF
 * @CL_CELL_FAILED: stopped by the hypervisor, see its console and log
 * @CL_CELL_DESTROYING: gives its resources back
 */
enum cl_cell_state {
	CL_CELL_CREATED = 0,
	CL_CELL_RUNNING = 1,
	CL_CELL_RUNNING_LOCKED = 2,
	CL_CELL_SHUT_DOWN = 3,
	CL_CELL_FAILED = 4,
	CL_CELL_DESTROYING = 5,
};

/**
 * enum cl_read - what CL_HC_READ copies into root's memory
 * @CL_READ_CONSOLE: console of cell x2 from stream position x3 on; x0 = bytes
 *	copied, x1 = the position of the first of them (later than x3 where the
 *	ring has moved on). ID 0: the hypervisor's own log.
 * @CL_READ_CELL: struct cl_cell_info of cell x2
 * @CL_READ_CPU_STATS: struct cl_cpu_stats of CPU x2 (number in the system config)
 *
 * The target is x5 bytes at physical address x4 in root's RAM, within one
 * 4 KiB page.
 */
enum cl_read {
	CL_READ_CONSOLE = 0,
	CL_READ_CELL = 1,
	CL_READ_CPU_STATS = 2,
};

enum cl_info {
	CL_INFO_POOL_PAGES = 0, /* frames of the hypervisor's pool */
	CL_INFO_POOL_USED = 1, /* of these in use */
	CL_INFO_CELLS = 2, /* number of cells, root included */
};

/* Why a guest entered the hypervisor: one counter each, per CPU */
#define CL_EXITS(X)                       \
	X(TOTAL, 0, "total")              \
	X(IRQ, 1, "irq")                  \
	X(HVC, 2, "hypercall")            \
	X(PSCI, 3, "psci")                \
	X(SMC, 4, "smc")                  \
	X(SYSREG, 5, "sysreg")            \
	X(SGI, 6, "sgi")                  \
	X(GICD, 7, "gicd")                \
	X(GICR, 8, "gicr")                \
	X(VIOLATION, 9, "violation")      \
	X(MAINTENANCE, 10, "maintenance") \
	X(OTHER, 11, "other")

#define CL_EXIT_ENUM(name, number, text) CL_EXIT_##name = (number),
enum cl_exit { CL_EXITS(CL_EXIT_ENUM) CL_NR_EXITS };
#undef CL_EXIT_ENUM

struct cl_cpu_stats {
	cl_u32 cpu; /* number in the system config */
	cl_u32 cell; /* ID of the cell that has it */
	cl_u64 exits[16]; /* enum cl_exit */
};

/**
 * struct cl_cell_info - a snapshot of one cell
 * @id: cell ID
 * @state: enum cl_cell_state
 * @name: from the config
 * @cpus: CPU numbers of the system config, as a bitmap
 * @fail_reason: enum cl_fail of a failed cell
 * @fail_cpu: CPU number at fault
 * @fail_esr: ESR_EL2 then
 * @fail_pc: guest PC then
 * @fail_address: IPA, where there is one
 * @violations: accesses refused so far
 * @pages: frames of the hypervisor's pool that the cell uses
 * @console_end: stream position after the last character of its console
 */
struct cl_cell_info {
	cl_u32 id;
	cl_u32 state;
	char name[CL_NAME_SIZE];
	cl_u64 cpus[CL_MAX_CPUS / 64];
	cl_u32 fail_reason;
	cl_u32 fail_cpu;
	cl_u64 fail_esr;
	cl_u64 fail_pc;
	cl_u64 fail_address;
	cl_u64 violations;
	cl_u64 pages;
	cl_u64 console_end;
};

enum cl_fail {
	CL_FAIL_NONE = 0,
	CL_FAIL_VIOLATION = 1, /* refused access, and the config says so */
	CL_FAIL_TRAP = 2, /* an exception that cannot be given to the guest */
	CL_FAIL_COMM = 3, /* it said so in its communication region */
	CL_FAIL_HYPERVISOR = 4, /* an error in the hypervisor on one of its CPUs */
	CL_FAIL_CPU_LOST = 5, /* a CPU of it did not come back */
};

/* errno values of the ABI: those of Linux */
#define CL_EPERM 1
#define CL_ENOENT 2
#define CL_EIO 5
#define CL_E2BIG 7
#define CL_EAGAIN 11
#define CL_ENOMEM 12
#define CL_EFAULT 14
#define CL_EBUSY 16
#define CL_EEXIST 17
#define CL_ENODEV 19
#define CL_EINVAL 22
#define CL_ENOSPC 28
#define CL_ERANGE 34
#define CL_ENOSYS 38
#define CL_EPROTO 71
#define CL_EOPNOTSUPP 95
#define CL_ETIMEDOUT 110
#define CL_EINPROGRESS 115

#endif
