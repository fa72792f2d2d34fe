// SPDX-License-Identifier: GPL-2.0-only
/* Reads PV page tables in search of frames of ranges, and fills the slots of old ones. */
#include "scan.h"

#include "answer.h"
#include "slots.h"

#define ENTRIES	512u
#define INFOS	(4096 / sizeof(struct page_info))

/* The type of a page is its highest three bits. */
#define TYPE_SHIFT	61
#define TABLE_TYPES	(1u << (PGT_l1_table >> TYPE_SHIFT) | 1u << (PGT_l4_table >> TYPE_SHIFT))
_Static_assert(PGT_type_mask == 7ul << TYPE_SHIFT, "types of pages");

/* The pass under way: its ranges are those that are CHECKING. */
static uint64_t scanned;	/* no PV page table below this frame maps a page of them */

/* The ranges again, and one run around them: what an entry is compared with first. */
static struct range *sought[RANGES_ALL];
static unsigned int nr_sought;
static struct frames around;

static void sought_read(void)
{
	uint64_t first = ~0ull, end = 0;
	unsigned int i;

	nr_sought = ranges_in(RANGE_CHECKING, sought);
	for (i = 0; i < nr_sought; i++) {
		const struct frames *f = &sought[i]->frames;

		first = f->first < first ? f->first : first;
		end = f->first + f->count > end ? f->first + f->count : end;
	}
	around = (struct frames){ first, nr_sought ? end - first : 0 };
}

/* The range that the entry maps a page of; NULL. */
static struct range *entry_range(uint64_t pte)
{
	uint64_t mfn = (pte & PTE_ADDRESS) >> 12;
	unsigned int i;

	if (!(pte & PTE_PRESENT) || mfn - around.first >= around.count)
		return NULL;
	for (i = 0; i < nr_sought; i++)
		if (mfn - sought[i]->frames.first < sought[i]->frames.count)
			return sought[i];
	return NULL;
}

static int table_search(uint64_t table_mfn, const struct range *r)
{
	const volatile uint64_t *table = mfn_to_virt(table_mfn);
	unsigned int i;

	command_work += nr_sought * (ENTRIES / 16);
	for (i = 0; i < ENTRIES; i++) {
		struct range *mapped = entry_range(table[i]);

		if (mapped && mapped == r)
			return REFUSE(EBUSY, "a PV domain maps a page of the range");
		if (mapped) {
			mapped->state = RANGE_WAITING;
			sought_read();
		}
	}
	return 0;
}

/* The table may become another page while it is read. */
static int page_search(struct page_info *pg, uint64_t mfn, const struct range *r)
{
	int rc;

	if (!page_hold(pg))
		return 0;
	rc = table_search(mfn, r);
	put_page(pg);
	return rc;
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
	uint64_t type = __atomic_load_n(&pg->type_info, __ATOMIC_RELAXED) >> TYPE_SHIFT;

	return TABLE_TYPES >> type & 1;
}

static int table_scan(struct page_info *pg, uint64_t mfn, const struct range *r)
{
	switch (pg->type_info & PGT_type_mask) {
	case PGT_l1_table:
		return page_search(pg, mfn, r);
	case PGT_l4_table:
		command_work += ENTRIES / 32;
		return slots_fill_pv(pg, mfn);
	default:
		return 0;
	}
}

static struct page_info *table_next(struct page_info *pg, const struct page_info *end)
{
	while (pg < end && !page_is_table(pg))
		pg++;
	return pg;
}

/* The frames whose page_info is in the same page, up to a table at which the work limit is. */
static int infos_scan(const struct range *r)
{
	uint64_t first = scanned, last = first | (INFOS - 1);
	struct page_info *begin = mfn_to_page(first), *pg = begin, *end;

	end = begin + ((last < max_page ? last + 1 : max_page) - first);
	command_work += INFOS;
	while ((pg = table_next(pg, end)) < end) {
		int rc = table_scan(pg, first + (pg - begin), r);

		if (rc)
			return rc;
		scanned = first + (++pg - begin);
		if (!work_left())
			return 0;
	}
	scanned = first + (end - begin);
	return 0;
}

void pass_begin(void) { scanned = 0; }

int pass_step(const struct range *r)
{
	unsigned int i;

	sought_read();
	while (nr_sought && scanned < max_page) {
		int rc = 0;

		if (!work_left())
			return MORE;
		if (group_present(scanned) || !__mfn_valid(scanned))
			scanned = (scanned | (GROUP_FRAMES - 1)) + 1;
		else if (!page_info_there(scanned))
			scanned = (scanned | (INFOS - 1)) + 1;
		else
			rc = infos_scan(r);
		if (rc)
			return rc;
	}
	for (i = 0; i < nr_sought; i++)
		sought[i]->state = RANGE_CHECKED;
	return 0;
}
