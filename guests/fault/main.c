// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * A guest that misbehaves, for tests.
 *
 *	x0	what it does, see modes.h
 *	x1..x3	arguments of that
 *
 * It tells what it does and what came of it, and unless it ignores shutdown
 * requests by design, it goes on answering them.
 */
#include "fault.h"

struct mode {
	uint64_t number;
	const char *text;
	void (*function)(const uint64_t args[3]);
};

#define FAULT_MODE_ENTRY(name, number, text, function) { number, text, function },
static const struct mode modes[] = { FAULT_MODES(FAULT_MODE_ENTRY) };

void report_fault(const char *what, const struct guest_fault *fault, unsigned int class)
{
	if (ESR_EC(fault->esr) == class)
		printf("fault: %s: %s at 0x%lx as expected, esr 0x%lx\n", what,
		       exception_name(fault->esr), fault->far, fault->esr);
	else
		printf("fault: %s: %s NOT expected, esr 0x%lx far 0x%lx elr 0x%lx\n", what,
		       exception_name(fault->esr), fault->esr, fault->far, fault->elr);
}

void report_value(const char *what, bool ok, uint64_t value, const struct guest_fault *fault)
{
	if (ok)
		printf("fault: %s: 0x%lx\n", what, value);
	else
		printf("fault: %s: %s\n", what, exception_name(fault->esr));
}

void mode_none(const uint64_t args[3])
{
}

void mode_arguments(const uint64_t args[3])
{
	printf("fault: given 0x%lx 0x%lx 0x%lx\n", args[0], args[1], args[2]);
}

void guest_main(const uint64_t args[4])
{
	for (unsigned int i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		if (modes[i].number != args[0])
			continue;
		printf("fault: mode %lu: %s\n", args[0], modes[i].text);
		modes[i].function(&args[1]);
		printf("fault: mode %lu done\n", args[0]);
		guest_serve();
	}
	printf("fault: mode %lu is not known\n", args[0]);
}
