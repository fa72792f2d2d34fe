// SPDX-License-Identifier: GPL-2.0-only
/*
 * What guests, dom0 and the toolstack do beside the extension, as far as its pages can be touched
 * by it.
 */
#include "model.h"

#define BEGUN 16u

struct ref refs[REFS];
uint64_t dom0_maps[MAPS];
static uint64_t dom0_table;		/* the L1 page table that dom0 maps frames by */
/* Mappings whose permission was checked; f.count 0: unused. */
static struct { unsigned int id; struct frames f; } begun[BEGUN];
static uint64_t given_up[256];
uint64_t noted_map[NOTED / 64];
static struct { uint64_t mfn; unsigned int born; } stale[256];
static struct frames hot;		/* RAM that was hot-added */

/* ---- a guest, or the toolstack for it ---- */

static bool acts(unsigned int id)
{
	return id && id < DOMAINS && doms[id].xen && !doms[id].pv &&
	       guest_dying(id) == DOMDYING_ALIVE && !p2m_held(id);
}

static bool is_page(struct leaf leaf) { return leaf.mfn != INVALID_MFN; }

/* Xen gives a reference to it, if somebody asks: what most requests begin with. */
static bool can_refer(struct leaf leaf)
{
	return is_page(leaf) && leaf.type != P2M_MMIO_DIRECT &&
	       info(leaf.mfn)->count_info & PGC_count_mask;
}

static void note(uint64_t mfn) { noted_map[mfn % NOTED / 64] |= 1ull << mfn % 64; }

bool gave_up_find(uint64_t mfn)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(given_up); i++)
		if (given_up[i] == mfn)
			return true;
	return false;
}

void gave_up_forget(uint64_t mfn)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(given_up); i++)
		if (given_up[i] == mfn)
			given_up[i] = 0;
}

static bool gave_up_note(uint64_t mfn)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(given_up); i++)
		if (!given_up[i]) {
			given_up[i] = mfn;
			note(mfn);
			return true;
		}
	return false;
}

static bool unhook(unsigned int id, uint64_t gfn)
{
	uint64_t mfn = p2m_look(id, gfn).mfn;

	if (p2m_put(id, gfn, INVALID_MFN, 0, P2M_INVALID))
		return false;
	*m2p(mfn) = INVALID_M2P;
	return true;
}

bool guest_unhook(unsigned int id, uint64_t gfn)
{
	return acts(id) && can_refer(p2m_look(id, gfn)) && unhook(id, gfn);
}

/* XENMEM_decrease_reservation: out of the map, and the reference that goes with being allocated. */
bool guest_give_up(unsigned int id, uint64_t gfn)
{
	struct leaf leaf;

	if (!acts(id))
		return false;
	leaf = p2m_look(id, gfn);
	if (!can_refer(leaf) ||
	    (is_nvdimm(leaf.mfn) && (gave_up(leaf.mfn) || !gave_up_note(leaf.mfn))))
		return false;
	if (!unhook(id, gfn)) {
		gave_up_forget(leaf.mfn);
		return false;
	}
	info(leaf.mfn)->count_info &= ~PGC_allocated;
	put_page(info(leaf.mfn));
	return true;
}

/*
 * What was there is not the guest's to reach any more. Of RAM it does not matter where it goes:
 * back at once.
 */
bool guest_populate(unsigned int id, uint64_t gfn)
{
	uint64_t mfn;

	if (!acts(id))
		return false;
	if (p2m_look(id, gfn).type == P2M_MMIO_DIRECT)	/* Xen crashes it for that */
		return false;
	if (is_page(p2m_look(id, gfn)) &&
	    !(is_nvdimm(p2m_look(id, gfn).mfn) ? unhook(id, gfn) : guest_give_up(id, gfn)))
		return false;
	mfn = ram_take(doms[id].xen);
	if (!mfn)
		return false;
	if (p2m_put(id, gfn, mfn, 0, P2M_RAM_RW)) {
		info(mfn)->count_info &= ~PGC_allocated;
		put_page(info(mfn));
		return false;
	}
	*m2p(mfn) = gfn;
	return true;
}

