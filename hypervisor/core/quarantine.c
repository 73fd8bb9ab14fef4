// SPDX-License-Identifier: GPL-2.0-only
/*
 * A CPU that does not come, though it was asked for long enough: its guest runs, in
 * direct mode, instructions that it fetched before and that touch no memory; or
 * something below the hypervisor has stopped it. Without its stage 2 it can
 * reach nothing. So all that the cell had goes back to root; of the cell remain the
 * CPU, the VMID, and the empty table that the CPU walks.
 */
#include <arch.h>
#include <cell.h>
#include <quarantine.h>
#include <system.h>

/*
 * Only a CPU in a guest can be lost. One that is at EL2, to zero memory for instance,
 * is about to come: what the hypervisor does has an end.
 */
bool quarantine_is_possible(const struct cell *cell)
{
	bool possible = false;

	for (u32 i = 0; i < cell->config.nr_cpus; i++) {
		const struct cpu *cpu = &cpus[cell->config.cpus[i]];

		if (cpu_is_parked(cpu))
			continue;
		if (cpu_state(cpu) != CPU_ON)
			return false;
		possible = true;
	}
	return possible;
}

static int unmap_all(struct cell *cell)
{
	int ret;

	spin_lock(&cell->s2_lock);
	ret = aspace_unmap(&cell->s2, IPA(0), cell->s2.pt.ipa_last + 1);
	spin_unlock(&cell->s2_lock);
	return ret;
}

/* The config is that of a cell with nothing but these CPUs from now on */
static void reduce(struct cell *cell)
{
	u64 *kept = (u64 *)cell->config.cpus; /* in the cell's own copy of its blob */
	u32 count = 0;

	for (u32 i = 0; i < cell->config.nr_cpus; i++) {
		struct cpu *cpu = &cpus[cell->config.cpus[i]];

		if (cpu_is_parked(cpu))
			cpu_change_owner(cpu, cells[ROOT_CELL_ID]);
		else
			kept[count++] = cpu->id;
	}
	cell->config.nr_cpus = count;
	cell->config.nr_mem = 0;
	cell->config.nr_spis = 0;
}

int quarantine_go_on(struct cell *cell, struct error *err)
{
	int ret;

	if (cell_scrub_next(cell))
		return -CL_EINPROGRESS;
	ret = unmap_all(cell);
	if (ret)
		return refuse(err, ret, CL_RULE_INTERNAL, __LINE__, 0);
	cell_return_spis(cell);
	cell_return_to_root(cell, cell->config.nr_mem);
	reduce(cell);
	cell->destroy = DESTROY_QUARANTINED;
	if (!cell->config.nr_cpus)
		return 0; /* the last has come meanwhile */

	cell->fail.reason = CL_FAIL_CPU_LOST;
	cell->fail.cpu = (u32)cell->config.cpus[0];
	__atomic_store_n(&cell->state, CL_CELL_QUARANTINED, __ATOMIC_SEQ_CST);
	log_printf("cell %u: CPU %u did not come and is quarantined\n", cell->id, cell->fail.cpu);
	return quarantine_refuse(cell, err);
}

int quarantine_refuse(const struct cell *cell, struct error *err)
{
	return refuse(err, -CL_ETIMEDOUT, CL_RULE_CELL_CPU_LOST, cell->fail.cpu, cell->id);
}
