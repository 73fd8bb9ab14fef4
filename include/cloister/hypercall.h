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
#define CL_HC_DISABLE CL_HC(0x10) /* x1 = CL_DISABLE_*; see hypervisor boot protocol */
#define CL_HC_CELL_CREATE CL_HC(0x11) /* x1 = physical address, x2 = size of the blob; x0 = ID */
#define CL_HC_CELL_SET_LOADABLE CL_HC(0x12) /* x1 = ID: maps loadable regions into root */
#define CL_HC_CELL_START CL_HC(0x13) /* x1 = ID */
#define CL_HC_CELL_SHUTDOWN \
	CL_HC(0x14) /* x1 = ID, x2 = CL_SHUTDOWN_*; -CL_EINPROGRESS until done */
/*
 * x1 = ID, x2 = CL_SHUTDOWN_FORCE over a lock, CL_DESTROY_ABANDON also without CPUs that do
 * not come; -CL_EINPROGRESS until done: call again
 */
#define CL_HC_CELL_DESTROY CL_HC(0x15)
#define CL_HC_CELL_STATE CL_HC(0x16) /* x1 = ID; x0 = enum cl_cell_state */
#define CL_HC_READ CL_HC(0x17) /* x1 = enum cl_read, x2 = ID, x3 = offset, x4 = PA, x5 = size */
#define CL_HC_SYSTEM_INFO CL_HC(0x18) /* x1 = enum cl_info; x0 = value */
/*
 * x1 = ID of a cell with CL_CONSOLE_SBSA_UART, x2 = PA, x3 = size in one 4 KiB page, or 0;
 * x0 = bytes that there was room for, which may be 0
 */
#define CL_HC_CONSOLE_INPUT CL_HC(0x19)

/* CL_HC_DISABLE: x1 */
#define CL_DISABLE_ASK 0 /* would CL_DISABLE_LEAVE be refused? */
#define CL_DISABLE_LEAVE 1 /* by every CPU at once */
#define CL_DISABLE_HOLD 2 /* before: take no interrupts; -CL_EAGAIN while some are on their way */
#define CL_DISABLE_GO_ON 3 /* the reverse of CL_DISABLE_HOLD */

/* CL_HC_CELL_SHUTDOWN: x2 */
/*
 * Send the request once, or press the power button until the guest has looked at it; then
 * tell how far it is
 */
#define CL_SHUTDOWN_ASK 0
#define CL_SHUTDOWN_FORCE 1 /* stop the CPUs whatever the guest says */
#define CL_SHUTDOWN_RELEASE 2 /* the next CL_SHUTDOWN_ASK presses the power button anew */

/*
 * CL_HC_CELL_DESTROY: x2. Memory, interrupts and other CPUs go back to root now; of the cell
 * remains the CPU that did not come, in state quarantined. Then -CL_ETIMEDOUT with the rule
 * CELL_CPU_LOST, until it comes and the cell can be destroyed.
 */
#define CL_DESTROY_ABANDON 2

/**
 * enum cl_cell_state - the state of a cell
 * @CL_CELL_CREATED: has its resources, never started
 * @CL_CELL_RUNNING: runs
 * @CL_CELL_RUNNING_LOCKED: runs, and denies requests about it
 * @CL_CELL_SHUT_DOWN: stopped on request or by PSCI SYSTEM_OFF
 * @CL_CELL_FAILED: stopped by the hypervisor, see its console and log
 * @CL_CELL_DESTROYING: gives its resources back
 * @CL_CELL_QUARANTINED: has given them back, all but a CPU that did not come
 * @CL_CELL_RESET: stopped until root starts it anew, for CL_CELL_RELOAD
 */
enum cl_cell_state {
	CL_CELL_CREATED = 0,
	CL_CELL_RUNNING = 1,
	CL_CELL_RUNNING_LOCKED = 2,
	CL_CELL_SHUT_DOWN = 3,
	CL_CELL_FAILED = 4,
	CL_CELL_DESTROYING = 5,
	CL_CELL_QUARANTINED = 6,
	CL_CELL_RESET = 7,
};

