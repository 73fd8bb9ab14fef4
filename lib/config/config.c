// SPDX-License-Identifier: GPL-2.0-only
#include <config/config.h>
#include <config/range.h>

#define REFUSE(rule, a, b) refuse(err, -CL_EINVAL, CL_RULE_##rule, (u64)(a), (u64)(b))

/* EL2's own addresses end here: hypervisor_memory must lie above */
#define HV_MEM_LOWEST (64ull << 20)

#define MEM_KNOWN_FLAGS                                                                       \
	(CL_MEM_READ | CL_MEM_WRITE | CL_MEM_EXECUTE | CL_MEM_DMA | CL_MEM_IO | CL_MEM_COMM | \
	 CL_MEM_LOADABLE | CL_MEM_ROOTSHARED | CL_MEM_ASSIGNABLE | CL_MEM_NONCACHEABLE |      \
	 CL_MEM_ALLOC | CL_MEM_LAZY)

/* Frames of a pool have no fixed address that root or a device could be told of */
#define MEM_POOL_FLAGS (CL_MEM_READ | CL_MEM_WRITE | CL_MEM_EXECUTE | CL_MEM_ALLOC | CL_MEM_LAZY)

#define POOL_ALIGNMENT (2u << 20)

#define PAGE_SIZE 4096ull

static u64 bit(unsigned int n)
{
	return 1ull << n;
}

static bool is_aligned(u64 x, u64 alignment)
{
	return !(x & (alignment - 1));
}

/* What each section holds: its entry's size and how many entries there may be */
static const struct {
	u32 type;
	u32 entry_size;
	u32 min;
	u32 max;
	bool in_system;
	bool in_cell;
} section_rules[] = {
	{ CL_SECTION_SYSTEM, sizeof(struct cl_system), 1, 1, true, false },
	{ CL_SECTION_CELL, sizeof(struct cl_cell), 1, 1, true, true },
	{ CL_SECTION_CPUS, sizeof(u64), 0, CL_MAX_CPUS, true, true },
	{ CL_SECTION_MEM, sizeof(struct cl_mem_region), 0, CL_MAX_MEM_REGIONS, true, true },
	{ CL_SECTION_SPIS, sizeof(u32), 0, CL_MAX_SPIS, false, true },
	{ CL_SECTION_POOLS, sizeof(struct cl_range), 0, CL_MAX_POOLS, true, false },
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

	crc = ~crc;
	while (n--) {
		crc ^= *p++;
		crc = (crc >> 4) ^ nibble[crc & 15];
		crc = (crc >> 4) ^ nibble[crc & 15];
	}
	return ~crc;
}

static int check_header(const struct cl_blob_header *h, u64 size, enum cl_kind kind,
			struct error *err)
{
	u32 crc;
	u32 zero = 0;

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
	if (h->size != size || size > CL_BLOB_MAX_SIZE)
		return REFUSE(BLOB_SIZE, h->size, size);
	if (h->nr_sections == 0 || h->nr_sections > CL_MAX_SECTIONS ||
	    sizeof(*h) + h->nr_sections * sizeof(struct cl_section) > size)
		return REFUSE(BLOB_SECTION, 0, h->nr_sections);

	crc = crc32_update(0, h, offsetof(struct cl_blob_header, checksum));
	crc = crc32_update(crc, &zero, sizeof(zero));
	crc = crc32_update(crc, &h->nr_sections,
			   size - offsetof(struct cl_blob_header, nr_sections));
	if (crc != h->checksum)
		return REFUSE(BLOB_CHECKSUM, h->checksum, crc);
	return 0;
}

static int take_section(const u8 *blob, u64 size, enum cl_kind kind, const struct cl_section *s,
			struct config *cfg, struct error *err)
{
	const void *content = blob + s->offset;
	u32 i, count;

