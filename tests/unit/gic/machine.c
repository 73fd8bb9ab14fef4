// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <sys/mman.h>

#include <console.h>
#include <direct.h>
#include <guest.h>
#include <setup.h>
#include <syndrome.h>

#include "gicv2_model.h"
#include "machine.h"

struct cpu cpus[CL_MAX_CPUS];
u32 nr_cpus;
struct cell *cells[CL_MAX_CELLS];
u64 sgi_log[64];
u32 nr_sgis;
u64 (*translate_va)(u64 va);
u64 (*sysreg_computed)(const char *name, u64 value);
void (*sysreg_written)(const char *name, u64 value);

/* Affinities that differ in each of their fields */
static const u64 mpidr[NR_CPUS] = { 0, 1, 0x100, 0x10101, 0x200000001, 0x20000000f };

static const u32 spis[NR_CELLS][8] = {
	[1] = { 32, 40, 41, 63, 64, 100, 286, MAX_INTID },
	[2] = { 33, 42, 43, 62, 65, 101, 255, 256 },
};
static const u64 cell_cpus[NR_CELLS][2] = { { 0, 1 }, { 2, 3 }, { 4, 5 } };
static const struct cl_system machine = {
	.gic = {
		.version = 3,
		.maintenance_irq = MAINTENANCE,
		.gicd_base = GICD_PA,
		.gicr = { { GICR_PA, NR_CPUS * 2 * GICR_FRAMES_SIZE } },
	},
};

static const struct cl_system gicv2_machine = {
	.gic = {
		.version = 2,
		.maintenance_irq = MAINTENANCE,
		.gicd_base = GICD_PA,
		.gicc = { GICC_PA, 0x2000 },
		.gich = { GICH_PA, 0x1000 },
		.gicv = { GICV_PA, 0x2000 },
	},
};

/* System registers: the few that are used, by name */
static struct {
	const char *name;
	u64 value;
} sysregs[32];

static u64 *sysreg(const char *name)
{
	u32 i = 0;

	while (sysregs[i].name && strcmp(sysregs[i].name, name))
		i++;
	assert_true(i < ARRAY_SIZE(sysregs) - 1);
	sysregs[i].name = name;
	return &sysregs[i].value;
}

u64 sysreg_read(const char *name)
{
	return sysreg_computed ? sysreg_computed(name, *sysreg(name)) : *sysreg(name);
}

void sysreg_write(const char *name, u64 value)
{
	if (!strcmp(name, "S3_0_C12_C11_5")) { /* ICC_SGI1R_EL1 */
		assert_true(nr_sgis < ARRAY_SIZE(sgi_log));
		sgi_log[nr_sgis++] = value;
	}
	*sysreg(name) = value;
	if (sysreg_written)
		sysreg_written(name, value);
}

void sysreg_translate(u64 va)
{
	*sysreg("par_el1") = translate_va(va);
}

u32 nr_requests;

/* What the files under test ask of others */
void log_printf(const char *format, ...)
{
	(void)format;
}

void direct_kick(struct cpu *cpu)
{
	(void)cpu;
}

void direct_kick_again(struct cpu *cpu)
{
	(void)cpu;
}

char el2_vectors_gicv2[1];

void cpu_serve_requests(void)
{
}

/* Another CPU of the guest does at once what it is asked for */
void cpu_request(struct cpu *cpu, u32 bits)
{
	struct cpu *caller = PRIV->cpu;

	assert_int_equal(bits, CPU_REQ_SYNC);
	assert_ptr_equal(cpu->cell, caller->cell);
	if (kind.gicv2)
		on_cpu(cpu->id);
	PRIV->cpu = cpu;
	gic_ops->sync();
	if (kind.gicv2)
		on_cpu(caller->id);
	PRIV->cpu = caller;
	nr_requests++;
}

bool owns(u32 cell, u32 intid)
{
	if (intid < 32 || intid > MAX_INTID)
		return false;
	for (u32 i = 0; i < ARRAY_SIZE(spis[cell]); i++) {
		if (cell && spis[cell][i] == intid)
			return true;
	}
	return !cell && !owns(1, intid) && !owns(2, intid);
}

u32 owned_bits(u32 cell, u32 word)
{
	u32 bits = 0;

	for (u32 i = 0; i < 32; i++)
		bits |= owns(cell, word * 32 + i) ? (u32)BIT(i) : 0;
	return bits;
}

