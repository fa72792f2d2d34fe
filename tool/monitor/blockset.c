// SPDX-License-Identifier: GPL-2.0-only
/* Sets of bad blocks: reads Linux' lists, and finds what is new. */
#include "monitor/blockset.h"

#include <stdio.h>
#include <stdlib.h>

void blockset_free(struct blockset *set)
{
	free(set->list);
	*set = (struct blockset){ .nr = 0 };
}

void blockset_add(struct blockset *set, struct blocks blocks)
{
	unsigned int room = set->room ? 2 * set->room : 16;
	struct blocks *list;

	if (set->nr == set->room) {
		list = reallocarray(set->list, room, sizeof(*list));
		if (!list)
			return;
		set->list = list;
		set->room = room;
	}
	set->list[set->nr++] = blocks;
}

/* What of `blocks` is within a range; length 0: no byte is. */
static struct blocks blocks_within(struct blocks blocks, struct blocks within)
{
	uint64_t end = blocks.spa + blocks.length, end_within = within.spa + within.length;

	if (blocks.spa < within.spa)
		blocks.spa = within.spa;
	if (end > end_within)
		end = end_within;
	blocks.length = end > blocks.spa ? end - blocks.spa : 0;
	return blocks;
}

void blockset_add_list(struct blockset *set, const char *text, uint64_t base,
		       struct blocks within)
{
	unsigned long long first, count;
	struct blocks blocks;
	char newline;
	int used = 0;

	while (sscanf(text, "%llu %llu%c%n", &first, &count, &newline, &used) == 3 &&
	       newline == '\n') {
		text += used;
		blocks = blocks_within((struct blocks){ base + first * BLOCK_SIZE,
							count * BLOCK_SIZE }, within);
		if (blocks.length)
			blockset_add(set, blocks);
	}
}

struct blocks blocks_at(uint64_t spa)
{
	return (struct blocks){ spa & ~(BLOCK_SIZE - 1), BLOCK_SIZE };
}

/* Those of the set that reach furthest among those that have this byte; NULL: none has it. */
static const struct blocks *blocks_over(const struct blockset *set, uint64_t spa)
{
	const struct blocks *at, *found = NULL;

	for (at = set->list; at < set->list + set->nr; at++)
		if (spa - at->spa < at->length &&
		    (!found || at->spa + at->length > found->spa + found->length))
			found = at;
	return found;
}

/* How many bytes from there on until the next of the set begins, `most` at most. */
static uint64_t length_to_next(const struct blockset *set, uint64_t spa, uint64_t most)
{
	const struct blocks *at;

	for (at = set->list; at < set->list + set->nr; at++)
		if (at->length && at->spa > spa && at->spa - spa < most)
			most = at->spa - spa;
	return most;
}

bool blockset_cut_new(const struct blockset *set, struct blocks *rest, struct blocks *part)
{
	const uint64_t end = rest->spa + rest->length;
	const struct blocks *over;
	uint64_t from = rest->spa;

	while (from < end && (over = blocks_over(set, from)))
		from = over->spa + over->length;
	if (from >= end)
		return false;
	*part = (struct blocks){ from, length_to_next(set, from, end - from) };
	*rest = (struct blocks){ from + part->length, end - from - part->length };
	return true;
}

bool blockset_has(const struct blockset *set, struct blocks blocks)
{
	struct blocks part;

	return !blockset_cut_new(set, &blocks, &part);
}
