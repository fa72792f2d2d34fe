// SPDX-License-Identifier: GPL-2.0-only
/* The way back: takes the pages of a guest that is dead, never ran, or (hot-unplug) runs, unmaps what still is, and hands on free pages, or dom0's. */
#include "extension.h"

/* What is known of a guest's map while it is held, in guest frames: a hole, or just unmapped; and where the 2 MiB are that hold something that stays. */
struct unmapping {
	struct frames gone;
	uint64_t mixed;
};

static bool entry_ours(const struct holding *h, uint64_t mfn, unsigned int type)
{
	return (type == P2M_RAM_RW || type == P2M_RAM_LOGDIRTY || type == P2M_RAM_RO || type == P2M_MMIO_DIRECT) &&
	       mfn - h->range->frames.first < h->range->frames.count && group_live(mfn) && page_owner(mfn_to_page(mfn)) == h->domain;
}

/* Whether the 2 MiB around gfn, in small entries, hold nothing but pages of the range, all of which are to be unmapped: then one change does it. */
static bool table_ours(struct holding *h, uint64_t gfn, struct unmapping *u)
{
	uint64_t first = gfn & ~((1ull << ORDER_2M) - 1), i;
	unsigned int type, order;

	for (i = 0; i < 1ull << ORDER_2M && u->mixed != first; i++) {
		uint64_t mfn = p2m_get(h->domain, first + i, &type, &order, false);

		work += WORK_LOOKUP;
		if (type != P2M_INVALID && type != P2M_MMIO_DM && !entry_ours(h, mfn, type))
			u->mixed = first;
	}
	return u->mixed != first;
}

/*
 * A guest that is not dead still has the page mapped, under whatever p2m type it has by now. The whole leaf goes, and is remembered: its other pages
 * follow, and need no look. The p2m is held: until it is let go nobody gets a reference by it, and a CPU of a running guest that has it in its TLB still
 * is flushed before the page is anyone else's.
 */
static int page_unmap(struct holding *h, uint64_t mfn, struct unmapping *u)
{
	uint64_t gfn = *m2p_of(mfn), in_leaf;
	unsigned int type, order;
	int rc;

	if (gfn == INVALID_M2P || gfn - u->gone.first < u->gone.count)
		return 0;
	work += WORK_LOOKUP;
	if (p2m_get(h->domain, gfn, &type, &order, false) != mfn) {
		if (type == P2M_INVALID || type == P2M_MMIO_DM)	/* as an earlier command left it */
			u->gone = (struct frames){ gfn & ~((1ull << order) - 1), 1ull << order };
		return 0;
	}
	if (order == ORDER_4K && table_ours(h, gfn, u))
		order = ORDER_2M;
	in_leaf = (1ull << order) - 1;
	rc = p2m_change(h->domain, gfn & ~in_leaf, INVALID_MFN, order, P2M_INVALID);
	work += domain_has_run(h->domain) ? WORK_FLUSH : WORK_CHANGE;
	if (rc)
		return rc;
	u->gone = (struct frames){ gfn & ~in_leaf, in_leaf + 1 };
	return 0;
}

/* Takes pages of one kind until one does not come back, or the work limit is reached; returns how many. */
static uint64_t run_take(struct holding *h, struct frames part, bool mapped, struct unmapping *u, int *rc)
{
	enum page_kind kind = page_kind(mfn_to_page(part.first));
	uint64_t i, cost = page_cost(kind) + flush_cost(h->range);

	for (i = 0; i < part.count && (work_left() || (i && iommu_amid(part.first + i))); i++, work += cost) {
		const struct page_info *pg = mfn_to_page(part.first + i);

		if (page_owner(pg) != h->domain || page_kind(pg) != kind)
			break;
		*rc = mapped ? page_unmap(h, part.first + i, u) : 0;
		if (*rc || !page_take(h, part.first + i))
			break;
	}
	return i;
}

/* Pages just taken, shut off from dom0's devices; where that fails they are the guest's again. */
static int run_close(struct holding *h, struct frames run, enum page_kind kind)
{
	uint64_t i;
	int rc = h->range->host ? 0 : iommu_deny(run, kind);

	for (i = 0; rc && i < run.count; i++)
		page_free_to_guest(mfn_to_page(run.first + i), h->domain, kind);
	return rc;
}

/* Up to the work limit; c->done says how far. */
static int pages_release(struct holding *h, struct frames part, bool mapped, struct xen_pmem_command *c)
{
	struct unmapping u = { { 0, 0 }, INVALID_M2P };
	uint64_t i = 0, taken = 0;
	int rc = 0;

	while (i < part.count && taken < h->pages && work_left() && !rc) {
		const struct page_info *pg = mfn_to_page(part.first + i);
		enum page_kind kind = page_kind(pg);
		struct frames run = { part.first + i, run_take(h, (struct frames){ part.first + i, part.count - i }, mapped, &u, &rc) };
		int closed = run_close(h, run, kind);

		if (closed) {
			rc = closed;
			break;
		}
		taken += run.count;
		i += run.count;
		if (!run.count && !rc) {
			c->pending += page_owner(pg) == h->domain;
			work += page_cost(kind);
			i++;
		}
	}
	c->done += i << 12;
	c->count += taken;
	holding_count(h, part.first, -(int64_t)taken);
	return rc;
}

static int group_release(struct holding *h, struct frames part, bool mapped, struct xen_pmem_command *c)
{
	uint64_t from = c->done, had = c->count;
	int rc;

	if (mapped)
		p2m_hold(h->domain);
	rc = pages_release(h, part, mapped, c);
	if (mapped)
		p2m_let_go(h->domain);
	/* Not before: on Intel's processors Xen has a running guest's CPUs forget what was unmapped when the p2m is let go. */
	if (h->range->host)
		host_return((struct frames){ part.first, (c->done - from) >> 12 }, c->count - had);
	return rc;
}

static int release_loop(struct holding *h, bool mapped, struct xen_pmem_command *c)
{
	struct frames all = h->range->frames;

	while (c->done < c->length && h->pages && work_left()) {
		uint64_t mfn = all.first + (c->done >> 12);
		struct frames rest = { mfn, all.first + all.count - mfn };
		struct frames group = { mfn & ~(GROUP_FRAMES - 1), GROUP_FRAMES };
		struct frames part = frames_intersect(rest, group);
		int rc;

		if (!group_lends(mfn)) {
			c->done += part.count << 12;
			work += 64;
			continue;
		}
		rc = group_release(h, part, mapped, c);
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
	int rc;

	if (!h)
		return REFUSE(ENOENT, "the guest has nothing of this range");
	state = holding_state(h);
	if (state == XEN_PMEM_HOLDER_RUNNING && !(c->flags & XEN_PMEM_RELEASE_RUNNING))
		return REFUSE(EBUSY, "the guest is alive");
	if (state == XEN_PMEM_HOLDER_DYING)
		return REFUSE(EAGAIN, "the guest is still being torn down");
	c->length = r->frames.count << 12;
	if (c->done > c->length)
		return REFUSE(EINVAL, "done is beyond the range");
	h->piece.frames.count = h->converted = 0;
	h->failed = 0;
	rc = release_loop(h, state != XEN_PMEM_HOLDER_DEAD, c);
	if (!h->pages)
		c->done = c->length;
	holding_drop_if_empty(h);
	return rc;
}
