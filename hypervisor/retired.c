// SPDX-License-Identifier: GPL-2.0-only
/* Retires chunks of the reserved area, and finds what retired ones are about. */
#include "retired.h"

#include "answer.h"
#include "chunk.h"
#include "m2p.h"
#include "tables.h"

bool group_infos_good(uint64_t mfn)
{
	return !group_present(mfn) || !chunk_is_retired(group_of(mfn)->chunk);
}

bool group_good(uint64_t mfn) { return group_infos_good(mfn) && !m2p_is_retired(mfn >> ORDER_1G); }

bool groups_infos_good(struct frames f)
{
	FOR_EACH_GROUP(g, f)
		if (!group_infos_good(g << GROUP_ORDER))
			return false;
	return true;
}

int area_retire(struct xen_pmem_command *c)
{
	struct frames f = command_frames(c);
	uint64_t mfn;

	if (!range_proven(&reserved))
		return REFUSE(ENXIO, "no reserved area is enabled");
	if (frames_intersect(f, reserved.frames).count != f.count)
		return REFUSE(EINVAL, "the bytes are not inside of the reserved area");
	for (mfn = f.first & ~(CHUNK_FRAMES - 1ull); mfn < f.first + f.count; mfn += CHUNK_FRAMES)
		c->count += chunk_retire(mfn);
	c->done = c->length;
	return 0;
}

/* The frames that what is in the chunk is about. */
static struct frames infos_frames(uint32_t chunk)
{
	uint64_t g;

	for (g = 0; g < GROUPS; g++)
		if (groups[g].state != GROUP_NONE && groups[g].chunk == chunk)
			return group_frames(g);
	return (struct frames){ 0, 0 };
}

static struct frames m2p_frames(uint32_t chunk)
{
	uint64_t gib;

	for (gib = 0; gib < GIBS; gib++)
		if (m2p_is_ours(gib) && m2p_frame(gib) == chunk_mfn(chunk))
			return (struct frames){ gib << ORDER_1G, 1ull << ORDER_1G };
	return (struct frames){ 0, 0 };
}

int retired_query(struct xen_pmem_command *c)
{
	int chunk = chunk_nth_retired(c->index);
	struct frames about = { 0, 0 };

	if (chunk < 0)
		return REFUSE(ENOENT, "no such retired chunk");
	c->state = XEN_PMEM_CHUNK_IDLE;
	if (chunk_is_taken(chunk)) {
		c->state = chunk_holds_m2p(chunk) ? XEN_PMEM_CHUNK_M2P : XEN_PMEM_CHUNK_PAGES;
		about = chunk_holds_m2p(chunk) ? m2p_frames(chunk) : infos_frames(chunk);
	}
	c->spa = chunk_mfn(chunk) << 12;
	c->length = (uint64_t)CHUNK_FRAMES << 12;
	c->gpa = about.first << 12;
	c->bytes_total = about.count << 12;
	return 0;
}
