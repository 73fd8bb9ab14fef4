// SPDX-License-Identifier: GPL-2.0-only
/*
 * A hostile kernel of root: calls the hypervisor and the firmware with anything,
 * past the driver. On the CPU that loads it:
 *
 *	insmod hostile.ko seed=N count=N config=PATH
 *	insmod hostile.ko smc=FUNCTION,FUNCTION,...
 *
 * The config is that of a cell. No call that should be refused may be granted;
 * those that root has a right to (to end a cell, to switch the machine off, or
 * to write to any RAM of its own) are left out.
 */
#include <linux/crc32.h>
#include <linux/io.h>
#include <linux/kernel_read_file.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include <cloister/config.h>
#include <cloister/error.h>
#include <cloister/hypercall.h>

static ulong seed = 1;
module_param(seed, ulong, 0444);
static ulong count;
module_param(count, ulong, 0444);
static char *config;
module_param(config, charp, 0444);
static uint smc[32];
static uint nr_smc;
module_param_array(smc, uint, &nr_smc, 0444);

#define HYPERVISOR 0x70000000
#define CELLS 0x71000000
#define NOBODYS_ID 8 /* no test of this has as many cells */

#define PSCI_CPU_SUSPEND 0x84000001
#define PSCI_CPU_OFF 0x84000002
#define PSCI_SYSTEM_OFF 0x84000008
#define PSCI_SYSTEM_RESET 0x84000009
#define PSCI_SYSTEM_SUSPEND 0x8400000e
#define PSCI_SYSTEM_RESET2 0x84000012
/* PSCI 0.1 had no numbers of its own: these are QEMU's */
#define QEMU_PSCI_CPU_OFF 0x95c1ba5f

enum how { HVC, SMC };

struct regs {
	u64 x[18];
};

static unsigned int granted, refused;
static u8 *buffer; /* one page, physically contiguous, where anything may be written */

static void call(struct regs *r, enum how how)
{
	asm volatile("mov	x19, %0\n\t"
		     "mov	x20, %1\n\t"
		     "ldp	x0, x1, [x19]\n\t"
		     "ldp	x2, x3, [x19, #16]\n\t"
		     "ldp	x4, x5, [x19, #32]\n\t"
		     "ldp	x6, x7, [x19, #48]\n\t"
		     "ldp	x8, x9, [x19, #64]\n\t"
		     "ldp	x10, x11, [x19, #80]\n\t"
		     "ldp	x12, x13, [x19, #96]\n\t"
		     "ldp	x14, x15, [x19, #112]\n\t"
		     "ldp	x16, x17, [x19, #128]\n\t"
		     "cbnz	x20, 1f\n\t"
		     "hvc	#0\n\t"
		     "b		2f\n"
		     "1:	smc	#0\n"
		     "2:	stp	x0, x1, [x19]\n\t"
		     "stp	x2, x3, [x19, #16]"
		     :
		     : "r"(r), "r"((u64)how)
		     : "x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11",
		       "x12", "x13", "x14", "x15", "x16", "x17", "x19", "x20", "cc", "memory");
}

/* Every immediate, each with a return: 512 KiB */
asm(".pushsection .text\n"
    ".balign 8\n"
    "every_hvc:\n"
    ".set n, 0\n"
    ".rept 65536\n"
    "hvc #n\n"
    "ret\n"
    ".set n, n + 1\n"
    ".endr\n"
    ".popsection");
extern char every_hvc[];

static u64 call_immediate(u32 immediate, u64 function)
{
	register u64 x0 asm("x0") = function;
	register u64 x1 asm("x1") = virt_to_phys(buffer);
	register u64 x2 asm("x2") = 64;
	register u64 x20 asm("x20") = (u64)every_hvc + 8 * immediate;

	asm volatile("blr x20"
		     : "+r"(x0), "+r"(x1), "+r"(x2)
		     : "r"(x20)
		     : "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14",
		       "x15", "x16", "x17", "x30", "cc", "memory");
	return x0;
}

static void note(const char *what, u64 function, u64 result, bool may_succeed)
{
	if ((s32)result < 0 || result == 0xbadca11)
		refused++;
	else if (!may_succeed && granted++ < 16)
		pr_err("hostile: %s 0x%llx: 0x%llx, NOT expected\n", what, function, result);
}

