/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The device tree of a cell, from its config and that of the machine: for cellctl,
 * which gives it to a Linux that it starts, and for cellconf. It needs libfdt and
 * allocates nothing but copies of two trees that are merged.
 */
#ifndef DT_DT_H
#define DT_DT_H

#include <config/config.h>

/* What an arm64 kernel takes (Documentation/arch/arm64/booting.rst) */
#define DT_MAX_SIZE (2u << 20)

/* And of a command line, with its terminator: COMMAND_LINE_SIZE */
#define DT_MAX_BOOTARGS 2048

#define DT_RNG_SEED_SIZE 32

/**
 * struct dt_boot - what a tree says beside the configs, in /chosen
 * @bootargs: the kernel's command line, or NULL
 * @initrd_start: IPA of the initial ramdisk
 * @initrd_end: of the byte behind it; 0: there is none
 * @has_seeds: @kaslr_seed and @rng_seed are random, and go into the tree
 * @kaslr_seed: for the kernel's own place
 * @rng_seed: for its random numbers
 */
struct dt_boot {
	const char *bootargs;
	u64 initrd_start;
	u64 initrd_end;
	bool has_seeds;
	u8 kaslr_seed[8];
	u8 rng_seed[DT_RNG_SEED_SIZE];
};

/**
 * struct dt_why - why a tree could not be made
 */
struct dt_why {
	char text[160];
};

/**
 * dt_is_linux_ram() - is a region memory that a Linux may use as it likes?
 * @r: a region of a cell's config
 *
 * Not what it shares with root, nor what only some accesses are good for.
 */
bool dt_is_linux_ram(const struct cl_mem_region *r);

/**
 * dt_build() - the tree of a cell
 * @tree: filled in; aligned to 8 bytes
 * @size: room there; DT_MAX_SIZE is always enough
 * @system: the machine, checked
 * @cell: the cell, checked on @system by config_check_cell(), and config_check_devices()
 * @boot: the rest
 * @why: filled in on failure
 *
 * Same input, same bytes.
 */
bool dt_build(void *tree, u32 size, const struct config *system, const struct config *cell,
	      const struct dt_boot *boot, struct dt_why *why);

/**
 * dt_merge() - put another tree over one
 * @tree: from dt_build(); changed, and of no use after a failure
 * @size: room there
 * @user: the other, of any alignment; an overlay (nodes with __overlay__) is applied.
 *	Of a plain tree, nodes that are not there are added, and properties replace
 *	those of the same name. Reservations of either are added.
 * @user_size: its bytes
 * @boot: as for dt_build(): command line and ramdisk, where given, stay as they are
 * @why: filled in on failure
 */
bool dt_merge(void *tree, u32 size, const void *user, u32 user_size, const struct dt_boot *boot,
	      struct dt_why *why);

/* Bytes of a tree */
u32 dt_size(const void *tree);

#endif
