// SPDX-License-Identifier: GPL-2.0-only
/*
 * Random operations against a flat array, with a TLB that does the worst the
 * architecture allows: it caches every translation it can see at every moment
 * when the engine does maintenance, and forgets only what it is told to.
 */
#include <stdio.h>

#include "fake.h"

#define WINDOW (3 * GiB)
#define PAGES (WINDOW / PAGE_SIZE)
#define START (GiB / 2)
#define MAX_POINTS 96

struct page {
	bool mapped;
	u8 perms;
	u8 type;
	u64 pa;
};

struct tlb_entry {
	bool valid;
	u8 perms;
	u8 type;
	u64 pa;
	u64 size;
};

/* A format, and its walker by the book */
struct machine {
	const struct pt_format *fmt;
	unsigned int ipa_bits;
	u64 mode;
	struct hw_result (*walk)(u64 mode, u64 root, u64 ipa);
};

static struct page *model;
static struct pt pt;
static const struct machine *machine;
static u64 root;
static u64 points[MAX_POINTS]; /* addresses that are watched: ends of past operations */
static struct tlb_entry tlb[MAX_POINTS];
static unsigned int nr_points, next_point;
static u64 seed;
static u64 reached[FAKE_PAGES]; /* when a walk last went through a frame */
static u64 now, last_tlbi;

