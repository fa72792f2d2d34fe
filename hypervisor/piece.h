/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A guest's pages before they are mapped. Pages of a range that are free, or of a host range dom0's
 * and not mapped, become the guest's first, in as many commands as that takes; then the piece is
 * mapped in one step (physmap.h).
 *
 *   free or host --convert--> guest's, unmapped --map--> guest's
 *   free or host <---back---- guest's, unmapped <--guest dies, or the entry is removed-- guest's
 *
 * A guest, running or not, cannot reach a page that is its own and unmapped: it knows pages by its
 * map alone. A page that is mapped the guest may move at any time. The M2P says where to: Xen
 * changes both under the p2m lock.
 */
#ifndef XEN_PMEM_HYPERVISOR_PIECE_H
#define XEN_PMEM_HYPERVISOR_PIECE_H

#include "tables.h"

#pragma GCC visibility push(hidden)

/*
 * Makes pages of the piece the guest's, from *converted on; *converted grows. The metadata are made
 * on the way. MORE: the work limit is reached. EBUSY: a page is in use. ENOMEM, EAGAIN. TLBs and
 * caches are not flushed: the caller must call frames_flush() before it maps pages of a host range,
 * tlb_flush() before it maps others, and after that page_uncache() for each page that is uncached.
 */
int piece_convert(struct holding *h, const struct piece *p, uint64_t *converted);

/* What that costs, and what it costs to take back one page, in pages of work, with the flushing. */
uint64_t piece_convert_cost(const struct holding *h, const struct piece *p);
uint64_t page_take_back_cost(const struct holding *h, enum page_kind kind);

/*
 * Takes back the pages of the piece below *converted, from the last on, down to the work limit or
 * (whole) all of them. Pages that the guest maps are passed over: an earlier ASSIGN gave them. So
 * are pages that cannot be removed from dom0's I/O page tables. Returns how many were taken:
 * frames_return() must follow for a host range.
 */
uint64_t piece_take_back(struct holding *h, const struct piece *p, uint64_t *converted, bool whole);

/*
 * Of `taken` pages that were just taken from a guest, among these frames, those of a host range
 * become dom0's again.
 */
void frames_return(const struct holding *h, struct frames f, uint64_t taken);

/* Takes one page back, if only the extension refers to it. The caller counts it. */
bool page_take_back(struct holding *h, uint64_t mfn);

/* Counts pages of one group that became the guest's, or (negative) stopped being its. */
void holding_count(struct holding *h, uint64_t mfn, int64_t pages);

#pragma GCC visibility pop

#endif
