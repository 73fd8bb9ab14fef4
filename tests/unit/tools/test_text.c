// SPDX-License-Identifier: GPL-2.0-only
/* Syndromes in words, and JSON. */
#include <stdlib.h>
#include <string.h>

#include "run.h"

static char *text;

static const char *esr(uint64_t value)
{
	size_t size;
	FILE *f;

	free(text);
	f = open_memstream(&text, &size);
	print_esr(f, value);
	fclose(f);
	return text;
}

static const char *escaped(const char *bytes, size_t number)
{
	size_t size;
	FILE *f;

	free(text);
	f = open_memstream(&text, &size);
	json_escape(f, bytes, number);
	fclose(f);
	return text;
}

#define EC(n) ((uint64_t)(n) << 26)
#define IL (1u << 25)
#define ISV (1u << 24)

static void test_data_aborts(void **state)
{
	(void)state;
	assert_string_equal(esr(EC(0x24) | IL | ISV | 2u << 22 | 3u << 16 | 1u << 6 | 0x06),
			    "data abort of the guest: write of 4 bytes from "
			    "w3, translation fault at level 2");
	assert_string_equal(esr(EC(0x24) | IL | ISV | 3u << 22 | 1u << 15 | 30u << 16 | 0x0f),
			    "data abort of the guest: read of 8 bytes to x30, "
			    "permission fault at level 3");
	assert_string_equal(esr(EC(0x24) | ISV | 31u << 16 | 1u << 6 | 0x10 | 1u << 9),
			    "data abort of the guest: write of 1 byte from "
			    "wzr, synchronous external abort, external");
	assert_string_equal(esr(EC(0x24) | IL | 0x07),
			    "data abort of the guest: read (no syndrome), "
			    "translation fault at level 3");
	assert_string_equal(esr(EC(0x24) | 1u << 8 | 1u << 6 | 0x05),
			    "data abort of the guest: cache maintenance, "
			    "translation fault at level 1");
	assert_string_equal(esr(EC(0x24) | 1u << 7 | 1u << 6 | 0x05),
			    "data abort of the guest: write (no syndrome), "
			    "translation fault at level 1, on a stage 1 table "
			    "walk");
	assert_string_equal(esr(EC(0x25) | 0x21),
			    "data abort at EL2: read (no syndrome), alignment "
			    "fault");
}

static void test_fault_codes(void **state)
{
	(void)state;
	assert_contains(esr(EC(0x20) | 0x00), "address size fault at level 0");
	assert_contains(esr(EC(0x20) | 0x0a), "access flag fault at level 2");
	assert_contains(esr(EC(0x20) | 0x0d), "permission fault at level 1");
	assert_contains(esr(EC(0x20) | 0x16), "table walk at level 2");
	assert_contains(esr(EC(0x20) | 0x13), "table walk at level -1");
	assert_contains(esr(EC(0x20) | 0x2b), "translation fault at level -1");
	assert_contains(esr(EC(0x20) | 0x30), "TLB conflict");
	assert_contains(esr(EC(0x20) | 0x3f), "fault status 0x3f");
	assert_string_equal(esr(EC(0x20) | IL | 0x07 | 1u << 7),
			    "instruction abort of the guest: translation fault "
			    "at level 3, on a stage 1 table walk");
}

static void test_other_classes(void **state)
{
	(void)state;
	assert_string_equal(esr(0), "unknown reason");
	assert_string_equal(esr(EC(0x16) | IL | 0x4a48), "HVC #0x4a48");
	assert_string_equal(esr(EC(0x17) | IL), "SMC #0x0");
	assert_string_equal(esr(EC(0x01) | 1), "trapped WFI or WFE: WFE");
	/* ICC_SGI1R_EL1 (S3_0_C12_C11_5), written from x7 */
	assert_string_equal(esr(EC(0x18) | 3u << 20 | 5u << 17 | 0u << 14 | 12u << 10 | 7u << 5 |
				11u << 1),
			    "trapped system register access: write "
			    "S3_0_C12_C11_5, x7");
	assert_contains(esr(EC(0x18) | 1), "read S0_0_C0_C0_0, x0");
	assert_string_equal(esr(EC(0x3f)), "exception class 0x3f");
	/* What is above bit 31 says no more, and must not confuse. */
	assert_string_equal(esr(0xffffffff00000000 | EC(0x2f)), "SError");
	for (uint64_t ec = 0; ec < 64; ec++) {
		assert_true(strlen(esr(EC(ec))) > 0);
		assert_true(strlen(esr(EC(ec) | 0x1ffffff)) > 0);
	}
}

static void test_escaping(void **state)
{
	(void)state;
	assert_string_equal(escaped("", 0), "\"\"");
	assert_string_equal(escaped("a\"b\\c", 5), "\"a\\\"b\\\\c\"");
	assert_string_equal(escaped("\n\r\t", 3), "\"\\n\\r\\t\"");
	assert_string_equal(escaped("\0\x1b[2J\x7f", 6), "\"\\u0000\\u001b[2J\\u007f\"");
	assert_string_equal(escaped("\xc3\xff", 2), "\"\\u00c3\\u00ff\"");
}

static void test_writer(void **state)
{
	struct json j;
	size_t size;
	FILE *f;

	(void)state;
	free(text);
	f = open_memstream(&text, &size);
	json_start(&j, f);
	json_object(&j, NULL);
	json_string(&j, "name", "abcdef", 3);
	json_number(&j, "number", UINT64_MAX);
	json_array(&j, "empty");
	json_end(&j);
	json_array(&j, "list");
	json_hex(&j, NULL, 0xab);
	json_bool(&j, NULL, true);
	json_finish(&j);
	fclose(f);
	assert_string_equal(text, "{\n"
				  "  \"name\": \"abc\",\n"
				  "  \"number\": 18446744073709551615,\n"
				  "  \"empty\": [],\n"
				  "  \"list\": [\n"
				  "    \"0xab\",\n"
				  "    true\n"
				  "  ]\n"
				  "}\n");
}

static int free_text(void **state)
{
	(void)state;
	free(text);
	text = NULL;
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_data_aborts),   cmocka_unit_test(test_fault_codes),
		cmocka_unit_test(test_other_classes), cmocka_unit_test(test_escaping),
		cmocka_unit_test(test_writer),
	};

	return cmocka_run_group_tests(tests, NULL, free_text);
}
