// SPDX-License-Identifier: GPL-2.0-only
/*
 * The life of cells. Everything here runs for root, under the management lock,
 * unless the function says otherwise.
 */
#include <arch.h>
#include <cell.h>
#include <config/uart.h>
#include <guest_memory.h>
#include <lib.h>
#include <memory_pool.h>
#include <mm/pool.h>
#include <quarantine.h>
#include <system.h>

/* Of each life that root began: a config can allow any number */
#define RESTARTS_LOGGED 8

struct frame_pool frame_pool;
spinlock_t management_lock;
struct cell *cells[CL_MAX_CELLS];

static u32 pages_for(u64 size)
{
	u32 pages = 1;

	while (pages * PAGE_SIZE < size)
		pages *= 2;
	return pages;
}

static int no_frames(struct error *err, u32 wanted)
{
	return refuse(err, -CL_ENOMEM, CL_RULE_NO_MEMORY, wanted,
		      pool_total(&frame_pool) - pool_used(&frame_pool));
}

static void set_state(struct cell *cell, u32 state)
{
	__atomic_store_n(&cell->state, state, __ATOMIC_SEQ_CST);
}

struct cell *cell_find(u64 id, struct error *err)
{
	if (id < CL_MAX_CELLS && cells[id])
		return cells[id];
	refuse(err, -CL_ENOENT, CL_RULE_CELL_UNKNOWN, id, 0);
	return NULL;
}

/* As cell_find(), for requests that root cannot be the object of */
static struct cell *find_guest(u64 id, struct error *err, int *ret)
{
	struct cell *cell = cell_find(id, err);

	*ret = -CL_ENOENT;
	if (cell && cell_is_root(cell)) {
		*ret = refuse(err, -CL_EINVAL, CL_RULE_CELL_ROOT, 0, 0);
		return NULL;
	}
	return cell;
}

u32 cell_count(void)
{
	u32 n = 0;

	for (u32 i = 0; i < CL_MAX_CELLS; i++)
		n += cells[i] != NULL;
	return n;
}

/* The first CPU in the config starts the cell */
static struct cpu *first_cpu(const struct cell *cell)
{
	return &cpus[cell->config.cpus[0]];
}

#define for_each_cpu_of(cpu, cell)                                                                \
	for (u32 i_ = 0; i_ < (cell)->config.nr_cpus && ((cpu) = &cpus[(cell)->config.cpus[i_]]); \
	     i_++)

static bool all_parked(const struct cell *cell)
{
	struct cpu *cpu;

	for_each_cpu_of(cpu, cell) {
		if (!cpu_is_parked(cpu))
			return false;
	}
	return true;
}

/* They have been asked for something, and are not there yet */
static void remind_all(const struct cell *cell)
{
	struct cpu *cpu;

	for_each_cpu_of(cpu, cell) {
		if (!cpu_is_parked(cpu))
			arch_kick_again(cpu);
	}
}

static void request_all(const struct cell *cell, u32 bits)
{
	struct cpu *cpu;

	for_each_cpu_of(cpu, cell)
		cpu_request(cpu, bits);
}

/* Highest address + 1 that the cell's tables must hold */
static u64 highest_ipa(const struct config *cfg, const struct cl_gic *gic)
{
	const struct cl_system *sys = cfg->system;
	u64 highest = gic->version == 2 ? gic->gicc.start + gic->gicc.size : 0;

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
		return no_frames(err, pages);
	cell->area_pages = pages;
	cfg.areas = cell->areas;
	ret = aspace_init(&cell->s2, &cfg);
	if (ret)
		return no_frames(err, 1);
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

static void free_cell(struct cell *cell)
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
		return no_frames(err, 1);
	return 0;
}

int cell_init_root(void *blob, u64 size, struct error *err)
{
	struct cell *root = alloc_cell(ROOT_CELL_ID);
	int ret;

	if (!root)
		return no_frames(err, 1);
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
		return no_frames(err, pages_for(size));
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
			return no_frames(err, 1);
		cell->comm_ipa = comm->virt_start;
	}
	if (cell->config.cell->console.type == CL_CONSOLE_VIRTUAL) {
		cell->console = pool_alloc(&frame_pool, CONSOLE_PAGES);
		if (!cell->console)
			return no_frames(err, CONSOLE_PAGES);
		cell->console->size = CONSOLE_SIZE;
	}
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

	return ret == -CL_ENOMEM ? no_frames(err, 1) : ret;
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
		return no_frames(err, 1);
	ret = build_cell(cell, blob_pa, size, err);
	if (ret) {
		free_cell(cell);
		return ret;
	}
	take_cpus_and_spis(cell);
	set_state(cell, CL_CELL_CREATED);
	cells[id] = cell;
	log_printf("cell %u \"%s\" created\n", id, cell->config.cell->name);
	return (int)id;
}

