// SPDX-License-Identifier: GPL-2.0-only
/* One device tree over another: what a user adds to what the configs say. */
#include <libfdt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <dt/dt.h>
#include <dt/phandle.h>

/* Deeper than any machine; the walk is by recursion */
#define MAX_DEPTH 32

/* Of the format: from here on names of nodes are not paths */
#define LEAST_VERSION 16

static bool refuse_tree(struct dt_why *why, const char *what, int err)
{
	snprintf(why->text, sizeof(why->text), "%s: %s", what, fdt_strerror(err));
	return false;
}

/* libfdt 1.6.1 takes a property whose length is negative, and copies that many bytes */
static int check_lengths(const void *tree)
{
	int err = fdt_check_header(tree), at = 0, next = 0;
	uint32_t tag = FDT_NOP;

	if (!err && fdt_off_dt_struct(tree) % sizeof(tag))
		err = -FDT_ERR_BADOFFSET;
	for (; !err && tag != FDT_END; at = next) {
		const struct fdt_property *p;

		tag = fdt_next_tag(tree, at, &next);
		if (tag == FDT_END)
			break;
		p = fdt_offset_ptr(tree, at, sizeof(*p));
		if (next <= at || (tag == FDT_PROP && (!p || fdt32_to_cpu(p->len) > INT_MAX)))
			err = -FDT_ERR_BADSTRUCTURE;
	}
	return err;
}

/* Whatever is in there, the functions of libfdt may walk it afterwards */
static bool check_tree(const void *tree, u32 size, struct dt_why *why)
{
	const struct fdt_header *h = tree;
	int err;

	if (size < sizeof(*h) || fdt_magic(tree) != FDT_MAGIC) {
		snprintf(why->text, sizeof(why->text),
			 "is no device tree (.dtb): %u bytes without its magic number", size);
		return false;
	}
	if (fdt_totalsize(tree) > size) {
		snprintf(why->text, sizeof(why->text),
			 "is cut off: the device tree has %u bytes, the file %u",
			 fdt_totalsize(tree), size);
		return false;
	}
	/* Nobody writes older ones, and fdt_check_full() may not survive their names */
	if (fdt_version(tree) < LEAST_VERSION) {
		snprintf(why->text, sizeof(why->text),
			 "is a device tree of version %u: %d and later ones are known",
			 fdt_version(tree), LEAST_VERSION);
		return false;
	}
	err = check_lengths(tree);
	if (!err)
		err = fdt_check_full(tree, size);
	return err ? refuse_tree(why, "the device tree is damaged", err) : true;
}

static bool is_ours(u32 phandle)
{
	return phandle >= PHANDLE_FIRST && phandle <= PHANDLE_LAST;
}

/* Whoever means a generated node by its number, in what build.c writes */
static void renumber(void *tree, u32 old, u32 new)
{
	static const char *const names[] = { "interrupt-parent", "clocks", "gpios" };

	for (int node = 0; node >= 0; node = fdt_next_node(tree, node, NULL)) {
		for (u32 i = 0; i < sizeof(names) / sizeof(*names); i++) {
			int length;
			fdt32_t *cells = fdt_getprop_w(tree, node, names[i], &length);

			for (; cells && length >= (int)sizeof(*cells); length -= sizeof(*cells)) {
				if (fdt32_to_cpu(*cells) == old)
					*cells = cpu_to_fdt32(new);
				cells++;
			}
		}
	}
}

/*
 * A label of the user's on a generated node: dtc has given it a number, by which the
 * user's nodes mean it, and whoever meant it before has to follow.
 */
static int merge_phandle(void *tree, int to, const fdt32_t *value, int length)
{
	u32 old = fdt_get_phandle(tree, to), new;

	if (length != sizeof(*value))
		return -FDT_ERR_BADPHANDLE;
	new = fdt32_to_cpu(*value);
	if (new != old && is_ours(new))
		return -FDT_ERR_BADPHANDLE;
	if (is_ours(old))
		renumber(tree, old, new);
	return 0;
}

static int find_exactly(const void *tree, int parent, const char *name)
{
	int node, length;

	fdt_for_each_subnode(node, tree, parent)
	{
		const char *has = fdt_get_name(tree, node, &length);

		if (!has)
			return length;
		if (!strcmp(has, name))
			return node;
	}
	return node;
}

/*
 * The node that one of the user's, which is below @from, means: to libfdt "timer" may be
 * "timer@a000000", too, but not where that is another one of the user's.
 */
static int find_node(void *tree, int to, const char *name, const void *user, int from)
{
	int node = find_exactly(tree, to, name);

	if (node != -FDT_ERR_NOTFOUND)
		return node;
	node = fdt_subnode_offset(tree, to, name);
	if (node >= 0 && find_exactly(user, from, fdt_get_name(tree, node, NULL)) >= 0)
		return -FDT_ERR_NOTFOUND;
	return node;
}

/* For libfdt it is there where one with an address behind its name is: not this name */
static int add_node(void *tree, int to, const char *name)
{
	int node = fdt_add_subnode(tree, to, "@");
	int err = node < 0 ? node : fdt_set_name(tree, node, name);

	return err ? err : node;
}