static void make_cells(void)
{
	static const struct cl_cell no_devices;
	static struct cell all[NR_CELLS];

	memset(all, 0, sizeof(all));
	memset(cpus, 0, sizeof(cpus));
	nr_cpus = NR_CPUS;
	for (u32 i = 0; i < NR_CELLS; i++) {
		cells[i] = &all[i];
		all[i].id = i;
		all[i].config.cell = &no_devices;
		all[i].config.cpus = cell_cpus[i];
		all[i].config.nr_cpus = 2;
	}
	all[0].config.system = &machine;
	/* As cell_init_root() and take_cpus_and_spis() leave them */
	memset(all[0].spis, 0xff, sizeof(all[0].spis));
	for (u32 i = 1; i < NR_CELLS; i++) {
		for (u32 n = 0; n < ARRAY_SIZE(spis[i]); n++) {
			all[0].spis[spis[i][n] / 32] &= ~(u32)BIT(spis[i][n] % 32);
			all[i].spis[spis[i][n] / 32] |= (u32)BIT(spis[i][n] % 32);
		}
	}
	for (u32 i = 0; i < NR_CPUS; i++) {
		cpus[i].id = i;
		cpus[i].state = CPU_ON;
		cpus[i].mpidr = mpidr[i];
		cpus[i].arch.sgi_target = sgi_target(mpidr[i]);
		cpus[i].arch.interface = (u32)BIT(i);
		cpus[i].cell = cells[CELL_OF(i)];
	}
}

/* The private page is where it is; the devices' addresses lead to nothing of ours */
static void make_private(void)
{
	static bool made;

	if (!made &&
	    (mmap((void *)VA_PRIVATE, 2 * PAGE_SIZE, PROT_READ | PROT_WRITE,
		  MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) != (void *)VA_PRIVATE ||
	     mmap((void *)VA_DEVICES, VA_POOL - VA_DEVICES, PROT_NONE,
		  MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1,
		  0) != (void *)VA_DEVICES)) {
		perror("EL2's addresses");
		abort();
	}
	made = true;
	memset(PRIV, 0, sizeof(*PRIV));
	PRIV->cpu = &cpus[0];
	PRIV->maintenance = MAINTENANCE;
}

void machine_start(const struct gic_kind *change)
{
	struct error err = { 0 };

	/* 288 interrupts, 16 bits of INTID, affinity 3; LPIs: as QEMU's */
	kind = (struct gic_kind){ .typer = 0x01780008 | 1 << 17, .pidr2 = 0x3b, .redist = 1 };
	if (change)
		kind = *change;
	memset(sysregs, 0, sizeof(sysregs));
	memset(&gic, 0, sizeof(gic));
	nr_sgis = 0;
	translate_va = NULL;
	sysreg_computed = NULL;
	sysreg_written = NULL;
	make_cells();
	make_private();
	model_reset();
	gic_choose(&machine.gic);
	if (gic_ops->probe(&machine.gic, &err)) {
		fprintf(stderr, "probe: rule %u\n", err.rule);
		abort();
	}
}

/* Every CPU has a page like this at the same address */
static struct private pages[NR_CPUS];

void on_cpu(u32 cpu)
{
	pages[PRIV->cpu->id] = *PRIV;
	*PRIV = pages[cpu];
}

void machine_start_gicv2_of(u32 iidr)
{
	struct error err = { 0 };

	/* 288 interrupts, 6 CPUs */
	kind = (struct gic_kind){ .gicv2 = true, .typer = 8 | (NR_CPUS - 1) << 5, .iidr = iidr };
	memset(sysregs, 0, sizeof(sysregs));
	memset(&gic, 0, sizeof(gic));
	translate_va = NULL;
	make_cells();
	for (u32 i = 1; i < NR_CELLS; i++)
		cells[i]->arch.gicd_ctlr = 1;
	cells[0]->config.system = &gicv2_machine;
	make_private();
	model_reset();
	gic_choose(&gicv2_machine.gic);
	for (u32 i = 0; i < NR_CPUS; i++) {
		memset(&pages[i], 0, sizeof(pages[i]));
		pages[i].cpu = &cpus[i];
		pages[i].maintenance = MAINTENANCE;
	}
	for (u32 i = 0; i < NR_CPUS; i++) {
		on_cpu(i);
		assert_int_equal(gic_ops->probe_cpu(i, &gicv2_machine.gic, &err), 0);
		assert_int_equal(cpus[i].arch.interface, BIT(i));
	}
	assert_int_equal(gic_ops->probe(&gicv2_machine.gic, &err), 0);
	for (u32 i = 0; i < NR_CPUS; i++) {
		on_cpu(i);
		gic_ops->commit();
	}
}

