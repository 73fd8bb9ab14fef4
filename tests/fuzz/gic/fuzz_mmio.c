// SPDX-License-Identifier: GPL-2.0-only
/*
 * Any sequence of loads and stores to the interrupt controller by CPUs of root and
 * two cells, and of SGIs. No store changes a bit of what is not the cell's, no load
 * changes anything or tells of another cell, and no SGI leaves the cell.
 *
 * The first byte says what the hardware is; each access is 4 bytes and, for a
 * store, its value.
 */
#include <sgi.h>

#include "machine.h"

static const u8 *input;
static size_t left;

static u8 next_byte(void)
{
	if (!left)
		return 0;
	left--;
	return *input++;
}

/* Few bytes for the values that matter, 8 for any other */
static u64 next_value(void)
{
	u8 which = next_byte();
	u64 x = 0;

	switch (which >> 5) {
	case 0:
		return ~0ull;
	case 1:
		return BIT(which & 31);
	case 2:
		return ~BIT(which & 31);
	case 3:
		return cpus[which % NR_CPUS].mpidr;
	case 4:
		return sgi_target(cpus[which % NR_CPUS].mpidr) | BIT(40) * (which >> 4 & 1);
	case 5:
		return 0x0101010101010101ull * which;
	}
	for (u32 i = 0; i < 8; i++)
		x = x << 8 | next_byte();
	return x;
}

static void found(const char *what, u32 cpu, u64 ipa)
{
	fprintf(stderr, "CPU %u, 0x%llx: %s\n", cpu, (unsigned long long)ipa, what);
	abort();
}

static void check_store(u32 cpu, u64 ipa, u64 esr)
{
	struct gic_model before = hw;
	bool handled = trap(cpu, ipa, esr, next_value()).handled;
	const char *what = trespass(&before, CELL_OF(cpu));

	if (what)
		found(what, cpu, ipa);
	if (!handled && memcmp(&before, &hw, sizeof(hw)))
		found("refused, and done nevertheless", cpu, ipa);
}

static void check_load(u32 cpu, u64 ipa, u64 esr)
{
	static struct gic_model before, others;
	struct fast_result a, b;

	before = hw;
	a = trap(cpu, ipa, esr, 0);
	if (memcmp(&before, &hw, sizeof(hw)))
		found("a load has changed something", cpu, ipa);
	invert_foreign(CELL_OF(cpu));
	others = hw;
	b = trap(cpu, ipa, esr, 0);
	if (memcmp(&others, &hw, sizeof(hw)))
		found("a load has changed something", cpu, ipa);
	if (a.handled != b.handled || (a.handled && a.value != b.value))
		found("a load tells what is another's", cpu, ipa);
	hw = before;
}

static void check_sgi(u32 cpu, u64 value)
{
	nr_sgis = 0;
	PRIV->cpu = &cpus[cpu];
	gic_send_sgi(cells[CELL_OF(cpu)], value);
	for (u32 n = 0; n < nr_sgis; n++) {
		for (u32 i = 0; i < NR_CPUS; i++) {
			if (CELL_OF(i) != CELL_OF(cpu) &&
			    sgi_reaches(sgi_log[n], sgi_target(cpus[i].mpidr), i == cpu))
				found("an SGI leaves the cell", cpu, value);
		}
	}
}

static void step(void)
{
	u8 what = next_byte(), how = next_byte();
	u32 cpu = what % NR_CPUS, offset = next_byte() | (u32)next_byte() << 8;
	u64 esr = syndrome(1u << (how & 3), how & 4), ipa = GICD(offset);

	/* Another syndrome than that of a plain access: seldom */
	if (how >> 4 == 15)
		esr ^= BIT(offset % 32);
	switch (what / NR_CPUS % 4) {
	case 1:
		ipa = GICR((how >> 3) % NR_CPUS, offset);
		break;
	case 2:
		ipa = SGI((how >> 3) % NR_CPUS, offset);
		break;
	case 3:
		if (how & 8) {
			check_sgi(cpu, next_value());
			return;
		}
		ipa = GICD_PA + next_value() % (GICR_PA + (NR_CPUS + 1) * model_stride() - GICD_PA);
		break;
	}
	if (esr & BIT(6)) /* WnR */
		check_store(cpu, ipa, esr);
	else
		check_load(cpu, ipa, esr);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);
int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct gic_kind hardware = { .typer = 0x01780008, .pidr2 = 0x3b };
	u8 which;

	input = data;
	left = size;
	which = next_byte();
	hardware.redist = which & 15;
	hardware.typer |= (which & 0xf0) << 5;
	machine_start(&hardware);
	scribble(which);
	while (left)
		step();
	return 0;
}
