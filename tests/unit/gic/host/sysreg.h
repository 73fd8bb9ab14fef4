/* SPDX-License-Identifier: GPL-2.0-only */
/* arch/arm64's, with registers that are variables. */
#ifndef TEST_GIC_SYSREG_H
#define TEST_GIC_SYSREG_H

#include_next <sysreg.h>

#undef read_sysreg
#undef write_sysreg
#undef isb
#undef dsb
#undef at_s1e1r

u64 sysreg_read(const char *name);
void sysreg_write(const char *name, u64 value);
void sysreg_translate(u64 va);

#define read_sysreg(name) sysreg_read(#name)
#define write_sysreg(name, value) sysreg_write(#name, value)
#define isb() ((void)0)
#define dsb(option) ((void)0)
#define at_s1e1r(va) sysreg_translate(va)

#endif
