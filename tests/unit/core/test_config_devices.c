// SPDX-License-Identifier: GPL-2.0-only
/* Every rule for what a cell's devices are, on both sides of each bound. */
#include <string.h>

#include "rules.h"

#define RW_IO (CL_MEM_READ | CL_MEM_WRITE | CL_MEM_IO)
/* Two regions of a page, one behind the other, and the end of both */
#define FIRST 0x20000000ull
#define SECOND 0x20001000ull
#define END 0x20002000ull
#define SPI CELL_SPI(0)
#define OTHER_SPI (CELL_SPI(0) + 60)

#define PLACE(start, bytes) SET(devices[0].address, start), SET(devices[0].size, bytes)
#define IRQ(n, irq) SET(devices[0].irqs[n], irq)
#define BOTH SET(nr_devices, 2)
#define CONSOLE(kind, ipa) SET(cell.console.type, kind), SET(cell.console.address, ipa)

static const struct rule_case cases[] = {
	GOOD(SET(nr_devices, 0)),
	GOOD(SET(nr_devices, 1)),
	GOOD(BOTH),
	BAD(DEVICE_COUNT, CL_MAX_DEVICES + 1, CL_MAX_DEVICES, SET(nr_devices, CL_MAX_DEVICES + 1)),
	/* Words: "arm,pl031 arm,primecell" */
	BAD(DEVICE_COMPATIBLE, 0, 0, SET(devices[0].compatible[0], 0)),
	BAD(DEVICE_COMPATIBLE, 0, 0, SET(devices[0].compatible[0], ' ')),
	BAD(DEVICE_COMPATIBLE, 0, 0, SET(devices[0].compatible[10], ' ')),
	BAD(DEVICE_COMPATIBLE, 0, 0, SET(devices[0].compatible[10], 0)),
	GOOD(SET(devices[0].compatible[9], 0)),
	GOOD(SET(devices[0].compatible[0], '~')),
	BAD(DEVICE_COMPATIBLE, 0, 0, SET(devices[0].compatible[0], 0x7f)),
	BAD(DEVICE_COMPATIBLE, 0, 0, SET(devices[0].compatible[0], 0x80)),
	BAD(DEVICE_COMPATIBLE, 0, 0, SET(devices[0].compatible[0], 0xff)),
	BAD(DEVICE_COMPATIBLE, 0, 0, SET(devices[0].compatible[0], '\t')),
	BAD(DEVICE_COMPATIBLE, 1, 0, BOTH, SET(devices[1].compatible[0], 0)),
	/* Names: "rtc" */
	GOOD(SET(devices[0].name[0], 0)),
	GOOD(SET(devices[0].name[0], 'Z'), SET(devices[0].name[1], '9'),
	     SET(devices[0].name[2], ',')),
	BAD(DEVICE_NAME, 0, 0, SET(devices[0].name[0], '1')),
	BAD(DEVICE_NAME, 0, 0, SET(devices[0].name[0], '-')),
	BAD(DEVICE_NAME, 0, 0, SET(devices[0].name[1], '@')),
	BAD(DEVICE_NAME, 0, 0, SET(devices[0].name[1], '/')),
	BAD(DEVICE_NAME, 0, 0, SET(devices[0].name[1], 0xe9)),
	GOOD(SET(devices[0].flags, CL_DEVICE_DMA_COHERENT)),
	BAD(DEVICE_FLAGS, 0, 2, SET(devices[0].flags, 3)),
	BAD(DEVICE_FLAGS, 0, 1, SET(devices[0].reserved, 1)),
	/* Within one region */
	GOOD(PLACE(FIRST + 0x7ff, 1)),
	GOOD(PLACE(SECOND, 0x1000)),
	GOOD(PLACE(END - 1, 1)),
	BAD(DEVICE_ADDRESS, 0, FIRST, PLACE(FIRST, 0)),
	BAD(DEVICE_ADDRESS, 0, FIRST - 1, PLACE(FIRST - 1, 2)),
	BAD(DEVICE_ADDRESS, 0, FIRST, PLACE(FIRST, 0x1001)),
	BAD(DEVICE_ADDRESS, 0, END, PLACE(END, 1)),
	BAD(DEVICE_ADDRESS, 0, END - 1, PLACE(END - 1, 2)),
	BAD(DEVICE_ADDRESS, 0, FIRST, PLACE(FIRST, ~0ull)),
	BAD(DEVICE_ADDRESS, 0, FIRST + 8, PLACE(FIRST + 8, -8)),
	BAD(DEVICE_ADDRESS, 0, ~0ull, PLACE(~0ull, 2)),
	/* It is an IPA, and not one of RAM, nor of what the hypervisor keeps there */
	BAD(DEVICE_ADDRESS, 0, DEVICE, PLACE(DEVICE, 4)),
	BAD(DEVICE_ADDRESS, 0, 0, PLACE(0, 4)),
	BAD(DEVICE_ADDRESS, 0, CELL_COMM_IPA, PLACE(CELL_COMM_IPA, 4)),
	BAD(DEVICE_ADDRESS, 0, GICD, PLACE(GICD, 4)),
	BAD(DEVICE_ADDRESS, 0, 0x30000000, PLACE(0x30000000, 4),
	    CONSOLE(CL_CONSOLE_SBSA_UART, 0x30000000), SET(cell.console_irq, OTHER_SPI)),
	/* Registers of a page */
	GOOD(SET(mem[CELL_MEM_NR].size, 0x800), SET(mem[CELL_MEM_NR].flags, RW_IO | CL_MEM_IO_32)),
	BAD(DEVICE_ADDRESS, 0, FIRST, SET(mem[CELL_MEM_NR].size, 0x7fc),
	    SET(mem[CELL_MEM_NR].flags, RW_IO | CL_MEM_IO_32)),
	/* No two of them */
	BAD(DEVICE_OVERLAP, 0, 1, BOTH, SET(devices[0].size, 0x801)),
	BAD(DEVICE_OVERLAP, 0, 1, BOTH, SET(devices[1].address, FIRST)),
	/* Nor one that is the console's */
	GOOD(CONSOLE(CL_CONSOLE_PL011, SECOND)),
	BAD(DEVICE_CONSOLE, 0, FIRST, CONSOLE(CL_CONSOLE_PL011, FIRST)),
	BAD(DEVICE_CONSOLE, 0, SECOND + 0xffc, CONSOLE(CL_CONSOLE_PL011, SECOND),
	    PLACE(SECOND + 0xffc, 4)),
	GOOD(CONSOLE(CL_CONSOLE_UART8250, SECOND), PLACE(SECOND + 8, 8)),
	BAD(DEVICE_CONSOLE, 0, SECOND + 7, CONSOLE(CL_CONSOLE_UART8250, SECOND),
	    PLACE(SECOND + 7, 8)),
	BAD(DEVICE_CONSOLE, 0, SECOND + 8, CONSOLE(CL_CONSOLE_UART8250, SECOND),
	    SET(cell.console.flags, CL_UART_STRIDE_4), PLACE(SECOND + 8, 8)),
	/* Interrupts */
	GOOD(IRQ(1, OTHER_SPI), SET(devices[0].edge, 3)),
	GOOD(IRQ(0, 0)),
	BAD(DEVICE_IRQ, 0, SPI + 1, IRQ(0, SPI + 1)),
	BAD(DEVICE_IRQ, 0, SPI, SET(nr_spis, 0)),
	BAD(DEVICE_IRQ, 0, 0, IRQ(0, 0), IRQ(3, OTHER_SPI)),
	BAD(DEVICE_IRQ, 0, 0, IRQ(2, OTHER_SPI)),
	BAD(DEVICE_IRQ_TAKEN, 0, SPI, IRQ(1, SPI)),
	BAD(DEVICE_IRQ_TAKEN, 1, SPI, BOTH, SET(devices[1].irqs[0], SPI)),
	GOOD(BOTH, SET(devices[1].irqs[0], OTHER_SPI)),
	BAD(DEVICE_IRQ_TAKEN, 0, SPI, CONSOLE(CL_CONSOLE_SBSA_UART, UART),
	    SET(cell.console_irq, SPI)),
	BAD(DEVICE_IRQ_TAKEN, 0, SPI, SET(cell.flags, CL_CELL_PASSIVE),
	    SET(cell.power_button.address, UART), SET(cell.power_button.irq, SPI)),
	BAD(DEVICE_EDGE, 0, 2, SET(devices[0].edge, 2)),
	BAD(DEVICE_EDGE, 0, BIT(31), SET(devices[0].edge, BIT(31))),
	BAD(DEVICE_EDGE, 0, 1, IRQ(0, 0), SET(devices[0].edge, 1)),
	GOOD(SET(devices[0].clock_hz, ~0u)),
};

