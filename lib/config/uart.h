/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * UARTs, as far as sending a character to one that somebody has set up is concerned.
 * One more is a row in uart.c.
 */
#ifndef CONFIG_UART_H
#define CONFIG_UART_H

#include <cloister/config.h>
#include <config/platform.h>

/**
 * struct uart - a kind of UART
 * @type: enum cl_console_type
 * @flags: CL_UART_* that its registers may have
 * @width: bytes of an access; 0: by CL_UART_WIDTH_4
 * @data: register that takes a character
 * @status: register that tells whether there is room for one
 * @mask: of @status, the bits that tell
 * @ready: what they are then
 * @size: bytes of all registers, to be multiplied by the stride
 */
struct uart {
	u8 type;
	u8 flags;
	u8 width;
	u8 data;
	u8 status;
	u8 mask;
	u8 ready;
	u16 size;
};

/* The UART of a console, or NULL if it has none */
const struct uart *config_uart(const struct cl_console *con);

static inline u32 uart_stride(const struct cl_console *con)
{
	return con->flags & CL_UART_STRIDE_4 ? 4 : 1;
}

static inline u32 uart_width(const struct cl_console *con, const struct uart *uart)
{
	return uart->width ? uart->width : con->flags & CL_UART_WIDTH_4 ? 4 : 1;
}

#endif
