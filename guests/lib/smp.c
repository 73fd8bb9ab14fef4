// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* More than one CPU. */
#include "internal.h"

/* How long a CPU may take from PSCI CPU_ON to its first line of C */
#define START_US 10000000

/* Not a number but an address: the linker script's symbol, from the Makefile */
extern char guest_cpus_max[];

static unsigned int nr_cpus = 1;

static struct guest_cpu *cpu_of(uint64_t mpidr)
{
	unsigned int limit = (uintptr_t)guest_cpus_max;

	for (unsigned int i = 0; i < nr_cpus; i++)
		if (guest_cpus[i].mpidr == mpidr)
			return &guest_cpus[i];
	if (nr_cpus == limit || nr_cpus == GUEST_MAX_CPUS)
		return NULL;
	guest_cpus[nr_cpus].mpidr = mpidr;
	guest_cpus[nr_cpus].index = nr_cpus;
	return &guest_cpus[nr_cpus];
}

int smp_start_cpu(uint64_t mpidr, void (*function)(void *arg), void *arg)
{
	struct guest_cpu *cpu = cpu_of(mpidr);
	uint64_t start, ticks = timer_us_to_ticks(START_US);
	int32_t ret;

	if (!cpu)
		return PSCI_DENIED; /* no stack left for it */
	if (__atomic_load_n(&cpu->online, __ATOMIC_ACQUIRE))
		return PSCI_ALREADY_ON;
	cpu->function = function;
	cpu->arg = arg;
	dsb(ish);
	ret = psci(PSCI_CPU_ON, mpidr, (uintptr_t)guest_secondary_entry, cpu->index);
	if (ret != PSCI_SUCCESS)
		return ret;
	if (cpu->index == nr_cpus)
		nr_cpus++;

	start = timer_now();
	while (!__atomic_load_n(&cpu->online, __ATOMIC_ACQUIRE)) {
		if (timer_now() - start > ticks)
			return PSCI_INTERNAL_FAILURE;
		cpu_relax();
	}
	return (int)cpu->index;
}

void guest_secondary_start(uint64_t index)
{
	struct guest_cpu *cpu = &guest_cpus[index];

	cpu_init((uint32_t)index);
	gic_init_cpu();
	__atomic_store_n(&cpu->online, 1, __ATOMIC_RELEASE);
	irq_on();
	cpu->function(cpu->arg);
	psci_cpu_off();
}
