// SPDX-License-Identifier: GPL-2.0-only
/* Machines with a GICv2: their rules, where cells see what of it, and values of registers. */
#include <arch/arm64/gicv2_regs.h>

#include "reach.h"
#include "rules.h"

#define TOP BIT(40)
#define HV 0x60000000ull
#define FREE 0x90000000ull
#define GICC (GICD + 0x10000)
#define GICH (GICD + 0x30000)
#define GICV (GICD + 0x40000)
#define KIB_8 0x2000ull
#define KIB_128 0x20000ull

static struct test_config sys, cell;

static void gicv2_system(struct test_config *c)
{
	system_config(c);
	c->system.gic = (struct cl_gic){
		.version = 2,
		.maintenance_irq = 25,
		.gicd_base = GICD,
		.gicc = { GICC, KIB_8 },
		.gich = { GICH, 0x1000 },
		.gicv = { GICV, KIB_8 },
	};
}

/* Interfaces of 128 KiB, somewhere else */
#define ALIASED(gicc_, gicv_)                                                  \
	SET(system.gic.gicc.start, gicc_), SET(system.gic.gicc.size, KIB_128), \
		SET(system.gic.gicv.start, gicv_), SET(system.gic.gicv.size, KIB_128)

static const struct rule_case rules[] = {
	GOOD(SET(system.gic.maintenance_irq, 16)),
	BAD(GIC_MAINT_IRQ, 15, 0, SET(system.gic.maintenance_irq, 15)),
	GOOD(SET(system.gic.gicd_base, GICD + 0x1000)),
	BAD(GIC_GICD_PLACE, GICD + 0x800, 0, SET(system.gic.gicd_base, GICD + 0x800)),
	GOOD(SET(system.gic.gicd_base, TOP - 0x1000)),
	BAD(GIC_GICD_PLACE, TOP, 0, SET(system.gic.gicd_base, TOP)),
	GOOD(SET(system.gic.gicc.start, GICC + 0x1000)),
	BAD(GIC_FRAME, 0, GICC + 0x800, SET(system.gic.gicc.start, GICC + 0x800)),
	BAD(GIC_FRAME, 0, GICC, SET(system.gic.gicc.size, 0)),
	BAD(GIC_FRAME, 0, GICC, SET(system.gic.gicc.size, 0x1000)),
	BAD(GIC_FRAME, 0, GICC, SET(system.gic.gicc.size, 0x10000)),
	BAD(GIC_FRAME, 0, TOP, SET(system.gic.gicc.start, TOP)),
	BAD(GIC_FRAME, 0, -KIB_8, SET(system.gic.gicc.start, -KIB_8)),
	GOOD(SET(system.gic.gicc.start, TOP - KIB_8)),
	BAD(GIC_FRAME, 1, GICH + 1, SET(system.gic.gich.start, GICH + 1)),
	BAD(GIC_FRAME, 1, GICH, SET(system.gic.gich.size, 0)),
	BAD(GIC_FRAME, 1, GICH, SET(system.gic.gich.size, 2 * KIB_128)),
	GOOD(SET(system.gic.gich.size, 0x10000)),
	BAD(GIC_FRAME, 2, GICV, SET(system.gic.gicv.size, 0x1000)),
	BAD(GIC_FRAME, 2, GICV, SET(system.gic.gicv.size, KIB_128)),
	BAD(GIC_FRAME, 2, TOP - 0x1000, SET(system.gic.gicv.start, TOP - 0x1000)),
	BAD(GIC_FRAME, 3, 1, SET(system.gic.unused.start, 1)),
	BAD(GIC_FRAME, 3, 0, SET(system.gic.unused.size, 0x10000)),
	GOOD(ALIASED(FREE, FREE + KIB_128)),
	BAD(GIC_FRAME, 0, FREE + 0x1000, ALIASED(FREE + 0x1000, FREE + 2 * KIB_128)),
	BAD(GIC_FRAME, 2, FREE + KIB_128 + 0x1000, ALIASED(FREE, FREE + KIB_128 + 0x1000)),
	BAD(GIC_OVERLAP, 2, FREE, ALIASED(FREE, FREE + 0x10000)),
	BAD(GIC_OVERLAP, 0, GICD, SET(system.gic.gicc.start, GICD - 0x1000)),
	BAD(GIC_OVERLAP, 1, GICC, SET(system.gic.gich.start, GICC + 0x1000)),
	BAD(GIC_HYPERVISOR, HV, 4 * MiB, SET(system.gic.gicv.start, HV)),
	BAD(MEM_GIC, SYS_DEVICE, GICC, SET(mem[SYS_DEVICE].phys_start, GICC),
	    SET(mem[SYS_DEVICE].virt_start, GICC)),
	BAD(MEM_GIC, SYS_DEVICE, GICV + 0x1000, SET(mem[SYS_DEVICE].phys_start, GICV + 0x1000),
	    SET(mem[SYS_DEVICE].virt_start, GICV + 0x1000)),
	/* Behind a distributor of 4 KiB */
	GOOD(SET(mem[SYS_DEVICE].phys_start, GICD + 0x1000),
	     SET(mem[SYS_DEVICE].virt_start, GICD + 0x1000)),
	GOOD(SET(nr_cpus, 8), SET(cpus[6], 0x601), SET(cpus[7], 0x602)),
	BAD(GIC_CPUS, 9, 8, SET(nr_cpus, 9)),
	BAD(GIC_ROOT_DIRECT, 1, 2, SET(cell.irq_mode, CL_IRQ_DIRECT)),
	BAD(GIC_ROOT_DIRECT, 2, 2, SET(cell.irq_mode, CL_IRQ_DIRECT_EOI)),
};

