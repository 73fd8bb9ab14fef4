/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of this library share. */
#ifndef CONFIG_INTERNAL_H
#define CONFIG_INTERNAL_H

#include <config/config.h>
#include <config/range.h>
#include <config/uart.h>

#define REFUSE(rule, a, b) refuse(err, -CL_EINVAL, CL_RULE_##rule, (u64)(a), (u64)(b))

#define KIB_4 0x1000ull
#define KIB_8 0x2000ull
#define KIB_64 0x10000ull
#define KIB_128 0x20000ull
#define MIB_1 0x100000ull
#define MIB_2 0x200000ull

static inline bool is_aligned(u64 x, u64 alignment)
{
	return !(x & (alignment - 1));
}

/* Does [start, start + size) end above the addresses that there are? */
static inline bool beyond(u64 start, u64 size, unsigned int pa_bits)
{
	u64 limit = 1ull << pa_bits;

	return size > limit || start > limit - size;
}

/* Bytes of the PCI configuration space, 0 if there is none; end_bus is 0..255 */
static inline u64 mmconfig_size(const struct cl_system *s)
{
	return s->pci.mmconfig_base ? (s->pci.end_bus + 1ull) << 20 : 0;
}

/*
 * Does [start, start + size) share a byte with what the hypervisor emulates, or
 * keeps, or gives to root as a whole? All of these have been checked.
 */
bool touches_gic(const struct cl_system *s, u64 start, u64 size);

static inline bool touches_mmconfig(const struct cl_system *s, u64 start, u64 size)
{
	return ranges_overlap(start, size, s->pci.mmconfig_base, mmconfig_size(s));
}

static inline bool touches_hypervisor(const struct cl_system *s, u64 start, u64 size)
{
	return ranges_overlap(start, size, s->hypervisor_memory.start, s->hypervisor_memory.size);
}

static inline bool has_spi(const struct config *cfg, u32 spi)
{
	u32 i = 0;

	while (i < cfg->nr_spis && cfg->spis[i] != spi)
		i++;
	return i < cfg->nr_spis;
}

/* Has @con only flags of its UART and, if it is one at all, of @more? */
static inline bool uart_flags_possible(const struct cl_console *con, const struct uart *uart,
				       u32 more)
{
	return !(con->flags & ~(uart ? uart->flags | more : 0)) &&
	       (con->flags & (CL_UART_STRIDE_4 | CL_UART_WIDTH_4)) != CL_UART_WIDTH_4;
}

/* The page of the debug console's registers */
static inline bool touches_debug_console(const struct cl_system *s, u64 start, u64 size)
{
	return s->debug_console.type &&
	       ranges_overlap(start, size, s->debug_console.address & ~(KIB_4 - 1), KIB_4);
}

#endif
