/* SPDX-License-Identifier: GPL-2.0-only */
/* Configs of any content, on a machine: for fuzzers and for random damage. */
#ifndef TEST_CORE_ACCEPT_H
#define TEST_CORE_ACCEPT_H

#include "blob.h"

/**
 * try_config() - let the machine have a config
 * @b: any bytes, without harm: refused, or what is made of it keeps everybody apart
 * @is_system: boot a machine with it; else: create a cell, start and destroy it
 *
 * Stops the program where that is not so.
 *
 * Return: whether it was accepted.
 */
bool try_config(const struct blob *b, bool is_system);

#endif
