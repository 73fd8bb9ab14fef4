/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * /dev/cloister (mode 0600). Every structure begins with its own size, so that
 * an older caller meets a newer driver with a clear answer, and has room for
 * the error's detail.
 */
#ifndef CLOISTER_IOCTL_H
#define CLOISTER_IOCTL_H

#include <linux/ioctl.h>
#include <cloister/config.h>
#include <cloister/hypercall.h>

/**
 * struct cl_ioc_error - filled in when an ioctl fails
 * @rule: enum cl_rule
 * @reserved: 0
 * @value: the two values of the rule's text
 */
struct cl_ioc_error {
	cl_u32 rule;
	cl_u32 reserved;
	cl_u64 value[2];
};

/**
 * struct cl_ioc_enable - CL_IOC_ENABLE
 * @size: sizeof(struct cl_ioc_enable)
 * @config_size: bytes of the system config
 * @config: its address in the caller
 * @dma_masters: out: devices that no IOMMU keeps from memory of others
 * @reserved: 0
 * @error: out
 */
struct cl_ioc_enable {
	cl_u32 size;
	cl_u32 config_size;
	cl_u64 config;
	cl_u32 dma_masters;
	cl_u32 reserved;
	struct cl_ioc_error error;
};

/**
 * struct cl_ioc_create - CL_IOC_CELL_CREATE
 * @size: sizeof(struct cl_ioc_create)
 * @config_size: bytes of the cell config
 * @config: its address in the caller
 * @id: out: ID of the new cell
 * @reserved: 0
 * @error: out
 */
struct cl_ioc_create {
	cl_u32 size;
	cl_u32 config_size;
	cl_u64 config;
	cl_u32 id;
	cl_u32 reserved;
	struct cl_ioc_error error;
};

/* How a cell is named: by ID, or by name where @id is CL_ID_BY_NAME */
#define CL_ID_BY_NAME 0xffffffffu

/**
 * struct cl_ioc_load - CL_IOC_CELL_LOAD: puts one image into a stopped cell
 * @size: sizeof(struct cl_ioc_load)
 * @id: cell ID, or CL_ID_BY_NAME
 * @name: the cell's name, if @id is CL_ID_BY_NAME
 * @image: address of the bytes in the caller
 * @image_size: their number
 * @target: IPA in the cell
 * @flags: CL_IOC_FIRST
 * @reserved: 0
 * @error: out
 *
 * The driver keeps a copy, so that the cell can be started again as it was
 * loaded. An image replaces an earlier one with the same @target.
 */
struct cl_ioc_load {
	cl_u32 size;
	cl_u32 id;
	char name[CL_NAME_SIZE];
	cl_u64 image;
	cl_u64 image_size;
	cl_u64 target;
	cl_u32 flags;
	cl_u32 reserved;
	struct cl_ioc_error error;
};
#define CL_IOC_FIRST 1u /* it replaces all earlier ones */

/**
 * struct cl_ioc_cell - START, SHUTDOWN, DESTROY
 * @size: sizeof(struct cl_ioc_cell)
 * @id: cell ID, or CL_ID_BY_NAME
 * @name: the cell's name, if @id is CL_ID_BY_NAME
 * @flags: CL_IOC_FORCE
 * @timeout_ms: SHUTDOWN: 0 = as the cell's config says
 * @error: out
 */
struct cl_ioc_cell {
	cl_u32 size;
	cl_u32 id;
	char name[CL_NAME_SIZE];
	cl_u32 flags;
	cl_u32 timeout_ms;
	struct cl_ioc_error error;
};
#define CL_IOC_FORCE 1u /* over a denial, a lock or a timeout */

/*
 * CL_IOC_READ, of the driver's own: the sealed config that cell @id was made from, from
 * byte @offset on; of root that of the system, as CL_IOC_ENABLE was given it
 */
#define CL_READ_CONFIG 0x10000u

