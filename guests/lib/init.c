// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * From C's beginning to guest_main(): where am I, and what is there.
 */
#include "internal.h"
#include "start.h"

/* By convention of Jailhouse; a cell's config may map it elsewhere. */
#ifndef GUEST_COMM_ADDRESS
#define GUEST_COMM_ADDRESS 0x80000000
#endif

/* QEMU's machine "virt" */
#define VIRT_UART 0x09000000
#define VIRT_GICD 0x08000000
#define VIRT_GICR 0x080a0000
#define VIRT_GICC 0x08010000

/*
 * Alone on the machine there is no config to give arguments: they are looked
 * for one page below the image, behind this word ("GUESTARG").
 */
#define BARE_ARGS_MAGIC 0x4752415453455547ull
#define BARE_ARGS_OFFSET 4096

struct bare_args {
	uint64_t magic;
	uint64_t args[4];
};

struct guest_platform platform;
struct guest_cpu guest_cpus[GUEST_MAX_CPUS];

extern char guest_data[], guest_data_end[], guest_data_copy[];

#define DATA_SAVED 0x5dc0a7edda7a5a5aull
static uint64_t data_saved = ~DATA_SAVED;

/**
 * guest_restore_data() - make .data as it was loaded
 *
 * A cell can be started again without being loaded again (PSCI SYSTEM_RESET
 * does that), and then finds what its last run left. The first run after
 * loading keeps a copy; what tells the two apart is in .data itself, so
 * loading makes a first run. Called before relocation.
 */
void guest_restore_data(void);
void guest_restore_data(void)
{
	size_t size = guest_data_end - guest_data;

	if (data_saved == DATA_SAVED) {
		memcpy(guest_data, guest_data_copy, size);
	} else {
		data_saved = DATA_SAVED;
		memcpy(guest_data_copy, guest_data, size);
	}
}

/* Before interrupts and console: whatever the CPU needs to run C code. */
void cpu_init(uint32_t index)
{
	struct guest_cpu *cpu = &guest_cpus[index];

	cpu->index = index;
	cpu->mpidr = read_sysreg(mpidr_el1) & MPIDR_AFFINITY;
	cpu->catching = false;
	write_sysreg((uintptr_t)cpu, tpidr_el1);
	write_sysreg((uintptr_t)guest_vectors, vbar_el1);
	write_sysreg(3 << 20, cpacr_el1); /* SIMD is there for the guest */
	write_sysreg(0, cntkctl_el1);
	write_sysreg(0, cntv_ctl_el0);
	isb();
	/* SErrors are to be seen where they arise. */
	asm volatile("msr daifclr, #4" : : : "memory");
}

static bool find_comm(void)
{
	struct cl_comm_region *comm = (void *)(uintptr_t)GUEST_COMM_ADDRESS;
	static const char signature[] = CL_COMM_SIGNATURE;
	uint64_t c;

	if (mmu_map(GUEST_COMM_ADDRESS, sizeof(*comm), GUEST_NORMAL))
		return false;
	/* On a bare machine there may be no memory at all. */
	for (unsigned int i = 0; i < sizeof(comm->signature); i++)
		if (!try_read((uintptr_t)&comm->signature[i], 1, &c, NULL) ||
		    (char)c != signature[i])
			return false;

	platform.comm = comm;
	platform.conduit = SMCCC_SMC;
	if (comm->revision != CL_COMM_REVISION) {
		comm_set_state(CL_COMM_FAILED_REV);
		psci_cpu_off();
	}
	platform.console = comm->console.type;
	platform.uart = comm->console.address;
	platform.uart_flags = comm->console.flags;
	if (comm->gic_version == 3 || comm->gic_version == 2) {
		platform.gic = comm->gic_version;
		platform.gicd = comm->gicd_base;
		platform.gicr = comm->gicr_base;
		platform.gicc = comm->gicc_base;
	}
	return true;
}

static void assume_virt(uint64_t args[4])
{
	const struct bare_args *given;
	uint64_t image, magic;

	platform.console = CL_CONSOLE_PL011;
	platform.uart = VIRT_UART;
	platform.gicd = VIRT_GICD;
	/* System registers are a CPU's that belongs to a GICv3 */
	platform.gic = read_sysreg(id_aa64pfr0_el1) >> ID_PFR0_GIC & 15 ? 3 : 2;
	platform.gicr = VIRT_GICR;
	platform.gicc = VIRT_GICC;
	platform.conduit = platform.start_el == 2 ? SMCCC_SMC : SMCCC_HVC;

	/* Not as C's _start, which has nothing below it */
	asm("adrp %0, _start" : "=r"(image));
	if (image < BARE_ARGS_OFFSET)
		return;
	given = (const void *)(image - BARE_ARGS_OFFSET);
	if (mmu_map((uintptr_t)given, sizeof(*given), GUEST_NORMAL) ||
	    !try_read((uintptr_t)&given->magic, 8, &magic, NULL) || magic != BARE_ARGS_MAGIC)
		return;
	memcpy(args, given->args, sizeof(given->args));
}

void guest_start(const uint64_t entry_args[4], uint64_t start_el)
{
	uint64_t args[4];

	memcpy(args, entry_args, sizeof(args));
	cpu_init(0);
	platform.start_el = start_el;
	if (!find_comm())
		assume_virt(args);
	console_init();
	if (platform.comm)
		comm_set_state(CL_COMM_RUNNING);
	gic_init();
	guest_cpus[0].online = 1;
	irq_on();
	guest_main(args);
	guest_shutdown();
}

void guest_fail(const char *message)
{
	irq_off();
	console_break_lock();
	printf("guest: failed: %s\n", message);
	if (!platform.comm)
		psci(PSCI_SYSTEM_OFF, 0, 0, 0);
	comm_set_state(CL_COMM_FAILED);
	psci_cpu_off();
}
