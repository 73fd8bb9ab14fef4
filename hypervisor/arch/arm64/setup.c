// SPDX-License-Identifier: GPL-2.0-only
/* Taking over from Linux's stub, and giving back: see include/cloister/image.h. */
#include <arch.h>
#include <cell.h>
#include <config/uart.h>
#include <direct.h>
#include <gic.h>
#include <guest.h>
#include <lib.h>
#include <mitigation.h>
#include <mm/pt_arm64_s2.h>
#include <setup.h>
#include <sgi.h>
#include <sysreg.h>
#include <system.h>

#define MPIDR_AFFINITY (MASK(39, 32) | MASK(23, 0))

struct s2_features stage2_features;
static bool disabling;

extern char __log_start[];
struct cl_log *const hv_log = (struct cl_log *)__log_start;
bool log_to_uart;

unsigned int arch_pa_bits(void)
{
	return stage2_features.pa_bits;
}

static void *config_blob(void)
{
	return (void *)(VA_POOL + boot_params.config_offset);
}

static u8 *uart_regs(const struct cl_console *con)
{
	return (u8 *)VA_UART + con->address % PAGE_SIZE;
}

void arch_debug_putc(char c)
{
	const struct cell *root = cells[ROOT_CELL_ID];
	const struct cl_console *con = root ? &root->config.system->debug_console : NULL;

	if (con && con->type)
		uart_putc(con, uart_regs(con), c);
}

static int boot_init(struct error *err)
{
	const struct memory_map *map = &boot_info.map;
	struct config cfg;
	int ret;

	hv_log->magic = CL_LOG_MAGIC;
	hv_log->size = LOG_TEXT;
	ret = config_parse(config_blob(), boot_params.config_size, CL_KIND_SYSTEM, &cfg, err);
	if (ret)
		return ret;
	if (cfg.nr_cpus != boot_params.nr_cpus)
		return refuse(err, -CL_EINVAL, CL_RULE_CPU_COUNT, cfg.nr_cpus, boot_params.nr_cpus);
	if (cfg.system->hypervisor_memory.start != boot_params.phys_start ||
	    cfg.system->hypervisor_memory.size != boot_params.size)
		return refuse(err, -CL_EINVAL, CL_RULE_HV_MEM_ALIGN, boot_params.phys_start,
			      boot_params.size);
	ret = pool_init(&frame_pool, PA(map->pool_start),
			(void *)(VA_POOL + map->pool_start - boot_params.phys_start),
			(map->pool_end - map->pool_start) >> PAGE_SHIFT);
	if (ret)
		return refuse(err, ret, CL_RULE_INTERNAL, __LINE__, 0);
	gic_choose(&cfg.system->gic);
	nr_cpus = cfg.nr_cpus;
	for (u32 i = 0; i < nr_cpus; i++) {
		cpus[i].id = i;
		cpus[i].mpidr = cfg.cpus[i];
		cpus[i].state = CPU_ON;
		cpus[i].arch.sgi_target = sgi_target(cfg.cpus[i]);
		cpus[i].arch.private_pa = map->percpu_start + i * map->percpu_size;
	}
	return 0;
}

/* MIDR_EL1: the errata that concern this hypervisor, one line each */
static u32 errata_of(u64 midr)
{
	u32 part = (u32)midr & 0xff00fff0;
	u32 revision = (u32)(midr >> 20 & 15) << 4 | (u32)(midr & 15);
	u32 errata = 0;

	if (part == 0x4100d070 && revision <= 0x12) /* Cortex-A57 r0p0..r1p2 */
		errata |= ERRATUM_834220;
	if (part == 0x4100d0b0 && revision <= 0x30) /* Cortex-A76 r0p0..r3p0 */
		errata |= ERRATUM_1286807;
	return errata;
}

static struct s2_features read_s2_features(void)
{
	struct s2_ids ids = {
		.mmfr0 = read_sysreg(id_aa64mmfr0_el1),
		.mmfr1 = read_sysreg(id_aa64mmfr1_el1),
		.mmfr2 = read_sysreg(id_aa64mmfr2_el1),
		.isar0 = read_sysreg(id_aa64isar0_el1),
	};

