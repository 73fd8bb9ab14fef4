// SPDX-License-Identifier: GPL-2.0-only
/*
 * A hostile user of /dev/cloister, who has the right to use it.
 *
 *	requests cut KIND FILE		a config cut at every length
 *	requests bend KIND FILE		each number of its header and of its table of
 *					sections replaced by others
 *	requests random SEED COUNT	anything, but to end cells that there are
 *	requests fields			flags and fields that nobody knows
 *
 * KIND is enable or create. Each config is sent as it is, and with size and
 * checksum made right. What should be refused and was not is said, and the exit
 * code is 1.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cloister/config.h>
#include <cloister/error.h>
#include <cloister/ioctl.h>

#define NOBODYS_ID 8 /* no test of this has as many cells */

static int device;
static unsigned int wrong;
static uint8_t config[CL_BLOB_MAX_SIZE];
static uint32_t config_size;

static void complain(const char *what, long at, int ret, uint32_t rule)
{
	if (wrong++ < 20)
		printf("%s %ld: result %d, errno %d, rule %u\n", what, at, ret, ret ? errno : 0,
		       rule);
}

static void read_config(const char *path)
{
	int fd = open(path, O_RDONLY);
	ssize_t n = fd < 0 ? -1 : read(fd, config, sizeof(config));

	if (n <= 0) {
		perror(path);
		exit(2);
	}
	config_size = (uint32_t)n;
	close(fd);
}

static uint32_t crc32(const uint8_t *p, uint32_t size)
{
	uint32_t crc = ~0u;

	while (size--) {
		crc ^= *p++;
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
	}
	return ~crc;
}

/* The checksum made right, and nothing else */
static void seal(uint8_t *blob, uint32_t size)
{
	struct cl_blob_header *h = (struct cl_blob_header *)blob;

	if (size < sizeof(*h))
		return;
	h->checksum = 0;
	h->checksum = crc32(blob, size);
}

struct request {
	const char *name;
	bool create;
};

/* Must be refused, as a config that is not whole. */
static void send_config(const struct request *r, const uint8_t *blob, uint32_t size, long at)
{
	struct cl_ioc_enable enable = { .size = sizeof(enable),
					.config_size = size,
					.config = (uintptr_t)blob };
	struct cl_ioc_create create = { .size = sizeof(create),
					.config_size = size,
					.config = (uintptr_t)blob };
	struct cl_ioc_plain plain = { .size = sizeof(plain) };
	struct cl_ioc_cell cell = { .size = sizeof(cell), .flags = CL_IOC_FORCE };
	int ret;

	if (r->create)
		ret = ioctl(device, CL_IOC_CELL_CREATE, &create);
	else
		ret = ioctl(device, CL_IOC_ENABLE, &enable);
	if (ret == -1 && (r->create ? create.error.rule : enable.error.rule))
		return;
	complain(r->name, at, ret, r->create ? create.error.rule : enable.error.rule);
	if (ret)
		return;
	cell.id = create.id;
	ioctl(device, r->create ? CL_IOC_CELL_DESTROY : CL_IOC_DISABLE,
	      r->create ? (void *)&cell : (void *)&plain);
}

static void cut(const struct request *r)
{
	static uint8_t blob[CL_BLOB_MAX_SIZE];

	for (uint32_t size = 0; size < config_size; size++) {
		memcpy(blob, config, size);
		send_config(r, blob, size, size);
		if (size >= sizeof(struct cl_blob_header))
			((struct cl_blob_header *)blob)->size = size;
		seal(blob, size);
		send_config(r, blob, size, size);
	}
	printf("%s: cut at %u lengths\n", r->name, config_size);
}

