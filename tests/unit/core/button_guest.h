/* SPDX-License-Identifier: GPL-2.0-only */
/* A cell with a power button, and what its guest and root do with it. */
#ifndef TEST_CORE_BUTTON_GUEST_H
#define TEST_CORE_BUTTON_GUEST_H

#include "vuart_guest.h"

#define GPIO_IPA 0x09030000ull
#define GPIO_SPI (VUART_SPI + 60)

#define DATA(lines) ((lines)*4u)
#define DIR 0x400
#define IS 0x404
#define IBE 0x408
#define IEV 0x40c
#define IE 0x410
#define G_RIS 0x414
#define G_MIS 0x418
#define IC 0x41c
#define AFSEL 0x420

#define LINE 0x08u
#define OTHERS 0xf7u

/* Cell 1 of the fixture, with an emulated UART and no communication region to be asked by */
static inline void button_config(struct test_config *c)
{
	vuart_config(c);
	c->cell.power_button.address = GPIO_IPA;
	c->cell.power_button.irq = GPIO_SPI;
	c->cell.flags = CL_CELL_PASSIVE;
}

static inline u64 button_cell(void)
{
	static struct test_config c;

	button_config(&c);
	return vuart_start(&c);
}

static inline void job_access(void *arg)
{
	struct vuart_attempt *attempt = arg;

	attempt->done = button_access(this_cpu()->cell, &attempt->access);
}

static inline bool attempt(u32 cpu, u64 ipa, u32 size, bool write, u64 *value)
{
	struct vuart_attempt a = { .access = { ipa, *value, size, write } };

	assert_int_equal(host_run(cpu, job_access, &a), HOST_IN_GUEST);
	*value = a.access.value;
	return a.done;
}

static inline u32 get(u32 offset)
{
	u64 value = 0xa5a5a5a5a5a5a5a5;

	assert_true(attempt(3, GPIO_IPA + offset, 4, false, &value));
	return (u32)value;
}

static inline void set(u32 offset, u32 value)
{
	u64 v = value;

	assert_true(attempt(3, GPIO_IPA + offset, 1, true, &v));
}

static inline u64 raised(void)
{
	u64 n = host.count[HOST_SPI_RAISE];

	if (n)
		assert_int_equal(last_event(HOST_SPI_RAISE)->a, GPIO_SPI);
	host_forget();
	return n;
}

static inline void press(u64 id)
{
	assert_int_equal(shutdown_ask(id).ret, -CL_EINPROGRESS);
}

static inline void let_go(u64 id)
{
	assert_int_equal(CALL(CL_HC_CELL_SHUTDOWN, id, CL_SHUTDOWN_RELEASE).ret, -CL_EINPROGRESS);
}

/* What a PL061 holds after power-up */
static inline u32 at_first(u32 offset)
{
	static const u32 id[] = { 0x61, 0x10, 0x04, 0x00, 0x0d, 0xf0, 0x05, 0xb1 };

	return offset >= 0xfe0 && offset % 4 == 0 ? id[(offset - 0xfe0) / 4] : 0;
}

#endif
