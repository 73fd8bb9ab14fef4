// SPDX-License-Identifier: GPL-2.0-only
/* The reader of blobs: header, section table, sections; nothing beyond the end. */
#include "rules.h"

static struct blob blob;

/*
 * Parses a copy that ends where the blob does, so that the sanitizer sees the
 * first byte beyond.
 */
static int parse_sized(const struct blob *b, u64 size, enum cl_kind kind, struct error *err)
{
	u8 *copy = malloc(size ? size : 1);
	struct config cfg;
	int ret;

	assert_non_null(copy);
	memcpy(copy, b->bytes, size);
	err->rule = CL_RULE_NONE;
	ret = config_parse(copy, size, kind, &cfg, err);
	if (!ret && kind == CL_KIND_SYSTEM)
		ret = config_check_system(&cfg, 40, err);
	else if (!ret)
		ret = config_check_cell(&cfg, default_system(), 40, 255, err);
	free(copy);
	return ret;
}

static int parse(const struct blob *b, enum cl_kind kind, struct error *err)
{
	return parse_sized(b, b->size, kind, err);
}

static void fresh(bool is_system)
{
	static struct test_config c;

	if (is_system)
		system_config(&c);
	else
		cell_config(&c, 0);
	blob_build(&blob, &c);
}

#define assert_rule(kind, name)                                                          \
	do {                                                                             \
		struct error err_;                                                       \
		int ret_ = parse(&blob, kind, &err_);                                    \
		assert_int_equal(err_.rule, CL_RULE_##name);                             \
		assert_int_equal(ret_, CL_RULE_##name == CL_RULE_NONE ? 0 : -CL_EINVAL); \
	} while (0)

static void both_kinds_are_read(void **state)
{
	(void)state;
	fresh(true);
	assert_rule(CL_KIND_SYSTEM, NONE);
	fresh(false);
	assert_rule(CL_KIND_CELL, NONE);
}

static void every_truncation_is_refused(void **state)
{
	(void)state;
	for (u32 is_system = 0; is_system < 2; is_system++) {
		enum cl_kind kind = is_system ? CL_KIND_SYSTEM : CL_KIND_CELL;

		fresh(is_system);
		for (u32 size = 0; size < blob.size; size++) {
			struct error err;
			enum cl_rule rule = size < sizeof(struct cl_blob_header) ?
						    CL_RULE_BLOB_TRUNCATED :
						    CL_RULE_BLOB_SIZE;

			assert_int_equal(parse_sized(&blob, size, kind, &err), -CL_EINVAL);
			assert_int_equal(err.rule, rule);
		}
	}
}

/* As an attacker would: the header says the truth about what is left */
static void every_sealed_truncation_is_refused(void **state)
{
	(void)state;
	for (u32 is_system = 0; is_system < 2; is_system++) {
		static struct blob whole;

		fresh(is_system);
		whole = blob;
		for (u32 size = sizeof(struct cl_blob_header); size < whole.size; size++) {
			struct error err;
			int ret;

			blob = whole;
			blob.size = size;
			blob_seal(&blob);
			ret = parse(&blob, is_system ? CL_KIND_SYSTEM : CL_KIND_CELL, &err);
			/* The padding behind the last section is nobody's */
			if (ret == 0)
				assert_true(size >= whole.size - 7);
			else if (size <
				 sizeof(struct cl_blob_header) + blob_header(&blob)->nr_sections *
									 sizeof(struct cl_section))
				assert_int_equal(err.rule, CL_RULE_BLOB_TABLE);
			else
				assert_int_equal(err.rule, CL_RULE_BLOB_SECTION);
		}
	}
}

static void every_header_field_is_checked(void **state)
{
	struct cl_blob_header *h = blob_header(&blob);
	struct error err;

	(void)state;
	for (u32 i = 0; i < sizeof(h->magic); i++) {
		fresh(false);
		h->magic[i] ^= 0x20;
		blob_checksum(&blob);
		assert_rule(CL_KIND_CELL, BLOB_MAGIC);
	}
	for (u32 version = 0; version < 0x10000; version += 1 + version / 3) {
		fresh(false);
		h->version = (u16)version;
		blob_checksum(&blob);
		if (version == CL_BLOB_VERSION)
			continue;
		assert_rule(CL_KIND_CELL, BLOB_VERSION);
		parse(&blob, CL_KIND_CELL, &err);
		assert_int_equal(err.value[0], version);
		assert_int_equal(err.value[1], CL_BLOB_VERSION);
	}
	for (u32 arch = 0; arch < 256; arch++) {
		fresh(false);
		h->arch = (u8)arch;
		blob_checksum(&blob);
		if (arch != CL_ARCH_ARM64)
			assert_rule(CL_KIND_CELL, BLOB_ARCH);
	}
	for (u32 kind = 0; kind < 256; kind++) {
		fresh(false);
		h->kind = (u8)kind;
		blob_checksum(&blob);
		if (kind != CL_KIND_CELL)
			assert_rule(CL_KIND_CELL, BLOB_KIND);
	}
	fresh(true);
	assert_rule(CL_KIND_CELL, BLOB_KIND);
	fresh(false);
	assert_rule(CL_KIND_SYSTEM, BLOB_KIND);
	parse(&blob, CL_KIND_SYSTEM, &err);
	assert_int_equal(err.value[0], CL_KIND_CELL);
	assert_int_equal(err.value[1], CL_KIND_SYSTEM);
}

static void the_size_must_be_true(void **state)
{
	static const s64 wrong[] = { -1, 1, 8, -8, 0x10000, 0xffff0000 };
	struct error err;

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(wrong); i++) {
		fresh(false);
		blob_header(&blob)->size += (u32)wrong[i];
		blob_checksum(&blob);
		assert_rule(CL_KIND_CELL, BLOB_SIZE);
		parse(&blob, CL_KIND_CELL, &err);
		assert_int_equal(err.value[1], blob.size);
	}
	/* Bytes behind the last section harm nobody, up to the limit */
	fresh(false);
	blob.size = CL_BLOB_MAX_SIZE;
	blob_seal(&blob);
	assert_rule(CL_KIND_CELL, NONE);
	blob.size = CL_BLOB_MAX_SIZE + 1;
	blob_seal(&blob);
	assert_rule(CL_KIND_CELL, FILE_SIZE);
}

static void every_bit_is_under_the_checksum(void **state)
{
	struct cl_blob_header *h = blob_header(&blob);

	(void)state;
	fresh(false);
	for (u32 bit = 8 * offsetof(struct cl_blob_header, checksum); bit < 8 * blob.size; bit++) {
		blob.bytes[bit / 8] ^= (u8)(1 << bit % 8);
		if (h->nr_sections && h->nr_sections <= CL_MAX_SECTIONS)
			assert_rule(CL_KIND_CELL, BLOB_CHECKSUM);
		else
			assert_rule(CL_KIND_CELL, BLOB_TABLE);
		blob.bytes[bit / 8] ^= (u8)(1 << bit % 8);
	}
}

static void the_number_of_sections_is_bounded(void **state)
{
	static const u32 wrong[] = { 0, CL_MAX_SECTIONS + 1, 0x10000000, ~0u };
	struct error err;

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(wrong); i++) {
		fresh(false);
		blob_header(&blob)->nr_sections = wrong[i];
		blob_checksum(&blob);
		assert_rule(CL_KIND_CELL, BLOB_TABLE);
		/* For their number, before any of them is looked at */
		parse(&blob, CL_KIND_CELL, &err);
		assert_int_equal(err.value[0], wrong[i]);
		assert_int_equal(err.value[1], blob.size);
	}
	/* A table that ends beyond the blob */
	fresh(false);
	blob.size = sizeof(struct cl_blob_header) + 3 * sizeof(struct cl_section);
	blob_header(&blob)->nr_sections = 4;
	blob_seal(&blob);
	assert_rule(CL_KIND_CELL, BLOB_TABLE);
	parse(&blob, CL_KIND_CELL, &err);
	assert_int_equal(err.value[0], 4);
}

