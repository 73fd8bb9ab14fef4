// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include <cpu.h>
#include <gicv2.h>
#include <private.h>

#include "gicv2_model.h"

struct gicv2_model hw2;
u32 sgir, nr_sgir, eoir, nr_eoir, dir, nr_dir;
u32 model_lrs = MODEL_LRS;
void (*gicv2_deactivated)(u32 iar);

static struct interface *own(void)
{
	return &hw2.cpu[PRIV->cpu->id];
}

static u32 lines(void)
{
	return 32 * ((kind.typer & 31) + 1);
}

/* One bit for each interrupt; SGIs are always enabled, and pending by other registers */
static u32 access_word(u32 offset, const u32 *value)
{
	u32 n = offset % 0x80 / 4, *bits, settable = ~0u;
	struct interface *me = own();

	if (offset < GICD_ISENABLER || n >= lines() / 32)
		return 0;
	if (offset < GICD_ISPENDR)
		bits = n ? &hw2.enable[n] : &me->enable;
	else if (offset < GICD_ISACTIVER)
		bits = n ? &hw2.pending[n] : &me->pending;
	else
		bits = n ? &hw2.active[n] : &me->active;
	if (!n && offset < GICD_ISACTIVER)
		settable = 0xffff0000;
	if (value && (offset & 0x80))
		*bits &= ~(*value & settable);
	else if (value)
		*bits |= *value & settable;
	return *bits;
}

static u64 access_bytes(u8 *bytes, const u64 *value, u32 size)
{
	u64 read = 0;

	if (value)
		memcpy(bytes, value, size);
	memcpy(&read, bytes, size);
	return read;
}

static u64 access_sgis(u32 offset, const u64 *value, u32 size)
{
	u8 *sgis = &own()->sgis[offset % 16];

	for (u32 i = 0; value && i < size; i++) {
		u8 bits = (u8)(*value >> i * 8);

		/* QEMU then has an SGI that is pending, and ends when it is taken */
		if (!bits && offset >= GICD_SPENDSGIR)
			bus_error("an SGI of nobody", offset, size);
		sgis[i] = offset < GICD_SPENDSGIR ? sgis[i] & ~bits : sgis[i] | bits;
	}
	return access_bytes(sgis, NULL, size);
}

static u32 access_config(u32 n, const u32 *value)
{
	if (value && n < 2)
		bus_error("what all CPUs have in common", GICD_ICFGR, 4);
	if (value && !lock_held)
		bus_error("a write that others may overwrite", GICD_ICFGR, 4);
	if (value)
		hw2.config[n] = n < lines() / 16 ? *value & 0xaaaaaaaa : 0;
	return n ? hw2.config[n] : 0xaaaaaaaa;
}

static u64 access_gicd(u32 offset, const u64 *value, u32 size)
{
	u32 word = value ? (u32)*value : 0, intid = offset % 0x400;
	const u32 *set = value ? &word : NULL;

	if (size != 1 && size != 4)
		bus_error("a width that GICD does not take", offset, size);
	if (offset >= GICD_IPRIORITYR && offset < GICD_ITARGETSR) {
		if (intid >= lines())
			return 0;
		return access_bytes(intid < 32 ? &own()->priority[intid] : &hw2.priority[intid],
				    value, size);
	}
	if (offset >= GICD_ITARGETSR && offset < GICD_ICFGR) {
		if (intid < 32)
			return BIT(PRIV->cpu->id) * 0x01010101 & (size == 1 ? 0xff : ~0u);
		return intid < lines() ? access_bytes(&hw2.targets[intid], value, size) : 0;
	}
	if (offset >= GICD_CPENDSGIR && offset < GICD_SPENDSGIR + 16)
		return access_sgis(offset, value, size);
	if (size != 4)
		bus_error("a register of words", offset, size);
	if (offset >= GICD_IGROUPR && offset < GICD_IPRIORITYR)
		return access_word(offset, set);
	if (offset >= GICD_ICFGR && offset < GICD_ICFGR + 0x100)
		return access_config(offset % 0x100 / 4, set);
	if (offset == GICD_SGIR && value) {
		sgir = word;
		nr_sgir++;
		return 0;
	}
	if (value)
		bus_error("a register of GICD that is not to be written", offset, size);
	switch (offset) {
	case GICD_CTLR:
		return 1;
	case GICD_TYPER:
		return kind.typer;
	case GICD_IIDR:
		return kind.iidr;
	case GICD_V2_PIDR2:
		return 0x2b;
	}
	bus_error("a register of GICD that nobody knows", offset, size);
}

