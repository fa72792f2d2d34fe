// SPDX-License-Identifier: GPL-2.0-only
/* Makes the M2P of one GiB in a chunk of the reserved area, and takes it away. */
#include "m2p.h"

#include "answer.h"
#include "chunk.h"
#include "tables.h"

static uint16_t m2p_chunk[GIBS];	/* 1 + chunk; 0: not ours */

static unsigned long m2p_va(unsigned long start, uint64_t gib) { return start + (gib << 21); }
static uint32_t chunk_of(uint64_t gib) { return m2p_chunk[gib] - 1; }

bool m2p_is_ours(uint64_t gib) { return m2p_chunk[gib]; }
bool m2p_is_retired(uint64_t gib) { return m2p_is_ours(gib) && chunk_is_retired(chunk_of(gib)); }
uint64_t m2p_frame(uint64_t gib) { return chunk_mfn(chunk_of(gib)); }
uint64_t m2p_home(uint64_t gib) { return m2p_frame(gib) >> GROUP_ORDER; }

bool m2p_home_is_good(uint64_t gib)
{
	const struct group *home = &groups[m2p_home(gib)];

	return home->state == GROUP_NONE || !chunk_is_retired(home->chunk);
}

void m2p_share(uint64_t gib)
{
	uint64_t first = chunk_mfn(chunk_of(gib)), i;

	if (group_present(first))
		for (i = 0; i < CHUNK_FRAMES; i++)
			page_init_m2p(mfn_to_page(first + i));
}

bool m2p_unshare(uint64_t gib)
{
	uint64_t first = chunk_mfn(chunk_of(gib)), i;

	if (!group_present(first))
		return true;
	if (!m2p_home_is_good(gib))
		return false;
	for (i = 0; i < CHUNK_FRAMES; i++)
		if (!page_m2p_to_free(mfn_to_page(first + i)))
			break;
	if (i == CHUNK_FRAMES)
		return true;
	while (i--)
		page_init_m2p(mfn_to_page(first + i));
	return false;
}

static bool m2p_is_there(uint64_t gib)
{
	unsigned int order;

	return pte_of(m2p_va(RW_M2P_START, gib), &order);
}

static int m2p_map(uint64_t gib, uint32_t chunk)
{
	int rc = map_frames(m2p_va(RW_M2P_START, gib), chunk_mfn(chunk), CHUNK_FRAMES, MAP_RW);

	if (rc)
		return rc;
	rc = map_frames(m2p_va(RO_M2P_START, gib), chunk_mfn(chunk), CHUNK_FRAMES, MAP_RO);
	if (rc) {
		unmap_frames(m2p_va(RW_M2P_START, gib), CHUNK_FRAMES);
		return rc;
	}
	map_allow_user(m2p_va(RO_M2P_START, gib));
	return 0;
}

/* Unless hot-add was first. */
static int m2p_add(uint64_t gib, uint32_t chunk)
{
	int rc = 0;

	_spin_lock(xenpf_lock);
	if (!m2p_is_there(gib)) {
		rc = m2p_map(gib, chunk);
		m2p_chunk[gib] = rc ? 0 : chunk + 1;
	}
	_spin_unlock(xenpf_lock);
	return rc;
}

int m2p_prepare(uint64_t gib)
{
	int chunk, rc;

	if (m2p_is_there(gib))
		return 0;
	chunk = chunk_take(true);
	if (chunk < 0)
		return chunk;
	memset(mfn_to_virt(chunk_mfn(chunk)), 0xff, CHUNK_FRAMES << 12);
	command_work += CHUNK_FRAMES;
	rc = m2p_add(gib, chunk);
	if (!m2p_is_ours(gib)) {
		chunk_give(chunk);
		return rc;
	}
	groups[m2p_home(gib)].used += CHUNK_FRAMES;
	m2p_share(gib);
	return 0;
}

bool m2p_is_needed(uint64_t gib)
{
	uint64_t group = gib * GIB_GROUPS, i;

	for (i = group; i < group + GIB_GROUPS; i++)
		if (groups[i].state != GROUP_NONE || group_valid(i << GROUP_ORDER))
			return true;
	return false;
}

void m2p_write(uint64_t mfn, uint64_t count, uint64_t gfn)
{
	uint64_t *m2p = m2p_of(mfn), i;

	for (i = 0; i < count; i++)
		m2p[i] = gfn + i;
}

int m2p_unmap(uint64_t gib)
{
	int rc;

	_spin_lock(xenpf_lock);
	if (m2p_is_needed(gib))
		rc = REFUSE(EBUSY, "memory was hot-added into the same GiB");
	else
		rc = unmap_frames(m2p_va(RO_M2P_START, gib), CHUNK_FRAMES);
	if (!rc)
		rc = unmap_frames(m2p_va(RW_M2P_START, gib), CHUNK_FRAMES);
	_spin_unlock(xenpf_lock);
	if (rc)
		return rc;
	chunk_give(chunk_of(gib));
	m2p_chunk[gib] = 0;
	return 0;
}
