/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Between the files of the library. */
#ifndef GUEST_INTERNAL_H
#define GUEST_INTERNAL_H

#include "guest.h"

extern char guest_vectors[];
void guest_secondary_entry(void);

void guest_start(const uint64_t args[4], uint64_t start_el);
void guest_secondary_start(uint64_t index) __attribute__((noreturn));
void guest_exception(struct guest_frame *frame);

void cpu_init(uint32_t index);
void gic_init(void);
void gic_init_cpu(void);
void gic_handle(void);
void console_init(void);
bool console_quit_key(void);
/* For the last words of a CPU that may hold the console's lock itself */
void console_break_lock(void);

void *memcpy(void *to, const void *from, size_t size);
void *memset(void *to, int byte, size_t size);

#endif
