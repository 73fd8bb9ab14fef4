// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "fixture.h"
#include "mutate.h"

static u64 state = 1;

void random_seed(u64 seed)
{
	/* Neighbours shall have nothing in common, and 0 is not allowed */
	state = (seed + 1) * 0x9e3779b97f4a7c15ull | 1;
	state ^= state >> 29;
}

/* xorshift64*: Vigna, "An experimental exploration of Marsaglia's generators" */
u64 random_next(void)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return state * 0x2545f4914f6cdd1dull;
}

u64 random_below(u64 n)
{
	return random_next() % n;
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
	u64 n = known[random_below(ARRAY_SIZE(known))];

	switch (random_below(4)) {
	case 0:
		return n + random_below(16) * PAGE_SIZE;
	case 1:
		return n - random_below(3) * PAGE_SIZE;
	default:
		return n;
	}
}

/* A word of 1, 2, 4 or 8 bytes at its alignment */
static void change_word(struct blob *b)
{
	u32 bytes = 1u << random_below(4);
	u32 at = (u32)random_below(b->size / bytes) * bytes;
	u64 word = 0;

	memcpy(&word, b->bytes + at, bytes);
	switch (random_below(4)) {
	case 0:
		word ^= BIT(random_below(8 * bytes));
		break;
	case 1:
		word += random_below(2) ? 0x1000 : -0x1000ull;
		break;
	case 2:
		word = random_next();
		break;
	default:
		word = odd_number();
	}
	memcpy(b->bytes + at, &word, bytes);
}

/* A piece of it copied to another place: an entry twice, a section as another */
static void copy_piece(struct blob *b)
{
	u32 bytes = 8u << random_below(4);
	u32 from = (u32)random_below(b->size - bytes) & ~7u,
	    to = (u32)random_below(b->size - bytes) & ~7u;

	memmove(b->bytes + to, b->bytes + from, bytes);
}

void damage_bytes(struct blob *b)
{
	static const u32 ends[] = { 0, 1, 8, 24, 32 };
	u32 cut;

	switch (random_below(8)) {
	case 0:
		copy_piece(b);
		break;
	case 1:
		cut = ends[random_below(ARRAY_SIZE(ends))];
		b->size -= MIN(cut, b->size - (u32)sizeof(struct cl_blob_header));
		break;
	default:
		change_word(b);
	}
}

void put_right(struct blob *b, bool is_system)
{
	struct cl_blob_header *h = blob_header(b);

	memcpy(h->magic, CL_BLOB_MAGIC, sizeof(h->magic));
	h->version = CL_BLOB_VERSION;
	h->arch = CL_ARCH_ARM64;
	h->kind = is_system ? CL_KIND_SYSTEM : CL_KIND_CELL;
	blob_seal(b);
}

static void read_section(void *to, u32 *count, const struct blob *b, const struct cl_section *s)
{
	memcpy(to, b->bytes + s->offset, s->size);
	if (count)
		*count = s->size / s->entry_size;
}

void blob_read(struct test_config *c, const struct blob *b)
{
	const struct cl_blob_header *h = (const void *)b->bytes;
	const struct cl_section *s = (const void *)(h + 1);

	memset(c, 0, sizeof(*c));
	c->is_system = h->kind == CL_KIND_SYSTEM;
	for (u32 i = 0; i < h->nr_sections; i++, s++) {
		switch (s->type) {
		case CL_SECTION_SYSTEM:
			read_section(&c->system, NULL, b, s);
			break;
		case CL_SECTION_CELL:
			read_section(&c->cell, NULL, b, s);
			break;
		case CL_SECTION_CPUS:
			read_section(c->cpus, &c->nr_cpus, b, s);
			break;
		case CL_SECTION_MEM:
			read_section(c->mem, &c->nr_mem, b, s);
			break;
		case CL_SECTION_SPIS:
			read_section(c->spis, &c->nr_spis, b, s);
			break;
		case CL_SECTION_POOLS:
			read_section(c->pools, &c->nr_pools, b, s);
			break;
		case CL_SECTION_SMC:
			read_section(c->smc, &c->nr_smc, b, s);
			break;
		case CL_SECTION_PCI:
			read_section(c->pci, &c->nr_pci, b, s);
			break;
		case CL_SECTION_IOMMUS:
			read_section(c->iommus, &c->nr_iommus, b, s);
			break;
		case CL_SECTION_DEVICES:
			read_section(c->devices, &c->nr_devices, b, s);
			break;
		}
	}
}

/* One page, one entry of a table, one block: up or down */
static u64 step(void)
{
	static const u64 steps[] = { PAGE_SIZE, 16 * PAGE_SIZE, 2 * MiB };
	u64 n = steps[random_below(ARRAY_SIZE(steps))];

	return random_below(2) ? n : -n;
}

static struct cl_mem_region *any_region(struct test_config *c)
{
	return c->nr_mem ? &c->mem[random_below(c->nr_mem)] : NULL;
}

