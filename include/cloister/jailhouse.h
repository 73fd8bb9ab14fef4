/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Jailhouse's hypercalls, for its guests: HVC with an immediate of its own, the code in
 * x0, arguments in x1 and x2, the result in x0.
 */
#ifndef CLOISTER_JAILHOUSE_H
#define CLOISTER_JAILHOUSE_H

#define JH_HVC_IMMEDIATE 0x4a48

enum jh_call {
	JH_DISABLE = 0,
	JH_CELL_CREATE = 1,
	JH_CELL_START = 2,
	JH_CELL_SET_LOADABLE = 3,
	JH_CELL_DESTROY = 4,
	JH_HYPERVISOR_GET_INFO = 5, /* x1: enum jh_info */
	JH_CELL_GET_STATE = 6,
	JH_CPU_GET_INFO = 7, /* x1: CPU; x2: JH_CPU_STATE, or JH_CPU_STATISTICS + n */
	JH_DEBUG_CONSOLE_PUTC = 8, /* x1: character */
};

enum jh_info {
	JH_INFO_POOL_SIZE = 0, /* pages */
	JH_INFO_POOL_USED = 1,
	JH_INFO_REMAP_POOL_SIZE = 2,
	JH_INFO_REMAP_POOL_USED = 3,
	JH_INFO_CELLS = 4,
};

#define JH_CPU_STATE 0
#define JH_CPU_STATISTICS 1000

enum jh_cpu_state { JH_CPU_RUNNING = 0, JH_CPU_FAILED = 2 };

/* Exits since the CPU came to its cell */
enum jh_statistic {
	JH_EXITS_TOTAL = 0,
	JH_EXITS_MMIO = 1,
	JH_EXITS_MANAGEMENT = 2,
	JH_EXITS_HYPERCALL = 3,
	JH_EXITS_MAINTENANCE = 4,
	JH_EXITS_IRQ = 5,
	JH_EXITS_SGI = 6,
	JH_EXITS_PSCI = 7,
	JH_EXITS_SMC = 8,
	JH_NR_STATISTICS,
};

#endif
