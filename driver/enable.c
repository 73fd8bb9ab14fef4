// SPDX-License-Identifier: GPL-2.0-only
/*
 * Enable and disable: first everything that can be refused, then everything
 * that can fail, and only then the step that cannot.
 */
#include <linux/err.h>
#include <linux/firmware.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "driver.h"

static int enable_on(const struct config *config, const struct cpumask *online,
		     struct cl_ioc_error *error)
{
	const struct firmware *fw;
	struct cell *root;
	int ret;

	ret = cl_claim_memory(config, error);
	if (ret)
		return ret;
	/* Of RAM that is not reserved, hypervisor_memory is the first to say */
	ret = cl_check_root_ram(config, error);
	if (ret)
		goto release_memory;
	ret = cl_image_get(&fw, error);
	if (ret)
		goto release_memory;
	ret = cl_image_place(fw, config, error);
	if (ret)
		goto release_image;

	/* All that can fail in Linux comes before the point of no return */
	ret = -ENOMEM;
	root = cl_new_cell(config->cell->name);
	if (!root)
		goto release_image;
	ret = kobject_add(&root->kobj, cloister.cells_dir, "%u", CL_ROOT_ID);
	if (ret)
		goto put_root;
	ret = cl_sysfs_add_cpus();
	if (ret)
		goto put_root;
	cl_warn_root_devices(config);
	ret = cl_boot(online, error);
	if (ret)
		goto remove_cpus;

	/* From here on root's release frees it */
	root->config.blob = config->blob;
	root->config.size = config->size;
	list_add_tail(&root->node, &cloister.cells);
	release_firmware(fw);
	return 0;

remove_cpus:
	cl_sysfs_remove_cpus();
put_root:
	kobject_put(&root->kobj);
release_image:
	release_firmware(fw);
release_memory:
	cl_release_memory();
	return ret;
}

static int enable(struct cl_ioc_enable *arg, struct cl_ioc_error *error)
{
	struct config config;
	cpumask_var_t online;
	void *data;
	int ret;

	if (!zalloc_cpumask_var(&online, GFP_KERNEL))
		return -ENOMEM;
	/* Nothing else matters where the kernel was booted in the wrong way */
	ret = cl_probe_cpus(NULL, online, error);
	if (ret)
		goto free_mask;
	data = cl_copy_config(arg->config, arg->config_size, error);
	if (IS_ERR(data)) {
		ret = PTR_ERR(data);
		goto free_mask;
	}
	ret = cl_parse_config(&config, data, arg->config_size, CL_KIND_SYSTEM, error);
	if (!ret)
		ret = cl_probe_cpus(&config, online, error);
	if (!ret)
		ret = enable_on(&config, online, error);
	if (ret)
		cl_free_config(data, arg->config_size);
free_mask:
	free_cpumask_var(online);
	return ret;
}

/**
 * cl_enable() - CL_IOC_ENABLE
 * @arg: the request
 * @error: filled in on failure
 *
 * A refusal is said in the kernel log too: whoever gets it may be a script.
 *
 * Return: 0; -EALREADY; or one errno for each kind of refusal, see
 * cl_probe_cpus(), cl_parse_config(), cl_check_root_ram(), cl_image_get(),
 * cl_claim_memory(), cl_image_place() and cl_boot().
 */
int cl_enable(struct cl_ioc_enable *arg, struct cl_ioc_error *error)
{
	int ret;

	if (cloister.enabled)
		return cl_refuse(error, -EALREADY, CL_RULE_ALREADY_ENABLED, 0, 0);
	if (cloister.suspending)
		return cl_refuse(error, -EAGAIN, CL_RULE_BUSY, 0, 0);
	/* EL2 must not outlive who knows how to get it back */
	if (!try_module_get(THIS_MODULE))
		return -ENODEV;
	ret = enable(arg, error);
	if (ret) {
		module_put(THIS_MODULE);
		if (!error->rule && ret == -ENOMEM)
			pr_err("enable refused: Linux is out of memory\n");
		else
			cl_print_refusal("enable", ret, error);
		return ret;
	}
	pr_info("%s enabled on %u CPUs\n", cloister.version, cloister.nr_cpus);
	cloister.dma_masters = cl_warn_dma();
	arg->dma_masters = cloister.dma_masters;
	return 0;
}

/**
 * cl_disable() - CL_IOC_DISABLE
 * @error: filled in on failure
 *
 * Return: 0, -ENODEV, -EBUSY while cells exist, or what the hypervisor says.
 */
int cl_disable(struct cl_ioc_error *error)
{
	struct cell *root;
	int ret;

	if (!cloister.enabled)
		return cl_refuse(error, -ENODEV, CL_RULE_NOT_ENABLED, 0, 0);
	if (cl_count_cells())
		return cl_refuse(error, -EBUSY, CL_RULE_CELLS_EXIST, cl_count_cells(), 0);
	ret = cl_leave(error);
	if (ret)
		return ret;

	root = list_first_entry(&cloister.cells, struct cell, node);
	list_del(&root->node);
	kobject_del(&root->kobj);
	kobject_put(&root->kobj);
	cl_sysfs_remove_cpus();
	cl_release_memory();
	cpumask_clear(&cloister.known);
	cloister.nr_cpus = 0;
	cloister.dma_masters = 0;
	memset(cloister.version, 0, sizeof(cloister.version));
	pr_info("disabled\n");
	module_put(THIS_MODULE);
	return 0;
}