/* Every section of a valid blob, with one of its fields wrong */
static void sections_must_lie_within_the_blob(void **state)
{
	(void)state;
	for (u32 is_system = 0; is_system < 2; is_system++) {
		enum cl_kind kind = is_system ? CL_KIND_SYSTEM : CL_KIND_CELL;

		for (u32 i = 0; i < 4; i++) {
			struct cl_section *s = blob_section(&blob, i);
			u32 offsets[] = { 4, 1, ~7u, 0x80000000, CL_BLOB_MAX_SIZE };

			for (u32 k = 0; k < ARRAY_SIZE(offsets); k++) {
				fresh(is_system);
				if (k < 2)
					s->offset += offsets[k];
				else
					s->offset = offsets[k];
				blob_checksum(&blob);
				assert_rule(kind, BLOB_SECTION);
			}
			fresh(is_system);
			s->offset = blob.size;
			blob_checksum(&blob);
			assert_rule(kind, BLOB_SECTION);

			/* A sum of offset and size that wraps in 32 bits */
			fresh(is_system);
			s->size = (0u - s->offset) / s->entry_size * s->entry_size;
			blob_checksum(&blob);
			assert_rule(kind, BLOB_SECTION);
			fresh(is_system);
			s->size -= 1;
			blob_checksum(&blob);
			assert_rule(kind, BLOB_ENTRY);
		}
	}
}

