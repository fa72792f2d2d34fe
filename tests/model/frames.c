// SPDX-License-Identifier: GPL-2.0-only
/*
 * The frame table: takes references and drops them as Xen does, and knows which frames Xen calls
 * valid.
 */
#include "model.h"

bool frame_valid(uint64_t mfn)
{
	uint64_t pdx = to_pdx(mfn), group = pdx >> GROUP_ORDER;

	return mfn < max_page && !(mfn & pfn_hole_mask) && group < MFN_LIMIT >> GROUP_ORDER &&
	       pdx_group_valid[group / 64] >> group % 64 & 1;
}

bool __mfn_valid(unsigned long mfn) { return frame_valid(mfn); }

static struct domain *owner(const struct page_info *pg)
{
	return pg->owner ? (struct domain *)(DIRECTMAP_START + ((unsigned long)pg->owner << 12)) :
			   NULL;
}

static uint64_t frame_of(const struct page_info *pg)
{
	uint64_t pdx = pg - (struct page_info *)FRAMETABLE_START;

	return (pdx & pfn_pdx_bottom_mask) | (pdx << pfn_pdx_hole_shift & pfn_top_mask);
}

bool get_page(struct page_info *pg, const struct domain *d)
{
	moment();
	if (!(pg->count_info & PGC_count_mask) || owner(pg) != d)
		return false;
	pg->count_info++;
	return true;
}

void put_page(struct page_info *pg)
{
	uint64_t mfn = frame_of(pg);

	if (!(pg->count_info & PGC_count_mask))
		broken("a reference to frame %#lx that nobody took is dropped", (unsigned long)mfn);
	if (--pg->count_info & PGC_count_mask)
		return;
	if (!is_ram(mfn))
		broken("frame %#lx of the NVDIMM reaches the heap", (unsigned long)mfn);
	*pg = (struct page_info){ .count_info = 0 };
	heap_give(mfn);
}

uint64_t ram_take(struct domain *d)
{
	uint64_t mfn = heap_take();

	if (mfn)
		*info(mfn) = (struct page_info){
			.count_info = PGC_allocated | 1,
			.owner = ((unsigned long)d - DIRECTMAP_START) >> 12,
		};
	return mfn;
}

static void io_boot(struct frames f)
{
	for (uint64_t mfn = f.first; mfn < f.first + f.count; mfn++)
		*info(mfn) = (struct page_info){
			.count_info = PGC_allocated | 1,
			.type_info = PGT_writable | PGT_validated | 1,
			.owner = ((unsigned long)dom_io - DIRECTMAP_START) >> 12,
		};
}

/* What is not RAM and has page_info is I/O. */
void frames_boot(void)
{
	io_boot((struct frames){ 0xa0, 0x60 });
	if (machine.config.ram[1].count)
		io_boot((struct frames){ machine.config.ram[0].count,
					 GROUP_FRAMES - machine.config.ram[0].count });
}
