// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* Exceptions: interrupts, expected faults, and those that end the guest. */
#include "internal.h"

#define KIND_SYNC 0
#define KIND_IRQ 1
#define KIND_SERROR 3

/* Entries of exceptions from the level and stack that the guest uses */
#define FIRST_OWN_VECTOR 4
#define LAST_OWN_VECTOR 7

static guest_hook exception_hook;

static unsigned int vector_kind(const struct guest_frame *frame)
{
	return frame->vector & 3;
}

void exception_set_hook(guest_hook hook)
{
	__atomic_store_n(&exception_hook, hook, __ATOMIC_RELEASE);
}

const char *exception_name(uint64_t esr)
{
	switch (ESR_EC(esr)) {
	case EC_UNKNOWN:
		return "undefined instruction";
	case 0x07:
		return "SIMD access trapped";
	case 0x0e:
		return "illegal execution state";
	case 0x15:
		return "SVC";
	case 0x16:
		return "HVC";
	case 0x17:
		return "SMC";
	case EC_SYSREG:
		return "system register access trapped";
	case 0x20:
	case EC_INSTRUCTION_ABORT:
		return "instruction abort";
	case 0x22:
		return "PC alignment fault";
	case 0x24:
	case EC_DATA_ABORT:
		return "data abort";
	case 0x26:
		return "SP alignment fault";
	case 0x2f:
		return "SError";
	case 0x3c:
		return "BRK";
	default:
		return "unknown exception";
	}
}

static void dump(const struct guest_frame *frame)
{
	static const char *const kinds[] = { "sync", "IRQ", "FIQ", "SError" };
	static bool again[GUEST_MAX_CPUS];
	struct guest_cpu *cpu = this_cpu();

	if (again[cpu->index])
		psci_cpu_off(); /* the dump itself faulted */
	again[cpu->index] = true;

	console_break_lock();
	printf("\nguest: unexpected exception on CPU %u (MPIDR 0x%lx)\n", cpu->index, cpu->mpidr);
	printf("guest: %s, vector %lu (%s)\n", exception_name(frame->esr), frame->vector,
	       kinds[vector_kind(frame)]);
	printf("guest: esr %016lx far  %016lx\n", frame->esr, frame->far);
	printf("guest: elr %016lx spsr %016lx\n", frame->elr, frame->spsr);
	printf("guest: sp  %016lx\n", (uintptr_t)(frame + 1));
	for (unsigned int i = 0; i < 30; i += 2)
		printf("guest: x%-2u %016lx x%-2u  %016lx\n", i, frame->x[i], i + 1,
		       frame->x[i + 1]);
	printf("guest: x30 %016lx\n", frame->x[30]);
}

static bool catch_fault(struct guest_frame *frame)
{
	struct guest_cpu *cpu = this_cpu();

	if (!cpu->catching)
		return false;
	if (!cpu->fault.taken)
		cpu->fault = (struct guest_fault){
			.taken = true,
			.esr = frame->esr,
			.far = frame->far,
			.elr = frame->elr,
		};
	/* An SError belongs to no instruction. */
	if (vector_kind(frame) == KIND_SERROR)
		return true;
	if (ESR_EC(frame->esr) == EC_INSTRUCTION_ABORT)
		frame->elr = frame->x[30];
	else
		frame->elr += 4;
	return true;
}

void guest_exception(struct guest_frame *frame)
{
	guest_hook hook;

	if (frame->vector >= FIRST_OWN_VECTOR && frame->vector <= LAST_OWN_VECTOR) {
		if (vector_kind(frame) == KIND_IRQ) {
			gic_handle();
			return;
		}
		if (catch_fault(frame))
			return;
		hook = __atomic_load_n(&exception_hook, __ATOMIC_ACQUIRE);
		if (hook && hook(frame))
			return;
	}
	dump(frame);
	guest_fail("unexpected exception");
}

void fault_catch(void)
{
	struct guest_cpu *cpu = this_cpu();

	cpu->fault.taken = false;
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	__atomic_store_n(&cpu->catching, true, __ATOMIC_RELAXED);
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
}

bool fault_caught(struct guest_fault *fault)
{
	struct guest_cpu *cpu = this_cpu();

	/* An abort of a write may come late, as an SError. */
	dsb(sy);
	isb();
	__atomic_store_n(&cpu->catching, false, __ATOMIC_RELAXED);
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	if (fault)
		*fault = cpu->fault;
	return cpu->fault.taken;
}

bool try_read(uint64_t address, unsigned int size, uint64_t *value, struct guest_fault *fault)
{
	uint64_t v = 0;

	fault_catch();
	switch (size) {
	case 1:
		asm volatile("ldrb %w0, [%1]" : "+r"(v) : "r"(address) : "memory");
		break;
	case 2:
		asm volatile("ldrh %w0, [%1]" : "+r"(v) : "r"(address) : "memory");
		break;
	case 4:
		asm volatile("ldr %w0, [%1]" : "+r"(v) : "r"(address) : "memory");
		break;
	default:
		asm volatile("ldr %0, [%1]" : "+r"(v) : "r"(address) : "memory");
		break;
	}
	if (fault_caught(fault))
		return false;
	if (value)
		*value = v;
	return true;
}

bool try_write(uint64_t address, unsigned int size, uint64_t value, struct guest_fault *fault)
{
	fault_catch();
	switch (size) {
	case 1:
		mmio_write8(address, (uint8_t)value);
		break;
	case 2:
		asm volatile("strh %w0, [%1]" : : "r"(value), "r"(address) : "memory");
		break;
	case 4:
		mmio_write32(address, (uint32_t)value);
		break;
	default:
		mmio_write64(address, value);
		break;
	}
	return !fault_caught(fault);
}

bool try_call(uint64_t address, struct guest_fault *fault)
{
	void (*function)(void) = (void (*)(void))address;

	fault_catch();
	function();
	return !fault_caught(fault);
}
