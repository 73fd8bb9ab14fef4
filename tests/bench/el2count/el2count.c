// SPDX-License-Identifier: GPL-2.0-only
/*
 * Instructions that root's CPUs spend at EL2, for `make bench`.
 *
 * One PMU counter of each online CPU counts INST_RETIRED at EL2 alone; it is the
 * CPU's own, so nothing in the hypervisor takes part. /proc/el2count shows, for
 * each CPU that is there, its number and its count. Under QEMU's -icount they
 * are exact. A CPU that was given to a cell meanwhile begins at 0 again.
 */
#include <linux/cpumask.h>
#include <linux/module.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <linux/smp.h>
#include <asm/sysreg.h>

/* PMEVTYPER<n>_EL0: no EL1 (P), no EL0 (U), EL2 (NSH), INST_RETIRED */
#define EL2_ONLY (BIT(31) | BIT(30) | BIT(27) | 0x08)

static DEFINE_PER_CPU(u32, count);

static void start(void *unused)
{
	write_sysreg(read_sysreg(pmcr_el0) | 1, pmcr_el0);
	write_sysreg(EL2_ONLY, pmevtyper0_el0);
	write_sysreg(0, pmevcntr0_el0);
	write_sysreg(1, pmcntenset_el0);
	isb();
}

static void stop(void *unused)
{
	write_sysreg(1, pmcntenclr_el0);
	isb();
}

static void read_counter(void *unused)
{
	isb();
	this_cpu_write(count, (u32)read_sysreg(pmevcntr0_el0));
}

static int show(struct seq_file *m, void *unused)
{
	unsigned int cpu;

	on_each_cpu(read_counter, NULL, 1);
	for (cpu = 0; cpu < nr_cpu_ids; cpu++) {
		if (cpu_online(cpu))
			seq_printf(m, "%u %u\n", cpu, per_cpu(count, cpu));
	}
	return 0;
}

static int __init el2count_init(void)
{
	if (!proc_create_single("el2count", 0400, NULL, show))
		return -ENOMEM;
	on_each_cpu(start, NULL, 1);
	return 0;
}

static void __exit el2count_exit(void)
{
	remove_proc_entry("el2count", NULL);
	on_each_cpu(stop, NULL, 1);
}

module_init(el2count_init);
module_exit(el2count_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Instructions at EL2, for Cloister's benchmarks");
