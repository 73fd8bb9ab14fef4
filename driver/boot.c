// SPDX-License-Identifier: GPL-2.0-only
/*
 * The way into the hypervisor and out of it: what every CPU does at EL1 while
 * EL2 changes its owner.
 */
#include <linux/cpu.h>
#include <linux/delay.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/stop_machine.h>

#include "driver.h"

/* How often an interrupt can be on its way before it is no accident */
#define LEAVE_TRIES 100

/**
 * struct turn - one step that all CPUs take
 * @online: the CPUs that are expected to take part
 * @command: enum cl_boot_command
 * @number: Linux's number of a CPU -> its number in the system config
 * @held: how many take no interrupts any more
 * @unready: how many cannot leave yet
 * @arrived: how many have done it
 * @failed: how many could not
 * @result: x0..x3 of each, by its number in the config
 */
struct turn {
	const struct cpumask *online;
	unsigned long command;
	u32 *number;
	atomic_t held;
	atomic_t unready;
	atomic_t arrived;
	atomic_t failed;
	struct cl_regs result[CL_MAX_CPUS];
};

static struct turn *new_turn(const struct cpumask *online)
{
	struct turn *turn = kzalloc(sizeof(*turn), GFP_KERNEL);
	u32 i;

	if (!turn)
		return NULL;
	turn->number = kcalloc(nr_cpu_ids, sizeof(*turn->number), GFP_KERNEL);
	if (!turn->number) {
		kfree(turn);
		return NULL;
	}
	for (i = 0; i < cloister.nr_cpus; i++)
		turn->number[cloister.cpus[i].linux_cpu] = i;
	turn->online = online;
	return turn;
}

static void free_turn(struct turn *turn)
{
	kfree(turn->number);
	kfree(turn);
}

/* With preemption disabled */
static void enter_image(void *arg)
{
	struct turn *turn = arg;
	u32 cpu = turn->number[smp_processor_id()];
	struct cl_regs *r = &turn->result[cpu];

	cl_soft_restart(cloister.memory.start, turn->command, cpu, r);
	if (r->x[0])
		atomic_inc(&turn->failed);
}

/* The result of the first CPU that failed */
static int turn_error(const struct turn *turn, struct cl_ioc_error *error)
{
	u32 i;

	for (i = 0; i < cloister.nr_cpus; i++) {
		const unsigned long *x = turn->result[i].x;
		long ret = x[0];

		if (!ret)
			continue;
		cl_refuse(error, ret, x[1], x[2], x[3]);
		return ret < 0 && ret >= -MAX_ERRNO ? ret : -EPROTO;
	}
	return 0;
}

static int cpus_changed(struct cl_ioc_error *error)
{
	return cl_refuse(error, -EAGAIN, CL_RULE_CPU_COUNT, cloister.nr_cpus, num_online_cpus());
}

static int on_one(struct turn *turn, enum cl_boot_command command, struct cl_ioc_error *error)
{
	turn->command = command;
	get_cpu();
	enter_image(turn);
	put_cpu();
	return turn_error(turn, error);
}

static int on_all(struct turn *turn, enum cl_boot_command command, struct cl_ioc_error *error)
{
	bool changed;

	turn->command = command;
	cpus_read_lock();
	changed = !cpumask_equal(turn->online, cpu_online_mask);
	if (!changed)
		on_each_cpu(enter_image, turn, 1);
	cpus_read_unlock();
	return changed ? cpus_changed(error) : turn_error(turn, error);
}

static void wait_for_all(const struct cpumask *mask, atomic_t *arrived)
{
	int all = cpumask_weight(mask);

	atomic_inc(arrived);
	while (atomic_read(arrived) < all)
		cpu_relax();
}

static long disable_call(struct cl_regs *r, unsigned long what)
{
	r->x[0] = CL_HC_DISABLE;
	r->x[1] = what;
	cl_hvc_masked(r);
	return r->x[0];
}

/*
 * On all CPUs, with interrupts disabled. stop_machine() lets none begin before
 * all are here, and keeps CPU hotplug away meanwhile: so the online mask is
 * the same for all of them, and what it is now decides.
 */
