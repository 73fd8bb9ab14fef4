// SPDX-License-Identifier: GPL-2.0-only
/* What is typed on the console of a cell. */
#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/minmax.h>
#include <linux/uaccess.h>

#include "driver.h"

/**
 * cl_console_input() - CL_IOC_CONSOLE_INPUT
 * @arg: the request; @arg->buffer_size becomes what there was room for
 * @error: filled in on failure
 *
 * Does not wait for room: only the guest makes it.
 *
 * Return: 0 or a negative errno.
 */
int cl_console_input(struct cl_ioc_input *arg, struct cl_ioc_error *error)
{
	size_t size = min_t(u64, arg->buffer_size, CL_PAGE_SIZE);
	struct cl_regs r = { .x = { CL_HC_CONSOLE_INPUT } };
	struct cell *cell;
	void *page;
	long n;

	cell = cl_find_cell(arg->id, arg->name, error);
	if (IS_ERR(cell))
		return PTR_ERR(cell);
	page = (void *)get_zeroed_page(GFP_KERNEL);
	if (!page)
		return -ENOMEM;
	if (copy_from_user(page, u64_to_user_ptr(arg->buffer), size)) {
		n = cl_refuse(error, -EFAULT, CL_RULE_USER_MEMORY, arg->buffer, 0);
		goto free_page;
	}
	r.x[1] = cell->id;
	r.x[2] = virt_to_phys(page);
	r.x[3] = size;
	n = cl_call(&r, error);
	if (n > (long)size)
		n = cl_refuse(error, -EPROTO, CL_RULE_INTERNAL, __LINE__, 0);
	if (n >= 0)
		arg->buffer_size = n;
free_page:
	free_page((unsigned long)page);
	return n < 0 ? n : 0;
}
