/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CORE_CELL_H
#define CORE_CELL_H

#include <arch_cell.h>
#include <button.h>
#include <cloister/comm.h>
#include <cloister/hypercall.h>
#include <config/config.h>
#include <console.h>
#include <cpu.h>
#include <mm/aspace.h>
#include <mm/pt_audit.h>
#include <spinlock.h>
#include <vuart.h>

#define NR_SPI_WORDS 32

/**
 * struct cell - one cell, root included (ID 0)
 * @id: index into cells[]; VMID is @id + 1
 * @state: enum cl_cell_state; changed with atomics only
 * @config: its config, pointing into @blob
 * @blob: private copy of the blob; root: the driver's copy in hypervisor memory
 * @blob_pages: its frames
 * @s2: stage 2: its areas are the config's regions, root's those that it has now
 * @areas: memory for its areas
 * @area_pages: frames of that
 * @arch_pages: frames that arch_cell_init() took
 * @s2_lock: taken to change @s2
 * @subpages: its sub-page regions; root: those of all cells
 * @next_subpaged: list of the cells that have some, from root on; under root's @s2_lock
 * @spis: the SPIs it owns, a bitmap indexed by INTID
 * @comm: its communication region, or NULL
 * @comm_ipa: where the cell sees it
 * @console: its ring, or NULL
 * @vuart: its UART, in the last frame of @console, or NULL
 * @button: its power button, if its config has one
 * @loadable: its loadable regions are mapped into root
 * @loaded: has been made loadable since it was created
 * @asked: the shutdown request has been sent, and was not denied; changed with atomics
 * @resetting: one of its CPUs is restarting it
 * @memory_ready: caches hold nothing of its RAM any more; set by its first CPU
 * @zeroed: its memory from pools that is not lazy has been zeroed
 * @scrub_next: next chunk to be scrubbed, counted over all regions
 * @scrub_cpus: CPUs that are still at it
 * @destroy: how far cell_destroy() is
 * @violations: refused accesses
 * @smcs_refused: calls of the firmware that its config does not allow
 * @last_smc: function of the last of them
 * @restarts: failures after which it was to start anew; see its config's max_restarts
 * @fail: why it failed, the last time
 * @arch: the machine's part
 */
struct cell {
	u32 id;
	u32 state;
	struct config config;
	void *blob;
	u32 blob_pages;
	struct aspace s2;
	struct area *areas;
	u32 area_pages;
	u32 arch_pages;
	spinlock_t s2_lock;
	u32 subpages;
	struct cell *next_subpaged;
	u32 spis[NR_SPI_WORDS];
	struct cl_comm_region *comm;
	u64 comm_ipa;
	struct console *console;
	struct vuart *vuart;
	struct button button;
	bool loadable;
	bool loaded;
	bool asked;
	bool resetting;
	bool memory_ready;
	bool zeroed;
	u64 scrub_next;
	u32 scrub_cpus;
	enum {
		DESTROY_NOT,
		DESTROY_STOPPING,
		DESTROY_SCRUBBING,
		DESTROY_ABANDONED, /* by a CPU: quarantine_go_on() has begun */
		DESTROY_QUARANTINED
	} destroy;
	u64 violations;
	u64 smcs_refused;
	u32 last_smc;
	u32 restarts;
	struct {
		u32 reason;
		u32 cpu;
		u64 esr;
		u64 pc;
		u64 address;
	} fail;
	struct arch_cell arch;
};

extern struct cell *cells[CL_MAX_CELLS];

#define ROOT_CELL_ID 0

static inline u32 cell_state(const struct cell *cell)
{
	return __atomic_load_n(&cell->state, __ATOMIC_SEQ_CST);
}

static inline bool cell_is_running(const struct cell *cell)
{
	u32 state = cell_state(cell);

	return state == CL_CELL_RUNNING || state == CL_CELL_RUNNING_LOCKED;
}

static inline bool cell_is_root(const struct cell *cell)
{
	return cell->id == ROOT_CELL_ID;
}

static inline bool cell_owns_spi(const struct cell *cell, u32 intid)
{
	return cell->spis[intid / 32] & BIT(intid % 32);
}

