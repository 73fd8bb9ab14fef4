// SPDX-License-Identifier: GPL-2.0-only
/*
 * Random lives of several cells, with failures and guests that do as they like.
 * A model says what each request must answer; after each, check_machine() proves
 * from the descriptors in memory that nobody reaches what is not theirs.
 *
 * The seed is fixed: SEED and STEPS of the environment are for longer hunts.
 */
#include <stdio.h>

#include "alloc.h"
#include "snapshot.h"

#define NR_KINDS 6
#define STEPS 4000

static u64 seed;

static u64 pick(u64 n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (seed >> 11) % n;
}

/* What the model knows of a cell; kind: which config it has */
static struct {
	bool exists;
	u32 kind;
	u32 state;
	bool loaded;
	bool destroying;
} model[CL_MAX_CELLS];

/*
 * Six configs that get in each other's way: 0 to 2 fit beside each other, 3 has
 * the CPU of 0, 4 the memory of 1, 5 shares a page with 0 where both say so.
 */
static void config_of(struct test_config *c, u32 kind)
{
	static const u32 base[] = { 0, 1, 2, 0, 1, 2 };

	cell_config(c, base[kind]);
	c->mem[CELL_MEM_RAM].size = 2 * MiB + 3 * PAGE_SIZE;
	snprintf(c->cell.name, sizeof(c->cell.name), "kind-%u", kind);
	c->nr_spis = 1;
	c->spis[0] = 50 + kind;
	if (kind == 3 || kind == 4) {
		c->mem[CELL_MEM_RAM].phys_start = CELL_RAM(4 + kind) + 5 * PAGE_SIZE;
		c->mem[CELL_MEM_ODD].phys_start = CELL_ODD(4 + kind);
	}
	if (kind == 4) {
		c->cpus[0] = 5;
		c->nr_cpus = 1;
		c->mem[CELL_MEM_ODD].phys_start = CELL_ODD(1) + 2 * PAGE_SIZE;
		c->mem[CELL_MEM_ODD].size = 2 * PAGE_SIZE;
	}
	if (kind == 5) {
		c->cpus[0] = 4;
		c->mem[CELL_MEM_RAM].phys_start = CELL_RAM(10);
		c->mem[CELL_MEM_ODD].phys_start = CELL_ODD(10);
		c->mem[CELL_MEM_COMM] = (struct cl_mem_region){
			{ CELL_ODD(9) }, 0x20000000, PAGE_SIZE, CL_MEM_READ | CL_MEM_ROOTSHARED
		};
		c->cell.flags = CL_CELL_PASSIVE;
	}
	if (kind == 0)
		c->mem[c->nr_mem++] =
			(struct cl_mem_region){ { CELL_ODD(9) },
						0x20000000,
						PAGE_SIZE,
						CL_MEM_READ | CL_MEM_WRITE | CL_MEM_ROOTSHARED };
}

static bool regions_clash(const struct cl_mem_region *a, const struct cl_mem_region *b)
{
	if ((a->flags | b->flags) & (CL_MEM_COMM | CL_MEM_ALLOC) ||
	    (a->flags & b->flags & CL_MEM_ROOTSHARED))
		return false;
	return ranges_overlap(a->phys_start, a->size, b->phys_start, b->size);
}

/* Do two configs have a CPU, a name or memory in common that they may not? */
static bool clash(u32 kind_a, u32 kind_b)
{
	static struct test_config a, b;

	config_of(&a, kind_a);
	config_of(&b, kind_b);
	if (kind_a == kind_b)
		return true;
	for (u32 i = 0; i < a.nr_cpus; i++) {
		for (u32 j = 0; j < b.nr_cpus; j++) {
			if (a.cpus[i] == b.cpus[j])
				return true;
		}
	}
	for (u32 i = 0; i < a.nr_mem; i++) {
		for (u32 j = 0; j < b.nr_mem; j++) {
			if (regions_clash(&a.mem[i], &b.mem[j]))
				return true;
		}
	}
	return false;
}

