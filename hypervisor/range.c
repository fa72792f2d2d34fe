// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ranges between dom0 and nobody: takes a range that is dom0's, proves that nobody else has it, and hands it on as
 * free pages; and back.
 *
 *   dom0's -first SERVE-> CHECKING -grace over, scan done-> SERVED -UNSERVE-> dom0's    (RESERVE, UNRESERVE likewise)
 *      ^--- busy, UNSERVE ---'
 *
 * A host range goes on from there: host.c.
 */
#include "extension.h"

struct range reserved, ranges[XEN_PMEM_RANGES];
static bool unreserving;

struct range *range_find(const uint8_t *uuid)
{
	unsigned int i;

	for (i = 0; i < XEN_PMEM_RANGES; i++)
		if (ranges[i].frames.count && !memcmp(ranges[i].uuid, uuid, 16))
			return &ranges[i];
	return NULL;
}

struct range *range_around(struct frames f)
{
	unsigned int i;

	for (i = 0; i < XEN_PMEM_RANGES; i++)
		if (ranges[i].frames.count && frames_intersect(f, ranges[i].frames).count == f.count)
			return &ranges[i];
	return NULL;
}

enum xen_pmem_range_state range_state(const struct range *r)
{
	if (r->state != XEN_PMEM_RANGE_SERVED || !r->host)
		return r->state;
	return r->hosted == r->frames.count ? XEN_PMEM_RANGE_HOST : XEN_PMEM_RANGE_CHECKING;
}

bool range_ready(const struct range *r)
{
	return range_state(r) == (r->host ? XEN_PMEM_RANGE_HOST : XEN_PMEM_RANGE_SERVED);
}

static struct range *range_slot(void)
{
	unsigned int i;

	for (i = 0; i < XEN_PMEM_RANGES; i++)
		if (!ranges[i].frames.count)
			return &ranges[i];
	return NULL;
}

unsigned int ranges_count(void)
{
	unsigned int i, n = 0;

	for (i = 0; i < XEN_PMEM_RANGES; i++)
		n += ranges[i].frames.count != 0;
	return n;
}

/* ---- what may not be taken ---- */

static int check_ram(struct frames f)
{
	uint64_t start = f.first << 12, end = (f.first + f.count) << 12;
	uint32_t i;

	for (i = 0; i < e820.nr; i++) {
		uint32_t type = e820.map[i].type;

		if (e820.map[i].addr >= end || e820.map[i].addr + e820.map[i].size <= start)
			continue;
		if (type == E820_RAM || type == E820_ACPI || type == E820_NVS || type == E820_UNUSABLE)
			return REFUSE(ERANGE, "the range overlaps RAM or firmware memory");
	}
	return 0;
}

static int check_bounds(struct frames f)
{
	uint64_t last = f.first + f.count - 1;

	if (last >= MFN_LIMIT || last >> (paddr_bits - 12))
		return REFUSE(ERANGE, "the range lies beyond what Xen can address");
	return 0;
}

static int check_placement(struct frames f)
{
	uint64_t last = f.first + f.count - 1, mfn;
	unsigned int order;

	if (!iommu_names(last))
		return REFUSE(ERANGE, "the range lies beyond what dom0's I/O page tables can name");
	if ((f.first | last) & pfn_hole_mask || mfn_to_pdx(last) - mfn_to_pdx(f.first) != f.count - 1)
		return REFUSE(ERANGE, "the range lies in the hole of Xen's compressed frame numbers");
	for (mfn = f.first; mfn <= last; mfn = (mfn | (GROUP_FRAMES - 1)) + 1) {
		if (group_valid(mfn) && !group_present(mfn))
			return REFUSE(ERANGE, "the range shares a 256 MiB group of frames with RAM");
		pte_of((unsigned long)mfn_to_virt(mfn), &order);
		if (order == 27)
			return REFUSE(ERANGE, "the range is in a 512 GiB slot that Xen had not mapped at boot");
	}
	return 0;
}

static int check_overlap(struct frames f)
{
	unsigned int i;

	if (frames_intersect(f, reserved.frames).count)
		return REFUSE(EEXIST, "the range overlaps the reserved area");
	for (i = 0; i < XEN_PMEM_RANGES; i++)
		if (frames_intersect(f, ranges[i].frames).count)
			return REFUSE(EEXIST, "the range overlaps another one that is served");
	return 0;
}