/* Registers that hold what is written */
static u32 *gicc_register(u32 offset)
{
	struct interface *me = own();

	switch (offset) {
	case GICC_CTLR:
		return &me->ctlr;
	case GICC_PMR:
		return &me->pmr;
	case GICC_BPR:
		return &me->bpr;
	case GICC_ABPR:
		return &me->abpr;
	case GICC_RPR:
		return &me->rpr;
	}
	if (offset >= GICC_APR && offset < GICC_APR + 16)
		return &me->apr[offset % 16 / 4];
	if (offset >= GICC_NSAPR && offset < GICC_NSAPR + 16)
		return &me->nsapr[offset % 16 / 4];
	return NULL;
}

static u32 access_gicc(u32 offset, const u32 *value)
{
	u32 *reg = gicc_register(offset);

	if (reg) {
		if (value)
			*reg = *value;
		return *reg;
	}
	if (offset == GICC_IIDR && !value)
		return 2 << 16;
	if (offset == GICC_EOIR && value) {
		eoir = *value;
		nr_eoir++;
		return 0;
	}
	if (offset == GICC_DIR && value) {
		dir = *value;
		nr_dir++;
		if (gicv2_deactivated)
			gicv2_deactivated(dir);
		return 0;
	}
	bus_error("a register of GICC that nobody knows", offset, 4);
}

u32 gicv2_eisr(const struct interface *interface)
{
	u32 ended = 0;

	for (u32 i = 0; i < model_lrs; i++) {
		u32 lr = interface->lr[i];

		if (!(lr & (GICH_LR_PENDING | GICH_LR_ACTIVE | GICH_LR_HW)) && (lr & GICH_LR_EOI))
			ended |= (u32)BIT(i);
	}
	return ended;
}

static u32 access_gich(u32 offset, const u32 *value)
{
	struct interface *me = own();
	u32 *reg = NULL, empty = 0;

	switch (offset) {
	case GICH_HCR:
		reg = &me->hcr;
		break;
	case GICH_VTR:
		return model_lrs - 1;
	case GICH_VMCR:
		reg = &me->vmcr;
		break;
	case GICH_APR:
		reg = &me->vapr;
		break;
	case GICH_EISR:
		return gicv2_eisr(me);
	case GICH_ELRSR:
		for (u32 i = 0; i < model_lrs; i++) {
			bool used = me->lr[i] & (GICH_LR_PENDING | GICH_LR_ACTIVE);

			empty |= used ? 0 : (u32)BIT(i);
		}
		return empty & ~gicv2_eisr(me);
	}
	if (offset >= GICH_LR && offset < GICH_LR + 4 * model_lrs)
		reg = &me->lr[(offset - GICH_LR) / 4];
	if (!reg)
		bus_error("a register of GICH that nobody knows", offset, 4);
	if (value)
		*reg = *value;
	return *reg;
}

u64 gicv2_model_access(u64 pa, const u64 *value, u32 size)
{
	u32 word = value ? (u32)*value : 0;
	const u32 *set = value ? &word : NULL;

	if (pa - GICD_PA < 0x1000)
		return access_gicd((u32)(pa - GICD_PA), value, size);
	if (size != 4)
		bus_error("a width that an interface does not take", pa, size);
	if (pa - GICC_PA < 0x2000)
		return access_gicc((u32)(pa - GICC_PA), set);
	if (pa - GICH_PA < 0x1000)
		return access_gich((u32)(pa - GICH_PA), set);
	if (pa == GICV_PA + GICC_IIDR && !value)
		return 2 << 16;
	bus_error("nothing is there", pa, size);
}
