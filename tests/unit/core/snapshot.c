// SPDX-License-Identifier: GPL-2.0-only
#include "snapshot.h"

void snapshot_take(struct snapshot *s)
{
	memset(s, 0, sizeof(*s));
	reach_read(cells[ROOT_CELL_ID], &s->root);
	s->pool_used = pool_used(&frame_pool);
	for (u32 i = 0; i < CL_MAX_CELLS; i++) {
		s->cell[i] = cells[i];
		s->cell_state[i] = cells[i] ? cell_state(cells[i]) : 0;
	}
	for (u32 i = 0; i < nr_cpus; i++) {
		s->owner[i] = cpus[i].cell;
		s->cpu_state[i] = cpu_state(&cpus[i]);
		s->request[i] = cpus[i].request;
	}
	memcpy(s->spis, cells[ROOT_CELL_ID]->spis, sizeof(s->spis));
	s->spi_events = host.count[HOST_SPI];
}

void assert_unchanged(const struct snapshot *s)
{
	static struct snapshot now;

	snapshot_take(&now);
	assert_same_reach(&now.root, &s->root);
	assert_int_equal(now.pool_used, s->pool_used);
	assert_memory_equal(now.cell, s->cell, sizeof(now.cell));
	assert_memory_equal(now.cell_state, s->cell_state, sizeof(now.cell_state));
	assert_memory_equal(now.owner, s->owner, sizeof(now.owner));
	assert_memory_equal(now.cpu_state, s->cpu_state, sizeof(now.cpu_state));
	assert_memory_equal(now.request, s->request, sizeof(now.request));
	assert_memory_equal(now.spis, s->spis, sizeof(now.spis));
	assert_int_equal(now.spi_events, s->spi_events);
	check_machine();
}
