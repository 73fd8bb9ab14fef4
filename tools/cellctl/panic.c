// SPDX-License-Identifier: GPL-2.0-only
/* Why a kernel panicked: the line that it printed on its console. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "cellctl.h"

/* What comes before the words where Linux, waiting for ever, repeats them */
#define REPEATED "end "

/* All that the ring has, up to @end: the cell may still print. NULL: nothing */
static char *read_ring(struct context *ctx, const struct cell_ref *cell, uint64_t end, size_t *size)
{
	struct cl_ioc_read read = { .size = sizeof(read), .what = CL_READ_CONSOLE };
	char *text = NULL, buffer[4096];
	uint64_t position = 0;
	FILE *f = open_memstream(&text, size);

	if (!f)
		return NULL;
	memcpy(read.name, cell->name, sizeof(read.name));
	while (position < end) {
		read.id = cell->id;
		read.offset = position;
		read.buffer = (uintptr_t)buffer;
		read.buffer_size = sizeof(buffer);
		if (ctx->ops->ioctl(ctx->fd, CL_IOC_READ, &read) || !read.buffer_size ||
		    read.buffer_size > sizeof(buffer))
			break;
		fwrite(buffer, 1, read.buffer_size, f);
		position = read.offset + read.buffer_size;
	}
	fclose(f);
	return text;
}

/* Where the words are for the last time; NULL: nowhere */
static const char *find_words(const char *text, size_t size)
{
	const size_t words = strlen(CL_PANIC_WORDS), before = strlen(REPEATED);
	const char *found = NULL, *p = text;

	while ((p = memmem(p, text + size - p, CL_PANIC_WORDS, words))) {
		if (p < text + before || memcmp(p - before, REPEATED, before))
			found = p;
		p += words;
	}
	return found;
}

/**
 * panic_line() - what a kernel said when it panicked
 * @ctx: the open device
 * @cell: where it runs, or ran
 * @info: of that cell
 * @line: filled in, without what could drive a terminal; empty: it did not, or nothing
 *	is left of that
 */
void panic_line(struct context *ctx, const struct cell_ref *cell, const struct cl_cell_info *info,
		char line[PANIC_LINE])
{
	const char *words = NULL;
	char *text = NULL;
	size_t size = 0, n = 0;

	if (info->panicked || info->fail_reason == CL_FAIL_PANIC)
		text = read_ring(ctx, cell, info->console_end, &size);
	if (text)
		words = find_words(text, size);
	for (; words && words < text + size && n < PANIC_LINE - 1; words++) {
		if (*words == '\n' || *words == '\r')
			break;
		line[n++] = isascii(*words) && isprint(*words) ? *words : '?';
	}
	line[n] = '\0';
	free(text);
}
