// SPDX-License-Identifier: GPL-2.0-only
/*
 * The formats of arm64 kernels: Image (Documentation/arch/arm64/booting.rst of
 * Linux), the same packed by gzip or zstd, and EFI zboot (drivers/firmware/efi/
 * libstub/zboot-header.S), which has a packed Image in it.
 *
 * All numbers are little-endian, as are all machines that this is built for.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel.h"

#define MIB_2 (2u << 20)

/**
 * struct image_header - the first 64 bytes of an Image
 * @code: instructions; the first two bytes are "MZ" where it is an EFI program, too
 * @text_offset: see struct kernel
 * @image_size: bytes of RAM that it takes, .bss included
 * @flags: IMAGE_*
 * @reserved: 0
 * @magic: IMAGE_MAGIC
 * @pe_offset: of the PE header, if it is an EFI program
 */
struct image_header {
	uint32_t code[2];
	uint64_t text_offset;
	uint64_t image_size;
	uint64_t flags;
	uint64_t reserved[3];
	uint32_t magic;
	uint32_t pe_offset;
};

#define IMAGE_MAGIC 0x644d5241 /* "ARM\x64" */
#define IMAGE_BIG_ENDIAN 1
#define IMAGE_PAGE_SIZE(flags) ((flags) >> 1 & 3)

/**
 * struct zboot_header - the first bytes of an EFI zboot image
 * @mz: "MZ"
 * @magic: "zimg"
 * @offset: of the packed Image, from the begin of the file
 * @size: its bytes
 * @reserved: 0
 * @packing: "gzip", "zstd", ...
 */
struct zboot_header {
	uint8_t mz[4];
	uint8_t magic[4];
	uint32_t offset;
	uint32_t size;
	uint32_t reserved[2];
	char packing[32];
};

_Static_assert(sizeof(struct image_header) == 64, "booting.rst");
_Static_assert(sizeof(struct zboot_header) == 56, "zboot-header.S");

/**
 * why_not() - say what is wrong
 * @why: filled in
 * @format: as printf's
 *
 * Return: false
 */
bool why_not(struct kernel_why *why, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(why->text, sizeof(why->text), format, args);
	va_end(args);
	return false;
}

static bool begins_with(const uint8_t *data, size_t size, const char *magic, size_t length)
{
	return size >= length && !memcmp(data, magic, length);
}

static bool is_gzip(const uint8_t *data, size_t size)
{
	return begins_with(data, size, "\x1f\x8b", 2);
}

static bool is_zstd(const uint8_t *data, size_t size)
{
	return begins_with(data, size, "\x28\xb5\x2f\xfd", 4);
}

/* What it may be instead, in words */
static const char *guess(const uint8_t *data, size_t size)
{
	if (begins_with(data, size,
			"\x7f"
			"ELF",
			4))
		return "an ELF file (vmlinux?)";
	if (begins_with(data, size, "\xfd\x37zXZ", 5))
		return "an xz file";
	if (begins_with(data, size, "MZ", 2))
		return "an EFI program for something else";
	if (begins_with(data, size, "\xd0\x0d\xfe\xed", 4))
		return "a device tree";
	if (begins_with(data, size, "070701", 6))
		return "a cpio archive";
	return "something unknown";
}

static uint16_t read16(const uint8_t *data)
{
	return (uint16_t)(data[0] | data[1] << 8);
}

static uint32_t read32(const uint8_t *data)
{
	return read16(data) | (uint32_t)read16(data + 2) << 16;
}

/*
 * Where the sections of a PE file end, 0 if it has none: the only place of an Image
 * that tells how long the file is. (Microsoft's PE format: the COFF header behind
 * "PE\0\0" is 20 bytes, an entry of the section table 40.)
 */
static uint64_t pe_end(const uint8_t *data, size_t size, uint64_t at)
{
	uint64_t table, end = 0;

	if (at > size || size - at < 24 || memcmp(data + at, "PE\0", 4))
		return 0;
	table = at + 24 + read16(data + at + 20);
	for (unsigned int left = read16(data + at + 6); left; left--, table += 40) {
		uint64_t section_end;

		if (table + 40 > size)
			return 0;
		section_end = (uint64_t)read32(data + table + 16) + read32(data + table + 20);
		if (section_end > end)
			end = section_end;
	}
	return end;
}