static void add_region(struct test_config *c, struct cl_mem_region r)
{
	if (c->nr_mem < ARRAY_SIZE(c->mem))
		c->mem[c->nr_mem++] = r;
}

static void remove_region(struct test_config *c)
{
	struct cl_mem_region *r = any_region(c);

	if (r)
		*r = c->mem[--c->nr_mem];
}

/* Behind all that there is, or anywhere */
static u64 free_ipa(const struct test_config *c)
{
	u64 end = 0;

	for (u32 i = 0; i < c->nr_mem; i++)
		end = MAX(end, c->mem[i].virt_start + c->mem[i].size);
	return random_below(8) ? ALIGN_UP(end, 2 * MiB) + random_below(3) * PAGE_SIZE :
				 random_next() % BIT(40) & ~(PAGE_SIZE - 1);
}

/* An address that is somebody's */
static u64 wanted_address(const struct test_config *sys, const struct test_config *other)
{
	const struct cl_system *s = &sys->system;

	switch (random_below(8)) {
	case 0:
		return s->hypervisor_memory.start + random_below(2) * s->hypervisor_memory.size;
	case 1:
		return s->gic.gicd_base + random_below(16) * PAGE_SIZE;
	case 2:
		return s->gic.gicr[0].start + random_below(64) * PAGE_SIZE;
	case 3:
		return sys->nr_pools ? sys->pools[0].start : POOL;
	case 4:
		return s->pci.mmconfig_base;
	case 5:
		if (other && other->nr_mem)
			return other->mem[random_below(other->nr_mem)].phys_start;
		break;
	}
	return sys->nr_mem ? sys->mem[random_below(sys->nr_mem)].phys_start : 0;
}

static u64 small_size(void)
{
	return random_below(4) ? (1 + random_below(32)) * PAGE_SIZE : 2 * MiB;
}

/* Some registers of the page, for accesses of some widths */
static void take_part(struct cl_mem_region *r)
{
	u64 offset = random_below(256) * 8;

	r->size = random_below(256) * 8;
	r->phys_start += offset;
	r->virt_start += offset;
	r->flags |= random_below(16) * CL_MEM_IO_8;
}

/* A piece of what may be given away */
static void add_assignable(struct test_config *c, const struct test_config *sys)
{
	static const u64 optional[] = { CL_MEM_WRITE,	 CL_MEM_EXECUTE,    CL_MEM_DMA,
					CL_MEM_LOADABLE, CL_MEM_ROOTSHARED, CL_MEM_NONCACHEABLE };
	struct cl_mem_region r = { .flags = CL_MEM_READ };
	u32 start = (u32)random_below(sys->nr_mem + 1);

	for (u32 i = 0; i < sys->nr_mem; i++) {
		const struct cl_mem_region *m = &sys->mem[(start + i) % sys->nr_mem];

		if (!(m->flags & CL_MEM_ASSIGNABLE) || m->size < PAGE_SIZE)
			continue;
		r.size = MIN(small_size(), m->size & ~(PAGE_SIZE - 1));
		r.phys_start = m->phys_start +
			       random_below((m->size - r.size) / PAGE_SIZE + 1) * PAGE_SIZE;
		r.flags |= m->flags & CL_MEM_IO;
		for (u32 k = 0; k < ARRAY_SIZE(optional); k++)
			r.flags |= random_below(2) ? optional[k] : 0;
		if (m->flags & CL_MEM_IO)
			r.flags &= ~(CL_MEM_EXECUTE | CL_MEM_LOADABLE | CL_MEM_NONCACHEABLE);
		r.virt_start = random_below(4) ? free_ipa(c) : r.phys_start;
		if ((m->flags & CL_MEM_IO) && random_below(2))
			take_part(&r);
		add_region(c, r);
		return;
	}
}

static void add_pool_memory(struct test_config *c, const struct test_config *sys)
{
	struct cl_mem_region r = {
		{ random_below(sys->nr_pools + 1) },
		free_ipa(c),
		small_size(),
		CL_MEM_READ | CL_MEM_WRITE | CL_MEM_ALLOC,
	};

	r.flags |= random_below(2) ? CL_MEM_LAZY : 0;
	r.flags |= random_below(2) ? CL_MEM_EXECUTE : 0;
	add_region(c, r);
}

/* The same memory in two cells: mostly both say so */
static void share(struct test_config *c, struct test_config *other)
{
	struct cl_mem_region *theirs = any_region(other), mine;

	if (!theirs || (theirs->flags & (CL_MEM_COMM | CL_MEM_ALLOC)))
		return;
	if (random_below(8))
		theirs->flags |= CL_MEM_ROOTSHARED;
	mine = *theirs;
	mine.virt_start = free_ipa(c);
	if (!random_below(8))
		mine.flags ^= CL_MEM_ROOTSHARED;
	if (random_below(2))
		mine.flags &= ~(CL_MEM_WRITE | CL_MEM_EXECUTE);
	if (random_below(2) && mine.size > PAGE_SIZE) {
		mine.size -= PAGE_SIZE;
		mine.phys_start += random_below(2) * PAGE_SIZE;
	}
	add_region(c, mine);
}