/*
 * XENMEM_add_to_physmap of a page of its own: what was at `to` is unhooked if it is special, as
 * ours are, else given up.
 */
bool guest_move(unsigned int id, uint64_t from, uint64_t to)
{
	struct leaf leaf;

	if (!acts(id))
		return false;
	leaf = p2m_look(id, from);
	if (!can_refer(leaf) || p2m_look(id, to).type == P2M_MMIO_DIRECT)
		return false;
	if (from != to && is_page(p2m_look(id, to)) &&
	    !(is_nvdimm(p2m_look(id, to).mfn) ? unhook(id, to) : guest_give_up(id, to)))
		return false;
	/* As writable RAM, whatever it was before. */
	if (!unhook(id, from) || p2m_put(id, to, leaf.mfn, 0, P2M_RAM_RW))
		return false;
	*m2p(leaf.mfn) = to;
	return true;
}

/*
 * Log-dirty, or a device model: Xen would let that one make a read-only page writable, too, which
 * is not done here.
 */
bool guest_retype(unsigned int id, uint64_t gfn, unsigned int type)
{
	struct leaf leaf;

	if (!acts(id))
		return false;
	leaf = p2m_look(id, gfn);
	return is_page(leaf) && leaf.type != P2M_RAM_RO && leaf.type != P2M_MMIO_DIRECT &&
	       !p2m_put(id, gfn, leaf.mfn, 0, type);
}

/* ---- grants, and whatever else takes a reference ---- */

static unsigned int owner_slot(uint64_t mfn)
{
	const struct page_info *pg = info(mfn);

	return pg->owner ? slot_of((struct domain *)(DIRECTMAP_START +
						     ((unsigned long)pg->owner << 12))) :
			   0;
}

bool ref_take(unsigned int id, uint64_t gfn, bool typed)
{
	struct leaf leaf;

	if (!acts(id))
		return false;
	leaf = p2m_look(id, gfn);
	if (!can_refer(leaf) || leaf.type != P2M_RAM_RW || !is_nvdimm(leaf.mfn))
		return false;
	for (unsigned int i = 0; i < REFS; i++)
		if (!refs[i].id) {
			refs[i] = (struct ref){ leaf.mfn, id, typed };
			note(leaf.mfn);
			if (owner_slot(leaf.mfn) != id)
				broken("guest %u maps frame %#lx, which is not its own", id,
				       (unsigned long)leaf.mfn);
			info(leaf.mfn)->count_info++;
			info(leaf.mfn)->type_info += typed;
			return true;
		}
	return false;
}

static bool systems(uint64_t mfn)
{
	return frame_valid(mfn) &&
	       (info(mfn)->owner == ((unsigned long)dom_xen - DIRECTMAP_START) >> 12 ||
		info(mfn)->owner == ((unsigned long)dom_io - DIRECTMAP_START) >> 12);
}

bool system_take(uint64_t mfn)
{
	if (!systems(mfn))
		return false;
	for (unsigned int i = 0; i < REFS; i++)
		if (!refs[i].id) {
			refs[i] = (struct ref){ mfn, SYSTEM_REF, false };
			note(mfn);
			info(mfn)->count_info++;
			return true;
		}
	return false;
}

static void system_drop(uint64_t mfn)
{
	if (!systems(mfn))
		broken("frame %#lx of the M2P, or I/O, was taken away while dom0 maps it",
		       (unsigned long)mfn);
	put_page(info(mfn));
}

void stale_note(uint64_t mfn, unsigned int id)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(stale); i++)
		if (!stale[i].mfn) {
			stale[i].mfn = mfn;
			stale[i].born = doms[id].born;
			return;
		}
	tlb_flushed();	/* some TLB overflowed */
}

void tlb_flushed(void) { memset(stale, 0, sizeof(stale)); }

void stale_check(void)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(stale); i++) {
		uint64_t mfn = stale[i].mfn;

		if (mfn && frame_valid(mfn) &&
		    ((info(mfn)->count_info & PGC_xen_heap && owner_slot(mfn)) || dom0_owns(mfn)) &&
		    doms[owner_slot(mfn)].born != stale[i].born)
			broken("frame %#lx was given away while a TLB still maps it",
			       (unsigned long)mfn);
	}
}