static void with_devices(struct test_config *c)
{
	cell_config(c, 0);
	c->mem[c->nr_mem++] = (struct cl_mem_region){ { DEVICE }, FIRST, 4 * KiB, RW_IO };
	c->mem[c->nr_mem++] = (struct cl_mem_region){ { UART }, SECOND, 4 * KiB, RW_IO };
	c->devices[0] = (struct cl_device){
		.compatible = "arm,pl031 arm,primecell",
		.name = "rtc",
		.address = FIRST,
		.size = 0x800,
		.irqs = { SPI },
	};
	c->devices[1] = (struct cl_device){
		.compatible = "cloister,other",
		.address = FIRST + 0x800,
		.size = 0x800,
	};
	c->nr_devices = 1;
}

static void device_rules(void **state)
{
	static struct test_config c;

	(void)state;
	with_devices(&c);
	check_cases(&c, default_system(), cases, ARRAY_SIZE(cases));
}

static void texts_end_within_their_fields(void **state)
{
	static struct test_config c;
	struct error err = { .rule = CL_RULE_NONE };

	(void)state;
	with_devices(&c);
	memset(c.devices[0].compatible, 'x', CL_COMPATIBLE_SIZE - 1);
	memset(c.devices[0].name, 'x', CL_NAME_SIZE - 1);
	assert_int_equal(judge(&c, default_system(), &err), 0);
	c.devices[0].name[CL_NAME_SIZE - 1] = 'x';
	assert_int_equal(judge(&c, default_system(), &err), -CL_EINVAL);
	assert_int_equal(err.rule, CL_RULE_DEVICE_NAME);
	c.devices[0].compatible[CL_COMPATIBLE_SIZE - 1] = 'x';
	assert_int_equal(judge(&c, default_system(), &err), -CL_EINVAL);
	assert_int_equal(err.rule, CL_RULE_DEVICE_COMPATIBLE);
}

