// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* The formats of printf() that guests need. */
#include "internal.h"
#include "print.h"

struct out {
	void (*write)(const char *text, size_t size);
	size_t used;
	char buffer[40]; /* what one hypercall takes */
};

struct spec {
	bool left;
	bool zero;
	bool negative;
	unsigned int width;
	unsigned int longs;
};

static void flush(struct out *out)
{
	if (out->used)
		out->write(out->buffer, out->used);
	out->used = 0;
}

static void put(struct out *out, char c)
{
	if (out->used == sizeof(out->buffer))
		flush(out);
	out->buffer[out->used++] = c;
}

static void pad(struct out *out, char c, int count)
{
	while (count-- > 0)
		put(out, c);
}

static void put_text(struct out *out, const struct spec *spec, const char *text)
{
	const char *end = text;
	int fill;

	while (*end)
		end++;
	fill = (int)spec->width - (int)(end - text);
	if (!spec->left)
		pad(out, ' ', fill);
	while (text < end)
		put(out, *text++);
	if (spec->left)
		pad(out, ' ', fill);
}

static void put_number(struct out *out, const struct spec *spec, uint64_t value, unsigned int base,
		       const char *digits)
{
	char text[20];
	int n = 0, fill;

	do {
		text[n++] = digits[value % base];
		value /= base;
	} while (value);

	fill = (int)spec->width - n - spec->negative;
	if (!spec->left && !spec->zero)
		pad(out, ' ', fill);
	if (spec->negative)
		put(out, '-');
	if (!spec->left && spec->zero)
		pad(out, '0', fill);
	while (n)
		put(out, text[--n]);
	if (spec->left)
		pad(out, ' ', fill);
}

static const char *parse(const char *format, struct spec *spec)
{
	*spec = (struct spec){ 0 };
	for (;; format++) {
		if (*format == '-')
			spec->left = true;
		else if (*format == '0')
			spec->zero = true;
		else
			break;
	}
	for (; *format >= '0' && *format <= '9'; format++)
		spec->width = spec->width * 10 + (*format - '0');
	for (; *format == 'l' || *format == 'z'; format++)
		spec->longs++;
	return format;
}

void print(void (*write)(const char *text, size_t size), const char *format, va_list args)
{
	static const char lower[] = "0123456789abcdef";
	static const char upper[] = "0123456789ABCDEF";
	struct out out = { .write = write };
	struct spec spec;
	int64_t number;

	for (; *format; format++) {
		if (*format != '%') {
			put(&out, *format);
			continue;
		}
		format = parse(format + 1, &spec);
		switch (*format) {
		case 'd':
		case 'i':
			number = spec.longs ? va_arg(args, int64_t) : va_arg(args, int);
			spec.negative = number < 0;
			put_number(&out, &spec,
				   spec.negative ? -(uint64_t)number : (uint64_t)number, 10, lower);
			break;
		case 'u':
		case 'x':
		case 'X':
			put_number(&out, &spec,
				   spec.longs ? va_arg(args, uint64_t) : va_arg(args, unsigned int),
				   *format == 'u' ? 10 : 16, *format == 'X' ? upper : lower);
			break;
		case 'p':
			put(&out, '0');
			put(&out, 'x');
			put_number(&out, &spec, va_arg(args, uint64_t), 16, lower);
			break;
		case 's':
			put_text(&out, &spec, va_arg(args, const char *));
			break;
		case 'c':
			put(&out, (char)va_arg(args, int));
			break;
		case '\0':
			flush(&out);
			return;
		default:
			put(&out, *format);
			break;
		}
	}
	flush(&out);
}
