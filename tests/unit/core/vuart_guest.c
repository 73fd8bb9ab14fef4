// SPDX-License-Identifier: GPL-2.0-only
#include "vuart_guest.h"

#define TEXT_PA (LINUX_RAM + 4 * MiB)

void vuart_config(struct test_config *c)
{
	cell_config(c, 1);
	c->cell.console = (struct cl_console){ VUART_IPA, CL_CONSOLE_SBSA_UART, 0 };
	c->cell.console_irq = VUART_SPI;
	c->mem[CELL_MEM_RAM].flags &= ~CL_MEM_LOADABLE;
}

u64 vuart_start(struct test_config *c)
{
	struct answer a = create(c);

	assert_true(a.ret > 0);
	assert_done(start((u64)a.ret));
	host_settle();
	assert_int_equal(host_stopped(3), HOST_IN_GUEST);
	host_forget();
	return (u64)a.ret;
}

u64 vuart_cell(void)
{
	static struct test_config c;

	vuart_config(&c);
	return vuart_start(&c);
}

static void job_access(void *arg)
{
	struct vuart_attempt *attempt = arg;

	attempt->done = vuart_access(this_cpu()->cell, &attempt->access);
}

bool vuart_try(u32 cpu, u64 ipa, u32 size, bool write, u64 *value)
{
	struct vuart_attempt a = { .access = { ipa, *value, size, write } };

	assert_int_equal(host_run(cpu, job_access, &a), HOST_IN_GUEST);
	*value = a.access.value;
	return a.done;
}

u32 vuart_load(u32 offset)
{
	u64 value = 0xa5a5a5a5a5a5a5a5;

	assert_true(vuart_try(3, VUART_IPA + offset, 4, false, &value));
	return (u32)value;
}

void vuart_store(u32 offset, u32 value)
{
	u64 v = value;

	assert_true(vuart_try(3, VUART_IPA + offset, 4, true, &v));
}

struct answer vuart_type(u64 id, const char *text, u64 n)
{
	memcpy(host_ram(TEXT_PA), text, n);
	return CALL(CL_HC_CONSOLE_INPUT, id, TEXT_PA, n);
}

const char *vuart_output(u64 id, u64 position)
{
	struct answer a = CALL(CL_HC_READ, CL_READ_CONSOLE, id, position, TEXT_PA, PAGE_SIZE - 1);
	char *text = host_ram(TEXT_PA);

	assert_true(a.ret >= 0);
	text[a.ret] = 0;
	return text;
}

u64 vuart_raised(void)
{
	u64 n = host.count[HOST_SPI_RAISE];

	if (n)
		assert_int_equal(last_event(HOST_SPI_RAISE)->a, VUART_SPI);
	host_forget();
	return n;
}
