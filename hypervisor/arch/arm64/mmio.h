/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Accesses to registers of devices: one instruction each, of exactly this width,
 * and of a kind whose syndrome says all about it if this hypervisor runs under
 * another one. Tests have a header of this name of their own.
 */
#ifndef ARM64_MMIO_H
#define ARM64_MMIO_H

#include <types.h>

static inline u32 mmio_read32(const void *p)
{
	u32 v;

	asm volatile("ldr %w0, %1" : "=r"(v) : "Q"(*(const volatile u32 *)p));
	return v;
}

static inline void mmio_write32(void *p, u32 v)
{
	asm volatile("str %w1, %0" : "=Q"(*(volatile u32 *)p) : "rZ"(v) : "memory");
}

static inline u64 mmio_read64(const void *p)
{
	u64 v;

	asm volatile("ldr %x0, %1" : "=r"(v) : "Q"(*(const volatile u64 *)p));
	return v;
}

static inline void mmio_write64(void *p, u64 v)
{
	asm volatile("str %x1, %0" : "=Q"(*(volatile u64 *)p) : "rZ"(v) : "memory");
}

static inline u8 mmio_read8(const void *p)
{
	u8 v;

	asm volatile("ldrb %w0, %1" : "=r"(v) : "Q"(*(const volatile u8 *)p));
	return v;
}

static inline void mmio_write8(void *p, u8 v)
{
	asm volatile("strb %w1, %0" : "=Q"(*(volatile u8 *)p) : "rZ"(v) : "memory");
}

#endif