static const struct rule_case cell_rules[] = {
	GOOD(SET(cell.irq_mode, CL_IRQ_VIRTUAL)),
	GOOD(SET(cell.irq_mode, CL_IRQ_DIRECT)),
	BAD(MEM_GIC, CELL_MEM_COMM, GICC, SET(mem[CELL_MEM_COMM].virt_start, GICC)),
	BAD(MEM_GIC, CELL_MEM_COMM, GICH, SET(mem[CELL_MEM_COMM].virt_start, GICH)),
};

static void every_rule(void **state)
{
	static struct blob blob;
	struct config cfg;
	struct error err;

	(void)state;
	gicv2_system(&sys);
	check_cases(&sys, NULL, rules, ARRAY_SIZE(rules));
	blob_build(&blob, &sys);
	assert_int_equal(config_parse(blob.bytes, blob.size, CL_KIND_SYSTEM, &cfg, &err), 0);
	cell_config(&cell, 0);
	check_cases(&cell, &cfg, cell_rules, ARRAY_SIZE(cell_rules));
}

static int setup(void **state)
{
	(void)state;
	gicv2_system(&sys);
	machine_start_with(&sys, POOL_PAGES);
	return 0;
}

static const struct cl_audit *audit(void)
{
	const u64 target = LINUX_RAM + 3 * MiB;

	assert_int_equal(CALL(CL_HC_READ, CL_READ_AUDIT, 0, 0, target, PAGE_SIZE).ret,
			 sizeof(struct cl_audit));
	return host_ram(target);
}

static void assert_leads(u64 id, u64 ipa, u64 pa)
{
	struct pt_leaf leaf;

	assert_true(pt_query(&cells[id]->s2.pt, IPA(ipa), &leaf));
	assert_int_equal(leaf.pa.v, pa);
	assert_int_equal(leaf.type, PT_DEVICE);
	assert_int_equal(leaf.perms, PT_READ | PT_WRITE);
}

static void guests_see_the_virtual_interface(void **state)
{
	struct cl_comm_region *comm;
	struct pt_leaf leaf;
	u64 id[3] = { 0 };

	(void)state;
	for (u32 i = 1; i < 3; i++)
		id[i] = run_cell(i);
	for (u32 i = 0; i < 3; i++) {
		assert_leads(id[i], GICC, GICV);
		assert_leads(id[i], GICC + 0x1000, GICV + 0x1000);
		assert_false(pt_query(&cells[id[i]]->s2.pt, IPA(GICC + KIB_8), &leaf));
		assert_false(pt_query(&cells[id[i]]->s2.pt, IPA(GICD), &leaf));
	}
	comm = comm_of(id[1]);
	assert_int_equal(comm->gic_version, 2);
	assert_int_equal(comm->gicd_base, GICD);
	assert_int_equal(comm->gicc_base, GICC);
	assert_int_equal(comm->gicr_base, 0);
	assert_int_equal(audit()->verdict, CL_AUDIT_OK);
	assert_int_equal(audit()->nr_shared, 0);
	for (u32 i = 1; i < 3; i++)
		assert_done(destroy(id[i]));
	assert_int_equal(audit()->verdict, CL_AUDIT_OK);
}

/* Its second page follows the first at the end of the first 64 KiB only */
static void an_aliased_interface_is_told_where_it_is_whole(void **state)
{
	struct cl_comm_region *comm;

	(void)state;
	gicv2_system(&sys);
	sys.system.gic.gicc = (struct cl_range){ FREE, KIB_128 };
	sys.system.gic.gicv = (struct cl_range){ FREE + KIB_128, KIB_128 };
	machine_start_with(&sys, POOL_PAGES);
	comm = comm_of(run_cell(1));
	assert_int_equal(comm->gicc_base, FREE + 0xf000);
	assert_leads(1, FREE + 0x10000, FREE + KIB_128 + 0x10000);
	assert_int_equal(audit()->verdict, CL_AUDIT_OK);
}

