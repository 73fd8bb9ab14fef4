// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * What operations of a guest cost at EL2, in instructions.
 *
 *	x0	how often each is done, 0: 1000
 *
 * One line for each: bench <id> <instructions at EL2> <instructions in all>,
 * for one operation, rounded, without the loop around it. They come from the
 * PMU's event INST_RETIRED. QEMU has it under -icount only, and counts exactly;
 * what waiting for another CPU adds is kept out by taking the least of a few runs.
 *
 * Then `bench latency <ns>`, at least, from when the timer is due to its handler.
 * In a cell `bench: kick me` asks for being interrupted from outside; `bench kick` is
 * what that needs at EL2.
 */
#include "lib/guest.h"

#define DEFAULT_COUNT 1000
#define RUNS 3

/* PMU (Arm ARM, chapters D11 and D19.5) */
#define ID_DFR0_PMUVER(dfr0) ((dfr0) >> 8 & 0xf)
#define PMUVER_NONE 0
#define PMUVER_IMPDEF 0xf
#define PMCR_E (1 << 0)
#define PMCR_P (1 << 1)
#define PMCR_N(pmcr) ((pmcr) >> 11 & 0x1f)
#define EVENT_INST_RETIRED 0x08
/*
 * P and U exclude EL1 and EL0. NSK and NSU decide for the non-secure ones by
 * being different from P and U, which leaves them 0 to exclude; M, which
 * does the same for EL3, too. NSH includes EL2.
 */
#define FILTER_P (1u << 31)
#define FILTER_U (1u << 30)
#define FILTER_NSH (1u << 27)
#define FILTER_EL2_ONLY (FILTER_P | FILTER_U | FILTER_NSH)
#define FILTER_ALL FILTER_NSH

#define GICD_TYPER 0x0004
#define GICD_ISENABLER1 0x0104
#define GICR_TYPER 0x0008

#define UARTDR 0x000
#define UARTFR 0x018

#define SGI_SELF 3

/* Where a cell of configs/qemu-virt has nothing */
#define NOWHERE 0x60000000

#define LATENCY_US 20
#define WFI_TICKS 64
#define KICKS 8

static uint32_t arrived;
static uint64_t late = ~0ull;

static void on_sgi(uint32_t intid)
{
	arrived = 1;
}

static void on_timer(uint32_t intid)
{
	uint64_t ticks = timer_now() - read_sysreg(cntv_cval_el0);

	if (ticks < late)
		late = ticks;
	write_sysreg(0, cntv_ctl_el0);
	isb();
	arrived = 1;
}

static void wait_arrived(void)
{
	while (!__atomic_load_n(&arrived, __ATOMIC_RELAXED))
		cpu_relax();
	arrived = 0;
}

static void op_nothing(void)
{
	asm volatile("");
}

static void op_hypercall_null(void)
{
	register uint64_t x0 asm("x0") = CL_HC_NULL;

	asm volatile("hvc #0" : "+r"(x0) : : "x1", "x2", "x3", "memory");
}

static void op_psci_version(void)
{
	psci(PSCI_VERSION, 0, 0, 0);
}

static void op_psci_affinity_info(void)
{
	psci(PSCI_AFFINITY_INFO, this_cpu()->mpidr, 0, 0);
}

/* The compare value 0 is in the past, so the interrupt comes at once. */
static void op_irq(void)
{
	write_sysreg(1, cntv_ctl_el0);
	isb();
	wait_arrived();
}

/* Nobody is there: an abort in the guest */
static void op_mmio_unassigned(void)
{
	try_read(NOWHERE, 4, NULL, NULL);
}

static void op_sgi_self(void)
{
	sgi_send(this_cpu()->mpidr, SGI_SELF);
	wait_arrived();
}

static void op_gicd_typer_read(void)
{
	mmio_read32(platform.gicd + GICD_TYPER);
}

static void op_gicd_isenabler_read(void)
{
	mmio_read32(platform.gicd + GICD_ISENABLER1);
}

/* Writing zeros changes nothing, on a bare machine either. */
static void op_gicd_isenabler_write(void)
{
	mmio_write32(platform.gicd + GICD_ISENABLER1, 0);
}

static void op_gicr_typer_read(void)
{
	mmio_read64(this_cpu()->gicr + GICR_TYPER);
}

