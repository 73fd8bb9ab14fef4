// SPDX-License-Identifier: GPL-2.0-only
/* CPUs: what is at their EL2, which of the config they are, who has them. */
#include <linux/cpu.h>
#include <linux/dcache.h>
#include <linux/debugfs.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <asm/cputype.h>
#include <asm/sysreg.h>

#include "driver.h"

/**
 * struct probe - what one CPU tells about itself
 * @el: exception level of the kernel
 * @has_el2: there is an EL2 for 64-bit code
 * @answer: of whatever is at EL2
 * @mpidr: affinity
 */
struct probe {
	unsigned int el;
	bool has_el2;
	unsigned long answer;
	u64 mpidr;
};

/* Runs on every CPU. Changes nothing, whoever is at EL2. */
static void probe_this_cpu(void *arg)
{
	struct probe *p = (struct probe *)arg + smp_processor_id();
	u64 pfr0 = read_sysreg_s(SYS_ID_AA64PFR0_EL1);

	p->mpidr = read_cpuid_mpidr() & MPIDR_HWID_BITMASK;
	p->el = read_sysreg(CurrentEL) >> 2 & 3;
	p->has_el2 = pfr0 >> 8 & 0xf;
	/* hvc is undefined without EL2, and at EL2 it calls the kernel itself */
	if (p->el == 1 && p->has_el2) {
		struct cl_regs r = { .x = { HVC_NO_FUNCTION } };

		cl_hvc_masked(&r);
		p->answer = r.x[0];
	}
}

static int check_el2(unsigned int cpu, const struct probe *p, struct cl_ioc_error *error)
{
	if (p->el != 1)
		return cl_refuse(error, -EOPNOTSUPP, CL_RULE_CPU_EL, p->el, 0);
	if (!p->has_el2)
		return cl_refuse(error, -ENOSYS, CL_RULE_CPU_NO_EL2, cpu, 0);
	if (p->answer != HVC_STUB_ERR)
		return cl_refuse(error, -EBUSY, CL_RULE_CPU_STUB, p->answer, 0);
	return 0;
}

/*
 * Before 6.12, and with kvm.enable_virt_at_load=0, KVM takes EL2 only when the
 * first virtual machine is made: the stub answers until then. It would not get
 * EL2 from the hypervisor, and its own hypercalls use the numbers that ours
 * have. KVM has a folder in debugfs from its start on.
 */
static bool kvm_is_waiting(void)
{
	struct dentry *dir = debugfs_lookup("kvm", NULL);

	if (IS_ERR_OR_NULL(dir))
		return false;
	dput(dir);
	return true;
}

/* Every CPU of the machine must be online and in the config, and vice versa */
static int match_cpus(const struct config *config, const struct probe *probes,
		      const struct cpumask *online, struct cl_ioc_error *error)
{
	unsigned int cpu, n = cpumask_weight(online);
	u32 i;

	for_each_cpu(cpu, online) {
		for (i = 0; i < config->nr_cpus; i++) {
			if (config->cpus[i] == probes[cpu].mpidr)
				break;
		}
		if (i == config->nr_cpus)
			return cl_refuse(error, -ENXIO, CL_RULE_CPU_MPIDR, probes[cpu].mpidr, 0);
		cloister.cpus[i].linux_cpu = cpu;
		cloister.cpus[i].mpidr = probes[cpu].mpidr;
		cpumask_set_cpu(cpu, &cloister.known);
	}
	if (config->nr_cpus != n)
		return cl_refuse(error, -ENODEV, CL_RULE_CPU_COUNT, config->nr_cpus, n);
	/* One that comes online later would be nobody's */
	n = num_present_cpus();
	if (!cpumask_equal(online, cpu_present_mask))
		return cl_refuse(error, -ENODEV, CL_RULE_CPU_COUNT, config->nr_cpus, n);
	cloister.nr_cpus = config->nr_cpus;
	return 0;
}

/**
 * cl_probe_cpus() - may EL2 be taken over on all CPUs, and which are they?
 * @config: the system config; NULL to look at EL2 only
 * @online: out: the CPUs that were found
 * @error: filled in on failure
 *
 * Fills in cloister.cpus, cloister.nr_cpus and cloister.known.
 *
 * Return: 0; for EL2 -EOPNOTSUPP, -ENOSYS or -EBUSY; for the config -ENXIO or
 * -ENODEV; -ENOMEM.
 */
