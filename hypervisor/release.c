// SPDX-License-Identifier: GPL-2.0-only
/*
 * Unmaps what a guest that is not dead still maps of a range, and takes the pages back: free, or
 * dom0's again.
 */
#include "release.h"

#include "answer.h"
#include "group.h"
#include "iommu.h"
#include "noted.h"
#include "physmap.h"
#include "piece.h"
#include "retired.h"

/* What is known of a guest's map during one hold of the p2m lock, in guest frames. */
struct unmapping {
	struct frames gone;	/* the last entry that is a hole, or was just made one */
	uint64_t mixed;		/* the last 2 MiB that were found to hold a page that stays */
};

static bool entry_is_ours(const struct holding *h, uint64_t mfn, unsigned int type)
{
	return (type == P2M_RAM_RW || type == P2M_RAM_LOGDIRTY || type == P2M_RAM_RO ||
		type == P2M_MMIO_DIRECT || type == P2M_RAM_BROKEN) &&
	       mfn - h->range->frames.first < h->range->frames.count && group_live(mfn) &&
	       page_owner(mfn_to_page(mfn)) == h->domain;
}

/*
 * Whether the small entries around gfn, 2 MiB, hold only pages of the range: then one change
 * removes them all.
 */
static bool table_is_ours(struct holding *h, uint64_t gfn, struct unmapping *u)
{
	uint64_t first = gfn & ~((1ull << ORDER_2M) - 1), i;
	unsigned int type, order;

	for (i = 0; i < 1ull << ORDER_2M && u->mixed != first; i++) {
		uint64_t mfn = p2m_get(h->domain, first + i, &type, &order);

		command_work += WORK_LOOKUP;
		if (!p2m_is_hole(type) && !entry_is_ours(h, mfn, type))
			u->mixed = first;
	}
	return u->mixed != first;
}

static struct frames entry_frames(uint64_t gfn, unsigned int order)
{
	return (struct frames){ gfn & ~((1ull << order) - 1), 1ull << order };
}

/*
 * Removes the whole entry that maps the page, under whatever type the guest has it by now. Its
 * other pages follow, and need no look. While the p2m is held no reference can be taken by it, and
 * the TLB of a CPU that runs the guest is flushed before the page gets another owner.
 */
static int page_unmap(struct holding *h, uint64_t mfn, struct unmapping *u)
{
	uint64_t gfn = *m2p_of(mfn);
	unsigned int type, order;
	int rc;

	if (gfn == INVALID_M2P || gfn - u->gone.first < u->gone.count)
		return 0;
	command_work += WORK_LOOKUP;
	if (p2m_get(h->domain, gfn, &type, &order) != mfn) {
		if (p2m_is_hole(type))	/* as an earlier command left it */
			u->gone = entry_frames(gfn, order);
		return 0;
	}
	if (order == ORDER_4K && table_is_ours(h, gfn, u))
		order = ORDER_2M;
	rc = p2m_change(h->domain, entry_frames(gfn, order).first, INVALID_MFN, order, P2M_INVALID);
	command_work += domain_has_run(h->domain) ? WORK_FLUSH : WORK_CHANGE;
	if (!rc)
		u->gone = entry_frames(gfn, order);
	return rc;
}

/*
 * Takes pages of one kind until one does not come back, or the work limit is reached. Returns how
 * many.
 */
static uint64_t run_take(struct holding *h, struct frames part, bool mapped, struct unmapping *u,
			 int *rc)
{
	enum page_kind kind = page_kind(mfn_to_page(part.first));
	uint64_t i, cost = page_take_back_cost(h, kind);

	for (i = 0; i < part.count && (work_left() || (i && iommu_amid(part.first + i))); i++) {
		const struct page_info *pg = mfn_to_page(part.first + i);

		if (page_owner(pg) != h->domain || page_kind(pg) != kind)
			break;
		*rc = mapped ? page_unmap(h, part.first + i, u) : 0;
		if (*rc || !page_take_back(h, part.first + i))
			break;
		command_work += cost;
	}
	return i;
}

/*
 * Removes pages just taken from dom0's I/O page tables; where that fails they are the guest's
 * again.
 */
static int run_deny(struct holding *h, struct frames run, enum page_kind kind)
{
	int rc = h->range->host ? 0 : iommu_deny(run, kind);

	if (rc)
		pages_free_to_guest(mfn_to_page(run.first), run.count, h->domain, kind);
	return rc;
}

