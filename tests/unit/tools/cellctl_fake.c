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
	fake.gva = (struct cl_gva){
		.sctlr = 0x30d00801,
		.tcr = 0x200000000 | 25 | 1 << 23,
		.mair = 0xff440400,
		.ttbr = { 0x41000000, 0x41001000 },
		.descriptor = 0x4120170f,
		.leaf_size = 4096,
		.limit = 0xdcc,
		.level = 3,
		.el1 = CL_PERM_READ | CL_PERM_WRITE,
		.el0 = CL_PERM_READ,
		.attr = 0xff,
		.reads = 15,
		.stage2 = fake.translation,
	};
	fake.gva.stage2.cell = 1;
	fake.gva.stage2.ipa = 0x41201234;
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
