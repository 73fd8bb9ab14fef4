// SPDX-License-Identifier: GPL-2.0-only
/*
 * From bytes to a struct config: header, section table, sections. Nothing of
 * the blob is used before it was found to lie within it.
 */
#include <config/internal.h>

#define IN_SYSTEM (1u << CL_KIND_SYSTEM)
#define IN_CELL (1u << CL_KIND_CELL)

/**
 * struct section_rule - what a section of one type may look like
 * @type: enum cl_section_type
 * @kinds: configs in which it may stand, IN_*
 * @entry_size: bytes of an entry
 * @least_size: 0, or: there is one entry, which may have other fields, see
 *	take_single(); these are the bytes that its first version had
 * @max: entries that there may be
 * @too_many: the rule that more of them break
 * @entries: where struct config points to them
 * @count: where it counts them; unused if there is one
 */
struct section_rule {
	u8 type;
	u8 kinds;
	u8 entry_size;
	u8 least_size;
	u16 max;
	u16 too_many;
	u16 entries;
	u16 count;
};

#define AT(field) offsetof(struct config, field)

static const struct section_rule section_rules[] = {
	{ CL_SECTION_SYSTEM, IN_SYSTEM, sizeof(struct cl_system), CL_LEAST_SIZE_SYSTEM, 1,
	  CL_RULE_BLOB_SINGLE, AT(system), 0 },
	{ CL_SECTION_CELL, IN_SYSTEM | IN_CELL, sizeof(struct cl_cell), CL_LEAST_SIZE_CELL, 1,
	  CL_RULE_BLOB_SINGLE, AT(cell), 0 },
	{ CL_SECTION_CPUS, IN_SYSTEM | IN_CELL, sizeof(u64), 0, CL_MAX_CPUS, CL_RULE_CPU_TOO_MANY,
	  AT(cpus), AT(nr_cpus) },
	{ CL_SECTION_MEM, IN_SYSTEM | IN_CELL, sizeof(struct cl_mem_region), 0, CL_MAX_MEM_REGIONS,
	  CL_RULE_MEM_COUNT, AT(mem), AT(nr_mem) },
	{ CL_SECTION_SPIS, IN_CELL, sizeof(u32), 0, CL_MAX_SPIS, CL_RULE_SPI_COUNT, AT(spis),
	  AT(nr_spis) },
	{ CL_SECTION_POOLS, IN_SYSTEM, sizeof(struct cl_range), 0, CL_MAX_POOLS, CL_RULE_POOL_COUNT,
	  AT(pools), AT(nr_pools) },
	{ CL_SECTION_SMC, IN_CELL, sizeof(struct cl_smc_rule), 0, CL_MAX_SMC_RULES,
	  CL_RULE_SMC_COUNT, AT(smc), AT(nr_smc) },
	{ CL_SECTION_PCI, IN_CELL, sizeof(struct cl_pci_device), 0, CL_MAX_PCI_DEVICES,
	  CL_RULE_PCI_COUNT, AT(pci), AT(nr_pci) },
	{ CL_SECTION_IOMMUS, IN_SYSTEM, sizeof(struct cl_iommu), 0, CL_MAX_IOMMUS,
	  CL_RULE_IOMMU_COUNT, AT(iommus), AT(nr_iommus) },
	{ CL_SECTION_DEVICES, IN_CELL, sizeof(struct cl_device), 0, CL_MAX_DEVICES,
	  CL_RULE_DEVICE_COUNT, AT(devices), AT(nr_devices) },
};

static u32 crc32_update(u32 crc, const void *data, size_t n)
{
	/* The CRC of each 4-bit value: a quarter of the work of a bit at a time
	 * for 64 bytes of table.
	 */
	static const u32 nibble[16] = {
		0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4,
		0x4db26158, 0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
		0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
	};
	const u8 *p = data;

	while (n--) {
		crc ^= *p++;
		crc = (crc >> 4) ^ nibble[crc & 15];
		crc = (crc >> 4) ^ nibble[crc & 15];
	}
	return crc;
}

/* CRC-32 of IEEE 802.3, as zlib's. The field itself counts as 0. */
static u32 checksum(const struct cl_blob_header *h)
{
	const u32 zero = 0;
	u32 crc = crc32_update(~0u, h, offsetof(struct cl_blob_header, checksum));

	crc = crc32_update(crc, &zero, sizeof(zero));
	return ~crc32_update(crc, &h->nr_sections,
			     h->size - offsetof(struct cl_blob_header, nr_sections));
}

static int check_header(const struct cl_blob_header *h, u64 size, enum cl_kind kind,
			struct error *err)
{
	u32 sum;

