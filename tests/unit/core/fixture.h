/* SPDX-License-Identifier: GPL-2.0-only */
/* What the tests of the generic code have in common. */
#ifndef TEST_CORE_FIXTURE_H
#define TEST_CORE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <config/range.h>
#include <host.h>
#include <hypercall.h>
#include <lib.h>
#include <system.h>

#include "blob.h"

/* Where root keeps the blobs that it hands over */
#define BLOB_PA (LINUX_RAM + 1 * MiB)
/* What a machine has unless a test says otherwise */
#define POOL_PAGES 256
/* The CPU that cells are managed from; 1 stays root's, too */
#define ROOT_CPU 0

/**
 * struct answer - what a hypercall left in x0..x3
 * @ret: x0
 * @rule: enum cl_rule of an error, else what x1 holds
 * @value: x2 and x3
 */
struct answer {
	s64 ret;
	u64 rule;
	u64 value[2];
};

/* A machine that runs root, with CPUs 2 and above turned off */
int machine_setup(void **state);
int machine_teardown(void **state);
void machine_start(u64 pool_pages);
void machine_start_with(const struct test_config *c, u64 pool_pages);

#define TEST(name) cmocka_unit_test_setup_teardown(name, machine_setup, machine_teardown)

struct answer call_from(u32 cpu, u64 fn, u64 x1, u64 x2, u64 x3, u64 x4, u64 x5, u64 x6);
#define CALL(fn, ...) CALL_(fn, ##__VA_ARGS__, 0, 0, 0, 0, 0, 0)
#define CALL_(fn, x1, x2, x3, x4, x5, x6, ...) call_from(ROOT_CPU, fn, x1, x2, x3, x4, x5, x6)

/* One request of root each */
struct answer create(const struct test_config *c);
struct answer create_default(u32 n);
struct answer start(u64 id);
struct answer shutdown_ask(u64 id);
struct answer destroy_once(u64 id, bool force);

/* Until it is done: lets the other CPUs go on in between */
struct answer shutdown_force(u64 id);
struct answer destroy(u64 id);

/* Creates, loads and starts default cell @n; returns its ID */
u64 run_cell(u32 n);
struct cl_comm_region *comm_of(u64 id);
struct cl_cell_info info_of(u64 id);

/* CPU_ON from another CPU: what cpu_turn_on() returned */
int turn_on(u32 from, u32 target, u64 entry, u64 arg);
void turn_off(u32 cpu);

/* Jobs of guests */
void job_nothing(void *arg);
void job_turn_off(void *arg); /* PSCI CPU_OFF */
void job_end_self(void *arg); /* PSCI SYSTEM_OFF */
void job_fail_self(void *arg); /* with FAIL_* */
void job_reset_self(void *arg); /* PSCI SYSTEM_RESET */

#define FAIL_ESR 0x93000046
#define FAIL_PC 0x1234
#define FAIL_ADDRESS 0xdead000

/* Makes a cell loadable; returns its ID */
u64 load(u64 id);

void assert_cpu_off(u32 cpu);
const struct host_event *last_event(enum host_event_kind kind);

#define assert_refused(got, code, name)                    \
	do {                                               \
		struct answer a_ = (got);                  \
		assert_int_equal(a_.rule, CL_RULE_##name); \
		assert_int_equal(a_.ret, -(s64)(code));    \
	} while (0)

#define assert_done(answer) assert_int_equal((answer).ret, 0)

#endif
