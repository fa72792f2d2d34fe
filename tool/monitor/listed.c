// SPDX-License-Identifier: GPL-2.0-only
/* Takes pages that cannot be read from guests that run. */
#include "monitor/listed.h"

#include <errno.h>

#include "host/bad.h"

#define PAGE_BYTES	4096ull

/* What could not be taken, in this process; to be tried again while it is listed. */
static struct blockset kept;

/*
 * Of a namespace for guests alone. A guest is told of no page of its RAM, of its labels or of a
 * file: it would take the ones that it reads there for its data.
 */
static bool blocks_are_guests(const struct inventory *inv, struct blocks blocks)
{
	struct bad_place place;

	return bad_find(inv, blocks.spa, NULL, &place) && place.use == BAD_NAMESPACE &&
	       inventory_holding(inv, place.uuid);
}

static void blocks_take(const struct inventory *inv, struct blocks blocks, struct blockset *failed)
{
	uint64_t first = blocks.spa & ~(PAGE_BYTES - 1);
	uint64_t end = (blocks.spa + blocks.length + PAGE_BYTES - 1) & ~(PAGE_BYTES - 1);
	int rc;

	if (!blocks_are_guests(inv, blocks))
		return;
	rc = xenpmem_pages_take(inv->pmem, first, end - first);
	if (!rc)
		return;
	if (!blockset_has(&kept, blocks))
		warn(NULL, "address %#llx stays in the guest's memory: %s",
		     (unsigned long long)blocks.spa, xenpmem_error(inv->pmem));
	blockset_add(failed, blocks);
}

/* Of what could not be taken dom0 may have cleared a part meanwhile. */
static void kept_take(const struct inventory *inv, struct blocks kept_blocks,
		      const struct blockset *listed, struct blockset *failed)
{
	const uint64_t end = kept_blocks.spa + kept_blocks.length;
	const struct blocks *l;
	uint64_t first, last;

	for (l = listed->list; l < listed->list + listed->nr; l++) {
		first = l->spa > kept_blocks.spa ? l->spa : kept_blocks.spa;
		last = l->spa + l->length < end ? l->spa + l->length : end;
		if (first < last)
			blocks_take(inv, (struct blocks){ first, last - first }, failed);
	}
}

void listed_take(const struct inventory *inv, const struct blockset *listed,
		 const struct blockset *said)
{
	struct blockset failed = {};
	struct blocks rest, part;
	unsigned int i;

	for (i = 0; i < kept.nr; i++)
		kept_take(inv, kept.list[i], listed, &failed);
	for (i = 0; i < listed->nr; i++) {
		rest = listed->list[i];
		while (blockset_cut_new(said, &rest, &part))
			blocks_take(inv, part, &failed);
	}
	blockset_free(&kept);
	kept = failed;
}