	return s2_features_of(&ids);
}

static int check_features(u32 id, const struct cl_gic *cfg, struct error *err)
{
	if (read_sysreg(hcr_el2) & HCR_E2H)
		return refuse(err, -CL_ENODEV, CL_RULE_CPU_VHE_ONLY, id, 0);
	if (!cpus[id].arch.s2.granule_4k)
		return refuse(err, -CL_ENODEV, CL_RULE_CPU_GRANULE, id, 0);
	return gic_ops->probe_cpu(id, cfg, err);
}

/*
 * A kernel that masks interrupts by priority (pseudo-NMI) writes ICC_PMR_EL1 at every
 * step: in direct mode that is an exit each time, or has no effect. Linux calls this with
 * its interrupts masked. Whoever does that by PSTATE leaves the priority at its lowest.
 */
static int check_pmr(u32 irq_mode, u32 id, struct error *err)
{
	u64 pmr = irq_mode == CL_IRQ_VIRTUAL ? 0xff : read_reg(ICC_PMR_EL1);

	return pmr < 0xe0 ? refuse(err, -CL_EINVAL, CL_RULE_GIC_PSEUDO_NMI, irq_mode, id) : 0;
}

static int boot_probe(u32 id, struct error *err)
{
	u64 mpidr = read_sysreg(mpidr_el1) & MPIDR_AFFINITY;
	struct config cfg;
	int ret;

	if (id >= nr_cpus || cpus[id].mpidr != mpidr)
		return refuse(err, -CL_EINVAL, CL_RULE_CPU_MPIDR, mpidr, 0);
	ret = config_parse(config_blob(), boot_params.config_size, CL_KIND_SYSTEM, &cfg, err);
	if (ret)
		return ret;
	if (cfg.system->gic.maintenance_irq < 16 || cfg.system->gic.maintenance_irq > 31)
		return refuse(err, -CL_EINVAL, CL_RULE_GIC_MAINT_IRQ,
			      cfg.system->gic.maintenance_irq, 0);

	memset(PRIV, 0, offsetof(struct private, boot));
	PRIV->cpu = &cpus[id];
	PRIV->maintenance = cfg.system->gic.maintenance_irq;
	PRIV->errata = errata_of(read_sysreg(midr_el1));
	PRIV->gicv2_vectors = cfg.system->gic.version == 2;
	mitigation_probe(&cpus[id], cfg.system->flags);
	cpus[id].arch.s2 = read_s2_features();
	ret = check_features(id, &cfg.system->gic, err);
	return ret ? ret : check_pmr(cfg.cell->irq_mode, id, err);
}

bool probe_read32(const void *va, u32 *value)
{
	u64 v;
	bool ok = try_access((void *)va, &v, sizeof(*value), false);

	*value = (u32)v;
	return ok;
}

/* The debug console's page is mapped, and it answers */
static int boot_console(struct error *err)
{
	const struct cl_console *con = &cells[ROOT_CELL_ID]->config.system->debug_console;
	const struct uart *uart = config_uart(con);
	u64 status;

	if (!uart)
		return 0;
	map_device_page(VA_UART, ALIGN_DOWN(con->address, PAGE_SIZE));
	if (!try_access(uart_regs(con) + uart->status * uart_stride(con), &status,
			uart_width(con, uart), false))
		return refuse(err, -CL_ENODEV, CL_RULE_CONSOLE_TYPE, con->type, 0);
	log_to_uart = con->flags & CL_UART_LOG;
	return 0;
}

