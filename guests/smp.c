// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Starts all CPUs of the cell, passes an SGI round in a ring, switches each
 * secondary off and on again, and passes the SGI round once more. At the end all
 * secondaries send the boot CPU more SGIs at once than it has list registers for.
 *
 *	x0	round trips in one go, 0: 1000
 *	x1	how often off, on and the second round are repeated, 0: once;
 *		until a shutdown request at the latest
 */
#include "lib/guest.h"

#define SGI_RING 1
#define SGI_STOP 2
#define SGI_SEND 3 /* asks for one of each of the following */
#define SGI_FIRST 4
#define SGI_LAST 15

#define DEFAULT_ROUNDS 1000
#define INCREMENTS 1000

/* What may pass without progress before the guest fails */
#define TIMEOUT_US 10000000
#define POLL_US 1000

static unsigned int nr_cpus = 1;
static uint32_t stop[GUEST_MAX_CPUS];

/* The ring: written by the handler of the boot CPU, which reads it masked */
static struct {
	uint64_t target, done;
	uint64_t start, last;
	uint64_t min, max;
} ring;

/* Each CPU's own; it passes the SGI on only after it has counted. */
static uint64_t passed[GUEST_MAX_CPUS];

static struct {
	spinlock_t lock;
	uint64_t value, expected;
} counter;

static void send_to_next(unsigned int index)
{
	sgi_send(guest_cpus[(index + 1) % nr_cpus].mpidr, SGI_RING);
}

static void on_ring(uint32_t intid)
{
	unsigned int index = this_cpu()->index;
	uint64_t now, took;

	passed[index]++;
	if (index == 0) {
		now = timer_now();
		took = now - ring.last;
		ring.last = now;
		if (!ring.done || took < ring.min)
			ring.min = took;
		if (took > ring.max)
			ring.max = took;
		if (++ring.done == ring.target)
			return;
	}
	send_to_next(index);
}

/* The SGI's work is to end WFI; the flag says the rest. */
static void on_stop(uint32_t intid)
{
}

/* Those that came, by INTID, and how many CPUs have sent them */
static uint64_t arrived[SGI_LAST + 1];
static unsigned int senders;

static void on_arrival(uint32_t intid)
{
	__atomic_fetch_add(&arrived[intid], 1, __ATOMIC_RELEASE);
}

static void on_send(uint32_t intid)
{
	for (uint32_t i = SGI_FIRST; i <= SGI_LAST; i++)
		sgi_send(guest_cpus[0].mpidr, i);
	__atomic_fetch_add(&senders, 1, __ATOMIC_RELEASE);
}

static void count(void)
{
	for (unsigned int i = 0; i < INCREMENTS; i++) {
		uint64_t flags = irq_save();

		spin_lock(&counter.lock);
		counter.value++;
		spin_unlock(&counter.lock);
		irq_restore(flags);
	}
}

static void secondary(void *arg)
{
	uint32_t *stopped = arg;

	irq_enable(SGI_RING, on_ring);
	irq_enable(SGI_STOP, on_stop);
	irq_enable(SGI_SEND, on_send);
	count();
	irq_off();
	while (!__atomic_load_n(stopped, __ATOMIC_ACQUIRE)) {
		wfi();
		irq_on();
		isb();
		irq_off();
	}
}

static bool start(uint64_t mpidr)
{
	int index = smp_start_cpu(mpidr, secondary, &stop[nr_cpus]);

	if (index == PSCI_INTERNAL_FAILURE)
		guest_fail("a CPU is on, but never ran the guest");
	if (index < 0) {
		printf("smp: CPU with MPIDR 0x%lx not started: %d\n", mpidr, index);
		return false;
	}
	counter.expected += INCREMENTS;
	printf("smp: CPU %d started, MPIDR 0x%lx\n", index, mpidr);
	nr_cpus++;
	return true;
}

/* The GIC's are all CPUs of the machine; PSCI knows the cell's. */
static bool start_if_mine(uint64_t mpidr, void *context)
{
	if (mpidr != this_cpu()->mpidr && psci(PSCI_AFFINITY_INFO, mpidr, 0, 0) == PSCI_IS_OFF)
		start(mpidr);
	return true;
}

/* A shutdown request waits for no more than the round trip under way. */
static uint64_t cut_short(void)
{
	uint64_t flags = irq_save();

	if (ring.done < ring.target)
		ring.target = ring.done + 1;
	irq_restore(flags);
	return ring.target;
}

/* Returns how many round trips there were. */
static uint64_t run_ring(uint64_t rounds)
{
	uint64_t before[GUEST_MAX_CPUS], done = 0, seen = 0, waited = 0, flags;

	for (unsigned int i = 0; i < nr_cpus; i++)
		before[i] = __atomic_load_n(&passed[i], __ATOMIC_RELAXED);

	flags = irq_save();
	ring.done = 0;
	ring.max = 0;
	ring.target = rounds;
	ring.start = timer_now();
	ring.last = ring.start;
	send_to_next(0);
	irq_restore(flags);

	while (done < rounds) {
		timer_sleep_us(POLL_US);
		if (comm_poll() == CL_MSG_SHUTDOWN_REQUEST)
			rounds = cut_short();
		done = __atomic_load_n(&ring.done, __ATOMIC_ACQUIRE);
		waited = done == seen ? waited + POLL_US : 0;
		seen = done;
		if (waited > TIMEOUT_US) {
			printf("smp: round trip %lu of %lu does not end\n", done + 1, rounds);
			guest_fail("an SGI was lost");
		}
	}
	for (unsigned int i = 0; i < nr_cpus; i++) {
		uint64_t n = __atomic_load_n(&passed[i], __ATOMIC_RELAXED) - before[i];

		if (n != rounds) {
			printf("smp: CPU %u saw %lu SGIs of %lu\n", i, n, rounds);
			guest_fail("an SGI came twice");
		}
	}
	printf("smp: %lu round trips of %u CPUs, min %lu avg %lu max %lu ns\n", rounds, nr_cpus,
	       timer_ticks_to_ns(ring.min), timer_ticks_to_ns(ring.last - ring.start) / rounds,
	       timer_ticks_to_ns(ring.max));
	return rounds;
}

