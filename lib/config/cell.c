// SPDX-License-Identifier: GPL-2.0-only
/* The rules that a cell config must meet on a machine, whatever else is there. */
#include <config/internal.h>

#define CELL_FLAGS (CL_CELL_PASSIVE | CL_CELL_RELOAD)

/* Is it inside one region that the system declares assignable? */
static bool is_assignable(const struct config *sys, const struct cl_mem_region *r)
{
	u32 i;

	for (i = 0; i < sys->nr_mem; i++) {
		const struct cl_mem_region *a = &sys->mem[i];

		if ((a->flags & CL_MEM_ASSIGNABLE) &&
		    (a->flags & CL_MEM_IO) == (r->flags & CL_MEM_IO) &&
		    range_within(r->phys_start, r->size, a->phys_start, a->size))
			return true;
	}
	return false;
}

static int check_comm_region(const struct config *cfg, u32 i, struct error *err)
{
	const struct cl_mem_region *r = &cfg->mem[i];

	if (r->phys_start)
		return REFUSE(MEM_COMM_ADDRESS, i, r->phys_start);
	if (r->flags & ~(CL_MEM_COMM | CL_MEM_READ | CL_MEM_WRITE))
		return REFUSE(MEM_COMM_FLAGS, i, r->flags);
	if (r->size != KIB_4 || config_comm_region(cfg) != r)
		return REFUSE(MEM_COMM, i, r->size);
	return 0;
}

static int check_region(const struct config *cfg, const struct config *sys, u32 i,
			struct error *err)
{
	const struct cl_mem_region *r = &cfg->mem[i];

	if (r->flags & CL_MEM_ASSIGNABLE)
		return REFUSE(MEM_CELL_FLAGS, i, r->flags);
	/* Where the guest sees the interrupt controller */
	if (touches_gic(sys->system, r->virt_start, r->size))
		return REFUSE(MEM_GIC, i, r->virt_start);
	if (r->flags & CL_MEM_COMM)
		return check_comm_region(cfg, i, err);
	if (r->flags & CL_MEM_ALLOC) {
		if (r->pool >= sys->nr_pools)
			return REFUSE(POOL_UNKNOWN, i, r->pool);
		return 0;
	}
	if (touches_hypervisor(sys->system, r->phys_start, r->size))
		return REFUSE(MEM_HYPERVISOR, i, r->phys_start);
	if (touches_gic(sys->system, r->phys_start, r->size))
		return REFUSE(MEM_GIC, i, r->phys_start);
	if (!is_assignable(sys, r))
		return REFUSE(MEM_NOT_ASSIGNABLE, i, r->phys_start);
	return 0;
}

/* Is there an address in a region that has all of @flags, and none of @not? */
static bool has_address(const struct config *cfg, u64 ipa, u64 flags, u64 not )
{
	u32 i;

	for (i = 0; i < cfg->nr_mem; i++) {
		const struct cl_mem_region *r = &cfg->mem[i];

		if ((r->flags & (flags | not )) == flags && ipa >= r->virt_start &&
		    ipa - r->virt_start < r->size)
			return true;
	}
	return false;
}

static int check_cpus(const struct config *cfg, const struct config *sys, struct error *err)
{
	u32 i, j;

	for (i = 0; i < cfg->nr_cpus; i++) {
		if (cfg->cpus[i] >= sys->nr_cpus)
			return REFUSE(CPU_UNKNOWN, cfg->cpus[i], sys->nr_cpus);
		for (j = 0; j < i; j++) {
			if (cfg->cpus[i] == cfg->cpus[j])
				return REFUSE(CPU_TWICE, cfg->cpus[i], 0);
		}
	}
	return 0;
}

static int check_spis(const struct config *cfg, u32 max_spi, struct error *err)
{
	u32 i, j;

	for (i = 0; i < cfg->nr_spis; i++) {
		if (cfg->spis[i] < 32 || cfg->spis[i] > max_spi)
			return REFUSE(SPI_RANGE, cfg->spis[i], max_spi);
		for (j = 0; j < i; j++) {
			if (cfg->spis[i] == cfg->spis[j])
				return REFUSE(SPI_TWICE, cfg->spis[i], 0);
		}
	}
	return 0;
}

