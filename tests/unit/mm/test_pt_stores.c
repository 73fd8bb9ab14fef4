// SPDX-License-Identifier: GPL-2.0-only
/*
 * What walkers may see between any two stores. They run on other CPUs, at any
 * time: so after each single store of the engine, the tables are looked at by a
 * walker of our own, and compared with what they were before the operation, and
 * with what they will be after it.
 */
#include "fake.h"
#include "observed.h"

#define VALID 1ull
#define TABLE 3ull
#define OUTPUT MASK(47, 12)
/* S2AP and XN: the only bits that may change in an entry that stays valid */
#define PERMISSIONS (MASK(7, 6) | MASK(54, 53))
#define NR_PROBES 160

struct probe {
	u64 ipa;
	struct hw_result before, after;
	bool may_vanish; /* for a moment, by break-before-make */
};

static struct {
	bool on;
	u64 vttbr;
	struct probe probe[NR_PROBES];
	unsigned int tlbis;
	unsigned int made; /* entries that became valid */
	bool live[FAKE_PAGES]; /* frames that a walker can come to */
	u64 copy[FAKE_PAGES][PT_ENTRIES]; /* of these, what they should hold */
	unsigned int broken[FAKE_PAGES][PT_ENTRIES]; /* 1 + invalidations when it went */
} watch;

static u64 vtcr;

static u64 *frame_of(u64 pa)
{
	assert_true(pa >= FAKE_BASE && pa - FAKE_BASE < FAKE_PAGES * PAGE_SIZE);
	return (u64 *)((u8 *)fake.mem + (pa - FAKE_BASE));
}

static unsigned int number_of(const volatile void *at)
{
	return (unsigned int)(((const volatile u8 *)at - (u8 *)fake.mem) / PAGE_SIZE);
}

static bool is_table(u64 desc, int level)
{
	return level < 3 && (desc & 3) == TABLE;
}

/* Finds the live tables, which are as they were but for what was observed */
static void survey(u64 pa, int level, bool first)
{
	u64 *table = frame_of(pa);
	unsigned int n = number_of(table);

	if (first || !watch.live[n])
		memcpy(watch.copy[n], table, PAGE_SIZE);
	/* C8: a store that is not one 64-bit access would not have come by us */
	assert_memory_equal(watch.copy[n], table, PAGE_SIZE);
	watch.live[n] = true;
	for (unsigned int i = 0; i < PT_ENTRIES; i++)
		if (is_table(table[i], level))
			survey(table[i] & OUTPUT, level + 1, first);
}

static bool same(const struct hw_result *a, const struct hw_result *b)
{
	return a->fault == b->fault &&
	       (a->fault || (a->pa == b->pa && a->perms == b->perms && a->type == b->type));
}

/* Nothing is ever seen that is neither before, nor after, nor a hole in between */
static void look_at_probes(void)
{
	for (unsigned int i = 0; i < NR_PROBES; i++) {
		struct probe *p = &watch.probe[i];
		struct hw_result now = hw_walk(vtcr, watch.vttbr, p->ipa);

		if (same(&now, &p->before) || same(&now, &p->after))
			continue;
		assert_true(now.fault && p->may_vanish);
	}
}

/* E12: what an entry leads to is complete at the moment when it is there */
static void check_complete(u64 *at)
{
	for (unsigned int i = 0; i < NR_PROBES; i++) {
		struct probe *p = &watch.probe[i];
		struct hw_result now = hw_walk(vtcr, watch.vttbr, p->ipa);

		for (unsigned int j = 0; j < now.reads; j++)
			if (now.table[j] == FAKE_BASE + number_of(at) * PAGE_SIZE &&
			    frame_of(now.table[j])[p->ipa >> (39 - 9 * (j + 1)) & 511] == *at)
				assert_true(same(&now, &p->after));
	}
}

/* C8: cleaned, and a barrier since, before a walker can come to it */
static void check_published(u64 pa)
{
	unsigned int n = number_of(frame_of(pa));

	for (unsigned int line = 0; line < PAGE_SIZE / 64; line++) {
		u64 cleaned = fake.cleaned[n * (PAGE_SIZE / 64) + line];

		assert_true(cleaned && cleaned <= fake.barriers);
	}
}

static void check_store(u64 *at, u64 old, u64 new)
{
	unsigned int n = number_of(at), i = (unsigned int)((uintptr_t)at % PAGE_SIZE / 8);

	if ((old & VALID) && (new &VALID)) {
		/* C7: size, output, type and contiguity never change in place */
		assert_int_equal((old ^ new) & ~PERMISSIONS, 0);
	} else if (old & VALID) {
		assert_int_equal(new &VALID, 0);
		watch.broken[n][i] = 1 + watch.tlbis;
	} else if (new &VALID) {
		/* C7: what was broken is made after an invalidation */
		assert_true(watch.broken[n][i] <= watch.tlbis);
		if ((new & 3) == TABLE && (new &OUTPUT) >= FAKE_BASE &&
		    (new &OUTPUT) < FAKE_BASE + FAKE_PAGES * PAGE_SIZE)
			check_published(new &OUTPUT);
		check_complete(at);
		watch.made++;
	}
}