/*
 * A CPU could dirty a line after that, which would be written later over what the new owner wrote.
 */
void stale_uncached(uint64_t mfn)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(stale); i++)
		if (stale[i].mfn == mfn && owner_slot(mfn))
			broken("frame %#lx left the caches while a TLB still maps it",
			       (unsigned long)mfn);
}

bool ref_drop(unsigned int ref)
{
	struct ref r = refs[ref];

	if (!r.id)
		return false;
	if (r.id == SYSTEM_REF) {
		refs[ref].id = 0;
		system_drop(r.mfn);
		return true;
	}
	if (owner_slot(r.mfn) != r.id)
		broken("frame %#lx was taken away while dom0 maps it", (unsigned long)r.mfn);
	refs[ref].id = 0;
	info(r.mfn)->type_info -= r.typed;
	put_page(info(r.mfn));
	stale_note(r.mfn, r.id);
	return true;
}

unsigned int refs_find(uint64_t mfn, bool typed)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < REFS; i++)
		n += refs[i].id && refs[i].mfn == mfn && (refs[i].typed || !typed);
	return n;
}

/* ---- dom0's own mappings of I/O memory, which nobody counts ---- */

static bool map_write(uint64_t mfn)
{
	uint64_t *table = virt(dom0_table);

	for (unsigned int i = 0; i < MAPS; i++)
		if (!dom0_maps[i]) {
			dom0_maps[i] = mfn;
			table[i * 8] = mfn << 12 | 0x67;
			return true;
		}
	return false;
}

/* Where there is page_info it has to say I/O. */
static bool may_map(uint64_t mfn)
{
	return caps_have(0, mfn) &&
	       (!frame_valid(mfn) ||
		info(mfn)->owner == ((unsigned long)dom_io - DIRECTMAP_START) >> 12);
}

/* dom0's own by its page_info: who maps that is counted. */
bool dom0_owns(uint64_t mfn)
{
	return is_nvdimm(mfn) && frame_valid(mfn) &&
	       info(mfn)->owner == ((unsigned long)doms[0].xen - DIRECTMAP_START) >> 12;
}

bool dom0_map(uint64_t mfn)
{
	if (dom0_owns(mfn) && info(mfn)->count_info & PGC_count_mask && map_write(mfn)) {
		note(mfn);
		info(mfn)->count_info++;
		info(mfn)->type_info++;
		return true;
	}
	return may_map(mfn) && map_write(mfn);
}

unsigned int dom0_maps_find(uint64_t mfn)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < MAPS; i++)
		n += dom0_maps[i] == mfn;
	return n;
}

/* XENMEM_decrease_reservation, and MMU_MACHPHYS_UPDATE. */
bool dom0_give_up(uint64_t mfn)
{
	if (!dom0_owns(mfn) || !(info(mfn)->count_info & PGC_allocated) || !gave_up_note(mfn))
		return false;
	info(mfn)->count_info &= ~PGC_allocated;
	put_page(info(mfn));
	return true;
}

bool dom0_m2p(uint64_t mfn, uint64_t gfn)
{
	if (!dom0_owns(mfn) || !(info(mfn)->count_info & PGC_count_mask))
		return false;
	*m2p(mfn) = gfn;
	return true;
}

bool dom0_unmap(unsigned int map)
{
	uint64_t mfn = dom0_maps[map];

	if (!mfn)
		return false;
	if (dom0_owns(mfn)) {
		info(mfn)->type_info--;
		put_page(info(mfn));
	} else if (frame_valid(mfn) &&
		   info(mfn)->owner != ((unsigned long)dom_io - DIRECTMAP_START) >> 12)
		broken("a mapping of frame %#lx is counted out that was never counted in",
		       (unsigned long)mfn);
	((uint64_t *)virt(dom0_table))[map * 8] = 0;
	dom0_maps[map] = 0;
	stale_note(mfn, 0);
	return true;
}

