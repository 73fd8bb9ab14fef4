// SPDX-License-Identifier: GPL-2.0-only
/*
 * Does every CPU of this Linux work? On each one this runs a while, sleeps by
 * a timer, and is woken by another CPU, and the interrupt counters of that very
 * CPU must have moved.
 *
 *	cpus COUNT	how many CPUs there must be
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MAX_CPUS 64
#define ROUNDS 20
#define WORK 2000000

struct counters {
	uint64_t timer[MAX_CPUS];
	uint64_t ipi[MAX_CPUS];
};

static int fail(const char *what, int cpu)
{
	fprintf(stderr, "cpus: CPU %d: %s\n", cpu, what);
	exit(1);
}

static int pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		return -1;
	return sched_getcpu() == cpu ? 0 : -1;
}

/* The columns of a line of /proc/interrupts are the online CPUs, in order */
static void add_line(uint64_t *sums, const char *text, const int *columns, int count)
{
	for (int i = 0; i < count; i++) {
		char *end;
		uint64_t value = strtoull(text, &end, 10);

		if (end == text)
			return;
		sums[columns[i]] += value;
		text = end;
	}
}

static void read_counters(struct counters *counters)
{
	int columns[MAX_CPUS], count = 0;
	char line[4096];
	FILE *f = fopen("/proc/interrupts", "r");

	memset(counters, 0, sizeof(*counters));
	if (!f || !fgets(line, sizeof(line), f))
		fail("/proc/interrupts cannot be read", -1);
	for (char *p = line; (p = strstr(p, "CPU")) && count < MAX_CPUS; p += 3)
		columns[count++] = atoi(p + 3);
	while (fgets(line, sizeof(line), f)) {
		const char *numbers = strchr(line, ':');
		const char *name = line + strspn(line, " ");

		if (!numbers)
			continue;
		if (strstr(line, "arch_timer"))
			add_line(counters->timer, numbers + 1, columns, count);
		else if (!strncmp(name, "IPI", 3) && isdigit((unsigned char)name[3]))
			add_line(counters->ipi, numbers + 1, columns, count);
	}
	fclose(f);
}

static void sleep_ms(long ms)
{
	struct timespec ts = { .tv_nsec = ms * 1000000 };

	nanosleep(&ts, NULL);
}

/* The child on @cpu is woken by the parent on @other, and answers. */
static void ping(int cpu, int other)
{
	int to[2], from[2], status;
	char c = 'x';
	pid_t pid;

	if (pipe(to) || pipe(from))
		fail("no pipe", cpu);
	pid = fork();
	if (!pid) {
		if (pin(cpu))
			fail("a process cannot run there", cpu);
		for (int i = 0; i < ROUNDS; i++) {
			if (read(to[0], &c, 1) != 1 || write(from[1], &c, 1) != 1)
				fail("the pipe broke", cpu);
		}
		_exit(0);
	}
	if (pid < 0 || pin(other))
		fail("a process cannot run there", other);
	for (int i = 0; i < ROUNDS; i++) {
		sleep_ms(1); /* the other end is asleep, and its CPU too */
		if (write(to[1], &c, 1) != 1 || read(from[0], &c, 1) != 1)
			fail("no answer", cpu);
	}
	if (waitpid(pid, &status, 0) != pid || status)
		fail("the process there failed", cpu);
	close(to[0]);
	close(to[1]);
	close(from[0]);
	close(from[1]);
}

static void work(int cpu)
{
	volatile uint64_t sum = 0;

	if (pin(cpu))
		fail("a process cannot run there", cpu);
	for (int i = 0; i < WORK; i++)
		sum += i;
	for (int i = 0; i < 5; i++)
		sleep_ms(5);
	if (sched_getcpu() != cpu)
		fail("the process left it", cpu);
}

int main(int argc, char **argv)
{
	struct counters before, after;
	cpu_set_t online;
	int last = -1, count = 0;

	if (argc != 2)
		fail("usage: cpus COUNT", -1);
	/* What this may run on are all that are online */
	if (sched_getaffinity(0, sizeof(online), &online))
		fail("no affinity", -1);
	count = CPU_COUNT(&online);
	if (count != atoi(argv[1]) || count != sysconf(_SC_NPROCESSORS_ONLN)) {
		fprintf(stderr, "cpus: %d CPUs, %ld online, expected %s\n", count,
			sysconf(_SC_NPROCESSORS_ONLN), argv[1]);
		return 1;
	}
	for (int cpu = 0; cpu < MAX_CPUS; cpu++) {
		if (CPU_ISSET(cpu, &online))
			last = cpu;
	}
	for (int cpu = 0; cpu < MAX_CPUS; cpu++) {
		if (!CPU_ISSET(cpu, &online))
			continue;
		read_counters(&before);
		work(cpu);
		if (count > 1)
			ping(cpu, last);
		read_counters(&after);
		printf("CPU %d: %llu timer interrupts, %llu IPIs\n", cpu,
		       (unsigned long long)(after.timer[cpu] - before.timer[cpu]),
		       (unsigned long long)(after.ipi[cpu] - before.ipi[cpu]));
		if (after.timer[cpu] == before.timer[cpu])
			fail("no timer interrupt arrived", cpu);
		if (count > 1 && after.ipi[cpu] == before.ipi[cpu])
			fail("no inter-processor interrupt arrived", cpu);
		last = cpu;
	}
	return 0;
}
