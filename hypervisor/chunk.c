// SPDX-License-Identifier: GPL-2.0-only
/* Hands out the reserved area's chunks for frame tables and M2P, and takes them back. */
#include "chunk.h"

#include "answer.h"
#include "tables.h"

static uint64_t chunk_taken[CHUNKS / 64], chunk_is_m2p[CHUNKS / 64];
static uint64_t retired[CHUNKS / 64];	/* changed atomically */
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
bool chunk_is_taken(uint32_t chunk) { return bit(chunk_taken, chunk); }

/* ---- retired chunks ---- */

static uint64_t retired_word(uint32_t word)
{
	return __atomic_load_n(&retired[word], __ATOMIC_RELAXED);
}

bool chunk_retire(uint64_t mfn)
{
	uint64_t at = mfn - reserved.frames.first, chunk = at / CHUNK_FRAMES;

	return at < reserved.frames.count &&
	       !(__atomic_fetch_or(&retired[chunk / 64], 1ull << chunk % 64, __ATOMIC_RELAXED) >>
			 chunk % 64 & 1);
}

bool chunk_is_retired(uint32_t chunk) { return retired_word(chunk / 64) >> chunk % 64 & 1; }

int chunk_nth_retired(uint32_t n)
{
	uint32_t word;

	for (word = 0; word < CHUNKS / 64; word++)
		for (uint64_t left = retired_word(word); left; left &= left - 1)
			if (!n--)
				return word * 64 + __builtin_ctzll(left);
	return -1;
}

/* Of those that are retired and not in `except`. */
static uint64_t retired_count(const uint64_t *except)
{
	uint64_t n = 0, left;
	uint32_t word;

	for (word = 0; word < CHUNKS / 64; word++)
		for (left = retired_word(word) & ~(except ? except[word] : 0); left;
		     left &= left - 1)
			n++;
	return n;
}

uint64_t chunks_retired(void) { return retired_count(NULL); }
uint64_t chunks_room(void) { return chunks_total() - retired_count(chunk_taken); }

void chunks_restore(void)
{
	uint32_t word;

	for (word = 0; word < CHUNKS / 64; word++)
		__atomic_store_n(&retired[word], 0, __ATOMIC_RELAXED);
}

/* ---- chunks that are handed out ---- */

/*
 * M2P grows from the bottom, frame tables from the top: so few groups of the reserved area hold
 * M2P.
 */
int chunk_take(bool m2p)
{
	uint32_t total = chunks_total(), i;

	for (i = 0; i < total; i++) {
		uint32_t chunk = m2p ? i : total - 1 - i;

		if (bit(chunk_taken, chunk) || chunk_is_retired(chunk))
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
