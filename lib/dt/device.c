// SPDX-License-Identifier: GPL-2.0-only
/* The nodes of a cell's devices, from what its config says that they are. */
#include <string.h>

#include <dt/writer.h>

/* The words of a compatible as its property has them, one behind the other. Return: bytes. */
static size_t split_words(char *list, const char *words)
{
	size_t size = strlen(words) + 1;

	for (size_t i = 0; i < size; i++)
		list[i] = words[i] == ' ' ? '\0' : words[i];
	return size;
}

static bool has_word(const char *list, size_t size, const char *word)
{
	for (const char *p = list; p < list + size; p += strlen(p) + 1) {
		if (!strcmp(p, word))
			return true;
	}
	return false;
}

static void write_interrupts(struct writer *w, const struct cl_device *d)
{
	fdt32_t cells[3 * CL_MAX_DEVICE_IRQS];
	u32 n = 0;

	for (u32 i = 0; i < CL_MAX_DEVICE_IRQS && d->irqs[i]; i++) {
		cells[n++] = cpu_to_fdt32(GIC_SPI);
		cells[n++] = cpu_to_fdt32(d->irqs[i] - FIRST_SPI);
		cells[n++] = cpu_to_fdt32(d->edge >> i & 1 ? EDGE_RISING : LEVEL_HIGH);
	}
	if (n)
		put_bytes(w, "interrupts", cells, n * sizeof(*cells));
}

static void write_device(struct writer *w, const struct cl_device *d, u32 phandle)
{
	char list[CL_COMPATIBLE_SIZE], clock[32];
	size_t size = split_words(list, d->compatible);

	if (d->clock_hz) {
		snprintf(clock, sizeof(clock), "clock-%" PRIx64, d->address);
		write_clock(w, clock, d->clock_hz, phandle);
	}
	begin_at(w, d->name[0] ? d->name : "device", d->address);
	put_bytes(w, "compatible", list, size);
	put_one_reg(w, d->address, d->size);
	write_interrupts(w, d);
	if (d->clock_hz) {
		put_u32(w, "clocks", phandle);
		/* The bus asks for it by its name, the drivers for the first one */
		if (has_word(list, size, "arm,primecell"))
			put_text(w, "clock-names", "apb_pclk");
	}
	if (d->flags & CL_DEVICE_DMA_COHERENT)
		put_flag(w, "dma-coherent");
	end(w);
}

void dt_write_devices(struct writer *w)
{
	for (u32 i = 0; i < w->cell->nr_devices; i++)
		write_device(w, &w->cell->devices[i], PHANDLE_DEVICE_CLOCK + i);
}