int cl_probe_cpus(const struct config *config, struct cpumask *online, struct cl_ioc_error *error)
{
	struct probe *probes;
	unsigned int cpu;
	int ret = 0;

	probes = kcalloc(nr_cpu_ids, sizeof(*probes), GFP_KERNEL);
	if (!probes)
		return -ENOMEM;
	cpus_read_lock();
	cpumask_copy(online, cpu_online_mask);
	on_each_cpu(probe_this_cpu, probes, 1);
	cpus_read_unlock();

	for_each_cpu(cpu, online) {
		ret = check_el2(cpu, &probes[cpu], error);
		if (ret)
			goto out;
	}
	if (kvm_is_waiting()) {
		ret = cl_refuse(error, -EBUSY, CL_RULE_CPU_STUB, HVC_STUB_ERR, 0);
		goto out;
	}
	if (config) {
		memset(cloister.cpus, 0, sizeof(cloister.cpus));
		cpumask_clear(&cloister.known);
		ret = match_cpus(config, probes, online, error);
	}
out:
	kfree(probes);
	return ret;
}

static int check_cpus(const struct cell *cell, struct cl_ioc_error *error)
{
	const struct config *b = &cell->config;
	u32 i, j;

	for (i = 0; i < b->nr_cpus; i++) {
		const struct cl_cpu *cpu;

		if (b->cpus[i] >= cloister.nr_cpus)
			return cl_refuse(error, -EINVAL, CL_RULE_CPU_UNKNOWN, b->cpus[i],
					 cloister.nr_cpus);
		for (j = 0; j < i; j++) {
			if (b->cpus[j] == b->cpus[i])
				return cl_refuse(error, -EINVAL, CL_RULE_CPU_TWICE, b->cpus[i], 0);
		}
		cpu = &cloister.cpus[b->cpus[i]];
		if (cpu->cell)
			return cl_refuse(error, -EBUSY, CL_RULE_CPU_TAKEN, b->cpus[i],
					 cpu->cell->id);
	}
	return 0;
}

/* Would Linux have a CPU left that runs? */
static bool leaves_a_cpu(const struct cell *cell)
{
	unsigned int left;
	u32 i;

	cpus_read_lock();
	left = num_online_cpus();
	for (i = 0; i < cell->config.nr_cpus; i++) {
		const struct cl_cpu *cpu = &cloister.cpus[cell->config.cpus[i]];

		left -= cpu_online(cpu->linux_cpu);
	}
	cpus_read_unlock();
	return left > 0;
}

/**
 * cl_take_cpus() - let Linux give up the CPUs of a cell
 * @cell: with its config
 * @error: filled in on failure
 *
 * On failure Linux has all of them back that it had before.
 *
 * Return: 0 or a negative errno.
 */
int cl_take_cpus(struct cell *cell, struct cl_ioc_error *error)
{
	int ret = check_cpus(cell, error);
	u32 i;

	if (ret)
		return ret;
	if (!leaves_a_cpu(cell))
		return cl_refuse(error, -EINVAL, CL_RULE_CPU_LAST, 0, 0);

	for (i = 0; i < cell->config.nr_cpus; i++) {
		struct cl_cpu *cpu = &cloister.cpus[cell->config.cpus[i]];

		cpu->cell = cell;
		cpu->taken = false;
		/* From here on nobody else can bring it online again */
		cpumask_set_cpu(cpu->linux_cpu, &cloister.owned);
		if (!cpu_online(cpu->linux_cpu))
			continue;
		/* 1 if somebody else was faster */
		ret = remove_cpu(cpu->linux_cpu);
		if (ret < 0) {
			cl_refuse(error, ret, CL_RULE_CPU_HOTPLUG, cpu->linux_cpu, -ret);
			cl_give_cpus(cell, NULL, true);
			return ret;
		}
		cpu->taken = !ret;
	}
	return 0;
}

/**
 * cl_give_cpus() - the reverse of cl_take_cpus()
 * @cell: its CPUs are root's again in the hypervisor, or still are
 * @except: but not these, a bitmap of the system config's numbers; or NULL
 * @online: bring those online that were so before
 *
 * A CPU that does not come stays offline.
 */
void cl_give_cpus(struct cell *cell, const u64 *except, bool online)
{
	u32 i;

	for (i = 0; i < cell->config.nr_cpus; i++) {
		u64 id = cell->config.cpus[i];
		struct cl_cpu *cpu = &cloister.cpus[id];
		int ret;

		if (cpu->cell != cell || (except && except[id / 64] >> id % 64 & 1))
			continue;
		cpu->cell = NULL;
		cpumask_clear_cpu(cpu->linux_cpu, &cloister.owned);
		if (!cpu->taken || !online)
			continue;
		cpu->taken = false;
		ret = add_cpu(cpu->linux_cpu);
		if (ret < 0)
			pr_err("CPU %u stays offline: Linux could not start it (error %d)\n",
			       cpu->linux_cpu, -ret);
	}
}
