/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Xen's address space: where frames have their direct map, page_info and M2P entry, and Xen's own
 * page tables.
 */
#ifndef XEN_PMEM_HYPERVISOR_MAP_H
#define XEN_PMEM_HYPERVISOR_MAP_H

#include "range.h"
#include "xen.h"

#pragma GCC visibility push(hidden)

/*
 * Xen leaves out the bits of a frame number that are 0 in all of RAM: pdx is the compressed number.
 */
static inline uint64_t mfn_to_pdx(uint64_t mfn)
{
	return (mfn & pfn_pdx_bottom_mask) | ((mfn & pfn_top_mask) >> pfn_pdx_hole_shift);
}

static inline struct page_info *mfn_to_page(uint64_t mfn)
{
	return (struct page_info *)FRAMETABLE_START + mfn_to_pdx(mfn);
}

static inline void *mfn_to_virt(uint64_t mfn)
{
	return (void *)(DIRECTMAP_START + (mfn_to_pdx(mfn) << 12));
}

/* va is in the direct map. */
static inline uint64_t virt_to_mfn(const void *va)
{
	uint64_t pdx = ((unsigned long)va - DIRECTMAP_START) >> 12;

	return (pdx & pfn_pdx_bottom_mask) | ((pdx << pfn_pdx_hole_shift) & pfn_top_mask);
}

static inline uint64_t *m2p_of(uint64_t mfn)
{
	return (uint64_t *)RW_M2P_START + mfn;
}

/* Whether Xen takes the frames of mfn's group for valid, because of us or of RAM. */
static inline bool group_valid(uint64_t mfn)
{
	uint64_t n = mfn_to_pdx(mfn) >> GROUP_ORDER;

	return pdx_group_valid[n / 64] >> n % 64 & 1;
}

/*
 * The entry that maps va, 0 if va is not mapped. *order: of what the entry, or the last one on the
 * way, maps; 27 at the top.
 */
uint64_t pte_of(unsigned long va, unsigned int *order);

/* The frame that va is in; pte and order are pte_of()'s answer, of a va that is mapped. */
uint64_t pte_frame(uint64_t pte, unsigned long va, unsigned int order);

/* Whether p may be the address of an object of Xen's heap: aligned, in the direct map, mapped. */
bool pointer_ok(const void *p);

/*
 * Maps `count` frames from mfn on at va, with MAP_RW or MAP_RO, and looks at the result. ENOMEM:
 * Xen has no memory for page tables; then no frame is mapped.
 */
int map_frames(unsigned long va, uint64_t mfn, uint64_t count, unsigned int flags);

/* ENOMEM: some of the frames may be mapped still. All TLBs are flushed in any case. */
int unmap_frames(unsigned long va, uint64_t count);

/*
 * PV guests' kernels run in user mode and read the M2P: sets the user bit at every level on the way
 * to va.
 */
void map_allow_user(unsigned long va);

#pragma GCC visibility pop

#endif