static int boot_prepare(struct error *err)
{
	int ret;

	/* One that has not been asked has nothing, and then nobody has */
	stage2_features = cpus[0].arch.s2;
	for (u32 i = 1; i < nr_cpus; i++)
		stage2_features = s2_features_common(&stage2_features, &cpus[i].arch.s2);
	ret = cell_init_root(config_blob(), boot_params.config_size, err);
	if (ret)
		return ret;
	for (u32 i = 0; i < nr_cpus; i++)
		cpus[i].cell = cells[ROOT_CELL_ID];
	ret = gic_ops->probe(&cells[ROOT_CELL_ID]->config.system->gic, err);
	if (ret)
		return ret;
	ret = boot_console(err);
	if (ret)
		return ret;
	log_printf("%u CPUs, %u IPA bits, %u frames\n", nr_cpus,
		   cells[ROOT_CELL_ID]->s2.pt.ipa_bits, (u32)pool_total(&frame_pool));
	mitigation_log();
	log_printf("stage 2: %u PA bits, TLBI by %s%s\n", arch_pa_bits(),
		   stage2_features.tlbi_ranges ? "range" : "page",
		   stage2_features.ttl ? " with level" : "");
	return 0;
}

/*
 * The point of no return, and nothing here can fail. Whatever the kernel's boot
 * code set in EL2 stays as it is but for the bits below: newer kernels enable
 * features by ones (HCRX_EL2, HFGxTR_EL2, MDCR_EL2), where a zero would trap.
 */
static void boot_commit(void)
{
	const struct cell *root = cells[ROOT_CELL_ID];
	struct el2_controls *c = &PRIV->controls;

	gic_allow_sgis();
	c->hcr = read_sysreg(hcr_el2);
	c->actlr = read_sysreg(actlr_el2);
	c->vtcr = read_sysreg(vtcr_el2);
	c->vttbr = read_sysreg(vttbr_el2);
	controls_save();

	gic_ops->commit();
	mitigation_commit();
	write_sysreg(vtcr_el2, root->arch.vtcr);
	write_sysreg(vttbr_el2, root->arch.vttbr);
	PRIV->hcr = (c->hcr & ~HCR_STAGE2_ZERO) | HCR_VM | HCR_SWIO | HCR_PTW | HCR_FMO | HCR_IMO |
		    HCR_AMO | HCR_TSC | HCR_TIDCP | HCR_TACR | HCR_RW;
	write_sysreg(hcr_el2, PRIV->direct ? direct_hcr(root, PRIV->hcr) : PRIV->hcr);
	/* On many CPUs a one lets EL1 change how the CPU works, for everybody */
	write_sysreg(actlr_el2, 0);
	isb();
	/* Entries made with HCR_EL2.VM = 0 carry whatever VMID was there */
	asm volatile("tlbi alle1\n\tic iallu\n\tdsb nsh\n\tisb" ::: "memory");
}

static void give_answer(struct frame *f, s64 ret, const struct error *err)
{
	f->x[0] = (u64)ret;
	f->x[1] = err->rule;
	f->x[2] = err->value[0];
	f->x[3] = err->value[1];
}

void boot_command(u64 command, u64 cpu, struct frame *f);
void boot_command(u64 command, u64 cpu, struct frame *f)
{
	struct error err = { .rule = CL_RULE_NONE };
	s64 ret;

	for (u32 i = 0; i < 19; i++)
		f->x[i] = 0;
	switch (command) {
	case CL_BOOT_INIT:
		ret = boot_init(&err);
		break;
	case CL_BOOT_PROBE:
		ret = boot_probe((u32)cpu, &err);
		break;
	case CL_BOOT_PREPARE:
		ret = boot_prepare(&err);
		break;
	case CL_BOOT_COMMIT:
		boot_commit();
		give_answer(f, 0, &err);
		return;
	default:
		ret = refuse(&err, -CL_ENOSYS, CL_RULE_NOT_SUPPORTED, command, 0);
	}
	give_answer(f, ret, &err);
	leave_el2(f, 0);
}

static void restore_controls(void)
{
	const struct el2_controls *c = &PRIV->controls;

	gic_ops->release();
	write_sysreg(hcr_el2, c->hcr);
	write_sysreg(actlr_el2, c->actlr);
	write_sysreg(vtcr_el2, c->vtcr);
	write_sysreg(vttbr_el2, c->vttbr);
	isb();
	asm volatile("tlbi alle1\n\tic iallu\n\tdsb nsh\n\tisb" ::: "memory");
}

