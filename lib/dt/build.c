// SPDX-License-Identifier: GPL-2.0-only
/*
 * From configs to a device tree (Devicetree Specification 0.4; the bindings are
 * those of Linux's Documentation/devicetree/bindings).
 */
#include <config/uart.h>
#include <dt/writer.h>

/* The timers' PPIs (BSA, DEN0094, 3.8.1.1): every machine that Linux runs on has these */
enum { PPI_TIMER_HYP = 26, PPI_TIMER_VIRT = 27, PPI_TIMER_SECURE = 29, PPI_TIMER_PHYS = 30 };

#define DEVICE_PAGE 0x1000

/* What the hypervisor emulates: its line, and what Linux calls it when it is pressed */
#define BUTTON_LINE 3
#define KEY_POWER 116

/*
 * A kernel that panics is to tell the hypervisor, by a reset, which knows from the emulated
 * UART what that is (CL_FAIL_PANIC), and not to wait for ever. In front of what the user
 * says, which goes before it.
 */
#define PANIC_ARGS "panic=-1"

/* The node of the console, for which Linux has a driver; NULL: it has none */
static const char *console_node(const struct cl_console *con)
{
	switch (con->type) {
	case CL_CONSOLE_PL011:
	case CL_CONSOLE_UART8250:
	case CL_CONSOLE_SBSA_UART:
		return "serial";
	}
	return NULL;
}

static void write_chosen(struct writer *w)
{
	const struct cl_console *con = &w->cell->cell->console;
	const struct dt_boot *boot = w->boot;
	char path[64];

	begin(w, "chosen");
	if (w->bootargs[0])
		put_text(w, "bootargs", w->bootargs);
	if (console_node(con)) {
		snprintf(path, sizeof(path), "/%s@%" PRIx64 ":115200n8", console_node(con),
			 con->address);
		put_text(w, "stdout-path", path);
	}
	if (boot->initrd_end) {
		put_u64(w, "linux,initrd-start", boot->initrd_start);
		put_u64(w, "linux,initrd-end", boot->initrd_end);
	}
	if (boot->has_seeds) {
		put_bytes(w, "kaslr-seed", boot->kaslr_seed, sizeof(boot->kaslr_seed));
		put_bytes(w, "rng-seed", boot->rng_seed, sizeof(boot->rng_seed));
	}
	end(w);
}

/* HVC reaches the hypervisor on every machine; a CPU without EL3 has no SMC. */
static void write_psci(struct writer *w)
{
	static const char compatible[] = "arm,psci-1.0\0arm,psci-0.2";

	begin(w, "psci");
	put_bytes(w, "compatible", compatible, sizeof(compatible));
	put_text(w, "method", "hvc");
	end(w);
}

static void write_cpus(struct writer *w)
{
	const struct config *cell = w->cell;

	begin(w, "cpus");
	put_u32(w, "#address-cells", 2);
	put_u32(w, "#size-cells", 0);
	for (u32 i = 0; i < cell->nr_cpus; i++) {
		u64 mpidr = w->system->cpus[cell->cpus[i]];

		begin_at(w, "cpu", mpidr);
		put_text(w, "device_type", "cpu");
		put_text(w, "compatible", "arm,armv8");
		put_u64(w, "reg", mpidr);
		put_text(w, "enable-method", "psci");
		end(w);
	}
	end(w);
}

bool dt_is_linux_ram(const struct cl_mem_region *r)
{
	const u64 all = CL_MEM_READ | CL_MEM_WRITE | CL_MEM_EXECUTE;

	return mem_is_ram(r) && (r->flags & all) == all &&
	       !(r->flags & (CL_MEM_ROOTSHARED | CL_MEM_NONCACHEABLE));
}

/* RAM in the order of its addresses, what touches joined. Return: pieces. */
static u32 collect_ram(const struct config *cell, struct cl_range *ram)
{
	u32 count = 0, joined = 0, at;

	for (u32 i = 0; i < cell->nr_mem; i++) {
		const struct cl_mem_region *r = &cell->mem[i];

		if (!dt_is_linux_ram(r))
			continue;
		for (at = count++; at && ram[at - 1].start > r->virt_start; at--)
			ram[at] = ram[at - 1];
		ram[at] = (struct cl_range){ r->virt_start, r->size };
	}
	for (u32 i = 1; i < count; i++) {
		if (ram[joined].start + ram[joined].size == ram[i].start)
			ram[joined].size += ram[i].size;
		else
			ram[++joined] = ram[i];
	}
	return count ? joined + 1 : 0;
}

