// SPDX-License-Identifier: GPL-2.0-only
/*
 * More interrupts than list registers: a guest, its virtual CPU interface, and a GIC
 * with 1020 interrupts, all of which may come at once and again (IHI 0069, 4 and 6). What
 * guest_irq.S does with one that finds a list register free is done here as it does it.
 */
#include <direct.h>
#include <guest.h>
#include <private.h>
#include <sysreg.h>

#include "machine.h"

#define EISR "S3_4_C12_C11_3"
#define ELRSR "S3_4_C12_C11_5"
#define HCR "S3_4_C12_C11_0"
#define RPR "S3_0_C12_C11_3"
#define DIR "S3_0_C12_C11_1"

#define HCR_EN 1u
#define HCR_NPIE 8u

#define PENDING (1ull << 62)
#define ACTIVE (1ull << 63)
#define HW (1ull << 61)
#define GROUP1 (1ull << 60)
#define EOI (1ull << 41)
#define INTID(lr) ((u32)(lr))
#define PRIORITY(lr) ((u32)((lr) >> 48 & 0xff))

#define CPU 2 /* of cell 1 */
#define FIRST 32
#define LAST 1019
#define NR_SPIS (LAST + 1 - FIRST)
#define IDLE 0x100 /* lower than all priorities */

static struct {
	bool pending[LAST + 1]; /* in the distributor */
	bool active[LAST + 1];
	u8 priority[LAST + 1];
	u32 raised[LAST + 1]; /* how often it became pending */
	u32 handled[LAST + 1];
	u32 mask; /* the guest's ICC_PMR_EL1 */
	u32 running[32]; /* interrupts that the guest is handling, the last one first */
	u32 depth;
	u32 maintenance; /* how often that interrupt was taken */
} m;

static const char *const lr_names[16] = {
	"S3_4_C12_C12_0", "S3_4_C12_C12_1", "S3_4_C12_C12_2", "S3_4_C12_C12_3",
	"S3_4_C12_C12_4", "S3_4_C12_C12_5", "S3_4_C12_C12_6", "S3_4_C12_C12_7",
	"S3_4_C12_C13_0", "S3_4_C12_C13_1", "S3_4_C12_C13_2", "S3_4_C12_C13_3",
	"S3_4_C12_C13_4", "S3_4_C12_C13_5", "S3_4_C12_C13_6", "S3_4_C12_C13_7",
};

static u64 lr(u32 n)
{
	return sysreg_read(lr_names[n]);
}

/* ICH_EISR_EL2: an end that is to be told */
static bool is_ended(u32 n)
{
	return !(lr(n) & (PENDING | ACTIVE)) && !(lr(n) & HW) && (lr(n) & EOI);
}

static u64 status(const char *name, u64 value)
{
	u64 empty = 0, ended = 0;

	if (strcmp(name, EISR) && strcmp(name, ELRSR))
		return value;

	for (u32 n = 0; n < PRIV->nr_lrs; n++) {
		ended |= is_ended(n) ? BIT(n) : 0;
		empty |= is_ended(n) || (lr(n) & (PENDING | ACTIVE)) ? 0 : BIT(n);
	}
	return strcmp(name, EISR) ? empty : ended;
}

/* The hypervisor ends a physical interrupt whose virtual one had no link to it */
static void written(const char *name, u64 value)
{
	if (strcmp(name, DIR) || value == MAINTENANCE)
		return;
	assert_true(value >= FIRST && value <= LAST && m.active[value]);
	m.active[value] = false;
}

static u32 random_below(u32 n)
{
	return (u32)(random_word() >> 33) % n;
}

static void raise_spi(u32 intid)
{
	if (!m.pending[intid])
		m.raised[intid]++;
	m.pending[intid] = true;
}

/* The most urgent one that the distributor would signal, or 0 */
static u32 signalled(void)
{
	u32 best = 0;

	for (u32 i = FIRST; i <= LAST; i++) {
		if (m.pending[i] && !m.active[i] && (!best || m.priority[i] < m.priority[best]))
			best = i;
	}
	return best;
}

