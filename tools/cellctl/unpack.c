// SPDX-License-Identifier: GPL-2.0-only
/* What gzip and zstd have packed. */
#include <stdlib.h>
#include <zlib.h>
#include <zstd.h>

#include "kernel.h"

/* zlib counts in unsigned int */
#define MAX_STEP (1u << 30)

/* Too much for a first guess costs address space only */
#define FIRST_GUESS 8

enum step { STEP_ON, STEP_END, STEP_DAMAGED };

/**
 * struct run - one run of a decoder
 * @in: what has not been read
 * @in_size: its bytes
 * @to: what has been made
 * @room: bytes at @to->data
 * @max: the most that there may be made
 * @zlib: state of zlib
 * @zstd: state of zstd
 */
struct run {
	const uint8_t *in;
	size_t in_size;
	struct unpacked *to;
	uint64_t room;
	uint64_t max;
	z_stream zlib;
	ZSTD_DStream *zstd;
};

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

static enum step step_gzip(struct run *r)
{
	size_t in = least(r->in_size, MAX_STEP), out = least(r->room - r->to->size, MAX_STEP);
	int ret;

	r->zlib.next_in = (uint8_t *)r->in;
	r->zlib.avail_in = in;
	r->zlib.next_out = r->to->data + r->to->size;
	r->zlib.avail_out = out;
	ret = inflate(&r->zlib, Z_NO_FLUSH);
	r->in += in - r->zlib.avail_in;
	r->in_size -= in - r->zlib.avail_in;
	r->to->size += out - r->zlib.avail_out;
	if (ret == Z_STREAM_END)
		return STEP_END;
	/* Z_BUF_ERROR: it wants more of either, and can go on */
	return ret == Z_OK || ret == Z_BUF_ERROR ? STEP_ON : STEP_DAMAGED;
}

static enum step step_zstd(struct run *r)
{
	ZSTD_inBuffer in = { r->in, r->in_size, 0 };
	ZSTD_outBuffer out = { r->to->data, r->room, r->to->size };
	size_t ret = ZSTD_decompressStream(r->zstd, &out, &in);

	r->in += in.pos;
	r->in_size -= in.pos;
	r->to->size = out.pos;
	if (ZSTD_isError(ret))
		return STEP_DAMAGED;
	return ret ? STEP_ON : STEP_END;
}

/* One byte more than there may be, so that the end of what just fits is seen */
static bool make_room(struct run *r, struct kernel_why *why)
{
	uint64_t room = r->room ? 2 * r->room : FIRST_GUESS * (uint64_t)r->in_size;
	uint8_t *data;

	if (room > r->max)
		room = r->max + 1;
	data = realloc(r->to->data, room);
	if (!data)
		return why_not(why, "there is no memory to unpack it: %ju bytes", (uintmax_t)room);
	r->to->data = data;
	r->room = room;
	return true;
}

static bool unpack_all(struct run *r, enum step (*step)(struct run *), struct kernel_why *why)
{
	size_t size = r->in_size;

	for (;;) {
		size_t in = r->in_size, out = r->to->size;
		enum step last;

		if (r->to->size == r->room && !make_room(r, why))
			return false;
		last = step(r);
		if (r->to->size > r->max)
			return why_not(why,
				       "unpacks to more than %ju bytes, for which the cell has no "
				       "room",
				       (uintmax_t)r->max);
		if (last == STEP_END)
			return true;
		if (last == STEP_DAMAGED)
			return why_not(why, "is damaged: what is packed in it fails at byte %zu",
				       size - r->in_size);
		if (r->in_size == in && r->to->size == out)
			return why_not(why,
				       "is cut off: what is packed in it goes on behind its %zu "
				       "bytes",
				       size);
	}
}

/**
 * unpack() - what is in packed bytes
 * @packing: by what
 * @data: the bytes; what is behind their end does not matter
 * @size: their number
 * @max: the most that they may contain
 * @to: filled in; to be freed also after a failure
 * @why: filled in on failure
 */
bool unpack(enum packing packing, const uint8_t *data, size_t size, uint64_t max,
	    struct unpacked *to, struct kernel_why *why)
{
	struct run r = { .in = data, .in_size = size, .to = to, .max = max };
	bool done = false;

	*to = (struct unpacked){ 0 };
	if (packing == PACKED_ZSTD) {
		r.zstd = ZSTD_createDStream();
		if (r.zstd)
			done = unpack_all(&r, step_zstd, why);
		else
			why_not(why, "there is no memory to unpack it");
		ZSTD_freeDStream(r.zstd);
		return done;
	}
	/* 16: with gzip's header */
	if (inflateInit2(&r.zlib, MAX_WBITS + 16) != Z_OK)
		return why_not(why, "there is no memory to unpack it");
	done = unpack_all(&r, step_gzip, why);
	inflateEnd(&r.zlib);
	return done;
}
