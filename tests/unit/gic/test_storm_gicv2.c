// SPDX-License-Identifier: GPL-2.0-only
/*
 * As test_storm.c, with a GICv2 (IHI 0048, 5): SPIs and SGIs of two senders, more than
 * there are list registers. It is QEMU's, too, which forgets to look at what is pending
 * when a guest ends an interrupt (ERRATUM_GICV2_LEVEL).
 */
#include <gicv2.h>

#include "gicv2_model.h"
#include "machine.h"

#define CPU 2 /* of cell 1 */
#define SIBLING 3
#define FIRST 32
#define LAST 1019
#define NR_SPIS (LAST + 1 - FIRST)
#define NR_SGIS 16
#define IDLE 0x100 /* lower than all priorities */
#define STATE (GICH_LR_PENDING | GICH_LR_ACTIVE)

static struct {
	bool pending[LAST + 1]; /* SPIs in the distributor */
	bool active[LAST + 1];
	u8 senders[NR_SGIS]; /* SGIs that the guest was sent and has not acknowledged */
	u8 priority[LAST + 1];
	u32 raised[LAST + 1]; /* how often it became pending */
	u32 handled[LAST + 1];
	u32 mask; /* the guest's GICC_PMR */
	u32 running[64]; /* interrupts that the guest is handling, the last one first */
	u32 depth;
	u32 maintenance; /* how often that interrupt was taken */
	bool qemu;
	bool unseen; /* QEMU has not looked since something has become pending */
} m;

static struct interface *me(void)
{
	return &hw2.cpu[CPU];
}

static u32 random_below(u32 n)
{
	return (u32)(random_word() >> 33) % n;
}

/* Those of the guest: not the one that is there for QEMU */
static u32 lr(u32 n)
{
	assert_true(n < PRIV->nr_lrs);
	return me()->lr[n];
}

static bool is_pending(u32 value)
{
	return (value & STATE) == GICH_LR_PENDING;
}

/* The level of the maintenance interrupt (GICH_MISR) */
static bool maintenance_level(void)
{
	u32 used = 0, pending = 0, hcr = me()->hcr;

	assert_false(hcr & ~(GICH_HCR_EN | GICH_HCR_NPIE | (m.qemu ? GICH_HCR_UIE : 0)));
	for (u32 n = 0; n < model_lrs; n++) {
		used += me()->lr[n] & STATE ? 1 : 0;
		pending += is_pending(me()->lr[n]) ? 1 : 0;
	}
	return (hcr & GICH_HCR_EN) && (gicv2_eisr(me()) || ((hcr & GICH_HCR_NPIE) && !pending) ||
				       ((hcr & GICH_HCR_UIE) && used < 2));
}

/* The hypervisor ends a physical interrupt whose virtual one had no link to it */
static void deactivated(u32 iar)
{
	m.unseen = false;
	if (iar == MAINTENANCE || GICC_IAR_INTID(iar) == KICK_SGI)
		return;
	assert_true(iar >= FIRST && iar <= LAST && m.active[iar]);
	m.active[iar] = false;
}

static void raise_spi(u32 intid)
{
	if (!m.pending[intid])
		m.raised[intid]++;
	m.pending[intid] = true;
	m.unseen = false;
}

static void send_sgi(u32 sender, u32 intid)
{
	if (!(m.senders[intid] & BIT(sender)))
		m.raised[intid]++;
	m.senders[intid] |= (u8)BIT(sender);
	store(sender, GICD(GICD_SGIR), 4, BIT(CPU) << 16 | intid);
	on_cpu(CPU);
}

/* The most urgent one that the distributor would signal, or 0 */
static u32 signalled(void)
{
	u32 best = 0;

	for (u32 i = FIRST; i <= LAST && !m.unseen; i++) {
		if (m.pending[i] && !m.active[i] && (!best || m.priority[i] < m.priority[best]))
			best = i;
	}
	return best;
}

/* guest_irq_gicv2_entry in guest_irq.S: the shortest way, and what it leaves to C */
static void take(u32 intid)
{
	u32 empty = mmio_read32((u8 *)VA_GICH + GICH_ELRSR);
	bool is_spi = intid >= FIRST && intid <= LAST;

	m.unseen = false;
	me()->rpr = is_spi ? m.priority[intid] : 0;
	if (is_spi) {
		assert_true(m.pending[intid] && !m.active[intid]);
		m.pending[intid] = false;
		m.active[intid] = true;
	}
	if (!is_spi || !empty || PRIV->overflow.count)
		guest_irq_gicv2(intid);
	else
		me()->lr[__builtin_ctz(empty)] = gicv2_lr(intid, m.priority[intid]);
}

