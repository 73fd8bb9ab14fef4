// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>

#include "fake.h"

struct fake fake;

/* An enabled hypervisor with 4 CPUs and the root cell */
void fake_reset(void)
{
	memset(&fake, 0, sizeof(fake));
	fake.status.enabled = 1;
	fake.status.abi_version = CL_ABI_VERSION;
	fake.status.nr_cpus = 4;
	fake.status.pool_pages = 900;
	fake.status.pool_used = 100;
	strcpy(fake.status.version, "1.2.3");
	fake_add_cell(0, "root", CL_CELL_RUNNING, 0x5);
}

void fake_add_cell(uint32_t id, const char *name, uint32_t state, uint64_t cpus)
{
	struct cl_cell_info *info = &fake.cells[id];

	info->id = id;
	info->state = state;
	info->cpus[0] = cpus;
	strncpy(info->name, name, sizeof(info->name) - 1);
	fake.console[id] = "";
}

static int refused(int err, struct cl_ioc_error *error, uint32_t rule, uint64_t a)
{
	error->rule = rule;
	error->value[0] = a;
	errno = err;
	return -1;
}

static int find(uint32_t id, const char *name)
{
	for (int i = 0; i < FAKE_CELLS; i++) {
		const char *have = fake.cells[i].name;

		if (*have && (id == CL_ID_BY_NAME ? !strcmp(have, name) : id == (uint32_t)i))
			return i;
	}
	return -1;
}

static int fake_status(struct cl_ioc_status *arg)
{
	assert_int_equal(arg->size, sizeof(*arg));
	*arg = fake.status;
	for (int i = 0; i < FAKE_CELLS; i++) {
		if (*fake.cells[i].name)
			arg->cells |= 1ull << i;
	}
	return 0;
}

static int read_console(struct cl_ioc_read *arg, int id)
{
	uint64_t first = fake.console_first[id];
	size_t length = strlen(fake.console[id]);
	size_t skip = 0;

	if (fake.flood) {
		memset((void *)(uintptr_t)arg->buffer, 'x', arg->buffer_size);
		return 0;
	}
	if (arg->offset > first + length)
		arg->offset = first + length;
	if (arg->offset < first)
		arg->offset = first;
	else
		skip = arg->offset - first;
	length = skip < length ? length - skip : 0;
	if (length < arg->buffer_size)
		arg->buffer_size = length;
	memcpy((void *)(uintptr_t)arg->buffer, fake.console[id] + skip, arg->buffer_size);
	return 0;
}

static int read_bytes(struct cl_ioc_read *arg, const void *data, size_t size)
{
	assert_int_equal(arg->buffer_size, size);
	memcpy((void *)(uintptr_t)arg->buffer, data, size);
	if (fake.short_reads)
		arg->buffer_size--;
	return 0;
}

static int read_blob(struct cl_ioc_read *arg, int id)
{
	const void *config = id ? fake.blob : fake.system;
	size_t size = id ? fake.blob_size : fake.system_size;

	assert_true(arg->buffer_size >= size);
	memcpy((void *)(uintptr_t)arg->buffer, config, size);
	arg->buffer_size = fake.long_configs ? arg->buffer_size + 1 : size;
	return 0;
}

static int fake_read(struct cl_ioc_read *arg)
{
	int id;

	assert_int_equal(arg->size, sizeof(*arg));
	if (arg->what == CL_READ_CONSOLE && fake.on_read)
		fake.on_read(&fake);
	id = find(arg->id, arg->name);
	if (arg->what == CL_READ_CPU_STATS) {
		struct cl_cpu_stats stats = { .cpu = arg->id, .cell = 1 };

		if (arg->id >= fake.status.nr_cpus)
			return refused(EINVAL, &arg->error, CL_RULE_CPU_UNKNOWN, arg->id);
		for (unsigned int i = 0; i < CL_NR_EXITS; i++)
			stats.exits[i] = 1000 * arg->id + i;
		return read_bytes(arg, &stats, sizeof(stats));
	}
	if (arg->what == CL_READ_GVA) {
		if (arg->id >= fake.status.nr_cpus)
			return refused(ENOENT, &arg->error, CL_RULE_CPU_UNKNOWN, arg->id);
		fake.gva.cpu = arg->id;
		fake.gva.gva = arg->offset;
		return read_bytes(arg, &fake.gva, sizeof(fake.gva));
	}
	if (id < 0)
		return refused(ENOENT, &arg->error, CL_RULE_CELL_UNKNOWN, arg->id);
	if (arg->what == CL_READ_CONSOLE)
		return read_console(arg, id);
	if (arg->what == CL_READ_CONFIG)
		return read_blob(arg, id);
	switch (arg->what) {
	case CL_READ_TRANSLATION:
		fake.translation.cell = id;
		fake.translation.ipa = arg->offset;
		return read_bytes(arg, &fake.translation, sizeof(fake.translation));
	case CL_READ_TABLES:
		fake.tables.cell = id;
		return read_bytes(arg, &fake.tables, sizeof(fake.tables));
	case CL_READ_FAULTS:
		fake.faults.cell = id;
		return read_bytes(arg, &fake.faults, sizeof(fake.faults));
	case CL_READ_AUDIT:
		return read_bytes(arg, &fake.audit, sizeof(fake.audit));
	}
	assert_int_equal(arg->what, CL_READ_CELL);
	if (*fake.console[id])
		fake.cells[id].console_end = fake.console_first[id] + strlen(fake.console[id]);
	return read_bytes(arg, &fake.cells[id], sizeof(fake.cells[id]));
}

