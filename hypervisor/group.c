// SPDX-License-Identifier: GPL-2.0-only
/*
 * Metadata of 256 MiB groups: takes chunks of the reserved area, makes of them a group's frame table and a GiB's
 * M2P when the first page of the group is assigned, and takes them back with the last.
 *
 *   NONE -build-> LIVE -last page out-> CLOSING -grace begins-> WAITING -grace over-> GONE -unmapped-> NONE
 *                  ^-------------------------'-------------------'----------------' (needed again)
 *
 * A CPU that looked at pdx_group_valid before the bit went may still read the page_infos until the grace is over.
 */
#include "extension.h"

#define UNMAPS_PER_CALL	16u

enum { NONE, LIVE, CLOSING, WAITING, GONE };

static uint8_t group_state[GROUPS];
static uint32_t group_used[GROUPS];	/* pages that guests have, those of host ranges, and pages of M2P */
static uint32_t group_lent[GROUPS];	/* pages that guests have */
static uint16_t group_chunk[GROUPS];
static uint16_t m2p_chunk[GIBS];	/* 1 + chunk; 0: none of ours */
static uint64_t used_pages;		/* guests' and host ranges', of all groups */
static uint32_t leaving;		/* groups in CLOSING, WAITING or GONE */

static uint64_t waiting_grace;		/* ticket of those in WAITING; 0: none are */
static bool homes_closed;		/* groups_close() has begun: M2P chunks are let go by it alone */

static struct frames group_frames(uint64_t group) { return (struct frames){ group << GROUP_ORDER, GROUP_FRAMES }; }

bool group_live(uint64_t mfn) { return group_state[mfn >> GROUP_ORDER] == LIVE; }
bool group_present(uint64_t mfn) { return group_state[mfn >> GROUP_ORDER] != NONE; }
bool groups_settled(void) { return !leaving && grace_idle(); }

/*
 * Memory hot-add adds RAM to a group or a GiB at any time: page_info where the group is not valid, M2P where none is
 * mapped, and then the group's bit, which it does not set atomically. It does all of that under this lock. So each
 * decision here about what is valid, and the change of tables that follows from it, are made under it too.
 */
static void xen_lock(void) { _spin_lock(xenpf_lock); }
static void xen_unlock(void) { _spin_unlock(xenpf_lock); }

static int hot_added_refuse(void) { return REFUSE(EBUSY, "memory was hot-added into the same 256 MiB group"); }

static void group_valid_set(uint64_t mfn, bool valid)
{
	uint64_t n = mfn_to_pdx(mfn) >> GROUP_ORDER;

	if (valid)
		__atomic_or_fetch(&pdx_group_valid[n / 64], 1ul << n % 64, __ATOMIC_SEQ_CST);
	else
		__atomic_and_fetch(&pdx_group_valid[n / 64], ~(1ul << n % 64), __ATOMIC_SEQ_CST);
}

/* Whether RAM was hot-added into a group that is not live. */
static bool group_others(uint64_t group) { return group_state[group] != LIVE && group_valid(group << GROUP_ORDER); }

static bool frame_served(uint64_t mfn)
{
	struct frames f = { mfn, 1 };
	uint32_t i;

	for (i = 0; i < XEN_PMEM_RANGES; i++)
		if (frames_intersect(f, ranges[i].frames).count)
			return true;
	return frames_intersect(f, reserved.frames).count;
}

/*
 * Whether RAM was hot-added into a live group: Xen then uses page_infos of ours for it. RAM comes in whole 2 MiB, so
 * one frame of each is looked at; what is not served is I/O as long as it is not RAM.
 */
static bool group_shared(uint64_t group)
{
	struct frames f = group_frames(group);
	uint64_t mfn;

	for (mfn = f.first; mfn < f.first + f.count; mfn += 1u << ORDER_2M)
		if (!frame_served(mfn) && page_owner(mfn_to_page(mfn)) != dom_io)
			return true;
	return false;
}

/* ---- the M2P of one GiB ---- */