static void stop_cpu(unsigned int index)
{
	uint64_t mpidr = guest_cpus[index].mpidr, waited = 0;

	__atomic_store_n(&stop[index], 1, __ATOMIC_RELEASE);
	sgi_send(mpidr, SGI_STOP);
	while (psci(PSCI_AFFINITY_INFO, mpidr, 0, 0) != PSCI_IS_OFF) {
		timer_sleep_us(POLL_US);
		waited += POLL_US;
		if (waited > TIMEOUT_US) {
			printf("smp: CPU %u does not go off\n", index);
			guest_fail("CPU_OFF");
		}
	}
	stop[index] = 0;
}

static void off_and_on(unsigned int index)
{
	uint64_t start, off, on;
	int ret;

	start = timer_now();
	stop_cpu(index);
	off = timer_now();
	ret = smp_start_cpu(guest_cpus[index].mpidr, secondary, &stop[index]);
	on = timer_now();
	if (ret != (int)index) {
		printf("smp: CPU %u not started again: %d\n", index, ret);
		guest_fail("CPU_ON");
	}
	counter.expected += INCREMENTS;
	printf("smp: CPU %u off after %lu us, on again after %lu us\n", index,
	       timer_ticks_to_ns(off - start) / 1000, timer_ticks_to_ns(on - off) / 1000);
}

static void check_counter(void)
{
	uint64_t waited = 0;

	while (__atomic_load_n(&counter.value, __ATOMIC_ACQUIRE) != counter.expected) {
		timer_sleep_us(POLL_US);
		waited += POLL_US;
		if (waited > TIMEOUT_US) {
			printf("smp: counted %lu instead of %lu\n", counter.value,
			       counter.expected);
			guest_fail("a lock does not exclude");
		}
	}
}

static void wait_until(const char *what, uint64_t *count, uint64_t expected)
{
	uint64_t start = timer_now();

	while (__atomic_load_n(count, __ATOMIC_ACQUIRE) < expected) {
		if (timer_now() - start > timer_us_to_ticks(TIMEOUT_US)) {
			printf("smp: %s: %lu of %lu\n", what, *count, expected);
			guest_fail("SGIs are lost");
		}
		cpu_relax();
	}
}

/*
 * SGIs of several CPUs, while interrupts are masked. GICv3 knows one of a number,
 * GICv2 one of each sender.
 */
static void flood(void)
{
	uint64_t each = platform.gic == 2 ? nr_cpus - 1 : 1, ready = 0, flags;

	for (uint32_t i = SGI_FIRST; i <= SGI_LAST; i++)
		irq_enable(i, on_arrival);
	flags = irq_save();
	for (unsigned int i = 1; i < nr_cpus; i++)
		sgi_send(guest_cpus[i].mpidr, SGI_SEND);
	for (uint64_t start = timer_now();
	     ready < nr_cpus - 1 && timer_now() - start < timer_us_to_ticks(TIMEOUT_US);)
		ready = __atomic_load_n(&senders, __ATOMIC_ACQUIRE);
	irq_restore(flags);
	if (ready < nr_cpus - 1)
		guest_fail("a CPU does not send SGIs");
	for (uint32_t i = SGI_FIRST; nr_cpus > 1 && i <= SGI_LAST; i++) {
		wait_until("SGIs that came", &arrived[i], each);
		if (arrived[i] > (uint64_t)nr_cpus - 1)
			guest_fail("more SGIs than were sent");
	}
}

void guest_main(const uint64_t args[4])
{
	uint64_t rounds = args[0] ? args[0] : DEFAULT_ROUNDS;
	uint64_t repeat = args[1] ? args[1] : 1;
	uint64_t total;

	if (irq_enable(SGI_RING, on_ring))
		guest_fail("no SGIs without a GIC");
	gic_for_each_cpu(start_if_mine, NULL);
	count();
	counter.expected += INCREMENTS;

	total = run_ring(rounds);
	while (repeat-- && comm_poll() != CL_MSG_SHUTDOWN_REQUEST) {
		for (unsigned int i = 1; i < nr_cpus; i++)
			off_and_on(i);
		total += run_ring(rounds);
	}
	check_counter();
	flood();
	printf("smp: %u CPUs, %lu round trips, ok\n", nr_cpus, total);

	while (comm_poll() != CL_MSG_SHUTDOWN_REQUEST)
		timer_sleep_us(10 * POLL_US);
	for (unsigned int i = 1; i < nr_cpus; i++)
		stop_cpu(i);
	printf("smp: shutdown request approved\n");
	guest_shutdown();
}
