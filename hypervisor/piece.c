// SPDX-License-Identifier: GPL-2.0-only
/* Makes pages a guest's that it does not map yet, and takes such pages back. */
#include "piece.h"

#include "answer.h"
#include "caches.h"
#include "group.h"
#include "iommu.h"
#include "m2p.h"
#include "physmap.h"

void holding_count(struct holding *h, uint64_t mfn, int64_t pages)
{
	h->pages += pages;
	h->range->assigned += pages;
	group_guests_add(mfn, pages);
	if (h->range->host)	/* its groups are held as long as it is HOST */
		return;
	if (pages > 0)
		group_hold(mfn, pages);
	else if (pages < 0)
		group_drop(mfn, -pages);
}

/* The caller flushes an uncached page once, whatever its range. */
static uint64_t page_convert_cost(const struct holding *h, enum page_kind kind)
{
	return kind == PAGE_UNCACHED ? page_cost(kind) : page_take_back_cost(h, kind);
}

uint64_t page_take_back_cost(const struct holding *h, enum page_kind kind)
{
	return page_cost(kind) + (h->range->host ? frame_flush_cost() : 0);
}

uint64_t piece_convert_cost(const struct holding *h, const struct piece *p)
{
	return p->frames.count * page_convert_cost(h, p->kind);
}

/* ---- free or host -> guest's ---- */

/* Up to a page that is in use, and of a host range one at a time; returns how many. */
static uint64_t pages_convert(struct holding *h, struct page_info *pg, uint64_t n,
			      enum page_kind kind)
{
	if (h->range->host && !page_host_to_free(pg))
		return 0;
	return pages_free_to_guest(pg, h->range->host ? 1 : n, h->domain, kind);
}

/*
 * Whether the page, to go to gfn, is this guest's already: a caller did not come to the end. It
 * must not be mapped. Otherwise the guest could move it away before the piece is mapped, and would
 * then map it twice.
 */
static bool page_is_converted(struct holding *h, uint64_t mfn, uint64_t gfn, enum page_kind kind)
{
	unsigned int type, order;
	bool is;

	if (!page_is_guest(mfn_to_page(mfn), h->domain, kind))
		return false;
	p2m_hold(h->domain);
	is = *m2p_of(mfn) == gfn && p2m_get(h->domain, gfn, &type, &order) != mfn;
	p2m_let_go(h->domain);
	command_work += 2 * WORK_LOOKUP;
	return is;
}

/* How many of these the command does before it comes to the work limit; one at least. */
static uint64_t pages_affordable(uint64_t pages, uint64_t cost)
{
	uint64_t most = work_left() ? (WORK_LIMIT - command_work + cost - 1) / cost : 1;

	return pages < most ? pages : most;
}

static int in_use_refuse(const struct holding *h)
{
	return REFUSE(EBUSY, h->range->host ? "dom0 maps or uses a page, or a guest has it" :
					      "a page of the range is in use");
}

/*
 * Pages of one group, up to the work limit; part->frames.count becomes how many. It is one at
 * least, because a group without pages would be swept. Memory for the I/O page tables is asked for
 * first: the way back would take as much.
 */
static int part_convert(struct holding *h, struct piece *part)
{
	uint64_t first = part->frames.first, count = part->frames.count, i, n, taken = 0;
	uint64_t cost = page_convert_cost(h, part->kind);
	int rc = h->range->host ? 0 : iommu_ready(part->frames, part->kind);

	part->frames.count = 0;
	if (rc)
		return rc;
	for (i = 0; i < count && (work_left() || !i || iommu_amid(first + i)); i += n) {
		n = pages_convert(h, mfn_to_page(first + i), pages_affordable(count - i, cost),
				  part->kind);
		m2p_write(first + i, n, part->gfn + i);
		taken += n;
		if (!n && !page_is_converted(h, first + i, part->gfn + i, part->kind)) {
			rc = in_use_refuse(h);
			break;
		}
		n += !n;
		command_work += n * cost;
	}
	part->frames.count = i;
	holding_count(h, first, taken);
	return rc || h->range->host ? rc : iommu_permit(part->frames, part->kind);
}

/*
 * Pages of a group that has no metadata yet become the guest's with them, from the group's start
 * on: nothing is written twice. Memory for the I/O page tables is asked for first, as in
 * part_convert().
 */
