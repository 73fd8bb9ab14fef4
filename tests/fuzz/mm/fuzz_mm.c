// SPDX-License-Identifier: GPL-2.0-only
/*
 * libFuzzer: any sequence of calls of the engine's API, with any arguments and
 * with memory running out anywhere. Nothing may crash, leak, change on an error,
 * or be mapped otherwise than the last successful call says.
 *
 * Input: a byte that chooses format and width; then, for each call, a byte for
 * the function and for where memory ends, and three numbers.
 */
#include <stdlib.h>
#include <string.h>

#include <cloister/config.h>
#include <cloister/hypercall.h>

#include "mm/aspace.h"
#include "mm/pool.h"
#include "mm/pt_arm64_s2.h"
#include "mm/pt_audit.h"
#include "mm/pt_formats.h"
#include "mm/s1_walk.h"

#define FRAMES 512
#define BASE 0x70000000ull
#define MAX_AREAS 12

#define CHECK(x) ((x) ? (void)0 : abort())

static u8 memory[FRAMES * PAGE_SIZE] __aligned(FRAMES *PAGE_SIZE);
static struct frame_pool pool;
static struct aspace as;
static struct area areas[MAX_AREAS];
static unsigned int allocs_left;

struct input {
	const u8 *at;
	size_t left;
};

static u8 byte(struct input *in)
{
	if (!in->left)
		return 0;
	in->left--;
	return *in->at++;
}

/*
 * A number near something that matters: a power of two, moved by a few pages,
 * and sometimes by a few bytes; or any number at all.
 */
static u64 number(struct input *in)
{
	u8 kind = byte(in), by = byte(in);
	u64 value = 0;

	switch (kind & 3) {
	case 0:
		return (u64)by << PAGE_SHIFT;
	case 1:
		return BIT(kind >> 2) + ((u64)by << PAGE_SHIFT);
	case 2:
		return BIT(kind >> 2) - ((u64)(by & 31) << PAGE_SHIFT) + (by >> 7);
	default:
		for (unsigned int i = 0; i < 8; i++)
			value = value << 8 | byte(in);
		return kind & 4 ? value : ALIGN_DOWN(value >> 16, PAGE_SIZE);
	}
}

static void *op_alloc(void *ctx, unsigned int count)
{
	void *frames = allocs_left ? pool_alloc_raw(ctx, count) : NULL;

	if (frames) {
		allocs_left--;
		memset(frames, 0x5b, count * PAGE_SIZE);
	}
	return frames;
}

static void op_free(void *ctx, void *frames, unsigned int count)
{
	memset(frames, 0xff, count * PAGE_SIZE);
	CHECK(!pool_free(ctx, frames, count));
}

static void op_barrier(void *ctx)
{
	(void)ctx;
}

static void op_range(void *ctx, u16 vmid, ipaddr_t ipa, u64 size, unsigned int level)
{
	(void)ctx;
	CHECK(vmid == 3 && size && level <= 3 && ipa.v + (size - 1) <= as.pt.ipa_last);
}

static void op_all(void *ctx, u16 vmid)
{
	(void)ctx;
	CHECK(vmid == 3);
}

static const struct mm_ops ops = { op_alloc, op_free, NULL, op_barrier, op_range, op_all };

static paddr_t frame_alloc(void *ctx, const struct area *area, u64 size)
{
	void *frames = allocs_left ? pool_alloc(ctx, (unsigned int)(size / PAGE_SIZE)) : NULL;

	(void)area;
	return frames ? pool_v2p(ctx, frames) : PA_NONE;
}

static void frame_free(void *ctx, const struct area *area, paddr_t pa, u64 size)
{
	(void)area;
	CHECK(!pool_put(ctx, pa, (unsigned int)(size / PAGE_SIZE)));
}

static const struct frame_ops frame_ops = { frame_alloc, frame_free };

/* Over the tables and the frames in use, and what the address space says of them */
static u64 fingerprint(void)
{
	u64 sum = as.nr_areas * 31 + as.nr_frames;

	for (u64 i = pool.own; i < pool.nr; i++) {
		const u64 *frame = (const u64 *)(memory + i * PAGE_SIZE);

		if (!(pool.map[i / 64] & BIT(i % 64)))
			continue;
		for (unsigned int j = 0; j < PAGE_SIZE / 8; j++)
			sum = sum * 0x9e3779b97f4a7c15ull + frame[j] + i;
	}
	return sum;
}

struct tally {
	unsigned int tables;
	u64 frames;
};

static int on_table(const struct pt_visit *visit, void *arg)
{
	(void)visit;
	((struct tally *)arg)->tables++;
	return 0;
}

static void check_consistency(void)
{
	struct pt_visitor visitor = { .pre = on_table };
	struct tally tally = { 0 };

	CHECK(!pt_walk(&as.pt, IPA(0), as.pt.ipa_last + 1, &visitor, &tally));
	CHECK(pt_pages(&as.pt) == tally.tables + as.pt.root_pages);
	CHECK(pool_used(&pool) == pt_pages(&as.pt) + as.pt.nr_spare + as.nr_frames);
	for (unsigned int i = 0; i < as.nr_areas; i++) {
		CHECK(areas[i].size && areas[i].start.v + (areas[i].size - 1) <= as.pt.ipa_last);
		CHECK(!i || areas[i - 1].start.v + areas[i - 1].size <= areas[i].start.v);
	}
}