static void change_field(struct test_config *c)
{
	switch (random_below(7)) {
	case 0:
		c->cell.irq_mode ^= CL_IRQ_DIRECT;
		break;
	case 1:
		c->cell.on_violation ^= CL_VIOLATION_FAIL;
		break;
	case 2:
		c->cell.flags ^= (u32)BIT(random_below(3));
		break;
	case 3:
		c->cell.console.type = (u32)random_below(6);
		c->cell.console.address = random_below(2) ? 0x28000000 : odd_number();
		c->cell.console_irq = random_below(4) && c->nr_spis ? c->spis[0] : 0;
		break;
	case 4:
		c->cell.entry = odd_number();
		break;
	case 5:
		c->cell.flags |= CL_CELL_PASSIVE;
		c->cell.power_button.address = random_below(2) ? 0x28001000 : odd_number();
		c->cell.power_button.irq = random_below(4) && c->nr_spis ? c->spis[c->nr_spis - 1] :
									   0;
		break;
	default:
		c->cell.name[random_below(4)] ^= 1;
	}
}

static void change_lists(struct test_config *c)
{
	switch (random_below(4)) {
	case 0:
		if (c->nr_cpus)
			c->cpus[random_below(c->nr_cpus)] = random_below(8);
		break;
	case 1:
		if (c->nr_cpus < ARRAY_SIZE(c->cpus))
			c->cpus[c->nr_cpus++] = random_below(8);
		break;
	case 2:
		if (c->nr_spis < ARRAY_SIZE(c->spis))
			c->spis[c->nr_spis++] = (u32)random_below(random_below(8) ? 256 : 2048);
		break;
	default:
		if (c->nr_smc < ARRAY_SIZE(c->smc))
			c->smc[c->nr_smc++] = (struct cl_smc_rule){
				.function = 0x82000000 + (u32)random_below(4),
				.ignore = (u32)random_below(256),
			};
	}
}

void change_cell(struct test_config *c, const struct test_config *sys, struct test_config *other)
{
	struct cl_mem_region *r = any_region(c);
	u32 what = (u32)random_below(12);

	if (r && what == 0)
		r->phys_start = wanted_address(sys, other);
	else if (r && what == 1)
		r->virt_start = random_below(2) ? wanted_address(sys, other) : free_ipa(c);
	else if (r && what == 2)
		r->flags ^= BIT(random_below(16));
	else if (r && what == 3)
		*(random_below(2) ? &r->phys_start : &r->virt_start) += step();
	else if (r && what == 4)
		r->size += step();
	else if (what == 5 && other)
		share(c, other);
	else if (what == 6)
		add_pool_memory(c, sys);
	else if (what == 7)
		change_lists(c);
	else if (what == 8)
		change_field(c);
	else if (what == 9)
		remove_region(c);
	else
		add_assignable(c, sys);
}

/* Two regions where there was one: as good as before */
static void split_region(struct test_config *c)
{
	struct cl_mem_region *r = any_region(c), rest;
	u64 cut;

	if (!r || r->size < 2 * PAGE_SIZE)
		return;
	rest = *r;
	cut = (1 + random_below(MIN(r->size / PAGE_SIZE - 1, 1024))) * PAGE_SIZE;
	r->size = cut;
	rest.phys_start += cut;
	rest.virt_start += cut;
	rest.size -= cut;
	add_region(c, rest);
}

static void change_machine(struct cl_system *s)
{
	switch (random_below(5)) {
	case 0:
		s->hypervisor_memory.start += step();
		break;
	case 1:
		s->hypervisor_memory.size += step();
		break;
	case 2:
		s->gic.gicd_base += 16 * step();
		break;
	case 3:
		s->gic.gicr[random_below(CL_MAX_GICR_REGIONS)].start += 16 * step();
		break;
	default:
		s->pci.mmconfig_base += random_below(2) ? step() : 0x10000000;
	}
}

void change_system(struct test_config *c)
{
	struct cl_mem_region *r = any_region(c);
	u32 what = (u32)random_below(8);
	u64 n = step();

	if (r && what == 0) {
		r->phys_start += n;
		r->virt_start += n;
	} else if (r && what == 1) {
		r->size += n;
	} else if (r && what == 2) {
		r->flags ^= BIT(random_below(16));
	} else if (r && what == 3) {
		r->flags ^= CL_MEM_ASSIGNABLE;
	} else if (what == 4) {
		remove_region(c);
	} else if (what == 5) {
		change_machine(&c->system);
	} else if (what == 6 && c->nr_pools) {
		*(random_below(2) ? &c->pools[0].start : &c->pools[0].size) += n;
	} else {
		split_region(c);
	}
}
