// SPDX-License-Identifier: GPL-2.0-only
/*
 * Physical memory, and how the hypervisor sees it. All RAM is one file without
 * a name, mapped several times: hypervisor memory for the generic code, all of
 * it for tests, and pieces of it in the windows of each CPU.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <host.h>
#include <config/range.h>
#include <lib.h>
#include <subpage.h>

#define BLOCK (2ull << 20)
#define MAX_OPEN 2
#define MAX_DEVICES 4

/* A CPU's windows: A, B, block */
struct window {
	u8 *va;
	u64 size;
	u64 pa;
	bool open;
};

static struct {
	int fd;
	u8 *ram;
	u8 *hv;
	struct window window[CL_MAX_CPUS][3];
	struct window *order[CL_MAX_CPUS][MAX_OPEN];
	u32 nr_open[CL_MAX_CPUS];
} memory = { .fd = -1 };

/* Pages of registers, which hold what is written to them */
static struct {
	u64 pa;
	u8 bytes[PAGE_SIZE];
} device[MAX_DEVICES];
static u32 nr_devices;

u64 host_hv_start = HOST_HV_START;

static void *map_file(void *at, u64 size, u64 offset, bool fixed)
{
	void *p = mmap(at, size, PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_NORESERVE | (fixed ? MAP_FIXED : 0), memory.fd,
		       (off_t)offset);

	if (p == MAP_FAILED)
		host_panic("no memory for the machine");
	return p;
}

static void *no_access(void *at, u64 size, bool fixed)
{
	void *p = mmap(at, size, PROT_NONE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | (fixed ? MAP_FIXED : 0), -1,
		       0);

	if (p == MAP_FAILED)
		host_panic("no addresses for windows");
	return p;
}

static void make_windows(struct window *w)
{
	/* With a hole of a page behind each */
	w[0].va = no_access(NULL, 4 * PAGE_SIZE + BLOCK, false);
	w[1].va = w[0].va + 2 * PAGE_SIZE;
	w[2].va = w[1].va + 2 * PAGE_SIZE;
	w[0].size = PAGE_SIZE;
	w[1].size = PAGE_SIZE;
	w[2].size = BLOCK;
}

static void make_memory(void)
{
	memory.fd = memfd_create("ram", 0);
	if (memory.fd < 0 || ftruncate(memory.fd, (off_t)HOST_RAM_SIZE))
		host_panic("no file for the machine's RAM");
	memory.ram = map_file(NULL, HOST_RAM_SIZE, 0, false);
	memory.hv = no_access(NULL, HOST_HV_SIZE, false);
	for (u32 i = 0; i < CL_MAX_CPUS; i++)
		make_windows(memory.window[i]);
}

void host_memory_reset(void)
{
	if (memory.fd < 0)
		make_memory();
	else if (fallocate(memory.fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0,
			   (off_t)HOST_RAM_SIZE))
		host_panic("RAM cannot be cleared");
	nr_devices = 0;
	if (host_hv_start < HOST_RAM_START ||
	    host_hv_start - HOST_RAM_START > HOST_RAM_SIZE - HOST_HV_SIZE)
		host_panic("hypervisor memory is not RAM");
	map_file(memory.hv, HOST_HV_SIZE, host_hv_start - HOST_RAM_START, true);
	for (u32 i = 0; i < CL_MAX_CPUS; i++) {
		while (memory.nr_open[i]) {
			struct window *w = memory.order[i][--memory.nr_open[i]];

			no_access(w->va, w->size, true);
			w->open = false;
		}
	}
}

void *host_ram(u64 pa)
{
	if (pa < HOST_RAM_START || pa - HOST_RAM_START >= HOST_RAM_SIZE)
		host_panic("no RAM at 0x%llx", (unsigned long long)pa);
	return memory.ram + (pa - HOST_RAM_START);
}

static u8 *registers(u64 pa)
{
	for (u32 i = 0; i < nr_devices; i++) {
		if (device[i].pa == ALIGN_DOWN(pa, PAGE_SIZE))
			return &device[i].bytes[pa % PAGE_SIZE];
	}
	return NULL;
}

