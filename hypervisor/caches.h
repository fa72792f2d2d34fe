/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * TLBs and caches of all CPUs, and what kind of CPU this is.
 *
 * dom0 maps the NVDIMM's pages uncached; Xen and guests map them cached. A CPU that snoops its own
 * caches sees its cached data through both kinds of mapping, so no cache is flushed there; stock
 * Xen relies on the same for pages of RAM. Other CPUs flush a page line by line. WBINVD stops every
 * CPU of the host for milliseconds: it is used only when a whole range goes back to dom0.
 */
#ifndef XEN_PMEM_HYPERVISOR_CACHES_H
#define XEN_PMEM_HYPERVISOR_CACHES_H

#include "range.h"

#pragma GCC visibility push(hidden)

bool cpu_is_intel(void);

/*
 * Some TLB may map a page that was taken from its owner: tlb_flush() must run before the page goes
 * to another one.
 */
void tlb_note_stale(void);

/* Flushes all TLBs if any may be stale. */
void tlb_flush(void);

/*
 * Writes the page back and takes it out of the caches of all CPUs. tlb_flush() comes first where a
 * TLB may map the page cached: its CPU could dirty a line afterwards.
 */
void page_uncache(uint64_t mfn);

/*
 * Stale TLBs, and the caches where the CPU does not snoop them, for pages of a host range that get
 * another owner.
 */
void frames_flush(struct frames f);

/* What the caches' part of frames_flush() costs for one page, in pages of work. */
uint64_t frame_flush_cost(void);

/*
 * Stale TLBs, and all caches where the CPU does not snoop them, for a range that goes back to dom0.
 */
void range_flush(void);

/* How often range_flush() used WBINVD. */
uint64_t wbinvds_count(void);

#pragma GCC visibility pop

#endif
