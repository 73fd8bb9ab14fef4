// SPDX-License-Identifier: GPL-2.0-only
/* The external abort for an address that nobody has, as EL1 sees it. */
#include "abort.h"
#include "check.h"

/* On QEMU's machine "virt" there is nothing either */
#define NOBODYS 0x0b000040

#define ESR_ISS(esr) ((esr)&0x1ffffff)
#define ISS_FSC 0x3f
#define ISS_WNR (1 << 6)
#define FSC_EXTERNAL 0x10

#define SPSR_NZCV 0xf0000000
#define SPSR_MODE 0xf
#define NZCV_EQUAL 0x60000000

static const struct place {
	enum abort_place place;
	const char *name;
	uint32_t vector, mode;
	bool same_el;
} places[] = {
	{ FROM_EL1H, "el1h", 4, 5, true },
	{ FROM_EL1T, "el1t", 0, 4, true },
	{ FROM_EL1H_FLAT, "el1h, mmu off", 4, 5, true },
	{ FROM_EL0_FLAT, "el0", 8, 0, false },
};

static const struct form {
	enum abort_form form;
	const char *name;
	bool write, fetch;
} forms[] = {
	{ ABORT_LOAD, "load", false, false },
	{ ABORT_STORE, "store", true, false },
	{ ABORT_LOAD_BYTE, "byte load", false, false },
	{ ABORT_STORE_PAIR, "pair store", true, false },
	{ ABORT_FETCH, "fetch", false, true },
};

static void check_one(const struct place *p, const struct form *f)
{
	struct abort_state s = { 0 };
	uint32_t ec = f->fetch ? 0x20 : 0x24;

	printf("# abort of a %s from %s\n", f->name, p->name);
	abort_probe(p->place, f->form, NOBODYS, &s);
	check_equal(s.vector, p->vector, "abort vector");
	check_equal(ESR_EC(s.esr), ec + p->same_el, "abort class");
	check_equal(s.esr >> 25 & 1, 1, "abort il");
	check_equal(s.esr & ISS_FSC, FSC_EXTERNAL, "abort status code");
	check_equal(s.esr & ISS_WNR, f->write ? ISS_WNR : 0, "abort write");
	show(ESR_ISS(s.esr), "abort iss");
	check_equal(s.far, NOBODYS, "abort far");
	check_equal(s.elr, 0, "abort elr");
	check_equal(s.spsr & SPSR_MODE, p->mode, "abort spsr mode");
	check_equal(s.spsr & SPSR_NZCV, NZCV_EQUAL, "abort spsr flags");
	show(s.spsr, "abort spsr");
	check_equal(s.daif, 0x3c0, "abort daif");
	check_equal(s.spsel, 1, "abort spsel");
}

void check_aborts(void)
{
	if (mmu_map(NOBODYS, 4096, GUEST_DEVICE))
		guest_fail("no table");
	for (unsigned int p = 0; p < sizeof(places) / sizeof(places[0]); p++) {
		for (unsigned int f = 0; f < sizeof(forms) / sizeof(forms[0]); f++) {
			/* Stage 1 has devices not executable */
			if (!forms[f].fetch || p >= 2)
				check_one(&places[p], &forms[f]);
		}
	}
}
