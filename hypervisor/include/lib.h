/* SPDX-License-Identifier: GPL-2.0-only */
/* The little that the EL2 image needs of a C library. */
#ifndef LIB_H
#define LIB_H

#include <stdarg.h>
#include <types.h>

void *memcpy(void *dst, const void *src, size_t n);
void *memset(void *dst, int c, size_t n);
int memcmp(const void *a, const void *b, size_t n);

#endif
