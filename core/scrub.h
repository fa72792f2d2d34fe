/* SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-only */
/*
 * The scrub page of a guest with vNVDIMMs: where it lacks pages, because they have bad blocks. dom0
 * writes it; the guest's Address Range Scrub (acpi/ars.asl) reads it. A new list goes into the copy
 * that is not in use. The first word, written last and by one store, then selects that copy; it
 * changes each time.
 *
 *   0      4       64               64 + 2016
 *   | word | zeros | copy 0 ...     | copy 1 ... 4096
 *   word: number of the change << 16 | bytes in use of the copy (number & 1)
 *
 * The guest can write the page too. What dom0 reads there is not trusted.
 */
#ifndef XEN_PMEM_CORE_SCRUB_H
#define XEN_PMEM_CORE_SCRUB_H

#include "env.h"

#define SCRUB_SIZE	4096u
#define SCRUB_PLACES	126u	/* that a copy has room for */

struct scrub_place {
	uint64_t gpa, length;
};

_Static_assert(sizeof(struct scrub_place) == 16, "a place of the page");

/* The places that the page shows. Returns how many; of a page without sense 0. */
unsigned int scrub_read(const uint8_t page[SCRUB_SIZE], struct scrub_place list[SCRUB_PLACES]);

/* Writes the copy that is free while `word` is the first word, and returns the next word. */
uint32_t scrub_put(uint8_t page[SCRUB_SIZE], uint32_t word, const struct scrub_place *list,
		   unsigned int nr);

#endif
