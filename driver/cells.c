// SPDX-License-Identifier: GPL-2.0-only
/* The life of cells, as far as Linux has a part in it. */
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/io.h>
#include <linux/ktime.h>
#include <linux/minmax.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "driver.h"

/**
 * cl_new_cell() - what the driver keeps about a cell
 * @name: from its config
 *
 * Return: the cell, to be freed by kobject_put(), or NULL.
 */
struct cell *cl_new_cell(const char *name)
{
	struct cell *cell = kzalloc(sizeof(*cell), GFP_KERNEL);

	if (!cell)
		return NULL;
	kobject_init(&cell->kobj, &cl_cell_ktype);
	INIT_LIST_HEAD(&cell->images);
	strscpy(cell->name, name, sizeof(cell->name));
	return cell;
}

/**
 * cl_find_cell() - the cell that a request is about
 * @id: its ID, or CL_ID_BY_NAME
 * @name: its name, as user space sent it
 * @error: filled in on failure
 *
 * Return: the cell, root included, or an ERR_PTR.
 */
struct cell *cl_find_cell(u32 id, const char *name, struct cl_ioc_error *error)
{
	struct cell *cell;

	if (!cloister.enabled)
		return ERR_PTR(cl_refuse(error, -ENODEV, CL_RULE_NOT_ENABLED, 0, 0));
	if (id == CL_ID_BY_NAME && strnlen(name, CL_NAME_SIZE) == CL_NAME_SIZE)
		return ERR_PTR(cl_refuse(error, -EINVAL, CL_RULE_CELL_NAME, 0, 0));
	list_for_each_entry(cell, &cloister.cells, node) {
		if (id == CL_ID_BY_NAME ? !strcmp(cell->name, name) : cell->id == id)
			return cell;
	}
	return ERR_PTR(cl_refuse(error, -ENOENT, CL_RULE_CELL_UNKNOWN, id, 0));
}

/**
 * cl_idle_cell() - as cl_find_cell(), for requests that change the cell
 * @id: its ID, or CL_ID_BY_NAME
 * @name: its name
 * @cell: out
 * @error: filled in on failure
 *
 * Return: 0, or a negative errno: also if the cell is root, or if another
 * request about it is waiting.
 */
int cl_idle_cell(u32 id, const char *name, struct cell **cell, struct cl_ioc_error *error)
{
	*cell = cl_find_cell(id, name, error);
	if (IS_ERR(*cell))
		return PTR_ERR(*cell);
	if ((*cell)->id == CL_ROOT_ID)
		return cl_refuse(error, -EINVAL, CL_RULE_CELL_ROOT, 0, 0);
	if ((*cell)->busy)
		return cl_refuse(error, -EAGAIN, CL_RULE_BUSY, 0, 0);
	return 0;
}

/**
 * cl_count_cells() - how many cells there are, without root
 */
u32 cl_count_cells(void)
{
	struct cell *cell;
	u32 n = 0;

	list_for_each_entry(cell, &cloister.cells, node)
		n += cell->id != CL_ROOT_ID;
	return n;
}

/**
 * struct poll - a hypercall that is repeated until it is done
 * @function: CL_HC_*
 * @arg: x2
 * @timeout_ms: how long
 * @killable: may end early if the caller is killed
 */
struct poll {
	u32 function;
	unsigned long arg;
	unsigned int timeout_ms;
	bool killable;
};

/**
 * cl_wait() - let some time pass before a hypercall is repeated
 * @wait: how long it has been tried
 * @killable: may end early if the caller is killed
 *
 * Nobody waits in EL2: the hypervisor answers at once, if need be that it is not
 * done. While this sleeps, with cloister.lock released, other requests go on.
 *
 * Return: 0: repeat it; -ETIMEDOUT, after one try behind the end; -EINTR if the
 * caller is killed or the machine goes down.
 */
int cl_wait(struct cl_wait *wait, bool killable)
{
	if (wait->late)
		return -ETIMEDOUT;
	if (cloister.going_down && current != cloister.last)
		return -EINTR;
	if (killable && fatal_signal_pending(current))
		return -EINTR;
	mutex_unlock(&cloister.lock);
	usleep_range(wait->pause, 2 * wait->pause);
	wait->pause = min(2 * wait->pause, 5000u);
	mutex_lock(&cloister.lock);
	wait->late = ktime_after(ktime_get(), wait->end);
	return 0;
}

/* Other requests go on meanwhile, but none about the cell. The request can be repeated. */
static int poll_call(struct cell *cell, const struct poll *poll, struct cl_ioc_error *error)
{
	struct cl_wait wait = CL_WAIT(poll->timeout_ms);
	const unsigned int pause = wait.pause;
	int ret;

	cell->busy = true;
	do {
		struct cl_regs r = { .x = { poll->function, cell->id, poll->arg } };

		/* Then the calls themselves do the work: there is nothing to wait for */
		if (poll->function == CL_HC_CELL_DESTROY && poll->arg == CL_DESTROY_ABANDON)
			wait.pause = pause;
		ret = cl_call(&r, error);
		if (ret != -EINPROGRESS)
			break;
		ret = cl_wait(&wait, poll->killable);
	} while (!ret);
	cell->busy = false;
	return ret;
}

