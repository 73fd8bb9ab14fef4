/* SPDX-License-Identifier: GPL-2.0-only */
/* Formats of other architectures that the engine drives on the host. */
#ifndef MM_PT_FORMATS_H
#define MM_PT_FORMATS_H

#include "mm/pt_format.h"

extern const struct pt_format pt_ept; /* x86-64 EPT: 48 bits, 4 levels */
extern const struct pt_format pt_riscv; /* RISC-V Sv39x4 (41 bits) and Sv48x4 (50 bits) */

#endif