void machine_start_gicv2(void)
{
	machine_start_gicv2_of(MODEL_IIDR);
}

int machine_setup(void **state)
{
	(void)state;
	machine_start(NULL);
	return 0;
}

u64 syndrome(u32 size, bool write)
{
	return (u64)EC_DABT_LOWER << 26 | ESR_IL | ISS_ISV | (u64)__builtin_ctz(size) << 22 |
	       ISS_SF | (write ? ISS_WNR : 0) | FSC_TRANSLATION | 3;
}

#define PC 0x1000

struct fast_result trap(u32 cpu, u64 ipa, u64 esr, u64 value)
{
	struct fast_result r;

	if (kind.gicv2)
		on_cpu(cpu);
	PRIV->cpu = &cpus[cpu];
	*sysreg("hpfar_el2") = ipa >> PAGE_SHIFT << 4;
	/* Some virtual address; its offset in the page is that of the physical one */
	*sysreg("far_el2") = 0xffff000012340000 | (ipa & (PAGE_SIZE - 1));
	*sysreg("elr_el2") = PC;
	r = kind.gicv2 ? guest_fast_mmio_gicv2(esr, value) : guest_fast_mmio(esr, value);
	/* What traps.c does with one that waits for other CPUs */
	if (!r.handled && gic_access_again(esr, &value))
		r = (struct fast_result){ true, value };
	/* The guest is past the instruction if and only if it has been done */
	assert_int_equal(*sysreg("elr_el2"), PC + (!r.handled ? 0 : esr & ESR_IL ? 4 : 2));
	assert_null(lock_held);
	return r;
}

bool try_load(u32 cpu, u64 ipa, u32 size, u64 *value)
{
	struct fast_result r = trap(cpu, ipa, syndrome(size, false), 0xdeadbeefdeadbeef);

	*value = r.value;
	return r.handled;
}

bool try_store(u32 cpu, u64 ipa, u32 size, u64 value)
{
	return trap(cpu, ipa, syndrome(size, true), value).handled;
}

u64 load(u32 cpu, u64 ipa, u32 size)
{
	u64 value;

	if (!try_load(cpu, ipa, size, &value))
		fail_msg("CPU %u cannot load %u bytes at 0x%llx", cpu, size,
			 (unsigned long long)ipa);
	return value;
}

void store(u32 cpu, u64 ipa, u32 size, u64 value)
{
	if (!try_store(cpu, ipa, size, value))
		fail_msg("CPU %u cannot store %u bytes at 0x%llx", cpu, size,
			 (unsigned long long)ipa);
}

/* Of 32 interrupts: has a bit changed that is not among @mine? */
static bool strange(u32 before, u32 after, u32 mine)
{
	return (before ^ after) & ~mine;
}

static const char *dist_trespass(const struct dist *b, u32 cell)
{
	if (b->ctlr != hw.d.ctlr || b->unused != hw.d.unused)
		return "GICD_CTLR";
	for (u32 n = 0; n < 32; n++) {
		u32 mine = owned_bits(cell, n);

		/* Group 0 is nobody's: not even of one's own interrupts */
		if (b->group[n] != hw.d.group[n])
			return "a group";
		if (strange(b->enable[n], hw.d.enable[n], mine) ||
		    strange(b->pending[n], hw.d.pending[n], mine) ||
		    strange(b->active[n], hw.d.active[n], mine))
			return "another's enable, pending or active";
	}
	for (u32 intid = 0; intid < 1024; intid++) {
		u64 route = hw.d.route[intid];
		bool fine = route == b->route[intid];

		for (u32 i = 0; !fine && owns(cell, intid) && i < 2; i++)
			fine = route == mpidr[cell_cpus[cell][i]];
		if (!fine)
			return "a route";
		if (!owns(cell, intid) &&
		    (b->priority[intid] != hw.d.priority[intid] ||
		     ((b->config[intid / 16] ^ hw.d.config[intid / 16]) >> intid % 16 * 2 & 3)))
			return "another's priority or configuration";
	}
	return NULL;
}

