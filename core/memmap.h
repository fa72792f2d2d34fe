/* SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-only */
/*
 * Adds vNVDIMMs, their labels, and RAM on an NVDIMM to the memory map that a PVH guest finds
 * through its start info.
 */
#ifndef XEN_PMEM_CORE_MEMMAP_H
#define XEN_PMEM_CORE_MEMMAP_H

#include "env.h"

/* As struct hvm_memmap_table_entry of Xen's public/arch-x86/hvm/start_info.h. */
struct memmap_entry {
	uint64_t addr;		/* guest physical */
	uint64_t size;		/* bytes; an entry of size 0 is allowed and covers no byte */
	uint32_t type;
	uint32_t reserved;
};

_Static_assert(offsetof(struct memmap_entry, addr) == 0, "addr");
_Static_assert(offsetof(struct memmap_entry, size) == 8, "size");
_Static_assert(offsetof(struct memmap_entry, type) == 16, "type");
_Static_assert(offsetof(struct memmap_entry, reserved) == 20, "reserved");
_Static_assert(sizeof(struct memmap_entry) == 24, "a memory map entry is 24 bytes");

#define MEMMAP_RAM		1u
#define MEMMAP_RESERVED		2u
#define MEMMAP_PMEM		7u
#define MEMMAP_ENTRIES_MAX	1024u

enum memmap_reason {
	MEMMAP_OK = 0,
	MEMMAP_TOO_MANY,	/* more entries than MEMMAP_ENTRIES_MAX */
	MEMMAP_WRAPS,		/* an entry of the guest's map goes beyond 2^64 */
	/* a new range is empty, wraps, is not whole pages, or has another type */
	MEMMAP_BAD_RANGE,
	MEMMAP_OVERLAP,		/* a new range overlaps an entry or another new range */
	MEMMAP_NO_SPACE,	/* out has room for fewer than nr_old + nr_new entries */
	MEMMAP_REASONS		/* how many there are; keep last */
};

/*
 * Writes nr_old + nr_new entries to out. The old entries stay as they are and in their order. Each
 * new one (addr, size and type are read; any order) goes before the first entry of a higher
 * address, so a sorted map stays sorted. The arrays do not overlap; out is not written unless
 * MEMMAP_OK.
 */
enum memmap_reason memmap_insert(const struct memmap_entry *old, size_t nr_old,
				 const struct memmap_entry *new, size_t nr_new,
				 struct memmap_entry *out, size_t nr_out);

/* The first address above every entry, of any type; MEMMAP_WRAPS, MEMMAP_TOO_MANY. */
enum memmap_reason memmap_top(const struct memmap_entry *map, size_t nr, uint64_t *top);

/*
 * Does [addr, addr + size), which does not wrap, overlap an entry? Entries that wrap count as going
 * up to 2^64.
 */
bool memmap_overlaps(const struct memmap_entry *map, size_t nr, uint64_t addr, uint64_t size);

/* One line for a person, without a stop or newline, never NULL. */
const char *memmap_reason_text(enum memmap_reason reason);

#endif
