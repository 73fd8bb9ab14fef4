// SPDX-License-Identifier: GPL-2.0-only
/*
 * What root asks of a cell that is there: to be loaded, to start, to end, to go.
 * Everything here runs under the management lock, unless the function says otherwise.
 */
#include <arch.h>
#include <cell_life.h>
#include <config/uart.h>
#include <lib.h>
#include <quarantine.h>
#include <system.h>

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

/* As a guest finds it that begins */
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
	if (cell->vuart)
		comm->console.size = PAGE_SIZE;
	if (cell->console)
		comm->flags = CL_COMM_PUTC_PERMITTED | (cell->vuart ? 0 : CL_COMM_PUTC_ACTIVE);
	comm->gic_version = (u8)gic->version;
	comm->gicd_base = gic->gicd_base;
	if (gic->version == 2)
		comm->gicc_base = gic->gicc.start + gicc_offset(gic);
	else
		comm->gicr_base = gic->gicr[0].start;
	/* The guest reads it before it has turned its caches on */
	arch_clean_invalidate(comm, PAGE_SIZE);
}

void cell_prepare_life(struct cell *cell)
{
	struct cpu *first = first_cpu(cell);

	init_comm_region(cell);
	vuart_reset(cell);
	button_reset(cell);
	arch_cell_reset(cell);
	set_asked(cell, false);
	/* The guest begins with its caches off: what they hold must be in
	 * memory before.
	 */
	cell->memory_ready = false;
	first->entry = cell->config.cell->entry;
	memcpy(first->args, cell->config.cell->args, sizeof(first->args));
}

static bool has_loadable(const struct cell *cell)
{
	for (u32 i = 0; i < cell->config.nr_mem; i++) {
		if (cell->config.mem[i].flags & CL_MEM_LOADABLE)
			return true;
	}
	return false;
}

/* A life that root begins, and not only goes on with */
static void forget_past(struct cell *cell)
{
	memset(&cell->fail, 0, sizeof(cell->fail));
	cell->violations = 0;
	cell->smcs_refused = 0;
	cell->last_smc = 0;
	cell->restarts = 0;
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
	cell_prepare_life(cell);
	cell->resetting = false;
	if (cell_state(cell) != CL_CELL_RESET)
		forget_past(cell);

	/* In this order: a running cell always has a CPU that is not off */
	set_state(cell, CL_CELL_RUNNING);
	cpu_request(cpu, CPU_REQ_START);
	return 0;
}

/* What the guest does then is all that there is for an answer */
static int press_button(struct cell *cell, bool ask)
{
	if (!button_exists(cell))
		return 0;
	set_asked(cell, ask);
	button_ask(cell, ask);
	return -CL_EINPROGRESS;
}

/* 0 if the guest agrees to end, or does not know how to be asked */
static int ask_guest(struct cell *cell, bool ask, struct error *err)
{
	struct cl_comm_region *comm = cell->comm;

	if (!comm || (cell->config.cell->flags & CL_CELL_PASSIVE))
		return press_button(cell, ask);
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

int cell_shutdown(u64 id, u64 how, struct error *err)
{
	int ret;
	struct cell *cell = find_guest(id, err, &ret);

	if (!cell)
		return ret;
	if (cell->destroy != DESTROY_NOT || cell_state(cell) == CL_CELL_CREATED)
		return wrong_state(cell, err);
	if (cell_is_running(cell)) {
		ret = how == CL_SHUTDOWN_FORCE ? 0 : ask_guest(cell, how == CL_SHUTDOWN_ASK, err);
		if (ret)
			return ret;
		cell_leave_running(cell, CL_CELL_SHUT_DOWN);
		cell_request_all(cell, CPU_REQ_PARK);
	} else {
		if (cell_state(cell) == CL_CELL_RESET)
			set_state(cell, CL_CELL_SHUT_DOWN);
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
	for_each_cpu_of(cpu, cell) {
		cpu_change_owner(cpu, cells[ROOT_CELL_ID]);
	}
	/* First the tables: their frames may be needed to map the memory in root */
	arch_cell_exit(cell);
	aspace_destroy(&cell->s2);
	cell_return_to_root(cell, cell->config.nr_mem);
	cells[cell->id] = NULL;
	log_printf("cell %u destroyed\n", cell->id);
	cell_free(cell);
}

/* They have been asked, some time ago: nothing is left to be done for them */
static int abandon(struct cell *cell, struct error *err)
{
	if (!quarantine_is_possible(cell))
		return -CL_EINPROGRESS;
	if (arch_cell_revoke(cell))
		return refuse_no_frames(err, cell->s2.pt.root_pages);
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
		if (how == CL_SHUTDOWN_ASK && cell_shown_state(cell) == CL_CELL_RUNNING_LOCKED)
			return refuse(err, -CL_EPERM, CL_RULE_CELL_LOCKED, id, 0);
		set_state(cell, CL_CELL_DESTROYING);
		cell->destroy = DESTROY_STOPPING;
		cell_request_all(cell, CPU_REQ_PARK);
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
		cell_request_all(cell, CPU_REQ_SCRUB);
		return -CL_EINPROGRESS;
	}
	give_back(cell);
	return 0;
}