/* Interrupts are taken to EL2 before the guest gets any further */
static void el2(void)
{
	u32 intid, rounds = 0;

	do {
		if (nr_sgir) {
			nr_sgir = 0;
			intid = KICK_SGI;
		} else if (maintenance_level() && (me()->enable & BIT(MAINTENANCE))) {
			m.maintenance++;
			intid = MAINTENANCE;
		} else {
			intid = signalled();
		}
		if (intid)
			take(intid);
		assert_true(rounds++ < 4 * NR_SPIS); /* no livelock */
	} while (intid);
}

static u32 running_priority(void)
{
	return m.depth ? m.priority[m.running[m.depth - 1]] : IDLE;
}

static bool is_handled(u32 intid)
{
	bool handled = false;

	for (u32 i = 0; i < m.depth; i++)
		handled |= m.running[i] == intid;
	return handled;
}

/* The list register that the guest is signalled, or -1 */
static int virtual_signalled(void)
{
	int best = -1;

	for (u32 n = 0; n < PRIV->nr_lrs; n++) {
		u32 priority = GICH_LR_PRIORITY(lr(n));

		if (is_pending(lr(n)) && priority < m.mask && priority < running_priority() &&
		    (best < 0 || priority < GICH_LR_PRIORITY(lr((u32)best))))
			best = (int)n;
	}
	return best;
}

/* What a guest's load and store at GICV do; their effect on the level QEMU looks at */
static bool changed_lr(u32 n, u32 value)
{
	bool level = maintenance_level();

	me()->lr[n] = value;
	if (level != maintenance_level())
		m.unseen = false;
	return true;
}

static bool guest_acknowledges(void)
{
	int n = virtual_signalled();
	u32 value, intid;

	if (n < 0 || m.depth == ARRAY_SIZE(m.running))
		return false;
	value = lr((u32)n);
	intid = GICH_LR_INTID(value);
	assert_int_equal(GICH_LR_PRIORITY(value), m.priority[intid]);
	assert_false(is_handled(intid));
	if (intid < NR_SGIS) {
		assert_true(m.senders[intid] & BIT(GICH_LR_SOURCE(value)));
		m.senders[intid] &= (u8)~BIT(GICH_LR_SOURCE(value));
	} else {
		assert_true(m.active[intid]);
	}
	m.running[m.depth++] = intid;
	m.handled[intid]++;
	return changed_lr((u32)n, (value & ~GICH_LR_PENDING) | GICH_LR_ACTIVE);
}

/* End of interrupt: the HW bit ends the physical one, too; else EL2 must do that */
static bool guest_ends(void)
{
	u32 intid;

	if (!m.depth)
		return false;
	intid = m.running[--m.depth];
	for (u32 n = 0; n < PRIV->nr_lrs; n++) {
		if (GICH_LR_INTID(lr(n)) != intid || !(lr(n) & GICH_LR_ACTIVE))
			continue;
		if (lr(n) & GICH_LR_HW) {
			assert_int_equal((lr(n) & GICH_LR_PINTID) >> GICH_LR_PINTID_SHIFT, intid);
			m.active[intid] = false;
			m.unseen = m.qemu;
		}
		return changed_lr(n, lr(n) & ~GICH_LR_ACTIVE);
	}
	fail_msg("no list register has %u, which the guest ends", intid);
	return false;
}

/* The most urgent one that hardware would have signalled to a guest of its own */
static u32 most_urgent(void)
{
	u32 best = IDLE;

	for (u32 i = 0; i <= LAST; i++) {
		bool waits = i < NR_SGIS ? m.senders[i] : m.active[i];

		if (waits && m.priority[i] < best && !is_handled(i))
			best = m.priority[i];
	}
	return best;
}

/* As in test_storm.c */
static void nothing_urgent_waits(void)
{
	u32 urgent = most_urgent();
	int n = virtual_signalled();

	if (urgent >= m.mask || urgent >= running_priority() || m.depth == PRIV->nr_lrs)
		return;
	if (n < 0 || GICH_LR_PRIORITY(lr((u32)n)) != urgent)
		fail_msg("the guest is not told of priority 0x%x", urgent);
}

