// SPDX-License-Identifier: GPL-2.0-only
#include <unistd.h>

#include "cellctl.h"

int main(int argc, char **argv)
{
	struct context ctx = {
		.ops = &real_device,
		.fd = -1,
		.device = DEVICE_PATH,
		.out = stdout,
		.err = stderr,
		.tty = isatty(STDOUT_FILENO),
	};

	return cellctl_main(&ctx, argc, argv);
}
