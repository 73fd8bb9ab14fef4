/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
#ifndef FAULT_H
#define FAULT_H

#include "../lib/guest.h"
#include "modes.h"

/* A mode gets x1..x3. When it returns, shutdown requests are answered. */
#define FAULT_MODE_DECLARE(name, number, text, function) void function(const uint64_t args[3]);
FAULT_MODES(FAULT_MODE_DECLARE)
#undef FAULT_MODE_DECLARE

/**
 * report_fault() - print the exception that an attempt led to
 * @what: the attempt
 * @fault: the exception
 * @class: ESR_EC() that it should have
 */
void report_fault(const char *what, const struct guest_fault *fault, unsigned int class);

/**
 * report_value() - print what an attempt gave
 * @what: the attempt
 * @ok: whether no exception came
 * @value: of the attempt, if so
 * @fault: the exception, if not
 */
void report_value(const char *what, bool ok, uint64_t value, const struct guest_fault *fault);

#endif
