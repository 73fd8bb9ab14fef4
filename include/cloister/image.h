/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The boot protocol between the driver and cloister.bin.
 *
 * The driver copies the image to the start of hypervisor_memory, and the
 * system config blob to the next multiple of 4 KiB after the image's memory
 * (header.mem_size), fills in struct cl_boot_params, cleans and invalidates
 * all it wrote to the point of coherency, and then enters the image with
 * HVC_SOFT_RESTART at physical address hypervisor_memory.start with
 *
 *	x0 = enum cl_boot_command
 *	x1 = number of this CPU: index into the system config's CPUS
 *
 * (that is x2 and x3 of the SOFT_RESTART call). The image runs at EL2 with the
 * MMU off and returns with a plain eret behind the caller's hvc, with x0 = 0
 * or a negative errno, x1 = rule, x2 and x3 = the two values; x4..x18 are lost,
 * the others preserved. Interrupts must be masked around the call.
 *
 *	CL_BOOT_INIT	one CPU; builds the hypervisor's own tables
 *	CL_BOOT_PROBE	every CPU; features, GIC, identity. Changes nothing.
 *	CL_BOOT_PREPARE	one CPU; validates the config, builds root's stage 2
 *	CL_BOOT_COMMIT	every CPU at once; cannot fail. The CPU returns as part
 *			of the root cell.
 *
 * Up to PREPARE any failure is final for this attempt, and nothing needs to be
 * undone: EL2 still belongs to Linux's stub.
 *
 * Leaving: every online CPU calls CL_HC_DISABLE at once, after one of them was
 * told with x1 = 0 whether that is possible (0 or -errno, nothing changed);
 * the call with x1 = 1 gives EL2 back to the stub and returns 0.
 */
#ifndef CLOISTER_IMAGE_H
#define CLOISTER_IMAGE_H

#include <cloister/config.h>

#define CL_IMAGE_MAGIC "CLOISTHV"

/**
 * struct cl_image_header - the first bytes of cloister.bin
 * @branch: an instruction: jumps to the entry point
 * @abi_version: CL_ABI_VERSION
 * @magic: CL_IMAGE_MAGIC
 * @file_size: bytes of the file
 * @mem_size: bytes of the image in memory, a multiple of 4 KiB (zero-filled
 *	by the driver behind @file_size)
 * @percpu_size: memory each CPU needs in addition, incl. its page tables
 * @min_pool: smallest number of bytes that must be left for the frame pool
 * @params_offset: where struct cl_boot_params lies, from the start of the image
 * @log_offset: where struct cl_log lies
 * @log_size: its bytes
 * @version: text
 */
struct cl_image_header {
	cl_u32 branch;
	cl_u32 abi_version;
	cl_u8 magic[8];
	cl_u64 file_size;
	cl_u64 mem_size;
	cl_u64 percpu_size;
	cl_u64 min_pool;
	cl_u64 params_offset;
	cl_u64 log_offset;
	cl_u64 log_size;
	char version[64];
};

/**
 * struct cl_boot_params - filled in by the driver before CL_BOOT_INIT
 * @phys_start: hypervisor_memory
 * @size: its size
 * @config_offset: system config, from @phys_start; a multiple of 4 KiB
 * @config_size: its bytes
 * @nr_cpus: number of CPUs in the config
 */
struct cl_boot_params {
	cl_u64 phys_start;
	cl_u64 size;
	cl_u64 config_offset;
	cl_u32 config_size;
	cl_u32 nr_cpus;
};

/**
 * struct cl_log - the hypervisor's log, which survives a warm reset
 * @magic: CL_LOG_MAGIC once the hypervisor has written to it
 * @size: bytes of @text, a power of two
 * @end: stream position: the next character goes to text[end % size]
 * @fatal: number of fatal dumps in it
 */
struct cl_log {
	cl_u64 magic;
	cl_u32 size;
	cl_u32 fatal;
	cl_u64 end;
	char text[];
};
#define CL_LOG_MAGIC 0x474f4c5245545343ull /* "CSTERLOG" */

enum cl_boot_command {
	CL_BOOT_INIT = 0,
	CL_BOOT_PROBE = 1,
	CL_BOOT_PREPARE = 2,
	CL_BOOT_COMMIT = 3,
};

#endif
