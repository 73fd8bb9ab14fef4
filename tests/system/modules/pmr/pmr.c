// SPDX-License-Identifier: GPL-2.0-only
/* A priority mask that only a kernel with pseudo-NMIs has, until the module goes. */
#include <linux/module.h>
#include <linux/smp.h>
#include <asm/sysreg.h>

/* Lets interrupts through at whatever priority Linux gives them, 0xa0 or 0xc0 */
#define PSEUDO_NMI_PMR 0xd0
#define USUAL_PMR 0xf0

static void set(void *pmr)
{
	write_sysreg_s((unsigned long)pmr, SYS_ICC_PMR_EL1);
	isb();
}

static int __init pmr_init(void)
{
	on_each_cpu(set, (void *)PSEUDO_NMI_PMR, 1);
	return 0;
}

static void __exit pmr_exit(void)
{
	on_each_cpu(set, (void *)USUAL_PMR, 1);
}

module_init(pmr_init);
module_exit(pmr_exit);

MODULE_DESCRIPTION("Another priority mask, for tests");
MODULE_LICENSE("GPL");
