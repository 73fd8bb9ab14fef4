// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the page-table engine costs: the same work for every run, one row per
 * process, so that an instruction counter sees nothing else. run.py drives it
 * under callgrind; alone it checks the results and prints the tables used.
 *
 *	bench ROW [clean]	do the row's work; "clean": with caches to be cleaned
 *
 * The work is done by functions that are not inlined, which callgrind is told to
 * toggle at.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mm/aspace.h"
#include "mm/pool.h"
#include "mm/pt.h"
#include "mm/pt_arm64_s2.h"

#define G0 0x40000000ull
#define GiB 0x40000000ull
#define PIECE 0x1234000ull
#define FRAMES 2048
#define ROUNDS 1000000

static struct frame_pool pool;
static struct pt pt;
static unsigned int cleans, barriers, invalidations;
static const struct pt_attr rwx = { .perms = PT_READ | PT_WRITE | PT_EXEC };
static const struct pt_attr pages = { .perms = PT_READ | PT_WRITE | PT_EXEC,
				      .flags = PT_PAGES_ONLY };

static void *op_alloc(void *ctx, unsigned int count)
{
	return pool_alloc_raw(ctx, count);
}

static void op_free(void *ctx, void *frames, unsigned int count)
{
	pool_free(ctx, frames, count);
}

static void op_clean(void *ctx, const void *from, size_t bytes)
{
	(void)ctx;
	(void)from;
	cleans += (unsigned int)(bytes + 63) / 64;
}

static void op_barrier(void *ctx)
{
	(void)ctx;
	barriers++;
}

static void op_range(void *ctx, u16 vmid, ipaddr_t ipa, u64 size, unsigned int level)
{
	(void)ctx;
	(void)vmid;
	(void)ipa;
	(void)size;
	(void)level;
	invalidations++;
}

static void op_all(void *ctx, u16 vmid)
{
	(void)ctx;
	(void)vmid;
	invalidations++;
}

static struct mm_ops ops = {
	op_alloc, op_free, NULL, op_barrier, op_range, op_all,
};

static void must(int err)
{
	if (err) {
		fprintf(stderr, "failed: %d\n", err);
		exit(1);
	}
}

/* Not inlined, so that the toggle of the instruction counter finds them */
__attribute__((noinline)) void bench_map(u64 ipa, u64 pa, u64 size, struct pt_attr attr)
{
	must(pt_map(&pt, IPA(ipa), PA(pa), size, attr));
}

__attribute__((noinline)) void bench_unmap(u64 ipa, u64 size)
{
	must(pt_unmap(&pt, IPA(ipa), size));
}

__attribute__((noinline)) void bench_c(u64 odd)
{
	for (u64 i = 0; i < 64; i++)
		must(pt_map(&pt, IPA(G0 + i * PIECE),
			    PA(G0 + i * PIECE + (i & 1 && odd ? odd : 0x80000000)), PIECE, rwx));
}

__attribute__((noinline)) u64 bench_d(void)
{
	u64 x = 88172645463325252ull, sum = 0;

	for (unsigned int n = ROUNDS; n; n--) {
		paddr_t pa;

		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		pa = pt_translate(&pt, IPA(G0 + (x & 0x3fffffff)));
		sum += pa.v == PA_NONE.v ? 1 : pa.v;
	}
	return sum;
}

/* The same work through the address-space layer */
static struct aspace as;
static struct area areas[80];

__attribute__((noinline)) void bench_as_map(u64 ipa, u64 pa, u64 size)
{
	struct area area = { IPA(ipa), size, AREA_LINEAR, 0, PA(pa), rwx };

	must(aspace_map(&as, &area, 1));
}

__attribute__((noinline)) void bench_as_c(void)
{
	for (u64 i = 0; i < 64; i++) {
		struct area area = { IPA(G0 + i * PIECE),
				     PIECE,
				     AREA_LINEAR,
				     0,
				     PA(G0 + i * PIECE + (i & 1 ? 0x100001000 : 0x80000000)),
				     rwx };

		must(aspace_map(&as, &area, 1));
	}
}

__attribute__((noinline)) void bench_as_unmap(u64 ipa, u64 size)
{
	must(aspace_unmap(&as, IPA(ipa), size));
}

/* The second fault in a lazy area: its table is there, its frame is not */
__attribute__((noinline)) void bench_as_fault(u64 ipa)
{
	struct aspace_fault fault = { .ipa = IPA(ipa), .access = ACCESS_WRITE };

	must(aspace_handle(&as, &fault) != FAULT_RESOLVED);
}

static paddr_t frame_alloc(void *ctx, const struct area *area, u64 size)
{
	(void)area;
	return pool_v2p(ctx, pool_alloc(ctx, (unsigned int)(size / PAGE_SIZE)));
}

static void frame_free(void *ctx, const struct area *area, paddr_t pa, u64 size)
{
	(void)area;
	must(pool_put(ctx, pa, (unsigned int)(size / PAGE_SIZE)));
}

static const struct frame_ops frame_ops = { frame_alloc, frame_free };

