// SPDX-License-Identifier: GPL-2.0-only
/*
 * What must hold after each step: takes the state of the model and the extension's own tables, and
 * ends the test where they contradict each other. Every page is in exactly one legal state, every
 * count is exact, no page is in two guests, and no page of metadata is two things.
 */
#include "model.h"
#include "chunk.h"
#include "tables.h"

#define NOBODY		XEN_PMEM_RANGES		/* index of a range: none */
#define RESERVED	(XEN_PMEM_RANGES + 1)

static uint64_t pages_of[DOMAINS][XEN_PMEM_RANGES];
static uint8_t chunk_use[65536];
static uint64_t chunks_seen, frames_seen;

static uint32_t id_of(const struct domain *d) { return ((unsigned long)d - DIRECTMAP_START) >> 12; }
static unsigned long ul(uint64_t n) { return n; }

static void must(bool holds, const char *what, uint64_t mfn)
{
	if (!holds)
		broken("%s: frame %#lx", what, ul(mfn));
}

/* Whose frame it is by the extension's tables, and up to where that is the answer. */
static unsigned int range_of(uint64_t mfn, uint64_t *until)
{
	unsigned int found = NOBODY;

	*until = (mfn | (GROUP_FRAMES - 1)) + 1;
	for (unsigned int i = 0; i <= XEN_PMEM_RANGES; i++) {
		const struct range *r = i == XEN_PMEM_RANGES ? &reserved : &ranges[i];
		uint64_t end = r->frames.first + r->frames.count;

		if (!r->frames.count || mfn >= end)
			continue;
		if (mfn < r->frames.first) {
			*until = *until < r->frames.first ? *until : r->frames.first;
		} else {
			found = !range_proven(r) ? NOBODY : i == XEN_PMEM_RANGES ? RESERVED : i;
			*until = *until < end ? *until : end;
		}
	}
	return found;
}

/* ---- pages ---- */

static bool page_io(const struct page_info *pg, uint64_t mfn)
{
	return pg->owner == id_of(dom_io) && pg->count_info == (PGC_allocated | 1) + refs_to(mfn) &&
	       pg->type_info == (PGT_writable | PGT_validated | 1);
}

static bool page_free(const struct page_info *pg)
{
	return !pg->owner && pg->count_info == PGC_xen_heap && !pg->type_info;
}

static bool page_m2p(const struct page_info *pg, uint64_t mfn)
{
	return pg->owner == id_of(dom_xen) &&
	       pg->count_info == (PGC_allocated | 1) + refs_to(mfn) &&
	       pg->type_info == (PGT_validated | 1);
}

static unsigned int guest_of(const struct page_info *pg)
{
	for (unsigned int i = 1; i < DOMAINS; i++)
		if (doms[i].xen && pg->owner == id_of(doms[i].xen))
			return i;
	return 0;
}

static void check_guest_page(const struct page_info *pg, uint64_t mfn, unsigned int range)
{
	static uint32_t last_owner, last_guest, last_born;
	uint64_t extra = 0, allocated = PGC_allocated | 2;

	if (pg->owner != last_owner || !last_owner || doms[last_guest].born != last_born) {
		last_guest = guest_of(pg);
		must(last_guest, "owned by no domain that is there", mfn);
		last_owner = pg->owner;
		last_born = doms[last_guest].born;
	}
	pages_of[last_guest][range]++;
	if (!(pg->count_info & PGC_count_mask)) {	/* read-only, or uncached */
		must(!pg->type_info && !(pg->count_info & ~PGC_xen_heap) && !refs_to(mfn),
		     "read-only or uncached, and referred to all the same", mfn);
		return;
	}
	if (pg->count_info == (PGC_xen_heap | PGC_allocated | 2) &&
	    pg->type_info == (PGT_writable | PGT_validated | 1))
		return;
	extra = refs_to(mfn);
	if (gave_up(mfn))
		allocated = 1;
	must(pg->count_info == (PGC_xen_heap | allocated) + extra, "wrong count_info", mfn);
	must(pg->type_info == (PGT_writable | PGT_validated | 1) + refs_typed(mfn),
	     "wrong type_info", mfn);
}

