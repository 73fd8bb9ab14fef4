// SPDX-License-Identifier: GPL-2.0-only
/* System registers that are trapped: sysreg_table.h says what becomes of each. */
#include <cell.h>
#include <direct.h>
#include <gicv3.h>
#include <guest.h>
#include <idregs.h>
#include <syndrome.h>
#include <sysreg.h>
#include <sysreg_table.h>

static struct id_facts facts(void)
{
	u32 pmu = (u32)(read_sysreg(id_aa64dfr0_el1) >> 8 & 15);
	const u64 pauth = HCR_API | HCR_APK;

	return (struct id_facts){
		.gicv3 = cells[ROOT_CELL_ID]->config.system->gic.version == 3,
		.sve = !(read_sysreg(cptr_el2) & CPTR_TZ),
		.pauth = (read_sysreg(hcr_el2) & pauth) == pauth,
		/* 15: one of its own kind, which reset_pmu() does not know */
		.pmu = pmu != 15 && !(read_sysreg(mdcr_el2) & MDCR_TPM),
	};
}

/* An ID register as a cell sees it; of those that do not exist, zero */
static u64 read_id(u32 reg)
{
	struct id_facts f = facts();
	u64 value, most;

	switch (reg) {
#define READ(crm, op2, max)                                  \
	case ID_REG(crm, op2):                               \
		value = read_sysreg(S3_0_C0_C##crm##_##op2); \
		most = (max);                                \
		break;
		ID_REGISTERS(READ)
#undef READ
	default:
		return 0;
	}
	return id_limit(value, most) & ~id_missing(reg, &f);
}

/* Return: false: undefined */
static bool emulate(u32 which, bool read, u64 *value)
{
	switch (trap_action(which)) {
	case TRAP_ZERO:
		if (read)
			*value = 0;
		return true;
	case TRAP_IGNORE:
		return !read;
	case TRAP_ID:
		if (read)
			*value = read_id(ID_REG(ISS_SYSREG_CRM(which), ISS_SYSREG_OP2(which)));
		return read;
	default:
		return false;
	}
}

void guest_sysreg(struct frame *f, u64 esr)
{
	u64 *reg = guest_register(f, ISS_SYSREG_RT(esr));
	u32 which = (u32)esr & ISS_SYSREG_MASK;
	bool read = esr & ISS_SYSREG_READ;

	if (which == ISS_SYSREG(3, 0, 12, 11, 5) && !read) { /* ICC_SGI1R_EL1 */
		COUNT_EXIT(SGI);
		gic_send_sgi(PRIV->cpu->cell, *reg);
		skip_instruction(esr);
		return;
	}
	COUNT_EXIT(SYSREG);
	if (read_sysreg(hcr_el2) & HCR_TVM) {
		/* A CPU of root that has just been turned on */
		if (which != ISS_SYSREG(3, 0, 1, 0, 0) || read || !complete_init_el1(f, esr))
			write_sysreg(hcr_el2, read_sysreg(hcr_el2) & ~HCR_TVM);
		return;
	}
	if ((PRIV->direct && direct_sysreg(which, read, reg)) || emulate(which, read, reg))
		skip_instruction(esr);
	else
		inject_undefined();
}
