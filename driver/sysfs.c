// SPDX-License-Identifier: GPL-2.0-only
/*
 * /sys/devices/platform/cloister: one value per file.
 *
 * No function here takes cloister.lock: who removes a folder holds it, and
 * waits until its files are no longer in use.
 */
#include <linux/device.h>
#include <linux/slab.h>
#include <linux/sysfs.h>

#include <config/text.h>

#include "driver.h"

/* The machine */

static ssize_t enabled_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%d\n", READ_ONCE(cloister.enabled));
}
static DEVICE_ATTR_RO(enabled);

static ssize_t show_info(char *buf, enum cl_info what)
{
	struct cl_ioc_error error;
	long n = cl_system_info(what, &error);

	return n < 0 ? n : sysfs_emit(buf, "%ld\n", n);
}

static ssize_t mem_pool_size_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return show_info(buf, CL_INFO_POOL_PAGES);
}
static DEVICE_ATTR_RO(mem_pool_size);

static ssize_t mem_pool_used_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return show_info(buf, CL_INFO_POOL_USED);
}
static DEVICE_ATTR_RO(mem_pool_used);

static ssize_t version_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%s\n", cloister.version);
}
static DEVICE_ATTR_RO(version);

static struct attribute *device_attrs[] = {
	&dev_attr_enabled.attr,
	&dev_attr_mem_pool_size.attr,
	&dev_attr_mem_pool_used.attr,
	&dev_attr_version.attr,
	NULL,
};

static const struct attribute_group device_group = { .attrs = device_attrs };

const struct attribute_group *cl_device_groups[] = { &device_group, NULL };

/* Cells */

struct cell_attribute {
	struct attribute attr;
	ssize_t (*show)(const struct cl_cell_info *info, char *buf);
};

static ssize_t show_cell(struct kobject *kobj, struct attribute *attr, char *buf)
{
	struct cell *cell = container_of(kobj, struct cell, kobj);
	struct cell_attribute *a = container_of(attr, struct cell_attribute, attr);
	struct cl_ioc_error error;
	struct cl_cell_info info;
	int ret = cl_read_cell_info(cell->id, &info, &error);

	return ret ? ret : a->show(&info, buf);
}

#define CELL_ATTR(_name)                                   \
	static struct cell_attribute cell_attr_##_name = { \
		.attr = { .name = #_name, .mode = 0444 },  \
		.show = _name##_show,                      \
	}

#define CELL_NUMBER(_name)                                                      \
	static ssize_t _name##_show(const struct cl_cell_info *info, char *buf) \
	{                                                                       \
		return sysfs_emit(buf, "%llu\n", (u64)info->_name);             \
	}                                                                       \
	CELL_ATTR(_name)

static ssize_t name_show(const struct cl_cell_info *info, char *buf)
{
	return sysfs_emit(buf, "%.*s\n", CL_NAME_SIZE, info->name);
}
CELL_ATTR(name);

static ssize_t state_show(const struct cl_cell_info *info, char *buf)
{
	return sysfs_emit(buf, "%s\n", config_state_name(info->state));
}
CELL_ATTR(state);

/* Numbers of the system config, as in every config */
static ssize_t cpus_assigned_show(const struct cl_cell_info *info, char *buf)
{
	return sysfs_emit(buf, "%*pb\n", CL_MAX_CPUS, info->cpus);
}
CELL_ATTR(cpus_assigned);

static ssize_t cpus_assigned_list_show(const struct cl_cell_info *info, char *buf)
{
	return sysfs_emit(buf, "%*pbl\n", CL_MAX_CPUS, info->cpus);
}
CELL_ATTR(cpus_assigned_list);

CELL_NUMBER(violations);
CELL_NUMBER(console_end);
CELL_NUMBER(fail_reason);
CELL_NUMBER(pages);

static struct attribute *cell_attrs[] = {
	&cell_attr_name.attr,
	&cell_attr_state.attr,
	&cell_attr_cpus_assigned.attr,
	&cell_attr_cpus_assigned_list.attr,
	&cell_attr_violations.attr,
	&cell_attr_console_end.attr,
	&cell_attr_fail_reason.attr,
	&cell_attr_pages.attr,
	NULL,
};
ATTRIBUTE_GROUPS(cell);

static const struct sysfs_ops cell_sysfs_ops = { .show = show_cell };

