// SPDX-License-Identifier: GPL-2.0-only
#include <arch.h>
#include <cell.h>
#include <guest_memory.h>
#include <hypercall.h>
#include <inspect.h>
#include <lib.h>
#include <system.h>

#define SMCCC_NOT_SUPPORTED ((u64)-1)

static s64 read_console(u64 id, u64 *position, char *buf, u64 size, struct error *err)
{
	struct cell *cell;

	if (id == ROOT_CELL_ID)
		return (s64)log_read(position, buf, size);
	cell = cell_find(id, err);
	if (!cell)
		return -CL_ENOENT;
	if (!cell->console) {
		*position = 0;
		return 0;
	}
	return (s64)console_read(cell->console, position, buf, size);
}

/* Whether a structure fits; @size is what the caller has room for */
static s64 check_room(u64 size, u64 needed, struct error *err)
{
	if (size < needed)
		return refuse(err, -CL_EINVAL, CL_RULE_STRUCT_SIZE, size, needed);
	return (s64)needed;
}

static s64 read_stats(u64 id, struct cl_cpu_stats *stats, struct error *err)
{
	if (id >= nr_cpus)
		return refuse(err, -CL_ENOENT, CL_RULE_CPU_UNKNOWN, id, nr_cpus);
	stats->cpu = (u32)id;
	stats->cell = cpus[id].cell->id;
	arch_read_exits(&cpus[id], stats->exits, ARRAY_SIZE(stats->exits));
	return 0;
}

/* What is about one cell, or about all of them */
static s64 read_about(u64 what, u64 id, u64 offset, void *buffer, u64 size, struct error *err)
{
	static const u16 sizes[] = {
		[CL_READ_CELL] = sizeof(struct cl_cell_info),
		[CL_READ_CPU_STATS] = sizeof(struct cl_cpu_stats),
		[CL_READ_TRANSLATION] = sizeof(struct cl_translation),
		[CL_READ_TABLES] = sizeof(struct cl_tables),
		[CL_READ_AUDIT] = sizeof(struct cl_audit),
		[CL_READ_FAULTS] = sizeof(struct cl_faults),
	};
	struct cell *cell = NULL;
	s64 n;

	if (what >= ARRAY_SIZE(sizes) || !sizes[what])
		return refuse(err, -CL_EINVAL, CL_RULE_NOT_SUPPORTED, what, 0);
	n = check_room(size, sizes[what], err);
	if (n < 0)
		return n;
	memset(buffer, 0, (size_t)n);
	if (what == CL_READ_CPU_STATS) {
		s64 ret = read_stats(id, buffer, err);

		return ret ? ret : n;
	}
	if (what == CL_READ_AUDIT) {
		inspect_audit(buffer);
		return n;
	}
	cell = cell_find(id, err);
	if (!cell)
		return -CL_ENOENT;
	if (what == CL_READ_CELL)
		cell_get_info(cell, buffer);
	else if (what == CL_READ_TABLES)
		inspect_tables(cell, buffer);
	else if (what == CL_READ_FAULTS)
		inspect_faults(cell, buffer);
	else
		inspect_address(cell, offset, buffer);
	return n;
}

/* What a later version may give a meaning is refused by this one */
static int not_known(const u64 *x, struct error *err)
{
	return refuse(err, -CL_EINVAL, CL_RULE_NOT_SUPPORTED, (u32)x[0], 0);
}

static s64 read_gva(const u64 *x, void *buffer, u64 size, struct error *err)
{
	s64 n = check_room(size, sizeof(struct cl_gva), err);
	int ret;

	if (n < 0)
		return n;
	if (x[6] > 1)
		return not_known(x, err);
	memset(buffer, 0, (size_t)n);
	ret = inspect_gva(x[2], x[3], x[6], buffer, err);
	return ret ? ret : n;
}

/*
 * What goes to root or comes from there is here in between, so that nothing is half
 * written if the place turns out to be unreachable. Management calls come one at a time,
 * which makes a static one safe.
 */
static u8 buffer[PAGE_SIZE] __aligned(8);

static bool is_in_page(u64 pa, u64 size)
{
	return size && size <= PAGE_SIZE && pa % PAGE_SIZE + size <= PAGE_SIZE;
}

static s64 read_for_root(u64 *x, struct error *err)
{
	u64 what = x[1], id = x[2], position = x[3], pa = x[4], size = x[5];
	s64 n;

	if (!is_in_page(pa, size))
		return refuse(err, -CL_EINVAL, CL_RULE_USER_MEMORY, pa, 0);
	if (what == CL_READ_CONSOLE)
		n = read_console(id, &position, (char *)buffer, size, err);
	else if (what == CL_READ_GVA)
		n = read_gva(x, buffer, size, err);
	else
		n = read_about(what, id, position, buffer, size, err);
	if (n > 0 && !guest_memory_write(cells[ROOT_CELL_ID], pa, buffer, (u64)n))
		return refuse(err, -CL_EFAULT, CL_RULE_USER_MEMORY, pa, 0);
	if (n >= 0)
		x[1] = position;
	return n;
}