void observed_store(volatile u64 *at, u64 value)
{
	u64 old = *at;
	bool seen = watch.on && number_of(at) < FAKE_PAGES && watch.live[number_of(at)];

	*at = value;
	if (!seen)
		return;
	watch.copy[number_of(at)][(uintptr_t)at % PAGE_SIZE / 8] = value;
	check_store((u64 *)at, old, value);
	survey(watch.vttbr & OUTPUT, 1, false);
	look_at_probes();
}

static void *on_alloc(void *ctx, unsigned int count)
{
	void *frame = fake_ops.alloc(ctx, count);

	if (frame) {
		memset(&fake.cleaned[number_of(frame) * (PAGE_SIZE / 64)], 0,
		       count * (PAGE_SIZE / 64) * sizeof(fake.cleaned[0]));
		watch.live[number_of(frame)] = false;
	}
	return frame;
}

static void on_free(void *ctx, void *frame, unsigned int count)
{
	watch.live[number_of(frame)] = false;
	fake_ops.free(ctx, frame, count);
}

static void on_range(void *ctx, u16 vmid, ipaddr_t ipa, u64 size, unsigned int level)
{
	watch.tlbis += watch.on;
	fake_ops.tlbi_range(ctx, vmid, ipa, size, level);
}

static void on_all(void *ctx, u16 vmid)
{
	watch.tlbis += watch.on;
	fake_ops.tlbi_all(ctx, vmid);
}

static struct mm_ops ops;

/**
 * struct scenario - one operation on tables that look like this
 * @prepare: maps what is there before
 * @act: the operation
 * @ipa: its range
 * @size: its range
 * @breaks: whether what lies around the range may be away for a moment
 */
struct scenario {
	void (*prepare)(struct pt *pt);
	int (*act)(struct pt *pt, u64 ipa, u64 size);
	u64 ipa, size;
	bool breaks;
};

static void a_map(struct pt *pt, u64 ipa, u64 pa, u64 size)
{
	assert_int_equal(pt_map(pt, IPA(ipa), PA(pa), size, attr(RWX, PT_NORMAL)), 0);
}

static void one_gib(struct pt *pt)
{
	a_map(pt, GiB, 3 * GiB, GiB);
	a_map(pt, 9 * GiB, 2 * GiB, PAGE_SIZE);
}

static void blocks_and_pages(struct pt *pt)
{
	a_map(pt, GiB, 3 * GiB, 64 * MiB);
	a_map(pt, GiB + 64 * MiB, 0x12345000, 32 * PAGE_SIZE);
	a_map(pt, GiB + 66 * MiB + 0x10000, 0x50000, 48 * PAGE_SIZE);
}

static void split_up(struct pt *pt)
{
	one_gib(pt);
	assert_int_equal(pt_protect(pt, IPA(GiB + 0x5000), PAGE_SIZE, PT_READ), 0);
	assert_int_equal(pt_protect(pt, IPA(GiB + 0x5000), PAGE_SIZE, RWX), 0);
}

static int map_act(struct pt *pt, u64 ipa, u64 size)
{
	return pt_map(pt, IPA(ipa), PA(ipa + 4 * GiB), size, attr(RW, PT_NORMAL));
}

static int unmap_act(struct pt *pt, u64 ipa, u64 size)
{
	return pt_unmap(pt, IPA(ipa), size);
}

static int protect_act(struct pt *pt, u64 ipa, u64 size)
{
	return pt_protect(pt, IPA(ipa), size, PT_READ);
}

static int merge_act(struct pt *pt, u64 ipa, u64 size)
{
	return pt_merge(pt, IPA(ipa), size);
}

static void create(struct pt *pt, const struct scenario *s)
{
	struct pt_config cfg = fake_config(39, 48);

	cfg.ops = &ops;
	assert_int_equal(pt_init(pt, &cfg), 0);
	s->prepare(pt);
}

/* Around both ends of the range, and all over it and what is next to it */
static void set_probes(const struct scenario *s)
{
	u64 edge[] = { s->ipa - PAGE_SIZE, s->ipa, s->ipa + s->size - PAGE_SIZE, s->ipa + s->size };
	u64 x = 88172645463325252ull;

	for (unsigned int i = 0; i < NR_PROBES; i++) {
		u64 near = i % 2 ? 32 * PAGE_SIZE : 3 * MiB, random;

		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		random = ALIGN_DOWN(x % (2 * near + s->size), PAGE_SIZE);
		watch.probe[i].ipa = i < 4 ? edge[i] : s->ipa - near + random;
	}
	watch.probe[4].ipa = 9 * GiB;
	watch.probe[5].ipa = 2 * GiB - PAGE_SIZE;
}

