// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every SPI that the guest has, at once: many times what a CPU has list registers. None
 * may be lost, none may come twice, and the most urgent is always the next.
 */
#include "gic.h"

#define ROUNDS 6

static struct storm {
	uint32_t first, end; /* SPIs from the one up to the other */
	uint32_t expected; /* of each of them */
	uint32_t taken, foreign;
	uint8_t last; /* priority */
	bool ordered;
	uint8_t count[1024];
} storm;

/* 16 different ones, in no order */
static uint8_t priority_of(uint32_t spi)
{
	return (uint8_t)(0x40 + spi * 7 % 16 * 8);
}

/* One bit for each SPI in word @n of such registers */
static uint32_t ours(uint32_t n)
{
	uint32_t bits = 0;

	for (uint32_t i = n * 32; i < n * 32 + 32; i++)
		bits |= i >= storm.first && i < storm.end ? bit_of(i) : 0;
	return bits;
}

static void set_all(uint32_t reg)
{
	for (uint32_t n = storm.first / 32; n <= (storm.end - 1) / 32; n++)
		mmio_write32(platform.gicd + reg + n * 4, ours(n));
	dsb(sy);
}

static bool any(uint32_t reg)
{
	uint32_t bits = 0;

	for (uint32_t n = storm.first / 32; n <= (storm.end - 1) / 32; n++)
		bits |= mmio_read32(platform.gicd + reg + n * 4) & ours(n);
	return bits;
}

static void take_one(void)
{
	uint32_t iar = acknowledge(), intid = iar & 0x3ff;

	storm.taken++;
	if (intid < storm.first || intid >= storm.end) {
		storm.foreign++;
	} else {
		storm.ordered &= priority_of(intid) >= storm.last;
		storm.last = priority_of(intid);
		/* It comes again, after its end */
		if (++storm.count[intid] < storm.expected)
			set_bit(GIC_ISPENDR, intid);
	}
	if (intid < 1020)
		end(iar);
}

static void blow(uint32_t config, uint32_t expected)
{
	uint32_t all = (storm.end - storm.first) * expected;

	storm.expected = expected;
	storm.taken = storm.last = 0;
	for (uint32_t spi = storm.first; spi < storm.end; spi++) {
		storm.count[spi] = 0;
		set_config(spi, config);
	}
	set_all(GIC_ISENABLER);
	set_all(GIC_ISPENDR);
	/* More than there are is wrong, and shall have an end */
	while (storm.taken < 2 * all && (storm.taken < all ? arrives() : !stays_away()))
		take_one();
	set_all(GIC_ICENABLER);
	wait_rwp(32);
}

void check_storm(void)
{
	uint32_t lost = 0, more = 0, unordered = 0, restless = 0;

	storm.first = conformance.spi;
	storm.end = conformance.spi + conformance.nr_spis;
	for (uint32_t spi = storm.first; spi < storm.end; spi++) {
		set_bit(GIC_ICENABLER, spi);
		set_route(spi, 0);
		set_priority(spi, priority_of(spi));
		if (platform.gic == 3)
			mmio_write32(word_of(GIC_IGROUPR, spi),
				     mmio_read32(word_of(GIC_IGROUPR, spi)) | bit_of(spi));
	}
	for (unsigned int round = 0; round < ROUNDS; round++) {
		uint32_t expected = 1 + round / 2 % 2;

		storm.ordered = true;
		blow(round % 2 * 2, expected);
		for (uint32_t spi = storm.first; spi < storm.end; spi++) {
			lost += storm.count[spi] < expected;
			more += storm.count[spi] > expected;
		}
		unordered += expected == 1 && !storm.ordered;
		restless += any(GIC_ISPENDR) || any(GIC_ISACTIVER);
	}
	check_equal(lost, 0, "storm: lost");
	check_equal(more, 0, "storm: too often");
	check_equal(storm.foreign, 0, "storm: others, or nothing");
	check_equal(unordered, 0, "storm: rounds that were not by priority");
	check_equal(restless, 0, "storm: rounds that left something");
}
