/* SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-only */
/*
 * Where a file's bytes stand: takes what FIEMAP says, hands on extents that a guest's memory can be made of: whole pages, written, nobody else's, without a
 * gap, as long as they get. Nothing is kept for each extent.
 */
#ifndef XEN_PMEM_LIB_EXTENTS_H
#define XEN_PMEM_LIB_EXTENTS_H

#include <stdbool.h>
#include <stdint.h>

struct fiemap_extent;

struct extent {
	uint64_t logical;	/* in the file */
	uint64_t physical;	/* in the device that the filesystem lies on */
	uint64_t length;	/* 0: none */
};

enum extent_reason {
	EXTENT_OK = 0,
	EXTENT_HOLE,		/* nothing is allocated there */
	EXTENT_UNWRITTEN,	/* allocated, but reads as zeros until it is written */
	EXTENT_DELAYED,		/* written, but not allocated yet */
	EXTENT_SHARED,		/* another file has it too (reflink) */
	EXTENT_INLINE,		/* it stands among the filesystem's own data */
	EXTENT_ENCODED,		/* compressed or encrypted */
	EXTENT_UNALIGNED,	/* not whole pages */
	EXTENT_UNKNOWN,		/* the filesystem does not say where */
	EXTENT_REASONS		/* how many there are; keep last */
};

/* A walk over the file's bytes [at, end), both multiples of 4096. */
struct extents {
	uint64_t at;		/* the next byte that is looked for; after a refusal, the one at fault */
	uint64_t end;
	struct extent pending;	/* found, and perhaps longer */
	bool lenient;		/* what is not fit is passed over in silence */
};

/*
 * Takes the next of FIEMAP's extents, in its order. *ready is an extent that is complete now, or none. Each is handed on once; the last one is e->pending
 * when e->at == e->end.
 */
enum extent_reason extents_add(struct extents *e, const struct fiemap_extent *fe, struct extent *ready);

/* "is in a hole" */
const char *extent_reason_text(enum extent_reason reason);

/* What a file's extents mean for a guest's page tables, if its first byte stands at a multiple of 2 MiB. */
struct extents_sum {
	uint64_t nr;		/* extents */
	uint64_t tables;	/* 2 MiB of the guest's addresses, each, that no large leaf can map */
	uint64_t largest;	/* the largest leaf that any extent has room for: 4 KiB, 2 MiB or 1 GiB */
	/* Of the walk. */
	uint64_t first_logical, first_address;
	uint64_t counted;	/* chunks of 2 MiB, up to this one, that are counted already */
};

/* base: host address of the device's first byte, or anything that equals it modulo 1 GiB. Call for each extent in order, with *sum zero at first. */
void extents_sum_add(struct extents_sum *sum, const struct extent *extent, uint64_t base);

#endif
