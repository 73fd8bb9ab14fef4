// SPDX-License-Identifier: GPL-2.0-only
#include "fake.h"

struct fake fake;

static void note(enum event_kind kind, u64 a, u64 size, unsigned int level)
{
	if (fake.watch && kind != EV_ALLOC)
		fake.watch(&fake, kind);
	fake.total[kind]++;
	if (fake.nr < ARRAY_SIZE(fake.log))
		fake.log[fake.nr++] = (struct event){ kind, a, size, level };
}

static void *op_alloc(void *ctx, unsigned int count)
{
	void *frames;

	assert_ptr_equal(ctx, &fake);
	if (++fake.allocs == fake.fail_at)
		return NULL;
	frames = pool_alloc_raw(&fake.pool, count);
	/* The engine must not rely on zeroed frames */
	if (frames)
		memset(frames, 0xa5, count * PAGE_SIZE);
	note(EV_ALLOC, (u64)(uintptr_t)frames, count * PAGE_SIZE, 0);
	return frames;
}

static void op_free(void *ctx, void *frames, unsigned int count)
{
	assert_ptr_equal(ctx, &fake);
	note(EV_FREE, (u64)(uintptr_t)frames, count * PAGE_SIZE, 0);
	/* Whoever still walks it must notice */
	memset(frames, 0xff, count * PAGE_SIZE);
	assert_int_equal(pool_free(&fake.pool, frames, count), 0);
}

static void op_clean(void *ctx, const void *from, size_t bytes)
{
	assert_ptr_equal(ctx, &fake);
	assert_true(bytes > 0);
	note(EV_CLEAN, (u64)(uintptr_t)from, bytes, 0);
}

static void op_barrier(void *ctx)
{
	assert_ptr_equal(ctx, &fake);
	note(EV_BARRIER, 0, 0, 0);
}

static void op_range(void *ctx, u16 vmid, ipaddr_t ipa, u64 size, unsigned int level)
{
	assert_ptr_equal(ctx, &fake);
	assert_int_equal(vmid, 7);
	note(EV_RANGE, ipa.v, size, level);
}

static void op_all(void *ctx, u16 vmid)
{
	assert_ptr_equal(ctx, &fake);
	assert_int_equal(vmid, 7);
	note(EV_ALL, 0, 0, 0);
}

const struct mm_ops fake_ops = {
	.alloc = op_alloc,
	.free = op_free,
	.clean = op_clean,
	.barrier = op_barrier,
	.tlbi_range = op_range,
	.tlbi_all = op_all,
};

int fake_setup(void **state)
{
	(void)state;
	memset(&fake, 0, sizeof(fake));
	fake.mem = aligned_alloc(64 * KiB, FAKE_PAGES * PAGE_SIZE);
	if (!fake.mem)
		return -1;
	return pool_init(&fake.pool, PA(FAKE_BASE), fake.mem, FAKE_PAGES);
}

int fake_teardown(void **state)
{
	(void)state;
	free(fake.mem);
	return 0;
}

void fake_forget(void)
{
	fake.nr = 0;
	fake.allocs = 0;
	memset(fake.total, 0, sizeof(fake.total));
}

struct pt_config fake_config(unsigned int ipa_bits, unsigned int pa_bits)
{
	return (struct pt_config){
		.fmt = &pt_arm64_s2,
		.ipa_bits = ipa_bits,
		.pa_bits = pa_bits,
		.vmid = 7,
		.phys_to_virt = fake.pool.phys_to_virt,
		.ops = &fake_ops,
		.ctx = &fake,
	};
}

void fake_new(struct pt *pt, unsigned int ipa_bits)
{
	struct pt_config cfg = fake_config(ipa_bits, 48);

	assert_int_equal(pt_init(pt, &cfg), 0);
	fake_forget();
}

/* Over every frame that is in use; what is free may hold anything */
u64 fake_checksum(void)
{
	u64 sum = 14695981039346656037ull;

	for (u64 i = 0; i < fake.pool.nr; i++) {
		const u64 *frame = (const u64 *)((u8 *)fake.mem + i * PAGE_SIZE);

		if (!(fake.pool.map[i / 64] & BIT(i % 64)))
			continue;
		for (unsigned int j = 0; j < PAGE_SIZE / 8; j++)
			sum = (sum ^ frame[j]) * 1099511628211ull;
	}
	return sum;
}

/* The walk of Arm ARM D8.2, from nothing but the two registers */
struct hw_result hw_walk(u64 vtcr, u64 vttbr, u64 ipa)
{
	unsigned int bits = 64 - (vtcr & 63);
	int level = 2 - (int)(vtcr >> 6 & 3);
	u64 table = vttbr & MASK(47, 1);
	struct hw_result result = { .level = level };
	unsigned int top = bits;

	result.fault = true;
	if (ipa >> bits)
		return result;
	for (;; level++) {
		unsigned int shift = 12 + 9 * (3 - level);
		u64 index = (ipa & (BIT(top) - 1)) >> shift;
		u64 offset = table + index * 8 - FAKE_BASE;
		u64 desc;

		assert_true(offset < FAKE_PAGES * PAGE_SIZE);
		desc = *(u64 *)((u8 *)fake.mem + offset);
		result.reads++;
		result.level = level;
		result.desc = desc;
		if (!(desc & 1) || (level == 3 && (desc & 3) != 3) ||
		    (level == 0 && (desc & 3) == 1))
			return result;
		if (level == 3 || (desc & 3) == 1) {
			result.fault = false;
			result.pa = (desc & MASK(47, shift)) | (ipa & (BIT(shift) - 1));
			return result;
		}
		table = desc & MASK(47, 12);
		top = shift;
	}
}
