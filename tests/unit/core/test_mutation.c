// SPDX-License-Identifier: GPL-2.0-only
/*
 * Random damage to configs that were valid: MUTATIONS of them (default: 5000),
 * from SEED on. Each is refused, or accepted by a machine on which everybody
 * still has what is theirs, as read from the tables.
 */
#include "accept.h"
#include "fixture.h"

static u64 state = 1;

/* xorshift64*: Vigna, "An experimental exploration of Marsaglia's generators" */
static u64 next(void)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return state * 0x2545f4914f6cdd1dull;
}

static u64 below(u64 n)
{
	return next() % n;
}

/* Numbers at which comparisons and sums go wrong, and addresses that mean something */
static u64 odd_number(void)
{
	static const u64 known[] = {
		0,
		1,
		2,
		3,
		4,
		0xfff,
		0x1000,
		0x1001,
		0x10000,
		2 * MiB,
		GiB,
		BIT(31),
		BIT(32),
		BIT(40),
		BIT(40) - 4096,
		BIT(47),
		BIT(63),
		~0ull,
		~0ull << 12,
		LINUX_RAM,
		CELLS_RAM,
		ODD_RAM,
		POOL,
		GICD,
		GICR,
		UART,
		DEVICE,
		MMCONFIG,
		0x60000000,
		0x603ff000,
		CELL_ODD(0),
		CELL_COMM_IPA,
	};
	u64 n = known[below(ARRAY_SIZE(known))];

	switch (below(4)) {
	case 0:
		return n + below(16) * PAGE_SIZE;
	case 1:
		return n - below(3) * PAGE_SIZE;
	default:
		return n;
	}
}

/* A word of 1, 2, 4 or 8 bytes at its alignment */
static void change_word(struct blob *b)
{
	u32 bytes = 1u << below(4);
	u32 at = (u32)below(b->size / bytes) * bytes;
	u64 word = 0;

	memcpy(&word, b->bytes + at, bytes);
	switch (below(4)) {
	case 0:
		word ^= BIT(below(8 * bytes));
		break;
	case 1:
		word += below(2) ? 0x1000 : -0x1000ull;
		break;
	case 2:
		word = next();
		break;
	default:
		word = odd_number();
	}
	memcpy(b->bytes + at, &word, bytes);
}

/* A piece of it copied to another place: an entry twice, a section as another */
static void copy_piece(struct blob *b)
{
	u32 bytes = 8u << below(4);
	u32 from = (u32)below(b->size - bytes) & ~7u, to = (u32)below(b->size - bytes) & ~7u;

	memmove(b->bytes + to, b->bytes + from, bytes);
}

static void damage(struct blob *b)
{
	static const u32 ends[] = { 0, 1, 8, 24, 32 };
	u32 cut;

	switch (below(8)) {
	case 0:
		copy_piece(b);
		break;
	case 1:
		cut = ends[below(ARRAY_SIZE(ends))];
		b->size -= MIN(cut, b->size - (u32)sizeof(struct cl_blob_header));
		break;
	default:
		change_word(b);
	}
}

/* Most get a header that is right, so that the rest is looked at */
static void put_right(struct blob *b, bool is_system)
{
	struct cl_blob_header *h = blob_header(b);

	memcpy(h->magic, CL_BLOB_MAGIC, sizeof(h->magic));
	h->version = CL_BLOB_VERSION;
	h->arch = CL_ARCH_ARM64;
	h->kind = is_system ? CL_KIND_SYSTEM : CL_KIND_CELL;
	blob_seal(b);
}

static void damaged_configs_harm_nobody(void **unused)
{
	static struct blob whole[4], b;
	const char *rounds = getenv("MUTATIONS"), *seed = getenv("SEED");
	u64 count = rounds ? strtoull(rounds, NULL, 0) : 5000, accepted = 0;
	static struct test_config c;

	(void)unused;
	state = seed ? strtoull(seed, NULL, 0) : 1;
	for (u32 i = 0; i < 3; i++) {
		cell_config(&c, i);
		blob_build(&whole[i], &c);
	}
	system_config(&c);
	blob_build(&whole[3], &c);
	for (u64 i = 0; i < count; i++) {
		u32 which = (u32)below(ARRAY_SIZE(whole));

		b = whole[which];
		for (u64 n = 1 + below(3); n; n--)
			damage(&b);
		if (below(16))
			put_right(&b, which == 3);
		accepted += try_config(&b, which == 3);
	}
	print_message("           %llu damaged configs, of which %llu were accepted\n",
		      (unsigned long long)count, (unsigned long long)accepted);
	/* Neither all nor none: the rest would prove little */
	assert_true(accepted > count / 50 && accepted < count / 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(damaged_configs_harm_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