static u64 rnd(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

static void add_point(u64 ipa)
{
	if (ipa < START || ipa >= START + WINDOW)
		return;
	points[next_point % MAX_POINTS] = ipa;
	tlb[next_point % MAX_POINTS].valid = false;
	next_point++;
	nr_points = MIN(next_point, MAX_POINTS);
}

/* Sees all there is to see at points[i] */
static void tlb_look(unsigned int i)
{
	struct hw_result hw = machine->walk(machine->mode, root, points[i]);

	for (unsigned int j = 0; j < hw.reads; j++)
		reached[(hw.table[j] - FAKE_BASE) / PAGE_SIZE] = now;
	if (hw.fault)
		return;
	if (tlb[i].valid) {
		/* Only permissions change without break: else two entries for one address */
		assert_int_equal(tlb[i].size, hw.size);
		assert_int_equal(tlb[i].pa, hw.pa);
		assert_int_equal(tlb[i].type, hw.type);
		return;
	}
	tlb[i] = (struct tlb_entry){ true, hw.perms, hw.type, hw.pa, hw.size };
}

static void look(struct fake *f, enum event_kind kind)
{
	(void)f;
	now++;
	if (kind == EV_FREE)
		return;
	for (unsigned int i = 0; i < nr_points; i++)
		tlb_look(i);
}

/* With a level as hint, leaves of another level may stay (Arm ARM, FEAT_TTL) */
static void tlb_invalidate(u64 start, u64 size, u64 granule)
{
	for (unsigned int i = 0; i < nr_points; i++) {
		if (points[i] < start || points[i] - start >= size)
			continue;
		if (!granule || tlb[i].size == granule || tlb[i].size == 16 * granule)
			tlb[i].valid = false;
	}
}

static void on_range(void *ctx, u16 vmid, ipaddr_t ipa, u64 size, unsigned int level)
{
	u64 granule = level ? BIT(12 + 9 * (3 - level)) : 0;

	fake_ops.tlbi_range(ctx, vmid, ipa, size, level);
	assert_true(size && IS_ALIGNED(ipa.v | size, MAX(granule, PAGE_SIZE)));
	tlb_invalidate(ipa.v, size, granule);
	/* Walk caches of tables that go away need an invalidation without hint */
	if (!level)
		last_tlbi = now;
}

static void on_all(void *ctx, u16 vmid)
{
	fake_ops.tlbi_all(ctx, vmid);
	tlb_invalidate(0, ~0ull, 0);
	last_tlbi = now;
}

static void on_free(void *ctx, void *frames, unsigned int count)
{
	u64 frame = (u64)((u8 *)frames - (u8 *)fake.mem) / PAGE_SIZE;

	/* No walk can have got here since the last invalidation */
	assert_true(!reached[frame] || reached[frame] < last_tlbi);
	fake_ops.free(ctx, frames, count);
}

/* After an operation: tables, TLB and model say the same */
static void compare(void)
{
	for (unsigned int i = 0; i < nr_points; i++) {
		u64 ipa = points[i] + rnd() % PAGE_SIZE;
		struct page *page = &model[(ipa - START) / PAGE_SIZE];
		struct hw_result hw = machine->walk(machine->mode, root, ipa);
		struct pt_leaf leaf = { 0 };
		bool found = pt_query(&pt, IPA(ipa), &leaf);

		assert_int_equal(found, page->mapped);
		/* Where nothing is permitted, EPT has nothing mapped */
		assert_int_equal(hw.fault,
				 !page->mapped || (machine->fmt == &pt_ept && !page->perms));
		if (!page->mapped) {
			assert_int_equal(pt_translate(&pt, IPA(ipa)).v, PA_NONE.v);
			assert_false(tlb[i].valid);
			continue;
		}
		assert_int_equal(leaf.pa.v, page->pa + ipa % PAGE_SIZE);
		assert_int_equal(leaf.perms, page->perms);
		assert_int_equal(leaf.type, page->type);
		assert_int_equal(pt_translate(&pt, IPA(ipa)).v, leaf.pa.v);
		if (hw.fault) {
			assert_false(tlb[i].valid);
			continue;
		}
		assert_int_equal(hw.pa, page->pa + ipa % PAGE_SIZE);
		assert_int_equal(hw.perms, page->perms);
		assert_int_equal(hw.type, page->type);
		if (tlb[i].valid) {
			assert_int_equal(tlb[i].perms, hw.perms);
			assert_int_equal(tlb[i].size, hw.size);
		}
	}
}

struct tally {
	unsigned int tables;
	bool ok;
};

static int on_leaf(const struct pt_visit *visit, void *arg)
{
	struct tally *tally = arg;
	u64 *group = (u64 *)((uintptr_t)visit->entry & ~(uintptr_t)127);

	tally->ok = true;
	/* The hint stands on all 16 of a group, or on none; their output is contiguous */
	if (visit->desc & machine->fmt->contig)
		for (u64 i = 0; i < 16; i++)
			assert_int_equal(group[i], group[0] + i * visit->size);
	return 0;
}

static int on_pre(const struct pt_visit *visit, void *arg)
{
	struct tally *tally = arg;

	(void)visit;
	tally->tables++;
	tally->ok = false;
	return 0;
}

static int on_post(const struct pt_visit *visit, void *arg)
{
	(void)visit;
	/* No table is empty */
	assert_true(((struct tally *)arg)->ok);
	return 0;
}

static void check_structure(void)
{
	struct pt_visitor visitor = { on_leaf, on_pre, on_post };
	struct tally tally = { 0 };

	assert_int_equal(pt_walk(&pt, IPA(0), pt.ipa_last + 1, &visitor, &tally), 0);
	assert_int_equal(pt_pages(&pt), tally.tables + pt.root_pages);
	assert_int_equal(pool_used(&fake.pool), pt_pages(&pt));
}

/* Large ones are rare, since the model has an entry for each page of them */
static u64 random_size(void)
{
	static const struct {
		u64 unit;
		unsigned int of_64;
	} sizes[] = {
		{ PAGE_SIZE, 28 }, { 16 * PAGE_SIZE, 16 }, { 2 * MiB, 14 }, { 32 * MiB, 5 },
		{ GiB, 1 },
	};
	unsigned int i = 0, r = rnd() % 64;
	u64 size;

	while (r >= sizes[i].of_64)
		r -= sizes[i++].of_64;
	size = sizes[i].unit * (1 + rnd() % 20);
	if (rnd() % 3 == 0)
		size += rnd() % 600 * PAGE_SIZE;
	return MIN(size, WINDOW);
}

static u64 random_start(u64 size)
{
	static const u64 unit[] = { PAGE_SIZE, 16 * PAGE_SIZE, 2 * MiB, 32 * MiB, GiB };
	u64 at = rnd() % (WINDOW - size + 1);

	/* Often at the end of an earlier operation, often aligned */
	if (nr_points && rnd() % 2)
		at = points[rnd() % nr_points] - START;
	else
		at = ALIGN_DOWN(START + at, unit[rnd() % 5]) - START;
	if (at > WINDOW - size)
		at = WINDOW - size;
	return START + ALIGN_DOWN(at, PAGE_SIZE);
}

static bool any_mapped(const struct page *page, u64 n)
{
	while (n--)
		if (page++->mapped)
			return true;
	return false;
}

static u8 random_perms(void)
{
	u8 perms;

	do
		perms = rnd() % PT_NR_PERMS;
	while (machine->fmt->perm[perms] == PT_NO_PERM ||
	       machine->fmt->perm[perms & ~PT_EXEC] == PT_NO_PERM);
	return perms;
}

static int step_map(struct page *page, u64 ipa, u64 size)
{
	struct pt_attr at = attr(random_perms(), rnd() % PT_NR_TYPES);
	u64 pa = rnd() % 2 ? ipa + (rnd() % 4) * GiB : (rnd() % 0x100000) * PAGE_SIZE;
	int err;

	if (at.type == PT_DEVICE)
		at.perms = RW;
	at.flags = rnd() % 8 ? 0 : PT_PAGES_ONLY;
	err = pt_map(&pt, IPA(ipa), PA(pa), size, at);
	if (any_mapped(page, size / PAGE_SIZE))
		assert_int_equal(err, -CL_EEXIST);
	else if (err != -CL_ENOMEM)
		assert_int_equal(err, 0);
	assert_int_equal(fake.total[EV_RANGE] + fake.total[EV_ALL], 0);
	if (err)
		return err;
	for (u64 i = 0; i < size / PAGE_SIZE; i++)
		page[i] = (struct page){ true, at.perms, at.type, pa + i * PAGE_SIZE };
	return 0;
}

static int step_unmap(struct page *page, u64 ipa, u64 size)
{
	int err = pt_unmap(&pt, IPA(ipa), size);

	if (!err)
		memset(page, 0, size / PAGE_SIZE * sizeof(*page));
	else
		assert_int_equal(err, -CL_ENOMEM);
	return err;
}

static int step_protect(struct page *page, u64 ipa, u64 size)
{
	u8 perms = random_perms();
	int err = pt_protect(&pt, IPA(ipa), size, perms);

	if (err) {
		assert_int_equal(err, -CL_ENOMEM);
		return err;
	}
	for (u64 i = 0; i < size / PAGE_SIZE; i++)
		page[i].perms = page[i].type == PT_DEVICE ? perms & ~PT_EXEC : perms;
	return 0;
}

static int operation(struct page *page, u64 ipa, u64 size)
{
	int err;

	switch (rnd() % 9) {
	case 8:
		/* changes how, not what */
		err = pt_merge(&pt, IPA(ipa), size);
		assert_int_equal(err, 0);
		assert_int_equal(fake.allocs, 0);
		return err;
	case 0 ... 3:
		return step_map(page, ipa, size);
	case 4 ... 5:
		return step_unmap(page, ipa, size);
	default:
		return step_protect(page, ipa, size);
	}
}

/*
 * The same operation, with the first, second, ... allocation failing, until there
 * are no more of them. No failure leaves a trace.
 */
static void fail_at_each_allocation(struct page *page, u64 ipa, u64 size)
{
	u64 sum = fake_checksum(), again = seed;
	unsigned int spare = pt.nr_spare;
	int err = -CL_ENOMEM;

	for (unsigned int n = 1; err == -CL_ENOMEM; n++) {
		seed = again;
		fake_forget();
		fake.fail_at = n;
		err = operation(page, ipa, size);
		if (!err)
			break;
		assert_int_equal(fake_checksum(), sum);
		assert_int_equal(pt.nr_spare, spare);
		/* Many tables: their middle is like their beginning */
		if (n > 8)
			n += n / 2;
	}
	fake.fail_at = 0;
}

static void step(void)
{
	u64 size = random_size();
	u64 ipa = random_start(size);
	struct page *page = &model[(ipa - START) / PAGE_SIZE];

	add_point(ipa);
	add_point(ipa - PAGE_SIZE);
	add_point(ipa + size);
	add_point(ipa + size - PAGE_SIZE);
	fake_forget();
	look(&fake, EV_BARRIER);
	if (rnd() % 4)
		assert_int_not_equal(operation(page, ipa, size), -CL_ENOMEM);
	else
		fail_at_each_allocation(page, ipa, size);
	look(&fake, EV_BARRIER);
	compare();
	check_structure();
}

static void run_model(const struct machine *m, bool no_contig, bool no_clean, unsigned int steps)
{
	struct mm_ops ops = fake_ops;
	struct pt_config cfg = fake_config(m->ipa_bits, 52);

	machine = m;
	ops.tlbi_range = on_range;
	ops.tlbi_all = on_all;
	ops.free = on_free;
	if (no_clean)
		ops.clean = NULL;
	cfg.fmt = m->fmt;
	cfg.ops = &ops;
	cfg.no_contig = no_contig;
	fake.watch = NULL;
	assert_int_equal(pt_init(&pt, &cfg), 0);
	root = pt_root(&pt).v;
	model = calloc(PAGES, sizeof(*model));
	memset(reached, 0, sizeof(reached));
	now = last_tlbi = 0;
	nr_points = next_point = 0;
	fake.watch = look;
	for (unsigned int i = 0; i < steps; i++)
		step();
	assert_int_equal(pt_unmap(&pt, IPA(0), pt.ipa_last + 1), 0);
	assert_int_equal(pt_pages(&pt), pt.root_pages);
	fake.watch = NULL;
	/* Nobody looks any more: what pt_destroy() invalidates is later than all looks */
	now++;
	pt_destroy(&pt);
	assert_int_equal(pool_used(&fake.pool), 0);
	free(model);
}

static unsigned int steps(void)
{
	const char *text = getenv("MM_MODEL_STEPS");

	return text ? (unsigned int)atoi(text) : 600;
}

static void random_seed(void)
{
	const char *text = getenv("MM_MODEL_SEED");

	seed = text ? strtoull(text, NULL, 0) : 88172645463325252ull;
	/* How to see the same again */
	print_message("MM_MODEL_SEED=0x%llx MM_MODEL_STEPS=%u\n", (unsigned long long)seed,
		      steps());
}

static void arm(unsigned int ipa_bits, bool no_contig, bool no_clean)
{
	struct machine m = { &pt_arm64_s2, ipa_bits, s2_vtcr(ipa_bits, 48, 0), hw_walk };

	random_seed();
	run_model(&m, no_contig, no_clean, steps());
}

static void A6_C7_C8_random_operations_39_bits(void **state)
{
	(void)state;
	arm(39, false, false);
}

static void A6_C7_C8_random_operations_40_bits_no_contig(void **state)
{
	(void)state;
	arm(40, true, true);
}

static void A6_C7_C8_random_operations_48_bits(void **state)
{
	(void)state;
	arm(48, false, true);
}

static void D8_random_operations_ept(void **state)
{
	static const struct machine m = { &pt_ept, 48, 0, hw_walk_ept };

	(void)state;
	random_seed();
	run_model(&m, false, false, steps());
}

static void D8_random_operations_sv39x4(void **state)
{
	static const struct machine m = { &pt_riscv, 41, 8, hw_walk_riscv };

	(void)state;
	random_seed();
	run_model(&m, false, false, steps());
}

static void D8_random_operations_sv48x4(void **state)
{
	static const struct machine m = { &pt_riscv, 50, 9, hw_walk_riscv };

	(void)state;
	random_seed();
	run_model(&m, false, false, steps());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(A6_C7_C8_random_operations_39_bits),
		TEST(A6_C7_C8_random_operations_40_bits_no_contig),
		TEST(A6_C7_C8_random_operations_48_bits),
		TEST(D8_random_operations_ept),
		TEST(D8_random_operations_sv39x4),
		TEST(D8_random_operations_sv48x4),
	};

	return cmocka_run_group_tests_name("mm model", tests, NULL, NULL);
}