/**
 * enum cl_read - what CL_HC_READ copies into root's memory
 * @CL_READ_CONSOLE: console of cell x2 from stream position x3 on; x0 = bytes
 *	copied, x1 = the position of the first of them (later than x3 where the
 *	ring has moved on). ID 0: the hypervisor's own log.
 * @CL_READ_CELL: struct cl_cell_info of cell x2
 * @CL_READ_CPU_STATS: struct cl_cpu_stats of CPU x2 (number in the system config)
 * @CL_READ_TRANSLATION: struct cl_translation of address x3 in cell x2
 * @CL_READ_TABLES: struct cl_tables of cell x2
 * @CL_READ_AUDIT: struct cl_audit of all cells
 * @CL_READ_FAULTS: struct cl_faults of cell x2
 * @CL_READ_GVA: struct cl_gva of address x3 on CPU x2 (as in CL_READ_CPU_STATS).
 *	x6 = 0 asks the CPU for its registers, which takes a moment: -CL_EINPROGRESS
 *	then; call again with x6 = 1 until the answer is another
 *
 * The target is x5 bytes at physical address x4 in root's RAM, within one
 * 4 KiB page.
 */
enum cl_read {
	CL_READ_CONSOLE = 0,
	CL_READ_CELL = 1,
	CL_READ_CPU_STATS = 2,
	CL_READ_TRANSLATION = 3,
	CL_READ_TABLES = 4,
	CL_READ_AUDIT = 5,
	CL_READ_FAULTS = 6,
	CL_READ_GVA = 7,
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
	X(OTHER, 11, "other")             \
	X(WFI, 12, "wfi")                 \
	X(DEVICE, 13, "device")           \
	X(PAGE, 14, "page")

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
 * @fail_reason: enum cl_fail of a failed cell, or of the last failure that restarted it
 * @fail_cpu: CPU number at fault
 * @fail_esr: ESR_EL2 then
 * @fail_pc: guest PC then
 * @fail_address: IPA, where there is one
 * @violations: accesses refused so far
 * @pages: frames of the hypervisor's pool that the cell uses
 * @console_end: stream position after the last character of its console
 * @irq_mode: enum cl_irq_mode
 * @last_smc: function of the last refused call of the firmware
 * @smcs_refused: such calls since the start
 * @restarts: times that a failure was answered by a restart since then
 * @panicked: 1: on its CL_CONSOLE_SBSA_UART it has said so: see CL_FAIL_PANIC
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
	cl_u32 irq_mode;
	cl_u32 last_smc;
	cl_u64 smcs_refused;
	cl_u32 restarts;
	cl_u32 panicked;
};

/* What Linux prints first when it panics, whatever its log level; then comes why */
#define CL_PANIC_WORDS "Kernel panic - not syncing"

enum cl_fail {
	CL_FAIL_NONE = 0,
	CL_FAIL_VIOLATION = 1, /* refused access, and the config says so */
	CL_FAIL_TRAP = 2, /* an exception that cannot be given to the guest */
	CL_FAIL_COMM = 3, /* it said so in its communication region */
	CL_FAIL_HYPERVISOR = 4, /* an error in the hypervisor on one of its CPUs */
	CL_FAIL_CPU_LOST = 5, /* a CPU of it did not come back */
	CL_FAIL_PANIC = 6, /* a reset or the end after CL_PANIC_WORDS on its UART */
};

/* struct cl_translation: perms */
#define CL_PERM_READ 1u
#define CL_PERM_WRITE 2u
#define CL_PERM_EXECUTE 4u

enum cl_memory_type { CL_TYPE_NORMAL = 0, CL_TYPE_NONCACHEABLE = 1, CL_TYPE_DEVICE = 2 };

