/* SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-only */
/* Checks and joins the extents that FIEMAP reports of a file, one by one. */
#include "extents.h"

#include <linux/fiemap.h>

#define PAGE	KIB(4)
#define LEAF_2M	MIB(2)
#define LEAF_1G	GIB(1)

static enum extent_reason flags_check(uint32_t flags)
{
	if (flags & FIEMAP_EXTENT_DELALLOC)
		return EXTENT_DELAYED;
	if (flags & FIEMAP_EXTENT_UNKNOWN)
		return EXTENT_UNKNOWN;
	if (flags & (FIEMAP_EXTENT_ENCODED | FIEMAP_EXTENT_DATA_ENCRYPTED))
		return EXTENT_ENCODED;
	if (flags & (FIEMAP_EXTENT_DATA_INLINE | FIEMAP_EXTENT_DATA_TAIL))
		return EXTENT_INLINE;
	if (flags & FIEMAP_EXTENT_NOT_ALIGNED)
		return EXTENT_UNALIGNED;
	if (flags & FIEMAP_EXTENT_UNWRITTEN)
		return EXTENT_UNWRITTEN;
	return flags & FIEMAP_EXTENT_SHARED ? EXTENT_SHARED : EXTENT_OK;
}

/* The part of the extent that the walk still needs. */
static struct extent extent_clip(const struct extents *e, const struct fiemap_extent *fe)
{
	uint64_t skip = e->at - fe->fe_logical, length = fe->fe_length - skip;

	return (struct extent){ e->at, fe->fe_physical + skip,
				length < e->end - e->at ? length : e->end - e->at };
}

static bool extent_follows(const struct extent *a, const struct extent *b)
{
	return a->length && a->logical + a->length == b->logical &&
	       a->physical + a->length == b->physical;
}

enum extent_reason extents_add(struct extents *e, const struct fiemap_extent *fe,
			       struct extent *ready)
{
	enum extent_reason reason;
	struct extent next;

	ready->length = 0;
	if (e->at == e->end || fe->fe_logical + fe->fe_length <= e->at)
		return EXTENT_OK;
	if (fe->fe_logical > e->at && !e->lenient)
		return EXTENT_HOLE;
	if (fe->fe_logical > e->at)
		e->at = fe->fe_logical < e->end ? fe->fe_logical : e->end;
	reason = flags_check(fe->fe_flags);
	if (reason && e->lenient)
		e->at = fe->fe_logical + fe->fe_length < e->end ? fe->fe_logical + fe->fe_length :
			e->end;
	if (reason || e->at == e->end)
		return e->lenient ? EXTENT_OK : reason;
	next = extent_clip(e, fe);
	if (next.physical % PAGE || next.length % PAGE)
		return EXTENT_UNALIGNED;
	e->at += next.length;
	if (extent_follows(&e->pending, &next)) {
		e->pending.length += next.length;
	} else {
		*ready = e->pending;
		e->pending = next;
	}
	return EXTENT_OK;
}

const char *extent_reason_text(enum extent_reason reason)
{
	static const char *const texts[EXTENT_REASONS] = {
		[EXTENT_OK] = "is good",
		[EXTENT_HOLE] = "is in a hole",
		[EXTENT_UNWRITTEN] = "is in a part that is allocated but not written",
		[EXTENT_DELAYED] = "is in a part that is not allocated yet",
		[EXTENT_SHARED] = "is in a part that another file shares (reflink)",
		[EXTENT_INLINE] = "stands inside the filesystem's own data",
		[EXTENT_ENCODED] = "is in a part that is compressed or encrypted",
		[EXTENT_UNALIGNED] = "does not stand in a page of its own",
		[EXTENT_UNKNOWN] = "stands where the filesystem does not say",
	};

	return (unsigned int)reason < EXTENT_REASONS ? texts[reason] :
	       "is refused for an unknown reason";
}

static bool holds_leaf(uint64_t from, uint64_t length, uint64_t leaf)
{
	uint64_t up = (from + leaf - 1) / leaf * leaf;

	return length >= leaf && up - from <= length - leaf;
}

/* Counts chunks first .. last, without those that were counted before. */
static void chunks_count(struct extents_sum *sum, uint64_t first, uint64_t last)
{
	if (first < sum->counted)
		first = sum->counted;
	if (last < first)
		return;
	sum->tables += last - first + 1;
	sum->counted = last + 1;
}

void extents_sum_add(struct extents_sum *sum, const struct extent *extent, uint64_t base)
{
	uint64_t address = base + extent->physical, from, to;

	if (!sum->nr++) {
		sum->first_logical = extent->logical;
		sum->first_address = address;
		sum->largest = PAGE;
	}
	/* Its place in the guest, modulo 2 MiB. */
	from = extent->logical - sum->first_logical;
	to = from + extent->length;
	if (sum->largest < LEAF_2M && holds_leaf(address, extent->length, LEAF_2M))
		sum->largest = LEAF_2M;
	if (sum->largest < LEAF_1G && holds_leaf(address, extent->length, LEAF_1G))
		sum->largest = LEAF_1G;
	if ((from ^ address) % LEAF_2M || !holds_leaf(from, extent->length, LEAF_2M)) {
		chunks_count(sum, from / LEAF_2M, (to - 1) / LEAF_2M);
		return;
	}
	if (from % LEAF_2M)
		chunks_count(sum, from / LEAF_2M, from / LEAF_2M);
	if (to % LEAF_2M)
		chunks_count(sum, to / LEAF_2M, to / LEAF_2M);
}
