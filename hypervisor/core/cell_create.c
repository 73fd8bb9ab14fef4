// SPDX-License-Identifier: GPL-2.0-only
/*
 * How cells come to be. Everything here runs for root, under the management lock.
 */
#include <arch.h>
#include <cell_life.h>
#include <guest_memory.h>
#include <lib.h>
#include <memory_pool.h>
#include <mm/pool.h>
#include <system.h>

static u32 pages_for(u64 size)
{
	u32 pages = 1;

	while (pages * PAGE_SIZE < size)
		pages *= 2;
	return pages;
}

static bool has_vuart(const struct config *cfg)
{
	return cfg->cell->console.type == CL_CONSOLE_SBSA_UART;
}

/* Highest address + 1 that the cell's tables must hold, or at which a device is emulated */
static u64 highest_ipa(const struct config *cfg, const struct cl_gic *gic)
{
	const struct cl_system *sys = cfg->system;
	u64 highest = gic->version == 2 ? gic->gicc.start + gic->gicc.size : 0;

	if (has_vuart(cfg))
		highest = MAX(highest, cfg->cell->console.address + PAGE_SIZE);
	if (cfg->cell->power_button.address)
		highest = MAX(highest, cfg->cell->power_button.address + PAGE_SIZE);
	for (u32 i = 0; i < cfg->nr_mem; i++)
		highest = MAX(highest, cfg->mem[i].virt_start + cfg->mem[i].size);
	if (sys && sys->pci.mmconfig_base)
		highest = MAX(highest, sys->pci.mmconfig_base + ((sys->pci.end_bus + 1ull) << 20));
	return highest;
}

/*
 * The regions, a CPU interface, and for root: PCI's, and whatever they can be cut
 * into by one cell after the other with as many regions as a cell can have.
 */
static u32 areas_of(const struct cell *cell)
{
	return cell->config.nr_mem + 1 + (cell_is_root(cell) ? 1 + 2 * CL_MAX_MEM_REGIONS : 0);
}

static int init_tables(struct cell *cell, const struct cl_gic *gic, struct error *err)
{
	u64 highest = highest_ipa(&cell->config, gic);
	int bits = pt_ipa_bits_for(highest - 1, arch_pa_bits());
	struct aspace_config cfg = {
		.pt = {
			.fmt = arch_stage2_format,
			.ipa_bits = bits,
			.pa_bits = arch_pa_bits(),
			.ops = &arch_mm_ops,
			.phys_to_virt = frame_pool.phys_to_virt,
			.ctx = &frame_pool,
			.vmid = cell->id + 1,
		},
		.max_areas = areas_of(cell),
		.frames = &memory_pool_frames,
	};
	u32 pages = pages_for(cfg.max_areas * sizeof(struct area));
	int ret;

	if (bits < 0)
		return refuse(err, -CL_ERANGE, CL_RULE_CPU_PA_RANGE, highest, arch_pa_bits());
	cell->areas = pool_alloc(&frame_pool, pages);
	if (!cell->areas)
		return refuse_no_frames(err, pages);
	cell->area_pages = pages;
	cfg.areas = cell->areas;
	ret = aspace_init(&cell->s2, &cfg);
	if (ret)
		return refuse_no_frames(err, 1);
	return 0;
}

/* One page for the cell; its blob follows in frames of its own */
static struct cell *alloc_cell(u32 id)
{
	struct cell *cell;

	_Static_assert(sizeof(struct cell) <= PAGE_SIZE, "a cell is one frame");
	cell = pool_alloc(&frame_pool, 1);
	if (cell)
		cell->id = id;
	return cell;
}

void cell_free(struct cell *cell)
{
	if (cell->console)
		pool_free(&frame_pool, cell->console, CONSOLE_PAGES);
	if (cell->comm)
		pool_free(&frame_pool, cell->comm, 1);
	if (cell->area_pages)
		pool_free(&frame_pool, cell->areas, cell->area_pages);
	if (cell->blob_pages)
		pool_free(&frame_pool, cell->blob, cell->blob_pages);
	pool_free(&frame_pool, cell, 1);
}

