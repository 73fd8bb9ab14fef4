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
	fake.cells[1].fail_reason = CL_FAIL_TRAP;
	fake.cells[1].fail_cpu = 3;
	fake.cells[1].fail_esr = 0x93830047;
	fake.cells[1].fail_pc = 0xffff800010203040;
	fake.cells[1].fail_address = 0xdead0000;
	fake.console[1] = "tick \"1\"\\\r\n\x1b[0m\xff";
	return cellctl_main(&ctx, argc, argv);
}
