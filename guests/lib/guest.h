/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The guest library: what a program in a cell, or alone on QEMU's machine
 * "virt", can use. A guest defines guest_main(); all else is optional.
 *
 * The library uses general purpose registers only, interrupt handlers must do
 * the same: nothing saves the SIMD registers for them.
 */
#ifndef GUEST_H
#define GUEST_H

#include <cloister/comm.h>
#include <cloister/config.h>
#include <cloister/hypercall.h>

#include "arch.h"

#define GUEST_MAX_CPUS 32

/* ------------------------------------------------------------------ start */

/**
 * guest_main() - the guest, run by the boot CPU with interrupts unmasked
 * @args: x0..x3 of the entry, which are the cell's .args
 *
 * MMU, caches, console, interrupt controller and communication region are
 * ready. To return is to call guest_shutdown().
 */
void guest_main(const uint64_t args[4]);

/**
 * struct guest_platform - where things are
 * @comm: communication region, NULL if the guest is alone on the machine
 * @console: enum cl_console_type
 * @uart: address of the UART, if that is the console
 * @uart_flags: CL_UART_*
 * @gic: version of the interrupt controller, 2 or 3; 0: there is none
 * @gicd: distributor
 * @gicr: GICv3: first redistributor
 * @gicc: GICv2: CPU interface
 * @conduit: how PSCI is called
 * @start_el: exception level at which the boot CPU was entered
 */
struct guest_platform {
	struct cl_comm_region *comm;
	uint32_t console;
	uint64_t uart;
	uint32_t uart_flags;
	uint32_t gic;
	uint64_t gicd;
	uint64_t gicr;
	uint64_t gicc;
	uint32_t conduit;
	uint32_t start_el;
};

extern struct guest_platform platform;

/* ---------------------------------------------------------------- console */

/**
 * printf() - print to the console; lines of different CPUs do not mix
 * @format: %d %i %u %x %X %c %s %p %%, with l, ll, z, width, 0 and -
 */
