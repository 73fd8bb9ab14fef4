// SPDX-License-Identifier: GPL-2.0-only
/*
 * A writer of JSON. Addresses are written as strings ("0x..."): they have 64
 * bits, and many readers keep only 53 of a number.
 */
#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "cellctl.h"

/**
 * json_escape() - write text as a JSON string
 * @out: where it goes
 * @text: any bytes
 * @size: their number
 *
 * Bytes outside ASCII are written as the characters U+0080..U+00FF, so that
 * whatever a guest prints is valid JSON and can be turned back into bytes.
 */
void json_escape(FILE *out, const char *text, size_t size)
{
	fputc('"', out);
	for (size_t i = 0; i < size; i++) {
		unsigned char c = text[i];

		switch (c) {
		case '"':
		case '\\':
			fputc('\\', out);
			fputc(c, out);
			break;
		case '\n':
			fputs("\\n", out);
			break;
		case '\r':
			fputs("\\r", out);
			break;
		case '\t':
			fputs("\\t", out);
			break;
		default:
			if (c < 0x20 || c >= 0x7f)
				fprintf(out, "\\u%04x", c);
			else
				fputc(c, out);
		}
	}
	fputc('"', out);
}

static void new_line(struct json *j)
{
	fputc('\n', j->out);
	for (int i = 0; i < j->depth; i++)
		fputs("  ", j->out);
}

/* Everything that stands before a value: comma, line, key */
static void before_value(struct json *j, const char *key)
{
	if (j->depth) {
		if (j->filled[j->depth - 1])
			fputc(',', j->out);
		j->filled[j->depth - 1] = true;
		new_line(j);
	}
	if (key) {
		json_escape(j->out, key, strlen(key));
		fputs(": ", j->out);
	}
}

static void open_bracket(struct json *j, const char *key, char opening, char closing)
{
	before_value(j, key);
	fputc(opening, j->out);
	assert(j->depth < JSON_DEPTH);
	j->filled[j->depth] = false;
	j->closing[j->depth] = closing;
	j->depth++;
}

/**
 * json_start() - begin a JSON text
 * @j: the writer
 * @out: where it goes
 */
void json_start(struct json *j, FILE *out)
{
	memset(j, 0, sizeof(*j));
	j->out = out;
}

/**
 * json_object() - open an object
 * @j: the writer
 * @key: its key in the object around it, NULL in an array and at the top
 *
 * The other json_* functions take the key in the same way.
 */
void json_object(struct json *j, const char *key)
{
	open_bracket(j, key, '{', '}');
}

void json_array(struct json *j, const char *key)
{
	open_bracket(j, key, '[', ']');
}

/* Close the innermost object or array */
void json_end(struct json *j)
{
	bool filled;

	assert(j->depth > 0);
	filled = j->filled[--j->depth];
	if (filled)
		new_line(j);
	fputc(j->closing[j->depth], j->out);
}

/* Close all that is open */
void json_finish(struct json *j)
{
	while (j->depth)
		json_end(j);
	fputc('\n', j->out);
}

/**
 * json_string() - a string
 * @j: the writer
 * @key: see json_object()
 * @text: terminated, or @max bytes long
 * @max: no more than these are looked at
 */
void json_string(struct json *j, const char *key, const char *text, size_t max)
{
	before_value(j, key);
	json_escape(j->out, text, strnlen(text, max));
}

/* As json_string(), of bytes that may contain 0 */
void json_bytes(struct json *j, const char *key, const char *data, size_t size)
{
	before_value(j, key);
	json_escape(j->out, data, size);
}

void json_number(struct json *j, const char *key, uint64_t value)
{
	before_value(j, key);
	fprintf(j->out, "%" PRIu64, value);
}

void json_hex(struct json *j, const char *key, uint64_t value)
{
	before_value(j, key);
	fprintf(j->out, "\"0x%" PRIx64 "\"", value);
}

void json_bool(struct json *j, const char *key, bool value)
{
	before_value(j, key);
	fputs(value ? "true" : "false", j->out);
}
