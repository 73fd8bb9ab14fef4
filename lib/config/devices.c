// SPDX-License-Identifier: GPL-2.0-only
/*
 * The rules for what a cell's config says of its devices, which becomes a device tree.
 * Nobody but the cell's guest believes it, so the hypervisor does without them.
 */
#include <config/internal.h>

/* Words of printable characters, a blank between two of them */
static bool is_compatible(const char *s)
{
	char before = ' ';
	u32 i;

	for (i = 0; i < CL_COMPATIBLE_SIZE && s[i]; i++) {
		if (s[i] < ' ' || s[i] > '~' || (s[i] == ' ' && before == ' '))
			return false;
		before = s[i];
	}
	return i < CL_COMPATIBLE_SIZE && before != ' ';
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_node_character(char c)
{
	return is_letter(c) || (c >= '0' && c <= '9') || c == ',' || c == '.' || c == '_' ||
	       c == '+' || c == '-';
}

/* Devicetree Specification 0.4, 2.2.1: without the address behind it; or none */
static bool is_node_name(const char *s)
{
	u32 i = 0;

	while (i < CL_NAME_SIZE && is_node_character(s[i]))
		i++;
	return i < CL_NAME_SIZE && !s[i] && (!i || is_letter(s[0]));
}

/* The end may be beyond all addresses */
static bool is_in_io(const struct config *cfg, const struct cl_device *d)
{
	u32 i;

	for (i = 0; i < cfg->nr_mem; i++) {
		const struct cl_mem_region *r = &cfg->mem[i];

		if ((r->flags & CL_MEM_IO) && d->address >= r->virt_start && d->size &&
		    d->size <= r->size && d->address - r->virt_start <= r->size - d->size)
			return true;
	}
	return false;
}

/*
 * What is in a region overlaps neither the interrupt controller nor what the hypervisor
 * emulates, for no region does.
 */
static int check_device_place(const struct config *cfg, u32 i, struct error *err)
{
	const struct cl_device *d = &cfg->devices[i];
	const struct cl_console *con = &cfg->cell->console;
	const struct uart *uart = config_uart(con);
	u32 j;

	if (!is_in_io(cfg, d))
		return REFUSE(DEVICE_ADDRESS, i, d->address);
	for (j = 0; j < i; j++) {
		if (ranges_overlap(d->address, d->size, cfg->devices[j].address,
				   cfg->devices[j].size))
			return REFUSE(DEVICE_OVERLAP, j, i);
	}
	if (uart &&
	    ranges_overlap(d->address, d->size, con->address, (u64)uart->size * uart_stride(con)))
		return REFUSE(DEVICE_CONSOLE, i, d->address);
	return 0;
}

/* Has somebody before number @k of device @i the same interrupt? */
static bool irq_is_taken(const struct config *cfg, u32 i, u32 k)
{
	u32 irq = cfg->devices[i].irqs[k], j, n;

	if (irq == cfg->cell->console_irq || irq == cfg->cell->power_button.irq)
		return true;
	for (j = 0; j <= i; j++) {
		for (n = 0; n < (j == i ? k : CL_MAX_DEVICE_IRQS); n++) {
			if (cfg->devices[j].irqs[n] == irq)
				return true;
		}
	}
	return false;
}

static int check_device_irqs(const struct config *cfg, u32 i, struct error *err)
{
	const struct cl_device *d = &cfg->devices[i];
	u32 count = CL_MAX_DEVICE_IRQS, k;

	while (count && !d->irqs[count - 1])
		count--;
	for (k = 0; k < count; k++) {
		if (!has_spi(cfg, d->irqs[k]))
			return REFUSE(DEVICE_IRQ, i, d->irqs[k]);
		if (irq_is_taken(cfg, i, k))
			return REFUSE(DEVICE_IRQ_TAKEN, i, d->irqs[k]);
	}
	return d->edge >> count ? REFUSE(DEVICE_EDGE, i, d->edge) : 0;
}

int config_check_devices(const struct config *cfg, struct error *err)
{
	int ret = 0;
	u32 i;

	for (i = 0; !ret && i < cfg->nr_devices; i++) {
		const struct cl_device *d = &cfg->devices[i];

		if (!is_compatible(d->compatible))
			return REFUSE(DEVICE_COMPATIBLE, i, 0);
		if (!is_node_name(d->name))
			return REFUSE(DEVICE_NAME, i, 0);
		if ((d->flags & ~CL_DEVICE_DMA_COHERENT) || d->reserved)
			return REFUSE(DEVICE_FLAGS, i,
				      (d->flags & ~CL_DEVICE_DMA_COHERENT) | d->reserved);
		ret = check_device_place(cfg, i, err);
		if (!ret)
			ret = check_device_irqs(cfg, i, err);
	}
	return ret;
}
