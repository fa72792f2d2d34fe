// SPDX-License-Identifier: GPL-2.0-only
/* Takes pages with bad blocks out of guests' maps, and puts them back. */
#include "take.h"

#include "answer.h"
#include "iommu.h"
#include "media.h"
#include "noted.h"
#include "physmap.h"
#include "retired.h"
#include "tables.h"

static bool guest_is_alive(const struct domain *d)
{
	return domain_dying(d) == DOMDYING_ALIVE;
}

/* ---- refusals ---- */

/* Whether it can be read whose the pages are, and where they are mapped. */
static bool tables_are_good(struct frames f)
{
	FOR_EACH_GROUP(g, f)
		if (group_live(g << GROUP_ORDER) && !group_good(g << GROUP_ORDER))
			return false;
	return true;
}

static bool page_is_dom0s(const struct range *r, uint64_t mfn)
{
	struct domain *d = r->host ? page_guest(mfn) : NULL;

	if (d)
		domain_put(d);
	return r->host && !d;
}

static int pages_check(struct frames f, const struct range *r)
{
	if (!r || !range_ready(r))
		return REFUSE(ENOENT, "the pages are not inside of a range that is served");
	if (!tables_are_good(f))
		return REFUSE(EIO, RETIRED_REFUSAL);
	return 0;
}

/* The list's room limits how many pages there are to look at. */
static int take_check(struct frames f)
{
	const struct range *r = range_around(f);
	int rc = pages_check(f, r);
	uint64_t i;

	if (rc)
		return rc;
	if (!media_room(f))
		return REFUSE(ENOSPC, MEDIA_FULL);
	for (i = 0; i < f.count; i++)
		if (page_is_dom0s(r, f.first + i))
			return REFUSE(EPERM, "a page is dom0's own");
	return 0;
}

/* ---- TAKE ---- */

/*
 * By way of 2 MiB: Xen on Intel would split a leaf of 1 GiB into pages all over, for which the
 * guest's pool has no room.
 */
static int leaf_cut(struct domain *d, uint64_t gfn, uint64_t mfn, unsigned int type,
		    unsigned int order)
{
	const uint64_t inside = (1ull << ORDER_2M) - 1;

	if (order <= ORDER_2M)
		return 0;
	command_work += WORK_CHANGE + iommu_guest_cost(d);
	return p2m_change(d, gfn & ~inside, mfn & ~inside, ORDER_2M, type);
}

static int entry_remove(struct domain *d, uint64_t gfn, uint64_t mfn, unsigned int type,
			unsigned int order)
{
	int rc = leaf_cut(d, gfn, mfn, type, order);

	command_work += (domain_has_run(d) ? WORK_FLUSH : WORK_CHANGE) + iommu_guest_cost(d);
	return rc ? rc : p2m_change(d, gfn, INVALID_MFN, ORDER_4K, P2M_INVALID);
}

/* The caller holds the p2m. A broken entry stays as it is. */
static int entry_take(struct domain *d, uint64_t mfn)
{
	const uint64_t gfn = *m2p_of(mfn);
	unsigned int type, order;
	int rc;

	command_work += WORK_LOOKUP;
	if (gfn == INVALID_M2P || p2m_get(d, gfn, &type, &order) != mfn)
		return 0;
	rc = type == P2M_RAM_BROKEN ? 0 : entry_remove(d, gfn, mfn, type, order);
	if (!rc)
		media_note_gone(mfn, domain_id(d));
	return rc;
}

static int page_take(uint64_t mfn)
{
	struct domain *d = page_guest(mfn);
	int rc = media_note(mfn, d ? domain_id(d) : XEN_PMEM_MEDIA_NOBODY);

	command_work += WORK_LOOKUP;
	if (!rc && d && guest_is_alive(d)) {
		p2m_hold(d);
		rc = entry_take(d, mfn);
		p2m_let_go(d);
	}
	if (d)
		domain_put(d);
	return rc;
}

int pages_take(struct xen_pmem_command *c)
{
	const struct frames f = command_frames(c);
	int rc = take_check(f);

	while (!rc && c->done < c->length && work_left()) {
		rc = page_take(f.first + (c->done >> 12));
		c->done += rc ? 0 : 4096;
	}
	return rc;
}

/* ---- RESTORE ---- */

/* The caller holds the p2m. */
static int entry_restore(struct domain *d, uint64_t mfn)
{
	const struct piece p = { { mfn, 1 }, *m2p_of(mfn), page_kind(mfn_to_page(mfn)) };
	unsigned int type, order;
	uint64_t there;
	int rc = 0;

	command_work += WORK_LOOKUP + piece_map_cost(d, &p);
	if (p.gfn == INVALID_M2P)
		return 0;
	there = p2m_get(d, p.gfn, &type, &order);
	if (there == mfn && type == P2M_RAM_BROKEN) {
		rc = p2m_change(d, p.gfn, INVALID_MFN, ORDER_4K, P2M_INVALID);
		command_work += WORK_FLUSH;
	} else if (!p2m_is_hole(type)) {
		return 0;
	}
	return rc ? rc : piece_map(d, &p);
}

static int page_restore(uint64_t mfn, bool gone)
{
	const struct frames page = { mfn, 1 };
	struct domain *d = gone ? page_guest(mfn) : NULL;
	int rc = 0;

	command_work += WORK_LOOKUP;
	if (d && guest_is_alive(d)) {
		p2m_hold(d);
		rc = entry_restore(d, mfn);
		if (!rc)
			media_forget(page);
		p2m_let_go(d);
	} else {
		media_forget(page);
	}
	if (d)
		domain_put(d);
	return rc;
}

int pages_restore(struct xen_pmem_command *c)
{
	struct frames f = command_frames(c);
	const uint64_t end = f.first + f.count;
	int rc = pages_check(f, range_around(f));

	while (!rc && c->done < c->length && work_left()) {
		bool gone = false;
		uint64_t mfn = media_next(f, &gone);

		if (mfn == INVALID_MFN) {
			c->done = c->length;
			break;
		}
		rc = page_restore(mfn, gone);
		f = (struct frames){ mfn + !rc, end - mfn - !rc };
		c->done = c->length - (f.count << 12);
	}
	return rc;
}