/* Of a cell that does not run it would be lost when that starts, without a word */
static s64 console_input(u64 id, u64 pa, u64 size, struct error *err)
{
	struct cell *cell = cell_find(id, err);

	if (!cell)
		return -CL_ENOENT;
	if (!cell->vuart)
		return refuse(err, -CL_EOPNOTSUPP, CL_RULE_CELL_NO_INPUT, id,
			      cell->config.cell->console.type);
	if (!cell_is_running(cell))
		return refuse(err, -CL_EBUSY, CL_RULE_CELL_STATE, id, cell_state(cell));
	if (!size)
		return 0;
	if (!is_in_page(pa, size))
		return refuse(err, -CL_EINVAL, CL_RULE_USER_MEMORY, pa, 0);
	if (!guest_memory_read(cells[ROOT_CELL_ID], pa, buffer, size))
		return refuse(err, -CL_EFAULT, CL_RULE_USER_MEMORY, pa, 0);
	return vuart_input(cell, buffer, (u32)size);
}

static s64 system_info(u64 what, struct error *err)
{
	switch (what) {
	case CL_INFO_POOL_PAGES:
		return (s64)pool_total(&frame_pool);
	case CL_INFO_POOL_USED:
		return (s64)pool_used(&frame_pool);
	case CL_INFO_CELLS:
		return cell_count();
	}
	return refuse(err, -CL_EINVAL, CL_RULE_NOT_SUPPORTED, what, 0);
}

static s64 state_of(u64 id, struct error *err)
{
	struct cell *cell = cell_find(id, err);

	return cell ? (s64)cell_shown_state(cell) : -CL_ENOENT;
}

static s64 manage(u64 *x, struct error *err)
{
	switch ((u32)x[0]) {
	case CL_HC_CELL_CREATE:
		return cell_create(x[1], x[2], err);
	case CL_HC_CELL_SET_LOADABLE:
		return cell_set_loadable(x[1], err);
	case CL_HC_CELL_START:
		return cell_start(x[1], err);
	case CL_HC_CELL_SHUTDOWN:
		if (x[2] > CL_SHUTDOWN_RELEASE)
			return not_known(x, err);
		return cell_shutdown(x[1], x[2], err);
	case CL_HC_CELL_DESTROY:
		if (x[2] > CL_DESTROY_ABANDON)
			return not_known(x, err);
		return cell_destroy(x[1], x[2], err);
	case CL_HC_CELL_STATE:
		return state_of(x[1], err);
	case CL_HC_READ:
		return read_for_root(x, err);
	case CL_HC_SYSTEM_INFO:
		return system_info(x[1], err);
	case CL_HC_CONSOLE_INPUT:
		return console_input(x[1], x[2], x[3], err);
	}
	return refuse(err, -CL_ENOSYS, CL_RULE_NOT_SUPPORTED, (u32)x[0], 0);
}

static void manage_for_root(u64 *x)
{
	struct error err = { .rule = CL_RULE_NONE };
	s64 ret;

	if (!spin_trylock(&management_lock)) {
		ret = refuse(&err, -CL_EAGAIN, CL_RULE_BUSY, 0, 0);
	} else {
		ret = manage(x, &err);
		spin_unlock(&management_lock);
	}
	x[0] = (u64)ret;
	if (ret < 0) {
		x[1] = err.rule;
		x[2] = err.value[0];
		x[3] = err.value[1];
	}
}

/* @n bytes as they lie in the registers x1..x5 */
static void console_from_guest(struct cell *cell, u64 *x, u64 n)
{
	char text[40];

	if (!cell->console) {
		x[0] = SMCCC_NOT_SUPPORTED;
		return;
	}
	if (n < 1 || n > sizeof(text)) {
		x[0] = (u64)-CL_EINVAL;
		return;
	}
	memcpy(text, &x[1], sizeof(text));
	console_write(cell->console, text, n);
	x[0] = 0;
}

void hypercall(u64 *x)
{
	static const u64 uid[] = { CL_UID_0, CL_UID_1, CL_UID_2, CL_UID_3 };
	struct cell *cell = this_cpu()->cell;

	switch ((u32)x[0]) {
	case CL_HC_NULL:
		x[0] = 0;
		return;
	case CL_HC_INFO:
		x[0] = CL_ABI_VERSION;
		x[1] = cell->id;
		x[2] = this_cpu()->id;
		return;
	case CL_HC_UID:
		memcpy(x, uid, sizeof(uid));
		return;
	case CL_HC_REVISION:
		x[0] = CL_ABI_VERSION;
		x[1] = 0;
		return;
	case CL_HC_CONSOLE_PUTC:
		console_from_guest(cell, x, 1);
		return;
	case CL_HC_CONSOLE_WRITE:
		console_from_guest(cell, x, x[6]);
		return;
	}
	if (cell_is_root(cell) && (u32)x[0] >= CL_HC_CELL_CREATE &&
	    (u32)x[0] <= CL_HC_CONSOLE_INPUT)
		manage_for_root(x);
	else
		x[0] = SMCCC_NOT_SUPPORTED;
}
