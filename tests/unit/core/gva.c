// SPDX-License-Identifier: GPL-2.0-only
#include "gva.h"

struct test_config gva_config;
u64 gva_cell;

u64 *ram(u64 ipa)
{
	assert_true(ipa < CELL_RAM_SIZE);
	return host_ram(CELL_RAM(1) + ipa);
}

struct s1_registers *regs(u32 cpu)
{
	return &host.stage1[cpu];
}

void set_entry(u64 table, u64 index, u64 value)
{
	ram(table)[index] = value;
}

void make_tables(void)
{
	set_entry(L1, 1, L2 | TABLE_ENTRY);
	set_entry(L2, 1, L3 | TABLE_ENTRY);
	set_entry(L2, 2, ATTR(1) | READ_ONLY | FOR_EL0 | BLOCK_ENTRY);
	set_entry(L3, 1, 0x5000 | ATTR(2) | PAGE_ENTRY);
	*regs(CPU) = (struct s1_registers){
		.sctlr = 1, .tcr = TCR_39, .mair = MAIR, .ttbr = { L1, 0xbad000 }
	};
}

int gva_setup(void **state)
{
	machine_setup(state);
	gva_cell = run_cell(1);
	assert_int_equal(cpus[CPU].cell->id, gva_cell);
	make_tables();
	host_forget();
	return 0;
}

struct answer ask(u64 cpu, u64 gva, u64 again)
{
	return CALL(CL_HC_READ, CL_READ_GVA, cpu, gva, TARGET, PAGE_SIZE, again);
}

const struct cl_gva *gva_of(u64 cpu, u64 gva)
{
	const struct cl_gva *g = host_ram(TARGET);
	struct answer a = ask(cpu, gva, 0);

	if (a.ret == -CL_EINPROGRESS) {
		assert_int_not_equal(cpu, ROOT_CPU);
		host_settle();
		memset(host_ram(TARGET), 0xa5, PAGE_SIZE);
		a = ask(cpu, gva, 1);
	}
	assert_int_equal(a.ret, sizeof(*g));
	assert_int_equal(a.rule, gva);
	assert_int_equal(g->cpu, cpu);
	assert_int_equal(g->gva, gva);
	assert_int_equal(g->reserved, 0);
	assert_int_equal(g->stage2.cell, cpus[cpu].cell->id);
	return g;
}
