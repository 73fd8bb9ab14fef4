/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rings of text: the virtual console of each cell, and the hypervisor's own
 * log. A position counts characters from the beginning of the stream, so that
 * a reader knows what it missed.
 */
#ifndef CORE_CONSOLE_H
#define CORE_CONSOLE_H

#include <cloister/image.h>
#include <spinlock.h>
#include <types.h>

/**
 * struct console - one ring
 * @lock: writers may be several CPUs of a cell
 * @size: bytes of @text, a power of two
 * @end: characters written so far
 * @text: the last @size of them
 */
struct console {
	spinlock_t lock;
	u32 size;
	u64 end;
	char text[];
};

#define CONSOLE_PAGES 4
#define CONSOLE_SIZE 8192 /* the largest power of two that leaves room for the header */

/* Appends a character */
static inline void console_put(struct console *con, char c)
{
	spin_lock(&con->lock);
	con->text[con->end++ & (con->size - 1)] = c;
	spin_unlock(&con->lock);
}

/* Appends @n characters */
void console_write(struct console *con, const char *text, size_t n);

/**
 * console_read() - copy text out of a ring
 * @con: the ring
 * @position: of the first character wanted; where the ring has moved on, set
 *	to the oldest one there is
 * @buf: target
 * @n: its bytes
 *
 * Return: characters copied, 0 at the end.
 */
size_t console_read(struct console *con, u64 *position, char *buf, size_t n);

/* The hypervisor's log: in memory always, on the debug console if @log_to_uart */
extern struct cl_log *const hv_log;
extern bool log_to_uart;
/* A CPU that tells of a fatal error does not wait for the log's lock for ever */
void log_for_fatal(void);
void log_write(const char *text, size_t n);
size_t log_read(u64 *position, char *buf, size_t n);
void log_printf(const char *format, ...) __printf(1, 2);

/**
 * uart_putc() - send a character
 * @con: which kind of UART; it is one
 * @regs: its registers
 * @c: the character, which is lost if there is no room for it within a bound
 */
struct cl_console;
void uart_putc(const struct cl_console *con, void *regs, char c);

#endif
