/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cellctl: what its parts share. Everything that touches the machine goes
 * through struct device_ops, so the unit tests run the whole program against
 * a driver of their own.
 */
#ifndef CELLCTL_H
#define CELLCTL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cloister/config.h>
#include <cloister/error.h>
#include <cloister/hypercall.h>
#include <cloister/ioctl.h>
#include <config/error.h>

#define DEVICE_PATH "/dev/cloister"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* Exit statuses, documented in cellctl(8) */
enum status {
	STATUS_OK = 0,
	STATUS_REFUSED = 1, /* by the driver or the hypervisor; or the answer is no */
	STATUS_USAGE = 2,
	STATUS_FILE = 3, /* a file or the device cannot be used */
};

/**
 * struct device_ops - the driver, and time
 * @open: opens the device; a file descriptor, or -1 and errno
 * @ioctl: as ioctl(2)
 * @close: as close(2)
 * @sleep_ms: waits; false if a signal asked to stop
 * @raw_terminal: standard input hands on each key as it is pressed, or is as before;
 *	false: it is no terminal
 * @hold_signals: those that ask to stop wait until it is called with false
 * @stop_asked: does one wait?
 * @read_input: waits for standard input, or if @size is 0 for the time alone; bytes, 0:
 *	nothing yet, or INPUT_*
 */
struct device_ops {
	int (*open)(const char *path);
	int (*ioctl)(int fd, unsigned long request, void *argument);
	int (*close)(int fd);
	bool (*sleep_ms)(unsigned int ms);
	bool (*raw_terminal)(bool on);
	void (*hold_signals)(bool on);
	bool (*stop_asked)(void);
	int (*read_input)(char *buffer, size_t size, unsigned int ms);
};

#define INPUT_END (-1) /* there will be no more */
#define INPUT_STOP (-2) /* a signal asked to stop */

extern const struct device_ops real_device;

/**
 * struct context - one run of cellctl
 * @ops: how to reach the driver
 * @fd: the open device, -1 before device_open()
 * @device: path of the device
 * @json: print JSON
 * @out: where results go
 * @err: where complaints go
 * @tty: @out is a terminal
 * @command: name of the command that runs
 */
struct context {
	const struct device_ops *ops;
	int fd;
	const char *device;
	bool json;
	FILE *out;
	FILE *err;
	bool tty;
	const char *command;
};

/**
 * struct command - one command of cellctl
 * @name: as typed
 * @synopsis: its arguments
 * @summary: one line
 * @help: the rest of `cellctl COMMAND --help`, lines ending in \n
 * @run: argv[0] is the command's name; returns enum status
 */
struct command {
	const char *name;
	const char *synopsis;
	const char *summary;
	const char *help;
	int (*run)(struct context *ctx, int argc, char **argv);
};

/* cellctl.c */
int cellctl_main(struct context *ctx, int argc, char **argv);

/* options.c */
/**
 * struct option_values - options of all commands, as far as they were given
 * @args: the arguments that are no options
 * @nr_args: their number
 */
struct option_values {
	bool force;
	bool follow;
	bool interactive;
	bool hypervisor;
	bool raw;
	bool gva;
	bool has_cpu;
	uint32_t cpu;
	uint32_t timeout_ms;
	const char *initrd;
	const char *append;
	const char *dtb;
	const char *write_dtb;
	char **args;
	int nr_args;
};

int parse_options(struct context *ctx, int argc, char **argv, const char *allowed,
		  struct option_values *values);
int usage_error(struct context *ctx, const char *format, ...) __attribute__((format(printf, 2, 3)));
bool parse_u64(const char *text, uint64_t max, uint64_t *value);

/**
 * struct cell_ref - a cell as the user named it
 * @text: what was typed
 * @id: its ID, or CL_ID_BY_NAME
 * @name: its name where @id is CL_ID_BY_NAME
 */
struct cell_ref {
	const char *text;
	uint32_t id;
	char name[CL_NAME_SIZE];
};

int parse_cell(struct context *ctx, const char *text, struct cell_ref *cell);

/* device.c */
int device_open(struct context *ctx);
void device_close(struct context *ctx);
int read_status(struct context *ctx, struct cl_ioc_status *status);
int read_status_enabled(struct context *ctx, struct cl_ioc_status *status);
int query_cell(struct context *ctx, const struct cell_ref *cell, struct cl_cell_info *info,
	       struct cl_ioc_error *error);
int read_cell(struct context *ctx, const struct cell_ref *cell, struct cl_cell_info *info);
int read_config(struct context *ctx, const struct cell_ref *cell, void *to, size_t *size,
		struct cl_ioc_error *error);
int read_about(struct context *ctx, const struct cell_ref *cell, uint32_t what, uint64_t offset,
	       void *to, size_t size);

