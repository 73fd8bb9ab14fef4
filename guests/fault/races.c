// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * PSCI by several CPUs at once. All of them turn the others on, while these turn
 * themselves off: each life of a CPU has exactly one call that began it. At the
 * end all reset the system together.
 */
#include "fault.h"

#define ROUNDS 300
#define RESET_MAGIC 0xacede7e5e7acedull

/* In the library; x0 is the index of the CPU */
void guest_secondary_entry(void);

static struct {
	uint64_t begun;
	uint64_t lives;
} cpu_lives[GUEST_MAX_CPUS];

static unsigned int nr_cpus = 1;
static uint64_t rounds;
static bool racing, quiet, over, at_once;

static struct {
	uint64_t magic;
	uint64_t resets;
} memory __attribute__((section(".noinit")));

static void turn_on(unsigned int index)
{
	int32_t ret =
		psci(PSCI_CPU_ON, guest_cpus[index].mpidr, (uintptr_t)guest_secondary_entry, index);

	switch (ret) {
	case PSCI_SUCCESS:
		__atomic_fetch_add(&cpu_lives[index].begun, 1, __ATOMIC_SEQ_CST);
		break;
	case PSCI_ALREADY_ON:
	case PSCI_ON_PENDING:
		break;
	default:
		printf("fault: CPU_ON of CPU %u: %d, NOT expected\n", index, ret);
	}
}

static void reset_together(void)
{
	while (!__atomic_load_n(&at_once, __ATOMIC_ACQUIRE))
		cpu_relax();
	printf("fault: SYSTEM_RESET returned %d, NOT expected\n", psci(PSCI_SYSTEM_RESET, 0, 0, 0));
}

/* Returning from it is CPU_OFF. */
static void life(void *arg)
{
	unsigned int self = this_cpu()->index;
	uint64_t n = __atomic_add_fetch(&cpu_lives[self].lives, 1, __ATOMIC_SEQ_CST);

	while (!__atomic_load_n(&racing, __ATOMIC_ACQUIRE))
		cpu_relax();
	if (__atomic_load_n(&over, __ATOMIC_ACQUIRE))
		reset_together();
	for (unsigned int i = 1; i < nr_cpus; i++) {
		if (i != self && (n + i) % 3 && !__atomic_load_n(&quiet, __ATOMIC_ACQUIRE))
			turn_on(i);
	}
}

static bool find_cpu(uint64_t mpidr, void *context)
{
	if (mpidr == this_cpu()->mpidr || psci(PSCI_AFFINITY_INFO, mpidr, 0, 0) < 0)
		return true;
	cpu_lives[nr_cpus].begun = 1;
	if (smp_start_cpu(mpidr, life, NULL) == (int)nr_cpus)
		nr_cpus++;
	return true;
}

static void wait_off(void)
{
	for (unsigned int i = 1; i < nr_cpus; i++) {
		while (psci(PSCI_AFFINITY_INFO, guest_cpus[i].mpidr, 0, 0) != PSCI_IS_OFF)
			cpu_relax();
	}
}

static void compare(void)
{
	for (unsigned int i = 1; i < nr_cpus; i++) {
		if (cpu_lives[i].begun != cpu_lives[i].lives || cpu_lives[i].lives < ROUNDS)
			printf("fault: CPU %u: %lu lives, begun %lu times, NOT expected\n", i,
			       cpu_lives[i].lives, cpu_lives[i].begun);
	}
	printf("fault: %u CPUs raced %lu rounds\n", nr_cpus, rounds);
}

static bool all_had_enough(void)
{
	for (unsigned int i = 1; i < nr_cpus; i++) {
		if (__atomic_load_n(&cpu_lives[i].lives, __ATOMIC_RELAXED) < ROUNDS)
			return false;
	}
	return true;
}

void mode_psci_races(const uint64_t args[3])
{
	if (memory.magic == RESET_MAGIC) {
		memory.magic = 0;
		printf("fault: started again after %lu SYSTEM_RESETs\n", ++memory.resets);
		return;
	}
	memory.resets = 0;
	gic_for_each_cpu(find_cpu, NULL);
	__atomic_store_n(&racing, true, __ATOMIC_RELEASE);
	for (; !all_had_enough(); rounds++) {
		for (unsigned int i = 1; i < nr_cpus; i++)
			turn_on(i);
		cpu_relax();
	}
	/* Who began before this may turn on another once more, but these nobody. */
	__atomic_store_n(&quiet, true, __ATOMIC_SEQ_CST);
	wait_off();
	wait_off();
	compare();
	memory.magic = RESET_MAGIC;
	__atomic_store_n(&over, true, __ATOMIC_RELEASE);
	for (unsigned int i = 1; i < nr_cpus; i++)
		turn_on(i);
	printf("fault: SYSTEM_RESET of all\n");
	__atomic_store_n(&at_once, true, __ATOMIC_RELEASE);
	reset_together();
}
