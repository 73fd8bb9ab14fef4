/* SPDX-License-Identifier: GPL-2.0-only */
/* What root asks about live tables. */
#ifndef TEST_CORE_LIVE_TABLES_H
#define TEST_CORE_LIVE_TABLES_H

#include <inspect.h>

#include "snapshot.h"

#define TARGET (LINUX_RAM + 3 * MiB)
#define NOBODYS 0x90000000ull
#define RW (PT_READ | PT_WRITE)
#define RWX (PT_READ | PT_WRITE | PT_EXEC)

static inline const void *ask(u64 what, u64 id, u64 offset, u64 size)
{
	struct answer a;

	memset(host_ram(TARGET), 0xa5, PAGE_SIZE);
	a = CALL(CL_HC_READ, what, id, offset, TARGET, PAGE_SIZE);
	assert_int_equal(a.ret, size);
	return host_ram(TARGET);
}

static inline const struct cl_tables *tables(u64 id)
{
	const struct cl_tables *t = ask(CL_READ_TABLES, id, 0, sizeof(*t));

	assert_int_equal(t->cell, id);
	return t;
}

#endif
