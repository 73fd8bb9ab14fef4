/* SPDX-License-Identifier: GPL-2.0-only */
/* A cell with an emulated UART, and what its guest and root do with it. */
#ifndef TEST_CORE_VUART_GUEST_H
#define TEST_CORE_VUART_GUEST_H

#include "fixture.h"

#include <subpage.h>
#include <vuart.h>

#define VUART_IPA 0x09000000ull
#define VUART_SPI ((u32)CELL_SPI(1))

#define DR 0x000
#define RSR 0x004
#define FR 0x018
#define IMSC 0x038
#define RIS 0x03c
#define MIS 0x040
#define ICR 0x044

#define FR_RXFE 0x10
#define FR_RXFF 0x40
#define FR_TXFE 0x80

#define RX 0x10
#define TX 0x20
#define RT 0x40

/* Cell 1 of the fixture, CPUs 3 and 4, with the UART in place of its console */
void vuart_config(struct test_config *c);

/* Created and started, without images; its ID. The latter with vuart_config(). */
u64 vuart_start(struct test_config *c);
u64 vuart_cell(void);

struct vuart_attempt {
	struct mmio_access access;
	bool done;
};

/* By whoever has the CPU */
bool vuart_try(u32 cpu, u64 ipa, u32 size, bool write, u64 *value);

/* By the cell's first CPU, in 32 bits */
u32 vuart_load(u32 offset);
void vuart_store(u32 offset, u32 value);

/* Root's call; what it types is @text */
struct answer vuart_type(u64 id, const char *text, u64 n);

/* The cell's console from @position on, as a string */
const char *vuart_output(u64 id, u64 position);

/* How often the interrupt was raised since this was asked last */
u64 vuart_raised(void);

#endif
