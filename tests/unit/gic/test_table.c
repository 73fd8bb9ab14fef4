// SPDX-License-Identifier: GPL-2.0-only
/* Documentation/interrupts.md says what each register does for a cell: is it true? */
#include "machine.h"

#define TABLES "../../../Documentation/interrupts.md"
#define CPU 2 /* of cell 1 */

struct row {
	char name[64];
	u32 first;
	u32 last;
	char widths[8];
	char treatment[8];
};

/* The rows of the table below a headline, in its order */
static u32 read_rows(const char *headline, struct row *rows, u32 max)
{
	FILE *file = fopen(TABLES, "r");
	bool there = false;
	char line[512];
	u32 n = 0;

	assert_non_null(file);
	while (fgets(line, sizeof(line), file)) {
		if (line[0] == '#')
			there = !strncmp(line, headline, strlen(headline));
		if (there && n < max &&
		    sscanf(line, "| %63[^|]| 0x%x-0x%x | %7[^|]| %7s |", rows[n].name,
			   &rows[n].first, &rows[n].last, rows[n].widths, rows[n].treatment) == 5)
			n++;
	}
	fclose(file);
	return n;
}

static bool takes(const struct row *row, u32 offset, u32 size)
{
	return offset % size == 0 && strchr(row->widths, (int)('0' + size));
}

/* One address, one width. Return: did the store change the hardware? */
static bool try_one(const struct row *row, u64 ipa, u32 offset, u32 size)
{
	bool fine = takes(row, offset, size), changed;
	struct gic_model before = hw;
	/* A route is one thing as a whole, and all ones lead nowhere */
	u64 stored = row->first == GICD_IROUTER ? cpus[CPU + 1].mpidr : ~0ull;
	u64 value;

	if (try_load(CPU, ipa, size, &value) != fine)
		fail_msg("%s: load of %u bytes at 0x%x", row->name, size, offset);
	if (fine && !strcmp(row->treatment, "zero") && value)
		fail_msg("%s: 0x%x is not zero", row->name, offset);
	if (try_store(CPU, ipa, size, stored) != fine)
		fail_msg("%s: store of %u bytes at 0x%x", row->name, size, offset);
	assert_null(trespass(&before, 1));
	changed = memcmp(&before, &hw, sizeof(hw));
	if (changed && strcmp(row->treatment, "own"))
		fail_msg("%s: 0x%x is changed in the hardware", row->name, offset);
	if (fine && !strcmp(row->treatment, "fixed")) {
		u64 again;

		try_load(CPU, ipa, size, &again);
		assert_int_equal(value, again);
	}
	hw = before;
	return changed;
}

static void check_row(const struct row *row, u64 base)
{
	bool own = !strcmp(row->treatment, "own"), changed = false;

	assert_true(own || !strcmp(row->treatment, "cell") || !strcmp(row->treatment, "fixed") ||
		    !strcmp(row->treatment, "zero"));
	for (u32 offset = row->first; offset <= row->last; offset++) {
		for (u32 size = 1; size <= 8; size *= 2)
			changed |= try_one(row, base + offset, offset, size);
	}
	if (own && !changed)
		fail_msg("%s: nothing is the cell's", row->name);
}

static void check_table(const char *headline, u64 base, u32 size)
{
	static struct row rows[64];
	u32 n = read_rows(headline, rows, ARRAY_SIZE(rows)), next = 0;

	for (u32 i = 0; i < n; i++) {
		if (rows[i].first != next || rows[i].last < next)
			fail_msg("%s: 0x%x is in no row, or in two", rows[i].name, next);
		next = rows[i].last + 1;
		check_row(&rows[i], base);
	}
	assert_int_equal(next, size);
}

static void distributor(void **state)
{
	(void)state;
	/* Nothing set that a store of ones would leave as it is, or cleared by it */
	scribble(7);
	check_table("## Distributor", GICD(0), GICD_SIZE);
}

static void redistributor(void **state)
{
	(void)state;
	scribble(8);
	check_table("## Redistributor", GICR(CPU, 0), GICR_FRAMES_SIZE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(distributor),
		TEST(redistributor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