static int wrong_state(const struct cell *cell, struct error *err)
{
	return refuse(err, -CL_EBUSY, CL_RULE_CELL_STATE, cell->id, cell_state(cell));
}

/* Stopped for good until somebody starts or destroys it, no CPU on its way */
static bool is_stopped(const struct cell *cell)
{
	return !cell_is_running(cell) && cell->destroy == DESTROY_NOT && all_parked(cell);
}

int cell_set_loadable(u64 id, struct error *err)
{
	int ret;
	struct cell *cell = find_guest(id, err, &ret);

	if (!cell)
		return ret;
	if (!is_stopped(cell))
		return wrong_state(cell, err);
	ret = cell->loadable ? 0 : cell_map_loadable(cell, true, err);
	if (!ret)
		cell->loaded = true;
	return ret;
}

static void init_comm_region(struct cell *cell)
{
	const struct cl_gic *gic = &cells[ROOT_CELL_ID]->config.system->gic;
	const struct cl_console *con = &cell->config.cell->console;
	struct cl_comm_region *comm = cell->comm;

	if (!comm)
		return;
	memset(comm, 0, PAGE_SIZE);
	memcpy(comm->signature, CL_COMM_SIGNATURE, sizeof(comm->signature));
	comm->revision = CL_COMM_REVISION;
	comm->console.address = con->address;
	comm->console.size = config_uart(con) ? config_uart(con)->size * uart_stride(con) : 0;
	comm->console.type = (u16)con->type;
	comm->console.flags = (u16)con->flags;
	if (cell->console)
		comm->flags = CL_COMM_PUTC_PERMITTED | CL_COMM_PUTC_ACTIVE;
	comm->gic_version = (u8)gic->version;
	comm->gicd_base = gic->gicd_base;
	if (gic->version == 2)
		comm->gicc_base = gic->gicc.start + gicc_offset(gic);
	else
		comm->gicr_base = gic->gicr[0].start;
	/* The guest reads it before it has turned its caches on */
	arch_clean_invalidate(comm, PAGE_SIZE);
}

/* Has root asked the guest to end, and it has not denied that? */
static bool is_asked(const struct cell *cell)
{
	return __atomic_load_n(&cell->asked, __ATOMIC_SEQ_CST);
}

static void set_asked(struct cell *cell, bool asked)
{
	__atomic_store_n(&cell->asked, asked, __ATOMIC_SEQ_CST);
}

static bool has_loadable(const struct cell *cell)
{
	for (u32 i = 0; i < cell->config.nr_mem; i++) {
		if (cell->config.mem[i].flags & CL_MEM_LOADABLE)
			return true;
	}
	return false;
}

int cell_start(u64 id, struct error *err)
{
	int ret;
	struct cell *cell = find_guest(id, err, &ret);
	struct cpu *cpu;

	if (!cell)
		return ret;
	if (!is_stopped(cell))
		return wrong_state(cell, err);
	if (!cell->loaded && has_loadable(cell))
		return refuse(err, -CL_EINVAL, CL_RULE_CELL_NOT_LOADED, id, 0);
	if (cell->loadable) {
		ret = cell_map_loadable(cell, false, err);
		if (ret)
			return ret;
	}

	cpu = first_cpu(cell);
	/* A CPU of root that still takes it for its own is about to let go */
	if (!cpu_claim(cpu))
		return wrong_state(cell, err);
	init_comm_region(cell);
	arch_cell_reset(cell);
	memset(&cell->fail, 0, sizeof(cell->fail));
	set_asked(cell, false);
	cell->resetting = false;
	cell->violations = 0;
	cell->smcs_refused = 0;
	cell->last_smc = 0;
	cell->restarts = 0;
	cell->memory_ready = false;

	cpu->entry = cell->config.cell->entry;
	memcpy(cpu->args, cell->config.cell->args, sizeof(cpu->args));
	/* In this order: a running cell always has a CPU that is not off */
	set_state(cell, CL_CELL_RUNNING);
	cpu_request(cpu, CPU_REQ_START);
	return 0;
}

