/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * What the fault guest does: X(NAME, x0, text, function). x1 is the mode's
 * argument, with 0 for a default. Numbers never change.
 */
#ifndef FAULT_MODES_H
#define FAULT_MODES_H

/* Defaults of x1: nothing is mapped there in a cell of configs/qemu-virt */
#define FAULT_UNMAPPED 0x60000000
#define FAULT_READONLY 0x61000000
#define FAULT_HYPERVISOR 0x70000000

/* clang-format off */
#define FAULT_MODES(X)										\
	X(NONE, 0, "does nothing wrong", mode_none)						\
	/* x1: address */									\
	X(READ_UNMAPPED, 1, "reads an unmapped address", mode_read_unmapped)			\
	X(WRITE_READONLY, 2, "writes read-only memory", mode_write_readonly)			\
	X(EXECUTE_UNMAPPED, 3, "executes an unmapped address", mode_execute_unmapped)		\
	X(HYPERVISOR_MEMORY, 4, "touches the hypervisor's memory", mode_hypervisor_memory)	\
	X(IGNORE_SHUTDOWN, 5, "ignores shutdown requests", mode_ignore)				\
	X(SPIN_MASKED, 6, "spins with interrupts masked", mode_spin_masked)			\
	/* x1: how many requests, 0: all */							\
	X(DENY_SHUTDOWN, 7, "denies shutdown requests", mode_deny)				\
	/* x1: milliseconds until it is RUNNING again, 0: never */				\
	X(RUNNING_LOCKED, 8, "is running-locked", mode_locked)					\
	X(SYSTEM_OFF, 9, "switches its system off", mode_system_off)				\
	/* x1: by SYSTEM_RESET2 */								\
	X(SYSTEM_RESET, 10, "resets its system, once", mode_system_reset)			\
	X(UNKNOWN_CALLS, 11, "makes unknown hypercalls and SMCs", mode_unknown_calls)		\
	X(FOREIGN_GIC, 12, "touches interrupts of others", mode_foreign_gic)			\
	X(CRASH, 13, "crashes", mode_crash)							\
	/* x1: address of the tables */								\
	X(WRECK_STAGE1, 14, "has page tables where nothing is", mode_wreck_stage1)		\
	X(ODD_MMIO, 15, "uses odd instructions on the GIC", mode_odd_mmio)			\
	X(WRECK_COMM, 16, "overwrites the communication region", mode_wreck_comm)		\
	X(HOSTILE_PSCI, 17, "calls PSCI with wrong arguments", mode_hostile_psci)		\
	X(SGI_STORM, 18, "sends SGIs to everybody without end", mode_sgi_storm)			\
	/* x1: address */									\
	X(FAULT_STORM, 19, "reads an unmapped address without end", mode_fault_storm)		\
	X(SYSREGS, 20, "touches system registers it has no business with", mode_sysregs)	\
	X(SET_WAY, 21, "cleans and invalidates caches by set and way", mode_set_way)		\
	X(SLEEP, 22, "sleeps with no interrupt enabled", mode_sleep)				\
	X(CPU_OFF, 23, "switches its CPU off unasked", mode_cpu_off)				\
	X(CALL_STORM, 24, "makes hypercalls without end", mode_call_storm)			\
	X(CONSOLE_FLOOD, 25, "prints without end", mode_console_flood)				\
	/* x1: seed; x2: how many random ones; 0: any */						\
	X(FUZZ_SYSREGS, 26, "reads and writes every system register", mode_fuzz_sysregs)	\
	X(FUZZ_CALLS, 27, "makes every call", mode_fuzz_calls)					\
	X(FUZZ_MMIO, 28, "accesses the GIC in every way", mode_fuzz_mmio)			\
	X(LEFTOVERS, 29, "looks at what is in registers, and fills them", mode_leftovers)	\
	X(PSCI_RACES, 30, "turns CPUs on and off at once", mode_psci_races)			\
	/* x1: address; x2: bytes */								\
	X(REGISTERS, 31, "accesses device registers in every width", mode_registers)		\
	/* x1: function; x2: how often the second of four is called at the end; x3: by HVC */	\
	X(FIRMWARE, 32, "asks the firmware", mode_firmware)					\
	/* x1..x3: anything */									\
	X(ARGUMENTS, 33, "says what it was given", mode_arguments)				\
	X(IRQ_STORM, 34, "lets a timer interrupt without end", mode_irq_storm)			\
	X(INTERFACE, 35, "leaves its CPU interface in a mess", mode_interface)			\
	X(DISCOVERY, 36, "asks the firmware and hypervisors who is there", mode_discovery)	\
	X(ABORTS, 37, "looks closely at the aborts that it gets", mode_aborts)			\
	X(FEATURES, 38, "compares ID registers with what works", mode_features)
/* clang-format on */

#define FAULT_MODE_ENUM(name, number, text, function) FAULT_##name = (number),
enum fault_mode { FAULT_MODES(FAULT_MODE_ENUM) };
#undef FAULT_MODE_ENUM

#endif
