/* SPDX-License-Identifier: GPL-2.0-only */
/* Everything that a request which fails must leave as it was. */
#ifndef TEST_CORE_SNAPSHOT_H
#define TEST_CORE_SNAPSHOT_H

#include "reach.h"

struct snapshot {
	struct reach root;
	u64 pool_used;
	struct cell *cell[CL_MAX_CELLS];
	u32 cell_state[CL_MAX_CELLS];
	struct cell *owner[CL_MAX_CPUS];
	u32 cpu_state[CL_MAX_CPUS];
	u32 request[CL_MAX_CPUS];
	u32 spis[NR_SPI_WORDS];
	u64 spi_events;
};

void snapshot_take(struct snapshot *s);
void assert_unchanged(const struct snapshot *s);

#endif
