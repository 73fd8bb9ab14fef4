// SPDX-License-Identifier: GPL-2.0-only
/* The first of the corpus: valid configs, and lives of cells as they should be. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "blob.h"

static const char *folder;

static void save(const char *name, const void *bytes, size_t n)
{
	char path[512];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	f = fopen(path, "wb");
	if (!f || fwrite(bytes, 1, n, f) != n || fclose(f)) {
		perror(path);
		exit(1);
	}
}

static void save_blob(const char *name, u8 mode, const struct test_config *c)
{
	static struct blob blob;
	static u8 bytes[CL_BLOB_MAX_SIZE + 1];

	blob_build(&blob, c);
	bytes[0] = mode;
	memcpy(bytes + 1, blob.bytes, blob.size);
	save(name, bytes, blob.size + 1);
}

/* Sections that most configs do not have, and parts of pages */
static void save_cells_with_lists(void)
{
	static struct test_config c;

	cell_config(&c, 0);
	c.smc[c.nr_smc++] = (struct cl_smc_rule){ .function = 0x82000010, .ignore = 0xf };
	c.smc[c.nr_smc++] = (struct cl_smc_rule){ .function = 0xc4000041,
						  .args = { { ~0ull, 1 }, { 0xf, 2 } } };
	save_blob("blob/cell-smc", 2, &c);
	c.mem[c.nr_mem++] = (struct cl_mem_region){
		{ DEVICE + 0x40 }, 0x30000040, 0x40, CL_MEM_READ | CL_MEM_IO | CL_MEM_IO_32
	};
	save_blob("blob/cell-subpage", 2, &c);
	c.pci[c.nr_pci++] = (struct cl_pci_device){ .bdf = 1 << 8 };
	c.pci[c.nr_pci++] = (struct cl_pci_device){ .bdf = 2 << 3 };
	save_blob("blob/cell-pci", 2, &c);
	c.nr_pci = 0;
	c.devices[c.nr_devices++] = (struct cl_device){
		.compatible = "arm,pl031 arm,primecell",
		.name = "rtc",
		.address = 0x30000040,
		.size = 0x40,
		.irqs = { CELL_SPI(0), CELL_SPI(0) + 60 },
		.edge = 2,
		.clock_hz = 24000000,
	};
	save_blob("blob/cell-device-node", 2, &c);
	system_config(&c);
	c.iommus[c.nr_iommus++] = (struct cl_iommu){ CL_IOMMU_SMMUV3, 0, { 0x09050000, 0x20000 } };
	save_blob("blob/system-iommu", 3, &c);
}

