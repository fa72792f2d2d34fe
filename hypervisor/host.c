// SPDX-License-Identifier: GPL-2.0-only
/*
 * Host ranges: takes the free pages of a range and makes them dom0's own, as its RAM is, so that Xen counts each mapping that dom0 makes; and back.
 *
 *   free --SERVE, from the first page on--> host <--RELEASE-- guest's
 *     ^---UNSERVE, from the last page on-----' '----ASSIGN-----^
 *
 * r->hosted is the border, and all that there is to know of either way: who was killed in the middle is followed by the same command, or by the other.
 * All groups of host pages have their metadata, since dom0 may map any page at any time.
 *
 * dom0's devices reach a host page wherever it goes, as they reach all RAM (see iommu.c): so a page that changes hands costs nothing there. Not with
 * dom0-iommu=strict: Xen enters what becomes writable, and host pages are so from the start. They do not reach it then, nor do they on stock Xen.
 */
#include "extension.h"

/* Of so many pages what the command has work left for; one at least. */
static uint64_t pages_left(uint64_t pages)
{
	uint64_t left = work_left() ? (WORK_LIMIT - work) / page_cost(PAGE_RW) : 0;

	return !left ? 1 : left < pages ? left : pages;
}

static bool pages_free(struct frames f)
{
	uint64_t i;

	for (i = 0; i < f.count; i++)
		if (!page_is_free(mfn_to_page(f.first + i)))
			return false;
	return true;
}

/* Of one group. */
static int part_take(struct range *r, struct frames part)
{
	uint64_t i;
	int rc;

	part.count = pages_left(part.count);
	work += part.count * page_cost(PAGE_RW);
	if (!pages_free(part))
		return REFUSE(EBUSY, "a page of the range is in use");
	rc = iommu_permit(part, PAGE_RW);
	if (rc)
		return rc;
	for (i = 0; i < part.count; i++)
		page_free_to_host(mfn_to_page(part.first + i));
	group_use(part.first, part.count);
	r->hosted += part.count;
	return 0;
}

int host_take(struct range *r)
{
	groups_wanted();
	while (r->hosted < r->frames.count) {
		struct frames rest = { r->frames.first + r->hosted, r->frames.count - r->hosted };
		struct frames group = { rest.first & ~(GROUP_FRAMES - 1), GROUP_FRAMES };
		int rc;

		if (!work_left())
			return MORE;
		rc = group_prepare(rest.first);
		if (!rc)
			rc = part_take(r, frames_intersect(rest, group));
		if (rc)
			return rc;
	}
	return 0;
}

/* What would be refused on the way is refused before anything has changed, if it is so by now. */
static int host_look(struct range *r)
{
	for (; r->looked < r->hosted; r->looked++, work++) {
		if (!work_left())
			return MORE;
		if (!page_is_host(mfn_to_page(r->frames.first + r->looked))) {
			r->looked = 0;
			return REFUSE(EBUSY, "dom0 maps or uses a page of the range");
		}
	}
	return 0;
}

/* The last pages of what is dom0's, of one group; up to one that is not as it should be. */
static struct frames part_free(const struct range *r)
{
	uint64_t end = r->frames.first + r->hosted, n = pages_left(((end - 1) & (GROUP_FRAMES - 1)) + 1), i;

	n = n < r->hosted ? n : r->hosted;
	for (i = 0; i < n && page_host_to_free(mfn_to_page(end - 1 - i)); i++)
		*m2p_of(end - 1 - i) = INVALID_M2P;
	work += n * page_cost(PAGE_RW);
	return (struct frames){ end - i, i };
}

static int host_free(struct range *r)
{
	while (r->hosted && !r->undo) {
		struct frames part;
		uint64_t i;
		int rc;

		if (!work_left())
			return MORE;
		part = part_free(r);
		rc = iommu_deny(part, PAGE_RW);
		for (i = 0; rc && i < part.count; i++)
			page_free_to_host(mfn_to_page(part.first + i));
		if (rc) {
			iommu_permit(part, PAGE_RW);	/* some may have been struck out */
			return rc;
		}
		r->undo = !part.count;
		r->hosted -= part.count;
		if (part.count)
			group_unuse(part.first, part.count);
	}
	return 0;
}

int host_give(struct range *r)
{
	int rc = r->undo ? 0 : host_look(r);

	if (!rc)
		rc = host_free(r);
	if (rc || !r->undo)
		return rc;
	rc = host_take(r);
	if (rc)
		return rc;
	r->undo = false;
	r->looked = 0;
	return REFUSE(EBUSY, "dom0 maps or uses a page of the range");
}

void host_return(struct frames f, uint64_t taken)
{
	uint64_t i;

	if (!taken)
		return;
	for (i = 0; i < f.count; i++) {
		struct frames page = { f.first + i, 1 };

		if (!page_is_free(mfn_to_page(page.first)))
			continue;
		host_flush(page);
		page_free_to_host(mfn_to_page(page.first));
	}
}