/*
 * What the guest wrote in its communication region. It can change at any time
 * and hold anything: each word is read once.
 */
static u32 guest_word(const u32 *word)
{
	return READ_ONCE(*word);
}

static bool is_locked(const struct cell *cell)
{
	return cell->comm && cell_is_running(cell) &&
	       guest_word(&cell->comm->cell_state) == CL_COMM_RUNNING_LOCKED;
}

/* 0 if the guest agrees to end, or does not know how to be asked */
static int ask_guest(struct cell *cell, struct error *err)
{
	struct cl_comm_region *comm = cell->comm;

	if (!comm || (cell->config.cell->flags & CL_CELL_PASSIVE))
		return 0;
	switch (guest_word(&comm->cell_state)) {
	case CL_COMM_RUNNING:
		break;
	case CL_COMM_RUNNING_LOCKED:
		return refuse(err, -CL_EPERM, CL_RULE_CELL_LOCKED, cell->id, 0);
	default: /* it has ended by its own word */
		return 0;
	}
	if (!is_asked(cell)) {
		/* In this order, the reverse of a reset: if that takes the message
		 * away, the next call sends it again.
		 */
		set_asked(cell, true);
		WRITE_ONCE(comm->reply_from_cell, CL_REPLY_NONE);
		__atomic_store_n(&comm->msg_to_cell, CL_MSG_SHUTDOWN_REQUEST, __ATOMIC_RELEASE);
		return -CL_EINPROGRESS;
	}
	switch (guest_word(&comm->reply_from_cell)) {
	case CL_REPLY_APPROVED:
		return 0;
	case CL_REPLY_DENIED:
	case CL_REPLY_UNKNOWN:
		set_asked(cell, false);
		return refuse(err, -CL_EPERM, CL_RULE_CELL_DENIED, cell->id, 0);
	default:
		return -CL_EINPROGRESS;
	}
}

/*
 * The state changes from running to @state once, whoever comes first: a
 * request of root, a failure, or the guest itself.
 */
static bool leave_running(struct cell *cell, u32 state)
{
	u32 expected = CL_CELL_RUNNING;

	return __atomic_compare_exchange_n(&cell->state, &expected, state, false, __ATOMIC_SEQ_CST,
					   __ATOMIC_SEQ_CST);
}

int cell_shutdown(u64 id, bool force, struct error *err)
{
	int ret;
	struct cell *cell = find_guest(id, err, &ret);

	if (!cell)
		return ret;
	if (cell->destroy != DESTROY_NOT || cell_state(cell) == CL_CELL_CREATED)
		return wrong_state(cell, err);
	if (cell_is_running(cell)) {
		ret = force ? 0 : ask_guest(cell, err);
		if (ret)
			return ret;
		leave_running(cell, CL_CELL_SHUT_DOWN);
		request_all(cell, CPU_REQ_PARK);
	} else {
		remind_all(cell);
	}
	return all_parked(cell) ? 0 : -CL_EINPROGRESS;
}

void cell_return_spis(struct cell *cell)
{
	struct cell *root = cells[ROOT_CELL_ID];

	for (u32 i = 0; i < cell->config.nr_spis; i++) {
		u32 spi = cell->config.spis[i];

		cell->spis[spi / 32] &= ~BIT(spi % 32);
		root->spis[spi / 32] |= BIT(spi % 32);
		arch_spi_assign(root, spi);
	}
}

static void give_back(struct cell *cell)
{
	struct cpu *cpu;

	cell_return_spis(cell);
	for_each_cpu_of(cpu, cell)
		cpu_change_owner(cpu, cells[ROOT_CELL_ID]);
	/* First the tables: their frames may be needed to map the memory in root */
	arch_cell_exit(cell);
	aspace_destroy(&cell->s2);
	cell_return_to_root(cell, cell->config.nr_mem);
	cells[cell->id] = NULL;
	log_printf("cell %u destroyed\n", cell->id);
	free_cell(cell);
}

/* They have been asked, some time ago: nothing is left to be done for them */
static int abandon(struct cell *cell, struct error *err)
{
	if (!quarantine_is_possible(cell))
		return -CL_EINPROGRESS;
	if (arch_cell_revoke(cell))
		return no_frames(err, cell->s2.pt.root_pages);
	cell->destroy = DESTROY_ABANDONED;
	cell->scrub_next = 0;
	return -CL_EINPROGRESS;
}

