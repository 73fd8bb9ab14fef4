// SPDX-License-Identifier: GPL-2.0-only
/*
 * Cloister's driver: hands EL2 to the hypervisor, and lets user space manage
 * cells through /dev/cloister. This file has the module, the device and the
 * way of every request.
 */
#include <linux/capability.h>
#include <linux/fs.h>
#include <linux/gfp.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/uaccess.h>

#include "driver.h"

struct cloister cloister = {
	.lock = __MUTEX_INITIALIZER(cloister.lock),
	.call_lock = __MUTEX_INITIALIZER(cloister.call_lock),
	.cells = LIST_HEAD_INIT(cloister.cells),
};

/**
 * cl_call() - one hypercall
 * @r: function and arguments in x0..; results from x0 on
 * @error: filled in on failure
 *
 * Return: the result, or a negative errno.
 */
long cl_call(struct cl_regs *r, struct cl_ioc_error *error)
{
	unsigned long function = r->x[0], first = r->x[1];
	bool enabled;
	long ret;

	mutex_lock(&cloister.call_lock);
	enabled = cloister.enabled;
	if (enabled)
		cl_hvc(r);
	mutex_unlock(&cloister.call_lock);

	if (!enabled)
		return cl_refuse(error, -ENODEV, CL_RULE_NOT_ENABLED, 0, 0);
	ret = r->x[0];
	if (ret >= 0)
		return ret;
	/* SMCCC's NOT_SUPPORTED comes without a rule: x1 is as it was */
	if (ret == -1 && r->x[1] == first)
		return cl_refuse(error, -ENOSYS, CL_RULE_NOT_SUPPORTED, function, 0);
	cl_refuse(error, ret, r->x[1], r->x[2], r->x[3]);
	return ret >= -MAX_ERRNO ? ret : -EPROTO;
}

/**
 * cl_copy_config() - get a config from user space
 * @address: in the caller
 * @size: bytes
 * @error: filled in on failure
 *
 * The copy is physically contiguous, as the hypervisor reads it too.
 *
 * Return: the copy, for cl_free_config(), or an ERR_PTR.
 */
void *cl_copy_config(u64 address, u32 size, struct cl_ioc_error *error)
{
	void *data;

	if (size > CL_BLOB_MAX_SIZE)
		return ERR_PTR(cl_refuse(error, -E2BIG, CL_RULE_FILE_SIZE, size, CL_BLOB_MAX_SIZE));
	if (!size)
		return ERR_PTR(cl_refuse(error, -EINVAL, CL_RULE_BLOB_TRUNCATED, 0,
					 sizeof(struct cl_blob_header)));
	data = alloc_pages_exact(size, GFP_KERNEL | __GFP_ZERO);
	if (!data)
		return ERR_PTR(-ENOMEM);
	if (copy_from_user(data, u64_to_user_ptr(address), size)) {
		free_pages_exact(data, size);
		return ERR_PTR(cl_refuse(error, -EFAULT, CL_RULE_USER_MEMORY, address, 0));
	}
	return data;
}

/**
 * cl_free_config() - free what cl_copy_config() returned
 * @data: the copy, or NULL
 * @size: its bytes
 */
void cl_free_config(const void *data, u32 size)
{
	if (data)
		free_pages_exact((void *)data, size);
}

static int status(struct cl_ioc_status *arg, struct cl_ioc_error *error)
{
	struct cell *cell;
	long total, used;

	arg->enabled = 0;
	arg->abi_version = CL_ABI_VERSION;
	arg->nr_cpus = 0;
	arg->pool_pages = 0;
	arg->pool_used = 0;
	arg->cells = 0;
	arg->dma_masters = 0;
	arg->granules = cl_granules();
	memset(arg->version, 0, sizeof(arg->version));
	if (!cloister.enabled)
		return 0;

	total = cl_system_info(CL_INFO_POOL_PAGES, error);
	if (total < 0)
		return total;
	used = cl_system_info(CL_INFO_POOL_USED, error);
	if (used < 0)
		return used;
	arg->enabled = 1;
	arg->nr_cpus = cloister.nr_cpus;
	arg->pool_pages = total;
	arg->pool_used = used;
	arg->dma_masters = cloister.dma_masters;
	list_for_each_entry(cell, &cloister.cells, node)
		arg->cells |= BIT_ULL(cell->id);
	strscpy(arg->version, cloister.version, sizeof(arg->version));
	return 0;
}

