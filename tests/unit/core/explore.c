// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>

#include "explore.h"

#define MAX_DEPTH 20000

/* One order: at each step, which of the CPUs that could go on did */
static struct {
	u8 choice[MAX_DEPTH];
	u8 options[MAX_DEPTH];
	u32 prefix;
	u32 depth;
} order;

/*
 * A parked CPU without requests that is woken by others' events looks and waits
 * again: when it does makes no difference, and as many orders more.
 */
static bool matters(u32 cpu)
{
	return host_can_step(cpu) &&
	       (host_stopped(cpu) != HOST_WAITS || cpus[cpu].request || cpus[cpu].state != CPU_OFF);
}

/* Who may go on: first the one that did last, unless it stopped by itself */
static u32 candidates(u32 *cpu, u32 last, bool *stopped, bool may_interrupt)
{
	u32 n = 0;

	*stopped = last >= nr_cpus || !matters(last) || host_stopped(last) == HOST_SPINS;
	if (!*stopped)
		cpu[n++] = last;
	for (u32 i = 0; (*stopped || may_interrupt) && i < nr_cpus; i++) {
		if (i != last && matters(i))
			cpu[n++] = i;
	}
	/* Alone, who spins does so in vain */
	if (!n && last < nr_cpus && matters(last))
		fail_msg("CPU %u spins, and nobody else can go on", last);
	return n;
}

static void run_order(u32 interruptions)
{
	u32 cpu[CL_MAX_CPUS];
	u32 last = CL_MAX_CPUS;
	bool stopped;

	order.depth = 0;
	for (;;) {
		u32 n = candidates(cpu, last, &stopped, interruptions > 0);
		u32 c = 0;

		if (!n)
			return;
		assert_true(order.depth < MAX_DEPTH);
		if (order.depth < order.prefix)
			c = order.choice[order.depth];
		assert_true(c < n);
		order.choice[order.depth] = (u8)c;
		order.options[order.depth++] = (u8)n;
		if (c && !stopped)
			interruptions--;
		last = cpu[c];
		host_step(last);
	}
}

/* The next order, by the last place where another choice is left */
static bool next_order(void)
{
	for (u32 i = order.depth; i--;) {
		if (order.choice[i] + 1 < order.options[i]) {
			order.choice[i]++;
			order.prefix = i + 1;
			return true;
		}
	}
	return false;
}

u32 explore(const struct race *race)
{
	const char *more = getenv("INTERRUPTIONS");
	u32 interruptions = race->interruptions;
	u32 limit = race->limit;
	u32 runs = 0;

	if (more) {
		interruptions = (u32)atoi(more);
		limit *= 20;
	}
	order.prefix = 0;
	do {
		race->setup();
		host.stepping = true;
		run_order(interruptions);
		host.stepping = false;
		race->check();
		runs++;
	} while (next_order() && (!limit || runs < limit));
	return runs;
}
