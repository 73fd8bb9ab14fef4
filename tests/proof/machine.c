// SPDX-License-Identifier: GPL-2.0-only
#include "machine.h"

#define FRAME_DEFINE(n) u64 frame_##n[FRAME_WORDS];
FRAMES(FRAME_DEFINE)
struct machine now;
struct pt pt;

/* The address that TLBs and walks are watched at, and what it may map to */
static struct {
	bool on;
	bool changes;
	u64 ipa;
	struct spec before;
	struct spec after;
} watch;

/* What a CPU may still know of the watched address */
static struct {
	struct spec leaf; /* if it is mapped */
	u64 table[PT_NR_LEVELS]; /* tables on the way there, by level; 0: none */
} tlb;

static const struct pt_geometry geometry[] = { { IPA_BITS, ROOT_LEVEL, 1 } };

#define PERM(n) ((u64)(n) << D_PERM_SHIFT)
#define TYPE(n) ((u64)(n) << D_TYPE_SHIFT)

/* Three levels and wide enough addresses: pt_translate() takes the general way */
static const struct pt_format format = {
	.name = "scaled",
	.geometry = geometry,
	.nr_geometry = 1,
	.max_pa_bits = PA_BITS,
	.pa_mask = D_PA,
	.leaf = D_LEAF,
	.table = D_VALID | D_TABLE_OR_PAGE,
	.leaf_type = { 0, D_VALID | D_LEAF, D_VALID | D_LEAF, D_VALID | D_TABLE_OR_PAGE | D_LEAF },
	.contig = D_CONTIG,
	.perm_mask = PERM(7),
	.perm = { PERM(7), PERM(6), PERM(5), PERM(4), PERM(3), PERM(2), PERM(1), PERM(0) },
	.type_mask = TYPE(3),
	.type = { TYPE(3), TYPE(2), TYPE(1) },
};

static u64 any_bits(void);

static u64 level_size(unsigned int level)
{
	return PAGE_SIZE << PT_INDEX_BITS * (PT_LAST_LEVEL - level);
}

static bool is_leaf(u64 desc, unsigned int level)
{
	return (desc & D_VALID) && (level == PT_LAST_LEVEL || !(desc & D_TABLE_OR_PAGE));
}

static bool is_table(u64 desc, unsigned int level)
{
	return (desc & D_VALID) && level != PT_LAST_LEVEL && (desc & D_TABLE_OR_PAGE);
}

struct spec spec_walk(u64 ipa)
{
	struct spec spec = { 0 };

	for (unsigned int level = ROOT_LEVEL; level <= PT_LAST_LEVEL; level++) {
		u64 size = level_size(level);
		u64 desc = frame_at(spec.table)[ipa / size % PT_ENTRIES];

		spec.level = level;
		if (is_leaf(desc, level)) {
			spec.mapped = true;
			spec.pa = (desc & D_PA) + (ipa & (size - PAGE_SIZE));
			spec.perms = ~(desc >> D_PERM_SHIFT) & 7;
			spec.type = 3 - (desc >> D_TYPE_SHIFT & 3);
			spec.contig = desc & D_CONTIG;
			return spec;
		}
		if (!is_table(desc, level))
			return spec;
		spec.table = frame_of(desc & D_PA);
	}
	return spec;
}

static bool leaf_sound(u64 desc, unsigned int level)
{
	unsigned int perms = ~(desc >> D_PERM_SHIFT) & 7, type = 3 - (desc >> D_TYPE_SHIFT & 3);
	u64 form = D_VALID | D_LEAF | (level == PT_LAST_LEVEL ? D_TABLE_OR_PAGE : 0);
	u64 pa = desc & D_PA;

	return (desc & ~(D_PA | PERM(7) | TYPE(3) | D_CONTIG)) == form && type < PT_NR_TYPES &&
	       (type != PT_DEVICE || !(perms & PT_EXEC)) && pa % level_size(level) == 0 &&
	       pa < PA_END;
}

/* Groups either have no hint, or are contiguous, aligned, and have it everywhere */
static bool group_sound(u64 first, u64 second, unsigned int level)
{
	if (!((first | second) & D_CONTIG))
		return true;
	return (first & D_VALID) && (first & D_LEAF) && second == first + level_size(level) &&
	       (first & D_PA) % (2 * level_size(level)) == 0;
}

static bool table_sound(bool refs[NR_FRAMES], u64 frame, unsigned int level)
{
	const u64 *table = frame_at(frame);
	bool sound = true, empty = true;

	for (unsigned int i = 0; i < PT_ENTRIES; i++) {
		u64 desc = table[i];

		empty &= !desc;
		if (i % 2)
			sound &= group_sound(table[i - 1], desc, level);
		if (is_table(desc, level)) {
			u64 next = frame_of(desc & D_PA);

			sound &= desc ==
				 (FRAMES_PA | next << FRAME_SHIFT | D_VALID | D_TABLE_OR_PAGE);
			if (next >= NR_FRAMES)
				return false;
			sound &= !refs[next];
			refs[next] = true;
			if (level < PT_LAST_LEVEL)
				sound &= table_sound(refs, next, level + 1);
		} else {
			sound &= !desc || leaf_sound(desc, level);
		}
	}
	return sound && (!empty || level == ROOT_LEVEL);
}