static unsigned long m2p_va(unsigned long start, uint64_t gib) { return start + (gib << 21); }

static int m2p_map(uint64_t gib, uint32_t chunk)
{
	int rc;

	rc = map_frames(m2p_va(RW_M2P_START, gib), chunk_mfn(chunk), CHUNK_FRAMES, MAP_RW);
	if (rc)
		return rc;
	rc = map_frames(m2p_va(RO_M2P_START, gib), chunk_mfn(chunk), CHUNK_FRAMES, MAP_RO);
	if (rc) {
		unmap_frames(m2p_va(RW_M2P_START, gib), CHUNK_FRAMES);
		return rc;
	}
	map_allow_user(m2p_va(RO_M2P_START, gib));
	return 0;
}

static void m2p_pages_share(uint32_t chunk)
{
	uint32_t i;

	if (group_present(chunk_mfn(chunk)))
		for (i = 0; i < CHUNK_FRAMES; i++)
			page_free_to_m2p(mfn_to_page(chunk_mfn(chunk) + i));
}

static bool m2p_there(uint64_t gib)
{
	unsigned int order;

	return pte_of(m2p_va(RW_M2P_START, gib), &order);
}

/* Unless hot-add was first. */
static int m2p_add(uint64_t gib, uint32_t chunk)
{
	int rc = 0;

	xen_lock();
	if (!m2p_there(gib)) {
		rc = m2p_map(gib, chunk);
		m2p_chunk[gib] = rc ? 0 : chunk + 1;
	}
	xen_unlock();
	return rc;
}

static int m2p_prepare(uint64_t gib)
{
	int chunk, rc;

	if (m2p_there(gib))
		return 0;
	chunk = chunk_take(true);
	if (chunk < 0)
		return chunk;
	memset(mfn_to_virt(chunk_mfn(chunk)), 0xff, CHUNK_FRAMES << 12);
	work += CHUNK_FRAMES;
	rc = m2p_add(gib, chunk);
	if (!m2p_chunk[gib]) {
		chunk_give(chunk);
		return rc;
	}
	group_used[chunk_mfn(chunk) >> GROUP_ORDER] += CHUNK_FRAMES;
	m2p_pages_share(chunk);
	return 0;
}

/* All of the chunk's pages back from dom0's reach, or none. */
static bool m2p_pages_unshare(uint32_t chunk)
{
	uint32_t i;

	if (!group_present(chunk_mfn(chunk)))
		return true;
	for (i = 0; i < CHUNK_FRAMES; i++)
		if (!page_m2p_to_free(mfn_to_page(chunk_mfn(chunk) + i)))
			break;
	if (i == CHUNK_FRAMES)
		return true;
	while (i--)
		page_free_to_m2p(mfn_to_page(chunk_mfn(chunk) + i));
	return false;
}

static bool m2p_needed(uint64_t gib)
{
	uint64_t first = gib << (ORDER_1G - GROUP_ORDER), i;

	for (i = 0; i < 1u << (ORDER_1G - GROUP_ORDER); i++)
		if (group_state[first + i] != NONE || group_valid((first + i) << GROUP_ORDER))
			return true;	/* ours, or memory that was hot-added since */
	return false;
}

static int m2p_unmap(uint64_t gib)
{
	int rc = unmap_frames(m2p_va(RO_M2P_START, gib), CHUNK_FRAMES);

	return rc ? rc : unmap_frames(m2p_va(RW_M2P_START, gib), CHUNK_FRAMES);
}

/* The last look whether it is needed, and its end. */
static int m2p_drop(uint64_t gib)
{
	int rc;

	xen_lock();
	rc = m2p_needed(gib) ? hot_added_refuse() : m2p_unmap(gib);
	xen_unlock();
	if (rc)
		return rc;
	chunk_give(m2p_chunk[gib] - 1);
	m2p_chunk[gib] = 0;
	return 0;
}

