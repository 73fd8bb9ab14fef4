// SPDX-License-Identifier: GPL-2.0-only
/* What cellctl says of the virtual addresses of guests. */
#include <errno.h>
#include <string.h>

#include "run.h"

#define MMU_ON 0x30d00801
#define ADDRESS "0x40201123"

static struct cl_gva *g = &fake.gva;

/* A page of cell 1, read-only for EL0 */
static int setup_gva(void **state)
{
	setup(state);
	fake_add_cell(1, "timer", CL_CELL_RUNNING, 8);
	*g = (struct cl_gva){
		.sctlr = MMU_ON,
		.tcr = 25 | 1 << 23 | 2ull << 32,
		.mair = 0xbb44ff04,
		.ttbr = { 0x10000, 0xbad000 },
		.descriptor = 0x60000000005743,
		.leaf_size = 4096,
		.limit = 4096 - 0x123,
		.level = 3,
		.el1 = CL_PERM_READ | CL_PERM_WRITE,
		.el0 = CL_PERM_READ,
		.attr = 0xff,
		.reads = 11,
		.stage2 = {
			.cell = 1,
			.mapped = 1,
			.ipa = 0x5123,
			.pa = 0x71205123,
			.leaf_size = 2 << 20,
			.limit = (1 << 20) - 0x5123,
			.perms = CL_PERM_READ | CL_PERM_WRITE | CL_PERM_EXECUTE,
			.level = 2,
			.region_size = 1 << 20,
			.region_flags = CL_MEM_READ | CL_MEM_WRITE | CL_MEM_EXECUTE,
		},
	};
	return 0;
}

static void test_mapped(void **state)
{
	(void)state;
	run("translate", "--gva", "3", ADDRESS);
	assert_int_equal(result.status, STATUS_OK);
	assert_string_equal(result.err, "");
	assert_string_equal(result.out, "CPU:         3\n"
					"cell:        1 (timer)\n"
					"address:     0x40201123\n"
					"SCTLR_EL1:   0x30d00801, MMU on\n"
					"TCR_EL1:     0x200800019, TTBR0_EL1 for it, 39 bits, "
					"granule 4 KiB\n"
					"MAIR_EL1:    0xbb44ff04\n"
					"TTBR0_EL1:   0x10000\n"
					"TTBR1_EL1:   0xbad000\n"
					"reads:       11\n"
					"stage 1:     0x5123\n"
					"entry:       0x60000000005743\n"
					"leaf:        4 KiB, level 3\n"
					"EL1:         rw-\n"
					"EL0:         r--\n"
					"attributes:  0xff, normal write-back\n"
					"contiguous:  3805 bytes, to 0x40201fff\n"
					"stage 2:\n"
					"physical:    0x71205123\n"
					"permissions: rwx\n"
					"type:        normal\n"
					"leaf:        2 MiB, level 2\n"
					"limit:       1027805 bytes, to 0xfffff\n"
					"region:      0, 0x0..0xfffff: READ WRITE EXECUTE\n");

	g->tcr2 = 2;
	run("translate", "0", "0", "--gva");
	assert_int_equal(result.status, STATUS_OK);
	assert_contains(result.out, "TCR2_EL1:    0x2\n");
}

static void test_mmu_off(void **state)
{
	(void)state;
	g->sctlr = 0x30d00800;
	g->leaf_size = 0;
	run("translate", "--gva", "3", "0x5123");
	assert_int_equal(result.status, STATUS_OK);
	assert_contains(result.out, "SCTLR_EL1:   0x30d00800, MMU off\n"
				    "TCR_EL1:     0x200800019\n");
	assert_contains(result.out, "reads:       11\nstage 1:     0x5123\ncontiguous:");
	run("translate", "--json", "--gva", "3", "0x5123");
	assert_contains(result.out, "\"mmu\": false");
	assert_null(strstr(result.out, "\"el1\""));

	g->status = CL_GVA_ADDRESS_SIZE;
	g->stage2.ipa = 1ull << 48;
	run("translate", "--gva", "3", "0x1000000000000");
	assert_contains(result.err, "with the MMU off it leads to 0x1000000000000, which is longer "
				    "than stage 2 allows\n");
}