static void as_many_devices_as_there_can_be(void **state)
{
	static struct test_config c;
	struct error err = { .rule = CL_RULE_NONE };

	(void)state;
	with_devices(&c);
	for (c.nr_devices = 0; c.nr_devices < CL_MAX_DEVICES; c.nr_devices++) {
		struct cl_device *d = &c.devices[c.nr_devices];

		*d = (struct cl_device){ .compatible = "a", .size = 0x100 };
		d->address = FIRST + c.nr_devices * d->size;
	}
	assert_int_equal(judge(&c, default_system(), &err), 0);
}

/* It gives a cell what regions and interrupts say, whatever the device tree is to be */
static void the_hypervisor_does_not_look(void **state)
{
	static struct test_config c;
	static struct blob blob;
	struct error err = { .rule = CL_RULE_NONE };
	struct config cfg;

	(void)state;
	with_devices(&c);
	c.devices[0].address = 0;
	blob_build(&blob, &c);
	assert_int_equal(config_parse(blob.bytes, blob.size, CL_KIND_CELL, &cfg, &err), 0);
	assert_int_equal(cfg.nr_devices, 1);
	assert_memory_equal(cfg.devices, c.devices, sizeof(c.devices[0]));
	assert_int_equal(config_check_cell(&cfg, default_system(), 40, 255, &err), 0);
	assert_int_equal(config_check_devices(&cfg, &err), -CL_EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(device_rules),
		cmocka_unit_test(texts_end_within_their_fields),
		cmocka_unit_test(as_many_devices_as_there_can_be),
		cmocka_unit_test(the_hypervisor_does_not_look),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
