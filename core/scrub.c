/* SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-only */
/* Lays out the scrub page of a guest. */
#include "scrub.h"

#define HEAD	64u	/* acpi/ars.asl's SCRUB_HEAD and SCRUB_ROOM */
#define ROOM	0x7e0u

/* acpi/ars.asl has it as fields of MBOX. */
struct mailbox {
	uint32_t ask, last;
	uint64_t gpa, length;
	uint32_t answer, status;
	uint64_t cleared;
};

#define MAILBOX		16u

_Static_assert(MAILBOX + sizeof(struct mailbox) == 56 && sizeof(struct mailbox) == 40, "mailbox");
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

bool scrub_ask_read(const uint8_t page[SCRUB_SIZE], struct scrub_ask *ask)
{
	const struct mailbox *box = (const struct mailbox *)(page + MAILBOX);

	ask->number = __atomic_load_n(&box->ask, __ATOMIC_ACQUIRE);
	ask->gpa = __atomic_load_n(&box->gpa, __ATOMIC_ACQUIRE);
	ask->length = __atomic_load_n(&box->length, __ATOMIC_ACQUIRE);
	return ask->number && ask->number != __atomic_load_n(&box->answer, __ATOMIC_ACQUIRE) &&
	       ask->number == __atomic_load_n(&box->ask, __ATOMIC_ACQUIRE);
}

void scrub_ask_answer(uint8_t page[SCRUB_SIZE], uint32_t number, enum scrub_status status,
		      uint64_t cleared)
{
	struct mailbox *box = (struct mailbox *)(page + MAILBOX);

	__atomic_store_n(&box->status, (uint32_t)status, __ATOMIC_RELAXED);
	__atomic_store_n(&box->cleared, cleared, __ATOMIC_RELAXED);
	__atomic_store_n(&box->answer, number, __ATOMIC_RELEASE);
}
