/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The sentences of <cloister/error.h>, filled in: for the driver and the tools.
 * The hypervisor knows numbers only.
 */
#ifndef CONFIG_TEXT_H
#define CONFIG_TEXT_H

#include <config/error.h>

/* Longest sentence, with its terminator */
#define CONFIG_TEXT_SIZE 256

/**
 * struct error_text - how values are told
 * @cell: what stands for the ID of a cell: writes at most @size bytes with the
 *	terminator; NULL: the ID in decimal
 * @ctx: passed to @cell
 *
 * In a text, "%1" and "%2" stand for the two values, in hexadecimal or, with one
 * of these letters behind them:
 *
 *	d	in decimal
 *	c	a cell: its ID is in the lower half of the value
 *	i	a place in its config, in decimal, from the upper half
 *	s	the state of a cell, in words
 *	t	a section, by the name it has in a config
 *	f	flags of a region, by their names
 */
struct error_text {
	void (*cell)(void *ctx, u32 id, char *buf, size_t size);
	void *ctx;
};

/**
 * config_error_text() - the sentence of an error
 * @buf: for the sentence, which is cut if need be and always terminated
 * @size: its bytes, at least 1
 * @err: rule and values
 * @how: NULL: IDs of cells in decimal
 *
 * Return: true, or false if the rule is not known; then @buf tells the numbers.
 */
bool config_error_text(char *buf, size_t size, const struct error *err,
		       const struct error_text *how);

/* The name of a rule, as "MEM_ALIGN", or NULL */
const char *config_rule_name(u32 rule);

/* enum cl_cell_state in words */
const char *config_state_name(u64 state);

#endif
