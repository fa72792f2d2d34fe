// SPDX-License-Identifier: GPL-2.0-only
/*
 * Makes and removes the metadata of groups. group.h draws the states.
 *
 * Memory hot-add adds RAM to any group at any time. Under xenpf_lock it adds page_info where the
 * group is not valid, adds M2P, and sets the group's bit, not atomically. So each decision about
 * what is valid, and the change that follows from it, are made under the same lock.
 */
#include "group.h"

#include "answer.h"
#include "chunk.h"
#include "grace.h"
#include "m2p.h"
#include "maxpage.h"
#include "retired.h"
#include "tables.h"

#define UNMAPS_PER_CALL	16u
#define KEPT_FOR	1000000000ll	/* ns; the caller's next ASSIGN uses what this one made */

static uint64_t pages_held;	/* of guests and host ranges, in all groups */
static uint32_t groups_closing;	/* in CLOSING, WAITING or GONE */
static uint64_t waiting_grace;	/* what those in WAITING wait for; 0: not waiting */
static bool homes_closed;	/* groups_close_all() has let go of the M2P chunks' homes */
static int64_t kept_at;

/* Whether RAM was hot-added into a group that is not live. */
static bool group_has_ram(uint64_t group)
{
	return groups[group].state != GROUP_LIVE && group_valid(group << GROUP_ORDER);
}

static int ram_refuse(void)
{
	return REFUSE(EBUSY, "memory was hot-added into the same 256 MiB group");
}

/*
 * Whether RAM was hot-added into a live group, or may have been: Xen then uses page_infos of ours
 * for it. RAM comes in whole 2 MiB, so one frame of each is looked at. A frame that is not in a
 * range is I/O as long as it is not RAM.
 */
static bool group_is_shared(uint64_t group)
{
	struct frames f = group_frames(group);
	uint64_t mfn;

	for (mfn = f.first; mfn < f.first + f.count; mfn += 1u << ORDER_2M)
		if (!frame_known(mfn) &&
		    (!group_infos_good(mfn) || page_owner(mfn_to_page(mfn)) != dom_io))
			return true;
	return false;
}

/* The caller holds xenpf_lock. */
static void group_valid_set(uint64_t group, bool valid)
{
	uint64_t n = mfn_to_pdx(group << GROUP_ORDER) >> GROUP_ORDER;

	if (valid)
		__atomic_or_fetch(&pdx_group_valid[n / 64], 1ul << n % 64, __ATOMIC_SEQ_CST);
	else
		__atomic_and_fetch(&pdx_group_valid[n / 64], ~(1ul << n % 64), __ATOMIC_SEQ_CST);
}

/* ---- NONE -> LIVE ---- */

/*
 * max_page goes first: where the bit is set already, max_page keeps others from a group that is not
 * there yet.
 */
static void group_publish(uint64_t group, uint32_t chunk)
{
	struct frames f = group_frames(group);

	groups[group].chunk = chunk;
	groups[group].state = GROUP_LIVE;
	max_page_raise(f.first + f.count);
	group_valid_set(group, true);
}

static int group_map(uint64_t group, uint32_t chunk, const struct tenant *t)
{
	unsigned long va = (unsigned long)mfn_to_page(group << GROUP_ORDER);
	int rc;

	_spin_lock(xenpf_lock);
	rc = group_has_ram(group) ? ram_refuse() :
				    map_frames(va, chunk_mfn(chunk), CHUNK_FRAMES, MAP_RW);
	if (!rc) {
		newgroup_m2p(group, t);
		group_publish(group, chunk);
	}
	_spin_unlock(xenpf_lock);
	return rc;
}

static int group_build(uint64_t group, struct tenant *t)
{
	struct frames f = group_frames(group);
	int chunk, rc;

	if (group_has_ram(group))
		return ram_refuse();
	if (command_work > WORK_LIMIT / 4)
		return MORE;
	rc = m2p_prepare(f.first >> ORDER_1G);
	if (rc)
		return rc;
	chunk = chunk_take(false);
	if (chunk < 0)
		return chunk;
	newgroup_infos(group, mfn_to_virt(chunk_mfn(chunk)), t);
	rc = group_map(group, chunk, t);
	if (rc)
		chunk_give(chunk);
	return rc;
}

/* CLOSING, WAITING or GONE -> LIVE */
static int group_revive(uint64_t group)
{
	int rc;

	_spin_lock(xenpf_lock);
	rc = group_has_ram(group) ? ram_refuse() : 0;
	if (!rc) {
		groups[group].state = GROUP_LIVE;
		groups_closing--;
		group_valid_set(group, true);
	}
	_spin_unlock(xenpf_lock);
	return rc;
}

static int group_ensure(uint64_t group, struct tenant *t)
{
	struct tenant nobody = { .pages = 0 };
	uint8_t state = groups[group].state;
	int rc = 0;

	if (state == GROUP_NONE)
		rc = group_build(group, t ? t : &nobody);
	else if (state != GROUP_LIVE)
		rc = group_revive(group);
	if (t && state != GROUP_NONE)
		t->pages = 0;
	return rc;
}