/* Counts, sizes and offsets that are not those of this config */
static void bend(const struct request *r)
{
	static uint8_t blob[CL_BLOB_MAX_SIZE];
	uint32_t at = offsetof(struct cl_blob_header, size), bent = 0;
	uint32_t end = sizeof(struct cl_blob_header) +
		       ((struct cl_blob_header *)config)->nr_sections * sizeof(struct cl_section);

	for (; at < end; at += 4) {
		uint32_t old, values[] = { 1,	      config_size - 1, config_size, config_size + 1,
					   0x10000,   0x7fffffff,      0x80000000,  0xfffffff8,
					   0xffffffff };

		memcpy(&old, config + at, sizeof(old));
		for (unsigned int i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
			if (values[i] == old)
				continue;
			memcpy(blob, config, config_size);
			memcpy(blob + at, &values[i], sizeof(values[i]));
			send_config(r, blob, config_size, at);
			if (at != offsetof(struct cl_blob_header, checksum))
				seal(blob, config_size);
			send_config(r, blob, config_size, at);
			bent++;
		}
	}
	printf("%s: bent in %u ways\n", r->name, bent);
}

/* At random */

static uint64_t state;

/* xorshift64*, G. Marsaglia and S. Vigna */
static uint64_t random64(void)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return state * 0x2545f4914f6cdd1d;
}

static const unsigned long commands[] = {
	CL_IOC_ENABLE,	  CL_IOC_DISABLE,	CL_IOC_STATUS,	      CL_IOC_CELL_CREATE,
	CL_IOC_CELL_LOAD, CL_IOC_CELL_START,	CL_IOC_CELL_SHUTDOWN, CL_IOC_CELL_DESTROY,
	CL_IOC_READ,	  CL_IOC_CONSOLE_INPUT,
};

#define NR_COMMANDS (sizeof(commands) / sizeof(commands[0]))

union argument {
	uint32_t size;
	struct cl_ioc_enable enable;
	struct cl_ioc_create create;
	struct cl_ioc_load load;
	struct cl_ioc_cell cell;
	struct cl_ioc_read read;
	struct cl_ioc_input input;
	struct cl_ioc_status status;
	uint8_t bytes[256];
};

/* Two pages, with nothing behind them */
static uint8_t *pages;

static uint64_t any_address(void)
{
	uint64_t random = random64();

	switch (random & 7) {
	case 0:
		return 0;
	case 1:
		return (uintptr_t)pages + 8192 - (random >> 8 & 0xff); /* across the end */
	case 2:
		return 0xffff000000000000 | random >> 8; /* the kernel's */
	case 3:
		return random;
	default:
		return (uintptr_t)pages + (random >> 8 & 0xfff);
	}
}

static uint64_t any_size(void)
{
	uint64_t random = random64();

	switch (random & 3) {
	case 0:
		return random >> 8 & 0x1f;
	case 1:
		return random >> 8 & 0x1ffff;
	case 2:
		return random >> (random >> 8 & 63);
	default:
		return config_size;
	}
}

/* Those that exist are left alone: to end them is a right of who calls. */
static uint32_t any_cell(void)
{
	uint64_t random = random64();

	switch (random & 3) {
	case 0:
		return CL_ID_BY_NAME;
	case 1:
		return NOBODYS_ID + (random >> 8 & 0xf);
	case 2:
		return 0;
	default:
		return (uint32_t)(random >> 8) | 1u << 31;
	}
}

static void fill(union argument *arg, unsigned long command)
{
	for (unsigned int i = 0; i < sizeof(arg->bytes); i++)
		arg->bytes[i] = (uint8_t)random64();
	arg->size = random64() & 15 ? _IOC_SIZE(command) : (uint32_t)any_size();
	switch (command) {
	case CL_IOC_ENABLE:
	case CL_IOC_CELL_CREATE: /* the same members */
		arg->enable.config = any_address();
		arg->enable.config_size = (uint32_t)any_size();
		break;
	case CL_IOC_CELL_LOAD:
		arg->load.id = any_cell();
		arg->load.image = any_address();
		arg->load.image_size = any_size();
		arg->load.target = any_size();
		arg->load.flags = random64() & 3;
		break;
	case CL_IOC_CELL_START:
	case CL_IOC_CELL_SHUTDOWN:
	case CL_IOC_CELL_DESTROY:
		arg->cell.id = any_cell();
		arg->cell.flags = random64() & 3;
		break;
	case CL_IOC_READ:
		arg->read.what = random64() & 7;
		arg->read.id = random64() & 1 ? any_cell() : random64() & 7;
		arg->read.buffer = any_address();
		arg->read.buffer_size = any_size();
		break;
	case CL_IOC_CONSOLE_INPUT: /* no cell of this has a UART */
		arg->input.id = random64() & 1 ? any_cell() : random64() & 7;
		arg->input.buffer = any_address();
		arg->input.buffer_size = any_size();
		break;
	}
}

