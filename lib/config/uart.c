// SPDX-License-Identifier: GPL-2.0-only
#include <config/uart.h>

static const struct uart uarts[] = {
	/* Arm PrimeCell UART (PL011, DDI 0183): UARTDR; UARTFR.TXFF */
	{ CL_CONSOLE_PL011, 0, 4, 0x00, 0x18, 1 << 5, 0, 0x1000 },
	/* 8250, 16450, 16550 and what is compatible: THR; LSR.THRE */
	{ CL_CONSOLE_UART8250, CL_UART_STRIDE_4 | CL_UART_WIDTH_4, 0, 0, 5, 1 << 5, 1 << 5, 8 },
};

const struct uart *config_uart(const struct cl_console *con)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(uarts); i++) {
		if (uarts[i].type == con->type)
			return &uarts[i];
	}
	return NULL;
}
