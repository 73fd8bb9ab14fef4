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
	u64 offset = (u64)((const u8 *)from - (const u8 *)fake.mem);

	assert_ptr_equal(ctx, &fake);
	assert_true(bytes > 0);
	/* C5, E11: no line twice before the next barrier */
	for (u64 line = offset / 64; line <= (offset + bytes - 1) / 64; line++) {
		assert_true(line < ARRAY_SIZE(fake.cleaned));
		assert_true(fake.cleaned[line] != fake.barriers + 1);
		fake.cleaned[line] = fake.barriers + 1;
	}
	note(EV_CLEAN, (u64)(uintptr_t)from, bytes, 0);
}

static void op_barrier(void *ctx)
{
	assert_ptr_equal(ctx, &fake);
	fake.barriers++;
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

static u64 read_desc(struct hw_result *result, u64 table, u64 index)
{
	u64 offset = table + index * 8 - FAKE_BASE;

	assert_true(offset < FAKE_PAGES * PAGE_SIZE);
	result->table[result->reads++] = ALIGN_DOWN(table + index * 8, PAGE_SIZE);
	result->desc = *(u64 *)((u8 *)fake.mem + offset);
	return result->desc;
}

static void decode_arm(struct hw_result *result)
{
	u64 desc = result->desc;

	result->perms = (u8)(desc >> 6 & 3);
	/* XN: 0 executable, 2 not; others need FEAT_XNX */
	assert_int_equal(desc >> 53 & 1, 0);
	if (!(desc >> 54 & 1))
		result->perms |= PT_EXEC;
	switch (desc >> 2 & 15) {
	case 15:
		result->type = PT_NORMAL;
		break;
	case 5:
		result->type = PT_NORMAL_NC;
		break;
	case 1:
		result->type = PT_DEVICE;
		break;
	default:
		fail_msg("MemAttr %llx", (unsigned long long)(desc >> 2 & 15));
	}
	assert_int_equal(desc >> 8 & 3, result->type == PT_DEVICE ? 0 : 3);
	assert_int_equal(desc >> 10 & 1, 1);
}

/* From nothing but the two registers: Arm ARM, "Translation process" */
struct hw_result hw_walk(u64 vtcr, u64 vttbr, u64 ipa)
{
	unsigned int bits = 64 - (vtcr & 63);
	int level = 2 - (int)(vtcr >> 6 & 3);
	u64 table = vttbr & MASK(47, 1);
	struct hw_result result = { .fault = true, .level = level };
	unsigned int top = bits;

	if (ipa >> bits)
		return result;
	for (;; level++) {
		unsigned int shift = 12 + 9 * (3 - level);
		u64 desc = read_desc(&result, table, (ipa & (BIT(top) - 1)) >> shift);

		result.level = level;
		if (!(desc & 1) || (level == 3 && (desc & 3) != 3) ||
		    (level == 0 && (desc & 3) == 1))
			return result;
		if (level == 3 || (desc & 3) == 1) {
			result.fault = false;
			result.pa = (desc & MASK(47, shift)) | (ipa & (BIT(shift) - 1));
			result.size = BIT(shift) * (desc & BIT(52) ? 16 : 1);
			decode_arm(&result);
			return result;
		}
		table = desc & MASK(47, 12);
		top = shift;
	}
}

/* Intel SDM, "EPT translation mechanism" */
struct hw_result hw_walk_ept(u64 unused, u64 root, u64 gpa)
{
	static const u8 type_of[8] = { PT_DEVICE, PT_NORMAL_NC, 99, 99, 99, 99, PT_NORMAL, 99 };
	struct hw_result result = { .fault = true };
	u64 table = root;

	(void)unused;
	if (gpa >> 48)
		return result;
	for (result.level = 0;; result.level++) {
		unsigned int shift = 39 - 9 * (unsigned int)result.level;
		u64 desc = read_desc(&result, table, gpa >> shift & 511);

		if (!(desc & 7))
			return result;
		/* writable but not readable, or execute-only: misconfigured */
		assert_true(desc & 1);
		assert_true(result.level || !(desc & BIT(7)));
		if (result.level == 3 || (desc & BIT(7))) {
			assert_int_equal(desc & MASK(51, 12) & (BIT(shift) - 1), 0);
			result.fault = false;
			result.pa = (desc & MASK(51, shift)) | (gpa & (BIT(shift) - 1));
			result.size = BIT(shift);
			result.perms = desc & 7;
			result.type = type_of[desc >> 3 & 7];
			return result;
		}
		/* reserved in tables */
		assert_int_equal(desc & MASK(7, 3), 0);
		table = desc & MASK(51, 12);
	}
}

/* RISC-V privileged architecture, "Two-stage address translation" */
struct hw_result hw_walk_riscv(u64 mode, u64 root, u64 gpa)
{
	static const u8 type_of[4] = { PT_NORMAL, PT_NORMAL_NC, PT_DEVICE, 99 };
	struct hw_result result = { .fault = true, .level = mode == 8 ? 1 : 0 };
	u64 mask = 2047, table = root;

	if (gpa >> (mode == 8 ? 41 : 50))
		return result;
	for (;; result.level++, mask = 511) {
		unsigned int shift = 39 - 9 * (unsigned int)result.level;
		u64 desc = read_desc(&result, table, gpa >> shift & mask);

		if (!(desc & 1))
			return result;
		assert_true(!(desc & 4) || (desc & 2));
		if (desc & 14) {
			u64 pa = (desc >> 10 & MASK(43, 0)) << 12;

			/* user, accessed and dirty; superpages are aligned */
			assert_int_equal(desc & 0xd0, 0xd0);
			assert_int_equal(pa & (BIT(shift) - 1), 0);
			result.fault = false;
			result.pa = pa | (gpa & (BIT(shift) - 1));
			result.size = BIT(shift);
			result.perms = desc >> 1 & 7;
			result.type = type_of[desc >> 61 & 3];
			return result;
		}
		/* D, A and U are reserved in tables, as is everything above the PPN */
		assert_int_equal(desc & (0xd0 | MASK(63, 54)), 0);
		assert_true(result.level < 3);
		table = (desc >> 10 & MASK(43, 0)) << 12;
	}
}
