/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
#ifndef GUEST_PRINT_H
#define GUEST_PRINT_H

#include <stdarg.h>
#include <stddef.h>

/**
 * print() - format a text
 * @write: is given the text piece by piece, of up to 40 characters
 * @format: see printf()
 * @args: its arguments
 */
void print(void (*write)(const char *text, size_t size), const char *format, va_list args);

#endif
