/* SPDX-License-Identifier: GPL-2.0-only */
/* In place of arch/arm64's: registers are those of the model, see model.h. */
#ifndef TEST_GIC_MMIO_H
#define TEST_GIC_MMIO_H

#include <types.h>

u64 model_read(const void *p, u32 size);
void model_write(void *p, u64 value, u32 size);

#define MMIO_ACCESSORS(bits)                                    \
	static inline u##bits mmio_read##bits(const void *p)    \
	{                                                       \
		return (u##bits)model_read(p, bits / 8);        \
	}                                                       \
	static inline void mmio_write##bits(void *p, u##bits v) \
	{                                                       \
		model_write(p, v, bits / 8);                    \
	}
MMIO_ACCESSORS(8)
MMIO_ACCESSORS(32)
MMIO_ACCESSORS(64)

#endif