/* Every argument, in one place that is large enough for each of them */
union ioctl_arg {
	u32 size;
	struct cl_ioc_enable enable;
	struct cl_ioc_plain plain;
	struct cl_ioc_status status;
	struct cl_ioc_create create;
	struct cl_ioc_load load;
	struct cl_ioc_cell cell;
	struct cl_ioc_read read;
	struct cl_ioc_input input;
};

static int do_enable(union ioctl_arg *arg, struct cl_ioc_error *error)
{
	return cl_enable(&arg->enable, error);
}

static int do_disable(union ioctl_arg *arg, struct cl_ioc_error *error)
{
	return cl_disable(error);
}

static int do_status(union ioctl_arg *arg, struct cl_ioc_error *error)
{
	return status(&arg->status, error);
}

static int do_create(union ioctl_arg *arg, struct cl_ioc_error *error)
{
	return cl_cell_create(&arg->create, error);
}

static int do_load(union ioctl_arg *arg, struct cl_ioc_error *error)
{
	return cl_cell_load(&arg->load, error);
}

static int check_flags(const struct cl_ioc_cell *arg, struct cl_ioc_error *error)
{
	if (arg->flags & ~CL_IOC_FORCE)
		return cl_refuse(error, -EINVAL, CL_RULE_NOT_SUPPORTED, arg->flags, 0);
	return 0;
}

static int do_start(union ioctl_arg *arg, struct cl_ioc_error *error)
{
	return check_flags(&arg->cell, error) ?: cl_cell_start(&arg->cell, error);
}

static int do_shutdown(union ioctl_arg *arg, struct cl_ioc_error *error)
{
	return check_flags(&arg->cell, error) ?: cl_cell_shutdown(&arg->cell, error);
}

static int do_destroy(union ioctl_arg *arg, struct cl_ioc_error *error)
{
	return check_flags(&arg->cell, error) ?: cl_cell_destroy(&arg->cell, error);
}

static int do_read(union ioctl_arg *arg, struct cl_ioc_error *error)
{
	return cl_read(&arg->read, error);
}

static int do_input(union ioctl_arg *arg, struct cl_ioc_error *error)
{
	return cl_console_input(&arg->input, error);
}

/*
 * Every structure begins with its size and ends with the error. Some have a word that is
 * kept for later versions; @reserved is where, or 0.
 */
#define REQUEST(cmd, call, type, reserved) \
	[_IOC_NR(cmd) - _IOC_NR(CL_IOC_ENABLE)] = { call, sizeof(struct type), reserved }
#define RESERVED(type) offsetof(struct type, reserved)

static const struct {
	int (*call)(union ioctl_arg *arg, struct cl_ioc_error *error);
	u32 size;
	u32 reserved;
} requests[] = {
	REQUEST(CL_IOC_ENABLE, do_enable, cl_ioc_enable, RESERVED(cl_ioc_enable)),
	REQUEST(CL_IOC_DISABLE, do_disable, cl_ioc_plain, RESERVED(cl_ioc_plain)),
	REQUEST(CL_IOC_STATUS, do_status, cl_ioc_status, 0),
	REQUEST(CL_IOC_CELL_CREATE, do_create, cl_ioc_create, RESERVED(cl_ioc_create)),
	REQUEST(CL_IOC_CELL_LOAD, do_load, cl_ioc_load, RESERVED(cl_ioc_load)),
	REQUEST(CL_IOC_CELL_START, do_start, cl_ioc_cell, 0),
	REQUEST(CL_IOC_CELL_SHUTDOWN, do_shutdown, cl_ioc_cell, 0),
	REQUEST(CL_IOC_CELL_DESTROY, do_destroy, cl_ioc_cell, 0),
	REQUEST(CL_IOC_READ, do_read, cl_ioc_read, RESERVED(cl_ioc_read)),
	REQUEST(CL_IOC_CONSOLE_INPUT, do_input, cl_ioc_input, 0),
};

/*
 * The caller was built with another version of a structure. How large its own
 * is, the request number says; the error is the last member in every version,
 * so that the caller can be told.
 */
