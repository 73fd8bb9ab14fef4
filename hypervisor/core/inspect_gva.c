// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where a virtual address of a guest leads: the guest's own tables, each of them
 * through stage 2, and then stage 2. The tables are the guest's to change at any
 * moment: each entry is read once, and whatever it holds, nothing is read but RAM
 * that the guest itself may read.
 */
#include <arch.h>
#include <inspect.h>
#include <mm/s1_walk.h>
#include <system.h>

/*
 * What a CPU left for whoever asked. It writes @regs only while @there is false,
 * the asker reads them only while it is true and makes it false again: never both
 * at once.
 */
static struct told {
	struct s1_registers regs;
	bool there;
} told[CL_MAX_CPUS];

static void set_there(struct told *t, bool there)
{
	__atomic_store_n(&t->there, there, __ATOMIC_SEQ_CST);
}

static bool is_there(const struct told *t)
{
	return __atomic_load_n(&t->there, __ATOMIC_SEQ_CST);
}

void inspect_tell(void)
{
	struct cpu *cpu = this_cpu();
	struct told *t = &told[cpu->id];

	if (!is_there(t)) {
		arch_read_stage1(&t->regs);
		set_there(t, true);
	}
	__atomic_fetch_and(&cpu->request, ~CPU_REQ_TELL, __ATOMIC_SEQ_CST);
}

void inspect_forget(void)
{
	set_there(&told[this_cpu()->id], false);
}

/*
 * A CPU that parks on the way, or starts a guest anew, has told nothing: then the
 * request comes again, until the CPU is seen to be off. The kick, too, is repeated
 * each time, as the one of direct mode can be lost, see direct_restore().
 */
static int get_registers(struct cpu *cpu, bool again, struct s1_registers *regs, struct error *err)
{
	struct told *t = &told[cpu->id];

	if (cpu == this_cpu()) {
		arch_read_stage1(regs);
		return 0;
	}
	if (cpu_state(cpu) != CPU_ON)
		return refuse(err, -CL_EBUSY, CL_RULE_CPU_IS_OFF, cpu->id, cpu->cell->id);
	if (!again)
		set_there(t, false);
	if (!is_there(t)) {
		cpu_request(cpu, CPU_REQ_TELL);
		return -CL_EINPROGRESS;
	}
	*regs = t->regs;
	return 0;
}

/* Is it what the system config calls RAM, which a window may be opened on? */
static bool is_ram(paddr_t pa)
{
	const struct config *sys = &cells[ROOT_CELL_ID]->config;

	for (u32 i = 0; i < sys->nr_mem; i++) {
		const struct cl_mem_region *r = &sys->mem[i];

		if (pa.v - r->phys_start < r->size)
			return !(r->flags & (CL_MEM_IO | CL_MEM_NONCACHEABLE));
	}
	for (u32 i = 0; i < sys->nr_pools; i++) {
		if (pa.v - sys->pools[i].start < sys->pools[i].size)
			return true;
	}
	return false;
}

static bool read_entry(void *ctx, paddr_t pa, u64 *value)
{
	u64 *page;

	(void)ctx;
	if (!is_ram(pa))
		return false;
	page = arch_window_open(WINDOW_A, PA(ALIGN_DOWN(pa.v, PAGE_SIZE)));
	*value = READ_ONCE(page[pa.v % PAGE_SIZE / sizeof(*page)]);
	arch_window_close(WINDOW_A);
	return true;
}

_Static_assert((u32)CL_PERM_READ == PT_READ && (u32)CL_PERM_WRITE == PT_WRITE &&
		       (u32)CL_PERM_EXECUTE == PT_EXEC,
	       "one numbering");

static void walk(struct cell *cell, const struct s1_registers *regs, u64 gva, struct cl_gva *result)
{
	static const u8 statuses[] = {
		[S1_OK] = CL_GVA_MAPPED,
		[S1_TRANSLATION] = CL_GVA_NO_ENTRY,
		[S1_ADDRESS_SIZE] = CL_GVA_ADDRESS_SIZE,
		[S1_ACCESS_FLAG] = CL_GVA_ACCESS_FLAG,
		[S1_RESERVED] = CL_GVA_UNKNOWN,
		[S1_STAGE2_TABLE] = CL_GVA_TABLE,
		[S1_STAGE2] = CL_GVA_STAGE2,
		[S1_UNREADABLE] = CL_GVA_NO_RAM,
	};
	struct s1_regime regime = { .read = read_entry };
	struct s1_result way;

	s1_regime_set(&regime, regs);
	spin_lock(&cell->s2_lock);
	result->status = statuses[s1_walk(&cell->s2.pt, &regime, GVA(gva), &way)];
	inspect_address_locked(cell, way.ipa.v, &result->stage2);
	spin_unlock(&cell->s2_lock);
	result->descriptor = way.desc;
	result->leaf_size = way.size;
	result->limit = way.size ? MIN(way.size - gva % way.size, result->stage2.limit) :
				   result->stage2.limit;
	result->level = (u32)way.level;
	result->el1 = way.el1;
	result->el0 = way.el0;
	result->attr = way.attr;
	result->reads = way.reads;
}

int inspect_gva(u64 id, u64 gva, bool again, struct cl_gva *result, struct error *err)
{
	struct s1_registers regs;
	struct cpu *cpu;
	int ret;

	if (id >= nr_cpus)
		return refuse(err, -CL_ENOENT, CL_RULE_CPU_UNKNOWN, id, nr_cpus);
	cpu = &cpus[id];
	ret = get_registers(cpu, again, &regs, err);
	if (ret)
		return ret;
	result->cpu = cpu->id;
	result->gva = gva;
	result->sctlr = regs.sctlr;
	result->tcr = regs.tcr;
	result->tcr2 = regs.tcr2;
	result->mair = regs.mair;
	result->ttbr[0] = regs.ttbr[0];
	result->ttbr[1] = regs.ttbr[1];
	walk(cpu->cell, &regs, gva, result);
	return 0;
}
