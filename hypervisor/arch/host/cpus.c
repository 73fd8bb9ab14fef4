// SPDX-License-Identifier: GPL-2.0-only
/*
 * CPUs as coroutines. Each has a stack of its own, and a place on it to begin
 * again when it forgets its call stack: into the waiting loop, or into a guest.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

#include <host.h>

#if defined(__SANITIZE_ADDRESS__)
#define HOST_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HOST_ASAN 1
#endif
#endif

#ifdef HOST_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

#define STACK_BYTES (256 * 1024)
/* No sequence of requests makes the CPUs busy for longer */
#define MAX_STEPS 1000000

enum mode { MODE_PARK, MODE_GUEST, MODE_OFF };

struct coroutine {
	ucontext_t context;
	jmp_buf base;
	void *stack;
	enum mode mode;
	enum host_stop stop;
	host_job job;
	void *arg;
	bool kick;
	bool event;
	u32 locks;
};

static struct coroutine coroutine[CL_MAX_CPUS];
static struct coroutine *current;
static ucontext_t scheduler;
#ifdef HOST_ASAN
static const void *scheduler_stack;
static size_t scheduler_stack_size;
#endif

void host_panic(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("machine: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
	abort();
}

u32 host_this_cpu(void)
{
	return current ? (u32)(current - coroutine) : host.selected;
}

struct cpu *this_cpu(void)
{
	return &cpus[host_this_cpu()];
}

/* Switches; the sanitizer must know which stack is in use */
static void switch_to(ucontext_t *from, ucontext_t *to, const void *stack, size_t size)
{
#ifdef HOST_ASAN
	void *fake;

	__sanitizer_start_switch_fiber(&fake, stack, size);
	swapcontext(from, to);
	__sanitizer_finish_switch_fiber(fake, NULL, NULL);
#else
	(void)stack;
	(void)size;
	swapcontext(from, to);
#endif
}

static void stop(enum host_stop why)
{
	struct coroutine *me = current;

	me->stop = why;
#ifdef HOST_ASAN
	switch_to(&me->context, &scheduler, scheduler_stack, scheduler_stack_size);
#else
	switch_to(&me->context, &scheduler, NULL, 0);
#endif
	current = me;
}

void host_point(void)
{
	if (host.stepping && current)
		stop(HOST_AT_POINT);
}

void arch_relax(void)
{
	if (host.patience) {
		host.patience--;
		return;
	}
	/* Without steps nobody else can have the lock: it is never given back */
	if (!host.stepping || !current)
		host_panic("CPU %u waits for a lock for ever", host_this_cpu());
	stop(HOST_SPINS);
}

void host_lock_taken(void *lock)
{
	(void)lock;
	coroutine[host_this_cpu()].locks++;
}

void host_lock_released(void *lock)
{
	(void)lock;
	if (!coroutine[host_this_cpu()].locks--)
		host_panic("CPU %u gives a lock back that it does not have", host_this_cpu());
}

/* What must be so whenever a CPU waits or leaves the generic code */
void host_check_idle(const char *where)
{
	u32 cpu = host_this_cpu();

	if (coroutine[cpu].locks)
		host_panic("%s: CPU %u holds a lock", where, cpu);
	if (host_windows_open(cpu))
		host_panic("%s: CPU %u has a window open", where, cpu);
}

static void guest_loop(void)
{
	for (;;) {
		host_check_idle("guest");
		if (current->kick) {
			current->kick = false;
			cpu_serve_requests();
		} else if (current->job) {
			host_job job = current->job;

			current->job = NULL;
			job(current->arg);
		} else {
			stop(HOST_IN_GUEST);
		}
	}
}

static void run_cpu(void)
{
#ifdef HOST_ASAN
	__sanitizer_finish_switch_fiber(NULL, &scheduler_stack, &scheduler_stack_size);
#endif
	/* arch_park() and the others come back here, with the mode set */
	(void)_setjmp(current->base);
	switch (current->mode) {
	case MODE_PARK:
		cpu_park_loop();
	case MODE_GUEST:
		guest_loop();
		break;
	case MODE_OFF:
		break;
	}
	for (;;)
		stop(HOST_IS_OFF);
}

static void begin_again(enum mode mode) __noreturn;
static void begin_again(enum mode mode)
{
	if (!current)
		host_panic("a function that does not return, outside of all CPUs");
	host_check_idle("begin again");
	current->mode = mode;
	_longjmp(current->base, 1);
}

void arch_park(void)
{
	begin_again(MODE_PARK);
}

void arch_guest_start(struct cpu *cpu)
{
	if (cpu != this_cpu())
		host_panic("CPU %u is started on CPU %u", cpu->id, host_this_cpu());
	host_note(HOST_GUEST_START, cpu->entry, cpu->args[0], cpu->cell->id);
	if (cpu->arch.counted_for != cpu->owners)
		memset(&cpu->arch, 0, sizeof(cpu->arch));
	cpu->arch.counted_for = cpu->owners;
	current->job = host.on_start;
	current->arg = NULL;
	begin_again(MODE_GUEST);
}

void arch_cpu_power_off(void)
{
	__atomic_store_n(&this_cpu()->state, CPU_LOST, __ATOMIC_SEQ_CST);
	host_note(HOST_POWER_OFF, 0, 0, 0);
	begin_again(MODE_OFF);
}

void arch_wait(void)
{
	host_check_idle("wait");
	if (!current)
		host_panic("wait outside of all CPUs");
	/* An interrupt that is masked at EL2 does not end WFE: only an event does */
	if (!current->event)
		stop(HOST_WAITS);
	current->event = false;
}

void arch_signal(void)
{
	for (u32 i = 0; i < CL_MAX_CPUS; i++)
		coroutine[i].event = true;
	host_note(HOST_SIGNAL, 0, 0, 0);
}

void arch_kick(struct cpu *cpu)
{
	if (cpu == this_cpu())
		host_panic("CPU %u kicks itself", cpu->id);
	coroutine[cpu->id].kick = true;
	host_note(HOST_KICK, cpu->id, 0, 0);
}

void arch_kick_again(struct cpu *cpu)
{
	if (cpu == this_cpu())
		host_panic("CPU %u kicks itself", cpu->id);
	host_note(HOST_KICK_AGAIN, cpu->id, 0, 0);
}

/* Nothing is kept: there are no virtual devices */
void arch_sync(void)
{
}

void arch_cpu_quiesce(void)
{
	host_note(HOST_QUIESCE, 0, 0, 0);
}

void host_cpu_boot(u32 cpu)
{
	struct coroutine *c = &coroutine[cpu];

	if (!c->stack) {
		c->stack = malloc(STACK_BYTES);
		if (!c->stack)
			host_panic("no stack");
	}
#ifdef HOST_ASAN
	/* What an abandoned coroutine left there */
	__asan_unpoison_memory_region(c->stack, STACK_BYTES);
#endif
	getcontext(&c->context);
	c->context.uc_stack.ss_sp = c->stack;
	c->context.uc_stack.ss_size = STACK_BYTES;
	c->context.uc_link = NULL;
	makecontext(&c->context, run_cpu, 0);
	c->mode = MODE_GUEST;
	c->stop = HOST_IN_GUEST;
}

void host_cpus_reset(void)
{
	current = NULL;
	for (u32 i = 0; i < CL_MAX_CPUS; i++) {
		void *stack = coroutine[i].stack;

		memset(&coroutine[i], 0, sizeof(coroutine[i]));
		coroutine[i].stack = stack;
		coroutine[i].stop = HOST_IS_OFF;
	}
}

bool host_can_step(u32 cpu)
{
	const struct coroutine *c = &coroutine[cpu];

	switch (c->stop) {
	case HOST_AT_POINT:
	case HOST_SPINS:
		return true;
	case HOST_WAITS:
		return c->event;
	case HOST_IN_GUEST:
		return c->job || c->kick;
	case HOST_IS_OFF:
		break;
	}
	return false;
}

enum host_stop host_stopped(u32 cpu)
{
	return coroutine[cpu].stop;
}

enum host_stop host_step(u32 cpu)
{
	struct coroutine *c = &coroutine[cpu];

	if (current)
		host_panic("a CPU cannot step a CPU");
	current = c;
	switch_to(&scheduler, &c->context, c->stack, STACK_BYTES);
	current = NULL;
	return c->stop;
}

void host_post(u32 cpu, host_job job, void *arg)
{
	if (coroutine[cpu].stop != HOST_IN_GUEST || coroutine[cpu].job)
		host_panic("CPU %u has no guest that could do something", cpu);
	coroutine[cpu].job = job;
	coroutine[cpu].arg = arg;
}

enum host_stop host_run(u32 cpu, host_job job, void *arg)
{
	u32 steps = 0;

	host_post(cpu, job, arg);
	do {
		if (++steps > MAX_STEPS)
			host_panic("CPU %u does not come to an end", cpu);
		host_step(cpu);
	} while (coroutine[cpu].stop == HOST_AT_POINT || coroutine[cpu].stop == HOST_SPINS);
	return coroutine[cpu].stop;
}

void host_settle(void)
{
	bool any;
	u32 steps = 0;

	do {
		any = false;
		for (u32 i = 0; i < nr_cpus; i++) {
			while (host_can_step(i)) {
				if (++steps > MAX_STEPS)
					host_panic("the CPUs do not come to rest");
				any = true;
				/* Who spins must not keep others out */
				if (host_step(i) == HOST_SPINS)
					break;
			}
		}
	} while (any);
}