bool iomem_grant(unsigned int id, struct frames f)
{
	if (!id || id >= DOMAINS || !doms[id].xen || guest_dying(id))
		return false;
	for (uint64_t i = 0; i < f.count; i++)
		if (!caps_have(0, f.first + i))
			return false;
	caps_change(id, f, true);
	return true;
}

static bool begin(unsigned int id, struct frames f)
{
	for (unsigned int i = 0; i < BEGUN; i++)
		if (!begun[i].f.count) {
			begun[i].id = id;
			begun[i].f = f;
			return true;
		}
	return false;
}

bool dom0_map_begin(uint64_t mfn)
{
	return may_map(mfn) && begin(0, (struct frames){ mfn, 1 });
}

bool iomem_grant_begin(unsigned int id, struct frames f)
{
	return id && id < DOMAINS && doms[id].xen && !guest_dying(id) && caps_have(0, f.first) &&
	       begin(id, f);
}

/* Their permission was checked long ago. */
void begun_finish(void)
{
	for (unsigned int i = 0; i < BEGUN; i++) {
		if (begun[i].f.count && !begun[i].id)
			map_write(begun[i].f.first);
		else if (begun[i].f.count && doms[begun[i].id].xen)
			caps_change(begun[i].id, begun[i].f, true);
		begun[i].f.count = 0;
	}
}

/* ---- memory hot-add: RAM from the NVDIMM's end to the end of that group ---- */

static void map_heap(unsigned long va, unsigned int flags)
{
	uint64_t mfn = heap_take();

	if (!mfn || map_pages_to_xen(va, mfn, 1, flags))
		broken("no memory to hot-add with");
}

/* Whatever was mapped there before. */
static void hot_table(uint64_t group)
{
	unsigned long va = (unsigned long)info(group << GROUP_ORDER);

	if (destroy_xen_mappings(va, va + (512 << 12)))
		broken("no memory to hot-add with");
	for (unsigned long i = 0; i < 512; i++)
		map_heap(va + (i << 12), 0x800163);
	memset((void *)va, 0xff, 512 << 12);
}

static void hot_m2p(uint64_t gib)
{
	for (unsigned long i = 0; i < 512; i++) {
		unsigned long rw = RW_M2P_START + (gib << 21) + (i << 12),
			      ro = rw - RW_M2P_START + RO_M2P_START;

		map_heap(rw, 0x800163);
		if (map_pages_to_xen(ro, translate(rw), 1, 0x800021 | PTE_USER))
			broken("no memory to hot-add with");
	}
}

/* Xen adds a frame table where the group is not valid, and M2P where it is not mapped. */
bool hot_add(void)
{
	uint64_t first = machine.config.nvdimm.first + machine.config.nvdimm.count,
		 group = first >> GROUP_ORDER;
	uint64_t end = (group + 1) << GROUP_ORDER, pdx_group = to_pdx(first) >> GROUP_ORDER;

	if (hot.count || *xenpf_lock || first & (pfn_hole_mask | 511) || heap_left() < 2048)
		return false;
	if (!frame_valid(first))
		hot_table(group);
	memset(info(first), 0, (end - first) * sizeof(struct page_info));
	hot = (struct frames){ first, end - first };
	if (max_page < end) {
		max_page = end;
		max_pdx = to_pdx(max_page - 1) + 1;
	}
	pdx_group_valid[pdx_group / 64] |= 1ul << pdx_group % 64;
	if (translate(RW_M2P_START + (first >> ORDER_1G << 21)) == INVALID_MFN)
		hot_m2p(first >> ORDER_1G);
	valid_note();
	return true;
}

struct frames hot_frames(void) { return hot; }
bool hot_added(void) { return hot.count; }

void events_boot(void)
{
	memset(refs, 0, sizeof(refs));
	memset(dom0_maps, 0, sizeof(dom0_maps));
	memset(begun, 0, sizeof(begun));
	memset(given_up, 0, sizeof(given_up));
	memset(noted_map, 0, sizeof(noted_map));
	tlb_flushed();
	hot.count = 0;
	dom0_table = ram_take(doms[0].xen);
	info(dom0_table)->count_info = PGC_allocated | 2;
	info(dom0_table)->type_info = PGT_l1_table | PGT_validated | 1;
}
