/* SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-only */
/*
 * Turns what FIEMAP reports of a file into extents that a guest's memory can be made of: whole
 * pages, written, not shared, without a gap, and as long as possible. Memory use does not depend on
 * the number of extents.
 */
#ifndef XEN_PMEM_CORE_EXTENTS_H
#define XEN_PMEM_CORE_EXTENTS_H

#include "env.h"

struct fiemap_extent;

struct extent {
	uint64_t logical;	/* in the file */
	uint64_t physical;	/* in the device under the filesystem */
	uint64_t length;	/* 0: unset */
};

enum extent_reason {
	EXTENT_OK = 0,
	EXTENT_HOLE,		/* not allocated */
	EXTENT_UNWRITTEN,	/* allocated, but reads as zeros until it is written */
	EXTENT_DELAYED,		/* written, but not allocated yet */
	EXTENT_SHARED,		/* shared with another file (reflink) */
	EXTENT_INLINE,		/* stored within the filesystem's metadata */
	EXTENT_ENCODED,		/* compressed or encrypted */
	EXTENT_UNALIGNED,	/* not whole pages */
	EXTENT_UNKNOWN,		/* the filesystem does not report where */
	EXTENT_REASONS		/* how many there are; keep last */
};

/* A walk over the file's bytes [at, end), both multiples of 4096. */
struct extents {
	uint64_t at;		/* the next byte to find; after a refusal, the byte at fault */
	uint64_t end;
	struct extent pending;	/* found; the next extent may continue it */
	bool lenient;		/* unfit parts are skipped without a reason */
};

/*
 * Takes the next of FIEMAP's extents, in FIEMAP's order. *ready is an extent that is complete now,
 * or has length 0. The last extent is e->pending when e->at == e->end.
 */
enum extent_reason extents_add(struct extents *e, const struct fiemap_extent *fe,
			       struct extent *ready);

/* "is in a hole" */
const char *extent_reason_text(enum extent_reason reason);

/*
 * What a file's extents mean for a guest's page tables, if the file's first byte is at a multiple
 * of 2 MiB there.
 */
struct extents_sum {
	uint64_t nr;		/* extents */
	/* chunks of 2 MiB of the guest's addresses that no large leaf can map */
	uint64_t tables;
	uint64_t largest;	/* the largest leaf that fits an extent: 4 KiB, 2 MiB or 1 GiB */
	/* State of the walk. */
	uint64_t first_logical, first_address;
	uint64_t counted;	/* chunks of 2 MiB below this one are counted already */
};

/*
 * base: host address of the device's first byte, modulo 1 GiB. Start with *sum zero and call for
 * each extent in order.
 */
void extents_sum_add(struct extents_sum *sum, const struct extent *extent, uint64_t base);

#endif