	for (i = 0; i < ARRAY_SIZE(section_rules); i++) {
		if (section_rules[i].type == s->type)
			break;
	}
	if (i == ARRAY_SIZE(section_rules) ||
	    !(kind == CL_KIND_SYSTEM ? section_rules[i].in_system : section_rules[i].in_cell))
		return REFUSE(BLOB_SECTION, s->type, 0);
	if (s->entry_size != section_rules[i].entry_size || s->size % s->entry_size)
		return REFUSE(BLOB_SECTION, s->type, s->entry_size);
	if (s->offset % 8 || s->offset > size || s->size > size - s->offset)
		return REFUSE(BLOB_SECTION, s->type, s->offset);
	count = s->size / s->entry_size;
	if (count < section_rules[i].min)
		return REFUSE(BLOB_SECTION, s->type, count);

	switch (s->type) {
	case CL_SECTION_SYSTEM:
		if (count > 1)
			return REFUSE(BLOB_SECTION, s->type, count);
		cfg->system = content;
		break;
	case CL_SECTION_CELL:
		if (count > 1)
			return REFUSE(BLOB_SECTION, s->type, count);
		cfg->cell = content;
		break;
	case CL_SECTION_CPUS:
		if (count > section_rules[i].max)
			return REFUSE(CPU_TOO_MANY, count, section_rules[i].max);
		cfg->cpus = content;
		cfg->nr_cpus = count;
		break;
	case CL_SECTION_MEM:
		if (count > section_rules[i].max)
			return REFUSE(MEM_COUNT, count, section_rules[i].max);
		cfg->mem = content;
		cfg->nr_mem = count;
		break;
	case CL_SECTION_SPIS:
		if (count > section_rules[i].max)
			return REFUSE(BLOB_SECTION, s->type, count);
		cfg->spis = content;
		cfg->nr_spis = count;
		break;
	case CL_SECTION_POOLS:
		if (count > section_rules[i].max)
			return REFUSE(POOL_COUNT, count, section_rules[i].max);
		cfg->pools = content;
		cfg->nr_pools = count;
		break;
	}
	return 0;
}

bool name_equal(const char *a, const char *b)
{
	for (size_t i = 0; i < CL_NAME_SIZE; i++) {
		if (a[i] != b[i])
			return false;
		if (!a[i])
			return true;
	}
	return true;
}

static int check_name(const char *name, struct error *err)
{
	u32 i;

	for (i = 0; i < CL_NAME_SIZE && name[i]; i++) {
		char c = name[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		      c == '.' || c == '_' || c == '-'))
			return REFUSE(CELL_NAME, 0, 0);
	}
	if (i == 0 || i == CL_NAME_SIZE)
		return REFUSE(CELL_NAME, 0, 0);
	return 0;
}

int config_parse(const void *blob, u64 size, enum cl_kind kind, struct config *cfg,
		 struct error *err)
{
	const struct cl_blob_header *h = blob;
	const struct cl_section *s = (const struct cl_section *)(h + 1);
	u32 seen = 0;
	int ret;

	memset(cfg, 0, sizeof(*cfg));
	ret = check_header(h, size, kind, err);
	if (ret)
		return ret;

	for (u32 i = 0; i < h->nr_sections; i++) {
		if (s[i].type > 31)
			return REFUSE(BLOB_SECTION, s[i].type, 0);
		if (seen & bit(s[i].type))
			return REFUSE(BLOB_SECTION_TWICE, s[i].type, 0);
		seen |= bit(s[i].type);
		ret = take_section(blob, size, kind, &s[i], cfg, err);
		if (ret)
			return ret;
	}
	if (kind == CL_KIND_SYSTEM && !cfg->system)
		return REFUSE(BLOB_SECTION_MISSING, CL_SECTION_SYSTEM, 0);
	if (!cfg->cell)
		return REFUSE(BLOB_SECTION_MISSING, CL_SECTION_CELL, 0);
	if (!cfg->nr_cpus)
		return REFUSE(CPU_NONE, 0, 0);
	return check_name(cfg->cell->name, err);
}