static u64 create_direct(u32 n)
{
	struct answer a;

	cell_config(&cell, n);
	cell.cell.irq_mode = CL_IRQ_DIRECT;
	a = create(&cell);
	assert_true(a.ret > 0);
	return (u64)a.ret;
}

/* Each CPU its own, and GICC_DIR is nowhere */
static void direct_cells_see_the_real_interface(void **state)
{
	struct pt_leaf leaf;
	u64 id[3] = { create_direct(0), create_direct(1), run_cell(2) };

	(void)state;
	for (u32 i = 0; i < 2; i++) {
		assert_leads(id[i], GICC, GICC);
		assert_false(pt_query(&cells[id[i]]->s2.pt, IPA(GICC + 0x1000), &leaf));
	}
	assert_leads(id[2], GICC, GICV);
	assert_int_equal(audit()->verdict, CL_AUDIT_OK);
	assert_int_equal(audit()->nr_shared, 0);
	check_machine();
	for (u32 i = 0; i < 3; i++)
		assert_done(destroy(id[i]));
	check_machine();

	gicv2_system(&sys);
	sys.system.gic.gicc = (struct cl_range){ FREE, KIB_128 };
	sys.system.gic.gicv = (struct cl_range){ FREE + KIB_128, KIB_128 };
	machine_start_with(&sys, POOL_PAGES);
	id[0] = create_direct(0);
	assert_leads(id[0], FREE + 0xf000, FREE + 0xf000);
	assert_false(pt_query(&cells[id[0]]->s2.pt, IPA(FREE + 0x10000), &leaf));
	assert_int_equal(audit()->verdict, CL_AUDIT_OK);
	check_machine();
}

static void map(u64 id, u64 ipa, u64 pa)
{
	struct pt_attr attr = { .perms = PT_READ | PT_WRITE, .type = PT_DEVICE };

	assert_int_equal(pt_map(&cells[id]->s2.pt, IPA(ipa), PA(pa), 0x1000, attr), 0);
}

static void an_audit_finds_other_frames(void **state)
{
	static const u64 frames[] = { GICD, GICC, GICC + 0x1000, GICH };
	u64 id = run_cell(1);

	(void)state;
	for (u32 i = 0; i < 2 * ARRAY_SIZE(frames); i++) {
		u64 who = i % 2 ? id : 0;

		map(who, FREE, frames[i / 2]);
		assert_int_equal(audit()->verdict, CL_AUDIT_GIC);
		assert_int_equal(audit()->pa, frames[i / 2]);
		assert_int_equal(audit()->cell, who);
		assert_int_equal(pt_unmap(&cells[who]->s2.pt, IPA(FREE), 0x1000), 0);
	}
	/* The virtual one elsewhere */
	map(id, FREE, GICV);
	assert_int_equal(audit()->verdict, CL_AUDIT_EXTRA);
	assert_int_equal(pt_unmap(&cells[id]->s2.pt, IPA(FREE), 0x1000), 0);
	/* And nowhere, or the wrong page */
	assert_int_equal(pt_unmap(&cells[id]->s2.pt, IPA(GICC), 0x1000), 0);
	assert_int_equal(audit()->verdict, CL_AUDIT_HOLE);
	map(id, GICC, GICV + 0x1000);
	assert_int_equal(audit()->verdict, CL_AUDIT_OUTPUT);
	assert_int_equal(pt_unmap(&cells[id]->s2.pt, IPA(GICC), 0x1000), 0);
	map(id, GICC, GICV);
	assert_int_equal(pt_unmap(&cells[0]->s2.pt, IPA(GICC), 0x1000), 0);
	map(0, GICC, GICV + 0x1000);
	assert_int_equal(audit()->verdict, CL_AUDIT_OUTPUT);
	assert_int_equal(audit()->cell, 0);
}