/**
 * cell_init_root() - build the root cell from the system config
 * @blob: the config in hypervisor memory
 * @size: its bytes
 * @err: filled in on failure
 */
int cell_init_root(void *blob, u64 size, struct error *err);

/*
 * Management: called for root, under the management lock. All return 0 (create:
 * the ID) or a negative CL_E* with @err filled in.
 *
 * cell_shutdown() and cell_destroy() answer -CL_EINPROGRESS until they are
 * done, and are then called again: nothing waits inside the hypervisor.
 */
int cell_create(u64 blob_pa, u64 size, struct error *err);
int cell_set_loadable(u64 id, struct error *err);
int cell_start(u64 id, struct error *err);
/* @how: CL_SHUTDOWN_* */
int cell_shutdown(u64 id, u64 how, struct error *err);
/* @how: CL_SHUTDOWN_ASK, CL_SHUTDOWN_FORCE or CL_DESTROY_ABANDON */
int cell_destroy(u64 id, u64 how, struct error *err);

struct cell *cell_find(u64 id, struct error *err);
/* enum cl_cell_state as root sees it: a guest may say that it is locked */
u32 cell_shown_state(const struct cell *cell);
void cell_get_info(struct cell *cell, struct cl_cell_info *info);
u32 cell_count(void);

/*
 * The calling CPU, of the cell, is OFF now: the last of a running cell has shut it down.
 * Does not return if it starts the cell anew.
 */
void cell_cpu_parked(struct cell *cell);

/* The calling CPU's cell ends here, as PSCI SYSTEM_OFF; or it failed, if it has said so */
void cell_end_self(void) __noreturn;

/* The calling CPU's cell starts anew: PSCI SYSTEM_RESET; or it failed, if it panicked */
void cell_reset_self(void) __noreturn;

/**
 * cell_fail_self() - the calling CPU's cell cannot go on, or starts anew
 * @reason: enum cl_fail
 * @esr: what happened
 * @pc: where
 * @address: IPA, or 0
 */
void cell_fail_self(u32 reason, u64 esr, u64 pc, u64 address) __noreturn;

/* Work of the cell's own CPUs on the cell's RAM; in cell_memory.c */
void cell_prepare_memory(struct cell *cell);
void cell_scrub(struct cell *cell);

/**
 * cell_scrub_next() - zero the next 2 MiB of the cell's RAM on the calling CPU
 * @cell: no CPU of which is relied on; @cell->scrub_next counts
 *
 * Frames from pools go back at once.
 *
 * Return: false if there was nothing left.
 */
bool cell_scrub_next(struct cell *cell);

/**
 * cell_fault() - a guest of the calling CPU's cell met a fault of stage 2
 * @fault: what happened
 * @on_walk: while its own translation tables were read
 *
 * Return: true if the guest may try again: the page was being changed, or is
 * there now; false if nobody granted that access.
 */
bool cell_fault(const struct aspace_fault *fault, bool on_walk);

/* Regions of a cell, in cell_memory.c */
struct pt_attr cell_region_attr(const struct cl_mem_region *r);
/* What root has at @pa by the system config */
struct pt_attr cell_root_attr(u64 pa);
u64 cell_region_pa(const struct cell *cell, const struct cl_mem_region *r);
int cell_map_regions(struct cell *cell, struct error *err);
/*
 * GICv2: what a cell has where guests look for the CPU interface. Its virtual one, or in
 * direct mode the real one's first page, each CPU its own: the second has GICC_DIR, which
 * ends any interrupt, whoever has it, and so it traps. false: there is no GICv2.
 */
bool cell_gicc_region(const struct cell *cell, const struct cl_gic *gic, struct pt_region *region);
int cell_map_gicc(struct cell *cell, const struct cl_gic *gic, struct error *err);
int cell_take_from_root(struct cell *cell, struct error *err);
void cell_return_to_root(struct cell *cell, u32 count);
void cell_return_spis(struct cell *cell);
int cell_map_loadable(struct cell *cell, bool map, struct error *err);

#endif