/* What areas say must be what the table says, at the ends of each of them */
static void check_area(const struct area *area)
{
	u64 edge[2] = { area->start.v, area->start.v + area->size - 1 };

	for (unsigned int i = 0; i < 2; i++) {
		struct pt_leaf leaf;
		bool found = pt_query(&as.pt, IPA(edge[i]), &leaf);

		CHECK(pt_translate(&as.pt, IPA(edge[i])).v == (found ? leaf.pa.v : PA_NONE.v));
		CHECK(found || area->kind == AREA_LAZY);
		if (!found)
			continue;
		CHECK(leaf.perms == area->attr.perms && leaf.type == area->attr.type);
		if (area->kind == AREA_LINEAR)
			CHECK(leaf.pa.v == area->pa.v + (edge[i] - area->start.v));
	}
}

static void check_gap(u64 ipa)
{
	if (ipa <= as.pt.ipa_last && !aspace_area(&as, IPA(ipa)))
		CHECK(pt_translate(&as.pt, IPA(ipa)).v == PA_NONE.v);
}

static int map(struct input *in)
{
	struct area area[2];
	unsigned int count = 1;

	for (unsigned int i = 0; i < 2; i++) {
		u8 attr = byte(in);

		area[i].start = IPA(number(in));
		area[i].size = number(in);
		area[i].kind = (attr >> 5) % 4;
		area[i].pa = PA(number(in));
		area[i].attr = (struct pt_attr){ .perms = attr & 7, .type = attr >> 3 & 3 };
		/* Frames one by one: keep the number within reason, lazy areas of any size */
		if (area[i].kind == AREA_ALLOC)
			area[i].size %= 1024 * PAGE_SIZE;
		if (!(attr & 0x10))
			break;
		count = i + 1;
	}
	return aspace_map(&as, area, count);
}

static bool read_memory(void *ctx, paddr_t pa, u64 *value)
{
	u64 offset = pa.v - BASE;

	(void)ctx;
	CHECK(!(pa.v & 7));
	if (offset >= sizeof(memory))
		return false;
	*value = *(u64 *)(memory + offset);
	return true;
}

static void ask(struct input *in)
{
	struct s1_regime regime = { .mmu = true, .read = read_memory };
	struct s1_result result;
	struct segment segment[3];
	struct aspace_info info;
	struct aspace_fault fault = { .access = byte(in) % 3 };
	u64 ipa = number(in), size = number(in);
	enum aspace_outcome outcome;

	fault.ipa = IPA(ipa);
	outcome = aspace_handle(&as, &fault);
	if (outcome <= FAULT_SPURIOUS)
		CHECK(pt_translate(&as.pt, IPA(ipa)).v != PA_NONE.v);
	if (!aspace_query(&as, IPA(ipa), &info))
		CHECK(info.limit && info.limit <= info.area.size);
	aspace_segments(&as, IPA(ipa), size % 0x100000, ACCESS_READ, segment, 3);
	regime.ttbr[0] = size;
	regime.ttbr[1] = ipa;
	regime.tcr = number(in);
	s1_walk(&as.pt, &regime, GVA(number(in)), &result);
	pt_reaches(&as.pt, PA(size & MASK(50, 0)), 1 + (ipa & MASK(40, 0)), NULL);
}

static void call(struct input *in)
{
	u8 what = byte(in);
	u64 before = fingerprint();
	unsigned int spare = as.pt.nr_spare;
	u64 ipa = 0, size = 0;
	int err;

	allocs_left = what & 8 ? (what >> 4) : FRAMES;
	switch (what & 7) {
	case 0 ... 2:
		err = map(in);
		break;
	case 3 ... 4:
		ipa = number(in);
		size = number(in);
		err = aspace_unmap(&as, IPA(ipa), size);
		break;
	case 5:
		ipa = number(in);
		size = number(in);
		err = aspace_protect(&as, IPA(ipa), size, byte(in) & 15);
		break;
	case 6:
		err = aspace_merge(&as, IPA(number(in)), number(in));
		break;
	default:
		ask(in);
		return;
	}
	if (err)
		CHECK(fingerprint() == before && as.pt.nr_spare == spare);
	else if (size)
		check_gap(ipa), check_gap(ipa + size - 1);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	static const struct {
		const struct pt_format *fmt;
		u8 bits;
	} shape[] = {
		{ &pt_arm64_s2, 32 }, { &pt_arm64_s2, 39 }, { &pt_arm64_s2, 40 },
		{ &pt_arm64_s2, 43 }, { &pt_arm64_s2, 48 }, { &pt_arm64_s2_fwb, 36 },
		{ &pt_ept, 48 },      { &pt_riscv, 41 },    { &pt_riscv, 50 },
	};
	struct input in = { data, size };
	u8 choice = byte(&in);
	struct aspace_config cfg = {
		.areas = areas,
		.max_areas = MAX_AREAS,
		.frames = &frame_ops,
		.frames_ctx = &pool,
	};

	CHECK(!pool_init(&pool, PA(BASE), memory, FRAMES));
	cfg.pt = (struct pt_config){
		.fmt = shape[choice % ARRAY_SIZE(shape)].fmt,
		.ipa_bits = shape[choice % ARRAY_SIZE(shape)].bits,
		.pa_bits = 52,
		.vmid = 3,
		.no_contig = choice & 0x80,
		.phys_to_virt = pool.phys_to_virt,
		.ops = &ops,
		.ctx = &pool,
	};
	allocs_left = FRAMES;
	CHECK(!aspace_init(&as, &cfg));
	while (in.left) {
		call(&in);
		check_consistency();
		for (unsigned int i = 0; i < as.nr_areas; i++)
			check_area(&areas[i]);
	}
	aspace_destroy(&as);
	CHECK(!pool_used(&pool));
	return 0;
}