void printf(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* --------------------------------------------------- communication region */

/**
 * comm_poll() - look for a message of the hypervisor
 *
 * Messages that need no decision are answered here. Alone on the machine, the
 * key q on the UART is a shutdown request.
 *
 * Return: CL_MSG_SHUTDOWN_REQUEST or CL_MSG_NONE
 */
uint32_t comm_poll(void);

/**
 * comm_reply() - answer a message
 * @reply: CL_REPLY_*
 */
void comm_reply(uint32_t reply);

/**
 * comm_set_state() - tell the state of the cell
 * @state: CL_COMM_*
 */
void comm_set_state(uint32_t state);

/**
 * guest_shutdown() - approve a shutdown request and stop
 *
 * The calling CPU goes off by PSCI, all others must be off already. Alone on
 * the machine: switches it off.
 */
void guest_shutdown(void) __attribute__((noreturn));

/**
 * guest_serve() - sleep, look for a shutdown request every 10 ms, approve it
 *
 * For guests that have nothing left to do. Uses timer_sleep_us().
 */
void guest_serve(void) __attribute__((noreturn));

/* ------------------------------------------------- hypercalls, PSCI, SMCCC */

enum smccc_conduit { SMCCC_SMC, SMCCC_HVC };

/**
 * smccc_call() - a call of the SMC Calling Convention (Arm DEN0028)
 * @conduit: enum smccc_conduit
 * @x: x0..x6 on entry; x0..x3 of the result
 *
 * x7..x17 count as lost, as version 1.0 of the convention has it.
 */
static inline void smccc_call(uint32_t conduit, uint64_t x[7])
{
	register uint64_t r0 asm("x0") = x[0];
	register uint64_t r1 asm("x1") = x[1];
	register uint64_t r2 asm("x2") = x[2];
	register uint64_t r3 asm("x3") = x[3];
	register uint64_t r4 asm("x4") = x[4];
	register uint64_t r5 asm("x5") = x[5];
	register uint64_t r6 asm("x6") = x[6];

	if (conduit == SMCCC_HVC)
		asm volatile("hvc #0"
			     : "+r"(r0), "+r"(r1), "+r"(r2), "+r"(r3), "+r"(r4), "+r"(r5), "+r"(r6)
			     :
			     : "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14", "x15", "x16",
			       "x17", "memory");
	else
		asm volatile("smc #0"
			     : "+r"(r0), "+r"(r1), "+r"(r2), "+r"(r3), "+r"(r4), "+r"(r5), "+r"(r6)
			     :
			     : "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14", "x15", "x16",
			       "x17", "memory");
	x[0] = r0;
	x[1] = r1;
	x[2] = r2;
	x[3] = r3;
}

/**
 * hypercall() - call the hypervisor with up to two arguments
 * @function: CL_HC_*
 * @a1: x1
 * @a2: x2
 *
 * Only for a guest in a cell (platform.comm is not NULL).
 *
 * Return: x0
 */
int64_t hypercall(uint64_t function, uint64_t a1, uint64_t a2);

/**
 * hypercall_info() - who am I
 * @cell: own cell ID
 * @cpu: own CPU number in the system config
 *
 * Return: ABI version of the hypervisor, or a negative number if the guest is
 * not in a cell of Cloister
 */
int64_t hypercall_info(uint64_t *cell, uint64_t *cpu);

/* PSCI (Arm DEN0022): function IDs and results */
#define PSCI_VERSION 0x84000000
#define PSCI_CPU_OFF 0x84000002
#define PSCI_CPU_ON 0xc4000003
#define PSCI_AFFINITY_INFO 0xc4000004
#define PSCI_SYSTEM_OFF 0x84000008
#define PSCI_SYSTEM_RESET 0x84000009
#define PSCI_FEATURES 0x8400000a

#define PSCI_SUCCESS 0
#define PSCI_NOT_SUPPORTED (-1)
#define PSCI_INVALID_PARAMETERS (-2)
#define PSCI_DENIED (-3)
#define PSCI_ALREADY_ON (-4)
#define PSCI_ON_PENDING (-5)
#define PSCI_INTERNAL_FAILURE (-6)

/* Results of PSCI_AFFINITY_INFO */
#define PSCI_IS_ON 0
#define PSCI_IS_OFF 1
#define PSCI_IS_ON_PENDING 2

/**
 * psci() - call the firmware, which in a cell is the hypervisor
 * @function: PSCI_*
 * @a1: x1
 * @a2: x2
 * @a3: x3
 *
 * The conduit is platform.conduit: SMC in a cell (HVC serves there too); alone
 * on the machine SMC if there is an EL2, else HVC, as QEMU's device tree says.
 *
 * Return: w0, sign-extended
 */
int32_t psci(uint32_t function, uint64_t a1, uint64_t a2, uint64_t a3);

/** psci_cpu_off() - end of the calling CPU */
void psci_cpu_off(void) __attribute__((noreturn));

/* ----------------------------------------------------------------- memory */

enum guest_memory {
	GUEST_NORMAL, /* write-back cacheable, executable */
	GUEST_DEVICE, /* nGnRE, never executable */
};

/**
 * mmu_map() - map addresses one-to-one, in steps of 2 MiB
 * @address: first one; RAM and communication region are mapped already
 * @size: bytes
 * @type: enum guest_memory
 *
 * Return: 0, or -1 if there is no table left (there are few), an address is
 * above 512 GiB, or a 2 MiB block is mapped already with another type
 */
int mmu_map(uint64_t address, uint64_t size, enum guest_memory type);

/* -------------------------------------------------------------- exceptions */

/**
 * struct guest_frame - registers at an exception
 * @vector: number of the vector's entry, 0..15
 */
struct guest_frame {
	uint64_t x[31];
	uint64_t elr;
	uint64_t spsr;
	uint64_t esr;
	uint64_t far;
	uint64_t vector;
};

#define ESR_EC(esr) ((unsigned int)((esr) >> 26 & 0x3f))
#define EC_UNKNOWN 0x00
#define EC_SYSREG 0x18
#define EC_INSTRUCTION_ABORT 0x21
#define EC_DATA_ABORT 0x25

/* The class of an exception, for people */
const char *exception_name(uint64_t esr);

typedef bool (*guest_hook)(struct guest_frame *frame);

/**
 * exception_set_hook() - see exceptions before the library does
 * @hook: returns true if it dealt with the exception; the frame, which it may
 *	have changed, is then resumed. NULL: none.
 *
 * Called for everything but interrupts, on whichever CPU.
 */
void exception_set_hook(guest_hook hook);

/**
 * struct guest_fault - an exception that was expected
 * @taken: whether it came
 */
struct guest_fault {
	bool taken;
	uint64_t esr;
	uint64_t far;
	uint64_t elr;
};

/**
 * fault_catch() - from here on this CPU notes exceptions instead of dying
 *
 * An instruction that faults is skipped; a call to where nothing can be
 * executed returns to the caller. For accesses in a guest's own assembler.
 */
void fault_catch(void);

/**
 * fault_caught() - end of fault_catch()
 * @fault: the first exception since, may be NULL
 *
 * Return: whether there was one
 */
bool fault_caught(struct guest_fault *fault);

/**
 * try_read() - read what may not be there
 * @address: mapped by mmu_map(), aligned to @size
 * @size: 1, 2, 4 or 8
 * @value: what was read, untouched by a fault; may be NULL
 * @fault: the exception, may be NULL
 *
 * Return: true if the access succeeded
 */
bool try_read(uint64_t address, unsigned int size, uint64_t *value, struct guest_fault *fault);

/** try_write() - the same for a write */
bool try_write(uint64_t address, unsigned int size, uint64_t value, struct guest_fault *fault);

/** try_call() - the same for a function call */
bool try_call(uint64_t address, struct guest_fault *fault);

/**
 * guest_fail() - print a message, set the state to CL_COMM_FAILED, stop
 * @message: why
 */
void guest_fail(const char *message) __attribute__((noreturn));

/* -------------------------------------------------------------- interrupts */

typedef void (*irq_handler)(uint32_t intid);

/**
 * irq_enable() - have an interrupt handled
 * @intid: SGI 0..15, PPI 16..31 (both for the calling CPU), or SPI, which is
 *	routed to the calling CPU
 * @handler: runs with interrupts masked; EOI is done by the library
 *
 * One handler per INTID serves all CPUs.
 *
 * Return: 0, or -1 without a GIC or when 16 INTIDs have handlers already
 */
int irq_enable(uint32_t intid, irq_handler handler);

/**
 * irq_disable() - undo irq_enable() at the interrupt controller
 * @intid: as there
 */
void irq_disable(uint32_t intid);

/**
 * irq_set_priority() - set the priority of an interrupt
 * @intid: as in irq_enable()
 * @priority: 0 (highest) .. 0xf0; 0xa0 is the default
 */
void irq_set_priority(uint32_t intid, uint8_t priority);

/**
 * sgi_send() - interrupt a CPU
 * @mpidr: its affinity; Aff0 must be below 16
 * @intid: 0..15
 */
void sgi_send(uint64_t mpidr, uint32_t intid);

typedef bool (*guest_cpu_visitor)(uint64_t mpidr, void *context);

/**
 * gic_for_each_cpu() - walk the CPUs that the machine may have, mine or not
 * @visit: gets the affinity in the form of MPIDR_EL1; false ends the walk
 * @context: for @visit
 *
 * GICv3: those with a redistributor. GICv2 does not tell: those that can be.
 */
void gic_for_each_cpu(guest_cpu_visitor visit, void *context);

typedef bool (*guest_frame_visitor)(uint64_t mpidr, uint64_t frame, void *context);

/**
 * gic_for_each_frame() - walk the redistributor frames; GICv3
 * @visit: gets the affinity in the form of MPIDR_EL1 and the frame's address;
 *	false ends the walk
 * @context: for @visit
 */
void gic_for_each_frame(guest_frame_visitor visit, void *context);

/* ------------------------------------------------------------------- time */

#define TIMER_INTID 27 /* virtual timer, PPI 11 */

static inline uint64_t timer_now(void)
{
	isb(); /* or the counter could be read ahead of time */
	return read_sysreg(cntvct_el0);
}

/** timer_frequency() - ticks per second of timer_now() */
static inline uint64_t timer_frequency(void)
{
	return read_sysreg(cntfrq_el0);
}

uint64_t timer_ticks_to_ns(uint64_t ticks);
uint64_t timer_us_to_ticks(uint64_t us);

/** udelay() - spin for at least @us microseconds */
void udelay(uint64_t us);

/**
 * timer_sleep_us() - wait in WFI for at least @us microseconds
 *
 * For the boot CPU. Owns the virtual timer: a guest that has its own handler
 * for TIMER_INTID must not call it. Without a GIC it is udelay().
 */
void timer_sleep_us(uint64_t us);

/* -------------------------------------------------------------------- CPUs */

/**
 * struct guest_cpu - a CPU that the guest has
 * @index: 0 is the boot CPU
 * @online: non-zero while it runs guest code
 * @mpidr: affinity
 * @gicr: its redistributor frame, 0: none found
 * @interface: GICv2: its CPU interface, as a bit
 * @function: what it runs
 * @arg: its argument
 * @catching: see fault_catch()
 * @fault: see fault_catch()
 */
struct guest_cpu {
	uint32_t index;
	uint32_t online;
	uint64_t mpidr;
	uint64_t gicr;
	uint32_t interface;
	void (*function)(void *arg);
	void *arg;
	bool catching;
	struct guest_fault fault;
};

extern struct guest_cpu guest_cpus[GUEST_MAX_CPUS];

static inline struct guest_cpu *this_cpu(void)
{
	return (struct guest_cpu *)read_sysreg(tpidr_el1);
}

/**
 * smp_start_cpu() - switch a CPU on, and wait until it runs
 * @mpidr: its affinity
 * @function: what to run, with interrupts unmasked; returning is PSCI CPU_OFF
 * @arg: argument of @function
 *
 * A guest that does this is built with CPUS_<name> in the Makefile.
 *
 * Return: index of the CPU, the same each time, or a negative PSCI result
 */
int smp_start_cpu(uint64_t mpidr, void (*function)(void *arg), void *arg);

typedef struct {
	uint32_t taken;
} spinlock_t;

static inline void spin_lock(spinlock_t *lock)
{
	while (__atomic_exchange_n(&lock->taken, 1, __ATOMIC_ACQUIRE))
		while (__atomic_load_n(&lock->taken, __ATOMIC_RELAXED))
			cpu_relax();
}

static inline void spin_unlock(spinlock_t *lock)
{
	__atomic_store_n(&lock->taken, 0, __ATOMIC_RELEASE);
}

#endif