/**
 * struct cl_ioc_read - CL_IOC_READ: all of enum cl_read, and CL_READ_CONFIG
 * @size: sizeof(struct cl_ioc_read)
 * @what: enum cl_read, or CL_READ_CONFIG
 * @id: cell ID or CPU number; CL_ID_BY_NAME
 * @reserved: 0
 * @name: the cell's name, if @id is CL_ID_BY_NAME
 * @offset: in: stream position or address; out: position of the first byte copied
 * @buffer: address in the caller
 * @buffer_size: its bytes; out: the number copied
 * @error: out
 */
struct cl_ioc_read {
	cl_u32 size;
	cl_u32 what;
	cl_u32 id;
	cl_u32 reserved;
	char name[CL_NAME_SIZE];
	cl_u64 offset;
	cl_u64 buffer;
	cl_u64 buffer_size;
	struct cl_ioc_error error;
};

/* struct cl_ioc_status: granules */
#define CL_GRANULE_4K 1u
#define CL_GRANULE_16K 2u
#define CL_GRANULE_64K 4u

/**
 * struct cl_ioc_input - CL_IOC_CONSOLE_INPUT: typed on the console of a cell
 * @size: sizeof(struct cl_ioc_input)
 * @id: cell ID, or CL_ID_BY_NAME
 * @name: the cell's name, if @id is CL_ID_BY_NAME
 * @buffer: address in the caller
 * @buffer_size: its bytes; 0 only asks whether there could be some. Out: how many the
 *	cell has room for; the others, which may be all, are to be sent again
 * @error: out
 */
struct cl_ioc_input {
	cl_u32 size;
	cl_u32 id;
	char name[CL_NAME_SIZE];
	cl_u64 buffer;
	cl_u64 buffer_size;
	struct cl_ioc_error error;
};

/**
 * struct cl_ioc_status - CL_IOC_STATUS
 * @size: sizeof(struct cl_ioc_status)
 * @enabled: 0 or 1
 * @abi_version: CL_ABI_VERSION of the driver
 * @nr_cpus: CPUs in the system config
 * @pool_pages: frames of the hypervisor's pool
 * @pool_used: of these in use
 * @cells: IDs in use, as a bitmap
 * @dma_masters: devices that no IOMMU keeps from memory of others
 * @granules: CL_GRANULE_*: sizes of pages that a guest's own tables may have here
 * @version: text of the image
 * @error: out
 */
struct cl_ioc_status {
	cl_u32 size;
	cl_u32 enabled;
	cl_u32 abi_version;
	cl_u32 nr_cpus;
	cl_u64 pool_pages;
	cl_u64 pool_used;
	cl_u64 cells;
	cl_u32 dma_masters;
	cl_u32 granules;
	char version[64];
	struct cl_ioc_error error;
};

/**
 * struct cl_ioc_plain - CL_IOC_DISABLE
 * @size: sizeof(struct cl_ioc_plain)
 * @reserved: 0
 * @error: out
 */
struct cl_ioc_plain {
	cl_u32 size;
	cl_u32 reserved;
	struct cl_ioc_error error;
};

#define CL_IOC_ENABLE _IOWR('C', 0x40, struct cl_ioc_enable)
#define CL_IOC_DISABLE _IOWR('C', 0x41, struct cl_ioc_plain)
#define CL_IOC_STATUS _IOWR('C', 0x42, struct cl_ioc_status)
#define CL_IOC_CELL_CREATE _IOWR('C', 0x43, struct cl_ioc_create)
#define CL_IOC_CELL_LOAD _IOWR('C', 0x44, struct cl_ioc_load)
#define CL_IOC_CELL_START _IOWR('C', 0x45, struct cl_ioc_cell)
#define CL_IOC_CELL_SHUTDOWN _IOWR('C', 0x46, struct cl_ioc_cell)
#define CL_IOC_CELL_DESTROY _IOWR('C', 0x47, struct cl_ioc_cell)
#define CL_IOC_READ _IOWR('C', 0x48, struct cl_ioc_read)
#define CL_IOC_CONSOLE_INPUT _IOWR('C', 0x49, struct cl_ioc_input)

#endif