static int homes_ensure(void)
{
	uint32_t i, before;
	int rc;

	do {
		before = chunks_used();
		for (i = 0; i < chunks_total(); i++) {
			if (!chunk_holds_m2p(i))
				continue;
			rc = group_ensure(chunk_mfn(i) >> GROUP_ORDER, NULL);
			if (rc)
				return rc;
		}
	} while (chunks_used() != before);	/* a home's own M2P may have taken one */
	return 0;
}

/* ---- LIVE -> CLOSING ---- */

static void group_close_if_unused(uint64_t group)
{
	if (groups[group].used || groups[group].state != GROUP_LIVE)
		return;
	_spin_lock(xenpf_lock);
	if (!group_is_shared(group)) {
		group_valid_set(group, false);
		groups[group].state = GROUP_CLOSING;
		groups_closing++;
	}
	_spin_unlock(xenpf_lock);
}

static void group_uncount(uint64_t group, uint64_t pages)
{
	groups[group].used -= pages;
	group_close_if_unused(group);
}

void group_hold(uint64_t mfn, uint64_t pages)
{
	group_of(mfn)->used += pages;
	pages_held += pages;
}

void group_drop(uint64_t mfn, uint64_t pages)
{
	pages_held -= pages;
	group_uncount(mfn >> GROUP_ORDER, pages);
}

void group_guests_add(uint64_t mfn, int64_t pages) { group_of(mfn)->guests += pages; }
bool group_has_guests(uint64_t mfn) { return group_of(mfn)->guests; }

/* ---- CLOSING -> WAITING -> GONE -> NONE ---- */

static void m2p_reap(uint64_t gib)
{
	uint64_t home;

	if (homes_closed || !m2p_is_ours(gib) || m2p_is_needed(gib) || !m2p_unshare(gib))
		return;
	home = m2p_home(gib);
	if (m2p_unmap(gib))
		m2p_share(gib);
	else
		group_uncount(home, CHUNK_FRAMES);
}

/* Hot-add may have put a frame table of its own in place of this one. */
static int group_unmap(uint64_t group)
{
	int rc = 0;

	_spin_lock(xenpf_lock);
	if (!group_has_ram(group))
		rc = unmap_frames((unsigned long)mfn_to_page(group << GROUP_ORDER), CHUNK_FRAMES);
	_spin_unlock(xenpf_lock);
	return rc;
}

static void group_remove(uint64_t group)
{
	if (group_unmap(group))
		return;	/* stays GONE: the next command tries again */
	chunk_give(groups[group].chunk);
	groups[group].state = GROUP_NONE;
	groups_closing--;
	m2p_reap(group / GIB_GROUPS);
}

static uint32_t groups_move(uint8_t from, uint8_t to)
{
	uint32_t g, moved = 0;

	for (g = 0; g < GROUPS; g++)
		if (groups[g].state == from) {
			groups[g].state = to;
			moved++;
		}
	return moved;
}

void groups_reap(void)
{
	uint32_t g, unmapped = 0;

	if (!groups_closing)
		return;
	if (waiting_grace && grace_over(waiting_grace)) {
		waiting_grace = 0;
		groups_move(GROUP_WAITING, GROUP_GONE);
	}
	for (g = 0; g < GROUPS && unmapped < UNMAPS_PER_CALL; g++)
		if (groups[g].state == GROUP_GONE) {
			group_remove(g);
			unmapped++;
		}
	if (!waiting_grace && groups_move(GROUP_CLOSING, GROUP_WAITING))
		waiting_grace = grace_begin();
}

bool groups_idle(void) { return !groups_closing && grace_idle(); }

/* ---- ranges that come and go while others use the groups that they lie in ---- */

static struct frames part_in(struct frames f, uint64_t group)
{
	return frames_intersect(f, group_frames(group));
}

bool groups_closing_in(struct frames f)
{
	FOR_EACH_GROUP(g, f)
		if (groups[g].state != GROUP_NONE && groups[g].state != GROUP_LIVE)
			return true;
	return false;
}

int groups_drop_range(struct frames f)
{
	if (!groups_infos_good(f))
		return REFUSE(EIO, RETIRED_REFUSAL);
	FOR_EACH_GROUP(g, f) {
		struct frames part = part_in(f, g);

		for (uint64_t i = 0; groups[g].state != GROUP_NONE && i < part.count; i++)
			if (page_is_free(mfn_to_page(part.first + i)))
				page_init_io(mfn_to_page(part.first + i));
	}
	return 0;
}

int groups_add_range(struct frames f)
{
	if (!groups_infos_good(f))
		return REFUSE(EIO, RETIRED_REFUSAL);
	FOR_EACH_GROUP(g, f) {
		struct frames part = part_in(f, g);

		for (uint64_t i = 0; groups[g].state != GROUP_NONE && i < part.count; i++)
			if (!page_io_to_free(mfn_to_page(part.first + i))) {
				groups_drop_range(f);
				return REFUSE(EBUSY, "a page of the range is in use");
			}
	}
	return 0;
}

