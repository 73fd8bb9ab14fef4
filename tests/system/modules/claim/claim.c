// SPDX-License-Identifier: GPL-2.0-only
/* Claims physical addresses, as the driver of a device there would. */
#include <linux/ioport.h>
#include <linux/module.h>

static unsigned long start, size;
module_param(start, ulong, 0444);
module_param(size, ulong, 0444);

static int __init claim_init(void)
{
	return request_mem_region(start, size, "claim") ? 0 : -EBUSY;
}

static void __exit claim_exit(void)
{
	release_mem_region(start, size);
}

module_init(claim_init);
module_exit(claim_exit);

MODULE_DESCRIPTION("Claims physical addresses, for tests");
MODULE_LICENSE("GPL");