bool machine_sound(void)
{
	bool refs[NR_FRAMES] = { true };
	bool sound = table_sound(refs, 0, ROOT_LEVEL);
	unsigned int count = 0;

	for (unsigned int i = 0; i < NR_FRAMES; i++) {
		sound &= refs[i] == now.used[i];
		count += now.used[i];
	}
	return sound && count == pt_pages(&pt);
}

static bool same_place(struct spec a, struct spec b)
{
	return a.mapped == b.mapped && (!a.mapped || (a.pa == b.pa && a.type == b.type));
}

static bool same(struct spec a, struct spec b)
{
	return same_place(a, b) && (!a.mapped || a.perms == b.perms);
}

/*
 * Called between any two steps that others could notice. A walker finds what was
 * or what will be, or a hole where entries are being replaced, and may keep it;
 * it must not find what contradicts what another still keeps.
 */
static void others_walk(void)
{
	struct spec found;

	if (!WATCH || !watch.on)
		return;
	found = spec_walk(watch.ipa);
	PROVE(!found.mapped || same(found, watch.before) || same(found, watch.after),
	      "walkers find what was, what will be, or a hole");
	PROVE(watch.changes || !watch.before.mapped || found.mapped ||
		      watch.before.level != PT_LAST_LEVEL || watch.before.contig,
	      "pages without hint that do not change are never gone");
	PROVE(!found.mapped || !tlb.leaf.mapped ||
		      (same_place(found, tlb.leaf) && found.level == tlb.leaf.level &&
		       found.contig == tlb.leaf.contig),
	      "size, place, type and hint change after an invalidation only");
	if (nondet_bool()) {
		if (found.mapped)
			tlb.leaf = found;
		tlb.table[found.level] = found.table;
	}
}

static void forget(void)
{
	tlb.leaf.mapped = false;
	for (unsigned int i = 0; i < PT_NR_LEVELS; i++)
		tlb.table[i] = 0;
}

static void *op_alloc(void *ctx, unsigned int count)
{
	u64 frame = OLD_TABLES + now.allocs;

	(void)ctx;
	PROVE(count == 1, "operations take frames one by one");
	others_walk();
	if (now.allocs >= now.fail_at)
		return NULL;
	PROVE(now.allocs < NEW_TABLES, "no more frames than the bound of this proof");
	ASSUME(now.allocs < NEW_TABLES);
	now.allocs++;
	now.used[frame] = true;
	return frame_at(frame);
}

static void op_free(void *ctx, void *frames, unsigned int count)
{
	u64 frame = frame_of(frame_pa(frames));

	(void)ctx;
	PROVE(count == 1 && frame && frame < NR_FRAMES && now.used[frame],
	      "what is freed was taken");
	PROVE(frames == frame_at(frame), "frames are freed whole");
	now.used[frame] = false;
	for (unsigned int level = ROOT_LEVEL + 1; level < PT_NR_LEVELS; level++)
		PROVE(tlb.table[level] != frame, "no CPU knows a table that is freed");
	for (unsigned int i = 0; i < PT_ENTRIES; i++)
		((u64 *)frames)[i] = any_bits();
	others_walk();
}

static void op_clean(void *ctx, const void *from, size_t bytes)
{
	(void)ctx;
	PROVE(bytes && bytes % sizeof(u64) == 0 &&
		      __CPROVER_POINTER_OFFSET(from) + bytes <= PAGE_SIZE,
	      "what is cleaned lies in one table");
	others_walk();
}

static void op_barrier(void *ctx)
{
	(void)ctx;
	others_walk();
}

/*
 * A CPU may keep an entry that leads to a table. It goes with the invalidation of any
 * address that it would be used for, not only of the one that it was found by (Arm ARM,
 * TLBI IPAS2E1IS: "would be used to translate the specified IPA").
 */
static void forget_tables(u64 ipa, u64 size)
{
	for (unsigned int level = ROOT_LEVEL + 1; level < PT_NR_LEVELS; level++) {
		u64 span = level_size(level - 1), start = watch.ipa & ~(span - 1);

		if (ipa < start + span && start < ipa + size)
			tlb.table[level] = 0;
	}
}

static void op_range(void *ctx, u16 vmid, ipaddr_t ipa, u64 size, unsigned int level)
{
	(void)ctx;
	PROVE(vmid == pt.vmid, "the VMID is that of the table");
	PROVE(size && ipa.v < IPA_END && size <= IPA_END - ipa.v, "the range has an end");
	others_walk();
	if (!level)
		forget_tables(ipa.v, size);
	if (watch.ipa >= ipa.v && watch.ipa - ipa.v < size && (!level || tlb.leaf.level == level))
		tlb.leaf.mapped = false;
	others_walk();
}

static void op_all(void *ctx, u16 vmid)
{
	(void)ctx;
	PROVE(vmid == pt.vmid, "the VMID is that of the table");
	others_walk();
	forget();
	others_walk();
}