static int wrong_size(void __user *user, unsigned int cmd, u32 size, u32 expected)
{
	u32 true_size = _IOC_SIZE(cmd);
	struct cl_ioc_error error = { 0 };
	int ret;

	if (size == expected)
		size = true_size;
	ret = cl_refuse(&error, -EINVAL, CL_RULE_STRUCT_SIZE, size, expected);
	if (true_size >= sizeof(u32) + sizeof(error) &&
	    copy_to_user(user + true_size - sizeof(error), &error, sizeof(error)))
		return -EFAULT;
	return ret;
}

static long cl_ioctl(struct file *file, unsigned int cmd, unsigned long address)
{
	void __user *user = (void __user *)address;
	struct cl_ioc_error error = { 0 };
	union ioctl_arg arg;
	u32 nr, size, reserved = 0;
	long ret;

	nr = _IOC_NR(cmd) - _IOC_NR(CL_IOC_ENABLE);
	if (_IOC_TYPE(cmd) != _IOC_TYPE(CL_IOC_ENABLE) ||
	    _IOC_DIR(cmd) != (_IOC_READ | _IOC_WRITE) || nr >= ARRAY_SIZE(requests))
		return -ENOTTY;
	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;

	if (copy_from_user(&arg.size, user, sizeof(arg.size)))
		return -EFAULT;
	size = requests[nr].size;
	if (arg.size != size || _IOC_SIZE(cmd) != size)
		return wrong_size(user, cmd, arg.size, size);
	memset(&arg, 0, sizeof(arg));
	if (copy_from_user(&arg, user, size))
		return -EFAULT;
	arg.size = size;
	if (requests[nr].reserved)
		reserved = *(u32 *)((u8 *)&arg + requests[nr].reserved);

	if (mutex_lock_killable(&cloister.lock))
		return -EINTR;
	if (cloister.going_down)
		ret = -ESHUTDOWN;
	else if (reserved)
		ret = cl_refuse(&error, -EINVAL, CL_RULE_NOT_SUPPORTED, reserved, 0);
	else
		ret = requests[nr].call(&arg, &error);
	mutex_unlock(&cloister.lock);

	memcpy((u8 *)&arg + size - sizeof(error), &error, sizeof(error));
	if (copy_to_user(user, &arg, size))
		return -EFAULT;
	return ret;
}

static const struct file_operations fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = cl_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.llseek = noop_llseek,
};

static struct miscdevice miscdev = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "cloister",
	.fops = &fops,
	.mode = 0600,
};

static int __init add_device(void)
{
	struct platform_device *pdev;
	int ret;

	pdev = platform_device_alloc("cloister", PLATFORM_DEVID_NONE);
	if (!pdev)
		return -ENOMEM;
	pdev->dev.groups = cl_device_groups;
	ret = platform_device_add(pdev);
	if (ret) {
		platform_device_put(pdev);
		return ret;
	}
	cloister.cells_dir = kobject_create_and_add("cells", &pdev->dev.kobj);
	if (!cloister.cells_dir) {
		platform_device_unregister(pdev);
		return -ENOMEM;
	}
	cloister.pdev = pdev;
	return 0;
}

static void remove_device(void)
{
	kobject_put(cloister.cells_dir);
	platform_device_unregister(cloister.pdev);
}

static int __init cl_init(void)
{
	int ret = add_device();

	if (ret)
		return ret;
	ret = cl_notifiers_register();
	if (ret)
		goto no_notifiers;
	ret = cl_find_ram();
	if (ret)
		goto no_ram;
	ret = misc_register(&miscdev);
	if (ret)
		goto no_misc;
	return 0;

no_misc:
	cl_forget_ram();
no_ram:
	cl_notifiers_unregister();
no_notifiers:
	remove_device();
	return ret;
}

/* Never while the hypervisor is enabled: that holds a reference */
static void __exit cl_exit(void)
{
	misc_deregister(&miscdev);
	cl_watch_end();
	cl_forget_ram();
	cl_notifiers_unregister();
	remove_device();
}

module_init(cl_init);
module_exit(cl_exit);

MODULE_DESCRIPTION("Cloister static-partitioning hypervisor");
MODULE_LICENSE("GPL");
MODULE_FIRMWARE("cloister.bin");
