// SPDX-License-Identifier: GPL-2.0-only
/* Arm PrimeCell UART (PL011), DDI 0183: transmit only, as Linux set it up. */
#include <console.h>

#define UARTDR 0x00
#define UARTFR 0x18
#define UARTFR_TXFF (1u << 5)

/* Longest wait for room in the FIFO, in polls: a UART that is not clocked must
 * not stop the hypervisor. The character is lost then.
 */
#define MAX_POLLS 100000

static void pl011_putc(void *regs, char c)
{
	volatile u32 *dr = (volatile u32 *)((u8 *)regs + UARTDR);
	volatile u32 *fr = (volatile u32 *)((u8 *)regs + UARTFR);

	for (u32 i = 0; i < MAX_POLLS; i++) {
		if (!(*fr & UARTFR_TXFF)) {
			*dr = (u8)c;
			return;
		}
		arch_relax();
	}
}

const struct uart_ops pl011_ops = { .putc = pl011_putc };