static int fake_input(struct cl_ioc_input *arg)
{
	int id = find(arg->id, arg->name);

	assert_int_equal(arg->size, sizeof(*arg));
	if (id < 0)
		return refused(ENOENT, &arg->error, CL_RULE_CELL_UNKNOWN, arg->id);
	if (fake.cells[id].state != CL_CELL_RUNNING) {
		arg->error.value[1] = fake.cells[id].state;
		return refused(EBUSY, &arg->error, CL_RULE_CELL_STATE, id);
	}
	if (arg->buffer_size > fake.room)
		arg->buffer_size = fake.room;
	assert_true(fake.nr_typed + arg->buffer_size <= sizeof(fake.typed));
	memcpy(fake.typed + fake.nr_typed, (void *)(uintptr_t)arg->buffer, arg->buffer_size);
	fake.nr_typed += arg->buffer_size;
	fake.room -= arg->buffer_size;
	if (fake.on_typed && arg->buffer_size)
		fake.on_typed(&fake);
	return 0;
}

static void take_config(uint64_t address, uint32_t size)
{
	size_t part = size < sizeof(fake.config) ? size : sizeof(fake.config);

	memcpy(fake.config, (void *)(uintptr_t)address, part);
	fake.config_size = size;
}

static int fake_load(struct cl_ioc_load *arg)
{
	struct fake_load *load = &fake.loads[fake.nr_loads++];
	size_t part = sizeof(load->first_bytes);

	assert_int_equal(arg->size, sizeof(*arg));
	load->arg = *arg;
	memcpy(load->first_bytes, (void *)(uintptr_t)arg->image,
	       arg->image_size < part ? arg->image_size : part);
	return 0;
}

/* The error is the last member of every argument. */
static int fail_as_told(unsigned long request, void *argument)
{
	struct cl_ioc_error *error =
		(void *)((char *)argument + _IOC_SIZE(request) - sizeof(*error));

	*error = fake.fail_error;
	errno = fake.fail_errno;
	return -1;
}

static int fake_ioctl(int fd, unsigned long request, void *argument)
{
	struct cl_ioc_enable *enable = argument;
	struct cl_ioc_create *create = argument;

	assert_int_equal(fd, 42);
	fake.requests[_IOC_NR(request) & 15]++;
	if (request == fake.fail_request)
		return fail_as_told(request, argument);

	switch (request) {
	case CL_IOC_ENABLE:
		assert_int_equal(enable->size, sizeof(*enable));
		take_config(enable->config, enable->config_size);
		enable->dma_masters = fake.status.dma_masters;
		return 0;
	case CL_IOC_CELL_CREATE:
		assert_int_equal(create->size, sizeof(*create));
		take_config(create->config, create->config_size);
		create->id = 7;
		if (fake.keeps) {
			create->id = 2;
			fake_add_cell(2, fake.keeps, CL_CELL_CREATED, 0xc);
		}
		return 0;
	case CL_IOC_DISABLE:
		assert_int_equal(((struct cl_ioc_plain *)argument)->size,
				 sizeof(struct cl_ioc_plain));
		return 0;
	case CL_IOC_CELL_START:
	case CL_IOC_CELL_SHUTDOWN:
	case CL_IOC_CELL_DESTROY:
		fake.cell = *(struct cl_ioc_cell *)argument;
		assert_int_equal(fake.cell.size, sizeof(fake.cell));
		return 0;
	case CL_IOC_CELL_LOAD:
		return fake_load(argument);
	case CL_IOC_STATUS:
		return fake_status(argument);
	case CL_IOC_READ:
		return fake_read(argument);
	case CL_IOC_CONSOLE_INPUT:
		return fake_input(argument);
	}
	errno = ENOTTY;
	return -1;
}

static int fake_open(const char *path)
{
	fake.device = path;
	if (fake.open_errno) {
		errno = fake.open_errno;
		return -1;
	}
	fake.fds++;
	return 42;
}

static int fake_close(int fd)
{
	assert_int_equal(fd, 42);
	fake.fds--;
	return 0;
}

static bool fake_sleep(unsigned int ms)
{
	assert_in_range(ms, 1, 1000);
	fake.sleeps++;
	return fake.on_sleep ? fake.on_sleep(&fake) : false;
}

static bool fake_raw_terminal(bool on)
{
	assert_int_equal(fake.raw, !on);
	fake.raw = on && fake.terminal;
	return fake.terminal;
}

static int fake_read_input(char *buffer, size_t size, unsigned int ms)
{
	assert_int_equal(fake.raw, fake.terminal);
	assert_in_range(ms, 0, 1000);
	/* Whoever waits for ever would do so here */
	assert_true(fake.inputs++ < 10000);
	return fake.on_input(&fake, buffer, size);
}

const struct device_ops fake_device = {
	.open = fake_open,
	.ioctl = fake_ioctl,
	.close = fake_close,
	.sleep_ms = fake_sleep,
	.raw_terminal = fake_raw_terminal,
	.read_input = fake_read_input,
};
