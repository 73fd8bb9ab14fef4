// SPDX-License-Identifier: GPL-2.0-only
/*
 * A system and up to three cells, changed at random: SETS of them (default: 10000),
 * numbered from SEED on, so that one of them can be had again. They are those of this folder and all that configs/ has. Each set
 * is refused, or what is made of it keeps everybody apart, as read from the tables.
 */
#include <glob.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mutate.h"
#include "reach.h"

#define MAX_CONFIGS 32
#define MAX_CELLS 3
/* Memory that is zeroed whenever a cell goes: more takes its time, and shows no more */
#define MAX_STARTED (4 * MiB)

/* Systems and the cells that are made for them */
static struct family {
	struct test_config systems[MAX_CONFIGS];
	u32 nr_systems;
	struct test_config cells[MAX_CONFIGS];
	u32 nr_cells;
} families[2];

static void add_config(struct family *f, const struct test_config *c)
{
	u32 *n = c->is_system ? &f->nr_systems : &f->nr_cells;

	assert_true(*n < MAX_CONFIGS);
	(c->is_system ? f->systems : f->cells)[(*n)++] = *c;
}

static void load_configs(void)
{
	static struct test_config c;
	static struct blob b;
	glob_t files;

	system_config(&c);
	add_config(&families[0], &c);
	for (u32 i = 0; i < 3; i++) {
		cell_config(&c, i);
		add_config(&families[0], &c);
	}
	assert_int_equal(glob(CONFIGS "/*/*.cell", 0, NULL, &files), 0);
	for (size_t i = 0; i < files.gl_pathc; i++) {
		FILE *f = fopen(files.gl_pathv[i], "rb");

		assert_non_null(f);
		b.size = (u32)fread(b.bytes, 1, sizeof(b.bytes), f);
		fclose(f);
		blob_read(&c, &b);
		add_config(&families[1], &c);
	}
	globfree(&files);
	assert_true(families[1].nr_systems && families[1].nr_cells >= MAX_CELLS);
}

struct set {
	struct test_config system;
	struct test_config cells[MAX_CELLS];
	u32 nr;
};

/* @number: of the set at work; @systems: that boot; @cells: that can be created; @whole: sets with all their cells */
static struct {
	u64 number;
	u64 sets;
	u64 systems;
	u64 some;
	u64 whole;
	u64 tried;
	u64 cells;
	u64 lives;
} count;

/* The CPUs of the configs as they are would seldom let two cells be */
static void spread_cpus(struct set *s)
{
	u64 next = 1;

	for (u32 i = 0; i < s->nr; i++) {
		for (u32 k = 0; k < s->cells[i].nr_cpus; k++)
			s->cells[i].cpus[k] = next++;
	}
}

static void choose(struct set *s)
{
	const struct family *f = &families[random_below(2)];
	u64 first = random_below(f->nr_cells);

	s->system = f->systems[random_below(f->nr_systems)];
	s->nr = 1 + (u32)random_below(MAX_CELLS);
	for (u32 i = 0; i < s->nr; i++)
		s->cells[i] = f->cells[(first + i) % f->nr_cells];
	if (random_below(8))
		spread_cpus(s);
}

static void change(struct set *s)
{
	for (u64 n = 1 + random_below(4); n; n--) {
		u32 i = (u32)random_below(s->nr), other = (u32)random_below(s->nr);

		if (!random_below(6))
			change_system(&s->system);
		else
			change_cell(&s->cells[i], &s->system, i == other ? NULL : &s->cells[other]);
	}
}

static void build(struct blob *b, const struct test_config *c)
{
	blob_build(b, c);
	if (!random_below(16)) {
		damage_bytes(b);
		put_right(b, c->is_system);
	}
}