/* error.c */
int fail_ioctl(struct context *ctx, const char *object, int err, const struct cl_ioc_error *error);
int fail_file(struct context *ctx, const char *path, const char *what);
int fail_rule(struct context *ctx, const char *object, const struct error *err);
void print_rule(FILE *f, struct context *ctx, const struct cl_ioc_error *error);
const char *errno_name(int err);
void print_cell_id(FILE *f, struct context *ctx, uint32_t id);

/* file.c */
/**
 * struct file_bytes - the content of a file, mapped
 */
struct file_bytes {
	const void *data;
	size_t size;
};

int file_write(struct context *ctx, const char *path, const void *data, size_t size);
int file_map(struct context *ctx, const char *path, uint64_t max, struct file_bytes *file);
void file_unmap(struct file_bytes *file);

/* input.c */
#define INPUT_POLL_MS 20

/**
 * struct input - standard input on its way to a cell
 * @bytes: read, and not yet taken by the cell
 * @start: of these, the first
 * @end: behind the last
 * @terminal: it is one, and raw
 * @ended: nothing follows
 * @leave: the user pressed the key for that
 * @idle_ms: how long nothing has happened, where nobody can see that
 * @position: of the console, when that was looked at last
 */
struct input {
	char bytes[4096];
	size_t start;
	size_t end;
	bool terminal;
	bool ended;
	bool leave;
	unsigned int idle_ms;
	uint64_t position;
};

int input_open(struct context *ctx, const struct cell_ref *cell, struct input *input);
bool input_step(struct context *ctx, const struct cell_ref *cell, struct input *input,
		uint64_t position, int *status);
int input_close(struct context *ctx, struct input *input, int status);

/* panic.c */
#define PANIC_LINE 256 /* bytes, with the terminator */
void panic_line(struct context *ctx, const struct cell_ref *cell, const struct cl_cell_info *info,
		char line[PANIC_LINE]);

/* esr.c */
void print_esr(FILE *f, uint64_t esr);

/* json.c */
#define JSON_DEPTH 8

/**
 * struct json - a JSON text being written
 * @out: where it goes
 * @depth: open objects and arrays
 * @filled: whether each of them has a member already
 * @closing: the bracket that closes each of them
 */
struct json {
	FILE *out;
	int depth;
	bool filled[JSON_DEPTH];
	char closing[JSON_DEPTH];
};

void json_start(struct json *j, FILE *out);
void json_object(struct json *j, const char *key);
void json_array(struct json *j, const char *key);
void json_end(struct json *j);
void json_finish(struct json *j);
void json_string(struct json *j, const char *key, const char *text, size_t max);
void json_bytes(struct json *j, const char *key, const char *data, size_t size);
void json_number(struct json *j, const char *key, uint64_t value);
void json_hex(struct json *j, const char *key, uint64_t value);
void json_bool(struct json *j, const char *key, bool value);
void json_escape(FILE *out, const char *text, size_t size);

/* cpus.c: bitmaps of CPUs */
bool cpu_in(const struct cl_cell_info *info, unsigned int cpu);
void print_cpus(FILE *f, const struct cl_cell_info *info);
void json_cpus(struct json *j, const char *key, const struct cl_cell_info *info);

/* translation.c */
FILE *complain(struct context *ctx, const char *object);
const char *type_name(uint32_t type);
const char *perms_text(uint32_t perms, char *text);
void print_size(FILE *f, uint64_t size);
void print_range(FILE *f, uint64_t start, uint64_t size);
void json_mapping(struct json *j, const struct cl_translation *t);
void print_mapping(FILE *f, const struct cl_translation *t);
void print_not_mapped(FILE *f, struct context *ctx, const struct cl_translation *t);

/* Commands: cmd_*.c */
int cmd_enable(struct context *ctx, int argc, char **argv);
int cmd_disable(struct context *ctx, int argc, char **argv);
int cmd_status(struct context *ctx, int argc, char **argv);
int cmd_create(struct context *ctx, int argc, char **argv);
int cmd_load(struct context *ctx, int argc, char **argv);
int cmd_start(struct context *ctx, int argc, char **argv);
int cmd_shutdown(struct context *ctx, int argc, char **argv);
int cmd_destroy(struct context *ctx, int argc, char **argv);
int cmd_list(struct context *ctx, int argc, char **argv);
int cmd_show(struct context *ctx, int argc, char **argv);
int cmd_stats(struct context *ctx, int argc, char **argv);
int cmd_linux(struct context *ctx, int argc, char **argv);
int cmd_console(struct context *ctx, int argc, char **argv);
int cmd_translate(struct context *ctx, int argc, char **argv);
int cmd_tables(struct context *ctx, int argc, char **argv);
int cmd_audit(struct context *ctx, int argc, char **argv);

#endif