/**
 * struct cl_translation - where an address of a cell leads
 * @cell: the cell
 * @mapped: 0: nowhere, and only @region and what follows may be valid
 * @ipa: the address
 * @pa: where it leads
 * @leaf_size: bytes that its table entry maps
 * @limit: bytes from @ipa on, within its region, that are mapped, physically
 *	contiguous and alike, as far as 4096 table entries tell
 * @perms: CL_PERM_*
 * @type: enum cl_memory_type
 * @level: of the leaf, 1..3
 * @region: index into the config's mem_regions, ~0: none
 * @region_start: its virt_start
 * @region_size: its size
 * @region_flags: its flags, CL_MEM_*
 */
struct cl_translation {
	cl_u32 cell;
	cl_u32 mapped;
	cl_u64 ipa;
	cl_u64 pa;
	cl_u64 leaf_size;
	cl_u64 limit;
	cl_u32 perms;
	cl_u32 type;
	cl_u32 level;
	cl_u32 region;
	cl_u64 region_start;
	cl_u64 region_size;
	cl_u64 region_flags;
};

/* Where the way of a guest's virtual address ends */
enum cl_gva_status {
	CL_GVA_MAPPED = 0, /* it is mapped by both stages */
	CL_GVA_NO_ENTRY = 1, /* stage 1 has nothing at @level; @reads 0: no table for it */
	CL_GVA_ADDRESS_SIZE = 2, /* stage 1 leads to an address that is too long */
	CL_GVA_ACCESS_FLAG = 3, /* the access flag of stage 1's leaf is clear */
	CL_GVA_UNKNOWN = 4, /* the registers ask for what the hypervisor does not know */
	CL_GVA_TABLE = 5, /* as @stage2 says, the table of @level cannot be read there */
	CL_GVA_STAGE2 = 6, /* stage 2 has nothing where stage 1 leads */
	CL_GVA_NO_RAM = 7, /* the table of @level is in no RAM of the system config */
};

/**
 * struct cl_gva - what a guest's virtual address is on one CPU
 * @cpu: the CPU
 * @status: enum cl_gva_status
 * @gva: the address
 * @sctlr: SCTLR_EL1 of the CPU; the MMU is off if bit 0 is clear
 * @tcr: TCR_EL1
 * @tcr2: TCR2_EL1, 0 if there is none
 * @mair: MAIR_EL1
 * @ttbr: TTBR0_EL1, TTBR1_EL1
 * @descriptor: the last entry of stage 1 that was read
 * @leaf_size: bytes that stage 1's leaf maps, 0 with the MMU off
 * @limit: bytes from @gva on, within that leaf, that are physically contiguous
 * @level: of the last table of stage 1 that was looked at, 0..3
 * @el1: CL_PERM_* that stage 1 gives to EL1, as far as tables say
 * @el0: the same for EL0
 * @attr: stage 1's memory attributes: a byte as in MAIR_EL1
 * @reads: entries read, of both stages
 * @reserved: 0
 * @stage2: where the address to which stage 1 leads is in stage 2, or that of the
 *	table at which the way ends; @stage2.cell is the cell that has the CPU
 *
 * What follows @ttbr is valid as far as the way went.
 */
struct cl_gva {
	cl_u32 cpu;
	cl_u32 status;
	cl_u64 gva;
	cl_u64 sctlr;
	cl_u64 tcr;
	cl_u64 tcr2;
	cl_u64 mair;
	cl_u64 ttbr[2];
	cl_u64 descriptor;
	cl_u64 leaf_size;
	cl_u64 limit;
	cl_u32 level;
	cl_u32 el1;
	cl_u32 el0;
	cl_u32 attr;
	cl_u32 reads;
	cl_u32 reserved;
	struct cl_translation stage2;
};

/**
 * struct cl_tables - the stage-2 tables of a cell
 * @cell: the cell
 * @ipa_bits: width of its addresses
 * @levels: of tables, from the root to 4 KiB pages
 * @regions: entries of its mem_regions
 * @pages: frames that the tables take
 * @worst_reads: memory accesses of a TLB miss at worst, that for the data not
 *	counted, for a guest with 3 and with 4 levels of its own
 * @leaves: table entries that map 512 GiB (0), 1 GiB, 2 MiB and 4 KiB (3)
 * @contiguous: of the last two kinds, those that are one of 16 alike
 * @mapped: bytes
 * @frames: of 4 KiB, from the memory pools
 */