static void group_close_if_unused(uint64_t group)
{
	if (group_used[group] || group_state[group] != LIVE)
		return;
	xen_lock();
	if (!group_shared(group)) {
		group_valid_set(group << GROUP_ORDER, false);
		group_state[group] = CLOSING;
		leaving++;
	}
	xen_unlock();
}

static void group_uncount(uint64_t mfn, uint64_t pages)
{
	group_used[mfn >> GROUP_ORDER] -= pages;
	group_close_if_unused(mfn >> GROUP_ORDER);
}

static void m2p_settle(uint64_t gib)
{
	uint32_t chunk = m2p_chunk[gib] - 1;

	if (homes_closed || !m2p_chunk[gib] || m2p_needed(gib) || !m2p_pages_unshare(chunk))
		return;
	if (m2p_drop(gib))
		m2p_pages_share(chunk);
	else
		group_uncount(chunk_mfn(chunk), CHUNK_FRAMES);
}

/* ---- the frame table of one group ---- */

static void pages_init(struct page_info *pages, struct frames group, struct frames f, void (*init)(struct page_info *))
{
	struct frames part = frames_intersect(group, f);
	uint64_t i;

	for (i = 0; i < part.count; i++)
		init(&pages[part.first - group.first + i]);
}

static void group_init(struct page_info *pages, struct frames group)
{
	uint32_t i;

	pages_init(pages, group, group, page_init_io);
	pages_init(pages, group, reserved.frames, page_init_free);
	for (i = 0; i < XEN_PMEM_RANGES; i++)
		if (ranges[i].state == XEN_PMEM_RANGE_SERVED)
			pages_init(pages, group, ranges[i].frames, page_init_free);
	for (i = 0; i < chunks_total() && chunk_mfn(i) < group.first + group.count; i++)
		if (chunk_holds_m2p(i))
			pages_init(pages, group, (struct frames){ chunk_mfn(i), CHUNK_FRAMES }, page_init_m2p);
	work += GROUP_FRAMES;
}

/* max_page first: with the bit set, it is what keeps others from a group that is not there yet. */
static void group_publish(uint64_t group, uint32_t chunk)
{
	struct frames f = group_frames(group);

	group_chunk[group] = chunk;
	group_state[group] = LIVE;
	max_page_raise(f.first + f.count);
	group_valid_set(f.first, true);
}

static int group_map(uint64_t group, uint32_t chunk)
{
	unsigned long va = (unsigned long)mfn_to_page(group << GROUP_ORDER);
	int rc;

	xen_lock();
	rc = group_others(group) ? hot_added_refuse() : map_frames(va, chunk_mfn(chunk), CHUNK_FRAMES, MAP_RW);
	if (!rc)
		group_publish(group, chunk);
	xen_unlock();
	return rc;
}

static int group_build(uint64_t group)
{
	struct frames f = group_frames(group);
	int chunk, rc;

	if (group_others(group))
		return hot_added_refuse();
	if (work > WORK_LIMIT / 4)
		return MORE;
	rc = m2p_prepare(f.first >> ORDER_1G);
	if (rc)
		return rc;
	chunk = chunk_take(false);
	if (chunk < 0)
		return chunk;
	group_init(mfn_to_virt(chunk_mfn(chunk)), f);
	rc = group_map(group, chunk);
	if (rc)
		chunk_give(chunk);
	return rc;
}

static int group_revive(uint64_t group)
{
	int rc;

	xen_lock();
	rc = group_others(group) ? hot_added_refuse() : 0;
	if (!rc) {
		group_state[group] = LIVE;
		leaving--;
		group_valid_set(group << GROUP_ORDER, true);
	}
	xen_unlock();
	return rc;
}

static int group_ensure(uint64_t group)
{
	if (group_state[group] == LIVE)
		return 0;
	return group_state[group] == NONE ? group_build(group) : group_revive(group);
}