static bool may_succeed(unsigned long command)
{
	return command == CL_IOC_STATUS || command == CL_IOC_READ;
}

/* As it should be but for its content; or another number, or another address */
static void one_request(long n)
{
	unsigned long command = commands[random64() % NR_COMMANDS];
	union argument *arg = (void *)pages;
	union argument given;
	void *address = arg;
	int ret;

	fill(&given, command);
	*arg = given;
	switch (random64() & 31) {
	case 0:
		address = (void *)any_address();
		break;
	case 1:
		command ^= 1ul << (random64() & 31);
		break;
	}
	ret = ioctl(device, command, address);
	if (ret == -1)
		return;
	if (ret || !may_succeed(command))
		complain("request", n, ret, (uint32_t)command);
}

static void at_random(long count)
{
	pages = mmap(NULL, 3 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (pages == MAP_FAILED || munmap(pages + 2 * 4096, 4096)) {
		perror("requests: mmap");
		exit(2);
	}
	for (long n = 0; n < count; n++)
		one_request(n);
	printf("%ld random requests\n", count);
}

/* What nobody knows is refused, and told by its value; @error: in the request */
static void unknown(const char *what, unsigned long command, void *request,
		    const struct cl_ioc_error *error, uint32_t value)
{
	int ret = ioctl(device, command, request);

	if (ret != -1 || errno != EINVAL || error->rule != CL_RULE_NOT_SUPPORTED ||
	    error->value[0] != value)
		complain(what, (long)error->value[0], ret, error->rule);
}

#define UNKNOWN(command, type, field, number)                                            \
	do {                                                                             \
		struct type r = { .size = sizeof(r), .field = (number) };                \
                                                                                         \
		unknown(#command " " #field, command, &r, &r.error, (uint32_t)(number)); \
	} while (0)

static void unknown_fields(void)
{
	UNKNOWN(CL_IOC_ENABLE, cl_ioc_enable, reserved, 7);
	UNKNOWN(CL_IOC_DISABLE, cl_ioc_plain, reserved, 7);
	UNKNOWN(CL_IOC_CELL_CREATE, cl_ioc_create, reserved, 7);
	UNKNOWN(CL_IOC_CELL_LOAD, cl_ioc_load, reserved, 7);
	UNKNOWN(CL_IOC_CELL_LOAD, cl_ioc_load, flags, CL_IOC_FIRST | 2);
	UNKNOWN(CL_IOC_READ, cl_ioc_read, reserved, 1u << 31);
	UNKNOWN(CL_IOC_CELL_START, cl_ioc_cell, flags, CL_IOC_FORCE | 2);
	UNKNOWN(CL_IOC_CELL_SHUTDOWN, cl_ioc_cell, flags, 2);
	UNKNOWN(CL_IOC_CELL_DESTROY, cl_ioc_cell, flags, 1u << 31);
}

int main(int argc, char **argv)
{
	bool fields = argc == 2 && !strcmp(argv[1], "fields");

	if (argc != 4 && !fields) {
		fputs("usage: requests cut|bend enable|create FILE | random SEED COUNT | fields\n",
		      stderr);
		return 2;
	}
	device = open("/dev/cloister", O_RDWR);
	if (device < 0) {
		perror("/dev/cloister");
		return 2;
	}
	if (fields) {
		unknown_fields();
	} else if (!strcmp(argv[1], "random")) {
		state = strtoull(argv[2], NULL, 0);
		at_random(strtol(argv[3], NULL, 0));
	} else {
		struct request r = { argv[2], !strcmp(argv[2], "create") };

		read_config(argv[3]);
		if (!strcmp(argv[1], "cut"))
			cut(&r);
		else
			bend(&r);
	}
	return wrong != 0;
}