static void an_audit_finds_what_is_not_for_direct_mode(void **state)
{
	static const u64 frames[] = { GICD, GICC + 0x1000, GICH };
	u64 id = create_direct(0);

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(frames); i++) {
		map(id, FREE, frames[i]);
		assert_int_equal(audit()->verdict, CL_AUDIT_GIC);
		assert_int_equal(audit()->pa, frames[i]);
		assert_int_equal(pt_unmap(&cells[id]->s2.pt, IPA(FREE), 0x1000), 0);
	}
	/* Elsewhere, nowhere, the virtual one in its place */
	map(id, FREE, GICC);
	assert_int_equal(audit()->verdict, CL_AUDIT_EXTRA);
	assert_int_equal(pt_unmap(&cells[id]->s2.pt, IPA(FREE), 0x1000), 0);
	assert_int_equal(pt_unmap(&cells[id]->s2.pt, IPA(GICC), 0x1000), 0);
	assert_int_equal(audit()->verdict, CL_AUDIT_HOLE);
	map(id, GICC, GICV);
	assert_int_equal(audit()->verdict, CL_AUDIT_SHARED);
	assert_int_equal(pt_unmap(&cells[id]->s2.pt, IPA(GICC), 0x1000), 0);
	/* Another cell's virtual mode does not allow it the real one */
	map(id, GICC, GICC);
	map(run_cell(1), FREE, GICC);
	assert_int_equal(audit()->verdict, CL_AUDIT_SHARED);
}

/* GICD_SGIR as IHI 0048, 4.3.15 has it: the target list, its filter */
static void sgis_reach_who_they_name(void **state)
{
	(void)state;
	for (u32 self = 1; self < 0x100; self <<= 1) {
		for (u32 list = 0; list < 0x100; list++) {
			u32 rest = list << 16 | 0x5;

			assert_int_equal(gicv2_sgi_targets(rest, self), list);
			assert_int_equal(gicv2_sgi_targets(1u << 24 | rest, self), 0xff ^ self);
			assert_int_equal(gicv2_sgi_targets(2u << 24 | rest, self), self);
			assert_int_equal(gicv2_sgi_targets(3u << 24 | rest, self), 0);
			/* NSATT and reserved bits do not count */
			assert_int_equal(gicv2_sgi_targets(0xfc00fff0 | rest, self), list);
		}
	}
}

static void spis_stay_within_the_cell(void **state)
{
	(void)state;
	for (u32 value = 0; value < 0x100; value++) {
		for (u32 mask = 1; mask < 0x100; mask++) {
			u8 now = gicv2_spi_targets(0x80, (u8)value, (u8)mask);

			if (value & ~mask & 0xff && !(value & mask))
				assert_int_equal(now, 0x80);
			else
				assert_int_equal(now, value & mask);
		}
	}
}

/* GICH_LRn, GICH_VMCR: IHI 0048, 5.3.10 and 5.3.3 */
static void list_registers_hold_what_they_are_told(void **state)
{
	(void)state;
	for (u32 intid = 16; intid < 1020; intid++) {
		u32 lr = gicv2_lr(intid, (u8)intid);

		assert_int_equal(lr & 0x3ff, intid);
		assert_int_equal(lr >> 10 & 0x3ff, intid);
		assert_int_equal(lr >> 23 & 0x1f, (u8)intid >> 3);
		assert_int_equal(lr >> 28, 8 | 1);
		assert_int_equal(GICH_LR_PRIORITY(lr), intid & 0xf8);
	}
	for (u32 i = 0; i < 16 * 8 * 2; i++) {
		u32 intid = i & 15, source = i >> 4 & 7, more = i >> 7;
		u32 lr = gicv2_sgi_lr(intid, source, 0xa7, more);

		assert_int_equal(lr,
				 1u << 28 | 0xa0u >> 3 << 23 | more << 19 | source << 10 | intid);
		assert_int_equal(GICH_LR_INTID(lr), intid);
		assert_int_equal(GICH_LR_SOURCE(lr), source);
	}
}

static void an_interface_becomes_virtual_and_back(void **state)
{
	(void)state;
	for (u32 ctlr = 0; ctlr < 0x800; ctlr++) {
		u32 vmcr = gicv2_vmcr(ctlr, ctlr & 7, ctlr & 0xff);

		assert_int_equal(vmcr & 0x7ffff, ctlr & 0x201);
		assert_int_equal(GICH_VMCR_BPR(vmcr), ctlr & 7);
		assert_int_equal(GICH_VMCR_PMR(vmcr), ctlr & 0xf8);
	}
}

#define MACHINE(name) cmocka_unit_test_setup_teardown(name, setup, machine_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_rule),
		MACHINE(guests_see_the_virtual_interface),
		MACHINE(an_aliased_interface_is_told_where_it_is_whole),
		MACHINE(an_audit_finds_other_frames),
		MACHINE(direct_cells_see_the_real_interface),
		MACHINE(an_audit_finds_what_is_not_for_direct_mode),
		cmocka_unit_test(sgis_reach_who_they_name),
		cmocka_unit_test(spis_stay_within_the_cell),
		cmocka_unit_test(list_registers_hold_what_they_are_told),
		cmocka_unit_test(an_interface_becomes_virtual_and_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
