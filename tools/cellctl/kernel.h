/* SPDX-License-Identifier: GPL-2.0-only */
/* Kernels of arm64 as files, and where they go in a cell. */
#ifndef KERNEL_H
#define KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <config/config.h>

/**
 * struct kernel_why - what is wrong, as a part of a sentence that begins with the file
 */
struct kernel_why {
	char text[200];
};

bool why_not(struct kernel_why *why, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* unpack.c */
enum packing { PACKED_GZIP, PACKED_ZSTD };

/**
 * struct unpacked - bytes that were unpacked
 * @data: for free()
 * @size: their number
 */
struct unpacked {
	uint8_t *data;
	size_t size;
};

bool unpack(enum packing packing, const uint8_t *data, size_t size, uint64_t max,
	    struct unpacked *to, struct kernel_why *why);

/* kernel.c */
/**
 * struct kernel - a kernel, ready to be placed
 * @image: its bytes
 * @size: their number
 * @text_offset: where it begins, from a multiple of 2 MiB on
 * @needed: bytes from there on that are its own, .bss included
 * @page_size: of its own tables; 0: it does not say
 * @unpacked: what @image points to if the file was packed
 */
struct kernel {
	const uint8_t *image;
	size_t size;
	uint64_t text_offset;
	uint64_t needed;
	uint32_t page_size;
	struct unpacked unpacked;
};

bool kernel_open(const uint8_t *file, size_t size, uint64_t max, struct kernel *kernel,
		 struct kernel_why *why);
void kernel_close(struct kernel *kernel);

/* place.c */
/**
 * struct placement - addresses in the cell
 * @kernel: entry point, and where the image begins
 * @initrd: where the ramdisk begins
 * @dtb: where the device tree begins; DT_MAX_SIZE are free there
 */
struct placement {
	uint64_t kernel;
	uint64_t initrd;
	uint64_t dtb;
};

/* Whose fault it is that something does not fit */
enum misfit { FITS, MISFIT_CONFIG, MISFIT_KERNEL, MISFIT_INITRD };

uint64_t largest_room(const struct config *cell);
enum misfit find_places(const struct config *cell, const struct kernel *kernel,
			uint64_t initrd_size, struct placement *at, struct kernel_why *why);

#endif