/* The firmware turns this CPU off, and Linux's stub has EL2 when it comes back */
void arch_cpu_power_off(void)
{
	struct frame f = { .x = { PSCI_CPU_OFF } };

	restore_controls();
	__atomic_store_n(&PRIV->cpu->state, CPU_LOST, __ATOMIC_SEQ_CST);
	leave_el2(&f, 1);
}

/*
 * CPUs that Linux has turned off wait here. They must be gone from this image
 * before its memory can be used again: the firmware says when. Bounded; with a
 * CPU that does not come to its end the hypervisor stays.
 */
static int release_parked_cpus(struct error *err)
{
	for (u32 i = 0; i < nr_cpus; i++) {
		u64 args[18] = { 0 };

		if (cpu_state(&cpus[i]) != CPU_OFF)
			continue;
		cpu_request(&cpus[i], CPU_REQ_RELEASE);
		for (u32 polls = 0; polls < 1000000; polls++) {
			args[0] = PSCI_AFFINITY_INFO | PSCI_64;
			args[1] = cpus[i].mpidr;
			args[2] = 0;
			forward_smc(args);
			if (args[0] == 1)
				break;
			arch_relax();
		}
		if (args[0] != 1)
			return refuse(err, -CL_ETIMEDOUT, CL_RULE_CELL_CPU_LOST, i, 0);
	}
	return 0;
}

/*
 * The first CPU that leaves closes the door under the management lock, which is
 * then never given back: no cell can be created any more, since stage 2 is
 * about to vanish from root. The others come at the same moment and find either
 * the lock taken or the door closed, so a leaver waits for one of the two;
 * bounded, because management requests are.
 */
static int close_door(bool leave, struct error *err)
{
	for (u32 polls = 0; polls < (leave ? 100000000 : 1); polls++) {
		if (__atomic_load_n(&disabling, __ATOMIC_ACQUIRE))
			return 0;
		if (spin_trylock(&management_lock)) {
			int ret = 0;

			if (cell_count() > 1)
				ret = refuse(err, -CL_EBUSY, CL_RULE_CELLS_EXIST, cell_count() - 1,
					     0);
			if (!ret && leave)
				ret = release_parked_cpus(err);
			if (ret || !leave) {
				spin_unlock(&management_lock);
				return ret;
			}
			__atomic_store_n(&disabling, true, __ATOMIC_RELEASE);
			return 0;
		}
		arch_relax();
	}
	return refuse(err, -CL_EAGAIN, CL_RULE_BUSY, 0, 0);
}

static int hold(bool on, struct error *err)
{
	if (!gic_ops->hold || gic_ops->hold(on))
		return 0;
	return refuse(err, -CL_EAGAIN, CL_RULE_BUSY, 0, 0);
}

/* CL_HC_DISABLE: x1 is one of CL_DISABLE_* */
bool disable_call(u64 *x)
{
	struct error err = { .rule = CL_RULE_NONE };
	bool leave = x[1] == CL_DISABLE_LEAVE;
	s64 ret;

	if (leave || x[1] == CL_DISABLE_ASK)
		ret = close_door(leave, &err);
	else if (x[1] == CL_DISABLE_HOLD || x[1] == CL_DISABLE_GO_ON)
		ret = hold(x[1] == CL_DISABLE_HOLD, &err);
	else
		ret = refuse(&err, -CL_EINVAL, CL_RULE_NOT_SUPPORTED, CL_HC_DISABLE, 0);

	x[0] = (u64)ret;
	x[1] = err.rule;
	x[2] = err.value[0];
	x[3] = err.value[1];
	if (ret || !leave)
		return false;

	PRIV->boot.elr = read_sysreg(elr_el2);
	PRIV->boot.spsr = read_sysreg(spsr_el2);
	restore_controls();
	return true;
}
