// SPDX-License-Identifier: GPL-2.0-only
/* Reads PV page tables in search of frames of a range, and fills the slots of old ones. */
#include "scan.h"

#include "answer.h"
#include "slots.h"

#define ENTRIES	512u
#define INFOS	(4096 / sizeof(struct page_info))

static bool table_maps(uint64_t table_mfn, struct frames f)
{
	const volatile uint64_t *table = mfn_to_virt(table_mfn);
	unsigned int i;

	command_work += ENTRIES / 16;
	for (i = 0; i < ENTRIES; i++) {
		uint64_t pte = table[i], mfn = (pte & PTE_ADDRESS) >> 12;

		if (pte & PTE_PRESENT && mfn - f.first < f.count)
			return true;
	}
	return false;
}

/*
 * The reference keeps an L1 table in use from being freed while it is read. It may become another
 * page meanwhile.
 */
static bool page_maps(struct page_info *pg, uint64_t mfn, struct frames f)
{
	struct domain *d = page_owner(pg);
	bool found;

	if (!(pg->count_info & PGC_count_mask) || !d || !get_page(pg, d))
		return false;
	found = table_maps(mfn, f);
	put_page(pg);
	return found;
}

/*
 * Once memory was hot-added above, frames after the end of RAM can be valid without page_info (see
 * maxpage.h).
 */
static bool page_info_there(uint64_t mfn)
{
	unsigned int order;

	return pte_of((unsigned long)mfn_to_page(mfn), &order);
}

/*
 * Nearly all pages are no page tables, so this decides what a pass over all of RAM takes. It is one
 * line of the cache for two pages: what a page is cannot be had for less.
 */
static bool page_is_table(const struct page_info *pg)
{
	uint64_t type = __atomic_load_n(&pg->type_info, __ATOMIC_RELAXED) & PGT_type_mask;

	return type == PGT_l1_table || type == PGT_l4_table;
}

static int table_scan(struct page_info *pg, uint64_t mfn, struct frames f)
{
	switch (pg->type_info & PGT_type_mask) {
	case PGT_l1_table:
		return page_maps(pg, mfn, f) ?
			       REFUSE(EBUSY, "a PV domain maps a page of the range") :
			       0;
	case PGT_l4_table:
		command_work += ENTRIES / 32;
		return slots_fill_pv(pg, mfn);
	default:
		return 0;
	}
}

/* The frames whose page_info is in the same page. */
static int infos_scan(struct range *r)
{
	uint64_t mfn = r->scanned, end = (mfn | (INFOS - 1)) + 1;
	struct page_info *pg = mfn_to_page(mfn);

	end = end < max_page ? end : max_page;
	command_work += INFOS;
	for (; mfn < end; mfn++, pg++) {
		int rc = page_is_table(pg) ? table_scan(pg, mfn, r->frames) : 0;

		if (rc)
			return rc;
	}
	r->scanned = end;
	return 0;
}

int scan_step(struct range *r)
{
	while (r->scanned < max_page) {
		uint64_t mfn = r->scanned;
		int rc = 0;

		if (!work_left())
			return MORE;
		if (group_present(mfn) || !__mfn_valid(mfn))
			r->scanned = (mfn | (GROUP_FRAMES - 1)) + 1;
		else if (!page_info_there(mfn))
			r->scanned = (mfn | (INFOS - 1)) + 1;
		else
			rc = infos_scan(r);
		if (rc)
			return rc;
	}
	return 0;
}