/* May a new cell of this kind exist now? Root may have turned a CPU on again */
static bool has_room(u32 kind)
{
	static struct test_config c;

	for (u32 id = 1; id < CL_MAX_CELLS; id++) {
		if (model[id].exists && clash(kind, model[id].kind))
			return false;
	}
	config_of(&c, kind);
	for (u32 i = 0; i < c.nr_cpus; i++) {
		if (host_stopped((u32)c.cpus[i]) != HOST_WAITS)
			return false;
	}
	return true;
}

static bool is_running(u64 id)
{
	return model[id].exists && model[id].state == CL_CELL_RUNNING;
}

static void do_create(void)
{
	static struct test_config c;
	static struct snapshot before;
	u32 kind = (u32)pick(NR_KINDS);
	bool no_memory = pick(4) == 0;
	struct answer a;

	config_of(&c, kind);
	snapshot_take(&before);
	if (no_memory) {
		alloc_failure.seen = 0;
		alloc_failure.at = 1 + (unsigned int)pick(30);
		alloc_failure.count = (unsigned int)pick(2) * 1000;
	}
	a = create(&c);
	alloc_failure.at = 0;
	if (a.ret < 0) {
		assert_true(!has_room(kind) || (no_memory && a.ret == -CL_ENOMEM));
		assert_unchanged(&before);
		return;
	}
	assert_true(has_room(kind));
	assert_false(model[a.ret].exists);
	model[a.ret].exists = true;
	model[a.ret].kind = kind;
	model[a.ret].state = CL_CELL_CREATED;
	model[a.ret].loaded = false;
	model[a.ret].destroying = false;
}

static void do_load(u64 id)
{
	bool no_memory = pick(4) == 0;
	struct answer a;

	alloc_failure.seen = 0;
	alloc_failure.at = no_memory;
	a = CALL(CL_HC_CELL_SET_LOADABLE, id);
	alloc_failure.at = 0;
	if (!model[id].exists) {
		assert_int_equal(a.ret, -CL_ENOENT);
	} else if (is_running(id) || model[id].destroying) {
		assert_int_equal(a.ret, -CL_EBUSY);
	} else {
		assert_true(a.ret == 0 || (no_memory && a.ret == -CL_ENOMEM));
		model[id].loaded |= a.ret == 0;
	}
}

static void do_start(u64 id)
{
	struct answer a = start(id);

	if (!model[id].exists) {
		assert_int_equal(a.ret, -CL_ENOENT);
	} else if (is_running(id) || model[id].destroying) {
		assert_int_equal(a.ret, -CL_EBUSY);
	} else if (!model[id].loaded) {
		assert_refused(a, CL_EINVAL, CELL_NOT_LOADED);
	} else {
		assert_int_equal(a.ret, 0);
		model[id].state = CL_CELL_RUNNING;
	}
}

static void do_shutdown(u64 id)
{
	struct answer a = CALL(CL_HC_CELL_SHUTDOWN, id, CL_SHUTDOWN_FORCE);

	if (!model[id].exists) {
		assert_int_equal(a.ret, -CL_ENOENT);
	} else if (model[id].destroying || model[id].state == CL_CELL_CREATED) {
		assert_int_equal(a.ret, -CL_EBUSY);
	} else if (is_running(id)) {
		assert_int_equal(a.ret, -CL_EINPROGRESS);
		model[id].state = CL_CELL_SHUT_DOWN;
	} else {
		assert_int_equal(a.ret, 0);
	}
}

static void do_destroy(u64 id)
{
	bool none_free = pick(2);
	struct answer a;

	/* Whatever is freed, not one frame more is to be had */
	alloc_failure.seen = 0;
	alloc_failure.at = none_free;
	alloc_failure.count = 1000;
	a = destroy_once(id, pick(2));
	alloc_failure.at = 0;
	if (!model[id].exists) {
		assert_int_equal(a.ret, -CL_ENOENT);
		return;
	}
	assert_true(a.ret == 0 || a.ret == -CL_EINPROGRESS);
	assert_true(a.ret || model[id].destroying);
	model[id].destroying = true;
	model[id].state = CL_CELL_DESTROYING;
	model[id].exists = a.ret != 0;
}

