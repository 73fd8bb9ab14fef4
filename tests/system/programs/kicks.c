// SPDX-License-Identifier: GPL-2.0-only
/*
 * Takes a CPU away from its guest again and again, at any moment, and gives it back.
 *
 *	kicks CELL CPU COUNT SEED
 *
 * Most kicks ask the CPU for its guest's registers, after which it goes on; each tenth
 * ends the cell, which is started again. Prints how many there were of each, and how long
 * the slowest took; 1 as soon as one does not come in time.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include <cloister/error.h>
#include <cloister/hypercall.h>
#include <cloister/ioctl.h>

#define RESTART_EVERY 10
#define MAX_PAUSE_US 500

static int device;

static uint64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static void fail(const char *what, long number, const struct cl_ioc_error *error)
{
	printf("kick %ld: %s: %s, rule %u (%llu, %llu)\n", number, what, strerror(errno),
	       error->rule, (unsigned long long)error->value[0],
	       (unsigned long long)error->value[1]);
	exit(1);
}

/* A cell that has just been started may not have its guest on the CPU yet */
static void ask(uint32_t cpu, long number)
{
	struct cl_gva gva;
	struct cl_ioc_read r;

	do {
		memset(&r, 0, sizeof(r));
		r.size = sizeof(r);
		r.what = CL_READ_GVA;
		r.id = cpu;
		r.buffer = (uintptr_t)&gva;
		r.buffer_size = sizeof(gva);
		if (!ioctl(device, CL_IOC_READ, &r))
			return;
	} while (r.error.rule == CL_RULE_CPU_IS_OFF);
	fail("its registers", number, &r.error);
}

static void request(unsigned long code, const char *name, const char *what, long number)
{
	struct cl_ioc_cell r = {
		.size = sizeof(r), .id = CL_ID_BY_NAME, .flags = CL_IOC_FORCE, .timeout_ms = 1
	};

	strncpy(r.name, name, sizeof(r.name) - 1);
	if (code == CL_IOC_CELL_START)
		r.flags = r.timeout_ms = 0;
	if (ioctl(device, code, &r))
		fail(what, number, &r.error);
}

int main(int argc, char **argv)
{
	uint64_t longest = 0;
	long count, ends = 0;
	uint32_t cpu;

	if (argc != 5) {
		fprintf(stderr, "usage: kicks CELL CPU COUNT SEED\n");
		return 2;
	}
	cpu = (uint32_t)atoi(argv[2]);
	count = atol(argv[3]);
	srandom((unsigned int)strtoul(argv[4], NULL, 0));
	device = open("/dev/cloister", O_RDWR);
	if (device < 0) {
		perror("/dev/cloister");
		return 2;
	}
	for (long i = 0; i < count; i++) {
		uint64_t begin, took;

		usleep((useconds_t)(random() % MAX_PAUSE_US));
		begin = now_us();
		if (random() % RESTART_EVERY) {
			ask(cpu, i);
		} else {
			ends++;
			request(CL_IOC_CELL_SHUTDOWN, argv[1], "shutdown", i);
			request(CL_IOC_CELL_START, argv[1], "start", i);
		}
		took = now_us() - begin;
		if (took > longest)
			longest = took;
	}
	printf("%ld kicks, %ld of them ended the cell, all came; the slowest took %llu us\n", count,
	       ends, (unsigned long long)longest);
	return 0;
}
