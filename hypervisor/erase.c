// SPDX-License-Identifier: GPL-2.0-only
/* ERASE: takes a range that no guest has a page of, and writes zeros over it, past the caches. */
#include "extension.h"

/* What zeroing a page costs, in pages of work: memory takes some 4 GiB/s, and a page that only changes hands about 15 ns. */
#define WORK_ZERO	64u

static void page_zero(uint64_t mfn)
{
	uint64_t *at = mfn_to_virt(mfn), *end = at + 4096 / sizeof(*at);

	for (; at < end; at++)
		asm volatile("movnti %1, %0" : "=m" (*at) : "r" (0ul));
}

/* Where the group has no metadata nobody ever had the page; range->assigned says the same of those that have. */
static bool page_nobodys(uint64_t mfn)
{
	return !group_present(mfn) || page_is_free(mfn_to_page(mfn));
}

static int erase_check(const struct range *r, const struct xen_pmem_command *c)
{
	if (!r || r->state != XEN_PMEM_RANGE_SERVED)
		return REFUSE(ENOENT, "the range is not served");
	if (r->assigned)
		return REFUSE(EBUSY, "a guest has pages of the range");
	if (c->done > r->frames.count << 12)
		return REFUSE(EINVAL, "done is beyond the range");
	return 0;
}

int range_erase(struct xen_pmem_command *c)
{
	struct range *r = range_find(c->uuid);
	int rc = erase_check(r, c);

	if (rc)
		return rc;
	page_flush();	/* a dead guest's last writes are past; so must its translations be */
	c->length = r->frames.count << 12;
	for (; c->done < c->length && work_left(); c->done += 4096, work += WORK_ZERO) {
		uint64_t mfn = r->frames.first + (c->done >> 12);

		if (!page_nobodys(mfn)) {
			rc = REFUSE(EBUSY, "a page of the range is in use");
			break;
		}
		page_zero(mfn);
	}
	asm volatile("sfence" ::: "memory");
	return rc;
}