static int commit_this_cpu(void *arg)
{
	struct turn *turn = arg;
	struct cl_regs r = { 0 };

	if (!cpumask_equal(turn->online, cpu_online_mask))
		return -EAGAIN;
	enter_image(turn);
	wait_for_all(turn->online, &turn->arrived);
	if (!atomic_read(&turn->failed))
		return 0;
	/* A commit does not fail; should it still, then all of them go back */
	if (!turn->result[turn->number[smp_processor_id()]].x[0])
		disable_call(&r, CL_DISABLE_LEAVE);
	return -EIO;
}

/**
 * cl_boot() - take EL2 over on all CPUs
 * @online: these must be online, and no others
 * @error: filled in on failure
 *
 * The image and its parameters are in place. All CPUs change, or none does.
 *
 * Return: 0; -EAGAIN if a CPU went or came meanwhile; what the image says.
 */
int cl_boot(const struct cpumask *online, struct cl_ioc_error *error)
{
	struct turn *turn = new_turn(online);
	int ret;

	if (!turn)
		return -ENOMEM;
	ret = on_one(turn, CL_BOOT_INIT, error);
	if (!ret)
		ret = on_all(turn, CL_BOOT_PROBE, error);
	if (!ret)
		ret = on_one(turn, CL_BOOT_PREPARE, error);
	if (!ret) {
		turn->command = CL_BOOT_COMMIT;
		mutex_lock(&cloister.call_lock);
		ret = stop_machine(commit_this_cpu, turn, cpu_online_mask);
		cloister.enabled = !ret;
		mutex_unlock(&cloister.call_lock);
		if (ret == -EAGAIN)
			cpus_changed(error);
		else if (ret)
			ret = turn_error(turn, error);
	}
	free_turn(turn);
	return ret;
}

static int stay(void)
{
	struct cl_regs r = { 0 };

	disable_call(&r, CL_DISABLE_GO_ON);
	return -EIO;
}

/*
 * On all CPUs, with interrupts disabled. First none takes interrupts any more, not
 * in the hypervisor either, and each must be ready. Then one asks for all: if it may
 * leave, then so may the others, and if not, none has.
 */
static int leave_this_cpu(void *arg)
{
	struct turn *turn = arg;
	unsigned int cpu = smp_processor_id();
	struct cl_regs *r = &turn->result[turn->number[cpu]];

	if (disable_call(r, CL_DISABLE_HOLD))
		atomic_inc(&turn->unready);
	wait_for_all(cpu_online_mask, &turn->held);
	if (atomic_read(&turn->unready))
		return stay();
	if (cpu != cpumask_first(cpu_online_mask)) {
		while (!atomic_read(&turn->arrived))
			cpu_relax();
		if (atomic_read(&turn->failed))
			return stay();
	}
	if (disable_call(r, CL_DISABLE_LEAVE))
		atomic_inc(&turn->failed);
	/* After what it says about failed */
	smp_mb__before_atomic();
	atomic_inc(&turn->arrived);
	return r->x[0] ? stay() : 0;
}

/* All CPUs, or none */
static int try_to_leave(struct cl_ioc_error *error)
{
	struct turn *turn = new_turn(NULL);
	int ret;

	if (!turn)
		return -ENOMEM;
	mutex_lock(&cloister.call_lock);
	ret = stop_machine(leave_this_cpu, turn, cpu_online_mask);
	if (ret)
		ret = turn_error(turn, error);
	else
		cloister.enabled = false;
	mutex_unlock(&cloister.call_lock);
	free_turn(turn);
	return ret;
}

/**
 * cl_leave() - give EL2 back to Linux's stub on all CPUs
 * @error: filled in on failure
 *
 * Return: 0, or what the hypervisor says: then nothing has changed.
 */
int cl_leave(struct cl_ioc_error *error)
{
	struct cl_regs ask = { .x = { CL_HC_DISABLE, CL_DISABLE_ASK } };
	unsigned int tries = LEAVE_TRIES;
	int ret = cl_call(&ask, error);

	while (!ret) {
		ret = try_to_leave(error);
		if (ret != -EAGAIN || !--tries)
			return ret;
		/* An interrupt is on its way, and Linux takes it now */
		usleep_range(100, 1000);
		ret = 0;
	}
	return ret;
}