static bool boots(const struct blob *b)
{
	struct error err = { .rule = CL_RULE_NONE };
	static struct blob copy;
	struct config cfg;

	copy = *b;
	if (config_parse(copy.bytes, copy.size, CL_KIND_SYSTEM, &cfg, &err) ||
	    config_check_system(&cfg, 40, &err))
		return false;
	/* The machine's memory goes where the config has it, if that can be */
	host_hv_start = cfg.system->hypervisor_memory.start;
	if (host_hv_start - HOST_RAM_START > HOST_RAM_SIZE - HOST_HV_SIZE ||
	    cfg.system->hypervisor_memory.size < HOST_HV_SIZE)
		return false;
	host_reset();
	if (host_boot(copy.bytes, copy.size, POOL_PAGES, &err))
		return false;
	for (u32 i = 1; i < nr_cpus; i++)
		turn_off(i);
	host_settle();
	check_machine();
	return true;
}

/* RAM of root's that is there, and that no cell can be given; 0: there is none */
static u64 place_for_blob(void)
{
	const struct config *root = &cells[ROOT_CELL_ID]->config;

	for (u32 i = 0; i < root->nr_mem; i++) {
		const struct cl_mem_region *m = &root->mem[i];

		if ((m->flags & CL_MEM_READ) && !(m->flags & (CL_MEM_IO | CL_MEM_ASSIGNABLE)) &&
		    m->size >= MiB &&
		    range_within(m->phys_start, MiB, HOST_RAM_START, HOST_RAM_SIZE))
			return m->phys_start;
	}
	return 0;
}

/* Is all its memory there, and not too much of it? */
static bool can_live(const struct config *cfg)
{
	u64 bytes = 0;

	for (u32 i = 0; i < cfg->nr_mem; i++) {
		const struct cl_mem_region *m = &cfg->mem[i];
		const struct cl_range *pool =
			&cells[ROOT_CELL_ID]->config.pools[m->pool % CL_MAX_POOLS];

		if (m->flags & (CL_MEM_COMM | CL_MEM_IO))
			continue;
		bytes += m->size;
		if (m->flags & CL_MEM_ALLOC ?
			    !range_within(pool->start, pool->size, HOST_RAM_START, HOST_RAM_SIZE) :
			    !range_within(m->phys_start, m->size, HOST_RAM_START, HOST_RAM_SIZE))
			return false;
	}
	return bytes <= MAX_STARTED;
}

static void live(u64 id)
{
	if (CALL(CL_HC_CELL_SET_LOADABLE, id).ret == 0)
		check_machine();
	if (start(id).ret == 0)
		count.lives++;
	host_settle();
	check_machine();
}

static void try_set(const struct set *s)
{
	static struct blob b;
	u64 pa, used, created[MAX_CELLS], n = 0;

	count.sets++;
	build(&b, &s->system);
	if (!boots(&b))
		return;
	count.systems++;
	pa = place_for_blob();
	if (!pa)
		return;
	used = pool_used(&frame_pool);
	for (u32 i = 0; i < s->nr; i++) {
		struct answer a;

		build(&b, &s->cells[i]);
		memcpy(host_ram(pa), b.bytes, b.size);
		a = CALL(CL_HC_CELL_CREATE, pa, b.size);
		check_machine();
		assert_true(a.ret > 0 || a.rule != CL_RULE_NONE);
		if (a.ret > 0)
			created[n++] = (u64)a.ret;
	}
	count.tried += s->nr;
	count.cells += n;
	count.some += n > 0;
	count.whole += n == s->nr;
	/* The rest takes most of the time, and is done with every other set */
	if (random_below(2))
		return;
	for (u64 i = 0; i < n; i++) {
		if (!can_live(&cells[created[i]]->config))
			return;
	}
	for (u64 i = 0; i < n; i++)
		live(created[i]);
	for (u64 i = 0; i < n; i++)
		assert_done(destroy(created[i]));
	check_machine();
	/* Where root's regions meet within a block, it may have become one meanwhile */
	assert_true(pool_used(&frame_pool) <= used);
}

