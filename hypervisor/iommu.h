/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What devices reach: dom0's I/O page tables, and a guest's own.
 *
 * A backend in dom0 can have its devices read and write pages that a guest granted it, so writable
 * pages of guests are in dom0's I/O page tables, and host pages are too. With dom0-iommu=relaxed,
 * Xen's default, Xen entered all RAM at boot, and no NVDIMM: the extension enters and removes its
 * pages itself. With dom0-iommu=strict Xen enters each page that is granted, with passthrough
 * dom0's devices reach everything, and without an IOMMU they do too: then these functions do
 * nothing.
 *
 * Where Xen's code for AMD's IOMMU finds no memory for a table it crashes dom0, and with it the
 * host; where it finds none for a guest's table it crashes the guest, after it has changed the
 * guest's map. So before each call Xen's heap must prove that it has as many pages as the call may
 * take. Another CPU can still take them in between.
 */
#ifndef XEN_PMEM_HYPERVISOR_IOMMU_H
#define XEN_PMEM_HYPERVISOR_IOMMU_H

#include "page.h"
#include "range.h"

#pragma GCC visibility push(hidden)

/* What a page of this kind costs when it gets another owner, in pages of work. */
uint64_t page_cost(enum page_kind kind);

/*
 * Enters frames of one group in dom0's tables. Pages of other kinds than PAGE_RW can never be
 * granted: nothing is done. ENOMEM: no frame is entered.
 */
int iommu_permit(struct frames f, enum page_kind kind);

/* ENOMEM: iommu_permit() would be refused now. */
int iommu_ready(struct frames f, enum page_kind kind);

/*
 * Removes frames of one group from dom0's tables. ENOMEM: dom0's devices may still reach some of
 * them.
 */
int iommu_deny(struct frames f, enum page_kind kind);

/* The first frame that dom0's tables cannot name. */
uint64_t iommu_end(void);

/*
 * Whether the frame is inside of 2 MiB that should be entered or removed together, and the work
 * limit allows that: to enter or remove a part of one large entry takes a table.
 */
bool iommu_amid(uint64_t mfn);

/*
 * ENOMEM: the guest's own tables may not be able to follow a change of one entry of this order in
 * its physical map.
 */
int iommu_guest_ready(struct domain *d, unsigned int order);
uint64_t iommu_guest_cost(struct domain *d);	/* of asking that, in pages of work */

/*
 * Whether the guest's own tables have entries of 4 KiB alone: Xen then makes one for each page of a
 * leaf.
 */
bool iommu_small_only(struct domain *d);

#pragma GCC visibility pop

#endif
