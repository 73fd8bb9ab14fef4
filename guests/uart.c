// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * An SBSA UART by interrupt: what is typed is told line by line, a long one by its
 * length and a sum over its characters.
 *
 *	x0	its INTID
 *	x1	0: each interrupt reads all there is; 1: it reads one character, and
 *		clears the interrupt; 2: the same as 0, with a level-sensitive interrupt
 *
 * The lines "reset" and "off" are taken as orders.
 */
#include "lib/guest.h"

#define UARTDR 0x000
#define UARTFR 0x018
#define UARTIMSC 0x038
#define UARTRIS 0x03c
#define UARTMIS 0x040
#define UARTICR 0x044
#define UARTPERIPHID 0xfe0

#define FR_RXFE (1 << 4)
#define RX_INTERRUPTS (1 << 4 | 1 << 6) /* by level and by time */

#define GICD_ICFGR 0xc00

#define READ_ALL 0
#define READ_ONE 1
#define LEVEL 2

#define SHORT 40

static uint64_t mode;

/* The line so far, and how often there was something to read since it began */
static struct {
	char text[SHORT + 1];
	uint64_t size;
	uint32_t sum;
	uint32_t interrupts;
} line;

static uint32_t uart_read(uint32_t offset)
{
	return mmio_read32(platform.uart + offset);
}

static void uart_write(uint32_t offset, uint32_t value)
{
	mmio_write32(platform.uart + offset, value);
}

static bool is(const char *text)
{
	size_t i = 0;

	while (text[i] && text[i] == line.text[i])
		i++;
	return !text[i] && line.size == i;
}

static void end_line(void)
{
	line.text[line.size < SHORT ? line.size : SHORT] = 0;
	printf("uart: \"%s\" %lu bytes, sum 0x%08x, interrupts %s\n",
	       line.size <= SHORT ? line.text : "...", line.size, line.sum,
	       line.interrupts <= line.size + 2 ? "ok" : "too many");
	if (is("reset"))
		psci(PSCI_SYSTEM_RESET, 0, 0, 0);
	if (is("off"))
		psci(PSCI_SYSTEM_OFF, 0, 0, 0);
	line.size = 0;
	line.sum = 0;
	line.interrupts = 0;
}

static void take(char c)
{
	if (c == '\n') {
		end_line();
		return;
	}
	if (line.size < SHORT)
		line.text[line.size] = c;
	line.size++;
	line.sum = line.sum * 31 + (uint8_t)c;
}

static void on_input(uint32_t intid)
{
	line.interrupts++;
	if (mode == READ_ONE) {
		if (!(uart_read(UARTFR) & FR_RXFE))
			take((char)uart_read(UARTDR));
		uart_write(UARTICR, RX_INTERRUPTS);
		return;
	}
	while (uart_read(UARTMIS)) {
		while (!(uart_read(UARTFR) & FR_RXFE))
			take((char)uart_read(UARTDR));
	}
}

/* How the interrupt is configured: two bits, of which the upper one says edge */
static bool is_edge(uint32_t intid)
{
	return mmio_read32(platform.gicd + GICD_ICFGR + intid / 16 * 4) >> intid % 16 * 2 & 2;
}

static void make_level(uint32_t intid)
{
	uint64_t reg = platform.gicd + GICD_ICFGR + intid / 16 * 4;

	mmio_write32(reg, mmio_read32(reg) & ~(3u << intid % 16 * 2));
}

void guest_main(const uint64_t args[4])
{
	uint32_t intid = (uint32_t)args[0];

	mode = args[1];
	printf("uart: FR 0x%x, IMSC 0x%x, MIS 0x%x, ID 0x%x%02x, %s\n", uart_read(UARTFR),
	       uart_read(UARTIMSC), uart_read(UARTMIS), uart_read(UARTPERIPHID + 4),
	       uart_read(UARTPERIPHID), is_edge(intid) ? "edge" : "level");
	if (mode == LEVEL)
		make_level(intid);
	if (irq_enable(intid, on_input))
		guest_fail("no interrupt for the UART");
	uart_write(UARTIMSC, RX_INTERRUPTS);
	printf("uart: ready\n");
	guest_serve();
}