static void nobody_reaches_what_is_not_theirs(void **unused)
{
	const char *rounds = getenv("SETS"), *seed = getenv("SEED");
	u64 sets = rounds ? strtoull(rounds, NULL, 0) : 10000;
	u64 first = seed ? strtoull(seed, NULL, 0) : 1;
	static struct set s;

	(void)unused;
	for (u64 i = 0; i < sets; i++) {
		count.number = first + i;
		random_seed(count.number);
		choose(&s);
		change(&s);
		try_set(&s);
	}
	print_message("           %llu sets: %llu systems accepted, %llu with a cell, %llu with "
		      "all of theirs; %llu of %llu cells, %llu started\n",
		      (unsigned long long)count.sets, (unsigned long long)count.systems,
		      (unsigned long long)count.some, (unsigned long long)count.whole,
		      (unsigned long long)count.cells, (unsigned long long)count.tried,
		      (unsigned long long)count.lives);
	/* What is refused at once shows little. Of a few sets anything may be true. */
	if (sets < 1000)
		return;
	assert_true(count.some > sets / 3);
	assert_true(count.whole > sets / 6);
	assert_true(count.lives > sets / 8);
	/* But all that is in order would be no change at all */
	assert_true(count.whole < sets);
}

/* The descriptor of an address, straight from memory, as far down as @level */
static u64 *descriptor(const struct cell *cell, u64 ipa, u32 level)
{
	const struct pt *pt = &cell->s2.pt;
	u64 pa = pool_v2p(&frame_pool, pt->root).v;
	u64 mask = BIT(pt->ipa_bits) - 1;

	for (u32 l = pt->root_level;; l++) {
		u64 *entry = (u64 *)host_ram(pa) + ((ipa & mask) >> (12 + 9 * (3 - l)));

		if (l == level || !(*entry & 1) || !(*entry & 2))
			return entry;
		pa = *entry & MASK(47, 12);
		mask = BIT(12 + 9 * (3 - l)) - 1;
	}
}

/* In a process of its own, which ends where the checker finds fault */
static bool is_noticed(void)
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (!pid) {
		setenv("CMOCKA_TEST_ABORT", "1", 1);
		signal(SIGABRT, SIG_DFL);
		if (!freopen("/dev/null", "w", stderr) || !freopen("/dev/null", "w", stdout))
			_exit(2);
		check_machine();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return !WIFEXITED(status) || WEXITSTATUS(status) == 1;
}

static void assert_noticed(u64 *entry, u64 wrong)
{
	u64 right = *entry;

	*entry = wrong;
	if (!is_noticed())
		fail_msg("0x%llx instead of 0x%llx is not noticed", (unsigned long long)wrong,
			 (unsigned long long)right);
	*entry = right;
}

/* Each bit of some descriptors, and what would be worst */
static void the_checker_can_fail(void **unused)
{
	static const u64 worst[] = { HOST_HV_START, HOST_HV_START + PAGE_SIZE,
				     GICD,	    GICR,
				     CELL_RAM(1),   CELL_ODD(1),
				     POOL,	    LINUX_RAM,
				     UART };
	u64 *page, *entries[5];

	(void)unused;
	host_hv_start = HOST_HV_START;
	machine_start(POOL_PAGES);
	assert_true(create_default(0).ret > 0 && create_default(1).ret > 0);
	page = descriptor(cells[1], CELL_ODD_IPA, 3);
	entries[0] = page;
	entries[1] = descriptor(cells[1], 0, 2);
	entries[2] = descriptor(cells[1], CELL_COMM_IPA, 3);
	entries[3] = descriptor(cells[1], CELL_ODD_IPA, 1);
	entries[4] = descriptor(cells[0], UART, 3);
	assert_false(is_noticed());
	for (u32 i = 0; i < ARRAY_SIZE(entries); i++) {
		for (u32 bit = 0; bit < 64; bit++)
			assert_noticed(entries[i], *entries[i] ^ BIT(bit));
	}
	for (u32 i = 0; i < ARRAY_SIZE(worst); i++) {
		assert_noticed(page, (*page & ~MASK(47, 12)) | worst[i]);
		/* One page more, where nothing was */
		assert_noticed(page + CELL_ODD_SIZE / PAGE_SIZE,
			       (*page & ~MASK(47, 12)) | worst[i]);
	}
	assert_noticed(page, 0);
	/* Root keeps what it gave away */
	assert_noticed(descriptor(cells[0], CELL_ODD(0), 3), (*page & ~MASK(47, 12)) | CELL_ODD(0));
	assert_false(is_noticed());
}

