/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Included before every file: an image has no other module to share symbols
 * with, so the compiler may address all of them relative to the PC. Without
 * this it would load the addresses of external ones from a table.
 */
#ifndef __ASSEMBLER__
#pragma GCC visibility push(hidden)
#endif
