/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files share that write a tree. */
#ifndef DT_WRITER_H
#define DT_WRITER_H

#include <inttypes.h>
#include <libfdt.h>
#include <stdarg.h>
#include <stdio.h>

#include <dt/dt.h>
#include <dt/phandle.h>

/* Interrupt specifiers of a GIC (interrupt-controller/arm,gic-v3.yaml) */
#define GIC_SPI 0
#define GIC_PPI 1
#define EDGE_RISING 1
#define LEVEL_HIGH 4
#define FIRST_PPI 16
#define FIRST_SPI 32
/* With GICv2, a PPI has a mask of CPUs, too */
#define GICV2_ALL_CPUS 0xff00

/**
 * struct writer - a tree being written
 * @fdt: where
 * @err: the first error of libfdt; nothing is written behind it
 * @system: the machine
 * @cell: the cell
 * @boot: the rest
 * @bootargs: the command line
 */
struct writer {
	void *fdt;
	int err;
	const struct config *system;
	const struct config *cell;
	const struct dt_boot *boot;
	char bootargs[DT_MAX_BOOTARGS];
};

static inline void check(struct writer *w, int err)
{
	if (!w->err)
		w->err = err;
}

static inline void begin(struct writer *w, const char *name)
{
	check(w, w->err ? 0 : fdt_begin_node(w->fdt, name));
}

/* A node with a unit address */
static inline void begin_at(struct writer *w, const char *name, u64 address)
{
	char text[64];

	snprintf(text, sizeof(text), "%s@%" PRIx64, name, address);
	begin(w, text);
}

static inline void end(struct writer *w)
{
	check(w, w->err ? 0 : fdt_end_node(w->fdt));
}

static inline void put_bytes(struct writer *w, const char *name, const void *data, size_t size)
{
	check(w, w->err ? 0 : fdt_property(w->fdt, name, data, (int)size));
}

static inline void put_flag(struct writer *w, const char *name)
{
	put_bytes(w, name, NULL, 0);
}

static inline void put_text(struct writer *w, const char *name, const char *text)
{
	check(w, w->err ? 0 : fdt_property_string(w->fdt, name, text));
}

#define MAX_CELLS 16

static inline void put_cells(struct writer *w, const char *name, u32 count, ...)
{
	fdt32_t cells[MAX_CELLS];
	va_list args;

	va_start(args, count);
	for (u32 i = 0; i < count; i++)
		cells[i] = cpu_to_fdt32(va_arg(args, u32));
	va_end(args);
	put_bytes(w, name, cells, count * sizeof(*cells));
}

static inline void put_u32(struct writer *w, const char *name, u32 value)
{
	put_cells(w, name, 1, value);
}

static inline void put_u64(struct writer *w, const char *name, u64 value)
{
	put_cells(w, name, 2, (u32)(value >> 32), (u32)value);
}

/* Addresses and sizes have two cells each, everywhere. */
static inline void put_reg(struct writer *w, const struct cl_range *ranges, u32 count)
{
	fdt64_t reg[2 * CL_MAX_MEM_REGIONS];

	for (u32 i = 0; i < count; i++) {
		reg[2 * i] = cpu_to_fdt64(ranges[i].start);
		reg[2 * i + 1] = cpu_to_fdt64(ranges[i].size);
	}
	put_bytes(w, "reg", reg, count * 2 * sizeof(*reg));
}

static inline void put_one_reg(struct writer *w, u64 start, u64 size)
{
	const struct cl_range range = { start, size };

	put_reg(w, &range, 1);
}

static inline void put_two_cells(struct writer *w)
{
	put_u32(w, "#address-cells", 2);
	put_u32(w, "#size-cells", 2);
}

/* One that nobody has to turn on */
static inline void write_clock(struct writer *w, const char *name, u32 frequency, u32 phandle)
{
	begin(w, name);
	put_text(w, "compatible", "fixed-clock");
	put_u32(w, "#clock-cells", 0);
	put_u32(w, "clock-frequency", frequency);
	put_u32(w, "phandle", phandle);
	end(w);
}

/* The nodes of the cell's devices, in the order of its config */
void dt_write_devices(struct writer *w);

#endif