/* Rules for one region by itself */
static int check_region(const struct cl_mem_region *r, u32 i, unsigned int pa_bits,
			struct error *err)
{
	u64 limit = bit(pa_bits);

	bool has_pa = !(r->flags & CL_MEM_ALLOC);

	if (has_pa && !is_aligned(r->phys_start, PAGE_SIZE))
		return REFUSE(MEM_ALIGN, i, r->phys_start);
	if (!is_aligned(r->virt_start, PAGE_SIZE))
		return REFUSE(MEM_ALIGN, i, r->virt_start);
	if (!is_aligned(r->size, PAGE_SIZE))
		return REFUSE(MEM_ALIGN, i, r->size);
	if (!r->size)
		return REFUSE(MEM_EMPTY, i, 0);
	if (r->size > limit || (has_pa && r->phys_start > limit - r->size))
		return REFUSE(MEM_WRAP, i, r->phys_start);
	if (r->virt_start > limit - r->size)
		return REFUSE(MEM_WRAP, i, r->virt_start);
	if ((r->flags & ~MEM_KNOWN_FLAGS) || !(r->flags & (CL_MEM_READ | CL_MEM_WRITE)))
		return REFUSE(MEM_FLAGS, i, r->flags);
	/* A device is neither code nor a place for images nor non-cacheable RAM */
	if ((r->flags & CL_MEM_IO) &&
	    (r->flags & (CL_MEM_EXECUTE | CL_MEM_LOADABLE | CL_MEM_NONCACHEABLE | CL_MEM_COMM)))
		return REFUSE(MEM_FLAGS, i, r->flags);
	if ((r->flags & (CL_MEM_ALLOC | CL_MEM_LAZY)) &&
	    (!(r->flags & CL_MEM_ALLOC) || (r->flags & ~MEM_POOL_FLAGS)))
		return REFUSE(POOL_FLAGS, i, r->flags);
	return 0;
}

static int check_regions(const struct config *cfg, unsigned int pa_bits, struct error *err)
{
	for (u32 i = 0; i < cfg->nr_mem; i++) {
		const struct cl_mem_region *a = &cfg->mem[i];
		int ret = check_region(a, i, pa_bits, err);

		if (ret)
			return ret;
		for (u32 j = 0; j < i; j++) {
			const struct cl_mem_region *b = &cfg->mem[j];

			if (ranges_overlap(a->virt_start, a->size, b->virt_start, b->size))
				return REFUSE(MEM_OVERLAP_VIRT, j, i);
			if (mem_has_address(a) && mem_has_address(b) &&
			    ranges_overlap(a->phys_start, a->size, b->phys_start, b->size))
				return REFUSE(MEM_OVERLAP_PHYS, j, i);
		}
	}
	return 0;
}

/* Does [start, start + size) touch a register frame of the interrupt controller? */
static bool touches_gic(const struct cl_system *sys, u64 start, u64 size)
{
	if (ranges_overlap(start, size, sys->gic.gicd_base, 0x10000))
		return true;
	for (u32 i = 0; i < CL_MAX_GICR_REGIONS; i++) {
		const struct cl_range *r = &sys->gic.gicr[i];

		if (r->size && ranges_overlap(start, size, r->start, r->size))
			return true;
	}
	return false;
}

/* Does a region touch the PCI configuration space? */
static bool touches_mmconfig(const struct cl_system *s, u64 start, u64 size)
{
	return s->pci.mmconfig_base &&
	       ranges_overlap(start, size, s->pci.mmconfig_base, (s->pci.end_bus + 1ull) << 20);
}