static const char *redist_trespass(const struct redist *b, const struct redist *r, bool root)
{
	u32 mine = ~(u32)BIT(MAINTENANCE);

	if (b->group != r->group || b->unused != r->unused)
		return "a group of a redistributor";
	if (strange(b->enable, r->enable, mine) || strange(b->pending, r->pending, mine) ||
	    strange(b->active, r->active, mine) ||
	    b->priority[MAINTENANCE] != r->priority[MAINTENANCE] ||
	    ((b->config[1] ^ r->config[1]) >> MAINTENANCE % 16 * 2 & 3))
		return "the maintenance interrupt";
	if (!root &&
	    (b->ctlr != r->ctlr || b->propbaser != r->propbaser || b->pendbaser != r->pendbaser ||
	     b->invlpir != r->invlpir || b->invallr != r->invallr))
		return "a register of LPIs";
	return NULL;
}

const char *trespass(const struct gic_model *before, u32 cell)
{
	const char *what = NULL;

	if (memcmp(&before->d, &hw.d, sizeof(hw.d)))
		what = dist_trespass(&before->d, cell);
	for (u32 i = 0; !what && i < NR_CPUS; i++) {
		if (!memcmp(&before->r[i], &hw.r[i], sizeof(hw.r[i])))
			continue;
		if (CELL_OF(i) != cell)
			return "another's redistributor";
		what = redist_trespass(&before->r[i], &hw.r[i], cell == 0);
	}
	return what;
}

static void invert_spis(u32 cell)
{
	for (u32 n = 1; n <= MAX_INTID / 32; n++) {
		u32 others = ~owned_bits(cell, n);

		hw.d.group[n] ^= ~0u;
		hw.d.enable[n] ^= others;
		hw.d.pending[n] ^= others;
		hw.d.active[n] ^= others;
	}
	for (u32 intid = 32; intid <= MAX_INTID; intid++) {
		if (owns(cell, intid))
			continue;
		hw.d.priority[intid] ^= 0xff;
		hw.d.config[intid / 16] ^= 2u << intid % 16 * 2;
		hw.d.route[intid] ^= ~0ull;
	}
}

static void invert_redist(struct redist *r, bool mine, bool root)
{
	u32 others = mine ? (u32)BIT(MAINTENANCE) : ~0u;

	r->group ^= ~0u;
	r->enable ^= others;
	r->pending ^= others;
	r->active ^= others;
	for (u32 i = 0; i < 32; i++) {
		if (!(others & BIT(i)))
			continue;
		r->priority[i] ^= 0xff;
		r->config[i / 16] ^= 2u << i % 16 * 2;
	}
	if (mine && root)
		return;
	r->propbaser ^= ~0ull;
	r->pendbaser ^= ~0ull;
	r->invlpir ^= ~0ull;
	r->invallr ^= ~0ull;
	r->ctlr ^= 1;
}

void invert_foreign(u32 cell)
{
	hw.d.ctlr ^= ~GICD_CTLR_RWP;
	invert_spis(cell);
	for (u32 i = 0; i < NR_CPUS; i++)
		invert_redist(&hw.r[i], CELL_OF(i) == cell, cell == 0);
}

u64 random_state;

u64 random_word(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state;
}

void scribble(u64 seed)
{
	random_state = seed * 2 + 1;
	for (u32 n = 1; n <= MAX_INTID / 32; n++) {
		hw.d.group[n] = (u32)random_word();
		hw.d.enable[n] = (u32)random_word();
		hw.d.pending[n] = (u32)random_word();
		hw.d.active[n] = (u32)random_word();
		hw.d.config[2 * n] = (u32)random_word() & 0xaaaaaaaa;
		hw.d.config[2 * n + 1] = (u32)random_word() & 0xaaaaaaaa;
	}
	for (u32 intid = 32; intid <= MAX_INTID; intid++) {
		hw.d.priority[intid] = (u8)(random_word() | 1);
		hw.d.route[intid] = mpidr[random_word() % NR_CPUS];
	}
	for (u32 i = 0; i < NR_CPUS; i++) {
		struct redist *r = &hw.r[i];

		r->propbaser = random_word();
		r->pendbaser = random_word();
		r->group = ~0u;
		r->enable = (u32)random_word();
		r->pending = (u32)random_word();
		r->active = (u32)random_word();
		r->config[1] = (u32)random_word() & 0xaaaaaaaa;
		for (u32 n = 0; n < 32; n++)
			r->priority[n] = (u8)(random_word() | 1);
	}
}
