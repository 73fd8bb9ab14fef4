/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What this library takes from where it is built: types, and three functions of
 * the C library that every such place has.
 */
#ifndef CONFIG_PLATFORM_H
#define CONFIG_PLATFORM_H

#ifdef __KERNEL__

#include <linux/kernel.h>
#include <linux/stddef.h>
#include <linux/string.h>
#include <linux/types.h>

#else

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;

void *memcpy(void *dst, const void *src, size_t n);
void *memset(void *dst, int c, size_t n);
int memcmp(const void *a, const void *b, size_t n);

#ifndef ARRAY_SIZE
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#endif

#endif

#endif
