/* SPDX-License-Identifier: GPL-2.0-only */
/* What ESR_EL2 says about an exception of a guest, Arm ARM D24.2.40. */
#ifndef ARM64_SYNDROME_H
#define ARM64_SYNDROME_H

#include <iss_sysreg.h>
#include <private.h>
#include <spsr.h>
#include <sysreg.h>

#define ISS_ISV BIT(24)
#define ISS_SAS(esr) ((u32)((esr) >> 22 & 3))
#define ISS_SRT(esr) ((u32)((esr) >> ISS_SRT_SHIFT & 31))
#define ISS_SSE BIT(21)
#define ISS_SF BIT(15)
#define ISS_S1PTW BIT(7)
#define ISS_CM BIT(8)
#define ISS_WNR BIT(ISS_WNR_BIT)
#define ISS_FSC(esr) ((u32)(esr)&63)
#define FSC_TRANSLATION 0x04 /* with the level in bits 1:0 */
#define FSC_PERMISSION 0x0c
#define FSC_EXTERNAL 0x10
#define FSC_TYPE(esr) (ISS_FSC(esr) & 0x3c)

#define EC(esr) ((u32)((esr) >> 26 & 63))
#define ESR_IL BIT(25) /* a 32-bit instruction */

static inline void skip_instruction(u64 esr)
{
	write_sysreg(spsr_el2, spsr_after(read_sysreg(spsr_el2)));
	write_sysreg(elr_el2, read_sysreg(elr_el2) + (esr & ESR_IL ? 4 : 2));
}

/* What a load of a device register leaves in Xt */
static inline u64 loaded_value(u64 value, u64 esr)
{
	u32 unused = 64 - (8u << ISS_SAS(esr));

	if (!(esr & ISS_SSE))
		return value << unused >> unused;
	value = (u64)((s64)(value << unused) >> unused);
	return esr & ISS_SF ? value : (u32)value;
}

/* No address: the guest's stage 1 does not translate (any more) */
#define IPA_NONE (~0ull)

/*
 * The IPA of a stage 2 fault. HPFAR_EL2 has it for translation faults and for
 * those of a stage 1 walk; for a permission fault it may not (Arm ARM D24.2.58),
 * and on a Cortex-A57 up to r1p2 not for a translation fault either, where stage
 * 1 has a fault of its own (erratum 834220). Then the guest's stage 1 is asked;
 * if it does not translate any more, the guest tries again and gets what its
 * tables say now.
 */
static inline u64 fault_ipa(u64 esr, u64 far)
{
	u64 par, saved;

	if ((esr & ISS_S1PTW) ||
	    likely(FSC_TYPE(esr) != FSC_PERMISSION && !(PRIV->errata & ERRATUM_834220)))
		return (read_sysreg(hpfar_el2) >> 4 << PAGE_SHIFT) | (far & (PAGE_SIZE - 1));
	saved = read_sysreg(par_el1);
	/* The walk reads the guest's tables, through stage 2; HCR_EL2.PTW keeps it
	 * from devices, which could answer with an abort that is taken here.
	 */
	at_s1e1r(far);
	isb();
	par = read_sysreg(par_el1);
	write_sysreg(par_el1, saved);
	if (par & 1)
		return IPA_NONE;
	return (par & MASK(51, 12)) | (far & (PAGE_SIZE - 1));
}

#endif
