/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DRIVER_H
#define DRIVER_H

#include <linux/cpumask.h>
#include <linux/kobject.h>
#include <linux/ktime.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/platform_device.h>
#include <linux/sched.h>
#include <linux/types.h>

#include <cloister/config.h>
#include <cloister/error.h>
#include <cloister/hypercall.h>
#include <cloister/image.h>
#include <cloister/ioctl.h>
#include <config/config.h>

#include "hypercall.h"

#undef pr_fmt
#define pr_fmt(fmt) "cloister: " fmt

#ifdef CONFIG_CPU_BIG_ENDIAN
#error "the ABI of Cloister is little-endian"
#endif

/* The unit of the ABI: PAGE_SIZE may be 4, 16 or 64 KiB */
#define CL_PAGE_SIZE 4096u

#define CL_ROOT_ID 0

/* How long a cell's CPUs may take to leave it, whatever they do */
#define CL_STOP_TIMEOUT_MS 10000

/* How long it may take to zero the memory of a cell without them */
#define CL_ABANDON_TIMEOUT_MS 60000

/* How long one may take to come to the hypervisor and go back */
#define CL_TELL_TIMEOUT_MS 1000

/**
 * struct cl_wait - a hypercall that is repeated until it is done
 * @end: when it becomes too late
 * @pause: microseconds until the next time
 * @late: that the end is over
 */
struct cl_wait {
	ktime_t end;
	unsigned int pause;
	bool late;
};

#define CL_WAIT(ms)                                                  \
	{                                                            \
		.end = ktime_add_ms(ktime_get(), (ms)), .pause = 20, \
	}

/**
 * struct cl_image_copy - what was loaded into a cell, kept for the next start
 * @node: in struct cell
 * @target: IPA
 * @size: bytes
 * @data: the bytes
 */
struct cl_image_copy {
	struct list_head node;
	u64 target;
	size_t size;
	void *data;
};

/**
 * struct cell - one cell, root included
 * @kobj: its folder in sysfs, which holds the reference that keeps it alive
 * @node: in cloister.cells
 * @id: the hypervisor's number of it
 * @name: from its config
 * @config: its config; of root only the blob, which is the system's
 * @images: struct cl_image_copy, in the order in which they were loaded
 * @started: since it was created; its memory is no longer as loaded
 * @busy: a request waits for it, with cloister.lock released meanwhile
 */
struct cell {
	struct kobject kobj;
	struct list_head node;
	u32 id;
	char name[CL_NAME_SIZE];
	struct config config;
	struct list_head images;
	bool started;
	bool busy;
};

/**
 * struct cl_cpu - a CPU of the system config
 * @linux_cpu: Linux's number of it
 * @mpidr: affinity
 * @cell: the cell that has it; NULL while it is root's
 * @taken: Linux had it online and must get it back
 */
struct cl_cpu {
	unsigned int linux_cpu;
	u64 mpidr;
	struct cell *cell;
	bool taken;
};

/**
 * struct cloister - all there is to know, once
 * @lock: one request of user space at a time; protects what is not named below
 * @call_lock: one hypercall at a time. Also protects @enabled: who holds it
 *	and finds the hypervisor enabled can call it. Taken last of all.
 * @enabled: EL2 is the hypervisor's
 * @going_down: the machine restarts; nothing new begins, and waits end
 * @last: the task that takes everything down then
 * @suspending: between a PM notifier's prepare and post
 * @pdev: device for firmware and sysfs
 * @cells_dir: "cells" in sysfs
 * @cpus_dir: "cpus" in sysfs, while enabled
 * @cells: struct cell; root is the first
 * @memory: hypervisor_memory
 * @nr_cpus: CPUs in the system config
 * @cpus: these
 * @known: those of them that Linux knows, by its own numbers
 * @owned: Linux's numbers of the CPUs that belong to cells; read without a
 *	lock by the hotplug callback
 * @dma_masters: how many devices cl_warn_dma() found
 * @version: text of the image
 */
struct cloister {
	struct mutex lock;
	struct mutex call_lock;
	bool enabled;
	bool going_down;
	struct task_struct *last;
	bool suspending;
	struct platform_device *pdev;
	struct kobject *cells_dir;
	struct kobject *cpus_dir;
	struct list_head cells;
	struct cl_range memory;
	struct cl_range pools[CL_MAX_POOLS];
	u32 nr_pools;
	u32 nr_cpus;
	struct cl_cpu cpus[CL_MAX_CPUS];
	struct cpumask known;
	struct cpumask owned;
	u32 dma_masters;
	char version[64];
};

extern struct cloister cloister;

