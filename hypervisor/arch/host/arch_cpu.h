/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HOST_ARCH_CPU_H
#define HOST_ARCH_CPU_H

#include <points.h>
#include <types.h>

/**
 * struct arch_cpu - the machine's part of struct cpu
 * @exits: what arch_read_exits() answers, as long as the CPU has the same owner
 * @counted_for: cpu->owners when a guest began there
 */
struct arch_cpu {
	u64 exits[16];
	u32 counted_for;
};

#endif
