// SPDX-License-Identifier: GPL-2.0-only
/* Hands out the reserved area's chunks for frame tables and M2P, and takes them back. */
#include "chunk.h"

#include "answer.h"
#include "tables.h"

static uint64_t chunk_taken[CHUNKS / 64], chunk_is_m2p[CHUNKS / 64];
static uint32_t chunks_taken;

static bool bit(const uint64_t *map, uint64_t n) { return map[n / 64] >> n % 64 & 1; }
static void bit_set(uint64_t *map, uint64_t n) { map[n / 64] |= 1ull << n % 64; }
static void bit_clear(uint64_t *map, uint64_t n) { map[n / 64] &= ~(1ull << n % 64); }

uint64_t chunk_mfn(uint32_t chunk)
{
	return reserved.frames.first + (uint64_t)chunk * CHUNK_FRAMES;
}
uint64_t chunks_total(void) { return reserved.frames.count / CHUNK_FRAMES; }
uint64_t chunks_used(void) { return chunks_taken; }
bool chunk_holds_m2p(uint32_t chunk) { return bit(chunk_is_m2p, chunk); }

/*
 * M2P grows from the bottom, frame tables from the top: so few groups of the reserved area hold
 * M2P.
 */
int chunk_take(bool m2p)
{
	uint32_t total = chunks_total(), i;

	for (i = 0; i < total; i++) {
		uint32_t chunk = m2p ? i : total - 1 - i;

		if (bit(chunk_taken, chunk))
			continue;
		bit_set(chunk_taken, chunk);
		if (m2p)
			bit_set(chunk_is_m2p, chunk);
		chunks_taken++;
		return chunk;
	}
	return REFUSE(ENOSPC, "the reserved area is full");
}

void chunk_give(uint32_t chunk)
{
	bit_clear(chunk_taken, chunk);
	bit_clear(chunk_is_m2p, chunk);
	chunks_taken--;
}

static void need_mark(uint64_t *need, struct frames f)
{
	if (f.count)
		FOR_EACH_GROUP(g, f)
			bit_set(need, g);
}

uint64_t chunks_needed(struct frames f)
{
	static uint64_t need[GROUPS / 64];
	uint64_t per_groups = 0, per_gibs = 0;
	uint32_t i;

	memset(need, 0, sizeof(need));
	need_mark(need, f);
	need_mark(need, reserved.frames);
	for (i = 0; i < XEN_PMEM_RANGES; i++)
		need_mark(need, ranges[i].frames);
	for (i = 0; i < GROUPS; i++)
		per_groups += bit(need, i);
	for (i = 0; i < GIBS; i++)
		per_gibs += (need[i / 16] >> i % 16 * 4 & 15) != 0;
	return per_groups + per_gibs;
}
