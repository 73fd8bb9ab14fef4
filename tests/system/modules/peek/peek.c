// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads or writes physical memory through a mapping of the kernel's own, in
 * the context of whoever writes an address to debugfs:
 *
 *	echo 0x71000000 > /sys/kernel/debug/peek/read
 *	echo 0x71000000 > /sys/kernel/debug/peek/write
 */
#include <linux/debugfs.h>
#include <linux/io.h>
#include <linux/module.h>
#include <linux/uaccess.h>

static struct dentry *dir;

static ssize_t touch(const char __user *user, size_t count, bool write)
{
	unsigned long address;
	u64 *p, value;
	int ret = kstrtoul_from_user(user, count, 0, &address);

	if (ret)
		return ret;
	p = memremap(address, sizeof(*p), MEMREMAP_WB);
	if (!p)
		return -ENOMEM;
	if (write)
		WRITE_ONCE(*p, 0);
	value = READ_ONCE(*p);
	memunmap(p);
	pr_info("peek: 0x%lx holds 0x%llx\n", address, value);
	return count;
}

static ssize_t peek_read(struct file *file, const char __user *user, size_t count, loff_t *pos)
{
	return touch(user, count, false);
}

static ssize_t peek_write(struct file *file, const char __user *user, size_t count, loff_t *pos)
{
	return touch(user, count, true);
}

static const struct file_operations read_fops = { .owner = THIS_MODULE, .write = peek_read };
static const struct file_operations write_fops = { .owner = THIS_MODULE, .write = peek_write };

static int __init peek_init(void)
{
	dir = debugfs_create_dir("peek", NULL);
	debugfs_create_file("read", 0200, dir, NULL, &read_fops);
	debugfs_create_file("write", 0200, dir, NULL, &write_fops);
	return 0;
}

static void __exit peek_exit(void)
{
	debugfs_remove(dir);
}

module_init(peek_init);
module_exit(peek_exit);

MODULE_DESCRIPTION("Touches physical memory, for tests");
MODULE_LICENSE("GPL");