static int merge_node(void *tree, int to, const void *user, int from, int depth)
{
	const char *name;
	int at, err, length;

	if (depth > MAX_DEPTH)
		return -FDT_ERR_BADSTRUCTURE;
	fdt_for_each_property_offset(at, user, from)
	{
		const void *value = fdt_getprop_by_offset(user, at, &name, &length);

		err = value ? 0 : length;
		if (!err && !strcmp(name, "phandle"))
			err = merge_phandle(tree, to, value, length);
		if (!err)
			err = fdt_setprop(tree, to, name, value, length);
		if (err)
			return err;
	}
	fdt_for_each_subnode(at, user, from)
	{
		int sub;

		name = fdt_get_name(user, at, &length);
		if (!name)
			return length;
		sub = find_node(tree, to, name, user, from);
		if (sub == -FDT_ERR_NOTFOUND)
			sub = add_node(tree, to, name);
		err = sub < 0 ? sub : merge_node(tree, sub, user, at, depth + 1);
		if (err)
			return err;
	}
	return 0;
}

/* Those of an overlay libfdt leaves out */
static int merge_reservations(void *tree, const void *user)
{
	int count = fdt_num_mem_rsv(user), err = count < 0 ? count : 0;

	for (int i = 0; !err && i < count; i++) {
		uint64_t start, size;

		err = fdt_get_mem_rsv(user, i, &start, &size);
		if (!err)
			err = fdt_add_mem_rsv(tree, start, size);
	}
	return err;
}

static bool is_overlay(const void *user)
{
	int node;

	fdt_for_each_subnode(node, user, 0)
	{
		if (fdt_subnode_offset(user, node, "__overlay__") >= 0)
			return true;
	}
	return false;
}

/* libfdt before 1.7 takes their numbers away from nodes that an overlay has labels for */
static int apply_overlay(void *tree, void *overlay)
{
	bool had[PHANDLE_LAST - PHANDLE_FIRST + 1];
	int err;

	for (u32 i = PHANDLE_FIRST; i <= PHANDLE_LAST; i++)
		had[i - PHANDLE_FIRST] = fdt_node_offset_by_phandle(tree, i) >= 0;
	err = fdt_overlay_apply(tree, overlay);
	for (u32 i = PHANDLE_FIRST; !err && i <= PHANDLE_LAST; i++) {
		if (had[i - PHANDLE_FIRST] && fdt_node_offset_by_phandle(tree, i) < 0)
			err = -FDT_ERR_BADPHANDLE;
	}
	return err;
}

static bool refuse_merge(struct dt_why *why, bool overlay, int err)
{
	const char *why_not = "";
	char what[120];

	if (err == -FDT_ERR_BADPHANDLE)
		why_not = ", as generated nodes have the phandles from 0x8000 on";
	snprintf(what, sizeof(what), "the %s%s",
		 overlay ? "overlay cannot be applied" : "device tree cannot be merged", why_not);
	return refuse_tree(why, what, err);
}

/* What the command says goes over what the user's tree says */
static int keep_chosen(void *tree, const void *generated, const struct dt_boot *boot)
{
	static const char *const names[] = { "bootargs", "linux,initrd-start", "linux,initrd-end" };
	const bool said[] = { boot->bootargs, boot->initrd_end, boot->initrd_end };
	int from = fdt_path_offset(generated, "/chosen"), to = fdt_path_offset(tree, "/chosen");
	int err = to < 0 ? to : 0;

	for (u32 i = 0; !err && i < sizeof(names) / sizeof(*names); i++) {
		int length;
		const void *value = fdt_getprop(generated, from, names[i], &length);

		if (said[i] && value)
			err = fdt_setprop(tree, to, names[i], value, length);
	}
	return err;
}

/* libfdt wants 8 bytes of alignment, and writes to an overlay that it applies */
static void *copy_of(const void *data, u32 size, struct dt_why *why)
{
	void *copy = malloc(size ? size : 1);

	if (copy)
		memcpy(copy, data, size);
	else
		snprintf(why->text, sizeof(why->text), "no memory for %u bytes", size);
	return copy;
}

static bool merge(void *tree, u32 size, void *user, const void *generated,
		  const struct dt_boot *boot, struct dt_why *why)
{
	bool overlay = is_overlay(user);
	int err = fdt_open_into(tree, tree, (int)size);

	if (!err)
		err = merge_reservations(tree, user);
	if (!err)
		err = overlay ? apply_overlay(tree, user) : merge_node(tree, 0, user, 0, 0);
	if (!err)
		err = keep_chosen(tree, generated, boot);
	if (!err)
		err = fdt_pack(tree);
	return err ? refuse_merge(why, overlay, err) : true;
}

bool dt_merge(void *tree, u32 size, const void *user, u32 user_size, const struct dt_boot *boot,
	      struct dt_why *why)
{
	void *copy = copy_of(user, user_size, why);
	void *generated = copy ? copy_of(tree, dt_size(tree), why) : NULL;
	bool done = generated && check_tree(copy, user_size, why) &&
		    merge(tree, size, copy, generated, boot, why);

	free(generated);
	free(copy);
	return done;
}