static const struct mm_ops ops = {
	.alloc = op_alloc,
	.free = op_free,
	.clean = op_clean,
	.barrier = op_barrier,
	.tlbi_range = op_range,
	.tlbi_all = op_all,
};

/*
 * Made of its parts, so that the prover knows which bits are never set; the bits of
 * a frame that is free are any of those, and one more.
 */
static u64 any_bits(void)
{
	return (nondet_u64() & (D_VALID | D_TABLE_OR_PAGE | D_LEAF | D_PA | D_CONTIG | PERM(7) |
				TYPE(3) | BIT(63)));
}

static u64 any_leaf(unsigned int level)
{
	u64 form = D_VALID | D_LEAF | (level == PT_LAST_LEVEL ? D_TABLE_OR_PAGE : 0);
	u64 desc = form |
		   (nondet_u64() & ((PA_END - level_size(level)) | D_CONTIG | PERM(7) | TYPE(3)));

	ASSUME(leaf_sound(desc, level));
	return desc;
}

/*
 * SHAPE: what the entries of the root are, a digit each to the base of 3. One proof
 * for each shape is a hundred times faster than one for all: CBMC knows then which
 * table a pointer leads to.
 */
enum kind { KIND_NONE, KIND_LEAF, KIND_TABLE, NR_KINDS };

static unsigned int any_kind(u64 frame, unsigned int index)
{
#ifdef SHAPE
	if (!frame)
		return (index ? SHAPE / NR_KINDS : SHAPE) % NR_KINDS;
#endif
	return nondet_uint();
}

/*
 * Below root entry i stands frame 1 + i, and so on: which frame a table has is
 * of no importance. A table that is not there leaves its frame unused.
 */
static void any_table(u64 frame, unsigned int level, u64 first_child)
{
	u64 *table = frame_at(frame);

	for (unsigned int i = 0; i < PT_ENTRIES; i++) {
		unsigned int kind = any_kind(frame, i);
		u64 child = first_child + i;

		table[i] = 0;
		if (kind == KIND_LEAF)
			table[i] = any_leaf(level);
		if (kind == KIND_TABLE && level < PT_LAST_LEVEL) {
			table[i] = FRAMES_PA | child << FRAME_SHIFT | D_VALID | D_TABLE_OR_PAGE;
			now.used[child] = true;
		}
		if (i % 2)
			ASSUME(group_sound(table[i - 1], table[i], level));
	}
}

static void assume_not_empty(u64 frame)
{
	const u64 *table = frame_at(frame);
	bool any = false;

	for (unsigned int i = 0; i < PT_ENTRIES; i++)
		any |= table[i] != 0;
	ASSUME(any);
}

static void init_pt(void)
{
	pt.fmt = &format;
	pt.phys_to_virt = PHYS_TO_VIRT;
	pt.root = frame_0;
	pt.root_level = ROOT_LEVEL;
	pt.root_shift = PAGE_SHIFT + PT_INDEX_BITS * (PT_LAST_LEVEL - ROOT_LEVEL);
	pt.root_span = BIT(pt.root_shift);
	pt.root_pages = 1;
	pt.root_entries = PT_ENTRIES;
	pt.top = ROOT_LEVEL;
	pt.quick_entries = 0;
	pt.leaf = D_LEAF;
	pt.ipa_bits = IPA_BITS;
	pt.ipa_last = IPA_END - 1;
	pt.pa_last = PA_END - 1;
	pt.vmid = 7;
	pt.contig = true;
	pt.tlbi_max = nondet_u8();
	pt.ops = &ops;
}

void machine_any(u64 ipa)
{
	for (unsigned int n = 0; n < NR_FRAMES; n++)
		for (unsigned int i = 0; i < PT_ENTRIES; i++)
			frame_at(n)[i] = any_bits();
	init_pt();
	now.fail_at = WATCH ? NEW_TABLES : nondet_u8();
	now.used[0] = true;
	any_table(0, ROOT_LEVEL, 1);
	pt.tables = 1;
	for (unsigned int i = 0; i < PT_ENTRIES; i++) {
		if (!now.used[1 + i])
			continue;
		pt.tables++;
		any_table(1 + i, ROOT_LEVEL + 1, 1 + PT_ENTRIES + PT_ENTRIES * i);
		assume_not_empty(1 + i);
	}
	for (unsigned int i = 1 + PT_ENTRIES; i < OLD_TABLES; i++) {
		if (!now.used[i])
			continue;
		pt.tables++;
		any_table(i, ROOT_LEVEL + 2, 0);
		assume_not_empty(i);
	}
	ASSUME(ipa < IPA_END && ipa % PAGE_SIZE == 0);
	watch.ipa = ipa;
}

void watch_begin(bool changes, struct spec after)
{
	watch.changes = changes;
	watch.before = spec_walk(watch.ipa);
	watch.after = after;
	watch.on = true;
	others_walk();
}

void watch_end(void)
{
	struct spec found = spec_walk(watch.ipa);

	PROVE(same(found, watch.after), "afterwards the address maps to what it should");
	PROVE(!tlb.leaf.mapped || same(tlb.leaf, found), "no TLB holds anything else");
	watch.on = false;
}