/**
 * cl_refuse() - fill in an error and hand its errno on
 * @error: filled in
 * @code: negative errno
 * @rule: enum cl_rule
 * @a: first value of the rule's text
 * @b: second value
 *
 * Return: @code
 */
static inline int cl_refuse(struct cl_ioc_error *error, int code, enum cl_rule rule, u64 a, u64 b)
{
	error->rule = rule;
	error->value[0] = a;
	error->value[1] = b;
	return code;
}

/* config.c */
int cl_parse_config(struct config *config, const void *data, u32 size, enum cl_kind kind,
		    struct cl_ioc_error *error);
u64 cl_mem_end(const struct config *config, u64 addr, u64 flags, u64 mask);

/* main.c */
long cl_call(struct cl_regs *r, struct cl_ioc_error *error);
void *cl_copy_config(u64 address, u32 size, struct cl_ioc_error *error);
void cl_free_config(const void *data, u32 size);

/* enable.c */
int cl_enable(struct cl_ioc_enable *arg, struct cl_ioc_error *error);
int cl_disable(struct cl_ioc_error *error);

/* boot.c */
int cl_boot(const struct cpumask *online, struct cl_ioc_error *error);
int cl_leave(struct cl_ioc_error *error);

/* image.c */
struct firmware;
int cl_image_get(const struct firmware **fw, struct cl_ioc_error *error);
int cl_image_place(const struct firmware *fw, const struct config *config,
		   struct cl_ioc_error *error);

/* memory.c */
void cl_clean_invalidate(const void *p, size_t size);
int cl_check_is_ram(u64 start, u64 size, struct cl_ioc_error *error);
int cl_check_root_ram(const struct config *config, struct cl_ioc_error *error);
void cl_warn_root_devices(const struct config *config);
int cl_check_cell_mem(const struct config *config, struct cl_ioc_error *error);
int cl_find_ram(void);
void cl_forget_ram(void);
int cl_claim_memory(const struct config *config, struct cl_ioc_error *error);
void cl_release_memory(void);

/* dma.c */
u32 cl_warn_dma(void);

/* cpus.c */
int cl_probe_cpus(const struct config *config, struct cpumask *online, struct cl_ioc_error *error);
int cl_take_cpus(struct cell *cell, struct cl_ioc_error *error);
void cl_give_cpus(struct cell *cell, const u64 *except, bool online);

/* cells.c */
struct cell *cl_new_cell(const char *name);
struct cell *cl_find_cell(u32 id, const char *name, struct cl_ioc_error *error);
int cl_idle_cell(u32 id, const char *name, struct cell **cell, struct cl_ioc_error *error);
u32 cl_count_cells(void);
int cl_cell_create(struct cl_ioc_create *arg, struct cl_ioc_error *error);
int cl_cell_start(struct cl_ioc_cell *arg, struct cl_ioc_error *error);
int cl_start(struct cell *cell, struct cl_ioc_error *error);
int cl_cell_shutdown(struct cl_ioc_cell *arg, struct cl_ioc_error *error);
int cl_cell_destroy(struct cl_ioc_cell *arg, struct cl_ioc_error *error);
int cl_destroy(struct cell *cell, bool force, unsigned int timeout_ms, bool online,
	       struct cl_ioc_error *error);
void cl_forget_cell(struct cell *cell);
int cl_wait(struct cl_wait *wait, bool killable);

/* reload.c */
void cl_watch_resets(void);
void cl_watch_end(void);

/* load.c */
int cl_cell_load(struct cl_ioc_load *arg, struct cl_ioc_error *error);
int cl_load_again(struct cell *cell, struct cl_ioc_error *error);
bool cl_has_loadable(const struct cell *cell);
void cl_free_images(struct cell *cell);

/* read.c */
int cl_read(struct cl_ioc_read *arg, struct cl_ioc_error *error);
u32 cl_granules(void);
int cl_read_cell_info(u32 id, struct cl_cell_info *info, struct cl_ioc_error *error);
int cl_read_cpu_stats(u32 cpu, struct cl_cpu_stats *stats, struct cl_ioc_error *error);
long cl_system_info(enum cl_info what, struct cl_ioc_error *error);

/* input.c */
int cl_console_input(struct cl_ioc_input *arg, struct cl_ioc_error *error);

/* rules.c */
void cl_print_refusal(const char *what, int code, const struct cl_ioc_error *error);

/* sysfs.c */
extern const struct attribute_group *cl_device_groups[];
extern const struct kobj_type cl_cell_ktype;
int cl_sysfs_add_cpus(void);
void cl_sysfs_remove_cpus(void);

/* notifiers.c */
int cl_notifiers_register(void);
void cl_notifiers_unregister(void);

#endif
