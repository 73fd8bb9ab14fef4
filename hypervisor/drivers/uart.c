// SPDX-License-Identifier: GPL-2.0-only
/* UARTs: transmit only, as firmware or Linux set them up. */
#include <config/uart.h>
#include <console.h>

/* Longest wait for room, in polls: a UART that is not clocked must not stop the
 * hypervisor. The character is lost then.
 */
#define MAX_POLLS 100000

static void *reg(const struct cl_console *con, u8 *regs, u32 number)
{
	return regs + number * uart_stride(con);
}

void uart_putc(const struct cl_console *con, void *regs, char c)
{
	const struct uart *uart = config_uart(con);
	u32 width = uart_width(con, uart);
	void *data = reg(con, regs, uart->data), *status = reg(con, regs, uart->status);

	for (u32 i = 0; i < MAX_POLLS; i++) {
		u32 now = width == 4 ? *(volatile u32 *)status : *(volatile u8 *)status;

		if ((now & uart->mask) != uart->ready) {
			arch_relax();
			continue;
		}
		if (width == 4)
			*(volatile u32 *)data = (u8)c;
		else
			*(volatile u8 *)data = (u8)c;
		return;
	}
}