static bool hosted(unsigned int range, uint64_t mfn)
{
	return range < NOBODY && mfn - ranges[range].frames.first < ranges[range].hosted;
}

/*
 * dom0's devices are behind an IOMMU whose tables the extension keeps. They reach then what guests
 * have and can grant, and what is or was dom0's own, and else nothing of the NVDIMM.
 */
static bool devices_kept(void)
{
	return machine.config.iommu && !machine.config.iommu_sync && !iommu_hwdom_passthrough;
}

static void check_host_page(const struct page_info *pg, uint64_t mfn)
{
	unsigned int maps = dom0_maps_of(mfn);

	if (gave_up(mfn) && pg->count_info & PGC_allocated)
		gave_up_forget(mfn);	/* it was a guest that did */
	must(pg->count_info == (gave_up(mfn) ? 1 : PGC_allocated | 2) + maps,
	     "dom0's, and a wrong count_info", mfn);
	must(pg->type_info == (PGT_writable | PGT_validated | 1) + maps,
	     "dom0's, and a wrong type_info", mfn);
	must(!devices_kept() || dom0_reaches(mfn), "dom0's, and its devices do not reach it", mfn);
}

static void check_page(const struct page_info *pg, uint64_t mfn, unsigned int range)
{
	if (range == NOBODY)
		must(page_io(pg, mfn), "outside of all ranges, and not I/O", mfn);
	else if (range == RESERVED)
		must(chunk_use[(mfn - reserved.frames.first) / CHUNK_FRAMES] == 'm' ?
			     page_m2p(pg, mfn) || page_free(pg) :
			     page_free(pg),
		     "in the reserved area, and neither free nor M2P", mfn);
	else if (dom0_owns(mfn))
		must(hosted(range, mfn), "dom0's, though it is not to be", mfn),
			check_host_page(pg, mfn);
	else if (!page_free(pg))
		check_guest_page(pg, mfn, range);
	else if (hosted(range, mfn))
		must(false, "free, though it is to be dom0's", mfn);
	else if (gave_up(mfn))
		gave_up_forget(mfn);
	else
		must(!refs_to(mfn), "free, and mapped", mfn);
}

static void check_group_pages(uint64_t group)
{
	uint64_t mfn = group << GROUP_ORDER, end = mfn + GROUP_FRAMES, until;
	struct frames hot = hot_frames();

	frames_seen += GROUP_FRAMES;
	while (mfn < end) {
		unsigned int range = range_of(mfn, &until);

		for (; mfn < until; mfn++)
			if (mfn - hot.first >= hot.count)
				check_page(info(mfn), mfn, range);
	}
}

/* ---- Xen's page tables ---- */

static void chunk_seen(uint64_t mfn, uint64_t count, char use)
{
	uint64_t chunk = (mfn - reserved.frames.first) / CHUNK_FRAMES;

	if (!is_nvdimm(mfn))
		return;		/* boot's, or hot-added: in RAM */
	must(mfn - reserved.frames.first < reserved.frames.count &&
		     !((mfn - reserved.frames.first) % CHUNK_FRAMES) && count == CHUNK_FRAMES,
	     "metadata outside of the reserved area", mfn);
	must(!chunk_use[chunk], "a chunk is two things", mfn);
	chunk_use[chunk] = use;
	chunks_seen++;
}

static void leaf_table(unsigned long va, uint64_t mfn, unsigned int order, uint64_t flags)
{
	(void)va;
	must(flags & PTE_WRITABLE, "a frame table that cannot be written", mfn);
	chunk_seen(mfn, 1ul << order, 't');
}

static void leaf_m2p(unsigned long va, uint64_t mfn, unsigned int order, uint64_t flags)
{
	must(flags & PTE_WRITABLE && translate(va - RW_M2P_START + RO_M2P_START) == mfn,
	     "M2P mapped in one place only", mfn);
	chunk_seen(mfn, 1ul << order, 'm');
}

