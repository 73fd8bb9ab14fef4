// SPDX-License-Identifier: GPL-2.0-only
/* What happens in Linux that the hypervisor must not be surprised by. */
#include <linux/cpu.h>
#include <linux/cpuhotplug.h>
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/notifier.h>
#include <linux/panic_notifier.h>
#include <linux/reboot.h>
#include <linux/sched.h>
#include <linux/suspend.h>

#include "driver.h"

/* For everything that must end before the machine restarts */
#define LAST_TIMEOUT_MS 15000

/*
 * A CPU that is to come online. Without a lock: the caller may be the driver
 * itself, which has removed the CPU from the mask before, or anybody else
 * while the driver waits for hotplug to be free.
 */
static int cpu_prepare(unsigned int cpu)
{
	if (!READ_ONCE(cloister.enabled))
		return 0;
	if (cpumask_test_cpu(cpu, &cloister.owned) || !cpumask_test_cpu(cpu, &cloister.known))
		return -EBUSY;
	return 0;
}

static unsigned int time_left(unsigned long end)
{
	return time_before(jiffies, end) ? jiffies_to_msecs(end - jiffies) : 0;
}

static bool any_busy(void)
{
	struct cell *cell;

	list_for_each_entry(cell, &cloister.cells, node) {
		if (cell->busy)
			return true;
	}
	return false;
}

/* Waits for the requests that are under way; with going_down they end soon */
static bool lock_when_idle(unsigned long end)
{
	for (;;) {
		if (mutex_trylock(&cloister.lock)) {
			if (!any_busy())
				return true;
			mutex_unlock(&cloister.lock);
		}
		if (!time_left(end))
			return false;
		msleep(1);
	}
}

/* The CPUs of the cells stay offline: who goes down needs none of them */
static int destroy_all(unsigned long end, struct cl_ioc_error *error)
{
	struct cell *cell, *next;

	list_for_each_entry_safe(cell, next, &cloister.cells, node) {
		int ret;

		if (cell->id == CL_ROOT_ID)
			continue;
		ret = cl_destroy(cell, true, time_left(end), false, error);
		if (ret)
			return ret;
		cl_forget_cell(cell);
	}
	return 0;
}

/*
 * Reboot, halt, power-off and kexec. A kernel that kexec starts wants EL2 as
 * it was, and firmware may want the CPUs: so the hypervisor leaves, and its
 * cells with it. If that fails the machine goes down all the same.
 */
static int on_reboot(struct notifier_block *nb, unsigned long event, void *arg)
{
	unsigned long end = jiffies + msecs_to_jiffies(LAST_TIMEOUT_MS);
	struct cl_ioc_error error = { 0 };
	int ret = -EBUSY;

	WRITE_ONCE(cloister.going_down, true);
	if (lock_when_idle(end)) {
		cloister.last = current;
		ret = 0;
		if (cloister.enabled)
			ret = destroy_all(end, &error);
		if (!ret && cloister.enabled)
			ret = cl_disable(&error);
		cloister.last = NULL;
		mutex_unlock(&cloister.lock);
	}
	if (ret) {
		cl_print_refusal("the end of the hypervisor before the restart", ret, &error);
		pr_err("going on with it at EL2; a kernel started by kexec stays at EL1\n");
	}
	return NOTIFY_DONE;
}

static struct notifier_block reboot_notifier = {
	.notifier_call = on_reboot,
	/* Before those that take devices away */
	.priority = 100,
};

/*
 * Reads what may be in the middle of a change, as the others were stopped
 * where they were: forward links are always valid, and the count is bounded.
 * No hypercall: EL2 may be the very reason.
 */
static int on_panic(struct notifier_block *nb, unsigned long event, void *arg)
{
	struct cell *cell;
	int n = 0;

	if (!cloister.enabled)
		return NOTIFY_DONE;
	pr_emerg("EL2 is the hypervisor's (%s, memory at 0x%llx); CPUs of cells: %*pbl\n",
		 cloister.version, cloister.memory.start, cpumask_pr_args(&cloister.owned));
	list_for_each_entry(cell, &cloister.cells, node) {
		if (n++ > CL_MAX_CELLS)
			break;
		if (cell->id != CL_ROOT_ID)
			pr_emerg("cell %u \"%s\"%s\n", cell->id, cell->name,
				 cell->started ? ", started" : "");
	}
	return NOTIFY_DONE;
}

static struct notifier_block panic_notifier = { .notifier_call = on_panic };

/*
 * A CPU that comes back from a suspend or hibernation comes at EL2, in the
 * kernel's own code: until the hypervisor can resume, there is none. Nor may
 * it be enabled between this and the freezing of user space.
 */
static int on_pm(struct notifier_block *nb, unsigned long event, void *arg)
{
	int ret = 0;

	switch (event) {
	case PM_SUSPEND_PREPARE:
	case PM_HIBERNATION_PREPARE:
	case PM_RESTORE_PREPARE:
		mutex_lock(&cloister.lock);
		if (cloister.enabled) {
			pr_err("suspend and hibernation are refused while the hypervisor is enabled\n");
			ret = -EBUSY;
		} else {
			cloister.suspending = true;
		}
		mutex_unlock(&cloister.lock);
		break;
	case PM_POST_SUSPEND:
	case PM_POST_HIBERNATION:
	case PM_POST_RESTORE:
		mutex_lock(&cloister.lock);
		cloister.suspending = false;
		mutex_unlock(&cloister.lock);
		break;
	}
	return notifier_from_errno(ret);
}

static struct notifier_block pm_notifier = { .notifier_call = on_pm };

static int hotplug_state;

/**
 * cl_notifiers_register() - listen
 *
 * Return: 0 or a negative errno.
 */
int cl_notifiers_register(void)
{
	int ret = cpuhp_setup_state_nocalls(CPUHP_BP_PREPARE_DYN, "cloister:prepare", cpu_prepare,
					    NULL);

	if (ret < 0)
		return ret;
	hotplug_state = ret;
	ret = register_reboot_notifier(&reboot_notifier);
	if (ret)
		goto no_reboot;
	ret = register_pm_notifier(&pm_notifier);
	if (ret)
		goto no_pm;
	ret = atomic_notifier_chain_register(&panic_notifier_list, &panic_notifier);
	if (ret)
		goto no_panic;
	return 0;

no_panic:
	unregister_pm_notifier(&pm_notifier);
no_pm:
	unregister_reboot_notifier(&reboot_notifier);
no_reboot:
	cpuhp_remove_state_nocalls(hotplug_state);
	return ret;
}

/**
 * cl_notifiers_unregister() - the reverse
 */
void cl_notifiers_unregister(void)
{
	atomic_notifier_chain_unregister(&panic_notifier_list, &panic_notifier);
	unregister_pm_notifier(&pm_notifier);
	unregister_reboot_notifier(&reboot_notifier);
	cpuhp_remove_state_nocalls(hotplug_state);
}
