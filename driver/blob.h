/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DRIVER_BLOB_H
#define DRIVER_BLOB_H

#include <cloister/config.h>
#include <cloister/error.h>
#include <cloister/ioctl.h>

/**
 * struct cl_blob - a config blob whose structure was found to be sound
 * @data: the blob; all other pointers point into it
 * @size: its bytes
 * @system: what the machine is; NULL in a cell's config
 * @cell: the cell; in a system's config the root cell
 * @cpus: MPIDR affinities in a system's config, CPU numbers in a cell's
 * @nr_cpus: their number, 1..CL_MAX_CPUS
 * @mem: memory regions
 * @nr_mem: their number, 0..CL_MAX_MEM_REGIONS
 * @pools: memory that cells get page by page; systems only
 * @nr_pools: their number, 0..CL_MAX_POOLS
 */
struct cl_blob {
	const void *data;
	cl_u32 size;
	const struct cl_system *system;
	const struct cl_cell *cell;
	const cl_u64 *cpus;
	cl_u32 nr_cpus;
	const struct cl_mem_region *mem;
	cl_u32 nr_mem;
	const struct cl_range *pools;
	cl_u32 nr_pools;
};

int cl_blob_parse(struct cl_blob *blob, const void *data, cl_u32 size, enum cl_kind kind,
		  struct cl_ioc_error *error);
int cl_blob_check_mem(const struct cl_blob *blob, struct cl_ioc_error *error);
cl_u64 cl_blob_mem_end(const struct cl_blob *blob, cl_u64 addr, cl_u64 flags, cl_u64 mask);

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
static inline int cl_refuse(struct cl_ioc_error *error, int code, enum cl_rule rule, cl_u64 a,
			    cl_u64 b)
{
	error->rule = rule;
	error->value[0] = a;
	error->value[1] = b;
	return code;
}

#endif