static void entries_must_have_their_size(void **state)
{
	static const u32 wrong[] = { 0, 1, 4, 16, 31, ~0u };

	(void)state;
	for (u32 i = 0; i < 4; i++) {
		struct cl_section *s = blob_section(&blob, i);

		for (u32 k = 0; k < ARRAY_SIZE(wrong); k++) {
			struct error err;

			fresh(false);
			if (s->entry_size == wrong[k])
				continue;
			s->entry_size = wrong[k];
			blob_checksum(&blob);
			assert_int_equal(parse(&blob, CL_KIND_CELL, &err), -CL_EINVAL);
			/* What would be several CELLs is that */
			assert_int_equal(err.rule, i == 0 && wrong[k] && s->size % wrong[k] == 0 ?
							   CL_RULE_BLOB_SINGLE :
							   CL_RULE_BLOB_ENTRY);
			assert_int_equal(err.value[0], s->type);
		}
	}
}

/* Gives SYSTEM or CELL, the first section, another size: its content moves to the end */
static void resize_first(bool is_system, u32 bytes)
{
	struct cl_section *s = blob_section(&blob, 0);
	u32 old;

	fresh(is_system);
	old = s->size;
	memset(blob.bytes + blob.size, 0, bytes);
	memcpy(blob.bytes + blob.size, blob.bytes + s->offset, MIN(old, bytes));
	s->offset = blob.size;
	s->size = s->entry_size = bytes;
	blob.size = (u32)ALIGN_UP(blob.size + bytes, 8);
	blob_seal(&blob);
}

/* A version that has more fields: as long as they say nothing, it is understood */
static void newer_structures_are_accepted_if_they_say_nothing_new(void **state)
{
	(void)state;
	for (u32 is_system = 0; is_system < 2; is_system++) {
		enum cl_kind kind = is_system ? CL_KIND_SYSTEM : CL_KIND_CELL;
		u32 known = is_system ? sizeof(struct cl_system) : sizeof(struct cl_cell);
		static const u32 more[] = { 1, 4, 8, 64 };

		for (u32 k = 0; k < ARRAY_SIZE(more); k++) {
			struct cl_section *s = blob_section(&blob, 0);
			struct error err;

			resize_first(is_system, known + more[k]);
			assert_rule(kind, NONE);
			for (u32 at = known; at < known + more[k]; at++) {
				blob.bytes[s->offset + at] = 1;
				blob_seal(&blob);
				assert_rule(kind, BLOB_FIELD_UNKNOWN);
				parse(&blob, kind, &err);
				assert_int_equal(err.value[0], s->type);
				assert_int_equal(err.value[1], at);
				blob.bytes[s->offset + at] = 0;
			}
		}
	}
}

/* A version that had fewer fields: what it did not know is 0 */
static void older_structures_are_completed_with_zeros(void **state)
{
	struct config cfg;
	struct error err;

	(void)state;
	for (u32 bytes = 0; bytes < sizeof(struct cl_cell); bytes++) {
		resize_first(false, bytes);
		/* What stands behind it in the blob is not a part of it */
		memset(blob.bytes + blob.size, 0xff, 64);
		blob.size += 64;
		blob_seal(&blob);
		if (bytes < CL_LEAST_SIZE_CELL)
			assert_rule(CL_KIND_CELL, BLOB_ENTRY);
		else
			assert_rule(CL_KIND_CELL, NONE);
	}
	resize_first(false, CL_LEAST_SIZE_CELL);
	assert_int_equal(config_parse(blob.bytes, blob.size, CL_KIND_CELL, &cfg, &err), 0);
	assert_string_equal(cfg.cell->name, "cell-0");
	assert_int_equal(cfg.cell->args[3], 0xa3);
	assert_int_equal(cfg.cell->on_failure, 0);
	assert_int_equal(cfg.cell->max_restarts, 0);
	assert_int_equal(cfg.cell->console_irq, 0);
	assert_int_equal(cfg.cell->power_button.address, 0);
	resize_first(true, CL_LEAST_SIZE_SYSTEM);
	assert_rule(CL_KIND_SYSTEM, NONE);
	resize_first(true, CL_LEAST_SIZE_SYSTEM - 8);
	assert_rule(CL_KIND_SYSTEM, BLOB_ENTRY);
}