static int map_mmconfig(struct cell *root, struct error *err)
{
	const struct cl_pci *pci = &root->config.system->pci;
	struct area area = {
		.start = IPA(pci->mmconfig_base),
		.size = (pci->end_bus + 1ull) << 20,
		.pa = PA(pci->mmconfig_base),
		.attr = { .perms = PT_READ | PT_WRITE, .type = PT_DEVICE },
	};

	if (!pci->mmconfig_base)
		return 0;
	if (aspace_map(&root->s2, &area, 1))
		return refuse_no_frames(err, 1);
	return 0;
}

int cell_init_root(void *blob, u64 size, struct error *err)
{
	struct cell *root = alloc_cell(ROOT_CELL_ID);
	int ret;

	if (!root)
		return refuse_no_frames(err, 1);
	root->blob = blob;
	ret = config_parse(blob, size, CL_KIND_SYSTEM, &root->config, err);
	if (!ret)
		ret = config_check_system(&root->config, arch_pa_bits(), err);
	if (!ret)
		ret = config_check_supported(&root->config, err);
	if (!ret)
		ret = init_tables(root, &root->config.system->gic, err);
	if (!ret)
		ret = memory_pools_init(&root->config, err);
	if (!ret)
		ret = cell_map_regions(root, err);
	if (!ret)
		ret = cell_map_gicc(root, &root->config.system->gic, err);
	if (!ret)
		ret = map_mmconfig(root, err);
	if (!ret)
		ret = arch_cell_init(root);
	if (ret)
		return ret;
	memset(root->spis, 0xff, sizeof(root->spis));
	set_state(root, CL_CELL_RUNNING);
	cells[ROOT_CELL_ID] = root;
	return 0;
}

/* What no config tells: the CPUs are off, and this one is not among them */
static int check_cpus_off(const struct config *cfg, struct error *err)
{
	for (u32 i = 0; i < cfg->nr_cpus; i++) {
		struct cpu *cpu = &cpus[cfg->cpus[i]];

		if (cpu == this_cpu())
			return refuse(err, -CL_EINVAL, CL_RULE_CPU_LAST, 0, 0);
		if (!cpu_is_parked(cpu))
			return refuse(err, -CL_EBUSY, CL_RULE_CPU_NOT_OFF, cpu->id, 0);
	}
	return 0;
}

static int check_new_cell(const struct config *cfg, struct error *err)
{
	const struct config *configs[CL_MAX_CELLS];
	int ret = config_check_cell(cfg, &cells[ROOT_CELL_ID]->config, arch_pa_bits(),
				    arch_max_spi(), err);

	for (u32 i = 0; i < CL_MAX_CELLS; i++)
		configs[i] = cells[i] ? &cells[i]->config : NULL;
	if (!ret)
		ret = config_check_beside(cfg, configs, CL_MAX_CELLS, err);
	if (!ret)
		ret = config_check_supported(cfg, err);
	return ret ? ret : check_cpus_off(cfg, err);
}

/* A private copy of the blob: root cannot change it behind the checks */
static int copy_blob(struct cell *cell, u64 pa, u64 size, struct error *err)
{
	if (size < sizeof(struct cl_blob_header))
		return refuse(err, -CL_EINVAL, CL_RULE_BLOB_TRUNCATED, size,
			      sizeof(struct cl_blob_header));
	if (size > CL_BLOB_MAX_SIZE)
		return refuse(err, -CL_E2BIG, CL_RULE_FILE_SIZE, size, CL_BLOB_MAX_SIZE);
	cell->blob = pool_alloc(&frame_pool, pages_for(size));
	if (!cell->blob)
		return refuse_no_frames(err, pages_for(size));
	cell->blob_pages = pages_for(size);
	if (!guest_memory_read(cells[ROOT_CELL_ID], pa, cell->blob, size))
		return refuse(err, -CL_EFAULT, CL_RULE_USER_MEMORY, pa, 0);
	return 0;
}

static int alloc_devices(struct cell *cell, struct error *err)
{
	const struct cl_mem_region *comm = config_comm_region(&cell->config);

	if (comm) {
		cell->comm = pool_alloc(&frame_pool, 1);
		if (!cell->comm)
			return refuse_no_frames(err, 1);
		cell->comm_ipa = comm->virt_start;
	}
	if (cell->config.cell->console.type == CL_CONSOLE_VIRTUAL || has_vuart(&cell->config)) {
		cell->console = pool_alloc(&frame_pool, CONSOLE_PAGES);
		if (!cell->console)
			return refuse_no_frames(err, CONSOLE_PAGES);
		cell->console->size = CONSOLE_SIZE;
	}
	_Static_assert(sizeof(struct console) + CONSOLE_SIZE <= (CONSOLE_PAGES - 1) * PAGE_SIZE &&
			       sizeof(struct vuart) <= PAGE_SIZE,
		       "both have their place in the frames");
	if (has_vuart(&cell->config))
		cell->vuart = (void *)cell->console + (CONSOLE_PAGES - 1) * PAGE_SIZE;
	return 0;
}

