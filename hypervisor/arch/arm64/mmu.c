// SPDX-License-Identifier: GPL-2.0-only
/* EL2's own mappings after boot: devices, windows; caches and TLBs. */
#include <arch.h>
#include <cell.h>
#include <mm/mm_ops.h>
#include <mm/pool.h>
#include <mm/pt_arm64_s2.h>
#include <mm/s2_tlbi.h>
#include <private.h>
#include <setup.h>
#include <subpage.h>
#include <sysreg.h>
#include <system.h>

/*
 * The CPU's private last tables are frames of its area, at 3 and 4 pages, and
 * nowhere mapped: they are reached through themselves, one entry of the last
 * level each, which early_init() made.
 */
#define PRIVATE_L3 ((u64 *)VA_PRIVATE_L3)
#define PRIVATE_L2 ((u64 *)VA_PRIVATE_L2)

/* A76 up to r3p0: the first TLBI may complete too early (erratum 1286807) */
#define TLBI_REPEAT (PRIV->errata & ERRATUM_1286807 ? 2u : 1u)

/*
 * Both directions for the calling CPU only, which is the only one that maps
 * private addresses. Invalid to valid needs no invalidation, but the walker must
 * see the entry: DSB, and ISB so that the access behind it is not older. Valid
 * to invalid: the translation must be gone before the frame is somebody's again
 * (Arm ARM D8.14, D8.16).
 */
static void clear_entry(u64 *entry, u64 va)
{
	WRITE_ONCE(*entry, 0);
	dsb(nshst);
	for (u32 i = 0; i < TLBI_REPEAT; i++) {
		asm volatile("tlbi vae2, %0" ::"r"(va >> PAGE_SHIFT) : "memory");
		dsb(nsh);
	}
	isb();
}

static void set_entry(u64 *entry, u64 va, u64 value)
{
	/* Left open by a fault of the hypervisor on this CPU */
	if (unlikely(*entry))
		clear_entry(entry, va);
	WRITE_ONCE(*entry, value);
	dsb(nshst);
	isb();
}

static u64 window_va(enum arch_window w)
{
	return w == WINDOW_A ? VA_WINDOW_A : VA_WINDOW_B;
}

void *arch_window_open(enum arch_window w, paddr_t page)
{
	u64 va = window_va(w);

	set_entry(&PRIVATE_L3[(va >> PAGE_SHIFT) % 512], va, page.v | S1_PAGE | S1_NORMAL | S1_XN);
	return (void *)va;
}

void arch_window_close(enum arch_window w)
{
	u64 va = window_va(w);

	clear_entry(&PRIVATE_L3[(va >> PAGE_SHIFT) % 512], va);
}

void *arch_block_open(paddr_t block)
{
	set_entry(&PRIVATE_L2[VA_BLOCK_WINDOW >> 21], VA_BLOCK_WINDOW,
		  block.v | S1_BLOCK | S1_NORMAL | S1_XN);
	return (void *)VA_BLOCK_WINDOW;
}

void arch_block_close(void)
{
	clear_entry(&PRIVATE_L2[VA_BLOCK_WINDOW >> 21], VA_BLOCK_WINDOW);
}

bool arch_device_access(paddr_t pa, struct mmio_access *a)
{
	u64 *entry = &PRIVATE_L3[(VA_WINDOW_A >> PAGE_SHIFT) % 512];
	bool ok;

	set_entry(entry, VA_WINDOW_A, ALIGN_DOWN(pa.v, PAGE_SIZE) | S1_PAGE | S1_DEVICE | S1_XN);
	ok = try_access((void *)(VA_WINDOW_A + pa.v % PAGE_SIZE), &a->value, a->size, a->write);
	clear_entry(entry, VA_WINDOW_A);
	return ok;
}

/* Devices are mapped before the hypervisor is in charge, and stay */
void map_device_page(u64 va, u64 pa)
{
	u64 *entry = &device_l3[(va >> PAGE_SHIFT) % 512];

	/* While probing, one address sees one frame after the other */
	if (*entry) {
		WRITE_ONCE(*entry, 0);
		dsb(ishst);
		asm volatile("tlbi vae2is, %0" ::"r"(va >> PAGE_SHIFT) : "memory");
		dsb(ish);
	}
	WRITE_ONCE(*entry, pa | S1_PAGE | S1_DEVICE | S1_XN);
	dsb(ishst);
	isb();
}

static u64 cache_line(void)
{
	return 4ull << ((read_sysreg(ctr_el0) >> 16) & 15);
}

void arch_clean_invalidate(void *p, size_t size)
{
	u64 line = cache_line();
	u64 end = (u64)p + size;

	for (u64 va = ALIGN_DOWN((u64)p, line); va < end; va += line)
		asm volatile("dc civac, %0" ::"r"(va) : "memory");
	dsb(sy);
}

/*
 * DC ZVA where the CPU has it; then clean, because the next owner may look at
 * the memory with its caches off. Both loops are of whole blocks: @p and @size
 * are multiples of 4 KiB.
 */
