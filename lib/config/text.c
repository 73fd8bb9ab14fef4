// SPDX-License-Identifier: GPL-2.0-only
#include <cloister/config.h>
#include <config/text.h>

static const struct {
	u32 rule;
	const char *name;
	const char *text;
} rules[] = {
#define RULE(name, number, text) { number, #name, text },
	CLOISTER_RULES(RULE)
#undef RULE
};

static const char *const mem_flags[] = {
	"READ",	      "WRITE",	      "EXECUTE", "DMA",	 "IO",	 "COMM",  "LOADABLE", "ROOTSHARED",
	"ASSIGNABLE", "NONCACHEABLE", "ALLOC",	 "LAZY", "IO_8", "IO_16", "IO_32",    "IO_64",
};

static const char *const sections[] = {
	[CL_SECTION_SYSTEM] = "SYSTEM",	  [CL_SECTION_CELL] = "CELL",
	[CL_SECTION_CPUS] = "CPUS",	  [CL_SECTION_MEM] = "MEM_REGIONS",
	[CL_SECTION_SPIS] = "SPIS",	  [CL_SECTION_POOLS] = "POOLS",
	[CL_SECTION_PCI] = "PCI_DEVICES", [CL_SECTION_SMC] = "SMC_RULES",
	[CL_SECTION_IOMMUS] = "IOMMUS",	  [CL_SECTION_DEVICES] = "DEVICES",
};

/* A sentence on its way; what does not fit is dropped */
struct writer {
	char *buf;
	size_t size;
	size_t n;
};

static void put(struct writer *w, const char *text)
{
	while (*text && w->n + 1 < w->size)
		w->buf[w->n++] = *text++;
	w->buf[w->n] = '\0';
}

static void put_number(struct writer *w, u64 value, unsigned int base)
{
	char digits[24], *p = digits + sizeof(digits) - 1;

	*p = '\0';
	do {
		/* The kernel has no 64-bit division for 32-bit machines; ours are not */
		*--p = "0123456789abcdef"[value % base];
		value /= base;
	} while (value);
	if (base == 16)
		put(w, "0x");
	put(w, p);
}

static void put_flags(struct writer *w, u64 flags)
{
	bool first = true;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(mem_flags); i++) {
		if (!(flags >> i & 1))
			continue;
		put(w, first ? "" : " | ");
		put(w, mem_flags[i]);
		first = false;
	}
	flags = flags >> i << i;
	if (flags || first) {
		put(w, first ? "" : " | ");
		put_number(w, flags, 16);
	}
}

static void put_section(struct writer *w, u64 type)
{
	if (type < ARRAY_SIZE(sections) && sections[type]) {
		put(w, sections[type]);
	} else {
		put(w, "of type ");
		put_number(w, type, 10);
	}
}

static void put_cell(struct writer *w, u32 id, const struct error_text *how)
{
	char text[64] = "";

	if (how && how->cell)
		how->cell(how->ctx, id, text, sizeof(text));
	if (text[0])
		put(w, text);
	else
		put_number(w, id, 10);
}

/* Return: behind the letter, if @p points to one that is known here */
static const char *put_value(struct writer *w, u64 value, const char *p,
			     const struct error_text *how)
{
	switch (*p) {
	case 'd':
		put_number(w, value, 10);
		return p + 1;
	case 'c':
		put_cell(w, (u32)value, how);
		return p + 1;
	case 'i':
		put_number(w, value >> CL_ERROR_INDEX_SHIFT, 10);
		return p + 1;
	case 's':
		put(w, config_state_name(value));
		return p + 1;
	case 't':
		put_section(w, value);
		return p + 1;
	case 'f':
		put_flags(w, value);
		return p + 1;
	}
	put_number(w, value, 16);
	return p;
}

bool config_error_text(char *buf, size_t size, const struct error *err,
		       const struct error_text *how)
{
	struct writer w = { buf, size, 0 };
	const char *p = NULL;
	char c[2] = "";
	u32 i;

	buf[0] = '\0';
	for (i = 0; i < ARRAY_SIZE(rules); i++) {
		if (rules[i].rule == err->rule)
			p = rules[i].text;
	}
	if (!p) {
		put(&w, "rule ");
		put_number(&w, err->rule, 10);
		put(&w, ", which is not known here, with ");
		put_number(&w, err->value[0], 16);
		put(&w, " and ");
		put_number(&w, err->value[1], 16);
		return false;
	}
	while (*p) {
		if (p[0] == '%' && (p[1] == '1' || p[1] == '2')) {
			p = put_value(&w, err->value[p[1] - '1'], p + 2, how);
		} else {
			c[0] = *p++;
			put(&w, c);
		}
	}
	return true;
}

const char *config_rule_name(u32 rule)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(rules); i++) {
		if (rules[i].rule == rule)
			return rules[i].name;
	}
	return NULL;
}

const char *config_state_name(u64 state)
{
	static const char *const names[] = {
		[CL_CELL_CREATED] = "created",
		[CL_CELL_RUNNING] = "running",
		[CL_CELL_RUNNING_LOCKED] = "running-locked",
		[CL_CELL_SHUT_DOWN] = "shut-down",
		[CL_CELL_FAILED] = "failed",
		[CL_CELL_DESTROYING] = "destroying",
		[CL_CELL_QUARANTINED] = "quarantined",
		[CL_CELL_RESET] = "reset",
	};

	return state < ARRAY_SIZE(names) ? names[state] : "in an unknown state";
}
