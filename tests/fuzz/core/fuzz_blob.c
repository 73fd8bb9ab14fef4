// SPDX-License-Identifier: GPL-2.0-only
/*
 * Configs of any content: they are refused, or what is made of them keeps
 * everybody apart. The first byte says which kind it shall be, and whether the
 * header is put right first, so that the rest gets read.
 */
#include "accept.h"
#include "fixture.h"

#define MODE_SYSTEM 1
#define MODE_SEAL 2

static struct blob blob;

static void put_right(bool is_system)
{
	struct cl_blob_header *h = blob_header(&blob);

	memcpy(h->magic, CL_BLOB_MAGIC, sizeof(h->magic));
	h->version = CL_BLOB_VERSION;
	h->arch = CL_ARCH_ARM64;
	h->kind = is_system ? CL_KIND_SYSTEM : CL_KIND_CELL;
	blob_seal(&blob);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);
int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	bool is_system;

	if (size < 1 || size - 1 > CL_BLOB_MAX_SIZE)
		return 0;
	is_system = data[0] & MODE_SYSTEM;
	memset(&blob, 0, sizeof(blob));
	blob.size = (u32)(size - 1);
	memcpy(blob.bytes, data + 1, size - 1);
	if ((data[0] & MODE_SEAL) && blob.size >= sizeof(struct cl_blob_header))
		put_right(is_system);
	try_config(&blob, is_system);
	return 0;
}