static int check_platform(const struct cl_system *s, unsigned int pa_bits, struct error *err)
{
	const struct cl_range *hv = &s->hypervisor_memory;
	u64 limit = bit(pa_bits);

	if (!is_aligned(hv->start, 2u << 20) || !is_aligned(hv->size, 2u << 20) || !hv->size)
		return REFUSE(HV_MEM_ALIGN, hv->start, hv->size);
	if (hv->start < HV_MEM_LOWEST)
		return REFUSE(HV_MEM_LOW, hv->start, HV_MEM_LOWEST);
	if (hv->size > limit || hv->start > limit - hv->size)
		return REFUSE(CPU_PA_RANGE, hv->start, pa_bits);
	if (s->gic.version != 3)
		return REFUSE(GIC_VERSION, s->gic.version, 3);
	if (s->gic.maintenance_irq < 16 || s->gic.maintenance_irq > 31)
		return REFUSE(GIC_MAINT_IRQ, s->gic.maintenance_irq, 0);
	if (!is_aligned(s->gic.gicd_base, 0x10000) || s->gic.gicd_base > limit - 0x10000)
		return REFUSE(GIC_GICD, s->gic.gicd_base, 0);
	for (u32 i = 0; i < CL_MAX_GICR_REGIONS; i++) {
		const struct cl_range *r = &s->gic.gicr[i];

		if (!r->size)
			continue;
		if (!is_aligned(r->start | r->size, 0x10000) || r->size > limit ||
		    r->start > limit - r->size)
			return REFUSE(GIC_GICR, 0, r->start);
	}
	if (s->debug_console.type != CL_CONSOLE_NONE && s->debug_console.type != CL_CONSOLE_PL011)
		return REFUSE(CONSOLE_TYPE, s->debug_console.type, 0);
	if (s->debug_console.type &&
	    (!is_aligned(s->debug_console.address, PAGE_SIZE) || s->debug_console.address >= limit))
		return REFUSE(CONSOLE_ALIGN, s->debug_console.address, 0);
	if (s->pci.mmconfig_base &&
	    (!is_aligned(s->pci.mmconfig_base, 1u << 20) || s->pci.end_bus > 255 ||
	     s->pci.mmconfig_base > limit - ((s->pci.end_bus + 1ull) << 20)))
		return REFUSE(PCI_MMCONFIG, s->pci.mmconfig_base, s->pci.end_bus);
	if (ranges_overlap(hv->start, hv->size, s->gic.gicd_base, 0x10000) ||
	    touches_gic(s, hv->start, hv->size))
		return REFUSE(GIC_GICD, s->gic.gicd_base, 0);
	/* Root gets all of it */
	if (touches_mmconfig(s, hv->start, hv->size) ||
	    (s->pci.mmconfig_base &&
	     touches_gic(s, s->pci.mmconfig_base, (s->pci.end_bus + 1ull) << 20)))
		return REFUSE(PCI_MMCONFIG, s->pci.mmconfig_base, s->pci.end_bus);
	return 0;
}

static int check_pool(const struct config *cfg, u32 i, unsigned int pa_bits, struct error *err)
{
	const struct cl_system *s = cfg->system;
	const struct cl_range *hv = &s->hypervisor_memory, *p = &cfg->pools[i];
	u64 limit = bit(pa_bits);

	if (!is_aligned(p->start, POOL_ALIGNMENT))
		return REFUSE(POOL_ALIGN, i, p->start);
	if (!is_aligned(p->size, POOL_ALIGNMENT) || !p->size)
		return REFUSE(POOL_ALIGN, i, p->size);
	if (p->size > limit || p->start > limit - p->size)
		return REFUSE(POOL_RANGE, i, p->start);
	if (ranges_overlap(p->start, p->size, hv->start, hv->size))
		return REFUSE(POOL_HYPERVISOR, i, p->start);
	if (touches_gic(s, p->start, p->size) || touches_mmconfig(s, p->start, p->size) ||
	    (s->debug_console.type &&
	     ranges_overlap(p->start, p->size, s->debug_console.address, PAGE_SIZE)))
		return REFUSE(POOL_DEVICE, i, p->start);
	for (u32 j = 0; j < i; j++) {
		if (ranges_overlap(p->start, p->size, cfg->pools[j].start, cfg->pools[j].size))
			return REFUSE(POOL_OVERLAP, j, i);
	}
	for (u32 j = 0; j < cfg->nr_mem; j++) {
		if (ranges_overlap(p->start, p->size, cfg->mem[j].phys_start, cfg->mem[j].size))
			return REFUSE(POOL_ROOT, i, j);
	}
	return 0;
}

