/* SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-only */
/* Ranges of 4 KiB frames, and how a guest's range is cut into page-table leaves. */
#ifndef XEN_PMEM_CORE_RANGE_H
#define XEN_PMEM_CORE_RANGE_H

#include "env.h"

#define ORDER_4K	0u
#define ORDER_2M	9u
#define ORDER_1G	18u
#define GROUP_ORDER	16u			/* 65,536 frames: the unit of metadata */
#define GROUP_FRAMES	(1ull << GROUP_ORDER)

/* Frames [first, first + count). */
struct frames {
	uint64_t first;
	uint64_t count;
};

/* What both ranges have; count 0 where they do not meet. */
struct frames frames_intersect(struct frames a, struct frames b);

/*
 * The next piece to map: how many frames, at most `left`, starting at mfn and gfn can be mapped in one step.
 * 2^18 where both are so aligned (and max_order allows it), else up to the next 2 MiB boundary of the guest: the
 * page-table code cuts such a piece into the largest leaves by itself. At least 1, if left is.
 */
uint64_t piece_next(uint64_t mfn, uint64_t gfn, uint64_t left, unsigned int max_order);

#endif
