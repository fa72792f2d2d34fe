// SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-only
/* Arithmetic on ranges of frames. */
#include "range.h"

struct frames frames_intersect(struct frames a, struct frames b)
{
	uint64_t first = a.first > b.first ? a.first : b.first;
	uint64_t a_end = a.first + a.count, b_end = b.first + b.count;
	uint64_t end = a_end < b_end ? a_end : b_end;

	return (struct frames){ first, first < end ? end - first : 0 };
}

uint64_t piece_next(uint64_t mfn, uint64_t gfn, uint64_t left, unsigned int max_order)
{
	uint64_t gib = 1ull << ORDER_1G;
	uint64_t to_boundary = (1ull << ORDER_2M) - (gfn & ((1ull << ORDER_2M) - 1));

	if (max_order >= ORDER_1G && left >= gib && !((mfn | gfn) & (gib - 1)))
		return gib;
	if (max_order < ORDER_2M)
		return left ? 1 : 0;
	return left < to_boundary ? left : to_boundary;
}