int config_check_system(const struct config *cfg, unsigned int pa_bits, struct error *err)
{
	const struct cl_system *s = cfg->system;
	const struct cl_range *hv = &s->hypervisor_memory;
	int ret = check_platform(s, pa_bits, err);

	if (!ret)
		ret = check_regions(cfg, pa_bits, err);
	if (ret)
		return ret;

	for (u32 i = 0; i < cfg->nr_cpus; i++) {
		for (u32 j = 0; j < i; j++) {
			if (cfg->cpus[i] == cfg->cpus[j])
				return REFUSE(CPU_MPIDR_TWICE, cfg->cpus[i], 0);
		}
	}
	for (u32 i = 0; i < cfg->nr_mem; i++) {
		const struct cl_mem_region *r = &cfg->mem[i];

		if (r->flags & (CL_MEM_COMM | CL_MEM_LOADABLE | CL_MEM_ROOTSHARED | CL_MEM_ALLOC))
			return REFUSE(MEM_FLAGS, i, r->flags);
		if (r->virt_start != r->phys_start)
			return REFUSE(MEM_NOT_IDENTITY, i, r->phys_start);
		if (ranges_overlap(r->phys_start, r->size, hv->start, hv->size))
			return REFUSE(MEM_HYPERVISOR, i, r->phys_start);
		if (touches_gic(s, r->phys_start, r->size))
			return REFUSE(MEM_GIC, i, r->phys_start);
		if (touches_mmconfig(s, r->phys_start, r->size))
			return REFUSE(PCI_MMCONFIG, s->pci.mmconfig_base, s->pci.end_bus);
		if (s->debug_console.type && !(r->flags & CL_MEM_IO) &&
		    ranges_overlap(r->phys_start, r->size, s->debug_console.address, PAGE_SIZE))
			return REFUSE(MEM_CONSOLE, s->debug_console.address, i);
	}
	if (s->debug_console.type &&
	    ranges_overlap(s->debug_console.address, PAGE_SIZE, hv->start, hv->size))
		return REFUSE(MEM_CONSOLE, s->debug_console.address, 0);
	for (u32 i = 0; i < cfg->nr_pools; i++) {
		ret = check_pool(cfg, i, pa_bits, err);
		if (ret)
			return ret;
	}
	return 0;
}

/* Is [start, start + size) inside one region that the system declares assignable? */
static bool is_assignable(const struct config *sys, const struct cl_mem_region *r)
{
	for (u32 i = 0; i < sys->nr_mem; i++) {
		const struct cl_mem_region *a = &sys->mem[i];

		if ((a->flags & CL_MEM_ASSIGNABLE) &&
		    (a->flags & CL_MEM_IO) == (r->flags & CL_MEM_IO) &&
		    range_within(r->phys_start, r->size, a->phys_start, a->size))
			return true;
	}
	return false;
}

static int check_cell_region(const struct config *sys, const struct cl_mem_region *r, u32 i,
			     struct error *err)
{
	const struct cl_range *hv = &sys->system->hypervisor_memory;