/* Up to the work limit. c->done says how far. */
static int pages_release(struct holding *h, struct frames part, bool mapped,
			 struct xen_pmem_command *c)
{
	struct unmapping u = { { 0, 0 }, INVALID_M2P };
	uint64_t i = 0, taken = 0;
	int rc = 0;

	while (i < part.count && taken < h->pages && work_left() && !rc) {
		struct frames rest = { part.first + i, part.count - i },
			      run = { part.first + i, 0 };
		const struct page_info *pg = mfn_to_page(part.first + i);
		enum page_kind kind = page_kind(pg);
		int denied;

		run.count = run_take(h, rest, mapped, &u, &rc);
		denied = run_deny(h, run, kind);
		if (denied) {
			rc = denied;
			break;
		}
		taken += run.count;
		i += run.count;
		if (!run.count && !rc) {
			c->pending += page_owner(pg) == h->domain;
			command_work += page_cost(kind);
			i++;
		}
	}
	c->done += i << 12;
	c->count += taken;
	holding_count(h, part.first, -(int64_t)taken);
	return rc;
}

static int part_release(struct holding *h, struct frames part, bool mapped,
			struct xen_pmem_command *c)
{
	uint64_t from = c->done, had = c->count;
	int rc;

	if (mapped)
		p2m_hold(h->domain);
	rc = pages_release(h, part, mapped, c);
	if (mapped)
		p2m_let_go(h->domain);
	/*
	 * Not earlier: Xen on Intel flushes what a running guest's CPUs know of the map when the
	 * p2m is let go.
	 */
	frames_return(h, (struct frames){ part.first, (c->done - from) >> 12 }, c->count - had);
	return rc;
}

/* A page is not taken back if what would have to be read for it is in a retired chunk. */
static bool group_is_released(uint64_t mfn, bool mapped)
{
	return mapped ? group_good(mfn) : group_infos_good(mfn);
}

/* Whether guests' pages of the range have to stay whose they are. */
static bool range_is_stuck(const struct range *r, bool mapped)
{
	FOR_EACH_GROUP(g, r->frames)
		if (groups[g].guests && !group_is_released(g << GROUP_ORDER, mapped))
			return true;
	return false;
}

static int range_release(struct holding *h, bool mapped, struct xen_pmem_command *c)
{
	struct frames all = h->range->frames;

	while (c->done < c->length && h->pages && work_left()) {
		uint64_t mfn = all.first + (c->done >> 12);
		struct frames part =
			group_part((struct frames){ mfn, all.first + all.count - mfn });
		int rc;

		if (!group_has_guests(mfn) || !group_is_released(mfn, mapped)) {
			c->done += part.count << 12;
			command_work += 64;
			continue;
		}
		rc = part_release(h, part, mapped, c);
		if (rc)
			return rc;
	}
	return 0;
}

int holding_release(struct xen_pmem_command *c)
{
	struct range *r = range_find(c->uuid);
	struct holding *h = r ? holding_find(c->domain, r) : NULL;
	enum xen_pmem_holder_state state;
	bool mapped;
	int rc;

	if (!h)
		return REFUSE(ENOENT, "the guest has nothing of this range");
	state = holding_state(h);
	if (state == XEN_PMEM_HOLDER_RUNNING && !(c->flags & XEN_PMEM_RELEASE_RUNNING))
		return REFUSE(EBUSY, "the guest is alive");
	if (state == XEN_PMEM_HOLDER_DYING)
		return REFUSE(EAGAIN, "the guest is still being torn down");
	mapped = state != XEN_PMEM_HOLDER_DEAD;
	if (mapped && range_is_stuck(r, mapped))
		return REFUSE(EIO, RETIRED_REFUSAL);
	c->length = r->frames.count << 12;
	if (c->done > c->length)
		return REFUSE(EINVAL, "done is beyond the range");
	h->piece.frames.count = h->converted = 0;
	h->failed = 0;
	media_let_go(r->frames, c->domain);
	rc = range_release(h, mapped, c);
	if (!rc && h->pages && c->done == c->length && range_is_stuck(r, mapped))
		rc = REFUSE(EIO, RETIRED_REFUSAL);
	if (!h->pages)
		c->done = c->length;
	holding_drop_if_empty(h);
	return rc;
}
