// SPDX-License-Identifier: GPL-2.0-only
/* Writes zeros, past the caches, over a range or a part of it of which no guest holds a page. */
#include "erase.h"

#include "answer.h"
#include "caches.h"
#include "retired.h"
#include "tables.h"

static void page_zero(uint64_t mfn)
{
	uint64_t *at = mfn_to_virt(mfn), *end = at + 4096 / sizeof(*at);

	for (; at < end; at++)
		asm volatile("movnti %1, %0" : "=m" (*at) : "r" (0ul));
}

/* In a group that no page uses no guest holds one. */
static bool page_is_unowned(uint64_t mfn)
{
	return !group_of(mfn)->used || page_is_free(mfn_to_page(mfn));
}

#define FIRST_PAGES	16384u

/*
 * What would be refused on the way is refused at the start, if it is not far to find: then nothing
 * has changed.
 */
static bool part_is_unowned(struct frames f)
{
	for (; f.count && command_work < FIRST_PAGES; command_work++) {
		uint64_t looked = group_of(f.first)->used ? 1 : group_part(f).count;

		if (!page_is_unowned(f.first))
			return false;
		f = (struct frames){ f.first + looked, f.count - looked };
	}
	return true;
}

/* Whether the page_infos that are to be read can be. */
static bool infos_are_good(struct frames f)
{
	FOR_EACH_GROUP(g, f)
		if (groups[g].used && !group_infos_good(g << GROUP_ORDER))
			return false;
	return true;
}

/* *part: the frames to erase. */
static int erase_check(const struct range *r, const struct xen_pmem_command *c, struct frames *part)
{
	if (!r || !range_proven(r))
		return REFUSE(ENOENT, "the range is not served");
	if (r->host)
		return REFUSE(EPERM, "the range is dom0's own, which can erase it itself");
	*part = c->length ? command_frames(c) : r->frames;
	if (frames_intersect(*part, r->frames).count != part->count)
		return REFUSE(EINVAL, "the pages are not inside of the range");
	if (c->done > part->count << 12)
		return REFUSE(EINVAL, "done is beyond the range");
	if (r->assigned && !c->length)
		return REFUSE(EBUSY, "a guest has pages of the range");
	if (!infos_are_good(*part))
		return REFUSE(EIO, RETIRED_REFUSAL);
	if (r->assigned && !c->done && !part_is_unowned(*part))
		return REFUSE(EBUSY, "a guest has pages of that part");
	return 0;
}

int range_erase(struct xen_pmem_command *c)
{
	struct range *r = range_find(c->uuid);
	struct frames part;
	int rc = erase_check(r, c, &part);

	if (rc)
		return rc;
	tlb_flush();	/* a dead guest's last writes are past; so must its translations be */
	c->length = part.count << 12;
	for (; c->done < c->length && work_left(); c->done += 4096, command_work += WORK_BYTES) {
		uint64_t mfn = part.first + (c->done >> 12);

		if (!page_is_unowned(mfn)) {
			rc = REFUSE(EBUSY, "a page of the range is in use");
			break;
		}
		page_zero(mfn);
	}
	asm volatile("sfence" ::: "memory");
	return rc;
}