/* Memory of a pool that happens to continue a region, in the cell and in the machine */
static void neighbours_are_told_apart(void **unused)
{
	struct test_config c;
	struct answer a;

	(void)unused;
	system_config(&c);
	c.mem[c.nr_mem++] = (struct cl_mem_region){
		{ POOL - 2 * MiB }, POOL - 2 * MiB, 2 * MiB, c.mem[SYS_CELLS].flags
	};
	machine_start_with(&c, POOL_PAGES);
	cell_config(&c, 0);
	c.mem[c.nr_mem++] = (struct cl_mem_region){
		{ POOL - 64 * KiB }, 0x60000000 - 64 * KiB, 64 * KiB, CL_MEM_READ | CL_MEM_WRITE
	};
	c.mem[c.nr_mem++] = (struct cl_mem_region){
		{ 0 }, 0x60000000, 64 * KiB, CL_MEM_READ | CL_MEM_WRITE | CL_MEM_ALLOC
	};
	a = create(&c);
	assert_int_equal(a.ret, 1);
	assert_int_equal(*descriptor(cells[1], 0x60000000, 3) & MASK(47, 12), POOL);
	check_machine();
}

/* Two regions of root that meet within a block are a table at first, and then no more */
static void a_block_becomes_whole(void **unused)
{
	struct test_config c;
	u64 used, cut = 3 * PAGE_SIZE;

	(void)unused;
	system_config(&c);
	c.mem[c.nr_mem] = c.mem[SYS_CELLS];
	c.mem[c.nr_mem].phys_start = c.mem[c.nr_mem].virt_start += cut;
	c.mem[c.nr_mem++].size -= cut;
	c.mem[SYS_CELLS].size = cut;
	machine_start_with(&c, POOL_PAGES);
	used = pool_used(&frame_pool);
	cell_config(&c, 0);
	c.mem[CELL_MEM_RAM].phys_start += cut;
	assert_int_equal(create(&c).ret, 1);
	assert_done(destroy(1));
	check_machine();
	assert_int_equal(pool_used(&frame_pool), used - 1);
}

static void owners_are_checked(void **unused)
{
	(void)unused;
	machine_start(POOL_PAGES);
	assert_true(create_default(0).ret > 0);
	cells[0]->spis[CELL_SPI(0) / 32] ^= (u32)BIT(CELL_SPI(0) % 32);
	assert_true(is_noticed());
	cells[0]->spis[CELL_SPI(0) / 32] ^= (u32)BIT(CELL_SPI(0) % 32);
	cells[1]->spis[2] ^= 1;
	assert_true(is_noticed());
	cells[1]->spis[2] ^= 1;
	cpus[2].cell = cells[0];
	assert_true(is_noticed());
	cpus[2].cell = cells[1];
	assert_false(is_noticed());
}

static int tell_number(void **unused)
{
	(void)unused;
	print_message("           the last one is SEED=%llu SETS=1\n",
		      (unsigned long long)count.number);
	return 0;
}

static int setup(void **unused)
{
	(void)unused;
	load_configs();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(nobody_reaches_what_is_not_theirs, tell_number),
		cmocka_unit_test(the_checker_can_fail),
		cmocka_unit_test(owners_are_checked),
		cmocka_unit_test(neighbours_are_told_apart),
		cmocka_unit_test(a_block_becomes_whole),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