int cell_destroy(u64 id, u64 how, struct error *err)
{
	int ret;
	struct cell *cell = find_guest(id, err, &ret);

	if (!cell)
		return ret;
	if (cell->destroy == DESTROY_NOT) {
		if (how == CL_SHUTDOWN_ASK && is_locked(cell))
			return refuse(err, -CL_EPERM, CL_RULE_CELL_LOCKED, id, 0);
		set_state(cell, CL_CELL_DESTROYING);
		cell->destroy = DESTROY_STOPPING;
		request_all(cell, CPU_REQ_PARK);
	} else {
		remind_all(cell);
	}
	if (cell->destroy == DESTROY_ABANDONED) {
		ret = quarantine_go_on(cell, err);
		if (ret)
			return ret;
	}
	if (!all_parked(cell)) {
		if (cell->destroy == DESTROY_QUARANTINED)
			return quarantine_refuse(cell, err);
		return how == CL_DESTROY_ABANDON ? abandon(cell, err) : -CL_EINPROGRESS;
	}
	if (cell->destroy == DESTROY_STOPPING) {
		cell->destroy = DESTROY_SCRUBBING;
		cell->scrub_next = 0;
		cell->scrub_cpus = cell->config.nr_cpus;
		request_all(cell, CPU_REQ_SCRUB);
		return -CL_EINPROGRESS;
	}
	give_back(cell);
	return 0;
}

/* Not under the management lock: any CPU of any cell comes here */

/* It can take that back at any moment: who wants to know asks once */
static bool says_it_failed(const struct cell *cell)
{
	return cell->comm && guest_word(&cell->comm->cell_state) == CL_COMM_FAILED;
}

static bool all_off(const struct cell *cell)
{
	struct cpu *cpu;

	for_each_cpu_of(cpu, cell) {
		if (cpu_state(cpu) != CPU_OFF)
			return false;
	}
	return true;
}

/*
 * Of CPUs that are off at once, the lock makes one the last. Nobody else ends a running
 * cell without asking this CPU to park, which it has not done then: so root cannot begin
 * another life meanwhile, of which this would be the end. The state comes first: a life
 * that has begun has a CPU that is not off.
 */
void cell_cpu_parked(struct cell *cell)
{
	bool failed = false;

	if (cell_is_root(cell))
		return;
	spin_lock(&cell->s2_lock);
	if (cell_is_running(cell) && all_off(cell)) {
		failed = says_it_failed(cell) && cpu_claim(this_cpu());
		if (!failed)
			leave_running(cell, CL_CELL_SHUT_DOWN);
	}
	spin_unlock(&cell->s2_lock);
	if (failed)
		cell_fail_self(CL_FAIL_COMM, 0, 0, 0);
}

/*
 * A warm reset: the RAM stays as it is, all else is as at the start. The calling
 * CPU is not off until the last step, so the cell cannot be destroyed meanwhile; a
 * request to park, which comes first when it shall be, ends the wait. It is the
 * one that has set cell->resetting.
 */
static __noreturn void reset_cell(struct cell *cell)
{
	struct cpu *first = first_cpu(cell);
	struct cpu *cpu;

	/* It works on the cell, and is not lost: see quarantine_is_possible(). Root looks
	 * at that after it has ended the cell, which is looked at below.
	 */
	__atomic_store_n(&this_cpu()->state, CPU_STARTING, __ATOMIC_SEQ_CST);
	for_each_cpu_of(cpu, cell) {
		if (cpu != this_cpu())
			cpu_request(cpu, CPU_REQ_PARK);
	}
	/* Until all have parked, one may turn another on that was seen parked before.
	 * That does not start while @resetting, so the second time all are at rest.
	 */
	for (u32 round = 0; round < 2; round++) {
		for_each_cpu_of(cpu, cell) {
			while (cpu != this_cpu() && !cpu_is_parked(cpu) && cell_is_running(cell))
				arch_wait();
		}
	}
	if (cell_is_running(cell)) {
		init_comm_region(cell);
		arch_cell_reset(cell);
		set_asked(cell, false);
		/* The guest begins with its caches off: what they hold must be in
		 * memory before.
		 */
		cell->memory_ready = false;
		first->entry = cell->config.cell->entry;
		memcpy(first->args, cell->config.cell->args, sizeof(first->args));
	}
	__atomic_store_n(&cell->resetting, false, __ATOMIC_SEQ_CST);
	if (first == this_cpu())
		cpu_restart(first);
	if (cell_is_running(cell)) {
		__atomic_store_n(&first->state, CPU_STARTING, __ATOMIC_SEQ_CST);
		cpu_request(first, CPU_REQ_START);
	}
	arch_park();
}