static int check_name_free(const struct config *config, struct cl_ioc_error *error)
{
	struct cell *cell;

	list_for_each_entry(cell, &cloister.cells, node) {
		if (!strcmp(cell->name, config->cell->name))
			return cl_refuse(error, -EEXIST, CL_RULE_CELL_NAME_TAKEN, cell->id, 0);
	}
	return 0;
}

/* With the cell's CPUs offline. Return: 0 or a negative errno. */
static int create_in_hypervisor(struct cell *cell, struct cl_ioc_error *error)
{
	struct cl_regs r = { .x = { CL_HC_CELL_CREATE, virt_to_phys((void *)cell->config.blob),
				    cell->config.size } };
	struct cl_ioc_error ignored;
	long id = cl_call(&r, error);
	int ret;

	if (id < 0)
		return id;
	cell->id = id;
	ret = kobject_add(&cell->kobj, cloister.cells_dir, "%u", cell->id);
	if (ret)
		cl_destroy(cell, true, CL_STOP_TIMEOUT_MS, true, &ignored);
	return ret;
}

static int create(struct cell *cell, struct cl_ioc_error *error)
{
	int ret = check_name_free(&cell->config, error);

	if (!ret)
		ret = cl_check_cell_mem(&cell->config, error);
	if (!ret)
		ret = cl_take_cpus(cell, error);
	if (ret)
		return ret;
	ret = create_in_hypervisor(cell, error);
	if (ret)
		cl_give_cpus(cell, NULL, true);
	return ret;
}

/**
 * cl_cell_create() - CL_IOC_CELL_CREATE
 * @arg: the request
 * @error: filled in on failure
 *
 * Return: 0 or a negative errno; then nothing has changed.
 */
int cl_cell_create(struct cl_ioc_create *arg, struct cl_ioc_error *error)
{
	struct cell *cell;
	void *data;
	int ret;

	if (!cloister.enabled)
		return cl_refuse(error, -ENODEV, CL_RULE_NOT_ENABLED, 0, 0);
	data = cl_copy_config(arg->config, arg->config_size, error);
	if (IS_ERR(data))
		return PTR_ERR(data);
	cell = cl_new_cell("");
	if (!cell) {
		cl_free_config(data, arg->config_size);
		return -ENOMEM;
	}
	ret = cl_parse_config(&cell->config, data, arg->config_size, CL_KIND_CELL, error);
	/* From here on the cell frees it, parsed or not */
	cell->config.blob = data;
	cell->config.size = arg->config_size;
	if (!ret) {
		strscpy(cell->name, cell->config.cell->name, sizeof(cell->name));
		ret = create(cell, error);
	}
	if (ret) {
		kobject_put(&cell->kobj);
		return ret;
	}
	list_add_tail(&cell->node, &cloister.cells);
	arg->id = cell->id;
	pr_info("cell %u \"%s\" created\n", cell->id, cell->name);
	return 0;
}

/**
 * cl_cell_start() - CL_IOC_CELL_START
 * @arg: the request
 * @error: filled in on failure
 *
 * A cell that ran before gets its images as they were loaded first.
 *
 * Return: 0 or a negative errno.
 */
int cl_cell_start(struct cl_ioc_cell *arg, struct cl_ioc_error *error)
{
	struct cell *cell;
	int ret = cl_idle_cell(arg->id, arg->name, &cell, error);

	return ret ? ret : cl_start(cell, error);
}

/**
 * cl_start() - as cl_cell_start()
 * @cell: about which no other request waits
 * @error: filled in on failure
 *
 * Return: 0 or a negative errno.
 */
int cl_start(struct cell *cell, struct cl_ioc_error *error)
{
	struct cl_regs r = { .x = { CL_HC_CELL_START, cell->id } };
	int ret;

	if (list_empty(&cell->images) && cl_has_loadable(cell))
		return cl_refuse(error, -EINVAL, CL_RULE_CELL_NOT_LOADED, cell->id, 0);
	if (cell->started) {
		ret = cl_load_again(cell, error);
		if (ret)
			return ret;
	}
	ret = cl_call(&r, error);
	if (ret)
		return ret;
	cell->started = true;
	if (cell->config.cell->flags & CL_CELL_RELOAD)
		cl_watch_resets();
	return 0;
}

/* Nobody holds a power button down that is not pressed any more */
static int ask(struct cell *cell, unsigned int timeout_ms, struct cl_ioc_error *error)
{
	struct poll poll = { CL_HC_CELL_SHUTDOWN, CL_SHUTDOWN_ASK, timeout_ms, true };
	int ret = poll_call(cell, &poll, error);

	if (!cell->config.cell->power_button.address || (ret != -ETIMEDOUT && ret != -EINTR))
		return ret;
	poll.arg = CL_SHUTDOWN_RELEASE;
	poll.timeout_ms = 0;
	return poll_call(cell, &poll, error);
}