struct cl_tables {
	cl_u32 cell;
	cl_u32 ipa_bits;
	cl_u32 levels;
	cl_u32 regions;
	cl_u64 pages;
	cl_u32 worst_reads[2];
	cl_u64 leaves[4];
	cl_u64 contiguous;
	cl_u64 mapped;
	cl_u64 frames;
};

/* What an audit finds wrong */
enum cl_audit_verdict {
	CL_AUDIT_OK = 0,
	CL_AUDIT_HYPERVISOR = 1, /* @cell reaches hypervisor memory */
	CL_AUDIT_SHARED = 2, /* @cell and @other reach the same, and nothing says so */
	CL_AUDIT_HOLE = 3, /* something of a region of @cell is not mapped */
	CL_AUDIT_EXTRA = 4, /* @cell has something mapped outside of its regions */
	CL_AUDIT_OUTPUT = 5, /* a region of @cell leads elsewhere */
	CL_AUDIT_ATTR = 6, /* a region of @cell has other permissions or another type */
	CL_AUDIT_GIC = 7, /* @cell reaches the interrupt controller */
};

#define CL_AUDIT_MAX_SHARED 32

/**
 * struct cl_audit - a walk over every live table
 * @verdict: enum cl_audit_verdict; the first thing that is wrong ends the audit
 * @cell: whose table
 * @other: the other one, for CL_AUDIT_SHARED
 * @nr_shared: entries of @shared
 * @ipa: where, or 0
 * @pa: where, or 0
 * @leaves: table entries that were looked at
 * @shared: memory that several cells reach, as their configs say
 */
struct cl_audit {
	cl_u32 verdict;
	cl_u32 cell;
	cl_u32 other;
	cl_u32 nr_shared;
	cl_u64 ipa;
	cl_u64 pa;
	cl_u64 leaves;
	struct {
		cl_u64 pa;
		cl_u64 size;
		cl_u64 cells; /* IDs, as a bitmap */
	} shared[CL_AUDIT_MAX_SHARED];
};

/* What a guest tried that stage 2 did not let it do at once */
enum cl_access { CL_ACCESS_READ = 0, CL_ACCESS_WRITE = 1, CL_ACCESS_EXECUTE = 2 };

/* What became of it */
#define CL_OUTCOMES(X)                                          \
	X(RESOLVED, 0, "resolved") /* a lazy page was mapped */ \
	X(SPURIOUS, 1, "spurious") /* it was mapped already */  \
	X(NO_REGION, 2, "no-region") /* refused */              \
	X(DENIED, 3, "not-permitted") /* refused */             \
	X(NO_MEMORY, 4, "pool-empty") /* refused */

#define CL_OUTCOME_ENUM(name, number, text) CL_OUTCOME_##name = (number),
enum cl_outcome { CL_OUTCOMES(CL_OUTCOME_ENUM) CL_NR_OUTCOMES };
#undef CL_OUTCOME_ENUM

#define CL_MAX_FAULTS 32

/**
 * struct cl_faults - the faults of a cell's guest on stage 2
 * @cell: the cell
 * @nr: entries of @last, the oldest first
 * @total: faults since the cell was created
 * @outcomes: of these, by enum cl_outcome
 * @last: the last ones
 */
struct cl_faults {
	cl_u32 cell;
	cl_u32 nr;
	cl_u64 total;
	cl_u64 outcomes[8];
	struct cl_fault {
		cl_u64 ipa;
		cl_u64 pc;
		cl_u32 cpu;
		cl_u16 access; /* enum cl_access */
		cl_u16 outcome; /* enum cl_outcome */
	} last[CL_MAX_FAULTS];
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