	if (size < sizeof(*h))
		return REFUSE(BLOB_TRUNCATED, size, sizeof(*h));
	if (memcmp(h->magic, CL_BLOB_MAGIC, sizeof(h->magic)))
		return REFUSE(BLOB_MAGIC, 0, 0);
	if (h->version != CL_BLOB_VERSION)
		return REFUSE(BLOB_VERSION, h->version, CL_BLOB_VERSION);
	if (h->arch != CL_ARCH_ARM64)
		return REFUSE(BLOB_ARCH, h->arch, CL_ARCH_ARM64);
	if (h->kind != kind)
		return REFUSE(BLOB_KIND, h->kind, kind);
	if (h->size != size)
		return REFUSE(BLOB_SIZE, h->size, size);
	if (size > CL_BLOB_MAX_SIZE)
		return REFUSE(FILE_SIZE, size, CL_BLOB_MAX_SIZE);
	if (h->nr_sections == 0 || h->nr_sections > CL_MAX_SECTIONS ||
	    sizeof(*h) + h->nr_sections * sizeof(struct cl_section) > size)
		return REFUSE(BLOB_TABLE, h->nr_sections, size);
	sum = checksum(h);
	if (sum != h->checksum)
		return REFUSE(BLOB_CHECKSUM, h->checksum, sum);
	return 0;
}

static const struct section_rule *find_rule(u32 type)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(section_rules); i++) {
		if (section_rules[i].type == type)
			return &section_rules[i];
	}
	return NULL;
}

/*
 * SYSTEM and CELL grow at their end, and 0 means in each new field what was so
 * before there was the field. So an old blob, whose structure is shorter, is
 * completed with zeros; and a newer one may be longer, if all of what is not
 * known here is 0.
 */
static int take_single(const struct section_rule *rule, const struct cl_section *s,
		       const void **content, struct config *cfg, struct error *err)
{
	void *room = s->type == CL_SECTION_SYSTEM ? (void *)&cfg->completed.system :
						    (void *)&cfg->completed.cell;
	const u8 *bytes = *content;
	u32 i;

	if (s->entry_size < rule->least_size)
		return REFUSE(BLOB_ENTRY, s->type, s->entry_size);
	for (i = rule->entry_size; i < s->entry_size; i++) {
		if (bytes[i])
			return REFUSE(BLOB_FIELD_UNKNOWN, s->type, i);
	}
	if (s->entry_size < rule->entry_size) {
		memcpy(room, bytes, s->entry_size);
		*content = room;
	}
	return 0;
}

static int take_section(const struct cl_blob_header *h, const struct cl_section *s,
			struct config *cfg, struct error *err)
{
	const struct section_rule *rule = find_rule(s->type);
	const void *content;
	u32 count;
	int ret;

	if (!rule)
		return REFUSE(BLOB_SECTION_UNKNOWN, s->type, 0);
	if (!(rule->kinds >> h->kind & 1))
		return REFUSE(BLOB_SECTION_KIND, s->type, h->kind);
	if (s->offset % 8 || s->offset > h->size || s->size > h->size - s->offset)
		return REFUSE(BLOB_SECTION, s->type, s->offset);
	if (!s->entry_size || s->size % s->entry_size)
		return REFUSE(BLOB_ENTRY, s->type, s->entry_size);
	content = (const u8 *)h + s->offset;
	count = s->size / s->entry_size;

	if (rule->least_size) {
		if (count != 1)
			return REFUSE(BLOB_SINGLE, s->type, count);
		ret = take_single(rule, s, &content, cfg, err);
		if (ret)
			return ret;
	} else {
		if (s->entry_size != rule->entry_size)
			return REFUSE(BLOB_ENTRY, s->type, s->entry_size);
		if (count > rule->max)
			return refuse(err, -CL_EINVAL, rule->too_many, count, rule->max);
		memcpy((u8 *)cfg + rule->count, &count, sizeof(count));
	}
	memcpy((u8 *)cfg + rule->entries, &content, sizeof(content));
	return 0;
}

static bool is_name_character(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '.' || c == '_' || c == '-';
}

static bool is_name(const char *name)
{
	u32 i = 0;

	while (i < CL_NAME_SIZE && is_name_character(name[i]))
		i++;
	return i > 0 && i < CL_NAME_SIZE && !name[i];
}

bool name_equal(const char *a, const char *b)
{
	size_t i;

	for (i = 0; i < CL_NAME_SIZE; i++) {
		if (a[i] != b[i])
			return false;
		if (!a[i])
			return true;
	}
	return true;
}

int config_parse(const void *blob, u64 size, enum cl_kind kind, struct config *cfg,
		 struct error *err)
{
	const struct cl_blob_header *h = blob;
	const struct cl_section *s = (const struct cl_section *)(h + 1);
	u32 seen = 0, i;
	int ret;

	memset(cfg, 0, sizeof(*cfg));
	ret = check_header(h, size, kind, err);
	if (ret)
		return ret;

	cfg->blob = blob;
	cfg->size = h->size;
	for (i = 0; i < h->nr_sections; i++) {
		ret = take_section(h, &s[i], cfg, err);
		if (ret)
			return ret;
		if (seen >> s[i].type & 1)
			return REFUSE(BLOB_SECTION_TWICE, s[i].type, 0);
		seen |= 1u << s[i].type;
	}
	if (kind == CL_KIND_SYSTEM && !cfg->system)
		return REFUSE(BLOB_SECTION_MISSING, CL_SECTION_SYSTEM, 0);
	if (!cfg->cell)
		return REFUSE(BLOB_SECTION_MISSING, CL_SECTION_CELL, 0);
	if (!cfg->nr_cpus)
		return REFUSE(CPU_NONE, 0, 0);
	if (!is_name(cfg->cell->name))
		return REFUSE(CELL_NAME, 0, 0);
	return 0;
}