/* ---- everything goes ---- */

#define FOR_EACH_M2P(gib) \
	for (uint64_t gib = 0; gib < GIBS; gib++) \
		if (m2p_is_ours(gib))

/* M2P chunks whose home is kept by them alone go together. */
static int m2p_unshare_all(void)
{
	FOR_EACH_M2P(gib) {
		bool good = m2p_home_is_good(gib);

		if (m2p_unshare(gib))
			continue;
		while (gib--)
			if (m2p_is_ours(gib))
				m2p_share(gib);
		return good ?
			       REFUSE(EBUSY, "dom0 maps a page of the M2P on the reserved area") :
			       REFUSE(EIO, RETIRED_REFUSAL);
	}
	return 0;
}

static int homes_close(void)
{
	int rc = m2p_unshare_all();

	if (rc)
		return rc;
	FOR_EACH_M2P(gib)
		group_uncount(m2p_home(gib), CHUNK_FRAMES);
	homes_closed = true;
	return 0;
}

/*
 * Memory was hot-added meanwhile. The M2P chunks that are left stay, and so do their homes that are
 * still there.
 */
static void homes_reopen(void)
{
	FOR_EACH_M2P(gib) {
		struct group *home = &groups[m2p_home(gib)];

		home->used += CHUNK_FRAMES;
		if (home->state == GROUP_LIVE ||
		    (home->state != GROUP_NONE && !group_revive(m2p_home(gib))))
			m2p_share(gib);
	}
	homes_closed = false;
}

/* Whether memory that was hot-added has its M2P, or its page_infos, in chunks of ours. */
static bool ram_uses_chunks(void)
{
	uint64_t g;

	for (g = 0; g < GROUPS; g++)
		if ((groups[g].state == GROUP_NONE && m2p_is_ours(g / GIB_GROUPS) &&
		     group_has_ram(g)) ||
		    (groups[g].state == GROUP_LIVE && group_is_shared(g)))
			return true;
	return false;
}

static int shared_refuse(void)
{
	const struct frames all = { 0, MFN_LIMIT };

	return groups_infos_good(all) ?
		       REFUSE(EBUSY, "memory that was hot-added uses the metadata") :
		       REFUSE(EIO, RETIRED_REFUSAL);
}

static bool groups_all_gone(void)
{
	uint64_t g;

	for (g = 0; g < GROUPS; g++)
		if (groups[g].state != GROUP_NONE)
			return false;
	return true;
}

void groups_close_unused(void)
{
	uint64_t g, gib;

	for (g = 0; g < GROUPS; g++)
		group_close_if_unused(g);
	for (gib = 0; gib < GIBS; gib++)
		m2p_reap(gib);
}

/* Up to where the homes, too, are on their way out. */
static int close_all_begin(void)
{
	groups_close_unused();
	if (groups_closing)
		return MORE;
	return ram_uses_chunks() ? shared_refuse() :
				   homes_close();
}

int groups_close_all(void)
{
	int rc = 0;

	if (chunks_used() && !homes_closed)
		rc = close_all_begin();
	if (rc)
		return rc;
	if (chunks_used()) {
		groups_reap();
		if (ram_uses_chunks()) {
			homes_reopen();
			return shared_refuse();
		}
		if (!groups_all_gone())
			return MORE;
		FOR_EACH_M2P(gib)
			if (m2p_unmap(gib))
				return MORE;
	}
	max_page_restore();
	homes_closed = false;
	return 0;
}

/* ---- what ASSIGN needs ---- */

/*
 * Metadata that cannot be read go when no page uses them, and others are made. A page that uses
 * them keeps them.
 */
static int retired_check(uint64_t mfn)
{
	struct frames gib = { mfn & ~((1ull << ORDER_1G) - 1), 1ull << ORDER_1G };

	if (group_good(mfn))
		return 0;
	return groups_closing_in(gib) ? REFUSE(EAGAIN, "metadata are on their way out") :
					REFUSE(EIO, RETIRED_REFUSAL);
}

int group_prepare(uint64_t mfn, struct tenant *t)
{
	int rc;

	if (homes_closed && groups_close_all())
		return REFUSE(EAGAIN, "metadata are on their way out");
	rc = retired_check(mfn);
	if (!rc && !group_live(mfn)) {
		rc = m2p_prepare(mfn >> ORDER_1G);
		if (!rc)
			rc = homes_ensure();
	}
	return rc ? rc : group_ensure(mfn >> GROUP_ORDER, t);
}

void groups_keep(void) { kept_at = get_s_time(); }

void groups_expire(void)
{
	if (get_s_time() - kept_at < KEPT_FOR)
		return;
	if (homes_closed || !pages_held)
		groups_close_all();
	else
		groups_close_unused();
}