static void leaf_ro_m2p(unsigned long va, uint64_t mfn, unsigned int order, uint64_t flags)
{
	(void)order;
	must(!(flags & PTE_DIRTY), "read-only M2P mapped as a shadow stack is", mfn);
	must(flags & PTE_USER && !(flags & PTE_WRITABLE) &&
		     translate(va - RO_M2P_START + RW_M2P_START) == mfn,
	     "read-only M2P", mfn);
}

static void leaf_direct(unsigned long va, uint64_t mfn, unsigned int order, uint64_t flags)
{
	uint64_t until, end = mfn + (1ul << order), at;

	must(va == (unsigned long)virt(mfn) && flags & PTE_WRITABLE, "direct map", mfn);
	tops_map(va);
	for (at = mfn; is_nvdimm(at) && at < end; at = until)
		must(range_of(at, &until) != NOBODY || reserved.mapped,
		     "in the direct map, though dom0's", at);
}

static bool table_there(uint64_t group)
{
	uint64_t mfn = translate((unsigned long)info(group << GROUP_ORDER));

	return mfn != INVALID_MFN && is_nvdimm(mfn);
}

/* The frame table of a group on its way out, into which RAM was hot-added. */
static bool table_replaced(void)
{
	struct frames hot = hot_frames();

	return hot.count && group_present(hot.first) && !table_there(hot.first >> GROUP_ORDER);
}

static void check_hot(void)
{
	uint64_t mfn = hot_frames().first;

	if (!hot_frames().count)
		return;
	must(frame_valid(mfn) && translate((unsigned long)info(mfn)) != INVALID_MFN,
	     "hot-added, and without page_info", mfn);
	must(translate((unsigned long)m2p(mfn)) != INVALID_MFN &&
		     translate((unsigned long)m2p(mfn) - RW_M2P_START + RO_M2P_START) !=
			     INVALID_MFN,
	     "hot-added, and without M2P", mfn);
}

static void check_tables(void)
{
	memset(chunk_use, 0, sizeof(chunk_use));
	chunks_seen = 0;
	leaves(FRAMETABLE_START, FRAMETABLE_START + MFN_LIMIT * 32, leaf_table);
	leaves(RW_M2P_START, RW_M2P_START + MFN_LIMIT * 8, leaf_m2p);
	leaves(RO_M2P_START, RO_M2P_START + MFN_LIMIT * 8, leaf_ro_m2p);
	leaves(DIRECTMAP_START, DIRECTMAP_START + (MFN_LIMIT << 12), leaf_direct);
	must(chunks_seen + table_replaced() == chunks_used(),
	     "chunks in use that map nothing, or the other way round", chunks_used());
}

/* What is behind RAM in its last group: Xen takes it for valid once max_page is raised. */
static void check_tail(void)
{
	uint64_t mfn = max_page_at_boot();

	if (hot_added() && translate((unsigned long)info(mfn | (GROUP_FRAMES - 1))) == INVALID_MFN)
		return;		/* it came before RESERVE: Xen itself gives the tail no page_info */
	for (; range_proven(&reserved) && mfn % GROUP_FRAMES; mfn++)
		must(page_io(info(mfn), mfn), "behind RAM, and not I/O", mfn);
}

static void check_groups(void)
{
	const struct frames *n = &machine.config.nvdimm;

	frames_seen = 0;
	for (uint64_t g = n->first >> GROUP_ORDER; g <= (n->first + n->count - 1) >> GROUP_ORDER;
	     g++) {
		uint64_t mfn = g << GROUP_ORDER;

		if (mfn & pfn_hole_mask || (g == hot_frames().first >> GROUP_ORDER &&
					    hot_frames().count && !table_there(g)))
			continue;
		must(table_there(g) == group_present(mfn), "a group that is there, and is not",
		     mfn);
		must(!frame_valid(mfn) || table_there(g), "valid without a frame table", mfn);
		must(!group_live(mfn) || frame_valid(mfn), "live, and not valid", mfn);
		if (table_there(g))
			check_group_pages(g);
	}
}

/* ---- guests ---- */

