// SPDX-License-Identifier: GPL-2.0-only
/* What the hypervisor tells: consoles, cells, counters. */
#include <linux/cpumask.h>
#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/minmax.h>
#include <linux/sizes.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/workqueue.h>
#include <asm/cpufeature.h>
#include <asm/sysreg.h>

#include "driver.h"

/*
 * One CL_HC_READ into a page of ours. Return: bytes, or a negative errno;
 * @position becomes that of the first byte.
 */
static long read_page(void *page, enum cl_read what, u64 id, u64 *position, size_t size,
		      struct cl_ioc_error *error)
{
	struct cl_regs r = { .x = { CL_HC_READ, what, id, *position, virt_to_phys(page), size } };
	long ret = cl_call(&r, error);

	if (ret > (long)size)
		return cl_refuse(error, -EPROTO, CL_RULE_INTERNAL, __LINE__, 0);
	if (ret >= 0)
		*position = r.x[1];
	return ret;
}

/* A structure that the hypervisor fills in as a whole */
static int read_struct(enum cl_read what, u64 id, void *to, size_t size, struct cl_ioc_error *error)
{
	/* PAGE_SIZE is a multiple of the 4 KiB that it must not cross */
	void *page = (void *)get_zeroed_page(GFP_KERNEL);
	u64 position = 0;
	long ret;

	if (!page)
		return -ENOMEM;
	ret = read_page(page, what, id, &position, size, error);
	if (ret >= 0)
		memcpy(to, page, size);
	free_page((unsigned long)page);
	return ret < 0 ? ret : 0;
}

/**
 * cl_read_cell_info() - a snapshot of a cell
 * @id: cell ID
 * @info: filled in
 * @error: filled in on failure
 *
 * Takes no lock but cloister.call_lock, as the next two.
 *
 * Return: 0 or a negative errno.
 */
int cl_read_cell_info(u32 id, struct cl_cell_info *info, struct cl_ioc_error *error)
{
	return read_struct(CL_READ_CELL, id, info, sizeof(*info), error);
}

/**
 * cl_read_cpu_stats() - the counters of a CPU
 * @cpu: its number in the system config
 * @stats: filled in
 * @error: filled in on failure
 *
 * Return: 0 or a negative errno.
 */
int cl_read_cpu_stats(u32 cpu, struct cl_cpu_stats *stats, struct cl_ioc_error *error)
{
	return read_struct(CL_READ_CPU_STATS, cpu, stats, sizeof(*stats), error);
}

/**
 * cl_system_info() - one number about the hypervisor
 * @what: which
 * @error: filled in on failure
 *
 * Return: the number or a negative errno.
 */
long cl_system_info(enum cl_info what, struct cl_ioc_error *error)
{
	struct cl_regs r = { .x = { CL_HC_SYSTEM_INFO, what } };

	return cl_call(&r, error);
}

static int put(u64 address, const void *from, size_t size, struct cl_ioc_error *error)
{
	if (copy_to_user(u64_to_user_ptr(address), from, size))
		return cl_refuse(error, -EFAULT, CL_RULE_USER_MEMORY, address, 0);
	return 0;
}

/*
 * As much of a console as fits, with a bound: a guest may write as fast as this
 * reads. Between two pages the ring may move on: what was read until then is
 * what the caller gets, without a gap.
 */
static int read_console(struct cl_ioc_read *arg, u32 id, void *page, struct cl_ioc_error *error)
{
	u64 wanted = min_t(u64, arg->buffer_size, SZ_256K);
	u64 position = arg->offset, done = 0;

	while (done < wanted) {
		size_t size = min_t(u64, wanted - done, CL_PAGE_SIZE);
		u64 next = position + done;
		long n = read_page(page, CL_READ_CONSOLE, id, &next, size, error);
		int ret;

		if (n < 0)
			return n;
		if (!done)
			position = next;
		else if (next != position + done)
			break;
		ret = put(arg->buffer + done, page, n, error);
		if (ret)
			return ret;
		done += n;
		if (n < size)
			break;
	}
	arg->offset = position;
	arg->buffer_size = done;
	return 0;
}

struct read_here {
	struct cl_regs r;
	struct cl_ioc_error *error;
};

static long read_here(void *arg)
{
	struct read_here *read = arg;

	return cl_call(&read->r, read->error);
}

