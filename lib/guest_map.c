// SPDX-License-Identifier: LGPL-2.1-only
/* The guest's memory map, in the PVH start info and in Xen. */
#include <stdlib.h>
#include <string.h>

#include "guest.h"

#define LOW_LIMIT	(1ull << 30)	/* Linux' first page tables of a PVH kernel cover this */
#define MODULES_MAX	64u
#define TEXT_MAX	2048u		/* of a command line, as the builder limits it */
#define PLACES_MAX	1024u		/* pages looked at after the boot data */

int guest_map_read(xenpmem_handle *h, uint32_t domid, struct guest_map *map)
{
	int rc;

	rc = guest_start_info(h, domid, &map->start_gpa, &map->start);
	if (rc)
		return rc;
	if (map->start.memmap_entries > MEMMAP_ENTRIES_MAX)
		return fail(h, -E2BIG, "domain %u has a memory map of %u entries", domid,
			    map->start.memmap_entries);
	map->nr = map->start.memmap_entries;
	return guest_read(h, domid, map->start.memmap_paddr, map->entries,
			  map->nr * sizeof(map->entries[0]));
}

static void end_raise(uint64_t *end, uint64_t other)
{
	if (other > *end)
		*end = other;
}

static int text_end(xenpmem_handle *h, uint32_t domid, uint64_t text, uint64_t *end)
{
	char bytes[TEXT_MAX];
	int rc;

	if (!text)
		return 0;
	rc = guest_read(h, domid, text, bytes, sizeof(bytes));
	end_raise(end, text + strnlen(bytes, sizeof(bytes)) + 1);
	return rc;
}

/*
 * The first address after the start info and all that it points to. All of it is after the kernel.
 */
static int boot_data_end(xenpmem_handle *h, uint32_t domid, const struct guest_map *map,
			 uint64_t *end)
{
	const struct hvm_start_info *start = &map->start;
	struct hvm_modlist_entry module;
	uint32_t i;
	int rc;

	*end = map->start_gpa + sizeof(*start);
	end_raise(end, start->memmap_paddr + map->nr * sizeof(map->entries[0]));
	rc = text_end(h, domid, start->cmdline_paddr, end);
	for (i = 0; !rc && i < start->nr_modules && i < MODULES_MAX; i++) {
		end_raise(end, start->modlist_paddr + (i + 1) * sizeof(module));
		rc = guest_read(h, domid, start->modlist_paddr + i * sizeof(module), &module,
				sizeof(module));
		if (rc)
			return rc;
		end_raise(end, module.paddr + module.size);
		rc = text_end(h, domid, module.cmdline_paddr, end);
	}
	return rc;
}

static bool range_is_ram(const struct guest_map *map, uint64_t addr, uint64_t size)
{
	size_t i;

	for (i = 0; i < map->nr; i++)
		if (map->entries[i].type == MEMMAP_RAM && addr >= map->entries[i].addr &&
		    addr + size <= map->entries[i].addr + map->entries[i].size)
			return true;
	return false;
}

/* Is this all zeros, so not used by the builder? */
static int range_is_blank(xenpmem_handle *h, uint32_t domid, uint64_t addr, uint64_t size,
			  bool *blank)
{
	uint8_t bytes[MEMMAP_ENTRIES_MAX * sizeof(struct memmap_entry)];
	uint64_t i = 0;
	int rc;

	if (size > sizeof(bytes))
		return fail(h, -E2BIG, "domain %u has too long a memory map", domid);
	rc = guest_read(h, domid, addr, bytes, size);
	while (!rc && i < size && !bytes[i])
		i++;
	*blank = i == size;
	return rc;
}

/*
 * A place for a table of `size` bytes: where the old one is, if blank bytes follow that; otherwise
 * a blank place from the first page after the boot data. If Xen did not scrub (bootscrub=0), memory
 * that is not blank may be from before the host's boot.
 */
static int table_place(xenpmem_handle *h, uint32_t domid, const struct guest_map *map,
		       uint64_t size, uint64_t *gpa)
{
	uint64_t old_end = map->start.memmap_paddr + map->nr * sizeof(map->entries[0]);
	uint64_t new_end = map->start.memmap_paddr + size, end;
	unsigned int i;
	bool blank;
	int rc;

	rc = boot_data_end(h, domid, map, &end);
	if (rc)
		return rc;
	if (new_end <= round_up(old_end, PAGE)) {
		rc = range_is_blank(h, domid, old_end, new_end - old_end, &blank);
		if (rc || (blank && end <= old_end)) {
			*gpa = map->start.memmap_paddr;
			return rc;
		}
	}
	*gpa = round_up(end, PAGE);
	for (i = 0; i < PLACES_MAX && range_is_ram(map, *gpa, size) && *gpa + size <= LOW_LIMIT;
	     i++, *gpa += PAGE) {
		rc = range_is_blank(h, domid, *gpa, size, &blank);
		if (rc || blank)
			return rc;
	}
	return fail(h, -ENOSPC, "domain %u has no room for a longer memory map", domid);
}

int guest_map_write(xenpmem_handle *h, uint32_t domid, struct guest_map *map,
		    const struct memmap_entry *entries, size_t nr)
{
	struct hvm_start_info start = map->start;
	int rc;

	rc = table_place(h, domid, map, nr * sizeof(entries[0]), &start.memmap_paddr);
	if (rc)
		return rc;
	start.memmap_entries = nr;
	rc = guest_write(h, domid, start.memmap_paddr, entries, nr * sizeof(entries[0]));
	if (!rc)
		rc = guest_write(h, domid, map->start_gpa, &start, sizeof(start));
	return rc;
}

int guest_e820_write(xenpmem_handle *h, uint32_t domid, const struct memmap_entry *entries,
		     size_t nr)
{
	struct e820entry *e820 = calloc(nr, sizeof(*e820));
	size_t i;
	int rc = 0;

	if (!e820)
		return fail(h, -ENOMEM, "no memory for the guest's memory map");
	for (i = 0; i < nr; i++) {
		e820[i].addr = entries[i].addr;
		e820[i].size = entries[i].size;
		e820[i].type = entries[i].type;
	}
	if (xc_domain_set_memory_map(h->xc, domid, e820, nr))
		rc = fail(h, -EIO, "Xen refuses a memory map of domain %u: %s", domid,
			  strerror(errno));
	free(e820);
	return rc;
}
