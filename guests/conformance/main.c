// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a guest may rely on, register by register. x0: areas, as bits (0: all); x1: the
 * first of 8 SPIs of the guest (224); x2: 1 for PSCI by SMC, 2 by HVC (0: as the
 * library would); x3: how many SPIs there are, for the last area, which is left out
 * without (0).
 */
#include "gic.h"

#define DEFAULT_SPI 224

struct conformance conformance;

static unsigned int checks, wrong;

/* What a CPU that is on shall run */
struct work {
	void (*function)(void *arg);
	void *arg;
	bool stop;
};
static struct work work[GUEST_MAX_CPUS];

void check(bool ok, const char *what)
{
	checks++;
	wrong += !ok;
	printf("%s: %s\n", what, ok ? "ok" : "WRONG");
}

void check_equal(uint64_t got, uint64_t expected, const char *what)
{
	checks++;
	if (got == expected) {
		printf("%s: ok 0x%lx\n", what, got);
		return;
	}
	wrong++;
	printf("%s: WRONG 0x%lx, not 0x%lx\n", what, got, expected);
}

void show(uint64_t value, const char *what)
{
	checks++;
	printf("%s: 0x%lx\n", what, value);
}

/* Interrupts stay masked: what comes is acknowledged by the checks themselves */
static void serve(void *arg)
{
	struct work *w = arg;
	void (*function)(void *arg);

	irq_off();
	while (!__atomic_load_n(&w->stop, __ATOMIC_ACQUIRE)) {
		function = __atomic_load_n(&w->function, __ATOMIC_ACQUIRE);
		if (!function) {
			cpu_relax();
			continue;
		}
		function(w->arg);
		__atomic_store_n(&w->function, NULL, __ATOMIC_RELEASE);
	}
}

void run_on(uint32_t index, void (*function)(void *arg), void *arg)
{
	struct work *w = &work[index];

	w->arg = arg;
	__atomic_store_n(&w->function, function, __ATOMIC_RELEASE);
	while (__atomic_load_n(&w->function, __ATOMIC_ACQUIRE))
		cpu_relax();
}

void start_cpus(void)
{
	for (uint32_t i = 1; i < conformance.nr_cpus; i++) {
		work[i] = (struct work){ 0 };
		if (smp_start_cpu(conformance.mpidr[i], serve, &work[i]) != (int)i)
			guest_fail("a CPU does not start");
	}
}

void stop_cpus(void)
{
	for (uint32_t i = 1; i < conformance.nr_cpus; i++) {
		__atomic_store_n(&work[i].stop, true, __ATOMIC_RELEASE);
		while (psci(PSCI_AFFINITY_INFO, conformance.mpidr[i], 0, 0) != PSCI_IS_OFF)
			cpu_relax();
	}
}

static bool add_cpu(uint64_t mpidr, void *context)
{
	if (mpidr != this_cpu()->mpidr && conformance.nr_cpus < GUEST_MAX_CPUS &&
	    psci(PSCI_AFFINITY_INFO, mpidr, 0, 0) == PSCI_IS_OFF)
		conformance.mpidr[conformance.nr_cpus++] = mpidr;
	return true;
}

void guest_main(const uint64_t args[4])
{
	static void (*const areas[])(void) = {
		check_distributor, check_private, check_delivery, check_smp,   check_psci,
		check_state,	   check_aborts,  check_forms,	  check_storm,
	};

	irq_off();
	conformance.spi = args[1] ? (uint32_t)args[1] : DEFAULT_SPI;
	conformance.nr_spis = (uint32_t)args[3];
	if (args[2])
		platform.conduit = args[2] == 2 ? SMCCC_HVC : SMCCC_SMC;
	conformance.conduit = platform.conduit;
	conformance.nr_cpus = 1;
	conformance.mpidr[0] = this_cpu()->mpidr;
	gic_for_each_cpu(add_cpu, NULL);
	for (unsigned int i = 0; i < sizeof(areas) / sizeof(areas[0]); i++) {
		if (areas[i] == check_storm && !conformance.nr_spis)
			continue;
		if (!args[0] || (args[0] & 1u << i)) {
			reset_interrupts();
			reset_interface();
			areas[i]();
		}
	}
	printf("conformance: %u checks on %u CPUs, %u wrong\n", checks, conformance.nr_cpus, wrong);
	/* Without interrupts: what is wrong with them shall not be in the way */
	while (platform.comm && comm_poll() != CL_MSG_SHUTDOWN_REQUEST)
		cpu_relax();
	guest_shutdown();
}
