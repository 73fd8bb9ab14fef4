// SPDX-License-Identifier: GPL-2.0-only
/*
 * cellctl with the tests' driver and two cells in it, as a program: for tests
 * that look at its output from outside.
 */
#include <stdlib.h>

#include "fake.h"

int main(int argc, char **argv)
{
	struct context ctx = {
		.ops = &fake_device,
		.fd = -1,
		.device = DEVICE_PATH,
		.out = stdout,
		.err = stderr,
	};

	fake_reset();
	fake_add_cell(1, "timer", CL_CELL_FAILED, 8);
	fake.cells[1].irq_mode = CL_IRQ_DIRECT;
	fake.cells[1].fail_reason = CL_FAIL_TRAP;
	fake.cells[1].fail_cpu = 3;
	fake.cells[1].fail_esr = 0x93830047;
	fake.cells[1].fail_pc = 0xffff800010203040;
	fake.cells[1].fail_address = 0xdead0000;
	fake.translation = (struct cl_translation){
		.mapped = 1,
		.pa = 0x71201234,
		.leaf_size = 4096,
		.limit = 0xfedcc,
		.perms = CL_PERM_READ | CL_PERM_EXECUTE,
		.level = 3,
		.region = 2,
		.region_size = 1 << 20,
		.region_flags = CL_MEM_READ | CL_MEM_EXECUTE | CL_MEM_LOADABLE,
	};
	fake.tables = (struct cl_tables){
		.ipa_bits = 32,
		.levels = 3,
		.regions = 2,
		.pages = 5,
		.worst_reads = { 15, 19 },
		.leaves = { 0, 0, 3, 17 },
		.contiguous = 16,
		.mapped = (6 << 20) + (17 << 12),
	};
	fake.audit.leaves = 281;
	fake.audit.nr_shared = 1;
	fake.audit.shared[0].pa = 0x9000000;
	fake.audit.shared[0].size = 4096;
	fake.audit.shared[0].cells = 3;
	fake.console[1] = "tick \"1\"\\\r\n\x1b[0m\xff";
	return cellctl_main(&ctx, argc, argv);
}