/* As a kernel sends its log, here of blank lines */
static void op_uart_char(void)
{
	mmio_read32(platform.uart + UARTFR);
	mmio_write32(platform.uart + UARTDR, '\n');
}

/**
 * struct benchmark - one line of the output
 * @id: its name
 * @op: the operation
 * @with_loop: do not take off what the empty loop costs
 * @needs: what the guest must have
 */
struct benchmark {
	const char *id;
	void (*op)(void);
	bool with_loop;
	enum { NEEDS_NOTHING, NEEDS_CELL, NEEDS_GIC, NEEDS_GICV3, NEEDS_UART } needs;
};

static const struct benchmark benchmarks[] = {
	{ "hypercall_null", op_hypercall_null, false, NEEDS_CELL },
	{ "hypercall_null_roundtrip", op_hypercall_null, true, NEEDS_CELL },
	{ "psci_version", op_psci_version, false, NEEDS_NOTHING },
	{ "psci_affinity_info", op_psci_affinity_info, false, NEEDS_NOTHING },
	{ "irq", op_irq, false, NEEDS_GIC },
	{ "sgi_self", op_sgi_self, false, NEEDS_GIC },
	{ "gicd_typer_read", op_gicd_typer_read, false, NEEDS_GIC },
	{ "gicd_isenabler_read", op_gicd_isenabler_read, false, NEEDS_GIC },
	{ "gicd_isenabler_write", op_gicd_isenabler_write, false, NEEDS_GIC },
	{ "gicr_typer_read", op_gicr_typer_read, false, NEEDS_GICV3 },
	{ "mmio_unassigned", op_mmio_unassigned, false, NEEDS_CELL },
	{ "uart_char", op_uart_char, false, NEEDS_UART },
};

/* Instructions of @count calls of @op, as the filter sees them */
static uint32_t __attribute__((noinline)) measure(uint32_t filter, void (*op)(void), uint64_t count)
{
	uint32_t start;

	write_sysreg(0, pmcntenclr_el0);
	write_sysreg(filter | EVENT_INST_RETIRED, pmevtyper0_el0);
	write_sysreg(1, pmcntenset_el0);
	isb();
	start = (uint32_t)read_sysreg(pmevcntr0_el0);
	while (count--)
		op();
	isb();
	return (uint32_t)read_sysreg(pmevcntr0_el0) - start;
}

static uint32_t least(uint32_t filter, void (*op)(void), uint64_t count)
{
	uint32_t best = ~0u;

	for (unsigned int i = 0; i < RUNS; i++) {
		uint32_t n = measure(filter, op, count);

		if (n < best)
			best = n;
	}
	return best;
}

static uint64_t per_op(const struct benchmark *b, uint32_t filter, uint64_t count)
{
	uint32_t loop = b->with_loop ? 0 : least(filter, op_nothing, count);
	uint32_t all = least(filter, b->op, count);

	if (all < loop)
		return 0;
	return (all - loop + count / 2) / count;
}

/* Waiting here is no `yield`, which would let another CPU of the machine run first */
static void measure_latency(uint64_t count)
{
	uint64_t ticks = timer_us_to_ticks(LATENCY_US);

	late = ~0ull;
	while (count--) {
		write_sysreg(timer_now() + ticks, cntv_cval_el0);
		write_sysreg(1, cntv_ctl_el0);
		isb();
		while (!__atomic_load_n(&arrived, __ATOMIC_RELAXED))
			;
		arrived = 0;
	}
	write_sysreg(0, cntv_cval_el0);
	printf("bench latency %lu\n", timer_ticks_to_ns(late));
}

/*
 * With an interrupt that is there WFI does not trap, and one that is late is waited for
 * with instructions: the least is that of one which comes in between. A tick of the
 * counter is 16 instructions, so the time before is varied, too.
 */
static uint32_t wfi_cost(uint64_t ticks, uint32_t pause)
{
	uint32_t before = (uint32_t)read_sysreg(pmevcntr0_el0), spent;

	write_sysreg(timer_now() + ticks, cntv_cval_el0);
	write_sysreg(1, cntv_ctl_el0);
	isb();
	for (volatile uint32_t i = 0; i < pause; i++)
		;
	wfi();
	isb();
	spent = (uint32_t)read_sysreg(pmevcntr0_el0) - before;
	write_sysreg(0, cntv_ctl_el0);
	isb();
	return spent;
}

