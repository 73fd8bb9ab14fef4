// SPDX-License-Identifier: GPL-2.0-only
/*
 * cellctl with the tests' driver and two cells in it, as a program: for tests
 * that look at its output from outside.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "fake.h"

/* The file that a variable of the environment names; of no variable, nothing */
static const void *file_of(const char *variable, size_t *size)
{
	const char *path = getenv(variable);
	FILE *f = path ? fopen(path, "r") : NULL;
	void *data;

	if (!f)
		return NULL;
	data = malloc(CL_BLOB_MAX_SIZE);
	*size = fread(data, 1, CL_BLOB_MAX_SIZE, f);
	fclose(f);
	return data;
}

/*
 * For tests of `cellctl linux`: FAKE_SYSTEM is the config of the machine, FAKE_CELL that
 * of a cell "linux", FAKE_GRANULES what the CPUs have; FAKE_FAIL makes load or start
 * fail, with FAKE_RACE because somebody else was faster; FAKE_LONG has the driver say
 * that configs are longer than they can be; FAKE_SIGNAL="load 2" that SIGINT comes while
 * it loads. What is asked is written to FAKE_LOG, images to files beside it.
 */
static void fake_linux(void)
{
	const char *granules = getenv("FAKE_GRANULES"), *fail = getenv("FAKE_FAIL");

	fake.keeps = "linux";
	fake.system = file_of("FAKE_SYSTEM", &fake.system_size);
	fake.blob = file_of("FAKE_CELL", &fake.blob_size);
	if (fake.blob)
		fake_add_cell(2, fake.keeps, CL_CELL_SHUT_DOWN, 0xc);
	fake.long_configs = getenv("FAKE_LONG");
	fake.status.granules = granules ? (uint32_t)atoi(granules) : CL_GRANULE_4K;
	if (fail)
		fake.fail_request = strcmp(fail, "load") ? CL_IOC_CELL_START : CL_IOC_CELL_LOAD;
	fake.fail_errno = ENOMEM;
}

static void write_image(const char *log, const char *name, uint64_t data, uint64_t size)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s.%s", log, name);
	f = fopen(path, "w");
	fwrite((const void *)(uintptr_t)data, 1, size, f);
	fclose(f);
}

/* Twice, as who presses ^C does */
static void signal_at(const char *step)
{
	const char *wanted = getenv("FAKE_SIGNAL");
	char at[16];
	int number;

	if (wanted && sscanf(wanted, "%15s %d", at, &number) == 2 && !strcmp(at, step)) {
		raise(number);
		raise(number);
	}
}

static const char *step_name(unsigned long request)
{
	switch (request) {
	case CL_IOC_CELL_CREATE:
		return "create";
	case CL_IOC_CELL_LOAD:
		return "load";
	case CL_IOC_CELL_START:
		return "start";
	}
	return "destroy";
}

static int log_ioctl(int fd, unsigned long request, void *argument)
{
	const char *path = getenv("FAKE_LOG");
	const struct cl_ioc_create *create = argument;
	const struct cl_ioc_load *load = argument;
	const char *step = step_name(request);
	char name[32];
	FILE *f;

	if (!path || request == CL_IOC_READ || request == CL_IOC_STATUS)
		return fake_device.ioctl(fd, request, argument);
	f = fopen(path, "a");
	fputs(step, f);
	if (request == CL_IOC_CELL_CREATE)
		write_image(path, "config", create->config, create->config_size);
	if (request == CL_IOC_CELL_LOAD) {
		snprintf(name, sizeof(name), "0x%llx", (unsigned long long)load->target);
		fprintf(f, " %s%s", name, load->flags & CL_IOC_FIRST ? " first" : "");
		write_image(path, name, load->image, load->image_size);
	}
	if (request == CL_IOC_CELL_START && getenv("FAKE_RACE"))
		fake.cells[2].state = CL_CELL_RUNNING;
	fputs("\n", f);
	fclose(f);
	signal_at(step);
	return fake_device.ioctl(fd, request, argument);
}

/* A cell that prints and takes input; standard input and signals are real ones */
static void use_terminal(struct device_ops *ops)
{
	fake_add_cell(2, "linux", CL_CELL_RUNNING, 0xc);
	fake.console[2] = "login: ";
	fake.room = sizeof(fake.typed);
	ops->sleep_ms = real_device.sleep_ms;
	ops->raw_terminal = real_device.raw_terminal;
	ops->read_input = real_device.read_input;
}

int main(int argc, char **argv)
{
	struct device_ops ops = fake_device;
	struct context ctx = {
		.ops = &ops,
		.fd = -1,
		.device = DEVICE_PATH,
		.out = stdout,
		.err = stderr,
	};

	fake_reset();
	fake_linux();
	ops.ioctl = log_ioctl;
	ops.hold_signals = real_device.hold_signals;
	ops.stop_asked = real_device.stop_asked;
	if (getenv("FAKE_TERMINAL"))
		use_terminal(&ops);
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