static void release_cell(struct kobject *kobj)
{
	struct cell *cell = container_of(kobj, struct cell, kobj);

	cl_free_images(cell);
	cl_free_config(cell->config.blob, cell->config.size);
	kfree(cell);
}

const struct kobj_type cl_cell_ktype = {
	.release = release_cell,
	.sysfs_ops = &cell_sysfs_ops,
	.default_groups = cell_groups,
};

/* CPUs */

struct cpu_dir {
	struct kobject kobj;
	u32 cpu;
};

struct cpu_attribute {
	struct attribute attr;
	unsigned int exit; /* enum cl_exit */
};

static ssize_t show_cpu(struct kobject *kobj, struct attribute *attr, char *buf)
{
	struct cpu_dir *dir = container_of(kobj, struct cpu_dir, kobj);
	struct cpu_attribute *a = container_of(attr, struct cpu_attribute, attr);
	struct cl_ioc_error error;
	struct cl_cpu_stats stats;
	int ret = cl_read_cpu_stats(dir->cpu, &stats, &error);

	if (ret)
		return ret;
	if (a->exit == CL_NR_EXITS)
		return sysfs_emit(buf, "%u\n", stats.cell);
	return sysfs_emit(buf, "%llu\n", stats.exits[a->exit]);
}

static struct cpu_attribute cpu_attr_cell = {
	.attr = { .name = "cell", .mode = 0444 },
	.exit = CL_NR_EXITS,
};

#define CPU_EXIT(_name, _number, _text)                           \
	static struct cpu_attribute cpu_attr_##_name = {          \
		.attr = { .name = "exits_" _text, .mode = 0444 }, \
		.exit = _number,                                  \
	};
CL_EXITS(CPU_EXIT)

#define CPU_EXIT_PTR(_name, _number, _text) &cpu_attr_##_name.attr,

static struct attribute *cpu_attrs[] = {
	&cpu_attr_cell.attr,
	CL_EXITS(CPU_EXIT_PTR) NULL,
};
ATTRIBUTE_GROUPS(cpu);

static const struct sysfs_ops cpu_sysfs_ops = { .show = show_cpu };

static void release_cpu(struct kobject *kobj)
{
	kfree(container_of(kobj, struct cpu_dir, kobj));
}

static const struct kobj_type cpu_ktype = {
	.release = release_cpu,
	.sysfs_ops = &cpu_sysfs_ops,
	.default_groups = cpu_groups,
};

static struct kobject *cpu_kobjs[CL_MAX_CPUS];

static int add_cpu_dir(u32 cpu)
{
	struct cpu_dir *dir = kzalloc(sizeof(*dir), GFP_KERNEL);
	int ret;

	if (!dir)
		return -ENOMEM;
	dir->cpu = cpu;
	ret = kobject_init_and_add(&dir->kobj, &cpu_ktype, cloister.cpus_dir, "%u", cpu);
	if (ret) {
		kobject_put(&dir->kobj);
		return ret;
	}
	cpu_kobjs[cpu] = &dir->kobj;
	return 0;
}

/**
 * cl_sysfs_add_cpus() - make the folders of cloister.nr_cpus CPUs
 *
 * Return: 0 or a negative errno, and there are none.
 */
int cl_sysfs_add_cpus(void)
{
	u32 cpu;
	int ret;

	cloister.cpus_dir = kobject_create_and_add("cpus", &cloister.pdev->dev.kobj);
	if (!cloister.cpus_dir)
		return -ENOMEM;
	for (cpu = 0; cpu < cloister.nr_cpus; cpu++) {
		ret = add_cpu_dir(cpu);
		if (ret) {
			cl_sysfs_remove_cpus();
			return ret;
		}
	}
	return 0;
}

/**
 * cl_sysfs_remove_cpus() - remove what cl_sysfs_add_cpus() has made so far
 */
void cl_sysfs_remove_cpus(void)
{
	u32 cpu;

	for (cpu = 0; cpu < CL_MAX_CPUS; cpu++) {
		if (!cpu_kobjs[cpu])
			continue;
		kobject_del(cpu_kobjs[cpu]);
		kobject_put(cpu_kobjs[cpu]);
		cpu_kobjs[cpu] = NULL;
	}
	kobject_del(cloister.cpus_dir);
	kobject_put(cloister.cpus_dir);
	cloister.cpus_dir = NULL;
}
