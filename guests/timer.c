// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * How late, and how evenly, the interrupt of the virtual timer arrives.
 *
 *	x0	period in microseconds, 10..100000; 0: 10000
 *	x1	samples of one histogram; 0: 1000
 *
 * A line each second, a histogram after as many samples as x1 says and at the
 * end, until a shutdown request. The request is looked for after each
 * interrupt, which is why the period has a limit.
 */
#include "lib/guest.h"

#define DEFAULT_US 10000
#define MIN_US 10
#define MAX_US 100000
#define DEFAULT_SAMPLES 1000

/* Upper bounds of the histogram's buckets in ns; the last has none. */
static const uint32_t bounds[] = { 250,	  500,	 1000,	 2000,	 5000,	 10000,
				   20000, 50000, 100000, 200000, 1000000 };
#define BUCKETS (sizeof(bounds) / sizeof(bounds[0]) + 1)

struct statistics {
	uint64_t samples;
	uint64_t min, max, sum;
};

struct result {
	struct statistics latency; /* ns from expiry to handler */
	struct statistics jitter; /* ns that a period differs */
	uint64_t missed; /* periods over before their handler ran */
	uint64_t buckets[BUCKETS];
};

/* Written by the handler; read with interrupts masked */
static struct result second, histogram;
static uint64_t period, last;

static void add(struct statistics *s, uint64_t ns)
{
	if (!s->samples || ns < s->min)
		s->min = ns;
	if (ns > s->max)
		s->max = ns;
	s->sum += ns;
	s->samples++;
}

static void record(struct result *r, uint64_t latency, uint64_t jitter, uint64_t missed)
{
	unsigned int i = 0;

	add(&r->latency, latency);
	add(&r->jitter, jitter);
	r->missed += missed;
	while (i < BUCKETS - 1 && latency >= bounds[i])
		i++;
	r->buckets[i]++;
}

static void tick(uint32_t intid)
{
	uint64_t now = timer_now();
	uint64_t due = read_sysreg(cntv_cval_el0);
	uint64_t latency = timer_ticks_to_ns(now - due);
	uint64_t missed = (now - due) / period;
	uint64_t took = now - last, jitter;

	jitter = timer_ticks_to_ns(took > period ? took - period : period - took);
	record(&second, latency, jitter, missed);
	record(&histogram, latency, jitter, missed);
	last = now;
	write_sysreg(due + (missed + 1) * period, cntv_cval_el0);
	isb(); /* the line is low before EOI */
}

static struct result take(struct result *from)
{
	uint64_t flags = irq_save();
	struct result copy = *from;

	*from = (struct result){ 0 };
	irq_restore(flags);
	return copy;
}

static uint64_t average(const struct statistics *s)
{
	return s->samples ? s->sum / s->samples : 0;
}

static void print_second(uint64_t n, const struct result *r)
{
	printf("timer: %lu s: %lu samples, latency min %lu avg %lu max %lu ns, jitter max %lu ns, missed %lu\n",
	       n, r->latency.samples, r->latency.min, average(&r->latency), r->latency.max,
	       r->jitter.max, r->missed);
}

static void print_histogram(const struct result *r)
{
	printf("timer: histogram of %lu samples\n", r->latency.samples);
	for (unsigned int i = 0; i < BUCKETS; i++) {
		if (!r->buckets[i])
			continue;
		if (i < BUCKETS - 1)
			printf("timer:   < %7u ns %10lu\n", bounds[i], r->buckets[i]);
		else
			printf("timer:  >= %7u ns %10lu\n", bounds[i - 1], r->buckets[i]);
	}
	printf("timer: latency min %lu avg %lu max %lu ns\n", r->latency.min, average(&r->latency),
	       r->latency.max);
	printf("timer: jitter  min %lu avg %lu max %lu ns\n", r->jitter.min, average(&r->jitter),
	       r->jitter.max);
	printf("timer: missed %lu\n", r->missed);
}

static void start(uint64_t us)
{
	uint64_t flags = irq_save();

	period = timer_us_to_ticks(us);
	last = timer_now();
	write_sysreg(last + period, cntv_cval_el0);
	write_sysreg(1, cntv_ctl_el0);
	isb();
	if (irq_enable(TIMER_INTID, tick))
		guest_fail("no interrupt for the timer");
	irq_restore(flags);
}

void guest_main(const uint64_t args[4])
{
	uint64_t us = args[0] ? args[0] : DEFAULT_US;
	uint64_t samples = args[1] ? args[1] : DEFAULT_SAMPLES;
	uint64_t frequency = timer_frequency();
	uint64_t next, seconds = 0, enough;
	struct result copy;

	if (us < MIN_US || us > MAX_US) {
		us = us < MIN_US ? MIN_US : MAX_US;
		printf("timer: period out of range\n");
	}
	printf("timer: period %lu us, %lu samples in a histogram, counter at %lu Hz\n", us, samples,
	       frequency);
	start(us);
	next = timer_now() + frequency;

	while (comm_poll() != CL_MSG_SHUTDOWN_REQUEST) {
		wfi();
		if (timer_now() >= next) {
			next += frequency;
			copy = take(&second);
			print_second(++seconds, &copy);
		}
		enough = __atomic_load_n(&histogram.latency.samples, __ATOMIC_RELAXED);
		if (enough >= samples) {
			copy = take(&histogram);
			print_histogram(&copy);
		}
	}
	write_sysreg(0, cntv_ctl_el0);
	copy = take(&histogram);
	print_histogram(&copy);
	printf("timer: shutdown request approved\n");
	guest_shutdown();
}