static void start(u32 nr_lrs, u64 seed, bool qemu)
{
	memset(&m, 0, sizeof(m));
	m.qemu = qemu;
	m.mask = IDLE;
	/* QEMU's costs one */
	model_lrs = nr_lrs + qemu;
	gicv2_deactivated = NULL;
	machine_start_gicv2_of(qemu ? GICD_IIDR_QEMU : MODEL_IIDR);
	gicv2_deactivated = deactivated;
	on_cpu(CPU);
	assert_int_equal(PRIV->nr_lrs, nr_lrs);
	memset(cells[1]->spis, 0xff, sizeof(cells[1]->spis));
	random_state = seed;
	nr_sgir = 0;
}

static void set_priorities(u32 levels)
{
	for (u32 i = 0; i <= LAST; i++)
		m.priority[i] = (u8)(random_below(levels) * (256 / levels));
	for (u32 i = 0; i < NR_SGIS; i++)
		store(CPU, GICD(GICD_IPRIORITYR + i), 1, m.priority[i]);
}

static void finish(void)
{
	u32 watcher = m.qemu ? me()->lr[PRIV->nr_lrs] : 0;

	m.mask = IDLE;
	do {
		el2();
		nothing_urgent_waits();
	} while (guest_acknowledges() || guest_ends());
	for (u32 i = 0; i <= LAST; i++) {
		if (m.handled[i] != m.raised[i] || m.active[i] || m.pending[i])
			fail_msg("%u: raised %u times, handled %u times", i, m.raised[i],
				 m.handled[i]);
	}
	assert_int_equal(PRIV->overflow.count, 0);
	assert_int_equal(me()->hcr, GICH_HCR_EN | (m.qemu ? GICH_HCR_UIE : 0));
	assert_int_equal(!(me()->enable & BIT(MAINTENANCE)), m.qemu);
	assert_int_equal(watcher & STATE, m.qemu ? GICH_LR_ACTIVE : 0);
}

/* Every SPI that a GIC can have, all at the same moment */
static void all_at_once(void **state)
{
	(void)state;
	for (u32 i = 0; i < 10; i++) {
		u32 nr_lrs = 1u << i / 2;
		bool qemu = i % 2;

		if (nr_lrs + qemu > MAX_LRS)
			continue;
		start(nr_lrs, nr_lrs, qemu);
		set_priorities(16);
		for (u32 spi = FIRST; spi <= LAST; spi++)
			raise_spi(spi);
		finish();
		/* A visit fills all but the one in use; a single one is asked for its end, too */
		assert_true(m.maintenance <= (nr_lrs > 1 ? NR_SPIS / (nr_lrs - 1) : 2 * NR_SPIS));
	}
}

/* Devices and senders that go on, a guest that masks, nests, and ends one after the other */
static void storm(void **state)
{
	(void)state;
	for (u64 seed = 1; seed <= 100; seed++) {
		bool few = !(seed % 3); /* which then nest in all list registers */
		u32 busy = 1 + random_below(few ? 4 : 64);
		u32 devices = 1 + random_below(few ? 8 : NR_SPIS - 1);
		u32 sgis = few ? 2 : NR_SGIS;

		start(1 + random_below(few ? 3 : MAX_LRS - 1), seed, seed % 2);
		set_priorities(8);
		for (u32 step = 0; step < 3000; step++) {
			for (u32 i = random_below(busy); i; i--)
				raise_spi(FIRST + random_below(devices));
			if (!random_below(few ? 2 : 4))
				send_sgi(random_below(2) ? CPU : SIBLING, random_below(sgis));
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

/* One SPI at a time, which comes again before it ends: nothing else makes QEMU look */
static void each_comes_again(void **state)
{
	(void)state;
	for (u32 nr_lrs = 1; nr_lrs < MAX_LRS; nr_lrs++) {
		start(nr_lrs, nr_lrs, true);
		set_priorities(8);
		for (u32 i = 0; i < 100; i++) {
			raise_spi(FIRST + i);
			el2();
			assert_true(guest_acknowledges());
			raise_spi(FIRST + i);
			el2();
			assert_true(guest_ends());
			el2();
			assert_true(guest_acknowledges() && guest_ends());
		}
		assert_int_equal(m.maintenance, 0);
		finish();
	}
}

static int end(void **state)
{
	(void)state;
	model_lrs = MODEL_LRS;
	gicv2_deactivated = NULL;
	return 0;
}

#define STORM(name) cmocka_unit_test_teardown(name, end)

int main(void)
{
	const struct CMUnitTest tests[] = { STORM(all_at_once), STORM(storm),
					    STORM(each_comes_again) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