static void run(const struct scenario *s)
{
	struct pt twin, pt;

	set_probes(s);
	/* What it comes to, from a twin that nobody watches */
	create(&twin, s);
	assert_int_equal(s->act(&twin, s->ipa, s->size), 0);
	create(&pt, s);
	watch.vttbr = s2_vttbr(&pt, false);
	for (unsigned int i = 0; i < NR_PROBES; i++) {
		struct probe *p = &watch.probe[i];

		p->before = hw_walk(vtcr, watch.vttbr, p->ipa);
		p->after = hw_walk(vtcr, s2_vttbr(&twin, false), p->ipa);
		p->may_vanish = s->breaks && p->ipa < 2 * GiB;
	}
	memset(watch.live, 0, sizeof(watch.live));
	memset(watch.broken, 0, sizeof(watch.broken));
	watch.tlbis = watch.made = 0;
	survey(watch.vttbr & OUTPUT, 1, true);
	watch.on = true;
	assert_int_equal(s->act(&pt, s->ipa, s->size), 0);
	watch.on = false;
	for (unsigned int i = 0; i < NR_PROBES; i++) {
		struct hw_result now = hw_walk(vtcr, watch.vttbr, watch.probe[i].ipa);

		assert_true(same(&now, &watch.probe[i].after));
	}
	pt_destroy(&twin);
	pt_destroy(&pt);
}

static void C6_C8_maps_change_nothing_else_for_a_moment(void **state)
{
	static const struct scenario scenarios[] = {
		/* new tables, one below the other; into tables that are there */
		{ one_gib, map_act, 4 * GiB + 0x7000, PAGE_SIZE, false },
		{ one_gib, map_act, 2 * GiB + 0x7000, 9 * MiB, false },
		{ blocks_and_pages, map_act, GiB + 65 * MiB, MiB + 0x10000, false },
		{ blocks_and_pages, map_act, GiB + 70 * MiB, GiB, false },
	};

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(scenarios); i++) {
		run(&scenarios[i]);
		assert_int_equal(watch.tlbis, 0);
		assert_true(watch.made > 0);
	}
}

static void C7_E12_splits_are_complete_when_they_are_seen(void **state)
{
	static const struct scenario scenarios[] = {
		{ one_gib, unmap_act, GiB + 0x10003000, PAGE_SIZE, true },
		{ one_gib, protect_act, GiB + 0x10003000, PAGE_SIZE, true },
		{ one_gib, protect_act, GiB + 0x5000, 512 * MiB, true },
		{ blocks_and_pages, unmap_act, GiB + 3 * MiB, 7 * MiB, true },
		{ blocks_and_pages, protect_act, GiB + 31 * MiB, 40 * MiB, true },
		/* one of 16 contiguous entries, and across two such groups */
		{ blocks_and_pages, unmap_act, GiB + 66 * MiB + 0x13000, PAGE_SIZE, true },
		{ blocks_and_pages, protect_act, GiB + 66 * MiB + 0x18000, 0x10000, true },
	};

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(scenarios); i++) {
		run(&scenarios[i]);
		assert_int_equal(watch.tlbis, 1);
		assert_true(watch.made > 0);
	}
}

static void C7_what_changes_as_a_whole_never_vanishes(void **state)
{
	static const struct scenario scenarios[] = {
		{ one_gib, protect_act, GiB, GiB, false },
		{ blocks_and_pages, protect_act, GiB, 64 * MiB, false },
		{ blocks_and_pages, unmap_act, GiB, 64 * MiB, false },
		{ blocks_and_pages, unmap_act, GiB, GiB, false },
		{ split_up, unmap_act, GiB + 0x5000, PAGE_SIZE, false },
	};

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(scenarios); i++) {
		run(&scenarios[i]);
		assert_int_equal(watch.tlbis, 1);
		assert_int_equal(watch.made, 0);
	}
}

static void C7_merges_are_break_before_make(void **state)
{
	static const struct scenario scenarios[] = {
		{ split_up, merge_act, GiB, GiB, true },
		{ split_up, merge_act, GiB, 32 * MiB, true },
	};

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(scenarios); i++) {
		run(&scenarios[i]);
		assert_true(watch.tlbis > 0 && watch.made > 0);
	}
}

static int setup(void **state)
{
	ops = fake_ops;
	ops.alloc = on_alloc;
	ops.free = on_free;
	ops.tlbi_range = on_range;
	ops.tlbi_all = on_all;
	memset(&watch, 0, sizeof(watch));
	vtcr = s2_vtcr(39, 48, 0);
	return fake_setup(state);
}

#undef TEST
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, fake_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(C6_C8_maps_change_nothing_else_for_a_moment),
		TEST(C7_E12_splits_are_complete_when_they_are_seen),
		TEST(C7_what_changes_as_a_whole_never_vanishes),
		TEST(C7_merges_are_break_before_make),
	};

	return cmocka_run_group_tests_name("mm stores", tests, NULL, NULL);
}