/* Random numbers: xorshift64*, G. Marsaglia and S. Vigna */
static u64 state;

static u64 random(void)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return state * 0x2545f4914f6cdd1d;
}

/* Physical addresses that are not root's RAM, and one that is */
static u64 any_address(void)
{
	u64 r = random();

	switch (r & 7) {
	case 0:
		return HYPERVISOR + (r >> 8 & 0x3fffff);
	case 1:
		return CELLS + (r >> 8 & 0xfffff); /* of the cell hello */
	case 2:
		return 0x08000000 + (r >> 8 & 0x1fffff); /* GIC and others */
	case 3:
		return ~0ull << (r >> 8 & 15);
	case 4:
		return r | 1ull << 56;
	case 5:
		return 0xc0000000 + (r >> 8 & 0xffffff); /* behind all RAM */
	default:
		return virt_to_phys(buffer) + (r >> 8 & 0xff8);
	}
}

static u64 any_function(void)
{
	u64 r = random();
	u32 low = (u32)(r >> 8);

	switch (r & 7) {
	case 0:
	case 1:
		return CL_HC(low & 0x1f);
	case 2:
		return CL_SMCCC_VENDOR_HYP32 | (low & 0xff1f);
	case 3:
		return (low & 1 << 30 ? 0xc4000000 : 0x84000000) | (low & 0x3f);
	case 4:
		return low & 7; /* the stub's */
	case 5:
		return 0x80000000 | low;
	case 6:
		return low;
	default:
		return r;
	}
}

static u64 any_argument(void)
{
	u64 r = random();

	switch (r & 3) {
	case 0:
		return NOBODYS_ID + (r >> 8 & 0xf);
	case 1:
		return any_address();
	case 2:
		return r >> 8 & 0x1ffff;
	default:
		return r;
	}
}

/* Root may do that, and then has to live with it */
static bool is_a_right(const struct regs *r)
{
	switch ((u32)r->x[0] & 0xbfffffff) {
	case PSCI_CPU_SUSPEND:
	case PSCI_CPU_OFF:
	case PSCI_SYSTEM_OFF:
	case PSCI_SYSTEM_RESET:
	case PSCI_SYSTEM_SUSPEND:
	case PSCI_SYSTEM_RESET2:
		return true;
	}
	switch ((u32)r->x[0]) {
	case CL_HC_CELL_SET_LOADABLE:
	case CL_HC_CELL_START:
	case CL_HC_CELL_SHUTDOWN:
	case CL_HC_CELL_DESTROY:
		return r->x[1] < NOBODYS_ID;
	}
	return false;
}

/* To look at things, and what is for everybody */
static bool may_succeed(u32 function)
{
	switch (function) {
	case CL_HC_NULL:
	case CL_HC_INFO:
	case CL_HC_UID:
	case CL_HC_REVISION:
	case CL_HC_CELL_STATE:
	case CL_HC_READ:
	case CL_HC_SYSTEM_INFO:
	case 4: /* the stub's HVC_GET_ICH_VTR_EL2 */
		return true;
	}
	/* SMCCC_VERSION, _ARCH_FEATURES; PSCI: all that is left of it here */
	return function - 0x80000000 < 2 || (function & 0xbfffffe0) == 0x84000000;
}

static void one_call(void)
{
	struct regs r;
	u64 function;
	u32 i;
	enum how how = random() & 1;

	for (i = 1; i < ARRAY_SIZE(r.x); i++)
		r.x[i] = any_argument();
	function = r.x[0] = any_function();
	if (is_a_right(&r))
		return;
	call(&r, how);
	note(how == SMC ? "SMC" : "HVC", function, r.x[0], may_succeed((u32)function));
}

static void every_immediate(void)
{
	u32 i;

	for (i = 1; i < 65536; i++) {
		note("HVC with immediate", i, call_immediate(i, CL_HC_CELL_CREATE), false);
		cond_resched();
	}
	note("HVC with immediate", 0, call_immediate(0, CL_HC_CELL_CREATE), false);
}

