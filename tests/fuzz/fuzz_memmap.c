/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Any memory map and any new ranges: nothing crashes. The result holds every old entry in its order
 * and every new one, clear of all others, and is sorted if the old map was.
 */
#include <stdbool.h>

#include "fuzz.h"
#include "memmap.h"

#define OLD_MAX 12
#define NEW_MAX 4

static bool sorted(const struct memmap_entry *map, size_t nr)
{
	size_t i;

	for (i = 1; i < nr; i++)
		if (map[i - 1].addr > map[i].addr)
			return false;
	return true;
}

/* The last byte of a range that does not wrap, and one by one, not as memmap_overlaps does it. */
static bool apart(const struct memmap_entry *a, const struct memmap_entry *b)
{
	return !a->size || !b->size || a->addr + (a->size - 1) < b->addr ||
		b->addr + (b->size - 1) < a->addr;
}

static void check(const struct memmap_entry *old, size_t nr_old, const struct memmap_entry *new,
		  size_t nr_new, const struct memmap_entry *out)
{
	size_t o = 0, n, i, found = 0;

	must(!sorted(old, nr_old) || sorted(out, nr_old + nr_new));
	for (i = 0; i < nr_old + nr_new; i++)
		if (o < nr_old && !memcmp(&out[i], &old[o], sizeof(*out)))
			o++;
		else
			found += (out[i].type == MEMMAP_PMEM || out[i].type == MEMMAP_RESERVED ||
				  out[i].type == MEMMAP_RAM) && !out[i].reserved;
	must(o == nr_old && found == nr_new);
	for (n = 0; n < nr_new; n++)
		for (i = 0; i < nr_old; i++)
			must(apart(&new[n], &old[i]));
}

/* An old range need not be of whole pages: with its low bits, two ranges meet by a single byte. */
static void ranges_take(struct input *in, struct memmap_entry *map, size_t nr, unsigned int shift,
			unsigned int low_bytes)
{
	for (; nr; nr--, map++) {
		map->addr = (input_number(in, 2) << shift) - input_number(in, low_bytes);
		map->size = (input_number(in, 2) << shift) + input_number(in, low_bytes);
		map->type = (uint32_t)input_number(in, 1);
		map->reserved = 0;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const uint32_t types[3] = { MEMMAP_RAM, MEMMAP_RESERVED, MEMMAP_PMEM };
	struct input in = { data, len };
	struct memmap_entry old[OLD_MAX], new[NEW_MAX], out[OLD_MAX + NEW_MAX];
	unsigned int shift = input_number(&in, 1) % 49;
	size_t nr_old = input_number(&in, 1) % (OLD_MAX + 1),
		nr_new = input_number(&in, 1) % (NEW_MAX + 1);
	size_t room = input_number(&in, 1) % 64 ? nr_old + nr_new :
		input_number(&in, 1) % (OLD_MAX + NEW_MAX + 1);
	struct memmap_entry *exact = malloc(room * sizeof(*exact));
	uint64_t top;
	size_t i;

	ranges_take(&in, new, nr_new, shift, 0);
	for (i = 0; i < nr_new; i++)
		new[i].type = new[i].type % 16 ? types[new[i].type % 3] : new[i].type;
	ranges_take(&in, old, nr_old, shift, 1);
	memset(out, 0, sizeof(out));
	if (memmap_insert(old, nr_old, new, nr_new, exact, room) == MEMMAP_OK) {
		must(nr_old + nr_new <= room);
		must(memmap_top(old, nr_old, &top) == MEMMAP_OK);
		check(old, nr_old, new, nr_new, exact);
	}
	free(exact);
	return 0;
}