static void leaf_guest(unsigned int id, uint64_t gfn, struct leaf leaf)
{
	for (uint64_t i = 0; i < 1ul << leaf.order; i++) {
		const struct page_info *pg = info(leaf.mfn + i);

		if (!is_nvdimm(leaf.mfn + i))
			continue;
		must(frame_valid(leaf.mfn + i) && pg->owner == id_of(doms[id].xen),
		     "mapped by a guest that does not own it", leaf.mfn + i);
		must(!gave_up(leaf.mfn + i), "mapped, though given up", leaf.mfn + i);
		must(leaf.type == P2M_RAM_BROKEN ||
			     ((pg->count_info == PGC_xen_heap) == (leaf.type == P2M_RAM_RO) &&
			      !pg->count_info == (leaf.type == P2M_MMIO_DIRECT)),
		     "mapped as another kind than it is", leaf.mfn + i);
		must(*m2p(leaf.mfn + i) == gfn + i, "M2P says otherwise", leaf.mfn + i);
		must(!devices_kept() || !(pg->count_info & PGC_count_mask) ||
			     dom0_reaches(leaf.mfn + i),
		     "a guest can grant it, and dom0's devices do not reach it", leaf.mfn + i);
	}
}

static void check_guests(void)
{
	int32_t held[DOMAINS] = { 0 };

	for (unsigned int i = 0; i < XEN_PMEM_HOLDINGS; i++) {
		const struct holding *h = &holdings[i];

		if (!h->domain)
			continue;
		held[slot_of(h->domain)]++;
		must(h->pages == pages_of[slot_of(h->domain)][h->range - ranges],
		     "a holding counts other pages than there are", h->pages);
		pages_of[slot_of(h->domain)][h->range - ranges] = 0;
	}
	for (unsigned int id = 1; id < DOMAINS; id++) {
		if (!doms[id].xen)
			continue;
		p2m_walk(id, leaf_guest);
		must(guest_refs(id) == held[id] + (guest_dying(id) != DOMDYING_DEAD),
		     "a wrong count of references to a domain", id);
		for (unsigned int r = 0; r < XEN_PMEM_RANGES; r++)
			must(!pages_of[id][r], "a guest has pages and no holding", r);
	}
}

static void check_ranges(void)
{
	for (unsigned int i = 0; i <= XEN_PMEM_RANGES; i++) {
		const struct range *r = i == XEN_PMEM_RANGES ? &reserved : &ranges[i];
		uint64_t sum = 0;

		if (!r->frames.count)
			continue;
		must(!caps_have(0, r->frames.first) &&
			     !caps_have(0, r->frames.first + r->frames.count - 1),
		     "dom0 may map it", r->frames.first);
		for (unsigned int h = 0; h < XEN_PMEM_HOLDINGS; h++)
			sum += holdings[h].domain && holdings[h].range == r ? holdings[h].pages : 0;
		must(sum == r->assigned, "a range counts other pages than its holdings", sum);
		for (unsigned int m = 0; range_proven(r) && m < MAPS; m++)
			must(!dom0_maps[m] || dom0_maps[m] - r->frames.first >= r->frames.count ||
				     dom0_owns(dom0_maps[m]),
			     "mapped by dom0, though served", dom0_maps[m]);
		for (unsigned int id = 1; range_proven(r) && id < DOMAINS; id++)
			must(!doms[id].xen ||
				     (!caps_have(id, r->frames.first) &&
				      !caps_have(id, r->frames.first + r->frames.count - 1)),
			     "another domain may map it", r->frames.first);
	}
}

static void check_devices(void)
{
	unsigned int range = NOBODY;
	uint64_t until = 0;

	must(!iommu_flush_due(), "an I/O TLB was not flushed", 0);
	if (!devices_kept())
		return;
	for (uint64_t mfn = dom0_devices_next(machine.config.nvdimm.first); mfn != INVALID_MFN;
	     mfn = dom0_devices_next(mfn + 1)) {
		if (mfn >= until)
			range = range_of(mfn, &until);
		must(hosted(range, mfn) || (frame_valid(mfn) && guest_of(info(mfn)) &&
					    info(mfn)->count_info & PGC_count_mask),
		     "dom0's devices reach what is no guest's, or cannot be granted", mfn);
	}
}

/* ---- all of it ---- */

