// SPDX-License-Identifier: GPL-2.0-only
/*
 * A kernel of any content. What is taken for one must be where it was read from, and
 * have a place in a cell that has the room, or be told not to.
 */
#include <assert.h>
#include <string.h>

#include <dt/dt.h>
#include <kernel.h>

#define MAX (1u << 20)
#define RAM 0x71000000ull
#define RAM_SIZE (64ull << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void place(const struct kernel *kernel)
{
	const struct cl_mem_region ram = {
		.phys_start = RAM,
		.virt_start = RAM,
		.size = RAM_SIZE,
		.flags = CL_MEM_READ | CL_MEM_WRITE | CL_MEM_EXECUTE | CL_MEM_LOADABLE,
	};
	const struct config cell = { .mem = &ram, .nr_mem = 1 };
	struct kernel_why why;
	struct placement at;
	enum misfit misfit = find_places(&cell, kernel, MAX, &at, &why);

	assert(misfit != MISFIT_CONFIG);
	if (misfit != FITS) {
		assert(strlen(why.text));
		return;
	}
	assert(at.kernel >= RAM && at.kernel % 4 == 0);
	assert(at.initrd >= at.kernel + kernel->needed && at.initrd % 65536 == 0);
	assert(at.dtb >= at.initrd + MAX && at.dtb + DT_MAX_SIZE <= RAM + RAM_SIZE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kernel_why why = { "" };
	struct kernel kernel;

	if (!kernel_open(data, size, MAX, &kernel, &why)) {
		assert(strlen(why.text));
	} else {
		if (kernel.unpacked.data)
			assert(kernel.image == kernel.unpacked.data && kernel.size <= MAX);
		else
			assert(kernel.image == data && kernel.size == size);
		assert(kernel.needed >= kernel.size);
		place(&kernel);
	}
	kernel_close(&kernel);
	return 0;
}