static int part_new(struct holding *h, struct piece *part)
{
	struct tenant t = { h->domain, part->frames.count, part->gfn, part->kind };
	int rc = iommu_ready(part->frames, part->kind);

	part->frames.count = 0;
	if (!rc)
		rc = group_prepare(part->frames.first, &t);
	if (rc || !t.pages)
		return rc;
	part->frames.count = t.pages;
	holding_count(h, part->frames.first, t.pages);
	return iommu_permit(part->frames, part->kind);
}

/* Whether the group of these pages, the first of it, is still to be built. */
static bool part_is_new(const struct holding *h, const struct piece *part)
{
	return !h->range->host && !(part->frames.first % GROUP_FRAMES) &&
	       !group_present(part->frames.first);
}

/* part->frames.count becomes how many of the pages are the guest's now. */
static int part_make(struct holding *h, struct piece *part)
{
	uint64_t count = part->frames.count;
	int rc;

	if (part_is_new(h, part)) {
		rc = part_new(h, part);
		if (rc || part->frames.count)
			return rc;
		part->frames.count = count;
	}
	rc = group_prepare(part->frames.first, NULL);
	if (!rc)
		return part_convert(h, part);
	part->frames.count = 0;
	return rc;
}

int piece_convert(struct holding *h, const struct piece *p, uint64_t *converted)
{
	while (*converted < p->frames.count) {
		struct frames rest = { p->frames.first + *converted, p->frames.count - *converted };
		struct piece part = { group_part(rest), p->gfn + *converted, p->kind };
		int rc = part_make(h, &part);

		*converted += part.frames.count;
		if (rc)
			return rc;
		if (*converted < p->frames.count && !work_left())
			return MORE;
	}
	return 0;
}

/* ---- guest's -> free or host ---- */

bool page_take_back(struct holding *h, uint64_t mfn)
{
	bool uncached = page_kind(mfn_to_page(mfn)) == PAGE_UNCACHED;

	if (!page_guest_to_free(mfn_to_page(mfn), h->domain))
		return false;
	if (uncached)
		page_uncache(mfn);
	*m2p_of(mfn) = INVALID_M2P;
	return true;
}

/* Pages that are not mapped. dom0's devices reach those of a host range whoever holds them. */
static void run_take_back(struct holding *h, struct frames run, enum page_kind kind)
{
	uint64_t i;

	if (!run.count || (!h->range->host && iommu_deny(run, kind)))
		return;
	for (i = 0; i < run.count; i++)
		if (page_take_back(h, run.first + i))
			holding_count(h, run.first + i, -1);
}

/* How many of the last pages below `converted` one entry covers; *mapped: it maps them. */
static uint64_t entry_pages(struct holding *h, const struct piece *p, uint64_t converted,
			    bool *mapped)
{
	uint64_t last = converted - 1, mfn, n;
	unsigned int type, order;

	mfn = p2m_get(h->domain, p->gfn + last, &type, &order);
	command_work += WORK_LOOKUP;
	*mapped = mfn == p->frames.first + last;
	n = ((p->gfn + last) & ((1ull << order) - 1)) + 1;
	return n < converted ? n : converted;	/* the entry may begin before the piece */
}

uint64_t piece_take_back(struct holding *h, const struct piece *p, uint64_t *converted, bool whole)
{
	uint64_t had = h->pages, cost = page_take_back_cost(h, p->kind);
	struct frames run = { p->frames.first + *converted, 0 };

	p2m_hold(h->domain);
	while (*converted && (whole || work_left())) {
		bool mapped;
		uint64_t n = entry_pages(h, p, *converted, &mapped);

		if (mapped) {
			run_take_back(h, run, p->kind);
			run.count = 0;
		} else if (!whole && n > 1 + (WORK_LIMIT - command_work) / cost) {
			n = 1 + (WORK_LIMIT - command_work) / cost;
		}
		*converted -= n;
		run.first = p->frames.first + *converted;
		run.count += mapped ? 0 : n;
		command_work += mapped ? 0 : n * cost;
	}
	run_take_back(h, run, p->kind);
	p2m_let_go(h->domain);
	return had - h->pages;
}

void frames_return(const struct holding *h, struct frames f, uint64_t taken)
{
	uint64_t i;

	if (!taken || !h->range->host)
		return;
	for (i = 0; i < f.count; i++) {
		struct frames page = { f.first + i, 1 };

		if (!page_is_free(mfn_to_page(page.first)))
			continue;
		frames_flush(page);
		page_free_to_host(mfn_to_page(page.first));
	}
}