/* Firmware that would switch this CPU off, under a number that no standard has */
static void old_firmware(void)
{
	struct regs r = { .x = { QEMU_PSCI_CPU_OFF } };

	call(&r, SMC);
	note("SMC", QEMU_PSCI_CPU_OFF, r.x[0], false);
}

/* Those of the test's choice: what the answers should be, it knows */
static void chosen_calls(void)
{
	uint i;

	for (i = 0; i < nr_smc; i++) {
		struct regs r = { .x = { smc[i], 7, 0x100 } };

		call(&r, SMC);
		pr_info("hostile: SMC 0x%x: 0x%llx\n", smc[i], r.x[0]);
	}
}

/* Configs, past the driver's own look at them */

static void create(const void *blob, u32 size, const char *what, u32 at)
{
	struct regs r = { .x = { CL_HC_CELL_CREATE, virt_to_phys((void *)blob), size } };

	call(&r, HVC);
	note(what, at, r.x[0], false);
	/* Its CPUs are root's: what gets as far as that was taken for a config. */
	if (r.x[1] == CL_RULE_CPU_NOT_OFF || r.x[1] == CL_RULE_NONE) {
		granted++;
		pr_err("hostile: %s %u was accepted, NOT expected\n", what, at);
	}
}

static void seal(struct cl_blob_header *h, u32 size)
{
	if (size < sizeof(*h))
		return;
	h->checksum = 0;
	h->checksum = ~crc32_le(~0u, (void *)h, size);
}

static void cut(void *blob, const void *good, u32 size)
{
	u32 n;

	for (n = 0; n < size; n++) {
		memcpy(blob, good, n);
		create(blob, n, "config cut at", n);
		if (n >= sizeof(struct cl_blob_header))
			((struct cl_blob_header *)blob)->size = n;
		seal(blob, n);
		create(blob, n, "config cut and sealed at", n);
		cond_resched();
	}
}

static void bend(void *blob, const void *good, u32 size)
{
	const u32 values[] = { 1,	   size - 1,   size,	   size + 1,  0x10000,
			       0x7fffffff, 0x80000000, 0xfffffff8, 0xffffffff };
	const struct cl_blob_header *h = good;
	u32 at, i, end = sizeof(*h) + h->nr_sections * sizeof(struct cl_section);

	for (at = offsetof(struct cl_blob_header, size); at < end; at += 4) {
		for (i = 0; i < ARRAY_SIZE(values); i++) {
			memcpy(blob, good, size);
			if (*(u32 *)(blob + at) == values[i])
				continue;
			*(u32 *)(blob + at) = values[i];
			if (at != offsetof(struct cl_blob_header, checksum))
				seal(blob, size);
			create(blob, size, "config bent at", at);
		}
		cond_resched();
	}
}

static int configs(void)
{
	void *good = NULL, *blob;
	ssize_t size = kernel_read_file_from_path(config, 0, &good, CL_BLOB_MAX_SIZE, NULL,
						  READING_FIRMWARE);

	if (size < 0)
		return size;
	blob = kmalloc(size, GFP_KERNEL);
	if (!blob) {
		vfree(good);
		return -ENOMEM;
	}
	cut(blob, good, size);
	bend(blob, good, size);
	kfree(blob);
	vfree(good);
	return 0;
}

static int __init hostile_init(void)
{
	int ret = 0;
	ulong i;

	buffer = (void *)get_zeroed_page(GFP_KERNEL);
	if (!buffer)
		return -ENOMEM;
	state = seed;
	pr_info("hostile: seed 0x%lx\n", seed);
	if (config) {
		ret = configs();
		every_immediate();
		old_firmware();
	}
	chosen_calls();
	for (i = 0; i < count; i++) {
		one_call();
		if (i % 64 == 0)
			cond_resched();
	}
	free_page((ulong)buffer);
	pr_info("hostile: %u refused, %u granted\n", refused, granted);
	return ret;
}

static void __exit hostile_exit(void)
{
}

module_init(hostile_init);
module_exit(hostile_exit);

MODULE_DESCRIPTION("Calls with anything, for tests");
MODULE_LICENSE("GPL");