/* A guest does something of its own accord */
static void do_guest(void)
{
	u32 cpu = 2 + (u32)pick(SYSTEM_CPUS - 2);
	u32 other = 2 + (u32)pick(SYSTEM_CPUS - 2);
	struct cell *cell = cpus[cpu].cell;
	u64 id = cell->id;

	if (host_stopped(cpu) != HOST_IN_GUEST)
		return;
	if (cell_is_root(cell)) {
		turn_off(cpu);
		return;
	}
	switch (pick(6)) {
	case 0:
		turn_off(cpu);
		host_settle();
		model[id].state = cell_state(cell);
		assert_true(model[id].state == CL_CELL_SHUT_DOWN || is_running(id));
		break;
	case 1:
		host_post(cpu, job_end_self, NULL);
		model[id].state = CL_CELL_SHUT_DOWN;
		break;
	case 2:
		host_post(cpu, job_fail_self, NULL);
		model[id].state = CL_CELL_FAILED;
		break;
	case 3:
		host_post(cpu, job_reset_self, NULL);
		break;
	default:
		/* Its own and others': only the first is possible */
		if (turn_on(cpu, other, 0x1000, 0) == 0)
			assert_ptr_equal(cpus[other].cell, cell);
	}
	host_settle();
}

static void do_root_cpu(void)
{
	u32 cpu = 2 + (u32)pick(SYSTEM_CPUS - 2);
	bool roots = cell_is_root(cpus[cpu].cell);
	bool was_off = host_stopped(cpu) == HOST_WAITS;
	int ret = turn_on(1, cpu, LINUX_RAM, 0);

	assert_int_equal(ret == 0, roots && was_off);
}

static void check_model(void)
{
	for (u32 id = 1; id < CL_MAX_CELLS; id++) {
		assert_int_equal(cells[id] != NULL, model[id].exists);
		if (cells[id])
			assert_int_equal(cell_state(cells[id]), model[id].state);
	}
	for (u32 cpu = 2; cpu < SYSTEM_CPUS; cpu++) {
		const struct cell *cell = cpus[cpu].cell;

		/* Nothing runs in a cell that does not */
		assert_ptr_equal(cells[cell->id], cell);
		if (host_stopped(cpu) == HOST_IN_GUEST)
			assert_true(cell_is_running(cell));
		else
			assert_true(cpu_is_parked(&cpus[cpu]));
	}
	check_machine();
}

static void random_step(void)
{
	u64 id = 1 + pick(4);

	switch (pick(12)) {
	case 0:
	case 1:
	case 2:
		do_create();
		break;
	case 3:
		do_load(id);
		break;
	case 4:
	case 5:
		do_load(id);
		do_start(id);
		break;
	case 6:
		do_start(id);
		break;
	case 7:
		do_shutdown(id);
		break;
	case 8:
		do_destroy(id);
		break;
	case 9:
		do_root_cpu();
		break;
	default:
		do_guest();
	}
	host_settle();
}

static u64 from_environment(const char *name, u64 otherwise)
{
	const char *text = getenv(name);

	return text ? strtoull(text, NULL, 0) : otherwise;
}

static void random_lives(void **state)
{
	u64 steps = from_environment("STEPS", STEPS);
	u64 used = pool_used(&frame_pool);
	u32 created = 0;

	(void)state;
	seed = from_environment("SEED", 0x2545f4914f6cdd1dull);
	memset(model, 0, sizeof(model));
	memset(&alloc_failure, 0, sizeof(alloc_failure));
	for (u64 i = 0; i < steps; i++) {
		u32 before = cell_count();

		random_step();
		check_model();
		created += cell_count() > before;
	}
	/* It must have been a busy life */
	assert_true(created > steps / 100);
	for (u32 id = 1; id < CL_MAX_CELLS; id++) {
		if (model[id].exists)
			assert_done(destroy(id));
	}
	assert_int_equal(pool_used(&frame_pool), used);
	check_machine();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(random_lives),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