void check_all(void)
{
	memset(pages_of, 0, sizeof(pages_of));
	must(!machine.locks, "a lock is held", machine.locks);
	valid_check();
	must(max_pdx == to_pdx(max_page - 1) + 1, "max_pdx does not fit max_page", max_page);
	check_tables();
	check_groups();
	check_hot();
	check_tail();
	check_guests();
	check_ranges();
	check_devices();
	tops_check();
	stale_check();
}

static uint64_t hash;

static void mix(uint64_t word)
{
	hash = (hash ^ word) * 0x100000001b3ull;
	hash ^= hash >> 29;
}

static void mix_leaf(unsigned long va, uint64_t mfn, unsigned int order, uint64_t flags)
{
	mix(va);
	mix(mfn);
	mix(order);
	mix(flags);
}

/* The tail of RAM's last group stays as it is once it is there: see maxpage.c. */
static void mix_table_leaf(unsigned long va, uint64_t mfn, unsigned int order, uint64_t flags)
{
	if (!is_ram(mfn))
		mix_leaf(va, mfn, order, flags);
}

/* A leaf cut into smaller ones says the same. */
static void mix_guest(unsigned int id, uint64_t gfn, struct leaf leaf)
{
	for (uint64_t i = 0; i < 1ul << leaf.order; i++) {
		mix(id << 8 | leaf.type);
		mix(gfn + i);
		mix(leaf.mfn + i);
	}
}

static void mix_frames(struct frames f)
{
	for (uint64_t mfn = f.first; mfn < f.first + f.count; mfn++) {
		mix(info(mfn)->count_info);
		mix(info(mfn)->type_info);
		mix(info(mfn)->owner);
	}
}

static void mix_domains(void)
{
	for (unsigned int id = 0; id < DOMAINS; id++) {
		if (!doms[id].xen)
			continue;
		mix(guest_refs(id));
		mix(caps_digest(id));
		mix(guest_dying(id));
		if (id)
			p2m_walk(id, mix_guest);
	}
}

static void mix_extension(void)
{
	mix(reserved.frames.first);
	mix(reserved.frames.count);
	mix(reserved.state);
	for (unsigned int i = 0; i < XEN_PMEM_RANGES; i++) {
		mix(ranges[i].frames.first);
		mix(ranges[i].frames.count);
		/* How far its proof is, others may have a part in. */
		mix(range_proven(&ranges[i]) ? ranges[i].state : ranges[i].state != RANGE_UNUSED);
		mix(ranges[i].assigned);
		mix(ranges[i].host);
		mix(ranges[i].hosted);
	}
	for (unsigned int i = 0; i < XEN_PMEM_HOLDINGS; i++)
		if (holdings[i].domain) {
			mix(slot_of(holdings[i].domain));
			mix(holdings[i].range - ranges);
			mix(holdings[i].pages);
		}
	mix(chunks_used());
}

/* Of everything that anybody could see, but for which page of the heap a page table is in. */
uint64_t digest(void)
{
	hash = 0xcbf29ce484222325ull;
	if (!chunks_used())	/* it goes down with the last group only */
		mix(max_page);
	for (uint64_t g = 0; g < MFN_LIMIT >> GROUP_ORDER >> 6; g++)
		mix(pdx_group_valid[g]);
	leaves(FRAMETABLE_START, FRAMETABLE_START + MFN_LIMIT * 32, mix_table_leaf);
	leaves(RW_M2P_START, RW_M2P_START + MFN_LIMIT * 8, mix_leaf);
	leaves(RO_M2P_START, RO_M2P_START + MFN_LIMIT * 8, mix_leaf);
	leaves(DIRECTMAP_START, DIRECTMAP_START + (MFN_LIMIT << 12), mix_leaf);
	for (uint64_t mfn = machine.config.nvdimm.first;
	     mfn < machine.config.nvdimm.first + machine.config.nvdimm.count; mfn += GROUP_FRAMES)
		if (frame_valid(mfn))
			mix_frames((struct frames){ mfn & ~(GROUP_FRAMES - 1), GROUP_FRAMES });
	mix_domains();
	mix_extension();
	return hash;
}
