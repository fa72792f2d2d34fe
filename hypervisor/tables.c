// SPDX-License-Identifier: GPL-2.0-only
/* The tables of ranges, holdings and groups, and every scan of them. */
#include "tables.h"

struct range reserved, ranges[XEN_PMEM_RANGES];
struct holding holdings[XEN_PMEM_HOLDINGS];
struct group groups[GROUPS];

#define FOR_EACH_RANGE(r) \
	for (struct range *r = ranges; r < ranges + XEN_PMEM_RANGES; r++) \
		if (r->state)

/* ---- ranges ---- */

struct range *range_find(const uint8_t *uuid)
{
	FOR_EACH_RANGE(r)
		if (!memcmp(r->uuid, uuid, 16))
			return r;
	return NULL;
}

struct range *range_around(struct frames f)
{
	FOR_EACH_RANGE(r)
		if (frames_intersect(f, r->frames).count == f.count)
			return r;
	return NULL;
}

struct range *range_slot(void)
{
	struct range *r;

	for (r = ranges; r < ranges + XEN_PMEM_RANGES; r++)
		if (!r->state)
			return r;
	return NULL;
}

struct range *range_nth(uint32_t n)
{
	FOR_EACH_RANGE(r)
		if (!n--)
			return r;
	return NULL;
}

unsigned int ranges_count(void)
{
	unsigned int n = 0;

	FOR_EACH_RANGE(r)
		n++;
	return n;
}

static unsigned int range_list(struct range *r, enum range_state state, struct range **list,
			       unsigned int n)
{
	if (r->state != state)
		return n;
	if (list)
		list[n] = r;
	return n + 1;
}

unsigned int ranges_in(enum range_state state, struct range *list[RANGES_ALL])
{
	unsigned int n = range_list(&reserved, state, list, 0);

	FOR_EACH_RANGE(r)
		n = range_list(r, state, list, n);
	return n;
}

bool ranges_overlap(struct frames f)
{
	FOR_EACH_RANGE(r)
		if (frames_intersect(f, r->frames).count)
			return true;
	return false;
}

bool frame_known(uint64_t mfn)
{
	struct frames f = { mfn, 1 };

	return frames_intersect(f, reserved.frames).count || ranges_overlap(f);
}

bool ram_overlaps(struct frames f)
{
	uint64_t start = f.first << 12, end = (f.first + f.count) << 12;
	uint32_t i;

	for (i = 0; i < e820.nr; i++) {
		uint32_t type = e820.map[i].type;

		if (e820.map[i].addr >= end || e820.map[i].addr + e820.map[i].size <= start)
			continue;
		if (type == E820_RAM || type == E820_ACPI || type == E820_NVS ||
		    type == E820_UNUSABLE)
			return true;
	}
	return false;
}

bool frame_may_be_nvdimm(uint64_t mfn)
{
	return mfn < MFN_LIMIT && !ram_overlaps((struct frames){ mfn, 1 });
}

enum xen_pmem_range_state range_public_state(const struct range *r)
{
	return r->state == RANGE_SERVED ? XEN_PMEM_RANGE_SERVED :
	       r->state == RANGE_HOST ? XEN_PMEM_RANGE_HOST : XEN_PMEM_RANGE_CHECKING;
}

/* ---- holdings ---- */

struct holding *holding_find(uint16_t domain, const struct range *r)
{
	FOR_EACH_HOLDING(h)
		if (domain_id(h->domain) == domain && h->range == r)
			return h;
	return NULL;
}

struct holding *holding_slot(void)
{
	struct holding *h;

	for (h = holdings; h < holdings + XEN_PMEM_HOLDINGS; h++)
		if (!h->domain)
			return h;
	return NULL;
}

struct holding *holding_nth(uint32_t n)
{
	FOR_EACH_HOLDING(h)
		if (!n--)
			return h;
	return NULL;
}

void holding_drop_if_empty(struct holding *h)
{
	struct domain *d = h->domain;

	if (h->pages || h->failed)
		return;
	*h = (struct holding){ .domain = NULL };
	domain_put(d);
}

void holdings_drop_empty(uint16_t domain)
{
	FOR_EACH_HOLDING(h)
		if (domain_id(h->domain) == domain)
			holding_drop_if_empty(h);
}

enum xen_pmem_holder_state holding_state(const struct holding *h)
{
	switch (domain_dying(h->domain)) {
	case DOMDYING_ALIVE:
		return domain_has_run(h->domain) ? XEN_PMEM_HOLDER_RUNNING :
						   XEN_PMEM_HOLDER_BUILDING;
	case DOMDYING_DEAD:
		return XEN_PMEM_HOLDER_DEAD;
	default:
		return XEN_PMEM_HOLDER_DYING;
	}
}
