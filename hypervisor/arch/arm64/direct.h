/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ARM64_DIRECT_H
#define ARM64_DIRECT_H

#include <cell.h>
#include <private.h>
#include <sysreg.h>

struct cpu;
struct mmio_access;

/* The calling CPU's interface is the guest's from now on; it is at rest */
void direct_enter(void);

/* And EL2's again, with whatever the guest left in it */
void direct_leave(void);

/*
 * HCR_EL2 for a guest in direct mode, from that for others. Root's CPUs are not kicked,
 * so they may sleep as they like. With FMO, what is common to both groups is virtual,
 * and does nothing.
 */
static inline u64 direct_hcr(const struct cell *cell, u64 hcr)
{
	if (cell->arch.direct_eoi)
		return hcr & ~HCR_IMO;
	hcr &= ~(HCR_IMO | HCR_FMO);
	return cell_is_root(cell) ? hcr : hcr | HCR_TWI;
}

/* Whatever CPUs of the cell access next is a fault, until direct_restore() */
void direct_revoke(struct cell *cell);

/* Makes a CPU of a cell in direct mode come to EL2 */
void direct_kick(struct cpu *cpu);

/* The same for one that has been kicked, and has not come yet */
void direct_kick_again(struct cpu *cpu);

/* The cell's CPUs may go on, if they are not asked for something */
void direct_restore(struct cell *cell);

/* No CPU is the cell's any more: its tables are as the engine knows them */
void direct_end(struct cell *cell);

/**
 * direct_arrived() - an abort of a guest that may be due to a kick
 *
 * Does what this CPU is asked for, and waits until the others have.
 *
 * Return: true if it was one; the guest tries again.
 */
bool direct_arrived(void);

/**
 * direct_mmio() - an access to a part of the CPU interface that is not mapped
 * @a: as the trap handler decoded it; a load is filled in
 *
 * Return: false: this CPU is not in direct mode, or no such register.
 */
bool direct_mmio(struct mmio_access *a);

/**
 * direct_sysreg() - a trapped register of the CPU interface
 * @which: ISS of the access, without direction and Rt
 * @read: direction
 * @value: written, or to be filled in
 *
 * Return: false: no such register.
 */
bool direct_sysreg(u32 which, bool read, u64 *value);

/* In idle.S: until an interrupt or a request comes */
void direct_wait(void);

#endif