/* guest_irq in guest_irq.S: the shortest way, and what it leaves to C */
static void take(u32 intid)
{
	u64 empty = sysreg_read(ELRSR);

	sysreg_write(RPR, intid == MAINTENANCE ? 0 : m.priority[intid]);
	if (intid != MAINTENANCE) {
		assert_true(m.pending[intid] && !m.active[intid]);
		m.pending[intid] = false;
		m.active[intid] = true;
	}
	PRIV->exits[CL_EXIT_IRQ]++;
	if (intid == MAINTENANCE || !empty || PRIV->overflow.count) {
		guest_irq_slow(intid);
		return;
	}
	sysreg_write(lr_names[__builtin_ctzll(empty)], intid | (u64)intid << 32 |
							       (u64)m.priority[intid] << 48 |
							       PENDING | HW | GROUP1);
}

/* What the virtual CPU interface asks for (IHI 0069, ICH_MISR_EL2) */
static bool maintenance_wanted(void)
{
	u32 hcr = (u32)sysreg_read(HCR);
	bool pending = false, ended = false;

	assert_false(hcr & ~(HCR_EN | HCR_NPIE));
	for (u32 n = 0; n < PRIV->nr_lrs; n++) {
		pending |= (lr(n) & (PENDING | ACTIVE)) == PENDING;
		ended |= is_ended(n);
	}
	return (hcr & HCR_EN) && (ended || ((hcr & HCR_NPIE) && !pending));
}

/* Interrupts are taken to EL2 before the guest gets any further */
static void el2(void)
{
	u32 intid, rounds = 0;

	for (;;) {
		if (maintenance_wanted()) {
			m.maintenance++;
			intid = MAINTENANCE;
		} else {
			intid = signalled();
			if (!intid)
				return;
		}
		take(intid);
		assert_true(rounds++ < 4 * NR_SPIS); /* no livelock */
	}
}

static u32 running_priority(void)
{
	return m.depth ? m.priority[m.running[m.depth - 1]] : IDLE;
}

/* The list register that the guest is signalled, or -1 */
static int virtual_signalled(void)
{
	int best = -1;

	for (u32 n = 0; n < PRIV->nr_lrs; n++) {
		u64 v = lr(n);

		if ((v & (PENDING | ACTIVE)) == PENDING && PRIORITY(v) < m.mask &&
		    PRIORITY(v) < running_priority() &&
		    (best < 0 || PRIORITY(v) < PRIORITY(lr((u32)best))))
			best = (int)n;
	}
	return best;
}

static bool guest_acknowledges(void)
{
	int n = virtual_signalled();
	u32 intid;

	if (n < 0 || m.depth == ARRAY_SIZE(m.running))
		return false;
	intid = INTID(lr((u32)n));
	assert_int_equal(PRIORITY(lr((u32)n)), m.priority[intid]);
	assert_true(m.active[intid]);
	sysreg_write(lr_names[n], (lr((u32)n) & ~PENDING) | ACTIVE);
	m.running[m.depth++] = intid;
	m.handled[intid]++;
	return true;
}

/* End of interrupt: the HW bit ends the physical one, too; else EL2 must do that */
static bool guest_ends(void)
{
	u32 intid;

	if (!m.depth)
		return false;
	intid = m.running[--m.depth];
	for (u32 n = 0; n < PRIV->nr_lrs; n++) {
		if (INTID(lr(n)) == intid && (lr(n) & ACTIVE)) {
			m.active[intid] = !(lr(n) & HW);
			sysreg_write(lr_names[n], lr(n) & ~ACTIVE);
			return true;
		}
	}
	fail_msg("no list register has %u, which the guest ends", intid);
	return false;
}

/* The most urgent one that hardware would have signalled to a guest of its own */
static u32 most_urgent(void)
{
	u32 best = IDLE;

	for (u32 i = FIRST; i <= LAST; i++) {
		bool handling = false;

		for (u32 k = 0; k < m.depth; k++)
			handling |= m.running[k] == i;
		if (m.active[i] && !handling && m.priority[i] < best)
			best = m.priority[i];
	}
	return best;
}

/*
 * The guest is signalled what it would be without a hypervisor: the most urgent one,
 * whatever else waits. But it cannot be while it handles one in each list register.
 */
