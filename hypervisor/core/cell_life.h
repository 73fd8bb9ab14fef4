/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the parts of a cell's life share: cell_create.c makes and frees it, cell_manage.c
 * does what root asks of it, cell_self.c what its own CPUs do to it.
 */
#ifndef CORE_CELL_LIFE_H
#define CORE_CELL_LIFE_H

#include <cell.h>

#define for_each_cpu_of(cpu, cell)                                                                \
	for (u32 i_ = 0; i_ < (cell)->config.nr_cpus && ((cpu) = &cpus[(cell)->config.cpus[i_]]); \
	     i_++)

/* The first CPU in the config starts the cell */
static inline struct cpu *first_cpu(const struct cell *cell)
{
	return &cpus[cell->config.cpus[0]];
}

static inline void set_state(struct cell *cell, u32 state)
{
	__atomic_store_n(&cell->state, state, __ATOMIC_SEQ_CST);
}

/* Has root asked the guest to end, and it has not denied that? */
static inline bool is_asked(const struct cell *cell)
{
	return __atomic_load_n(&cell->asked, __ATOMIC_SEQ_CST);
}

static inline void set_asked(struct cell *cell, bool asked)
{
	__atomic_store_n(&cell->asked, asked, __ATOMIC_SEQ_CST);
}

/*
 * What the guest wrote in its communication region. It can change at any time
 * and hold anything: each word is read once.
 */
static inline u32 guest_word(const u32 *word)
{
	return READ_ONCE(*word);
}

/* Asks every CPU of the cell for CPU_REQ_* */
void cell_request_all(const struct cell *cell, u32 bits);

/**
 * cell_leave_running() - end the life of a cell
 * @cell: the cell
 * @state: of a cell that does not run
 *
 * The state changes from running to @state once, whoever comes first: a
 * request of root, a failure, or the guest itself.
 *
 * Return: true if this was the first.
 */
bool cell_leave_running(struct cell *cell, u32 state);

/*
 * All but its RAM as a guest finds it that begins, at a start and at a reset. No CPU of
 * the cell is in the guest.
 */
void cell_prepare_life(struct cell *cell);

/* Frees the cell itself and its devices, but not its tables */
void cell_free(struct cell *cell);

#endif