static bool open_image(const uint8_t *data, size_t size, struct kernel *kernel,
		       struct kernel_why *why)
{
	struct image_header h = { 0 };
	uint64_t end;

	if (size >= sizeof(h))
		memcpy(&h, data, sizeof(h));
	if (size < sizeof(h) || h.magic != IMAGE_MAGIC)
		return why_not(why,
			       "is no arm64 kernel (Image, gzip, zstd or EFI zboot), but %s of "
			       "%zu bytes%s",
			       guess(data, size), size, kernel->unpacked.data ? ", unpacked" : "");
	if (h.flags & IMAGE_BIG_ENDIAN)
		return why_not(why,
			       "is a big-endian kernel (flags 0x%jx): cells have little-endian "
			       "data only",
			       (uintmax_t)h.flags);
	if (!h.image_size)
		return why_not(why, "does not say how much RAM it takes: it is older than 3.17");
	if (h.text_offset >= MIB_2 || h.text_offset % 4 || h.image_size > UINT64_MAX / 4)
		return why_not(why,
			       "is damaged: its header has text_offset 0x%jx, image_size 0x%jx",
			       (uintmax_t)h.text_offset, (uintmax_t)h.image_size);
	end = begins_with(data, size, "MZ", 2) ? pe_end(data, size, h.pe_offset) : 0;
	if (end > size)
		return why_not(why, "is cut off: it has %zu bytes, its header knows of %ju", size,
			       (uintmax_t)end);

	kernel->image = data;
	kernel->size = size;
	kernel->text_offset = h.text_offset;
	kernel->needed = h.image_size > size ? h.image_size : size;
	/* 1: 4 KiB, 2: 16 KiB, 3: 64 KiB */
	if (IMAGE_PAGE_SIZE(h.flags))
		kernel->page_size = 1024u << 2 * IMAGE_PAGE_SIZE(h.flags);
	return true;
}

/* An Image is in there, and nothing else that is packed */
static bool open_packed(enum packing packing, const uint8_t *data, size_t size, uint64_t max,
			struct kernel *kernel, struct kernel_why *why)
{
	return unpack(packing, data, size, max, &kernel->unpacked, why) &&
	       open_image(kernel->unpacked.data, kernel->unpacked.size, kernel, why);
}

static bool open_zboot(const uint8_t *file, size_t size, uint64_t max, struct kernel *kernel,
		       struct kernel_why *why)
{
	struct zboot_header h;

	memcpy(&h, file, sizeof(h));
	if (h.offset > size || h.size > size - h.offset)
		return why_not(why,
			       "is cut off: its packed kernel is %u bytes at byte %u, but there "
			       "are only %zu",
			       h.size, h.offset, size);
	/* "zstd22" is a level of compression */
	if (!strncmp(h.packing, "gzip", 5))
		return open_packed(PACKED_GZIP, file + h.offset, h.size, max, kernel, why);
	if (!strncmp(h.packing, "zstd", 4))
		return open_packed(PACKED_ZSTD, file + h.offset, h.size, max, kernel, why);
	h.packing[sizeof(h.packing) - 1] = 0;
	for (char *p = h.packing; *p; p++) {
		if (*p < ' ' || *p > '~')
			*p = '?';
	}
	return why_not(why, "is an EFI zboot kernel packed by '%s': gzip and zstd are known",
		       h.packing);
}

/**
 * kernel_open() - find out what a file has in it
 * @file: its bytes, which stay in use
 * @size: their number
 * @max: the largest image that is worth unpacking
 * @kernel: filled in; for kernel_close() also after a failure
 * @why: filled in on failure
 */
bool kernel_open(const uint8_t *file, size_t size, uint64_t max, struct kernel *kernel,
		 struct kernel_why *why)
{
	memset(kernel, 0, sizeof(*kernel));
	if (is_gzip(file, size))
		return open_packed(PACKED_GZIP, file, size, max, kernel, why);
	if (is_zstd(file, size))
		return open_packed(PACKED_ZSTD, file, size, max, kernel, why);
	if (size >= sizeof(struct zboot_header) && begins_with(file, size, "MZ", 2) &&
	    !memcmp(file + offsetof(struct zboot_header, magic), "zimg", 4))
		return open_zboot(file, size, max, kernel, why);
	return open_image(file, size, kernel, why);
}

void kernel_close(struct kernel *kernel)
{
	free(kernel->unpacked.data);
	memset(kernel, 0, sizeof(*kernel));
}