/* SMCCC (DEN0028): bit 31 fast call, 30 SMC64, 29..24 owner, 15..0 function number */
#define SMC_FAST (1u << 31)
#define SMC_64 (1u << 30)
#define SMC_OWNER(fn) ((fn) >> 24 & 63)
#define SMC_OWNER_ARCH 0
#define SMC_OWNER_OEM 3
#define SMC_OWNER_STANDARD 4
#define SMC_OWNER_TRUSTED 48 /* applications and operating systems, up to 63 */

/* The lowest function number that a firmware answers to a cell; none is 0x10000 */
static u32 first_smc(u32 function)
{
	u32 owner = SMC_OWNER(function);

	if (owner == SMC_OWNER_ARCH)
		return 2; /* behind SMCCC_VERSION and SMCCC_ARCH_FEATURES */
	if (owner == SMC_OWNER_STANDARD)
		return 0x40; /* behind PSCI and SDEI */
	return owner <= SMC_OWNER_OEM || owner >= SMC_OWNER_TRUSTED ? 0 : 0x10000;
}

static int check_smc(const struct config *cfg, struct error *err)
{
	u32 i, k;

	for (i = 0; i < cfg->nr_smc; i++) {
		const struct cl_smc_rule *r = &cfg->smc[i];
		/* The lowest of those that it allows */
		u32 lowest = r->function & ~r->ignore;

		if (r->ignore & ~(0xffffu | SMC_64))
			return REFUSE(SMC_IGNORE, i, r->ignore);
		if (!(r->function & SMC_FAST) || (r->function & 0xff0000) ||
		    (lowest & 0xffff) < first_smc(r->function))
			return REFUSE(SMC_FUNCTION, i, r->function);
		for (k = 0; k < ARRAY_SIZE(r->args); k++) {
			if (r->args[k].value & ~r->args[k].mask)
				return REFUSE(SMC_VALUE, i, k);
		}
	}
	return 0;
}

static int check_pci(const struct config *cfg, const struct cl_pci *host, struct error *err)
{
	u32 i, j;

	for (i = 0; i < cfg->nr_pci; i++) {
		const struct cl_pci_device *d = &cfg->pci[i];

		if (!host->mmconfig_base || d->domain != host->domain ||
		    d->bdf >> 8 > host->end_bus)
			return REFUSE(PCI_ADDRESS, i, d->bdf);
		if (d->flags | d->reserved)
			return REFUSE(PCI_FLAGS, i, d->flags | d->reserved);
		for (j = 0; j < i; j++) {
			if (d->bdf == cfg->pci[j].bdf)
				return REFUSE(PCI_TWICE, d->bdf, 0);
		}
	}
	return 0;
}

/**
 * struct emulated_page - what is wrong with the registers of an emulated device
 */
struct emulated_page {
	enum cl_rule address, gic, mem;
};

/* Registers that are not there: each access must end in the hypervisor */
static int check_emulated(const struct config *cfg, const struct config *sys, unsigned int pa_bits,
			  u64 page, const struct emulated_page *rules, struct error *err)
{
	u32 i;

	if (!is_aligned(page, KIB_4) || beyond(page, KIB_4, pa_bits))
		return refuse(err, -CL_EINVAL, rules->address, page, 0);
	if (touches_gic(sys->system, page, KIB_4))
		return refuse(err, -CL_EINVAL, rules->gic, page, 0);
	for (i = 0; i < cfg->nr_mem; i++) {
		if (ranges_overlap(page, KIB_4, cfg->mem[i].virt_start, cfg->mem[i].size))
			return refuse(err, -CL_EINVAL, rules->mem, page, i);
	}
	return 0;
}

static int check_button(const struct config *cfg, const struct config *sys, unsigned int pa_bits,
			struct error *err)
{
	static const struct emulated_page rules = {
		CL_RULE_CELL_BUTTON_ADDRESS,
		CL_RULE_CELL_BUTTON_GIC,
		CL_RULE_CELL_BUTTON_MEM,
	};
	const struct cl_cell *cell = cfg->cell;
	const struct cl_power_button *b = &cell->power_button;

