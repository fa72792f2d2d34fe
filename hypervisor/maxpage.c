// SPDX-License-Identifier: GPL-2.0-only
/* Raises Xen's max_page above RAM, and puts it back. */
#include "maxpage.h"

#include "answer.h"
#include "map.h"
#include "page.h"

static uint64_t own_max_page;		/* Xen's */
static uint64_t raised_max_page;	/* ours in its place; 0: it is not raised */

/* Stays mapped, and allocated, until Xen boots again: the frames that it describes stay valid. */
static void *tail_page;

static void max_page_set(uint64_t end)
{
	max_page = end;
	max_pdx = mfn_to_pdx(end - 1) + 1;
}

void max_page_raise(uint64_t end)
{
	if (max_page >= end)
		return;
	if (max_page != raised_max_page)
		own_max_page = max_page;
	raised_max_page = end;
	max_page_set(end);
}

/*
 * The end of the last valid group above Xen's own end: no group is ours, so memory was hot-added
 * there.
 */
static uint64_t others_end(void)
{
	uint64_t end;

	for (end = raised_max_page; end > own_max_page; end -= GROUP_FRAMES)
		if (group_valid(end - GROUP_FRAMES) && end - GROUP_FRAMES >= own_max_page)
			return end;
	return own_max_page;
}

void max_page_restore(void)
{
	if (!raised_max_page)
		return;
	_spin_lock(xenpf_lock);
	if (max_page == raised_max_page)	/* otherwise memory was hot-added above it */
		max_page_set(others_end());
	raised_max_page = 0;
	_spin_unlock(xenpf_lock);
}

static int tail_page_map(unsigned long va)
{
	unsigned int i;

	if (!tail_page) {
		tail_page = alloc_xenheap_pages(0, 0);
		if (!tail_page)
			return REFUSE(ENOMEM, "Xen has no memory left");
		for (i = 0; i < 4096 / sizeof(struct page_info); i++)
			page_init_io((struct page_info *)tail_page + i);
	}
	return map_frames(va, virt_to_mfn(tail_page), 1, MAP_RW);
}

/*
 * Frames without page_info share one page of them: only balanced references are ever taken to I/O
 * pages.
 */
int tail_init(void)
{
	uint64_t end = (max_page + GROUP_FRAMES - 1) & ~(GROUP_FRAMES - 1), mfn;
	unsigned int order;

	for (mfn = max_page; mfn < end; mfn++) {
		struct page_info *pg = mfn_to_page(mfn);

		if (!pte_of((unsigned long)pg, &order)) {
			int rc = tail_page_map((unsigned long)pg & ~4095ul);

			if (rc)
				return rc;
		} else if (page_owner(pg) != dom_io) {
			page_init_io(pg);
		}
	}
	return 0;
}
