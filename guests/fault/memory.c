// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* Memory that is not the guest's, or not for this use. */
#include "fault.h"

static uint64_t target(uint64_t given, uint64_t fallback)
{
	uint64_t address = given ? given : fallback;

	/* Stage 1 must let the access through to what it is about. */
	if (mmu_map(address, 8, GUEST_NORMAL))
		printf("fault: 0x%lx is mapped as something else\n", address);
	return address;
}

void mode_read_unmapped(const uint64_t args[3])
{
	uint64_t address = target(args[0], FAULT_UNMAPPED), value;
	struct guest_fault fault;

	for (unsigned int size = 1; size <= 8; size *= 2) {
		if (try_read(address, size, &value, &fault))
			printf("fault: read of %u bytes: no fault, value 0x%lx\n", size, value);
		else
			report_fault("read", &fault, EC_DATA_ABORT);
	}
	if (try_write(address, 4, 0, &fault))
		printf("fault: write: no fault\n");
	else
		report_fault("write", &fault, EC_DATA_ABORT);
}

void mode_write_readonly(const uint64_t args[3])
{
	uint64_t address = target(args[0], FAULT_READONLY);
	uint64_t before = 0, after = 0;
	struct guest_fault fault;

	if (!try_read(address, 8, &before, &fault)) {
		report_fault("read", &fault, EC_DATA_ABORT);
		printf("fault: there is no read-only memory\n");
	}
	if (try_write(address, 8, ~before, &fault))
		printf("fault: write: no fault\n");
	else
		report_fault("write", &fault, EC_DATA_ABORT);
	if (try_read(address, 8, &after, NULL))
		printf("fault: memory is %s\n", before == after ? "unchanged" : "CHANGED");
}

void mode_execute_unmapped(const uint64_t args[3])
{
	uint64_t address = target(args[0], FAULT_UNMAPPED);
	struct guest_fault fault;

	if (try_call(address, &fault))
		printf("fault: call: no fault\n");
	else
		report_fault("call", &fault, EC_INSTRUCTION_ABORT);
}

void mode_hypervisor_memory(const uint64_t args[3])
{
	uint64_t address = target(args[0], FAULT_HYPERVISOR), value;
	struct guest_fault fault;

	if (try_read(address, 8, &value, &fault))
		printf("fault: read: NO fault, value 0x%lx\n", value);
	else
		report_fault("read", &fault, EC_DATA_ABORT);
	if (try_write(address, 8, 0x5a5a5a5a5a5a5a5a, &fault))
		printf("fault: write: NO fault\n");
	else
		report_fault("write", &fault, EC_DATA_ABORT);

	/* Accesses by other means than loads and stores */
	fault_catch();
	asm volatile("dc zva, %0" : : "r"(address) : "memory");
	if (fault_caught(&fault))
		report_fault("dc zva", &fault, EC_DATA_ABORT);
	else
		printf("fault: dc zva: NO fault\n");
	fault_catch();
	asm volatile("1: ldxr %0, [%1]\n\t"
		     "stxr %w0, xzr, [%1]"
		     : "=&r"(value)
		     : "r"(address)
		     : "memory");
	if (fault_caught(&fault))
		report_fault("exclusive", &fault, EC_DATA_ABORT);
	else
		printf("fault: exclusive: NO fault\n");
	if (try_call(address, &fault))
		printf("fault: call: NO fault\n");
	else
		report_fault("call", &fault, EC_INSTRUCTION_ABORT);
}

/* Accesses that a trap cannot tell the operand of */
static unsigned int odd_accesses(uint64_t address)
{
	unsigned int refused = 0;
	uint64_t x = address, y, z;

	fault_catch();
	asm volatile("ldr %w0, [%1], #4" : "=&r"(y), "+r"(x) : : "memory");
	refused += fault_caught(NULL);
	fault_catch();
	asm volatile("ldp %w0, %w1, [%2]" : "=&r"(y), "=&r"(z) : "r"(address) : "memory");
	refused += fault_caught(NULL);
	fault_catch();
	asm volatile("stp wzr, wzr, [%0]" : : "r"(address) : "memory");
	refused += fault_caught(NULL);
	fault_catch();
	asm volatile("ldxr %w0, [%1]\n\tclrex" : "=&r"(y) : "r"(address) : "memory");
	refused += fault_caught(NULL);
	return refused;
}