/* On the CPU that it is about, if Linux has it: there it needs no kick */
static long call_on(u32 cpu, struct cl_regs *r, struct cl_ioc_error *error)
{
	const struct cl_cpu *c = cpu < cloister.nr_cpus ? &cloister.cpus[cpu] : NULL;
	struct read_here read = { *r, error };

	if (!c || c->cell || !cpu_online(c->linux_cpu))
		return cl_call(r, error);
	return work_on_cpu(c->linux_cpu, read_here, &read);
}

/*
 * What a CPU must tell itself: it is asked, and has to come to the hypervisor, which a
 * guest cannot prevent, but the hardware may.
 */
static long read_gva(void *page, u32 cpu, u64 address, size_t size, struct cl_ioc_error *error)
{
	struct cl_wait wait = CL_WAIT(CL_TELL_TIMEOUT_MS);
	unsigned long again = 0;
	long ret;

	do {
		struct cl_regs r = { .x = { CL_HC_READ, CL_READ_GVA, cpu, address,
					    virt_to_phys(page), size, again } };

		ret = call_on(cpu, &r, error);
		if (ret > (long)size)
			return cl_refuse(error, -EPROTO, CL_RULE_INTERNAL, __LINE__, 0);
		if (ret != -EINPROGRESS)
			return ret;
		again = 1;
		ret = cl_wait(&wait, true);
	} while (!ret);
	if (ret == -ETIMEDOUT)
		cl_refuse(error, ret, CL_RULE_CPU_SILENT, cpu, CL_TELL_TIMEOUT_MS);
	return ret;
}

/* A structure; the hypervisor knows which, and how large it is */
static int read_other(struct cl_ioc_read *arg, u32 id, void *page, struct cl_ioc_error *error)
{
	size_t size = min_t(u64, arg->buffer_size, CL_PAGE_SIZE);
	long n;

	if (arg->what == CL_READ_GVA)
		n = read_gva(page, id, arg->offset, size, error);
	else
		n = read_page(page, arg->what, id, &arg->offset, size, error);
	if (n < 0)
		return n;
	arg->buffer_size = n;
	return put(arg->buffer, page, n, error);
}

/* Kept by the driver: the hypervisor's copies stay at EL2 */
static int read_config(struct cl_ioc_read *arg, struct cl_ioc_error *error)
{
	struct cell *cell = cl_find_cell(arg->id, arg->name, error);
	const void *blob;
	u64 size;

	if (IS_ERR(cell))
		return PTR_ERR(cell);
	arg->offset = min_t(u64, arg->offset, cell->config.size);
	size = min_t(u64, arg->buffer_size, cell->config.size - arg->offset);
	blob = cell->config.blob + arg->offset;
	arg->buffer_size = size;
	return put(arg->buffer, blob, size, error);
}

/**
 * cl_granules() - sizes of pages that all CPUs have at stage 1
 *
 * Return: CL_GRANULE_*. Cells are told the same (ID_AA64MMFR0_EL1: TGran4 and TGran64
 * are negative, and TGran16 is 0, where there is none).
 */
u32 cl_granules(void)
{
	u64 mmfr0 = read_sanitised_ftr_reg(SYS_ID_AA64MMFR0_EL1);

	return (mmfr0 >> 28 & 8 ? 0 : CL_GRANULE_4K) | (mmfr0 >> 20 & 15 ? CL_GRANULE_16K : 0) |
	       (mmfr0 >> 24 & 8 ? 0 : CL_GRANULE_64K);
}

/**
 * cl_read() - CL_IOC_READ
 * @arg: the request
 * @error: filled in on failure
 *
 * Return: 0 or a negative errno.
 */
int cl_read(struct cl_ioc_read *arg, struct cl_ioc_error *error)
{
	u32 id = arg->id;
	void *page;
	int ret;

	if (!cloister.enabled)
		return cl_refuse(error, -ENODEV, CL_RULE_NOT_ENABLED, 0, 0);
	if (arg->what == CL_READ_CONFIG)
		return read_config(arg, error);
	if (arg->id == CL_ID_BY_NAME) {
		struct cell *cell = cl_find_cell(arg->id, arg->name, error);

		if (IS_ERR(cell))
			return PTR_ERR(cell);
		id = cell->id;
	}
	page = (void *)get_zeroed_page(GFP_KERNEL);
	if (!page)
		return -ENOMEM;
	if (arg->what == CL_READ_CONSOLE)
		ret = read_console(arg, id, page, error);
	else
		ret = read_other(arg, id, page, error);
	free_page((unsigned long)page);
	return ret;
}
