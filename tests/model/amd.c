// SPDX-License-Identifier: GPL-2.0-only
/*
 * The I/O page tables of dom0's devices on AMD's IOMMU: takes ranges that Xen enters or strikes
 * out, and keeps the tables that this takes. Xen makes large entries of small ones where it can,
 * and splits them when a part goes. Where it finds no memory for a table, or where a frame is above
 * all that the tables can name, it crashes dom0, and with it the host.
 *
 * Tables above those that name 2 MiB are there from boot on, for all of the NVDIMM.
 */
#include "model.h"

#define PAGES		512u			/* of 2 MiB; and entries of 2 MiB in 1 GiB */
#define ENTRIES		((1u << 21) / PAGES)

static uint64_t tables[ENTRIES];	/* of 4 KiB entries: each one's frame, or 0 for no table */
static uint64_t gib_tables[ENTRIES / PAGES];	/* of 2 MiB entries, likewise */
static bool gib_whole[ENTRIES / PAGES];

/* Entries of 2 MiB that reach all of it, without a table. */
static bool whole[ENTRIES];

void amd_boot(void)
{
	memset(tables, 0, sizeof(tables));
	memset(gib_tables, 0, sizeof(gib_tables));
	memset(gib_whole, 0, sizeof(gib_whole));
	memset(whole, 0, sizeof(whole));
}

static uint64_t table_take(void)
{
	uint64_t mfn = machine.fail_from && machine.points >= machine.fail_from ? 0 : heap_take();

	if (!mfn)
		broken("Xen has crashed dom0: no memory for an I/O page table");
	return mfn;
}

static void table_free(uint64_t *table)
{
	if (*table)
		heap_give(*table);
	*table = 0;
}

static bool gib_all(uint64_t gib)
{
	for (unsigned int i = 0; i < PAGES; i++)
		if (!whole[gib * PAGES + i])
			return false;
	return true;
}

/*
 * One entry of 4 KiB or 2 MiB, n pages from page `at` of the NVDIMM on; what is then in one piece
 * becomes one entry.
 */
static void entry_set(uint64_t at, uint64_t n, bool on, bool all, bool none)
{
	uint64_t entry = at / PAGES, gib = entry / PAGES;

	if (!on && !gib_whole[gib] && !gib_tables[gib])
		return;
	if (!gib_tables[gib])
		gib_tables[gib] = table_take();
	machine.io_splits += gib_whole[gib];
	gib_whole[gib] = false;
	if (n < PAGES && !tables[entry] && (on || whole[entry])) {
		machine.io_splits += whole[entry];
		tables[entry] = table_take();
	}
	whole[entry] = all;
	if (all || none)
		table_free(&tables[entry]);
	gib_whole[gib] = on && gib_all(gib);
	if (gib_whole[gib])
		table_free(&gib_tables[gib]);
}

void amd_change(struct frames f, bool on)
{
	uint64_t mfn = f.first, end = f.first + f.count, n;

	for (; mfn < end; mfn += n) {
		uint64_t at = mfn - machine.config.nvdimm.first;

		n = !(mfn % PAGES) && end - mfn >= PAGES ? PAGES : 1;
		if (mfn >= machine.config.io_frames) {
			if (on)
				broken("Xen has crashed dom0: frame %#lx is above its I/O page "
				       "tables",
				       (unsigned long)mfn);
			continue;
		}
		for (uint64_t i = 0; i < n; i++)
			dom0_reach(mfn + i, on);
		entry_set(at, n, on, dom0_reaches_all(at / PAGES * PAGES, PAGES, true),
			  dom0_reaches_all(at / PAGES * PAGES, PAGES, false));
	}
}