/* dom0 may map the M2P (xl save of a PV guest does), so the pages that hold it need page_info themselves. */
static int m2p_homes_ensure(void)
{
	uint32_t i, before;
	int rc;

	do {
		before = chunks_used();
		for (i = 0; i < chunks_total(); i++) {
			if (!chunk_holds_m2p(i))
				continue;
			rc = group_ensure(chunk_mfn(i) >> GROUP_ORDER);
			if (rc)
				return rc;
		}
	} while (chunks_used() != before);	/* a home's own M2P took a chunk, whose home may come before */
	return 0;
}

int group_prepare(uint64_t mfn)
{
	uint64_t group = mfn >> GROUP_ORDER;
	int rc;

	if (homes_closed && groups_close())
		return REFUSE(EAGAIN, "metadata are on their way out");
	if (group_state[group] == LIVE)
		return 0;
	rc = m2p_prepare(mfn >> ORDER_1G);
	if (!rc)
		rc = m2p_homes_ensure();
	return rc ? rc : group_ensure(group);
}

/* ---- and its way back ---- */

static uint32_t groups_move(uint8_t from, uint8_t to)
{
	uint32_t g, moved = 0;

	for (g = 0; g < GROUPS; g++)
		if (group_state[g] == from) {
			group_state[g] = to;
			moved++;
		}
	return moved;
}

void group_use(uint64_t mfn, uint64_t pages)
{
	group_used[mfn >> GROUP_ORDER] += pages;
	used_pages += pages;
}

void group_unuse(uint64_t mfn, uint64_t pages)
{
	used_pages -= pages;
	group_uncount(mfn, pages);
}

void group_lend(uint64_t mfn, int64_t pages) { group_lent[mfn >> GROUP_ORDER] += pages; }
bool group_lends(uint64_t mfn) { return group_lent[mfn >> GROUP_ORDER]; }

/* Hot-add has put a frame table of its own in place of one on its way out. */
static int group_unmap(uint64_t group)
{
	int rc;

	xen_lock();
	rc = group_others(group) ? 0 : unmap_frames((unsigned long)mfn_to_page(group << GROUP_ORDER), CHUNK_FRAMES);
	xen_unlock();
	return rc;
}

static void group_settle(uint64_t group)
{
	if (group_unmap(group))
		return;	/* stays GONE: the next command tries again */
	chunk_give(group_chunk[group]);
	group_state[group] = NONE;
	leaving--;
	m2p_settle(group >> (ORDER_1G - GROUP_ORDER));
}

void groups_settle(void)
{
	uint32_t g, unmapped = 0;

	if (!leaving)
		return;
	if (waiting_grace && grace_over(waiting_grace)) {
		waiting_grace = 0;
		groups_move(WAITING, GONE);
	}
	for (g = 0; g < GROUPS && unmapped < UNMAPS_PER_CALL; g++)
		if (group_state[g] == GONE) {
			group_settle(g);
			unmapped++;
		}
	if (!waiting_grace && groups_move(CLOSING, WAITING))
		waiting_grace = grace_begin();
}

/* ---- ranges that come and go while groups they lie in are there for others ---- */

static struct frames part_of_group(struct frames f, uint64_t group) { return frames_intersect(f, group_frames(group)); }

bool groups_leaving(struct frames f)
{
	FOR_EACH_GROUP(g, f)
		if (group_state[g] != NONE && group_state[g] != LIVE)
			return true;
	return false;
}

void groups_leave(struct frames f)
{
	FOR_EACH_GROUP(g, f) {
		struct frames part = part_of_group(f, g);

		for (uint64_t i = 0; group_state[g] != NONE && i < part.count; i++)
			if (page_is_free(mfn_to_page(part.first + i)))
				page_free_to_io(mfn_to_page(part.first + i));
	}
}

int groups_join(struct frames f)
{
	FOR_EACH_GROUP(g, f) {
		struct frames part = part_of_group(f, g);

		for (uint64_t i = 0; group_state[g] != NONE && i < part.count; i++)
			if (!page_io_to_free(mfn_to_page(part.first + i))) {
				groups_leave(f);
				return REFUSE(EBUSY, "a page of the range is in use");
			}
	}
	return 0;
}

/* ---- counting ---- */

