// SPDX-License-Identifier: GPL-2.0-only
/* Writes what the metadata of a group say that is still to be published. */
#include "newgroup.h"

#include "answer.h"
#include "chunk.h"
#include "iommu.h"
#include "m2p.h"
#include "tables.h"

#define BUILD_WORK	(CHUNK_FRAMES * WORK_BYTES)	/* writing one frame table */

/* Whether the group is all in one range, so that it has free pages alone. */
static bool group_is_one(struct frames group)
{
	const struct range *r = range_around(group);

	return r && range_proven(r);
}

static void part_write(struct page_info *pages, struct frames group, struct frames f,
		       void (*init)(struct page_info *, uint64_t))
{
	struct frames part = frames_intersect(group, f);

	if (part.count)
		init(&pages[part.first - group.first], part.count);
}

/* A group that is not all in one range: what is in none is I/O. */
static void parts_write(struct page_info *pages, struct frames group)
{
	uint32_t i;

	pages_new_io(pages, group.count);
	part_write(pages, group, reserved.frames, pages_new_free);
	for (i = 0; i < XEN_PMEM_RANGES; i++)
		if (range_proven(&ranges[i]))
			part_write(pages, group, ranges[i].frames, pages_new_free);
	for (i = 0; i < chunks_total() && chunk_mfn(i) < group.first + group.count; i++)
		if (chunk_holds_m2p(i))
			part_write(pages, group, (struct frames){ chunk_mfn(i), CHUNK_FRAMES },
				   pages_new_m2p);
}

/*
 * How many pages the tenant gets at once: whole 2 MiB, as entries of I/O page tables are, so that
 * the command stays within its limit. None if the group is not all in one range.
 */
static uint64_t tenant_pages(struct frames group, const struct tenant *t)
{
	uint64_t cost = page_cost(t->kind) - 1, most = WORK_LIMIT / 4 * 5;
	uint64_t other = command_work + BUILD_WORK + GROUP_FRAMES / 8;
	uint64_t left = other < most ? most - other : 0;

	if (!group_is_one(group))
		return 0;
	return t->pages * cost <= left ? t->pages : left / cost & ~((1ull << ORDER_2M) - 1);
}

void newgroup_infos(uint64_t group, struct page_info *pages, struct tenant *t)
{
	struct frames f = group_frames(group);

	t->pages = tenant_pages(f, t);
	command_work += BUILD_WORK + t->pages / 8 + t->pages * (page_cost(t->kind) - 1);
	if (!group_is_one(f)) {
		parts_write(pages, f);
		return;
	}
	if (t->pages)
		pages_new_guest(pages, t->pages, t->domain, t->kind);
	pages_new_free(pages + t->pages, f.count - t->pages);
}

void newgroup_m2p(uint64_t group, const struct tenant *t)
{
	m2p_write(group << GROUP_ORDER, t->pages, t->gfn);
}
