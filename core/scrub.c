/* SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-only */
/* Lays out the scrub page of a guest. */
#include "scrub.h"

#define HEAD	64u	/* acpi/ars.asl's SCRUB_HEAD and SCRUB_ROOM */
#define ROOM	0x7e0u

_Static_assert(HEAD + 2 * ROOM == SCRUB_SIZE, "two copies");
_Static_assert(SCRUB_PLACES * sizeof(struct scrub_place) == ROOM, "each is full with all places");

static unsigned int copy_at(uint32_t word)
{
	return HEAD + (word >> 16 & 1) * ROOM;
}

unsigned int scrub_read(const uint8_t page[SCRUB_SIZE], struct scrub_place list[SCRUB_PLACES])
{
	uint32_t word, used;

	memcpy(&word, page, sizeof(word));
	used = word & 0xffff;
	if (used > ROOM || used % sizeof(*list))
		return 0;
	memcpy(list, page + copy_at(word), used);
	return used / sizeof(*list);
}

uint32_t scrub_put(uint8_t page[SCRUB_SIZE], uint32_t word, const struct scrub_place *list,
		   unsigned int nr)
{
	uint32_t used = (nr < SCRUB_PLACES ? nr : SCRUB_PLACES) * sizeof(*list),
		 next = ((word >> 16) + 1) << 16;

	memcpy(page + copy_at(next), list, used);
	return next | used;
}
