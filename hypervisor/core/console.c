// SPDX-License-Identifier: GPL-2.0-only
#include <console.h>
#include <lib.h>

void console_write(struct console *con, const char *text, size_t n)
{
	spin_lock(&con->lock);
	for (size_t i = 0; i < n; i++)
		con->text[con->end++ & (con->size - 1)] = text[i];
	spin_unlock(&con->lock);
}

static size_t ring_read(const char *text, u32 size, u64 end, u64 *position, char *buf, size_t n)
{
	u64 oldest = end > size ? end - size : 0;

	if (*position < oldest)
		*position = oldest;
	if (*position >= end) {
		*position = end;
		return 0;
	}
	n = MIN(n, end - *position);
	for (size_t i = 0; i < n; i++)
		buf[i] = text[(*position + i) & (size - 1)];
	return n;
}

size_t console_read(struct console *con, u64 *position, char *buf, size_t n)
{
	spin_lock(&con->lock);
	n = ring_read(con->text, con->size, con->end, position, buf, n);
	spin_unlock(&con->lock);
	return n;
}

static spinlock_t log_lock;

/*
 * The lock may be held by the code that failed, or by a CPU that is no more. A
 * garbled line is better than none: after a bounded wait the lock is opened.
 */
void log_for_fatal(void)
{
	for (u32 polls = 0; polls < 1000000; polls++) {
		if (spin_trylock(&log_lock)) {
			spin_unlock(&log_lock);
			return;
		}
		arch_relax();
	}
	__atomic_store_n(&log_lock.owner, __atomic_load_n(&log_lock.next, __ATOMIC_RELAXED),
			 __ATOMIC_RELEASE);
}

void log_write(const char *text, size_t n)
{
	spin_lock(&log_lock);
	for (size_t i = 0; i < n; i++) {
		hv_log->text[hv_log->end++ & (hv_log->size - 1)] = text[i];
		if (log_to_uart)
			arch_debug_putc(text[i]);
	}
	spin_unlock(&log_lock);
}

size_t log_read(u64 *position, char *buf, size_t n)
{
	spin_lock(&log_lock);
	n = ring_read(hv_log->text, hv_log->size, hv_log->end, position, buf, n);
	spin_unlock(&log_lock);
	return n;
}

/* What one log_printf() may have; the rest is cut off */
struct line {
	char text[160];
	size_t n;
};

static __attribute__((noinline)) void put(struct line *line, char c)
{
	if (line->n < sizeof(line->text))
		line->text[line->n++] = c;
}

static void put_number(struct line *line, u64 value, unsigned int base, int width, char pad)
{
	char digits[20];
	int n = 0;

	do {
		digits[n++] = "0123456789abcdef"[value % base];
		value /= base;
	} while (value);
	for (; width > n; width--)
		put(line, pad);
	while (n--)
		put(line, digits[n]);
}

/* %u %x %llu %llx %s %%, with a width and leading zeroes */
void log_printf(const char *format, ...)
{
	struct line line = { .n = 0 };
	va_list args;

	va_start(args, format);
	for (const char *p = format; *p; p++) {
		bool wide = false;
		char pad = ' ';
		int width = 0;

		if (*p != '%') {
			put(&line, *p);
			continue;
		}
		if (*++p == '0')
			pad = *p++;
		for (; *p >= '0' && *p <= '9'; p++)
			width = width * 10 + *p - '0';
		for (; *p == 'l'; p++)
			wide = true;
		switch (*p) {
		case 'u':
		case 'x':
			put_number(&line, wide ? va_arg(args, u64) : va_arg(args, u32),
				   *p == 'u' ? 10 : 16, width, pad);
			break;
		case 's':
			for (const char *s = va_arg(args, const char *); *s; s++)
				put(&line, *s);
			break;
		default:
			put(&line, *p);
		}
	}
	va_end(args);
	log_write(line.text, line.n);
}