static void release_cpus(const struct cell *cell, u32 count)
{
	for (u32 i = 0; i < count; i++)
		__atomic_store_n(&cpus[cell->config.cpus[i]].state, CPU_OFF, __ATOMIC_SEQ_CST);
}

/*
 * Root can turn a CPU on at any moment, and does not take the management lock
 * for that: whoever leaves OFF first has the CPU.
 */
static int claim_cpus(const struct cell *cell, struct error *err)
{
	for (u32 i = 0; i < cell->config.nr_cpus; i++) {
		struct cpu *cpu = &cpus[cell->config.cpus[i]];

		if (!cpu_claim(cpu)) {
			release_cpus(cell, i);
			return refuse(err, -CL_EBUSY, CL_RULE_CPU_NOT_OFF, cpu->id, 0);
		}
	}
	return 0;
}

/* From here on nothing can fail: CPUs and interrupts change their owner */
static void take_cpus_and_spis(struct cell *cell)
{
	struct cell *root = cells[ROOT_CELL_ID];
	struct cpu *cpu;

	for_each_cpu_of(cpu, cell) {
		arch_cpu_assign(cpu);
		cpu_change_owner(cpu, cell);
	}
	release_cpus(cell, cell->config.nr_cpus);
	for (u32 i = 0; i < cell->config.nr_spis; i++) {
		u32 spi = cell->config.spis[i];

		root->spis[spi / 32] &= ~BIT(spi % 32);
		cell->spis[spi / 32] |= BIT(spi % 32);
		arch_spi_assign(cell, spi);
	}
}

static int init_arch(struct cell *cell, struct error *err)
{
	int ret = arch_cell_init(cell);

	return ret == -CL_ENOMEM ? refuse_no_frames(err, 1) : ret;
}

static int build_cell(struct cell *cell, u64 blob_pa, u64 size, struct error *err)
{
	const struct cl_gic *gic = &cells[ROOT_CELL_ID]->config.system->gic;
	int ret = copy_blob(cell, blob_pa, size, err);

	if (!ret)
		ret = config_parse(cell->blob, size, CL_KIND_CELL, &cell->config, err);
	if (!ret)
		ret = check_new_cell(&cell->config, err);
	if (!ret)
		ret = alloc_devices(cell, err);
	if (ret)
		return ret;

	ret = init_tables(cell, gic, err);
	if (ret)
		return ret;
	ret = cell_map_regions(cell, err);
	if (!ret)
		ret = cell_map_gicc(cell, gic, err);
	if (!ret)
		ret = init_arch(cell, err);
	if (!ret)
		ret = claim_cpus(cell, err);
	if (!ret) {
		ret = cell_take_from_root(cell, err);
		if (ret)
			release_cpus(cell, cell->config.nr_cpus);
	}
	if (ret) {
		arch_cell_exit(cell);
		aspace_destroy(&cell->s2);
	}
	return ret;
}

int cell_create(u64 blob_pa, u64 size, struct error *err)
{
	struct cell *cell;
	u32 id = 1;
	int ret;

	while (id < CL_MAX_CELLS && cells[id])
		id++;
	if (id == CL_MAX_CELLS)
		return refuse(err, -CL_ENOSPC, CL_RULE_CELL_LIMIT, CL_MAX_CELLS, 0);
	cell = alloc_cell(id);
	if (!cell)
		return refuse_no_frames(err, 1);
	ret = build_cell(cell, blob_pa, size, err);
	if (ret) {
		cell_free(cell);
		return ret;
	}
	take_cpus_and_spis(cell);
	set_state(cell, CL_CELL_CREATED);
	cells[id] = cell;
	log_printf("cell %u \"%s\" created\n", id, cell->config.cell->name);
	return (int)id;
}
