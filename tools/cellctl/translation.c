// SPDX-License-Identifier: GPL-2.0-only
/* How a translation is put into words. */
#include <inttypes.h>

#include "cellctl.h"

static const char *const flag_names[] = {
	"READ",	      "WRITE",	      "EXECUTE", "DMA",	 "IO",	 "COMM",  "LOADABLE", "ROOTSHARED",
	"ASSIGNABLE", "NONCACHEABLE", "ALLOC",	 "LAZY", "IO_8", "IO_16", "IO_32",    "IO_64",
};

const char *type_name(uint32_t type)
{
	static const char *const names[] = {
		[CL_TYPE_NORMAL] = "normal",
		[CL_TYPE_NONCACHEABLE] = "noncacheable",
		[CL_TYPE_DEVICE] = "device",
	};

	return type < ARRAY_SIZE(names) ? names[type] : "unknown";
}

/* As "r-x"; @text has room for 4 characters */
const char *perms_text(uint32_t perms, char *text)
{
	text[0] = perms & CL_PERM_READ ? 'r' : '-';
	text[1] = perms & CL_PERM_WRITE ? 'w' : '-';
	text[2] = perms & CL_PERM_EXECUTE ? 'x' : '-';
	text[3] = 0;
	return text;
}

/* In the largest unit that needs no fraction */
void print_size(FILE *f, uint64_t size)
{
	static const char *const units[] = { "bytes", "KiB", "MiB", "GiB" };
	size_t unit = 0;

	while (size && size % 1024 == 0 && unit + 1 < ARRAY_SIZE(units)) {
		size /= 1024;
		unit++;
	}
	fprintf(f, "%" PRIu64 " %s", size, units[unit]);
}

void print_range(FILE *f, uint64_t start, uint64_t size)
{
	fprintf(f, "0x%" PRIx64 "..0x%" PRIx64, start, start + size - 1);
}

/* What an answer says instead of a result: a sentence follows */
FILE *complain(struct context *ctx, const char *object)
{
	fprintf(ctx->err, "cellctl: %s%s%s: ", ctx->command, object ? " " : "",
		object ? object : "");
	return ctx->err;
}

/* Members of an object: all but the cell and the address */
void json_mapping(struct json *j, const struct cl_translation *t)
{
	char perms[4];

	json_bool(j, "mapped", t->mapped);
	if (t->mapped) {
		json_hex(j, "physical", t->pa);
		json_string(j, "permissions", perms_text(t->perms, perms), SIZE_MAX);
		json_string(j, "type", type_name(t->type), SIZE_MAX);
		json_number(j, "leaf_size", t->leaf_size);
		json_number(j, "level", t->level);
		json_number(j, "limit", t->limit);
	}
	if (t->region == UINT32_MAX)
		return;
	json_object(j, "region");
	json_number(j, "index", t->region);
	json_hex(j, "start", t->region_start);
	json_number(j, "size", t->region_size);
	json_array(j, "flags");
	for (size_t i = 0; i < ARRAY_SIZE(flag_names); i++) {
		if (t->region_flags >> i & 1)
			json_string(j, NULL, flag_names[i], SIZE_MAX);
	}
	json_end(j);
	json_end(j);
}

/* Lines of what is mapped */
void print_mapping(FILE *f, const struct cl_translation *t)
{
	char perms[4];

	fprintf(f, "physical:    0x%" PRIx64 "\n", (uint64_t)t->pa);
	fprintf(f, "permissions: %s\n", perms_text(t->perms, perms));
	fprintf(f, "type:        %s\n", type_name(t->type));
	fputs("leaf:        ", f);
	print_size(f, t->leaf_size);
	fprintf(f, ", level %u\nlimit:       ", t->level);
	print_size(f, t->limit);
	fprintf(f, ", to 0x%" PRIx64 "\nregion:      ", (uint64_t)(t->ipa + t->limit - 1));
	if (t->region == UINT32_MAX) {
		fputs("none\n", f);
		return;
	}
	fprintf(f, "%u, ", t->region);
	print_range(f, t->region_start, t->region_size);
	fputc(':', f);
	for (size_t i = 0; i < ARRAY_SIZE(flag_names); i++) {
		if (t->region_flags >> i & 1)
			fprintf(f, " %s", flag_names[i]);
	}
	fputc('\n', f);
}

/* The sentence about what is not mapped */
void print_not_mapped(FILE *f, struct context *ctx, const struct cl_translation *t)
{
	fputs("cell ", f);
	print_cell_id(f, ctx, t->cell);
	fprintf(f, " has nothing mapped at 0x%" PRIx64 ", which is in ", (uint64_t)t->ipa);
	if (t->region == UINT32_MAX) {
		fputs("no region\n", f);
		return;
	}
	fprintf(f, "its region %u (", t->region);
	print_range(f, t->region_start, t->region_size);
	if (t->region_flags & CL_IO_WIDTHS)
		fputs("): the hypervisor makes each access\n", f);
	else
		fputs(t->cell ? ")\n" : "): a cell has it\n", f);
}