static void write_memory(struct writer *w, const struct cl_range *ram, u32 pieces)
{
	begin_at(w, "memory", ram[0].start);
	put_text(w, "device_type", "memory");
	put_reg(w, ram, pieces);
	end(w);
}

/* Memory that Linux must not take for its own: others use it, too */
static void write_reserved(struct writer *w)
{
	bool begun = false;

	for (u32 i = 0; i < w->cell->nr_mem; i++) {
		const struct cl_mem_region *r = &w->cell->mem[i];

		if (!mem_is_ram(r) || dt_is_linux_ram(r))
			continue;
		if (!begun) {
			begin(w, "reserved-memory");
			put_two_cells(w);
			put_flag(w, "ranges");
			begun = true;
		}
		begin_at(w, "shared", r->virt_start);
		put_one_reg(w, r->virt_start, r->size);
		put_flag(w, "no-map");
		end(w);
	}
	if (begun)
		end(w);
}

/* Cells see the frames of a GICv3 where the machine has them; and of a GICv2, in the
 * place of the CPU interface, the virtual one.
 */
static void write_gic(struct writer *w)
{
	const struct cl_gic *gic = &w->system->system->gic;
	struct cl_range reg[1 + CL_MAX_GICR_REGIONS] = { { gic->gicd_base, gicd_size(gic) } };
	u32 regions = 0;

	begin_at(w, "interrupt-controller", gic->gicd_base);
	if (gic->version == 2) {
		put_text(w, "compatible", "arm,gic-400");
		reg[1] = gic->gicc;
		put_reg(w, reg, 2);
	} else {
		for (u32 i = 0; i < CL_MAX_GICR_REGIONS; i++) {
			if (gic->gicr[i].size)
				reg[1 + regions++] = gic->gicr[i];
		}
		put_text(w, "compatible", "arm,gic-v3");
		put_reg(w, reg, 1 + regions);
		if (regions > 1)
			put_u32(w, "#redistributor-regions", regions);
	}
	put_u32(w, "#interrupt-cells", 3);
	put_u32(w, "#address-cells", 0);
	put_flag(w, "interrupt-controller");
	put_u32(w, "phandle", PHANDLE_GIC);
	end(w);
}

/*
 * A Linux that starts at EL1 takes the virtual timer. No state of a CPU that a cell
 * can enter stops it.
 */
static void write_timer(struct writer *w)
{
	u32 flags = LEVEL_HIGH | (w->system->system->gic.version == 2 ? GICV2_ALL_CPUS : 0);

	begin(w, "timer");
	put_text(w, "compatible", "arm,armv8-timer");
	put_cells(w, "interrupts", 12, GIC_PPI, PPI_TIMER_SECURE - FIRST_PPI, flags, /**/
		  GIC_PPI, PPI_TIMER_PHYS - FIRST_PPI, flags, /**/
		  GIC_PPI, PPI_TIMER_VIRT - FIRST_PPI, flags, /**/
		  GIC_PPI, PPI_TIMER_HYP - FIRST_PPI, flags);
	put_flag(w, "always-on");
	end(w);
}

static void write_uart_registers(struct writer *w, const struct cl_console *con)
{
	static const char pl011[] = "arm,pl011\0arm,primecell";
	static const char pl011_clocks[] = "uartclk\0apb_pclk";

	if (con->type == CL_CONSOLE_UART8250) {
		put_text(w, "compatible", "ns16550a");
		put_one_reg(w, con->address, (u64)config_uart(con)->size * uart_stride(con));
		put_u32(w, "reg-shift", con->flags & CL_UART_STRIDE_4 ? 2 : 0);
		put_u32(w, "reg-io-width", con->flags & CL_UART_WIDTH_4 ? 4 : 1);
		put_u32(w, "clocks", PHANDLE_CLOCK);
		return;
	}
	if (con->type == CL_CONSOLE_PL011) {
		put_bytes(w, "compatible", pl011, sizeof(pl011));
		put_cells(w, "clocks", 2, PHANDLE_CLOCK, PHANDLE_CLOCK);
		put_bytes(w, "clock-names", pl011_clocks, sizeof(pl011_clocks));
	} else {
		put_text(w, "compatible", "arm,sbsa-uart");
	}
	put_one_reg(w, con->address, DEVICE_PAGE);
}

