/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The fake machine, as tests and fuzzers see it.
 *
 * It has RAM, CPUs that are coroutines on the caller's thread, windows that are
 * real mappings (a use after the close faults), and it notes what it is told to
 * do. A rule of arch.h that the generic code breaks ends the program: windows
 * closed in the wrong order or left open, a lock held where a CPU waits, memory
 * of the hypervisor or of nobody seen through a window.
 *
 * Everything is deterministic. By default a CPU runs until it waits, enters its
 * guest or is done; with host.stepping set, it stops before each atomic
 * operation, so that a test can try every order.
 */
#ifndef HOST_H
#define HOST_H

#include <arch.h>
#include <cell.h>
#include <config/error.h>
#include <mm/s1_walk.h>
#include <types.h>

#define HOST_RAM_START 0x40000000ull
#define HOST_RAM_SIZE 0x80000000ull
#define HOST_HV_START 0x60000000ull /* unless host_hv_start says otherwise */
#define HOST_HV_SIZE 0x400000ull
/* In hypervisor memory, before the pool: the system config */
#define HOST_BLOB_SPACE 0x20000ull
#define HOST_MAX_POOL ((HOST_HV_SIZE - HOST_BLOB_SPACE) / PAGE_SIZE)

enum host_event_kind {
	HOST_KICK, /* a = CPU */
	HOST_KICK_AGAIN, /* a = CPU */
	HOST_SIGNAL,
	HOST_TLBI_RANGE, /* a = IPA, b = size, c = VMID */
	HOST_TLBI_ALL, /* c = VMID */
	HOST_BARRIER,
	HOST_SPI, /* a = INTID, b = cell */
	HOST_SPI_RAISE, /* a = INTID */
	HOST_CLEAN, /* a = PA or ~0, b = size */
	HOST_ZERO, /* a = PA, b = size */
	HOST_WINDOW, /* a = PA */
	HOST_BLOCK, /* a = PA */
	HOST_CLOSE, /* a = PA */
	HOST_QUIESCE,
	HOST_GUEST_START, /* a = entry, b = first argument, c = cell */
	HOST_POWER_OFF,
	HOST_CELL_INIT, /* a = cell */
	HOST_CELL_RESET, /* a = cell */
	HOST_CPU_ASSIGN, /* a = CPU */
	HOST_DEVICE, /* a = PA, b = size, c = is it a write? */
	HOST_NR_EVENTS,
};

struct host_event {
	enum host_event_kind kind;
	u32 cpu;
	u64 a;
	u64 b;
	u64 c;
};

/* Why a CPU does not go on */
enum host_stop {
	HOST_AT_POINT, /* may go on at any time */
	HOST_SPINS, /* in arch_relax(): somebody else should go on */
	HOST_WAITS, /* in arch_wait() */
	HOST_IN_GUEST, /* its guest has nothing to do */
	HOST_IS_OFF, /* by arch_cpu_power_off() */
};

#define HOST_MAX_LOG 4096
#define HOST_MAX_UART 512

/**
 * struct host - the machine
 * @stepping: CPUs stop before each atomic operation
 * @selected: the CPU that this_cpu() is outside of all CPUs
 * @pa_bits: width of physical addresses
 * @max_spi: highest INTID of an SPI
 * @patience: calls of arch_relax() that are no deadlock without stepping
 * @on_start: what every guest does that is started, or NULL
 * @fail_cell_init: what arch_cell_init() returns
 * @fail_cell_revoke: what arch_cell_revoke() returns
 * @stage1: what the guest of each CPU has in its registers
 * @log: the first events
 * @nr_log: their number
 * @count: all events, by kind
 * @watch: called after each event is noted, if not NULL
 * @uart: characters that arrived there
 * @uart_size: their number, of which HOST_MAX_UART are kept
 */
struct host {
	bool stepping;
	u32 selected;
	unsigned int pa_bits;
	u32 max_spi;
	u32 patience;
	void (*on_start)(void *arg);
	int fail_cell_init;
	int fail_cell_revoke;
	struct s1_registers stage1[CL_MAX_CPUS];
	struct host_event log[HOST_MAX_LOG];
	u32 nr_log;
	u64 count[HOST_NR_EVENTS];
	void (*watch)(const struct host_event *event);
	char uart[HOST_MAX_UART];
	size_t uart_size;
};

extern struct host host;

/* Where in RAM hypervisor memory is, from the next host_reset() on */
extern u64 host_hv_start;

/* Ends the program */
void host_panic(const char *format, ...) __noreturn __printf(1, 2);

/**
 * host_reset() - the machine as after power-up
 *
 * RAM is zero, all CPUs are off, the generic code's state is that of a program
 * just started.
 */
void host_reset(void);

/**
 * host_boot() - what the real machine's boot code does
 * @blob: system config
 * @size: its bytes
 * @pool_pages: frames of the pool, its own included; at most HOST_MAX_POOL
 * @err: filled in on failure
 *
 * All CPUs are then in root, without work. Return: as cell_init_root().
 */
int host_boot(const void *blob, u64 size, u64 pool_pages, struct error *err);

/* Forgets the events so far */
void host_forget(void);

/* Physical memory, as a debugger would see it: whatever the tables say */
void *host_ram(u64 pa);

/* What the guest of a CPU does next; where it does not return, no more */
typedef void (*host_job)(void *arg);

/* The registers at a physical address; until it is asked for, no device is there */
void *host_device(u64 pa);

/* Gives a CPU in its guest something to do; it begins when the CPU gets its turn */
void host_post(u32 cpu, host_job job, void *arg);

/* host_post(), then lets the CPU go on until it stops */
enum host_stop host_run(u32 cpu, host_job job, void *arg);

/* One step of a CPU that can go on */
enum host_stop host_step(u32 cpu);

/* Can the CPU go on: is it neither idle nor waiting in vain? */
bool host_can_step(u32 cpu);

/* Why the CPU stopped */
enum host_stop host_stopped(u32 cpu);

/* Lets all CPUs go on, each in turn, until none can */
void host_settle(void);

/* The CPU's windows and locks: 0 outside of the generic code */
u32 host_windows_open(u32 cpu);

/* Used between the machine's own files */
void host_note(enum host_event_kind kind, u64 a, u64 b, u64 c);
void host_memory_reset(void);
void *host_hv_memory(u64 pa);
u64 host_window_pa(const void *p);
void host_cpus_reset(void);
void host_cpu_boot(u32 cpu);
u32 host_this_cpu(void);
void host_check_idle(const char *where);

#endif