static void measure_wfi(void)
{
	uint32_t best = ~0u;

	irq_off();
	measure(FILTER_EL2_ONLY, op_nothing, 1);
	for (uint32_t i = 0; i < WFI_TICKS * 16; i++) {
		uint32_t spent = wfi_cost(i / 16, i % 16);

		if (spent && spent < best)
			best = spent;
	}
	irq_on();
	write_sysreg(0, cntv_cval_el0);
	if (best != ~0u)
		printf("bench wfi %u 0\n", best);
}

/* Nothing else brings this CPU to EL2 meanwhile: what is seen there is a kick */
static void measure_kicks(void)
{
	uint32_t best = ~0u, before, now;

	printf("bench: kick me\n");
	measure(FILTER_EL2_ONLY, op_nothing, 1);
	before = (uint32_t)read_sysreg(pmevcntr0_el0);
	for (unsigned int i = 0; i < KICKS; before = now) {
		cpu_relax();
		isb();
		now = (uint32_t)read_sysreg(pmevcntr0_el0);
		if (now == before)
			continue;
		i++;
		if (now - before < best)
			best = now - before;
	}
	printf("bench kick %u 0\n", best);
}

/* A hypervisor may say that there is no PMU, or not let it be used. */
static const char *pmu_init(void)
{
	uint64_t version = ID_DFR0_PMUVER(read_sysreg(id_aa64dfr0_el1));
	uint64_t pmcr, events;

	if (version == PMUVER_NONE || version == PMUVER_IMPDEF)
		return "there is no PMU";

	fault_catch();
	pmcr = read_sysreg(pmcr_el0);
	events = read_sysreg(pmceid0_el0);
	write_sysreg(PMCR_E | PMCR_P, pmcr_el0);
	write_sysreg(0, pmintenclr_el1);
	if (fault_caught(NULL))
		return "the PMU is not accessible";
	if (!PMCR_N(pmcr))
		return "the PMU has no event counter for this guest";
	if (!(events >> EVENT_INST_RETIRED & 1))
		return "the PMU does not count instructions (QEMU: -icount)";
	return NULL;
}

void guest_main(const uint64_t args[4])
{
	uint64_t count = args[0] ? args[0] : DEFAULT_COUNT;
	const char *problem = pmu_init();

	if (problem) {
		printf("bench: %s\n", problem);
		guest_serve();
	}
	printf("bench: %lu times each, %s\n", count,
	       platform.comm ? "in a cell" : "alone on the machine");

	write_sysreg(0, cntv_ctl_el0);
	write_sysreg(0, cntv_cval_el0);
	if (platform.gic) {
		irq_enable(SGI_SELF, on_sgi);
		irq_enable(TIMER_INTID, on_timer);
	}
	if (platform.comm)
		mmu_map(NOWHERE, 4096, GUEST_DEVICE);
	if (platform.comm && !measure(FILTER_EL2_ONLY, op_hypercall_null, count))
		printf("bench: the PMU is not allowed to count at EL2\n");

	for (unsigned int i = 0; i < sizeof(benchmarks) / sizeof(benchmarks[0]); i++) {
		const struct benchmark *b = &benchmarks[i];
		uint64_t el2, total, times = count;

		if ((b->needs == NEEDS_CELL && !platform.comm) ||
		    (b->needs == NEEDS_GIC && !platform.gic) ||
		    (b->needs == NEEDS_GICV3 && platform.gic != 3) ||
		    (b->needs == NEEDS_UART && platform.console != CL_CONSOLE_SBSA_UART))
			continue;
		/* The lines above are still to be read from the console's ring */
		if (b->needs == NEEDS_UART)
			times = count / 10 + 1;
		el2 = per_op(b, FILTER_EL2_ONLY, times);
		total = per_op(b, FILTER_ALL, times);
		printf("bench %s %lu %lu\n", b->id, el2, total);
	}
	if (platform.gic) {
		measure_latency(count);
		measure_wfi();
	}
	if (platform.comm)
		measure_kicks();
	printf("bench: done\n");
	/* guest_serve() sleeps with its own handler of the timer. */
	write_sysreg(0, cntv_ctl_el0);
	guest_serve();
}