/**
 * cl_cell_shutdown() - CL_IOC_CELL_SHUTDOWN
 * @arg: the request
 * @error: filled in on failure
 *
 * Return: 0 once the cell has stopped; -ETIMEDOUT if the guest did not answer,
 * then it still runs; -EPERM if it refused; -EINTR; or what else is wrong.
 * With CL_IOC_FORCE the first two end the cell.
 */
int cl_cell_shutdown(struct cl_ioc_cell *arg, struct cl_ioc_error *error)
{
	const struct poll force = { CL_HC_CELL_SHUTDOWN, CL_SHUTDOWN_FORCE, CL_STOP_TIMEOUT_MS,
				    true };
	unsigned int timeout_ms = arg->timeout_ms;
	struct cell *cell;
	int ret = cl_idle_cell(arg->id, arg->name, &cell, error);

	if (ret)
		return ret;
	if (!timeout_ms)
		timeout_ms = cell->config.cell->shutdown_timeout_ms ?: 1000;
	ret = ask(cell, timeout_ms, error);
	if (ret == -ETIMEDOUT)
		cl_refuse(error, ret, CL_RULE_CELL_TIMEOUT, cell->id, timeout_ms);
	if ((ret == -ETIMEDOUT || ret == -EPERM) && arg->flags & CL_IOC_FORCE) {
		ret = poll_call(cell, &force, error);
		if (ret == -ETIMEDOUT)
			cl_refuse(error, ret, CL_RULE_CELL_TIMEOUT, cell->id, force.timeout_ms);
	}
	return ret;
}

/*
 * A CPU of the cell does not come: all else becomes root's. A kernel that goes down needs
 * none of it.
 */
static int abandon(struct cell *cell, bool online, struct cl_ioc_error *error)
{
	const struct poll poll = { CL_HC_CELL_DESTROY, CL_DESTROY_ABANDON, CL_ABANDON_TIMEOUT_MS,
				   false };
	struct cl_cell_info info;
	struct cl_ioc_error ignored;
	int ret = -ETIMEDOUT;

	if (online)
		ret = poll_call(cell, &poll, error);
	if (ret != -ETIMEDOUT || cl_read_cell_info(cell->id, &info, &ignored))
		return ret;
	if (info.state == CL_CELL_QUARANTINED)
		cl_give_cpus(cell, info.cpus, online);
	else
		info.fail_cpu = cell->config.cpus[0];
	return cl_refuse(error, ret, CL_RULE_CELL_CPU_LOST, info.fail_cpu, cell->id);
}

/* Did the hypervisor give the cell up, whatever it said? */
static bool is_gone(const struct cell *cell)
{
	struct cl_regs r = { .x = { CL_HC_CELL_STATE, cell->id } };
	struct cl_ioc_error error = { 0 };

	return cl_call(&r, &error) == -ENOENT && error.rule == CL_RULE_CELL_UNKNOWN;
}

/**
 * cl_destroy() - end a cell in the hypervisor, and give its CPUs back
 * @cell: any but root, in any state
 * @force: even if the guest has locked itself
 * @timeout_ms: how long its CPUs may take
 * @online: bring its CPUs online again
 * @error: filled in on failure
 *
 * Not interrupted by signals.
 *
 * Return: 0; -ETIMEDOUT, and the cell is still there, with a CPU that did not come,
 * to be destroyed again; -EINTR; or what the hypervisor says.
 */
int cl_destroy(struct cell *cell, bool force, unsigned int timeout_ms, bool online,
	       struct cl_ioc_error *error)
{
	const struct poll destroy = { CL_HC_CELL_DESTROY,
				      force ? CL_SHUTDOWN_FORCE : CL_SHUTDOWN_ASK, timeout_ms,
				      false };
	int ret = poll_call(cell, &destroy, error);

	if (ret == -ETIMEDOUT)
		ret = abandon(cell, online, error);
	if (ret && !is_gone(cell))
		return ret;
	if (ret)
		cl_print_refusal("destroy", ret, error);
	cl_give_cpus(cell, NULL, online);
	return 0;
}

/**
 * cl_cell_destroy() - CL_IOC_CELL_DESTROY
 * @arg: the request
 * @error: filled in on failure
 *
 * Return: as cl_destroy()
 */
int cl_cell_destroy(struct cl_ioc_cell *arg, struct cl_ioc_error *error)
{
	struct cell *cell;
	int ret = cl_idle_cell(arg->id, arg->name, &cell, error);

	if (ret)
		return ret;
	ret = cl_destroy(cell, arg->flags & CL_IOC_FORCE, CL_STOP_TIMEOUT_MS, true, error);
	if (ret)
		return ret;
	cl_forget_cell(cell);
	return 0;
}

/**
 * cl_forget_cell() - drop a cell that the hypervisor no longer has
 * @cell: after cl_destroy()
 */
void cl_forget_cell(struct cell *cell)
{
	pr_info("cell %u \"%s\" destroyed\n", cell->id, cell->name);
	list_del(&cell->node);
	kobject_del(&cell->kobj);
	kobject_put(&cell->kobj);
}
