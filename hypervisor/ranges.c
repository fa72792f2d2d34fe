// SPDX-License-Identifier: GPL-2.0-only
/* Takes ranges from dom0, with proof that no domain maps them, and gives them back. */
#include "ranges.h"

#include "answer.h"
#include "caches.h"
#include "chunk.h"
#include "grace.h"
#include "group.h"
#include "iommu.h"
#include "maxpage.h"
#include "noted.h"
#include "proof.h"
#include "retired.h"
#include "tables.h"

static bool unreserving;	/* UNRESERVE has begun, and has not come to its end */

/* ---- what may not be served ---- */

static int ram_check(struct frames f)
{
	return ram_overlaps(f) ?
		       REFUSE(ERANGE, "the range overlaps RAM or firmware memory") :
		       0;
}

uint64_t range_end_max(void)
{
	const uint64_t processor = 1ull << (paddr_bits - 12), tables = iommu_end();
	const uint64_t end = processor < MFN_LIMIT ? processor : MFN_LIMIT;

	return tables < end ? tables : end;
}

static int bounds_check(struct frames f)
{
	uint64_t last = f.first + f.count - 1;

	if (last >= MFN_LIMIT)
		return REFUSE(ERANGE, "the range ends above 5 TiB (0x50000000000)");
	if (last >> (paddr_bits - 12))
		return REFUSE(ERANGE, "the range ends above what the processor can address");
	return 0;
}

static int placement_check(struct frames f)
{
	uint64_t last = f.first + f.count - 1, mfn;
	unsigned int order;

	if (last >= iommu_end())
		return REFUSE(ERANGE, "the range lies beyond what dom0's I/O page tables can name");
	if ((f.first | last) & pfn_hole_mask ||
	    mfn_to_pdx(last) - mfn_to_pdx(f.first) != f.count - 1)
		return REFUSE(ERANGE,
			      "the range is in Xen's hole of frame numbers (try numa=noacpi)");
	for (mfn = f.first; mfn <= last; mfn = (mfn | (GROUP_FRAMES - 1)) + 1) {
		if (group_valid(mfn) && !group_present(mfn))
			return REFUSE(ERANGE,
				      "the range shares a 256 MiB group of frames with RAM");
		pte_of((unsigned long)mfn_to_virt(mfn), &order);
		if (order == 27)
			return REFUSE(
				ERANGE,
				"the range is in a 512 GiB slot that was not filled at load");
	}
	return 0;
}

static int overlap_check(struct frames f)
{
	if (frames_intersect(f, reserved.frames).count)
		return REFUSE(EEXIST, "the range overlaps the reserved area");
	if (ranges_overlap(f))
		return REFUSE(EEXIST, "the range overlaps another one that is served");
	return 0;
}

/* bounds_check() comes first: the tables of groups end at MFN_LIMIT. */
static int range_check(struct frames f)
{
	int rc = bounds_check(f);

	if (!rc)
		rc = overlap_check(f);
	if (!rc)
		rc = ram_check(f);
	return rc ? rc : placement_check(f);
}

/* ---- dom0's permission ---- */

/*
 * dom0 may map a frame of mmio_ro_ranges but not write it; a guest may write the pages it is given.
 *
 * Xen hands on what dom0 may map under dom0's caps_lock, so that no grant goes on from a permission
 * that is gone. That lock is not taken here. Range sets have a lock of their own, so none is seen
 * half changed. A hypercall that had looked just before may give the range to another domain, but
 * it does not let RCU pass: it is over when the grace period is, and others_may_map() then sees
 * what it gave.
 */
static int dom0_deny(struct frames f)
{
	struct rangeset *caps = domain_iomem(hardware_domain);
	uint64_t last = f.first + f.count - 1;

	if (!rangeset_contains_range(caps, f.first, last) ||
	    rangeset_overlaps_range(mmio_ro_ranges, f.first, last))
		return REFUSE(EPERM, "the range is not dom0's to give");
	return rangeset_remove_range(caps, f.first, last) ?
		       REFUSE(ENOMEM, "Xen has no memory left") :
		       0;
}

static int dom0_permit(struct frames f)
{
	if (rangeset_add_range(domain_iomem(hardware_domain), f.first, f.first + f.count - 1))
		return REFUSE(ENOMEM, "Xen has no memory left");
	return 0;
}

/* ---- dom0's -> WAITING -> SERVED, and back ---- */

static int range_begin(struct range *r, const struct xen_pmem_command *c)
{
	struct frames f = command_frames(c);
	int rc;

	if (others_may_map(f))
		return REFUSE(EBUSY, OTHERS_REFUSAL);
	rc = dom0_deny(f);
	if (rc)
		return rc;
	*r = (struct range){
		.frames = f,
		.state = RANGE_WAITING,
		.grace = grace_begin(),
		.host = c->flags & XEN_PMEM_SERVE_HOST,
	};
	memcpy(r->uuid, c->uuid, 16);
	return 0;
}