uint64_t chunks_used_for(struct frames f)
{
	uint64_t n = 0;

	FOR_EACH_GROUP(g, f) {
		n += group_state[g] != NONE;
		if (m2p_chunk[g >> 2] && (g == f.first >> GROUP_ORDER || !(g & 3)))
			n++;
	}
	return n;
}

/* ---- letting go of everything ---- */

/* M2P chunks whose home is a group that only they keep alive let go together. */
static int m2p_all_unshare(void)
{
	uint64_t gib, undo;

	for (gib = 0; gib < GIBS; gib++)
		if (m2p_chunk[gib] && !m2p_pages_unshare(m2p_chunk[gib] - 1))
			break;
	if (gib == GIBS)
		return 0;
	for (undo = 0; undo < gib; undo++)
		if (m2p_chunk[undo])
			m2p_pages_share(m2p_chunk[undo] - 1);
	return REFUSE(EBUSY, "dom0 maps a page of the M2P on the reserved area");
}

static int homes_close(void)
{
	uint64_t gib;
	int rc = m2p_all_unshare();

	if (rc)
		return rc;
	for (gib = 0; gib < GIBS; gib++)
		if (m2p_chunk[gib])
			group_uncount(chunk_mfn(m2p_chunk[gib] - 1), CHUNK_FRAMES);
	return 0;
}

/* Whether memory that was hot-added has its M2P, or its page_info, in chunks of ours. */
static bool others_use(void)
{
	uint64_t g;

	for (g = 0; g < GROUPS; g++)
		if ((group_state[g] == NONE && m2p_chunk[g >> (ORDER_1G - GROUP_ORDER)] && group_others(g)) ||
		    (group_state[g] == LIVE && group_shared(g)))
			return true;
	return false;
}

static int others_refuse(void) { return REFUSE(EBUSY, "memory that was hot-added uses the metadata"); }

/* Memory was hot-added meanwhile: the M2P chunks that are left stay, and so do their homes, if they are still there. */
static int homes_reopen(void)
{
	uint64_t gib;

	for (gib = 0; gib < GIBS; gib++) {
		uint32_t chunk = m2p_chunk[gib] - 1;
		uint64_t home;

		if (!m2p_chunk[gib])
			continue;
		home = chunk_mfn(chunk) >> GROUP_ORDER;
		group_used[home] += CHUNK_FRAMES;
		if (group_state[home] == NONE || (group_state[home] != LIVE && group_revive(home)))
			continue;
		m2p_pages_share(chunk);
	}
	homes_closed = false;
	return others_refuse();
}

void unused_close(void)
{
	uint64_t g, gib;

	for (g = 0; g < GROUPS; g++)
		group_close_if_unused(g);
	for (gib = 0; gib < GIBS; gib++)
		m2p_settle(gib);
}

/* No guest has a page any more: lets go of everything, in as many calls as it takes (MORE). */
int groups_close(void)
{
	uint64_t gib, g;
	int rc;

	if (!chunks_used()) {
		homes_closed = false;
		max_page_restore();
		return 0;
	}
	if (!homes_closed) {
		unused_close();
		if (leaving)
			return MORE;
		rc = others_use() ? others_refuse() : homes_close();
		if (rc)
			return rc;
		homes_closed = true;
	}
	groups_settle();
	if (others_use())
		return homes_reopen();
	for (g = 0; g < GROUPS; g++)
		if (group_state[g] != NONE)
			return MORE;
	for (gib = 0; gib < GIBS; gib++)
		if (m2p_chunk[gib] && m2p_drop(gib))
			return MORE;
	max_page_restore();
	homes_closed = false;
	return 0;
}

/* What one ASSIGN prepares is for the next, which comes at once if it comes. */
#define WANTED_FOR	1000000000ll

static int64_t wanted_at;

void groups_wanted(void)
{
	wanted_at = get_s_time();
}

void groups_sweep(void)
{
	if (get_s_time() - wanted_at < WANTED_FOR)
		return;
	if (homes_closed || !used_pages)
		groups_close();
	else
		unused_close();
}
