// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Memory without a fixed place: looks at a region that is there from the start,
 * then lets one that is not grow until there is no more.
 *
 *	x0	IPA of a populated region (CL_MEM_ALLOC), x1 its size
 *	x2	IPA of a lazy one (CL_MEM_ALLOC | CL_MEM_LAZY), x3 its size
 *
 * All CPUs touch the lazy pages at the same time: each page must be one and the
 * same memory for all of them, and zero before.
 */
#include "lib/guest.h"

#define PAGE 4096ul
#define LINE 64ul
/* Pages that all CPUs touch; one waits for the other at each */
#define RACES 500u

static uint64_t lazy, lazy_size;
static unsigned int nr_cpus = 1;
static uint64_t arrived[RACES], failed;

/* Is all of it zero? Leaves something else behind. */
static bool is_fresh(uint64_t address, uint64_t size)
{
	for (uint64_t at = address; at < address + size; at += LINE) {
		volatile uint64_t *word = (uint64_t *)at;

		for (unsigned int i = 0; i < LINE / sizeof(*word); i++)
			if (word[i])
				return false;
		word[1] = at;
	}
	return true;
}

static bool holds_pattern(uint64_t address, uint64_t size)
{
	for (uint64_t at = address; at < address + size; at += LINE)
		if (((volatile uint64_t *)at)[1] != at)
			return false;
	return true;
}

/* Every other page: what lies between stays away */
static uint64_t race_page(unsigned int i)
{
	return lazy + 2 * i * PAGE;
}

static void race(void *unused)
{
	for (unsigned int i = 0; i < RACES; i++) {
		__atomic_fetch_add(&arrived[i], 1, __ATOMIC_SEQ_CST);
		while (__atomic_load_n(&arrived[i], __ATOMIC_SEQ_CST) < nr_cpus)
			cpu_relax();
		/* The first access to the page, by all of them at once */
		__atomic_fetch_add((uint64_t *)race_page(i), 1, __ATOMIC_SEQ_CST);
		__atomic_fetch_add(&arrived[i], 1, __ATOMIC_SEQ_CST);
		while (__atomic_load_n(&arrived[i], __ATOMIC_SEQ_CST) < 2 * nr_cpus)
			cpu_relax();
		if (*(volatile uint64_t *)race_page(i) != nr_cpus)
			__atomic_fetch_add(&failed, 1, __ATOMIC_SEQ_CST);
	}
}

static void start_all(void)
{
	uint64_t mpidr = read_sysreg(mpidr_el1) & MPIDR_AFFINITY;

	/* The config gives neighbours to one cell */
	for (unsigned int i = 1; i < 4; i++)
		if (psci(PSCI_AFFINITY_INFO, mpidr + i, 0, 0) >= 0)
			nr_cpus++;
	for (unsigned int i = 1; i < nr_cpus; i++)
		if (smp_start_cpu(mpidr + i, race, NULL) < 0)
			guest_fail("a CPU does not start");
}

static void grow(void)
{
	struct guest_fault fault = { 0 };
	uint64_t got = 0, value;

	while (got < lazy_size && try_read(lazy + got, 8, &value, &fault) &&
	       try_write(lazy + got + 8, 8, lazy + got, &fault))
		got += PAGE;
	printf("grow: %lu KiB of %lu KiB were to be had", got / 1024, lazy_size / 1024);
	if (got < lazy_size)
		printf(", then %s (ESR 0x%lx, FAR 0x%lx)", exception_name(fault.esr), fault.esr,
		       fault.far);
	printf("\n");
	for (uint64_t at = 0; at < got; at += PAGE)
		if (((volatile uint64_t *)(lazy + at))[1] != lazy + at)
			guest_fail("lazy memory has lost what was written");
}

void guest_main(const uint64_t args[4])
{
	lazy = args[2];
	lazy_size = args[3];
	if (mmu_map(args[0], args[1], GUEST_NORMAL) || mmu_map(lazy, lazy_size, GUEST_NORMAL))
		guest_fail("no table left");

	printf("grow: %lu KiB are there, %s\n", args[1] / 1024,
	       is_fresh(args[0], args[1]) ? "all zero" : "but not zero");
	start_all();
	race(NULL);
	printf("grow: %u CPUs met on %u pages, %lu of them failed\n", nr_cpus, RACES, failed);
	for (unsigned int i = 0; i < RACES; i++)
		*(uint64_t *)race_page(i) = 0;
	grow();
	printf("grow: %s\n", holds_pattern(args[0], args[1]) ? "done" : "memory changed");
	while (comm_poll() != CL_MSG_SHUTDOWN_REQUEST)
		timer_sleep_us(10000);
	guest_shutdown();
}