void *host_device(u64 pa)
{
	if (!registers(pa)) {
		if (nr_devices == MAX_DEVICES)
			host_panic("no more devices");
		memset(device[nr_devices].bytes, 0, PAGE_SIZE);
		device[nr_devices++].pa = ALIGN_DOWN(pa, PAGE_SIZE);
	}
	return registers(pa);
}

bool arch_device_access(paddr_t pa, struct mmio_access *a)
{
	u8 *reg = registers(pa.v);

	if (!IS_ALIGNED(pa.v, a->size))
		host_panic("access to 0x%llx across registers", (unsigned long long)pa.v);
	host_note(HOST_DEVICE, pa.v, a->size, a->write);
	if (reg && a->write)
		memcpy(reg, &a->value, a->size);
	else if (reg)
		memcpy(&a->value, reg, a->size);
	return reg;
}

void *host_hv_memory(u64 pa)
{
	return memory.hv + (pa - host_hv_start);
}

static void *open_window(struct window *w, u64 pa, enum host_event_kind kind)
{
	u32 cpu = host_this_cpu();

	if (!IS_ALIGNED(pa, w->size) || pa < HOST_RAM_START ||
	    pa - HOST_RAM_START > HOST_RAM_SIZE - w->size)
		host_panic("window on 0x%llx, which is not RAM", (unsigned long long)pa);
	if (ranges_overlap(pa, w->size, host_hv_start, HOST_HV_SIZE))
		host_panic("window on hypervisor memory at 0x%llx", (unsigned long long)pa);
	if (w->open || memory.nr_open[cpu] == MAX_OPEN)
		host_panic("window on 0x%llx while it is in use", (unsigned long long)pa);
	map_file(w->va, w->size, pa - HOST_RAM_START, true);
	w->pa = pa;
	w->open = true;
	memory.order[cpu][memory.nr_open[cpu]++] = w;
	host_note(kind, pa, w->size, 0);
	return w->va;
}

static void close_window(struct window *w)
{
	u32 cpu = host_this_cpu();

	if (!w->open || memory.order[cpu][memory.nr_open[cpu] - 1] != w)
		host_panic("windows are not closed in reverse order");
	memory.nr_open[cpu]--;
	w->open = false;
	no_access(w->va, w->size, true);
	host_note(HOST_CLOSE, w->pa, w->size, 0);
}

void *arch_window_open(enum arch_window w, paddr_t page)
{
	return open_window(&memory.window[host_this_cpu()][w], page.v, HOST_WINDOW);
}

void arch_window_close(enum arch_window w)
{
	close_window(&memory.window[host_this_cpu()][w]);
}

void *arch_block_open(paddr_t block)
{
	return open_window(&memory.window[host_this_cpu()][2], block.v, HOST_BLOCK);
}

void arch_block_close(void)
{
	close_window(&memory.window[host_this_cpu()][2]);
}

u32 host_windows_open(u32 cpu)
{
	return memory.nr_open[cpu];
}

/* Where a pointer of the generic code goes, ~0 if to no memory of the machine */
u64 host_window_pa(const void *p)
{
	const u8 *at = p;
	const struct window *w = memory.window[host_this_cpu()];

	if (at >= memory.hv && at < memory.hv + HOST_HV_SIZE)
		return host_hv_start + (u64)(at - memory.hv);
	for (u32 i = 0; i < 3; i++) {
		if (w[i].open && at >= w[i].va && at < w[i].va + w[i].size)
			return w[i].pa + (u64)(at - w[i].va);
	}
	return ~0ull;
}

void arch_clean_invalidate(void *p, size_t size)
{
	host_note(HOST_CLEAN, host_window_pa(p), size, 0);
}

void arch_zero_to_memory(void *p, size_t size)
{
	/* With DC ZVA, whole blocks are all that the real machine can do */
	if (!IS_ALIGNED((uintptr_t)p, PAGE_SIZE) || !IS_ALIGNED(size, PAGE_SIZE))
		host_panic("zeroing of a part of a page");
	memset(p, 0, size);
	host_note(HOST_ZERO, host_window_pa(p), size, 0);
}