	if (b->reserved)
		return REFUSE(CELL_RESERVED, b->reserved, 0);
	if (b->address ? b->irq == cell->console_irq || !has_spi(cfg, b->irq) : b->irq)
		return REFUSE(CELL_BUTTON_IRQ, b->irq, 0);
	if (!b->address)
		return 0;
	if (config_comm_region(cfg) && !(cell->flags & CL_CELL_PASSIVE))
		return REFUSE(CELL_BUTTON_COMM, cell->flags, 0);
	if (cell->console.type == CL_CONSOLE_SBSA_UART && b->address == cell->console.address)
		return REFUSE(CELL_BUTTON_UART, b->address, 0);
	return check_emulated(cfg, sys, pa_bits, b->address, &rules, err);
}

static int check_console(const struct config *cfg, const struct config *sys, unsigned int pa_bits,
			 struct error *err)
{
	static const struct emulated_page rules = {
		CL_RULE_CELL_UART_ADDRESS,
		CL_RULE_CELL_UART_GIC,
		CL_RULE_CELL_UART_MEM,
	};
	const struct cl_console *con = &cfg->cell->console;
	const struct uart *uart = config_uart(con);
	bool emulated = con->type == CL_CONSOLE_SBSA_UART;
	u32 spi = cfg->cell->console_irq;

	if (!uart && !emulated && con->type != CL_CONSOLE_NONE && con->type != CL_CONSOLE_VIRTUAL)
		return REFUSE(CELL_CONSOLE, con->type, 0);
	if (!uart_flags_possible(con, uart, 0))
		return REFUSE(CELL_CONSOLE_FLAGS, con->flags, con->type);
	if (spi ? !(emulated || uart) || !has_spi(cfg, spi) : emulated)
		return REFUSE(CELL_CONSOLE_IRQ, spi, con->type);
	if (emulated)
		return check_emulated(cfg, sys, pa_bits, con->address, &rules, err);
	if (uart ? !has_address(cfg, con->address, CL_MEM_IO | CL_MEM_WRITE, 0) : con->address)
		return REFUSE(CELL_CONSOLE_ADDRESS, con->address, 0);
	return 0;
}

static int check_fields(const struct config *cfg, struct error *err)
{
	const struct cl_cell *cell = cfg->cell;

	if (cell->entry % 4 || !has_address(cfg, cell->entry, CL_MEM_EXECUTE, CL_MEM_ALLOC))
		return REFUSE(CELL_ENTRY, cell->entry, 0);
	if (cell->irq_mode > CL_IRQ_DIRECT)
		return REFUSE(CELL_IRQ_MODE, cell->irq_mode, 0);
	if (cell->on_violation > CL_VIOLATION_FAIL)
		return REFUSE(CELL_ON_VIOLATION, cell->on_violation, 0);
	if (cell->flags & ~CELL_FLAGS)
		return REFUSE(CELL_FLAGS, cell->flags & ~CELL_FLAGS, 0);
	if (cell->on_failure > CL_FAILURE_RESTART)
		return REFUSE(CELL_ON_FAILURE, cell->on_failure, 0);
	if (!cell->max_restarts != (cell->on_failure == CL_FAILURE_STOP))
		return REFUSE(CELL_RESTARTS, cell->max_restarts, cell->on_failure);
	if (cell->reserved)
		return REFUSE(CELL_RESERVED, cell->reserved, 0);
	return 0;
}

int config_check_cell(const struct config *cfg, const struct config *sys, unsigned int pa_bits,
		      u32 max_spi, struct error *err)
{
	int ret = config_check_addresses(cfg, pa_bits, err);
	u32 i;

	for (i = 0; !ret && i < cfg->nr_mem; i++)
		ret = check_region(cfg, sys, i, err);
	if (!ret)
		ret = check_fields(cfg, err);
	if (!ret)
		ret = check_console(cfg, sys, pa_bits, err);
	if (!ret)
		ret = check_button(cfg, sys, pa_bits, err);
	if (!ret)
		ret = check_cpus(cfg, sys, err);
	if (!ret)
		ret = check_spis(cfg, max_spi, err);
	if (!ret)
		ret = check_smc(cfg, err);
	if (!ret)
		ret = check_pci(cfg, &sys->system->pci, err);
	return ret;
}
