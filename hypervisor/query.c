// SPDX-License-Identifier: GPL-2.0-only
/* Answers what is loaded, what is served, and which guest holds what. */
#include "query.h"

#include "answer.h"
#include "chunk.h"
#include "m2p.h"
#include "ranges.h"
#include "slots.h"
#include "tables.h"

int hello_query(struct xen_pmem_command *c, uint64_t longest)
{
	c->abi = XEN_PMEM_ABI;
	c->count = ranges_count();
	c->spa = reserved.frames.first << 12;
	c->length = reserved.frames.count << 12;
	memcpy(c->uuid, reserved.uuid, 16);
	c->bytes_used = chunks_used() << 21;
	c->bytes_total = chunks_room() << 21;
	c->index = chunks_retired();
	c->done = longest;
	c->gpa = pfn_hole_mask << 12;
	c->pending = range_end_max() << 12;
	c->state = slots_empty();
	return 0;
}

/* Chunks in use for these frames. */
static uint64_t chunks_used_for(struct frames f)
{
	uint64_t n = 0;

	FOR_EACH_GROUP(g, f) {
		n += groups[g].state != GROUP_NONE;
		if (m2p_is_ours(g / GIB_GROUPS) &&
		    (g == f.first >> GROUP_ORDER || !(g % GIB_GROUPS)))
			n++;
	}
	return n;
}

int range_query(struct xen_pmem_command *c)
{
	const struct range *r = range_nth(c->index);

	if (!r)
		return REFUSE(ENOENT, "no such range");
	memcpy(c->uuid, r->uuid, 16);
	c->spa = r->frames.first << 12;
	c->length = r->frames.count << 12;
	c->count = r->assigned;
	c->state = range_public_state(r);
	c->bytes_used = chunks_used_for(r->frames) << 21;
	return 0;
}

int holding_query(struct xen_pmem_command *c)
{
	const struct holding *h = holding_nth(c->index);

	if (!h)
		return REFUSE(ENOENT, "no such holding");
	memcpy(c->uuid, h->range->uuid, 16);
	c->domain = domain_id(h->domain);
	c->spa = h->mfn << 12;
	c->gpa = h->gfn << 12;
	c->count = h->pages;
	c->state = holding_state(h);
	return 0;
}