static void sections_have_known_types_and_come_once(void **state)
{
	static const u32 unknown[] = { 0,  CL_SECTION_DEVICES + 1, 16, 31, 32, 33, 64, 0x80000000,
				       ~0u };

	(void)state;
	for (u32 k = 0; k < ARRAY_SIZE(unknown); k++) {
		struct error err;

		fresh(false);
		blob_section(&blob, 2)->type = unknown[k];
		blob_checksum(&blob);
		assert_rule(CL_KIND_CELL, BLOB_SECTION_UNKNOWN);
		parse(&blob, CL_KIND_CELL, &err);
		assert_int_equal(err.value[0], unknown[k]);
	}
	for (u32 i = 0; i < 4; i++) {
		for (u32 j = 0; j < 4; j++) {
			struct error err;

			if (i == j)
				continue;
			fresh(false);
			*blob_section(&blob, j) = *blob_section(&blob, i);
			blob_checksum(&blob);
			assert_rule(CL_KIND_CELL, BLOB_SECTION_TWICE);
			parse(&blob, CL_KIND_CELL, &err);
			assert_int_equal(err.value[0], blob_section(&blob, i)->type);
		}
	}
	/* Interrupts are no part of a system, nor is a system one of a cell */
	fresh(true);
	blob_section(&blob, 3)->type = CL_SECTION_SPIS;
	blob_checksum(&blob);
	assert_rule(CL_KIND_SYSTEM, BLOB_SECTION_KIND);
	fresh(false);
	blob_section(&blob, 2)->type = CL_SECTION_SYSTEM;
	blob_checksum(&blob);
	assert_rule(CL_KIND_CELL, BLOB_SECTION_KIND);
	fresh(false);
	blob_section(&blob, 2)->type = CL_SECTION_POOLS;
	blob_checksum(&blob);
	assert_rule(CL_KIND_CELL, BLOB_SECTION_KIND);
}

/* The entry is overwritten by another one, and is gone from the table's end */
static void drop_section(u32 i)
{
	struct cl_blob_header *h = blob_header(&blob);

	*blob_section(&blob, i) = *blob_section(&blob, --h->nr_sections);
	blob_checksum(&blob);
}

static void what_is_needed_must_be_there(void **state)
{
	(void)state;
	fresh(true);
	drop_section(0);
	assert_rule(CL_KIND_SYSTEM, BLOB_SECTION_MISSING);
	fresh(true);
	drop_section(1);
	assert_rule(CL_KIND_SYSTEM, BLOB_SECTION_MISSING);
	fresh(true);
	drop_section(2);
	assert_rule(CL_KIND_SYSTEM, CPU_NONE);
	fresh(true);
	drop_section(3);
	assert_rule(CL_KIND_SYSTEM, NONE);
	fresh(false);
	drop_section(0);
	assert_rule(CL_KIND_CELL, BLOB_SECTION_MISSING);
	fresh(false);
	drop_section(1);
	assert_rule(CL_KIND_CELL, CPU_NONE);
	fresh(false);
	drop_section(2);
	assert_rule(CL_KIND_CELL, CELL_ENTRY);
	fresh(false);
	drop_section(3);
	assert_rule(CL_KIND_CELL, NONE);
}

static void there_is_one_cell_and_one_system(void **state)
{
	(void)state;
	for (u32 i = 0; i < 2; i++) {
		struct cl_section *s = blob_section(&blob, i);

		fresh(true);
		s->size = 0;
		blob_checksum(&blob);
		assert_rule(CL_KIND_SYSTEM, BLOB_SINGLE);
		fresh(true);
		s->size *= 2;
		blob_checksum(&blob);
		assert_rule(CL_KIND_SYSTEM, BLOB_SINGLE);
	}
}

/* Sections that share bytes: strange, but each is within the blob and is read only */
static void sections_may_overlap_without_harm(void **state)
{
	(void)state;
	fresh(false);
	blob_section(&blob, 3)->offset = blob_section(&blob, 1)->offset;
	blob_section(&blob, 3)->size = 4;
	blob_checksum(&blob);
	/* CPU 2 as INTID: refused for what it says */
	assert_rule(CL_KIND_CELL, SPI_RANGE);
	fresh(false);
	blob_section(&blob, 0)->offset = 0;
	blob_checksum(&blob);
	assert_rule(CL_KIND_CELL, CELL_NAME);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_kinds_are_read),
		cmocka_unit_test(every_truncation_is_refused),
		cmocka_unit_test(every_sealed_truncation_is_refused),
		cmocka_unit_test(every_header_field_is_checked),
		cmocka_unit_test(the_size_must_be_true),
		cmocka_unit_test(every_bit_is_under_the_checksum),
		cmocka_unit_test(the_number_of_sections_is_bounded),
		cmocka_unit_test(sections_must_lie_within_the_blob),
		cmocka_unit_test(entries_must_have_their_size),
		cmocka_unit_test(newer_structures_are_accepted_if_they_say_nothing_new),
		cmocka_unit_test(older_structures_are_completed_with_zeros),
		cmocka_unit_test(sections_have_known_types_and_come_once),
		cmocka_unit_test(what_is_needed_must_be_there),
		cmocka_unit_test(there_is_one_cell_and_one_system),
		cmocka_unit_test(sections_may_overlap_without_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