static int range_checked_to_served(struct range *r)
{
	int rc;

	tlb_note_stale();	/* of what was unmapped before the scan */
	tlb_flush();
	rc = map_frames((unsigned long)mfn_to_virt(r->frames.first), r->frames.first,
			r->frames.count, MAP_RW);
	if (rc)
		return rc;
	r->mapped = true;
	rc = r == &reserved ? tail_init() : groups_add_range(r->frames);
	if (!rc)
		r->state = RANGE_SERVED;
	return rc;
}

/* If memory runs out the range stays WAITING, for another try. */
static int range_give_back(struct range *r)
{
	int rc;

	r->state = RANGE_WAITING;
	if (r->mapped) {
		rc = unmap_frames((unsigned long)mfn_to_virt(r->frames.first), r->frames.count);
		if (rc)
			return rc;
		r->mapped = false;
		range_flush();
	}
	rc = dom0_permit(r->frames);
	if (rc)
		return rc;
	media_forget(r->frames);
	*r = (struct range){ .state = RANGE_UNUSED };
	return 0;
}

/*
 * From the first call to SERVED; a refusal on the way gives the range back. A new range has passed
 * range_check().
 */
static int range_to_served(struct range *r, const struct xen_pmem_command *c)
{
	const char *line;
	int rc = r->state ? 0 : range_begin(r, c);

	if (rc || range_proven(r))
		return rc;
	if (r->state != RANGE_CHECKED)
		rc = range_prove(r);
	if (rc == MORE || rc == -EAGAIN)
		return rc;
	if (!rc)
		rc = range_checked_to_served(r);
	if (!rc)
		return 0;
	line = command_refusal;
	range_give_back(r);
	return REFUSE(-rc, line);
}

/* ---- SERVED -> TO_HOST -> HOST ---- */

/* How many of these pages the command has work left for; one at least. */
static uint64_t pages_affordable(uint64_t pages)
{
	uint64_t left = work_left() ? (WORK_LIMIT - command_work) / page_cost(PAGE_RW) : 0;

	return !left ? 1 : left < pages ? left : pages;
}

static bool pages_are_free(struct frames f)
{
	uint64_t i;

	for (i = 0; i < f.count; i++)
		if (!page_is_free(mfn_to_page(f.first + i)))
			return false;
	return true;
}

/*
 * dom0's devices reach a host page wherever it goes, as they reach all RAM (see iommu.h): a page
 * that changes hands later costs nothing there. With dom0-iommu=strict Xen enters what becomes
 * writable, and host pages are writable from the start: dom0's devices do not reach them then, as
 * on stock Xen they reach no NVDIMM.
 */
static int part_to_host(struct range *r, struct frames part)
{
	uint64_t i;
	int rc;

	part.count = pages_affordable(part.count);
	command_work += part.count * page_cost(PAGE_RW);
	if (!pages_are_free(part))
		return REFUSE(EBUSY, "a page of the range is in use");
	rc = iommu_permit(part, PAGE_RW);
	if (rc)
		return rc;
	for (i = 0; i < part.count; i++)
		page_free_to_host(mfn_to_page(part.first + i));
	group_hold(part.first, part.count);
	r->hosted += part.count;
	return 0;
}

/* All groups get metadata: dom0 may map any page at any time. */
static int range_free_to_host(struct range *r)
{
	groups_keep();
	while (r->hosted < r->frames.count) {
		struct frames rest = { r->frames.first + r->hosted, r->frames.count - r->hosted };
		int rc;

		if (!work_left())
			return MORE;
		rc = group_prepare(rest.first, NULL);
		if (!rc)
			rc = part_to_host(r, group_part(rest));
		if (rc)
			return rc;
	}
	r->state = RANGE_HOST;
	return 0;
}

/* A SERVE cancels an UNSERVE in progress. */
static int range_to_host(struct range *r, struct xen_pmem_command *c)
{
	int rc;

	r->state = RANGE_TO_HOST;
	r->unserve_failed = false;
	r->looked = 0;
	rc = range_free_to_host(r);
	c->done = r->hosted << 12;
	return rc;
}

/* ---- HOST -> FROM_HOST -> free ---- */

/* A page that dom0 maps now is found before any page has changed. */
static int range_look(struct range *r)
{
	for (; r->looked < r->hosted; r->looked++, command_work++) {
		if (!work_left())
			return MORE;
		if (!page_is_host(mfn_to_page(r->frames.first + r->looked))) {
			r->looked = 0;
			return REFUSE(EBUSY, "dom0 maps or uses a page of the range");
		}
	}
	return 0;
}

/* Frees the last host pages, of one group, up to one that dom0 maps; returns them. */
static struct frames last_to_free(const struct range *r)
{
	uint64_t end = r->frames.first + r->hosted, i;
	uint64_t n = pages_affordable(((end - 1) & (GROUP_FRAMES - 1)) + 1);

	n = n < r->hosted ? n : r->hosted;
	for (i = 0; i < n && page_host_to_free(mfn_to_page(end - 1 - i)); i++)
		*m2p_of(end - 1 - i) = INVALID_M2P;
	command_work += n * page_cost(PAGE_RW);
	return (struct frames){ end - i, i };
}