/*
 * Once dom0 may not map the range, it cannot let anybody else map it; so those who may already are all there are.
 * domlist_read_lock is RCU's, and keeps a domain from being freed: so does a walk in which nothing runs softirqs, and nothing here does.
 */
static int check_others(struct frames f)
{
	const struct domain *d;

	for (d = domain_list; d; d = domain_next(d))
		if (d != hardware_domain && domain_iomem(d) &&
		    rangeset_overlaps_range(domain_iomem(d), f.first, f.first + f.count - 1))
			return REFUSE(EBUSY, "another domain was given the range as I/O memory");
	return 0;
}

/* ---- taking and giving ---- */

/*
 * Nor is what it may map, but not write, as whoever has a range may.
 *
 * Xen hands on what dom0 may map under dom0's caps_lock, so that no grant goes on from a permission that is gone. That lock is not taken
 * here, nor needed: range sets have a lock of their own, so none is seen half changed; a hypercall that had looked just before gives the
 * range to another domain without letting RCU pass, so it is over when the grace is, and check_others() then sees what it gave.
 */
static int dom0_deny(struct frames f)
{
	struct rangeset *caps = domain_iomem(hardware_domain);
	uint64_t last = f.first + f.count - 1;

	if (!rangeset_contains_range(caps, f.first, last) || rangeset_overlaps_range(mmio_ro_ranges, f.first, last))
		return REFUSE(EPERM, "the range is not dom0's to give");
	return rangeset_remove_range(caps, f.first, last) ? REFUSE(ENOMEM, "Xen has no memory left") : 0;
}

static int dom0_permit(struct frames f)
{
	if (rangeset_add_range(domain_iomem(hardware_domain), f.first, f.first + f.count - 1))
		return REFUSE(ENOMEM, "Xen has no memory left");
	return 0;
}

static struct frames command_frames(const struct xen_pmem_command *c)
{
	return (struct frames){ c->spa >> 12, c->length >> 12 };
}

/* Where nothing may be: first of all, since the tables of groups end at MFN_LIMIT. */
static int range_check(struct frames f)
{
	int rc = check_bounds(f);

	if (!rc)
		rc = check_overlap(f);
	if (!rc)
		rc = check_ram(f);
	return rc ? rc : check_placement(f);
}

static int range_begin(struct range *r, const struct xen_pmem_command *c)
{
	struct frames f = command_frames(c);
	int rc;

	rc = check_others(f);
	if (!rc)
		rc = dom0_deny(f);
	if (rc)
		return rc;
	*r = (struct range){ .frames = f, .state = XEN_PMEM_RANGE_CHECKING, .grace = grace_begin(), .host = c->flags & XEN_PMEM_SERVE_HOST };
	memcpy(r->uuid, c->uuid, 16);
	return 0;
}

/* The first proof may have raced with a mapping or a permission in the making; after the grace there can be none. */
static int range_prove(struct range *r)
{
	int rc;

	if (!grace_over(r->grace))
		return REFUSE(EAGAIN, "waiting for every CPU");
	rc = check_others(r->frames);
	return rc ? rc : scan_step(r);
}

static int range_finish(struct range *r)
{
	int rc;

	tlb_dirty = true;	/* what was unmapped before the scan may still be in somebody's TLB */
	page_flush();
	rc = map_frames((unsigned long)mfn_to_virt(r->frames.first), r->frames.first, r->frames.count, MAP_RW);
	if (rc)
		return rc;
	r->mapped = true;
	rc = r == &reserved ? tail_init() : groups_join(r->frames);
	if (!rc)
		r->state = XEN_PMEM_RANGE_SERVED;
	return rc;
}

/* Unmaps and hands back. If memory runs out the range stays, CHECKING, for another try. */
static int range_give(struct range *r)
{
	int rc;

	r->state = XEN_PMEM_RANGE_CHECKING;
	r->scanned = 0;
	if (r->mapped) {
		rc = unmap_frames((unsigned long)mfn_to_virt(r->frames.first), r->frames.count);
		if (rc)
			return rc;
		r->mapped = false;
		range_flush();
	}
	rc = dom0_permit(r->frames);
	if (!rc)
		*r = (struct range){ .frames = { 0, 0 } };
	return rc;
}