/* Which widths are there, as a sum of sizes; zeros are written */
void mode_registers(const uint64_t args[3])
{
	uint64_t value = 0;
	struct guest_fault fault;

	mmu_map(args[0], args[1], GUEST_DEVICE);
	for (uint64_t at = args[0]; at < args[0] + args[1]; at += 4) {
		unsigned int reads = 0, writes = 0;

		for (unsigned int size = 1; size <= 8; size *= 2) {
			if (at % size)
				continue;
			reads += try_read(at, size, &value, &fault) ? size : 0;
			writes += try_write(at, size, 0, &fault) ? size : 0;
		}
		printf("fault: 0x%lx: read %u, write %u\n", at, reads, writes);
	}
	if (try_read(args[0], 4, &value, &fault))
		printf("fault: the first holds 0x%lx\n", value);
	printf("fault: %u of 4 odd accesses refused\n", odd_accesses(args[0]));
}

void mode_crash(const uint64_t args[3])
{
	asm volatile("udf #0");
}

/*
 * From the barrier on nothing can be fetched, not even the vectors: one abort
 * follows the other without one instruction between them.
 */
void mode_wreck_stage1(const uint64_t args[3])
{
	uint64_t tables = args[0] ? args[0] : FAULT_UNMAPPED;

	printf("fault: farewell\n");
	irq_off();
	asm volatile("msr ttbr0_el1, %0\n\t"
		     "isb\n\t"
		     "tlbi vmalle1\n\t"
		     "dsb nsh\n\t"
		     "isb"
		     :
		     : "r"(tables)
		     : "memory");
}

void mode_fault_storm(const uint64_t args[3])
{
	uint64_t address = target(args[0], FAULT_UNMAPPED), count = 0;

	while (comm_poll() != CL_MSG_SHUTDOWN_REQUEST) {
		if (!try_read(address, 4, NULL, NULL))
			count++;
		cpu_relax();
	}
	printf("fault: %lu data aborts\n", count);
}

void mode_wreck_comm(const uint64_t args[3])
{
	volatile uint8_t *bytes = (volatile uint8_t *)platform.comm;

	if (!platform.comm) {
		printf("fault: there is no communication region\n");
		return;
	}
	for (unsigned int i = 0; i < 4096; i++)
		bytes[i] = 0xa5;
	timer_sleep_us(100000);
	printf("fault: signature 0x%x, state 0x%x, message 0x%x, reply 0x%x\n", bytes[0],
	       platform.comm->cell_state, platform.comm->msg_to_cell,
	       platform.comm->reply_from_cell);
}

/* By every set and way of level 1, as no operating system should. */
void mode_set_way(const uint64_t args[3])
{
	uint64_t ccsidr, sets, ways, way_shift, set_shift, count = 0;

	write_sysreg(0, csselr_el1);
	isb();
	ccsidr = read_sysreg(ccsidr_el1);
	sets = (ccsidr >> 13 & 0x7fff) + 1;
	ways = (ccsidr >> 3 & 0x3ff) + 1;
	set_shift = (ccsidr & 7) + 4;
	way_shift = ways > 1 ? (uint64_t)__builtin_clz((uint32_t)ways - 1) : 0;
	for (uint64_t way = 0; way < ways; way++) {
		for (uint64_t set = 0; set < sets; set++) {
			uint64_t x = way << way_shift | set << set_shift;

			asm volatile("dc isw, %0" : : "r"(x) : "memory");
			asm volatile("dc cisw, %0" : : "r"(x) : "memory");
			count += 2;
		}
	}
	dsb(sy);
	printf("fault: %lu operations by set and way, still here\n", count);
}
