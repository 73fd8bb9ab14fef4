// SPDX-License-Identifier: GPL-2.0-only
/* Cells that leave their resets to root (CL_CELL_RELOAD). */
#include <linux/jiffies.h>
#include <linux/printk.h>
#include <linux/ratelimit.h>
#include <linux/workqueue.h>

#include "driver.h"

/* The hypervisor does not interrupt Linux: such a cell is looked at this often */
#define LOOK_MS 100

static void look(struct work_struct *work);
static DECLARE_DELAYED_WORK(watch, look);

static bool leaves_resets(const struct cell *cell)
{
	return cell->id != CL_ROOT_ID && cell->started && cell->config.cell->flags & CL_CELL_RELOAD;
}

static bool is_reset(const struct cell *cell)
{
	struct cl_regs r = { .x = { CL_HC_CELL_STATE, cell->id } };
	struct cl_ioc_error ignored = { 0 };

	return cl_call(&r, &ignored) == CL_CELL_RESET;
}

/* Its CPUs may still be on their way: then it is not stopped yet */
static void start_anew(struct cell *cell)
{
	struct cl_regs shutdown = { .x = { CL_HC_CELL_SHUTDOWN, cell->id, CL_SHUTDOWN_FORCE } };
	struct cl_ioc_error error = { 0 }, ignored = { 0 };
	int ret = cl_start(cell, &error);

	if (!ret) {
		/* As often as the guest likes: it shall not fill the log */
		pr_info_ratelimited("cell %u \"%s\" starts anew\n", cell->id, cell->name);
	} else if (error.rule != CL_RULE_CELL_STATE) {
		cl_print_refusal("start after a reset", ret, &error);
		cl_call(&shutdown, &ignored);
	}
}

static void look(struct work_struct *work)
{
	struct cell *cell;
	bool any = false;

	mutex_lock(&cloister.lock);
	list_for_each_entry(cell, &cloister.cells, node) {
		if (cloister.going_down || !leaves_resets(cell))
			continue;
		any = true;
		if (!cell->busy && is_reset(cell))
			start_anew(cell);
	}
	mutex_unlock(&cloister.lock);
	if (any)
		cl_watch_resets();
}

/**
 * cl_watch_resets() - look at the cells in a while, and again as long as there are any
 */
void cl_watch_resets(void)
{
	schedule_delayed_work(&watch, msecs_to_jiffies(LOOK_MS));
}

/**
 * cl_watch_end() - the module goes
 */
void cl_watch_end(void)
{
	cancel_delayed_work_sync(&watch);
}