/* Or else another CPU of the cell is at it, and wants this one parked */
static void become_resetter(struct cell *cell)
{
	if (__atomic_exchange_n(&cell->resetting, true, __ATOMIC_SEQ_CST))
		arch_park();
}

void cell_reset_self(void)
{
	struct cell *cell = this_cpu()->cell;

	become_resetter(cell);
	reset_cell(cell);
}

void cell_end_self(void)
{
	struct cell *cell = this_cpu()->cell;

	if (says_it_failed(cell))
		cell_fail_self(CL_FAIL_COMM, 0, 0, 0);
	if (leave_running(cell, CL_CELL_SHUT_DOWN))
		request_all(cell, CPU_REQ_PARK);
	arch_park();
}

/*
 * Does the cell start anew after this failure? Then this CPU, of all that failed, is
 * the one that resets it. Not where root wants it to end.
 */
static bool begin_restart(struct cell *cell)
{
	const struct cl_cell *config = cell->config.cell;

	if (config->on_failure != CL_FAILURE_RESTART || is_asked(cell) || !cell_is_running(cell))
		return false;
	become_resetter(cell);
	if (cell->restarts < config->max_restarts) {
		cell->restarts++;
		return true;
	}
	__atomic_store_n(&cell->resetting, false, __ATOMIC_SEQ_CST);
	return false;
}

void cell_fail_self(u32 reason, u64 esr, u64 pc, u64 address)
{
	struct cell *cell = this_cpu()->cell;
	bool restarts = reason != CL_FAIL_HYPERVISOR && begin_restart(cell);

	/* Of several CPUs that fail at once, one tells */
	if (restarts || leave_running(cell, CL_CELL_FAILED)) {
		cell->fail.reason = reason;
		cell->fail.cpu = this_cpu()->id;
		cell->fail.esr = esr;
		cell->fail.pc = pc;
		cell->fail.address = address;
		if (!restarts || cell->restarts <= RESTARTS_LOGGED)
			log_printf("cell %u failed%s: reason %u, CPU %u, ESR 0x%llx, PC 0x%llx, "
				   "address 0x%llx\n",
				   cell->id, restarts ? " and restarts" : "", reason,
				   this_cpu()->id, (unsigned long long)esr, (unsigned long long)pc,
				   (unsigned long long)address);
		if (!restarts)
			request_all(cell, CPU_REQ_PARK);
	}
	if (restarts)
		reset_cell(cell);
	arch_park();
}

u32 cell_shown_state(const struct cell *cell)
{
	return is_locked(cell) ? CL_CELL_RUNNING_LOCKED : cell_state(cell);
}

void cell_get_info(struct cell *cell, struct cl_cell_info *info)
{
	memset(info, 0, sizeof(*info));
	info->id = cell->id;
	info->state = cell_shown_state(cell);
	memcpy(info->name, cell->config.cell->name, sizeof(info->name));
	for (u32 i = 0; i < nr_cpus; i++) {
		if (cpus[i].cell == cell)
			info->cpus[i / 64] |= BIT(i % 64);
	}
	info->fail_reason = cell->fail.reason;
	info->fail_cpu = cell->fail.cpu;
	info->fail_esr = cell->fail.esr;
	info->fail_pc = cell->fail.pc;
	info->fail_address = cell->fail.address;
	info->violations = cell->violations;
	info->smcs_refused = cell->smcs_refused;
	info->last_smc = cell->last_smc;
	info->restarts = MIN(cell->restarts, cell->config.cell->max_restarts);
	info->pages = 1 + cell->blob_pages + cell->area_pages + cell->arch_pages +
		      (cell->comm ? 1 : 0) + (cell->console ? CONSOLE_PAGES : 0) +
		      pt_pages(&cell->s2.pt);
	info->console_end = cell->console ? cell->console->end : 0;
	info->irq_mode = cell->config.cell->irq_mode;
}