static void write_console(struct writer *w)
{
	const struct cl_cell *cell = w->cell->cell;
	const struct cl_console *con = &cell->console;

	if (!console_node(con))
		return;
	/* No config says what drives its clock: the usual frequency, for --dtb to correct */
	if (con->type != CL_CONSOLE_SBSA_UART)
		write_clock(w, "uart-clock", con->type == CL_CONSOLE_PL011 ? 24000000 : 1843200,
			    PHANDLE_CLOCK);
	begin_at(w, console_node(con), con->address);
	write_uart_registers(w, con);
	if (cell->console_irq)
		put_cells(w, "interrupts", 3, GIC_SPI, cell->console_irq - FIRST_SPI,
			  con->type == CL_CONSOLE_SBSA_UART ? EDGE_RISING : LEVEL_HIGH);
	put_u32(w, "current-speed", 115200);
	end(w);
}

/* Linux asks each PrimeCell for the clock of its bus, whether there is one or not */
static void write_button(struct writer *w)
{
	static const char pl061[] = "arm,pl061\0arm,primecell";
	const struct cl_power_button *b = &w->cell->cell->power_button;

	if (!b->address)
		return;
	write_clock(w, "bus-clock", 24000000, PHANDLE_BUS_CLOCK);
	begin_at(w, "gpio", b->address);
	put_bytes(w, "compatible", pl061, sizeof(pl061));
	put_one_reg(w, b->address, DEVICE_PAGE);
	put_cells(w, "interrupts", 3, GIC_SPI, b->irq - FIRST_SPI, EDGE_RISING);
	put_u32(w, "clocks", PHANDLE_BUS_CLOCK);
	put_text(w, "clock-names", "apb_pclk");
	put_flag(w, "gpio-controller");
	put_u32(w, "#gpio-cells", 2);
	put_u32(w, "phandle", PHANDLE_GPIO);
	end(w);
	begin(w, "gpio-keys");
	put_text(w, "compatible", "gpio-keys");
	begin(w, "key-power");
	put_text(w, "label", "Power button");
	put_u32(w, "linux,code", KEY_POWER);
	put_cells(w, "gpios", 3, PHANDLE_GPIO, BUTTON_LINE, 0);
	end(w);
	end(w);
}

static void write_tree(struct writer *w, const struct cl_range *ram, u32 pieces)
{
	char model[64];

	begin(w, "");
	put_text(w, "compatible", "cloister,cell");
	snprintf(model, sizeof(model), "Cloister cell %.*s", CL_NAME_SIZE, w->cell->cell->name);
	put_text(w, "model", model);
	put_two_cells(w);
	put_u32(w, "interrupt-parent", PHANDLE_GIC);
	write_chosen(w);
	write_psci(w);
	write_cpus(w);
	write_memory(w, ram, pieces);
	write_reserved(w);
	write_gic(w);
	write_timer(w);
	write_console(w);
	write_button(w);
	dt_write_devices(w);
	end(w);
}

static bool make_bootargs(struct writer *w, struct dt_why *why)
{
	bool panics = w->cell->cell->console.type == CL_CONSOLE_SBSA_UART;
	const char *user = w->boot->bootargs ? w->boot->bootargs : "";
	int length = snprintf(w->bootargs, sizeof(w->bootargs), "%s%s%s", panics ? PANIC_ARGS : "",
			      panics && *user ? " " : "", user);

	if (length >= 0 && length < DT_MAX_BOOTARGS)
		return true;
	snprintf(why->text, sizeof(why->text),
		 "the command line has %d characters%s, a kernel takes %d", length,
		 panics ? " with " PANIC_ARGS : "", DT_MAX_BOOTARGS - 1);
	return false;
}

bool dt_build(void *tree, u32 size, const struct config *system, const struct config *cell,
	      const struct dt_boot *boot, struct dt_why *why)
{
	struct writer w = { .fdt = tree, .system = system, .cell = cell, .boot = boot };
	struct cl_range ram[CL_MAX_MEM_REGIONS];
	u32 pieces = collect_ram(cell, ram);

	if (!make_bootargs(&w, why))
		return false;
	if (!pieces) {
		snprintf(why->text, sizeof(why->text),
			 "the cell has no RAM of its own that it may read, write and execute");
		return false;
	}
	check(&w, fdt_create(tree, (int)size));
	check(&w, w.err ? 0 : fdt_finish_reservemap(tree));
	write_tree(&w, ram, pieces);
	check(&w, w.err ? 0 : fdt_finish(tree));
	if (w.err)
		snprintf(why->text, sizeof(why->text), "no tree could be made in %u bytes: %s",
			 size, fdt_strerror(w.err));
	return !w.err;
}

u32 dt_size(const void *tree)
{
	return fdt_totalsize(tree);
}
