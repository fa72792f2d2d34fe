/* SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-only */
/* Puts vNVDIMMs, and RAM on an NVDIMM, into a PVH guest's memory map. */
#include "memmap.h"

static bool entry_wraps(const struct memmap_entry *e)
{
	return e->addr > UINT64_MAX - e->size;
}

enum memmap_reason memmap_top(const struct memmap_entry *map, size_t nr, uint64_t *top)
{
	uint64_t highest = 0;

	if (nr > MEMMAP_ENTRIES_MAX)
		return MEMMAP_TOO_MANY;
	for (; nr; nr--, map++) {
		if (entry_wraps(map))
			return MEMMAP_WRAPS;
		if (map->size && map->addr + map->size > highest)
			highest = map->addr + map->size;
	}
	*top = highest;
	return MEMMAP_OK;
}

bool memmap_overlaps(const struct memmap_entry *map, size_t nr, uint64_t addr, uint64_t size)
{
	for (; nr; nr--, map++) {
		if (!size || !map->size)
			continue;
		if (map->addr <= addr ? addr - map->addr < map->size : map->addr - addr < size)
			return true;
	}
	return false;
}

static enum memmap_reason new_check(const struct memmap_entry *old, size_t nr_old,
				    const struct memmap_entry *new, size_t nr_new)
{
	size_t i;

	for (i = 0; i < nr_new; i++) {
		if (!new[i].size || new[i].addr % KIB(4) || new[i].size % KIB(4) ||
		    entry_wraps(&new[i]))
			return MEMMAP_BAD_RANGE;
		if (new[i].type != MEMMAP_PMEM && new[i].type != MEMMAP_RESERVED &&
		    new[i].type != MEMMAP_RAM)
			return MEMMAP_BAD_RANGE;
		if (memmap_overlaps(old, nr_old, new[i].addr, new[i].size) ||
		    memmap_overlaps(new, i, new[i].addr, new[i].size))
			return MEMMAP_OVERLAP;
	}
	return MEMMAP_OK;
}

/* Moves the entries from the new one's place on up by one, and puts the new one there. */
static void entry_insert(struct memmap_entry *map, size_t nr, const struct memmap_entry *new)
{
	size_t at = 0, i;

	while (at < nr && map[at].addr <= new->addr)
		at++;
	for (i = nr; i > at; i--)
		map[i] = map[i - 1];
	map[at] = (struct memmap_entry){ .addr = new->addr, .size = new->size, .type = new->type };
}

enum memmap_reason memmap_insert(const struct memmap_entry *old, size_t nr_old,
				 const struct memmap_entry *new, size_t nr_new,
				 struct memmap_entry *out, size_t nr_out)
{
	enum memmap_reason rc;
	uint64_t top;
	size_t i;

	if (nr_new > MEMMAP_ENTRIES_MAX)
		return MEMMAP_TOO_MANY;
	rc = memmap_top(old, nr_old, &top);
	if (rc)
		return rc;
	rc = new_check(old, nr_old, new, nr_new);
	if (rc)
		return rc;
	if (nr_old + nr_new > nr_out)
		return MEMMAP_NO_SPACE;
	for (i = 0; i < nr_old; i++)
		out[i] = old[i];
	for (i = 0; i < nr_new; i++)
		entry_insert(out, nr_old + i, &new[i]);
	return MEMMAP_OK;
}

static const char *const texts[MEMMAP_REASONS] = {
	[MEMMAP_OK] = "the guest's memory map is good",
	[MEMMAP_TOO_MANY] = "the guest's memory map has too many entries",
	[MEMMAP_WRAPS] = "the guest's memory map has an entry beyond the end of the address space",
	[MEMMAP_BAD_RANGE] =
		"the vNVDIMM's range is empty, too high, not whole pages or of another type",
	[MEMMAP_OVERLAP] =
		"the vNVDIMM's address range overlaps another range of the guest's memory map",
	[MEMMAP_NO_SPACE] = "there is no room for another entry in the guest's memory map",
};

const char *memmap_reason_text(enum memmap_reason reason)
{
	return (unsigned int)reason < MEMMAP_REASONS ? texts[reason] :
	       "the guest's memory map is refused for an unknown reason";
}