int main(int argc, char **argv)
{
	/* Steps of fuzz_hypercall.c: create, load, start, then an end. In step 2 the low two bits
	 * are the call, bits 5 and 6 its x2, and all but the low two, % 5, the cell.
	 */
	static const u8 life[] = { 1, 0, 2, 4, 2, 5, 2, 46, 2, 7, 2, 7, 2, 7 };
	static const u8 two[] = { 1, 0, 1, 1, 2, 4, 2, 5, 2, 8, 2, 9, 4, 2, 4, 4 | 8, 2, 11, 2, 7 };
	static const u8 ask[] = { 1,	     1, 2, 4, 2, 5,	    2, 6, 3,
				  1 + 5 * 4, 3, 2, 6, 3, 1 + 5 * 2, 1, 2, 7 };
	/* Both CPUs of it, 3 and 4 */
	static const u8 reset[] = { 1, 1, 2, 4, 2, 5, 4, 132, 13, 0, 4, 27, 2, 46 };
	/* Once it may; the other time by its own word */
	static const u8 restart[] = { 1,  1, 2, 4, 2,	      5, 4, 132, 13, 0,	 4, 17, 4,
				      27, 2, 5, 3, 1 + 5 * 4, 4, 4, 10,	 4,  17, 2, 7 };
	/* CPU 2 does not come, its memory goes back, another cell is made, it comes */
	static const u8 lose[] = { 1,  0, 2,  4, 2,  5, 8, 1, 2, 7, 2,	67, 2, 67, 2,
				   67, 2, 67, 2, 67, 1, 3, 8, 5, 2, 67, 2,  7, 2,  107 };
	static const u8 read[] = { 1, 0,    0, 0, 0x17, 1,  1,	0, 13, 12, 0,	 0,
				   0, 0x17, 0, 0, 0,	13, 10, 0, 0,  0,  0x16, 1 };
	/* Cells 0 and 3 with their CPUs 2 and 4: registers in all widths, firmware */
	static const u8 two_run[] = { 1, 0, 1, 3, 2, 4, 2, 5, 2, 8, 2, 9 };
	static const u8 registers[] = { 6, 2, 0, 1,  6, 8,  0,	  1, 6,	   20, 0, 1, 6,	   26,
					8, 7, 6, 32, 0, 1,  6,	  4, 0xc0, 9,  6, 0, 0xc8, 9,
					6, 0, 0, 9,  6, 36, 0xc0, 1, 6,	   48, 0, 1, 2,	   7 };
	static const u8 firmware[] = { 7, 2, 0, 0,    0, 0, 0, 7, 2, 0, 0x30, 0, 0, 0,
				       7, 2, 4, 0,    0, 0, 0, 7, 2, 0, 0,    5, 0, 0,
				       7, 4, 3, 0x30, 0, 1, 1, 7, 4, 0, 0,    0, 0, 0,
				       7, 4, 7, 0x30, 0, 1, 1, 7, 0, 0, 0,    0, 0, 0 };
	static u8 both[sizeof(two_run) + MAX(sizeof(registers), sizeof(firmware))];
	/* Cell 1, CPU 3: sends, unmasks, is typed to, clears, reads, is started anew */
	static const u8 uart[] = { 1,	 1,    2, 4, 2,	   5,  6,  0xb1, 0,    65, 6,	 0xb1,
				   28,	 0x70, 0, 0, 0x19, 1,  13, 5,	 0,    0,  0,	 6,
				   0x93, 12,   0, 6, 0x93, 32, 0,  6,	 0xb1, 34, 0x70, 6,
				   0x93, 0,    0, 4, 27,   2,  7,  2,	 7 };
	static const u8 change[] = { 5, 0x41, 200, 1, 0, 5, 0x82, 30, 1, 2, 1, 3 };
	static struct test_config c;

	if (argc != 2)
		return 1;
	folder = argv[1];
	system_config(&c);
	save_blob("blob/system", 3, &c);
	save_blob("blob/system-as-it-is", 1, &c);
	for (u32 n = 0; n < 3; n++) {
		char name[] = "blob/cell-0";

		cell_config(&c, n);
		name[10] = (char)('0' + n);
		save_blob(name, 2, &c);
	}
	save_blob("blob/cell-as-it-is", 0, &c);
	c.mem[CELL_MEM_ODD].flags |= CL_MEM_ROOTSHARED;
	c.mem[c.nr_mem++] = (struct cl_mem_region){
		{ DEVICE }, 0x30000000, 4 * KiB, CL_MEM_READ | CL_MEM_WRITE | CL_MEM_IO
	};
	save_blob("blob/cell-device", 2, &c);
	save_cells_with_lists();
	save("hypercall/life", life, sizeof(life));
	save("hypercall/two", two, sizeof(two));
	save("hypercall/ask", ask, sizeof(ask));
	save("hypercall/reset", reset, sizeof(reset));
	save("hypercall/restart", restart, sizeof(restart));
	save("hypercall/lose", lose, sizeof(lose));
	save("hypercall/read", read, sizeof(read));
	memcpy(both, two_run, sizeof(two_run));
	memcpy(both + sizeof(two_run), registers, sizeof(registers));
	save("hypercall/registers", both, sizeof(two_run) + sizeof(registers));
	memcpy(both + sizeof(two_run), firmware, sizeof(firmware));
	save("hypercall/firmware", both, sizeof(two_run) + sizeof(firmware));
	save("hypercall/uart", uart, sizeof(uart));
	save("hypercall/change", change, sizeof(change));
	return 0;
}
