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

/* The frames of both ranges; count 0 if they do not overlap. */
struct frames frames_intersect(struct frames a, struct frames b);

/*
 * The next piece to map: how many frames, at most `left`, from mfn and gfn on can be mapped in one
 * step. 2^18 where both are so aligned and max_order allows it; otherwise up to the guest's next 2
 * MiB boundary: the page-table code itself cuts such a piece into the largest leaves. At least 1,
 * unless `left` is 0.
 */
uint64_t piece_next(uint64_t mfn, uint64_t gfn, uint64_t left, unsigned int max_order);

#endif