/* Whoever gives a host range back does so no more. */
static int range_take_host(struct range *r, struct xen_pmem_command *c)
{
	int rc;

	r->undo = false;
	r->looked = 0;
	rc = host_take(r);
	c->done = r->hosted << 12;
	return rc;
}

/* From the first call to the last; a refusal on the way gives the range back. A new range has passed range_check(). */
static int range_take(struct range *r, struct xen_pmem_command *c)
{
	int rc;

	if (!r->frames.count) {
		rc = range_begin(r, c);
		if (rc)
			return rc;
	}
	if (r->state != XEN_PMEM_RANGE_SERVED) {
		rc = range_prove(r);
		if (rc == MORE || rc == -EAGAIN)
			return rc;
		if (!rc)
			rc = range_finish(r);
		if (rc) {
			const char *line = refusal;

			range_give(r);
			return REFUSE(-rc, line);
		}
	}
	if (r->host)
		return range_take_host(r, c);
	c->done = c->length;
	return 0;
}

static bool range_is(const struct range *r, const struct xen_pmem_command *c)
{
	struct frames f = command_frames(c);

	return r->frames.first == f.first && r->frames.count == f.count && !memcmp(r->uuid, c->uuid, 16);
}

/* ---- the four operations and the query ---- */

int range_reserve(struct xen_pmem_command *c)
{
	int rc;

	if (unreserving) {	/* whoever began that did not finish it */
		rc = range_unreserve(c);
		if (rc)
			return rc;
	}
	if (reserved.frames.count && !range_is(&reserved, c))
		return REFUSE(EEXIST, "another reserved area is in use");
	if (c->length >> 21 >= 65536)
		return REFUSE(ERANGE, "the reserved area is not smaller than 128 GiB");
	rc = reserved.frames.count ? 0 : range_check(command_frames(c));
	return rc ? rc : range_take(&reserved, c);
}

int range_unreserve(struct xen_pmem_command *c)
{
	int rc;

	(void)c;
	if (!reserved.frames.count)
		return REFUSE(ENOENT, "there is no reserved area");
	if (ranges_count())
		return REFUSE(EBUSY, "ranges are served from the reserved area");
	if (reserved.state == XEN_PMEM_RANGE_SERVED) {
		rc = groups_close();
		unreserving = rc == MORE;
		if (rc)
			return rc == MORE ? REFUSE(EAGAIN, "metadata are on their way out") : rc;
	}
	return range_give(&reserved);
}

/* A free slot for a range that may be served. */
static int range_admit(struct frames f, struct range **r)
{
	int rc;

	if (reserved.state != XEN_PMEM_RANGE_SERVED || unreserving)
		return REFUSE(ENXIO, "no reserved area is enabled");
	rc = range_check(f);
	if (rc)
		return rc;
	if (chunks_needed(f) > chunks_total())
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
		return REFUSE(EEXIST, r->host ? "the range is served as dom0's own" : "the range is served, but not as dom0's own");
	rc = r ? 0 : range_admit(command_frames(c), &r);
	return rc ? rc : range_take(r, c);
}

int range_unserve(struct xen_pmem_command *c)
{
	struct range *r = range_find(c->uuid);
	int rc;

	if (!r)
		return REFUSE(ENOENT, "the range is not served");
	if (r->assigned)
		return REFUSE(EBUSY, "a guest has pages of the range");
	rc = host_give(r);
	c->done = r->host ? (r->looked + r->frames.count - r->hosted) << 12 : 0;
	if (rc)
		return rc == MORE ? REFUSE(EAGAIN, "dom0's pages are on their way out") : rc;
	if (r->state == XEN_PMEM_RANGE_SERVED) {
		unused_close();
		if (groups_leaving(r->frames))
			return REFUSE(EAGAIN, "metadata of the range are on their way out");
		groups_leave(r->frames);
	}
	return range_give(r);
}

int range_query(struct xen_pmem_command *c)
{
	unsigned int i, n = 0;

	for (i = 0; i < XEN_PMEM_RANGES; i++) {
		const struct range *r = &ranges[i];

		if (!r->frames.count || n++ != c->index)
			continue;
		memcpy(c->uuid, r->uuid, 16);
		c->spa = r->frames.first << 12;
		c->length = r->frames.count << 12;
		c->count = r->assigned;
		c->state = range_state(r);
		c->bytes_used = chunks_used_for(r->frames) << 21;
		return 0;
	}
	return REFUSE(ENOENT, "no such range");
}
