// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
#include "fuzz.h"

#define RET 0xd65f03c0
#define POLL_US 1000

struct fuzz_count fuzz_counts;

static uint64_t state;
static uint32_t code[CODE_WORDS] __attribute__((aligned(64)));
static unsigned int code_length;

/* An SError belongs to no instruction: nothing is skipped. */
static bool count_and_skip(struct guest_frame *frame)
{
	switch (ESR_EC(frame->esr)) {
	case EC_UNKNOWN:
		fuzz_counts.undefined++;
		break;
	case EC_DATA_ABORT:
		fuzz_counts.data_abort++;
		break;
	default:
		if (!fuzz_counts.other++) {
			fuzz_counts.esr = frame->esr;
			fuzz_counts.elr = frame->elr;
		}
	}
	if ((frame->vector & 3) == 0)
		frame->elr += 4;
	return true;
}

void fuzz_begin(uint64_t seed)
{
	if (!seed)
		seed = timer_now() * 0x9e3779b97f4a7c15 | 1;
	state = seed;
	printf("fault: seed 0x%lx\n", seed);
	irq_off();
	fuzz_counts = (struct fuzz_count){ 0 };
	exception_set_hook(count_and_skip);
}

/* xorshift64*, G. Marsaglia and S. Vigna */
uint64_t fuzz_random(void)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return state * 0x2545f4914f6cdd1d;
}

void fuzz_report_other(void)
{
	if (fuzz_counts.other)
		printf("fault: %lu exceptions NOT expected, the first: %s, esr 0x%lx elr 0x%lx\n",
		       fuzz_counts.other, exception_name(fuzz_counts.esr), fuzz_counts.esr,
		       fuzz_counts.elr);
}

void fuzz_end(uint64_t mode)
{
	fuzz_report_other();
	printf("fault: mode %lu done\n", mode);
	while (comm_poll() != CL_MSG_SHUTDOWN_REQUEST)
		udelay(POLL_US);
	guest_shutdown();
}

void code_begin(void)
{
	code_length = 0;
}

void code_emit(uint32_t instruction)
{
	if (code_length < CODE_WORDS - 1)
		code[code_length++] = instruction;
}

/* What was written must reach where instructions are fetched from. */
static void synchronize(void)
{
	uint64_t ctr = read_sysreg(ctr_el0);
	uint64_t line = 4ull << (ctr & 15), start = (uintptr_t)code;

	if (line > 4ull << (ctr >> 16 & 15))
		line = 4ull << (ctr >> 16 & 15);
	for (uint64_t a = start; a < start + sizeof(code); a += line)
		asm volatile("dc cvau, %0" : : "r"(a) : "memory");
	dsb(ish);
	for (uint64_t a = start; a < start + sizeof(code); a += line)
		asm volatile("ic ivau, %0" : : "r"(a) : "memory");
	dsb(ish);
	isb();
}

void code_run(void *pointer, uint64_t first, uint64_t second)
{
	register uint64_t x19 asm("x19") = (uintptr_t)pointer;
	register uint64_t x20 asm("x20") = first;
	register uint64_t x21 asm("x21") = second;
	register uint64_t x22 asm("x22") = (uintptr_t)code;

	code_emit(RET);
	synchronize();
	asm volatile("blr x22"
		     : "+r"(x19), "+r"(x20), "+r"(x21), "+r"(x22)
		     :
		     : "x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11",
		       "x12", "x13", "x14", "x15", "x16", "x17", "x18", "x30", "cc", "memory");
}
