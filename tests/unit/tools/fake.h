/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A driver for tests: it has the cells and consoles that a test gives it,
 * fails where a test says so, and remembers what it was asked.
 */
#ifndef FAKE_H
#define FAKE_H

#include "cellctl.h"

/* cmocka.h wants these before it */
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#define FAKE_CELLS 4
#define FAKE_LOADS 8

struct fake_load {
	struct cl_ioc_load arg;
	char first_bytes[8];
};

/**
 * struct fake - the driver's state
 * @open_errno: makes open() fail
 * @fail_request: this ioctl fails with @fail_errno and @fail_error
 * @flood: whoever reads a console finds more
 * @on_read: called before a console is read
 * @long_configs: configs are said to be longer than their buffer
 * @short_reads: reads return one byte less than asked for
 * @status: what CL_IOC_STATUS says, but @cells
 * @cells: CL_READ_CELL; one with an empty name does not exist
 * @translation: CL_READ_TRANSLATION, but cell and address
 * @gva: CL_READ_GVA, but CPU and address
 * @tables: CL_READ_TABLES, but the cell
 * @audit: CL_READ_AUDIT
 * @faults: CL_READ_FAULTS, but the cell
 * @console: what CL_READ_CONSOLE has of each cell
 * @console_first: stream position of the first character of @console
 * @on_sleep: called when cellctl waits; false: stop waiting
 * @sleeps: how often it did
 * @terminal: standard input is one
 * @raw: it is in raw mode
 * @on_input: called when cellctl reads standard input, as read_input()
 * @inputs: how often it did
 * @on_typed: called when a cell has taken what was typed
 * @room: how many characters a cell takes before it has no more room
 * @typed: what cells took
 * @nr_typed: bytes of it
 * @requests: number of ioctls, by the low bits of their number
 * @config: first bytes of the config of the last ENABLE or CREATE
 * @config_size: its size
 * @system: CL_READ_CONFIG of root
 * @system_size: its bytes
 * @blob: CL_READ_CONFIG of any other cell
 * @blob_size: its bytes
 * @keeps: the name of the cell that CREATE makes
 * @cell: argument of the last START, SHUTDOWN, DESTROY
 * @loads: arguments of all LOADs
 * @nr_loads: their number
 * @fds: open minus closed
 */
struct fake {
	int open_errno;
	unsigned long fail_request;
	int fail_errno;
	struct cl_ioc_error fail_error;
	bool flood;
	void (*on_read)(struct fake *f);
	bool long_configs;
	bool short_reads;
	struct cl_ioc_status status;
	struct cl_cell_info cells[FAKE_CELLS];
	struct cl_translation translation;
	struct cl_gva gva;
	struct cl_tables tables;
	struct cl_audit audit;
	struct cl_faults faults;
	const char *console[FAKE_CELLS];
	uint64_t console_first[FAKE_CELLS];
	bool (*on_sleep)(struct fake *f);
	unsigned int sleeps;
	bool terminal;
	bool raw;
	int (*on_input)(struct fake *f, char *buffer, size_t size);
	unsigned int inputs;
	void (*on_typed)(struct fake *f);
	size_t room;
	char typed[8192];
	size_t nr_typed;

	unsigned int requests[16];
	char config[32];
	uint32_t config_size;
	const void *system;
	size_t system_size;
	const void *blob;
	size_t blob_size;
	const char *keeps;
	struct cl_ioc_cell cell;
	struct fake_load loads[FAKE_LOADS];
	unsigned int nr_loads;
	int fds;
	const char *device;
};

extern struct fake fake;
extern const struct device_ops fake_device;

void fake_reset(void);
void fake_add_cell(uint32_t id, const char *name, uint32_t state, uint64_t cpus);

#endif