static void test_halves(void **state)
{
	static const struct {
		uint64_t tcr;
		char *gva;
		const char *text;
	} cases[] = {
		{ 16ull << 16 | 2ull << 30, "0xffff800010000000",
		  "TTBR1_EL1 for it, 48 bits, granule 4 KiB\n" },
		{ 22ull << 16 | 3ull << 30, "0xffffffffffffffff",
		  "TTBR1_EL1 for it, 42 bits, granule 64 KiB\n" },
		{ 28ull << 16 | 1ull << 30, "0x80000000000000",
		  "TTBR1_EL1 for it, 36 bits, granule 16 KiB\n" },
		{ 0, "0xffffffffffffffff", "TTBR1_EL1 for it, reserved granule\n" },
		{ 1 << 23, "0xffffffffffffffff", "TTBR1_EL1 for it, switched off\n" },
		{ 22 | 1 << 14, "0", "TTBR0_EL1 for it, 42 bits, granule 64 KiB\n" },
		{ 28 | 2 << 14, "0", "TTBR0_EL1 for it, 36 bits, granule 16 KiB\n" },
		{ 3 << 14, "0", "TTBR0_EL1 for it, reserved granule\n" },
		{ 1 << 7, "0", "TTBR0_EL1 for it, switched off\n" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		g->tcr = cases[i].tcr;
		run("translate", "--gva", "3", cases[i].gva);
		assert_contains(result.out, cases[i].text);
	}
}

static void test_attributes(void **state)
{
	static const struct {
		uint32_t attr;
		const char *text;
	} cases[] = {
		{ 0x00, "0x00, device nGnRnE\n" },
		{ 0x04, "0x04, device nGnRE\n" },
		{ 0x08, "0x08, device nGRE\n" },
		{ 0x0c, "0x0c, device GRE\n" },
		{ 0x0d, "0x0d, device GRE, XS 0\n" },
		{ 0x02, "0x02, reserved\n" },
		{ 0x0f, "0x0f, reserved\n" },
		{ 0x44, "0x44, normal non-cacheable\n" },
		{ 0x40, "0x40, normal non-cacheable, XS 0\n" },
		{ 0xa0, "0xa0, normal write-through, XS 0\n" },
		{ 0xf0, "0xf0, normal write-back, tagged\n" },
		{ 0xbb, "0xbb, normal write-through\n" },
		{ 0xee, "0xee, normal write-back\n" },
		{ 0x33, "0x33, normal write-through, transient\n" },
		{ 0x77, "0x77, normal write-back, transient\n" },
		{ 0x4f, "0x4f, normal, outer non-cacheable, inner write-back\n" },
		{ 0xb4, "0xb4, normal, outer write-through, inner non-cacheable\n" },
		{ 0x90, "0x90, reserved\n" },
		/* It is a byte; a driver that says otherwise is no reason to crash */
		{ 0x744, "0x744, normal non-cacheable\n" },
		{ 0xffffffff, "0xffffffff, normal write-back\n" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		g->attr = cases[i].attr;
		run("translate", "--gva", "3", ADDRESS);
		assert_contains(result.out, "attributes:  ");
		assert_contains(result.out, cases[i].text);
	}
}

static const struct {
	uint32_t status;
	const char *name;
	bool mapped;
	const char *sentence;
} ends[] = {
	{ CL_GVA_NO_ENTRY, "no-entry", true,
	  "stage 1 has no entry for it: at level 3, address 0x5123, is 0x60000000005743" },
	{ CL_GVA_ADDRESS_SIZE, "address-size", false,
	  "stage 1 leads to 0x5123, which is longer than TCR_EL1.IPS or stage 2 allows" },
	{ CL_GVA_ACCESS_FLAG, "access-flag", true,
	  "stage 1's entry of level 3, 0x60000000005743, has its access flag clear" },
	{ CL_GVA_UNKNOWN, "unknown-registers", true,
	  "TCR_EL1 or TCR2_EL1 has what the hypervisor does not know" },
	{ CL_GVA_TABLE, "table", true,
	  "stage 1's table of level 3 cannot be read: stage 2 has 0x5123 as device memory, rw-" },
	{ CL_GVA_TABLE, "table", false,
	  "stage 1's table of level 3 cannot be read: cell 1 (timer) has nothing mapped at "
	  "0x5123, which is in its region 0 (0x0..0xfffff)" },
	{ CL_GVA_STAGE2, "stage2", false,
	  "stage 1 leads to 0x5123, but cell 1 (timer) has nothing mapped at 0x5123, which is in "
	  "its region 0 (0x0..0xfffff)" },
	{ CL_GVA_NO_RAM, "no-ram", true,
	  "stage 1's table of level 3 cannot be read: 0x5123 leads to 0x71205123, which is no RAM "
	  "of the system config" },
	{ 99, "unknown", true, "it ends for a reason that this cellctl does not know (99)" },
};

static void test_each_end(void **state)
{
	char text[256];

	(void)state;
	g->stage2.type = CL_TYPE_DEVICE;
	g->stage2.perms = CL_PERM_READ | CL_PERM_WRITE;
	for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
		bool leaf = ends[i].status == CL_GVA_STAGE2;

		g->status = ends[i].status;
		g->stage2.mapped = ends[i].mapped;
		snprintf(text, sizeof(text), "cellctl: translate --gva 3 " ADDRESS ": %s\n",
			 ends[i].sentence);
		run("translate", "--gva", "3", ADDRESS);
		assert_int_equal(result.status, STATUS_REFUSED);
		assert_string_equal(result.err, text);
		/* The registers in any case, more as far as it is known */
		assert_contains(result.out, "\nTTBR1_EL1:   0xbad000\nreads:       11\n");
		assert_int_equal(!!strstr(result.out, "EL0:         r--"), leaf);
		assert_null(strstr(result.out, "physical"));

		run("translate", "--gva", "--json", "3", ADDRESS);
		assert_int_equal(result.status, STATUS_REFUSED);
		assert_string_equal(result.err, text);
		snprintf(text, sizeof(text), "\"status\": \"%s\",\n  \"reads\": 11,\n",
			 ends[i].name);
		assert_contains(result.out, text);
		assert_contains(result.out, "\"entry\": \"0x60000000005743\"");
		assert_int_equal(!!strstr(result.out, "\"el0\""), leaf);
		assert_int_equal(!!strstr(result.out, "\"stage2\": {"),
				 ends[i].status != CL_GVA_UNKNOWN);
	}

	/* No table was looked at: there is no address */
	g->status = CL_GVA_NO_ENTRY;
	g->reads = 0;
	run("translate", "--gva", "--json", "3", ADDRESS);
	assert_contains(result.err, "stage 1 has no table for it: TCR_EL1 has that half switched "
				    "off, or fewer bits\n");
	assert_null(strstr(result.out, "\"entry\""));
	assert_null(strstr(result.out, "\"stage2\": {"));
}

static void test_usage(void **state)
{
	(void)state;
	run("translate", "--gva", "3");
	assert_int_equal(result.status, STATUS_USAGE);
	assert_contains(result.err, "a CPU and an address are needed");
	run("translate", "--gva", "timer", "0");
	assert_int_equal(result.status, STATUS_USAGE);
	assert_contains(result.err, "'timer' is no CPU number (0..");
	run("translate", "--gva", "3", "x");
	assert_int_equal(result.status, STATUS_USAGE);
	assert_contains(result.err, "'x' is no address");
	run("show", "--gva", "timer");
	assert_int_equal(result.status, STATUS_USAGE);
	for (size_t i = 0; i < ARRAY_SIZE(fake.requests); i++)
		assert_int_equal(fake.requests[i], 0);
}

static void test_refused(void **state)
{
	(void)state;
	run("translate", "--gva", "4", "0");
	assert_int_equal(result.status, STATUS_REFUSED);
	assert_string_equal(result.out, "");
	assert_contains(result.err, "cellctl: translate 4: ");
	assert_contains(result.err, "CPU_UNKNOWN, ENOENT");

	fake.fail_request = CL_IOC_READ;
	fake.fail_errno = EBUSY;
	fake.fail_error = (struct cl_ioc_error){ CL_RULE_CPU_IS_OFF, 0, { 3, 1 } };
	run("translate", "--gva", "3", "0");
	assert_int_equal(result.status, STATUS_REFUSED);
	assert_contains(result.err, "cellctl: translate 3: CPU 3, which cell 1");
	assert_contains(result.err, " has, is off: no guest runs there (rule 203 CPU_IS_OFF, "
				    "EBUSY)\n");
	fake.fail_errno = ETIMEDOUT;
	fake.fail_error = (struct cl_ioc_error){ CL_RULE_CPU_SILENT, 0, { 3, 1000 } };
	run("translate", "--gva", "3", "0");
	assert_string_equal(result.err,
			    "cellctl: translate 3: CPU 3 did not come to the hypervisor "
			    "within 1000 ms (rule 204 CPU_SILENT, ETIMEDOUT)\n");
	fake.fail_request = 0;
	fake.short_reads = true;
	run("translate", "--gva", "3", "0");
	assert_contains(result.err, "(EPROTO)");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup_gva, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_mapped),   TEST(test_mmu_off), TEST(test_halves),  TEST(test_attributes),
		TEST(test_each_end), TEST(test_usage),	 TEST(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