static void nothing_urgent_waits(void)
{
	u32 urgent = most_urgent();
	int n = virtual_signalled();

	if (urgent >= m.mask || urgent >= running_priority() || m.depth == PRIV->nr_lrs)
		return;
	if (n < 0 || PRIORITY(lr((u32)n)) != urgent)
		fail_msg("the guest is not told of priority 0x%x", urgent);
}

static void start(u32 nr_lrs, u64 seed)
{
	memset(&m, 0, sizeof(m));
	sysreg_computed = status;
	sysreg_written = written;
	PRIV->cpu = &cpus[CPU];
	PRIV->nr_lrs = nr_lrs;
	memset(&PRIV->overflow, 0, sizeof(PRIV->overflow));
	for (u32 n = 0; n < 16; n++)
		sysreg_write(lr_names[n], 0);
	cells[1]->arch.gicd_ctlr = GICD_CTLR_ENABLE_G1A;
	sysreg_write(HCR, HCR_EN);
	memset(cells[1]->spis, 0xff, sizeof(cells[1]->spis));
	random_state = seed;
	m.mask = IDLE;
}

static void all_were_handled(void)
{
	for (u32 i = FIRST; i <= LAST; i++) {
		if (m.handled[i] != m.raised[i] || m.active[i] || m.pending[i])
			fail_msg("%u: raised %u times, handled %u times", i, m.raised[i],
				 m.handled[i]);
	}
	assert_int_equal(PRIV->overflow.count, 0);
	assert_int_equal(sysreg_read(HCR), HCR_EN);
}

static void finish(void)
{
	m.mask = IDLE;
	do {
		el2();
		nothing_urgent_waits();
	} while (guest_acknowledges() || guest_ends());
	all_were_handled();
}

/* Every SPI that a GIC can have, all at the same moment */
static void all_at_once(void **state)
{
	(void)state;
	for (u32 nr_lrs = 1; nr_lrs <= 16; nr_lrs *= 2) {
		start(nr_lrs, nr_lrs);
		for (u32 i = FIRST; i <= LAST; i++) {
			m.priority[i] = (u8)(random_below(16) << 4);
			raise_spi(i);
		}
		finish();
		for (u32 i = FIRST; i <= LAST; i++)
			assert_int_equal(m.handled[i], 1);
		/* A visit fills all but the one in use; a single one is asked for its end, too */
		assert_true(m.maintenance <= (nr_lrs > 1 ? NR_SPIS / (nr_lrs - 1) : 2 * NR_SPIS));
	}
}

/* Devices that go on, a guest that masks, nests, and ends one after the other */
static void storm(void **state)
{
	(void)state;
	for (u64 seed = 1; seed <= 40; seed++) {
		u32 busy = 1 + random_below(64), devices = FIRST + 1 + random_below(NR_SPIS - 1);

		start(1u << random_below(5), seed);
		for (u32 i = FIRST; i <= LAST; i++)
			m.priority[i] = (u8)(random_below(8) << 5);
		for (u32 step = 0; step < 4000; step++) {
			for (u32 i = random_below(busy); i; i--)
				raise_spi(FIRST + random_below(devices - FIRST));
			el2();
			nothing_urgent_waits();
			if (!random_below(8))
				m.mask = random_below(2) ? IDLE : random_below(8) << 5;
			if (random_below(5) < 3 ? guest_acknowledges() : guest_ends())
				continue;
			if (!guest_acknowledges())
				guest_ends();
		}
		finish();
	}
}

/* What is active, too, is not pending for NPIE: that would not end before the guest does */
static void an_sgi_comes_again_while_it_is_handled(void **state)
{
	(void)state;
	start(1, 1);
	sysreg_write(lr_names[0], 3 | GROUP1 | ACTIVE | PENDING);
	raise_spi(40);
	el2();
	assert_int_equal(PRIV->overflow.count, 1);
	assert_int_equal(m.maintenance, 0);
	sysreg_write(lr_names[0], (lr(0) & ~PENDING) | ACTIVE);
	sysreg_write(lr_names[0], lr(0) & ~ACTIVE);
	el2();
	assert_int_equal(m.maintenance, 1);
	finish();
}

int main(void)
{
	const struct CMUnitTest tests[] = { TEST(all_at_once), TEST(storm),
					    TEST(an_sgi_comes_again_while_it_is_handled) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
