// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Where characters go: to the hypervisor, 40 at a call, or to a UART that firmware
 * or root has set up.
 */
#include "internal.h"
#include "print.h"

#define UART_DR 0x00
#define UART_FR 0x18
#define UART_FR_RXFE (1 << 4)
#define UART_FR_TXFF (1 << 5)

/* 8250: registers by number */
#define UART_THR 0
#define UART_LSR 5
#define UART_LSR_THRE (1 << 5)

/* A UART that never has room must not hang the guest. */
#define UART_SPINS 1000000

#define CALL_BYTES 40

static spinlock_t lock;

static bool is_8250(void)
{
	return platform.console == CL_CONSOLE_UART8250;
}

/* An SBSA UART is one as far as this goes */
static bool is_pl011(void)
{
	return platform.console == CL_CONSOLE_PL011 || platform.console == CL_CONSOLE_SBSA_UART;
}

static bool uart_has_room(void)
{
	uint64_t stride = platform.uart_flags & CL_UART_STRIDE_4 ? 4 : 1;
	uint64_t lsr = platform.uart + UART_LSR * stride;

	if (!is_8250())
		return !(mmio_read32(platform.uart + UART_FR) & UART_FR_TXFF);
	return (platform.uart_flags & CL_UART_WIDTH_4 ? mmio_read32(lsr) : mmio_read8(lsr)) &
	       UART_LSR_THRE;
}

static void uart_putc(char c)
{
	uint64_t data = platform.uart + (is_8250() ? UART_THR : UART_DR);

	for (unsigned int i = 0; i < UART_SPINS && !uart_has_room(); i++)
		cpu_relax();
	if (is_8250() && !(platform.uart_flags & CL_UART_WIDTH_4))
		mmio_write8(data, (uint8_t)c);
	else
		mmio_write32(data, (uint8_t)c);
}

static void hypervisor_write(const char *text, size_t size)
{
	uint64_t x[7] = { CL_HC_CONSOLE_WRITE };

	memcpy(&x[1], text, size);
	x[6] = size;
	smccc_call(SMCCC_HVC, x);
}

/* print() comes here with pieces of a text. */
static void console_write(const char *text, size_t size)
{
	switch (platform.console) {
	case CL_CONSOLE_VIRTUAL:
		while (size) {
			size_t n = size < CALL_BYTES ? size : CALL_BYTES;

			hypervisor_write(text, n);
			text += n;
			size -= n;
		}
		break;
	case CL_CONSOLE_PL011:
	case CL_CONSOLE_SBSA_UART:
	case CL_CONSOLE_UART8250:
		for (; size; size--, text++) {
			if (*text == '\n')
				uart_putc('\r');
			uart_putc(*text);
		}
		break;
	default:
		break;
	}
}

void printf(const char *format, ...)
{
	uint64_t flags = irq_save();
	va_list args;

	va_start(args, format);
	spin_lock(&lock);
	print(console_write, format, args);
	spin_unlock(&lock);
	va_end(args);
	irq_restore(flags);
}

void console_break_lock(void)
{
	spin_unlock(&lock);
}

void console_init(void)
{
	if ((is_pl011() || is_8250()) && mmu_map(platform.uart, 4096, GUEST_DEVICE))
		platform.console = CL_CONSOLE_NONE;
}

bool console_quit_key(void)
{
	return platform.console == CL_CONSOLE_PL011 &&
	       !(mmio_read32(platform.uart + UART_FR) & UART_FR_RXFE) &&
	       (uint8_t)mmio_read32(platform.uart + UART_DR) == 'q';
}