static int part_from_host(struct range *r)
{
	struct frames part = last_to_free(r);
	int rc = iommu_deny(part, PAGE_RW);
	uint64_t i;

	if (rc) {
		for (i = 0; i < part.count; i++)
			page_free_to_host(mfn_to_page(part.first + i));
		iommu_permit(part, PAGE_RW);	/* some may have been removed */
		return rc;
	}
	if (!part.count) {
		r->state = RANGE_TO_HOST;
		r->unserve_failed = true;
		return 0;
	}
	r->state = RANGE_FROM_HOST;
	r->hosted -= part.count;
	group_drop(part.first, part.count);
	return 0;
}

static int range_host_to_free(struct range *r)
{
	int rc = r->unserve_failed ? 0 : range_look(r);

	while (!rc && r->hosted && !r->unserve_failed)
		rc = work_left() ? part_from_host(r) : MORE;
	if (rc || !r->unserve_failed)
		return rc;
	rc = range_free_to_host(r);
	if (rc)
		return rc;
	r->unserve_failed = false;
	r->looked = 0;
	return REFUSE(EBUSY, "dom0 maps or uses a page of the range");
}

/* ---- the operations ---- */

static bool range_is(const struct range *r, const struct xen_pmem_command *c)
{
	struct frames f = command_frames(c);

	return r->frames.first == f.first && r->frames.count == f.count &&
	       !memcmp(r->uuid, c->uuid, 16);
}

int range_reserve(struct xen_pmem_command *c)
{
	int rc;

	if (unreserving) {	/* whoever began that did not finish it */
		rc = range_unreserve(c);
		if (rc && (rc != -EBUSY || unreserving))	/* EBUSY: the reserved area stays */
			return rc;
	}
	if (reserved.state && !range_is(&reserved, c))
		return REFUSE(EEXIST, "another reserved area is in use");
	if (c->length >> 21 >= CHUNKS)
		return REFUSE(ERANGE, "the reserved area is not smaller than 128 GiB");
	rc = reserved.state ? 0 : range_check(command_frames(c));
	if (!rc)
		rc = range_to_served(&reserved, c);
	if (!rc)
		c->done = c->length;
	return rc;
}

int range_unreserve(struct xen_pmem_command *c)
{
	int rc;

	(void)c;
	if (!reserved.state)
		return REFUSE(ENOENT, "no reserved area is enabled");
	if (ranges_count())
		return REFUSE(EBUSY, "ranges are served from the reserved area");
	if (range_proven(&reserved)) {
		rc = groups_close_all();
		unreserving = rc == MORE;
		if (rc)
			return rc == MORE ? REFUSE(EAGAIN, "metadata are on their way out") : rc;
	}
	return range_give_back(&reserved);
}

/* A free slot for a range that may be served. */
static int range_admit(struct frames f, struct range **r)
{
	int rc;

	if (!range_proven(&reserved) || unreserving)
		return REFUSE(ENXIO, "no reserved area is enabled");
	rc = range_check(f);
	if (rc)
		return rc;
	if (chunks_needed(f) > chunks_total() - chunks_retired())
		return REFUSE(ENOSPC, "the reserved area is too small for the range");
	*r = range_slot();
	return *r ? 0 : REFUSE(ENOSPC, "64 ranges are served already");
}

int range_serve(struct xen_pmem_command *c)
{
	struct range *r = range_find(c->uuid);
	int rc;

	if (r && !range_is(r, c))
		return REFUSE(EEXIST, "a namespace of this UUID is served at another address");
	if (r && r->host != !!(c->flags & XEN_PMEM_SERVE_HOST))
		return REFUSE(EEXIST, r->host ? "the range is served as dom0's own" :
						"the range is served, but not as dom0's own");
	rc = r ? 0 : range_admit(command_frames(c), &r);
	if (!rc)
		rc = range_to_served(r, c);
	if (rc)
		return rc;
	if (r->host)
		return range_to_host(r, c);
	c->done = c->length;
	return 0;
}

int range_unserve(struct xen_pmem_command *c)
{
	struct range *r = range_find(c->uuid);
	int rc;

	if (!r)
		return REFUSE(ENOENT, "the range is not served");
	if (r->assigned)
		return REFUSE(EBUSY, "a guest has pages of the range");
	rc = r->host && !groups_infos_good(r->frames) ? REFUSE(EIO, RETIRED_REFUSAL) :
							range_host_to_free(r);
	c->done = r->host ? (r->looked + r->frames.count - r->hosted) << 12 : 0;
	if (rc)
		return rc == MORE ? REFUSE(EAGAIN, "dom0's pages are on their way out") : rc;
	if (range_proven(r)) {
		groups_close_unused();
		if (groups_closing_in(r->frames))
			return REFUSE(EAGAIN, "metadata of the range are on their way out");
		rc = groups_drop_range(r->frames);
	}
	return rc ? rc : range_give_back(r);
}