void arch_zero_to_memory(void *p, size_t size)
{
	u64 dczid = read_sysreg(dczid_el0);
	u64 end = (u64)p + size;

	if (dczid & BIT(4)) {
		for (u64 *q = p; (u64)q < end; q++)
			*q = 0;
	} else {
		u64 block = 4ull << (dczid & 15);

		for (u64 va = (u64)p; va < end; va += block)
			asm volatile("dc zva, %0" ::"r"(va) : "memory");
	}
	arch_clean_invalidate(p, size);
}

/* The stage-2 engine's surroundings */

static void *mm_alloc(void *ctx, unsigned int count)
{
	return pool_alloc_raw(ctx, count);
}

static void mm_free(void *ctx, void *frames, unsigned int count)
{
	pool_free(ctx, frames, count);
}

static void mm_barrier(void *ctx)
{
	(void)ctx;
	dsb(ishst);
	isb();
}

/*
 * TLBI by IPA or for all of stages 1 and 2 acts on the VMID in VTTBR_EL2, so that
 * of the target is loaded for the moment. Some CPUs walk speculatively meanwhile,
 * even from EL2 (A55 1530923, A57 1319537, A72 1319367, A76 1165522), with the
 * stage 1 of whoever ran here, and what they find is tagged with the target's
 * VMID. So the stage 2 that is loaded with it is an empty one: a walk can only
 * fault, and faults are not cached.
 *
 * The two registers cannot be changed at once. A root of several pages is first
 * narrowed to its first page (39 bits of IPA), which translates the same or
 * faults; a root at level 0 is one page anyway and keeps VTCR_EL2.
 */
static u64 empty_root[512] __attribute__((section(".bss.pages"), aligned(4096)));

struct stage2_regs {
	u64 vtcr;
	u64 vttbr;
};

static struct stage2_regs enter_vmid(u16 vmid)
{
	struct stage2_regs old = { read_sysreg(vtcr_el2), read_sysreg(vttbr_el2) };
	u64 empty = (u64)empty_root + boot_info.phys_offset;

	if ((old.vtcr & VTCR_SL0) == VTCR_SL0_LEVEL1) {
		write_sysreg(vtcr_el2, (old.vtcr & ~VTCR_T0SZ) | (64 - 39));
		isb();
	}
	write_sysreg(vttbr_el2, (u64)vmid << 48 | empty);
	isb();
	return old;
}

static void leave_vmid(struct stage2_regs old)
{
	write_sysreg(vttbr_el2, old.vttbr);
	isb();
	write_sysreg(vtcr_el2, old.vtcr);
	isb();
}

/*
 * TLBI RIPAS2E1IS is not known to assemblers that know ARMv8.0 only, and is
 * undefined where FEAT_TLBIRANGE is not there: then it is not asked for.
 */
static void tlbi_ipas(ipaddr_t ipa, u64 size, unsigned int level)
{
	for (struct s2_tlbi op; size; ipa.v += op.bytes, size -= op.bytes) {
		op = s2_tlbi_first(&stage2_features, ipa, size, level);
		if (op.range)
			asm volatile("sys #4, c8, c0, #2, %0" ::"r"(op.operand) : "memory");
		else
			asm volatile("tlbi ipas2e1is, %0" ::"r"(op.operand) : "memory");
	}
}

static void mm_tlbi_range(void *ctx, u16 vmid, ipaddr_t ipa, u64 size, unsigned int level)
{
	struct stage2_regs old = enter_vmid(vmid);

	(void)ctx;
	for (u32 i = 0; i < TLBI_REPEAT; i++) {
		tlbi_ipas(ipa, size, level);
		dsb(ish);
	}
	/* Stage 1 and combined entries are found by no IPA: all of them, after
	 * the stage 2 entries they were made of are gone (Arm ARM D8.14.5).
	 */
	for (u32 i = 0; i < TLBI_REPEAT; i++) {
		asm volatile("tlbi vmalle1is" ::: "memory");
		dsb(ish);
	}
	isb();
	leave_vmid(old);
}

static void mm_tlbi_all(void *ctx, u16 vmid)
{
	struct stage2_regs old = enter_vmid(vmid);

	(void)ctx;
	for (u32 i = 0; i < TLBI_REPEAT; i++) {
		asm volatile("tlbi vmalls12e1is" ::: "memory");
		dsb(ish);
	}
	isb();
	leave_vmid(old);
}

/*
 * No @clean: VTCR_EL2 makes the walks inner shareable and write-back, so the
 * walkers are coherent with the caches (Arm ARM D8.2.11).
 */
const struct mm_ops arch_mm_ops = {
	.alloc = mm_alloc,
	.free = mm_free,
	.barrier = mm_barrier,
	.tlbi_range = mm_tlbi_range,
	.tlbi_all = mm_tlbi_all,
};

const struct pt_format *const arch_stage2_format = &pt_arm64_s2;
