// SPDX-License-Identifier: GPL-2.0-only
/*
 * A user's device tree of any content, over another: what comes out is a tree. Not
 * overlays: libfdt 1.6.1 applies them by itself, and does not survive all of them.
 */
#include <assert.h>
#include <libfdt.h>
#include <string.h>

#include <dt/dt.h>

#define ROOM (64u << 10)
#define COMMAND "quiet"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void make_base(void *tree)
{
	fdt_create(tree, ROOM);
	fdt_finish_reservemap(tree);
	fdt_begin_node(tree, "");
	fdt_begin_node(tree, "chosen");
	fdt_property_string(tree, "bootargs", COMMAND);
	fdt_end_node(tree);
	fdt_begin_node(tree, "serial@9000000");
	fdt_property_u32(tree, "phandle", 0x8000);
	fdt_property_string(tree, "compatible", "arm,sbsa-uart");
	fdt_end_node(tree);
	fdt_end_node(tree);
	fdt_finish(tree);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct dt_boot boot = { .bootargs = COMMAND };
	static uint64_t tree[ROOM / 8];
	struct dt_why why = { "" };
	int chosen;

	if (memmem(data, size, "__overlay__", 11))
		return 0;
	make_base(tree);
	if (dt_merge(tree, ROOM, data, size, &boot, &why)) {
		assert(!fdt_check_full(tree, ROOM));
		assert(dt_size(tree) <= ROOM);
		assert(fdt_path_offset(tree, "/serial@9000000") > 0);
		assert(fdt_num_mem_rsv(tree) == fdt_num_mem_rsv(data));
		chosen = fdt_path_offset(tree, "/chosen");
		assert(!strcmp(fdt_getprop(tree, chosen, "bootargs", NULL), COMMAND));
	} else {
		assert(strlen(why.text));
	}
	return 0;
}
