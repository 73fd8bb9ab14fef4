/* SPDX-License-Identifier: GPL-2.0-only */
/* System registers, by the names and numbers of the Arm ARM (DDI 0487) and the
 * GIC specification (IHI 0069). Those that assemblers do not know go by number.
 */
#ifndef ARM64_SYSREG_H
#define ARM64_SYSREG_H

#ifndef __ASSEMBLER__
#include <types.h>

#define read_sysreg(name)                                            \
	({                                                           \
		u64 v_;                                              \
		asm volatile("mrs %0, " #name : "=r"(v_)::"memory"); \
		v_;                                                  \
	})
#define write_sysreg(name, value) asm volatile("msr " #name ", %x0" ::"rZ"((u64)(value)) : "memory")

/* The same by a name from the list below */
#define read_reg(name) read_reg_(name)
#define read_reg_(name) read_sysreg(name)
#define write_reg(name, value) write_reg_(name, value)
#define write_reg_(name, value) write_sysreg(name, value)

#define isb() asm volatile("isb" ::: "memory")
#define dsb(option) asm volatile("dsb " #option ::: "memory")
/* Stage 1 of EL1 for a read at @va, then stage 2: the answer is in PAR_EL1 */
#define at_s1e1r(va) asm volatile("at s1e1r, %0" ::"r"(va) : "memory")
#endif

#define ICC_PMR_EL1 S3_0_C4_C6_0
#define ICC_AP1R1_EL1 S3_0_C12_C9_1
#define ICC_AP1R2_EL1 S3_0_C12_C9_2
#define ICC_AP1R3_EL1 S3_0_C12_C9_3
#define ICC_IAR1_EL1 S3_0_C12_C12_0
#define ICC_EOIR1_EL1 S3_0_C12_C12_1
#define ICC_BPR1_EL1 S3_0_C12_C12_3
#define ICC_CTLR_EL1 S3_0_C12_C12_4
#define ICC_SRE_EL1 S3_0_C12_C12_5
#define ICC_IGRPEN1_EL1 S3_0_C12_C12_7
#define ICC_AP1R0_EL1 S3_0_C12_C9_0
#define ICC_DIR_EL1 S3_0_C12_C11_1
#define ICC_RPR_EL1 S3_0_C12_C11_3
#define ICC_SGI1R_EL1 S3_0_C12_C11_5
#define ICC_SRE_EL2 S3_4_C12_C9_5
#define ICH_AP0R0_EL2 S3_4_C12_C8_0
#define ICH_AP1R0_EL2 S3_4_C12_C9_0
#define ICH_HCR_EL2 S3_4_C12_C11_0
#define ICH_VTR_EL2 S3_4_C12_C11_1
#define ICH_MISR_EL2 S3_4_C12_C11_2
#define ICH_EISR_EL2 S3_4_C12_C11_3
#define ICH_ELRSR_EL2 S3_4_C12_C11_5
#define ICH_VMCR_EL2 S3_4_C12_C11_7
#define VSESR_EL2 S3_4_C5_C2_3
#define VDISR_EL2 S3_4_C12_C1_1
#define DISR_EL1 S3_0_C12_C1_1
#define ID_AA64ISAR2_EL1 S3_0_C0_C6_2
#define ID_AA64MMFR3_EL1 S3_0_C0_C7_3
#define ZCR_EL1 S3_0_C1_C2_0
#define SCXTNUM_EL0 S3_3_C13_C0_7
#define SCXTNUM_EL1 S3_0_C13_C0_7
#define GCR_EL1 S3_0_C1_C0_6
#define RGSR_EL1 S3_0_C1_C0_5
#define TFSR_EL1 S3_0_C5_C6_0
#define TFSRE0_EL1 S3_0_C5_C6_1
#define TRFCR_EL1 S3_0_C1_C2_1
#define TCR2_EL1 S3_0_C2_C0_3
#define SCTLR2_EL1 S3_0_C1_C0_3
#define PIR_EL1 S3_0_C10_C2_3
#define PIRE0_EL1 S3_0_C10_C2_2
#define PMSCR_EL1 S3_0_C9_C9_0
#define PMBLIMITR_EL1 S3_0_C9_C10_0
#define PMBIDR_EL1 S3_0_C9_C10_7
#define TRBLIMITR_EL1 S3_0_C9_C11_0
#define TRBIDR_EL1 S3_0_C9_C11_7
#define BRBCR_EL1 S2_1_C9_C0_0
#define OSDTRRX_EL1 S2_0_C0_C0_2
#define OSDTRTX_EL1 S2_0_C0_C3_2
#define OSECCR_EL1 S2_0_C0_C6_2
#define DBGCLAIMCLR_EL1 S2_0_C7_C9_6
#define SMCR_EL1 S3_0_C1_C2_6
#define SMPRI_EL1 S3_0_C1_C2_4
#define SVCR S3_3_C4_C2_2
#define TPIDR2_EL0 S3_3_C13_C0_5
#define HCRX_EL2 S3_4_C1_C2_2
#define HFGRTR_EL2 S3_4_C1_C1_4
#define HFGWTR_EL2 S3_4_C1_C1_5
#define HDFGRTR_EL2 S3_4_C3_C1_4
#define HDFGWTR_EL2 S3_4_C3_C1_5

/* HCR_EL2, Arm ARM D19.2.48 */
#define HCR_VM (1ull << 0)
#define HCR_SWIO (1ull << 1)
#define HCR_PTW (1ull << 2)
#define HCR_FMO (1ull << 3)
#define HCR_IMO (1ull << 4)
#define HCR_AMO (1ull << 5)
#define HCR_VSE (1ull << 8)
#define HCR_DC (1ull << 12)
#define HCR_TWI (1ull << 13)
#define HCR_TID3 (1ull << 18)
#define HCR_TSC (1ull << 19)
#define HCR_TIDCP (1ull << 20)
#define HCR_TACR (1ull << 21)
#define HCR_TVM (1ull << 26)
#define HCR_RW (1ull << 31)
#define HCR_CD (1ull << 32)
#define HCR_ID (1ull << 33)
#define HCR_E2H (1ull << 34)
#define HCR_TLOR (1ull << 35)
#define HCR_TERR (1ull << 36)
#define HCR_APK (1ull << 40)
#define HCR_API (1ull << 41)
#define HCR_FWB (1ull << 46)
#define HCR_ENSCXT (1ull << 53)
#define HCR_ATA (1ull << 56)
#define HCR_TID5 (1ull << 58)
/* For assembly: IMO and FMO, and the number of VSE */
#define HCR_IRQ_FIQ 0x18
#define HCR_VSE_BIT 8

/* ICC_SRE_EL1 and ICC_SRE_EL2, IHI 0069 12.2.22 */
#define ICC_SRE_SRE (1ull << 0)
#define ICC_SRE_ENABLE (1ull << 3)

/*
 * What would change the meaning of stage-2 descriptors, or of a guest with its
 * MMU off: Documentation/stage2.md says why FWB is not used.
 */
#define HCR_STAGE2_ZERO (HCR_DC | HCR_CD | HCR_ID | HCR_FWB)

/* CPTR_EL2 with E2H = 0, D24.2.34 */
#define CPTR_TZ (1ull << 8)
#define CPTR_TSM (1ull << 12)
#define CPTR_TTA (1ull << 20)
#define CPTR_TAM (1ull << 30)

/* MDCR_EL2, D24.3.17 */
#define MDCR_TPM (1ull << 6)
#define MDCR_E2PB (3ull << 12)
#define MDCR_TPMS (1ull << 14)
#define MDCR_TTRF (1ull << 19)
#define MDCR_E2TB (3ull << 24)

#define VTCR_T0SZ 0x3full
#define VTCR_SL0 (3ull << 6)
#define VTCR_SL0_LEVEL1 (1ull << 6)

/* ESR_ELx: exception classes */
#define EC_UNKNOWN 0x00
#define EC_WFX 0x01
#define EC_HVC64 0x16
#define EC_SMC64 0x17
#define EC_SYSREG 0x18
#define EC_IABT_LOWER 0x20
#define EC_DABT_LOWER 0x24

#define ICC_CTLR_EOIMODE_BIT 1

/* ISS of a data abort, Arm ARM D24.2.40 */
#define ISS_WNR_BIT 6
#define ISS_SSE_BIT 21
#define ISS_SRT_SHIFT 16

/*
 * ESR_EL2 of a trapped write to ICC_SGI1R_EL1, but for Rt in bits 9:5: EC_SYSREG,
 * IL, op0 3, op2 5, op1 0, CRn 12, CRm 11, write (Arm ARM D24.2.40); and to
 * ICC_DIR_EL1, with op2 1
 */
#define ESR_SGI1R_WRITE 0x623a3016
#define ESR_DIR_WRITE 0x62323016
#define ESR_SYSREG_RT_SHIFT 5

#endif
