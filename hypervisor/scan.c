// SPDX-License-Identifier: GPL-2.0-only
/*
 * Proof that no PV domain maps a range: takes a range that dom0 may no longer map, reads every PV page table once.
 *
 * While a frame has no page_info, nobody counts its mappings. A mapping left over from before would be counted out
 * later though never counted in, and the host would die of it. No domain can make a new one by now, so the mappings
 * that exist only get fewer, and one pass over the tables sees all of them.
 */
#include "extension.h"

#define ENTRIES	512u
#define INFOS	(4096 / sizeof(struct page_info))

static bool table_maps(uint64_t table_mfn, struct frames f)
{
	const volatile uint64_t *table = mfn_to_virt(table_mfn);
	unsigned int i;

	work += ENTRIES / 16;
	for (i = 0; i < ENTRIES; i++) {
		uint64_t pte = table[i], mfn = (pte & PTE_ADDRESS) >> 12;

		if (pte & PTE_PRESENT && mfn - f.first < f.count)
			return true;
	}
	return false;
}

/* An L1 table in use, kept from being freed while it is read. What the page turns into meanwhile does not matter. */
static bool page_maps(struct page_info *pg, uint64_t mfn, struct frames f)
{
	struct domain *d = page_owner(pg);
	bool maps;

	if ((pg->type_info & PGT_type_mask) != PGT_l1_table || !(pg->count_info & PGC_count_mask) || !d)
		return false;
	if (!get_page(pg, d))
		return false;
	maps = table_maps(mfn, f);
	put_page(pg);
	return maps;
}

/* Behind the end of RAM frames can be valid that Xen has no page_info for, once memory was hot-added above (see maxpage.c). */
static bool page_info_there(uint64_t mfn)
{
	unsigned int order;

	return pte_of((unsigned long)mfn_to_page(mfn), &order);
}

/* The frames whose page_info is in the same page. */
static int infos_scan(struct range *r)
{
	do {
		if (page_maps(mfn_to_page(r->scanned), r->scanned, r->frames))
			return REFUSE(EBUSY, "a PV domain maps a page of the range");
		r->scanned++;
		work++;
	} while (r->scanned % INFOS && r->scanned < max_page);
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