static void run_aspace(const char *row)
{
	struct area lazy = { IPA(G0), 0x200000, AREA_LAZY, 0, PA(0), { PT_READ | PT_WRITE, 0, 0 } };

	if (!strcmp(row, "as_b")) {
		bench_as_map(G0, 0xc0000000, GiB);
	} else if (!strcmp(row, "as_c2")) {
		bench_as_c();
	} else if (!strcmp(row, "as_e_c2")) {
		bench_as_c();
		bench_as_unmap(G0, 64 * PIECE);
	} else if (!strcmp(row, "as_f")) {
		bench_as_map(G0, 0xc0000000, GiB);
		bench_as_unmap(0x50003000, PAGE_SIZE);
	} else {
		must(aspace_map(&as, &lazy, 1));
		must(aspace_handle(&as, &(struct aspace_fault){ .ipa = IPA(G0) }));
		bench_as_fault(G0 + 0x5123);
	}
}

static void create(bool aspace)
{
	void *mem = aligned_alloc(FRAMES * PAGE_SIZE, FRAMES * PAGE_SIZE);
	struct pt_config cfg = {
		.fmt = &pt_arm64_s2,
		.ipa_bits = 39,
		.pa_bits = 48,
		.vmid = 1,
		.ops = &ops,
		.ctx = &pool,
	};

	/* Touched beforehand: page faults of the host are not our subject */
	memset(mem, 0x5a, FRAMES * PAGE_SIZE);
	must(pool_init(&pool, PA(0x900000000), mem, FRAMES));
	cfg.phys_to_virt = pool.phys_to_virt;
	must(pt_init(&pt, &cfg));
	if (!aspace)
		return;
	must(aspace_init(&as, &(struct aspace_config){ .pt = cfg,
						       .areas = areas,
						       .max_areas = 80,
						       .frames = &frame_ops,
						       .frames_ctx = &pool }));
}

static void prepare(char shape, bool shifted)
{
	if (shape == 'a')
		bench_map(G0, shifted ? 0xc0001000 : 0xc0000000, GiB, shifted ? rwx : pages);
	else if (shape == 'b')
		bench_map(shifted ? 0x40200000 : G0, shifted ? 0xc0200000 : 0xc0000000, GiB, rwx);
	else
		bench_c(shifted ? 0x100001000 : 0);
}

static int report(const char *row, unsigned int before, u64 sum, u64 expected)
{
	int bad = sum != expected;

	/* Nothing was ever unmapped before a fresh map */
	if (row[0] <= 'c' && row[1] != 's' && invalidations)
		bad = 1;
	/* Only the root may be left after everything was unmapped */
	if (row[0] == 'e' && (pt_pages(&pt) != 1 || pool_used(&pool) != 1))
		bad = 1;
	printf("{\"row\": \"%s\", \"tables\": %u, \"new_tables\": %d, \"lines_cleaned\": %u, "
	       "\"barriers\": %u, \"invalidations\": %u, \"sum\": \"0x%llx\", \"ok\": %s}\n",
	       row, pt_pages(&pt), (int)pt_pages(&pt) - (int)before, cleans, barriers,
	       invalidations, (unsigned long long)sum, bad ? "false" : "true");
	return bad;
}

int main(int argc, char **argv)
{
	const char *row = argc > 1 ? argv[1] : "";
	u64 sum = 0, expected = 0;
	unsigned int before;

	if (argc > 2)
		ops.clean = op_clean;
	create(!strncmp(row, "as_", 3));
	before = pt_pages(&pt);
	if (!strcmp(row, "a") || !strcmp(row, "b")) {
		prepare(row[0], false);
	} else if (!strcmp(row, "a2") || !strcmp(row, "b2")) {
		prepare(row[0], true);
	} else if (!strcmp(row, "c") || !strcmp(row, "c2")) {
		prepare('c', row[1]);
	} else if (!strcmp(row, "d4k") || !strcmp(row, "d2m") || !strcmp(row, "d1g")) {
		prepare(row[1] == '4' ? 'a' : 'b', row[1] != '1');
		sum = bench_d();
		expected = row[1] == '4' ? 0xd5a1355d0b731 :
			   row[1] == '2' ? 0xd547f6a942c3f :
					   0xd5a1261acb731;
	} else if (!strcmp(row, "e_a2")) {
		prepare('a', true);
		before = pt_pages(&pt);
		bench_unmap(G0, GiB);
	} else if (!strcmp(row, "e_c2")) {
		prepare('c', true);
		before = pt_pages(&pt);
		bench_unmap(G0, 64 * PIECE);
	} else if (!strcmp(row, "f")) {
		prepare('b', false);
		before = pt_pages(&pt);
		bench_unmap(0x50003000, PAGE_SIZE);
	} else if (!strcmp(row, "as_b") || !strcmp(row, "as_c2") || !strcmp(row, "as_e_c2") ||
		   !strcmp(row, "as_f") || !strcmp(row, "as_fault")) {
		run_aspace(row);
		pt = as.pt;
	} else {
		fprintf(stderr,
			"usage: bench a|a2|b|b2|c|c2|d4k|d2m|d1g|e_a2|e_c2|f|as_ROW [clean]\n");
		return 2;
	}
	return report(row, before, sum, expected);
}
