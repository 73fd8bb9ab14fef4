// SPDX-License-Identifier: GPL-2.0-only
#include "fixture.h"

static struct blob blob;

void job_turn_off(void *arg)
{
	(void)arg;
	cpu_turn_off();
}

void turn_off(u32 cpu)
{
	assert_int_equal(host_run(cpu, job_turn_off, NULL), HOST_WAITS);
}

void machine_start_with(const struct test_config *c, u64 pool_pages)
{
	struct error err = { 0 };

	host_reset();
	blob_build(&blob, c);
	assert_int_equal(host_boot(blob.bytes, blob.size, pool_pages, &err), 0);
	for (u32 i = 2; i < SYSTEM_CPUS; i++)
		turn_off(i);
	host_settle();
	host_forget();
}

void machine_start(u64 pool_pages)
{
	struct test_config c;

	system_config(&c);
	machine_start_with(&c, pool_pages);
}

int machine_setup(void **state)
{
	(void)state;
	machine_start(POOL_PAGES);
	return 0;
}

int machine_teardown(void **state)
{
	(void)state;
	for (u32 i = 0; i < SYSTEM_CPUS; i++)
		assert_int_equal(host_windows_open(i), 0);
	return 0;
}

static void job_hypercall(void *arg)
{
	hypercall(arg);
}

struct answer call_from(u32 cpu, u64 fn, u64 x1, u64 x2, u64 x3, u64 x4, u64 x5, u64 x6)
{
	u64 x[7] = { fn, x1, x2, x3, x4, x5, x6 };

	assert_int_equal(host_run(cpu, job_hypercall, x), HOST_IN_GUEST);
	return (struct answer){ (s64)x[0], x[1], { x[2], x[3] } };
}

struct answer create(const struct test_config *c)
{
	blob_build(&blob, c);
	memcpy(host_ram(BLOB_PA), blob.bytes, blob.size);
	return CALL(CL_HC_CELL_CREATE, BLOB_PA, blob.size);
}

struct answer create_default(u32 n)
{
	struct test_config c;

	cell_config(&c, n);
	return create(&c);
}

struct answer start(u64 id)
{
	return CALL(CL_HC_CELL_START, id);
}

struct answer shutdown_ask(u64 id)
{
	return CALL(CL_HC_CELL_SHUTDOWN, id, CL_SHUTDOWN_ASK);
}

struct answer destroy_once(u64 id, bool force)
{
	return CALL(CL_HC_CELL_DESTROY, id, force ? CL_SHUTDOWN_FORCE : CL_SHUTDOWN_ASK);
}

/* More often than any number of CPUs can make necessary */
#define MAX_POLLS 16

static struct answer until_done(u64 fn, u64 id, u64 how)
{
	struct answer a = { -CL_EINPROGRESS, 0, { 0, 0 } };

	for (u32 i = 0; i < MAX_POLLS && a.ret == -CL_EINPROGRESS; i++) {
		a = CALL(fn, id, how);
		host_settle();
	}
	return a;
}

struct answer shutdown_force(u64 id)
{
	return until_done(CL_HC_CELL_SHUTDOWN, id, CL_SHUTDOWN_FORCE);
}

struct answer destroy(u64 id)
{
	return until_done(CL_HC_CELL_DESTROY, id, CL_SHUTDOWN_ASK);
}

u64 run_cell(u32 n)
{
	struct answer a = create_default(n);
	u64 id = (u64)a.ret;

	assert_true(a.ret > 0);
	assert_done(CALL(CL_HC_CELL_SET_LOADABLE, id));
	assert_done(start(id));
	host_settle();
	assert_int_equal(host_stopped((u32)cells[id]->config.cpus[0]), HOST_IN_GUEST);
	return id;
}

struct cl_comm_region *comm_of(u64 id)
{
	return cells[id]->comm;
}

struct cl_cell_info info_of(u64 id)
{
	u64 pa = LINUX_RAM + 2 * MiB;
	struct answer a = CALL(CL_HC_READ, CL_READ_CELL, id, 0, pa, sizeof(struct cl_cell_info));

	assert_int_equal(a.ret, sizeof(struct cl_cell_info));
	return *(struct cl_cell_info *)host_ram(pa);
}

struct on_request {
	u32 target;
	u64 entry;
	u64 arg;
	int ret;
};

static void job_turn_on(void *arg)
{
	struct on_request *r = arg;

	r->ret = cpu_turn_on(this_cpu()->cell, cpus[r->target].mpidr, r->entry, r->arg);
}

int turn_on(u32 from, u32 target, u64 entry, u64 arg)
{
	struct on_request r = { target, entry, arg, 1 };

	assert_int_equal(host_run(from, job_turn_on, &r), HOST_IN_GUEST);
	return r.ret;
}

void job_nothing(void *arg)
{
	(void)arg;
}

void job_end_self(void *arg)
{
	(void)arg;
	cell_end_self();
}

void job_fail_self(void *arg)
{
	(void)arg;
	cell_fail_self(CL_FAIL_VIOLATION, FAIL_ESR, FAIL_PC, FAIL_ADDRESS);
}

void job_reset_self(void *arg)
{
	(void)arg;
	cell_reset_self();
}

u64 load(u64 id)
{
	struct answer a = CALL(CL_HC_CELL_SET_LOADABLE, id);

	assert_done(a);
	return id;
}

void assert_cpu_off(u32 cpu)
{
	assert_int_equal(host_stopped(cpu), HOST_WAITS);
	assert_true(cpu_is_parked(&cpus[cpu]));
}

const struct host_event *last_event(enum host_event_kind kind)
{
	for (u32 i = host.nr_log; i--;) {
		if (host.log[i].kind == kind)
			return &host.log[i];
	}
	fail_msg("no event of kind %d", kind);
	return NULL;
}