	if (r->flags & CL_MEM_ASSIGNABLE)
		return REFUSE(MEM_FLAGS, i, r->flags);
	if (touches_gic(sys->system, r->virt_start, r->size))
		return REFUSE(MEM_GIC, i, r->virt_start);
	if (r->flags & CL_MEM_COMM) {
		if (r->size != PAGE_SIZE || r->phys_start ||
		    (r->flags & ~(CL_MEM_COMM | CL_MEM_READ | CL_MEM_WRITE)))
			return REFUSE(MEM_COMM, i, r->size);
		return 0;
	}
	if (r->flags & CL_MEM_ALLOC) {
		if (r->pool >= sys->nr_pools)
			return REFUSE(POOL_UNKNOWN, i, r->pool);
		return 0;
	}
	if (ranges_overlap(r->phys_start, r->size, hv->start, hv->size))
		return REFUSE(MEM_HYPERVISOR, i, r->phys_start);
	if (touches_gic(sys->system, r->phys_start, r->size))
		return REFUSE(MEM_GIC, i, r->phys_start);
	if (!is_assignable(sys, r))
		return REFUSE(MEM_NOT_ASSIGNABLE, i, r->phys_start);
	return 0;
}

static int check_cell_memory(const struct config *cfg, const struct config *sys,
			     unsigned int pa_bits, struct error *err)
{
	bool entry_ok = false, comm = false;
	int ret = check_regions(cfg, pa_bits, err);

	for (u32 i = 0; !ret && i < cfg->nr_mem; i++) {
		const struct cl_mem_region *r = &cfg->mem[i];

		ret = check_cell_region(sys, r, i, err);
		if (ret)
			break;
		if (r->flags & CL_MEM_COMM) {
			if (comm)
				return REFUSE(MEM_COMM, i, r->size);
			comm = true;
		}
		if ((r->flags & CL_MEM_EXECUTE) && !(r->flags & CL_MEM_ALLOC) &&
		    cfg->cell->entry >= r->virt_start && cfg->cell->entry - r->virt_start < r->size)
			entry_ok = true;
	}
	if (!ret && (!entry_ok || cfg->cell->entry % 4))
		return REFUSE(CELL_ENTRY, cfg->cell->entry, 0);
	return ret;
}

int config_check_cell(const struct config *cfg, const struct config *sys, unsigned int pa_bits,
		      u32 max_spi, struct error *err)
{
	int ret = check_cell_memory(cfg, sys, pa_bits, err);

	if (ret)
		return ret;
	for (u32 i = 0; i < cfg->nr_cpus; i++) {
		if (cfg->cpus[i] >= sys->nr_cpus)
			return REFUSE(CPU_UNKNOWN, cfg->cpus[i], sys->nr_cpus);
		for (u32 j = 0; j < i; j++) {
			if (cfg->cpus[i] == cfg->cpus[j])
				return REFUSE(CPU_TWICE, cfg->cpus[i], 0);
		}
	}
	for (u32 i = 0; i < cfg->nr_spis; i++) {
		if (cfg->spis[i] < 32 || cfg->spis[i] > max_spi)
			return REFUSE(SPI_RANGE, cfg->spis[i], max_spi);
		for (u32 j = 0; j < i; j++) {
			if (cfg->spis[i] == cfg->spis[j])
				return REFUSE(SPI_TWICE, cfg->spis[i], 0);
		}
	}
	if (cfg->cell->console.type > CL_CONSOLE_VIRTUAL)
		return REFUSE(CELL_CONSOLE, cfg->cell->console.type, 0);
	if (cfg->cell->irq_mode != CL_IRQ_VIRTUAL || cfg->cell->on_violation > CL_VIOLATION_FAIL ||
	    (cfg->cell->flags & ~CL_CELL_PASSIVE))
		return refuse(err, -CL_EOPNOTSUPP, CL_RULE_NOT_SUPPORTED, cfg->cell->irq_mode, 0);
	return 0;
}

const struct cl_mem_region *config_comm_region(const struct config *cfg)
{
	for (u32 i = 0; i < cfg->nr_mem; i++) {
		if (cfg->mem[i].flags & CL_MEM_COMM)
			return &cfg->mem[i];
	}
	return NULL;
}
