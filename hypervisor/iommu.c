// SPDX-License-Identifier: GPL-2.0-only
/*
 * What devices reach, dom0's and a guest's own. Of dom0's: takes frames that become a guest's or stop
 * being one's, and enters them in dom0's I/O page tables or strikes them out, so that a backend in dom0
 * can have its devices read and write pages that a guest granted it.
 *
 * With dom0-iommu=relaxed, Xen's default, all RAM was entered at boot, guests' too, and NVDIMMs were not. With strict Xen enters each granted page
 * itself, with passthrough nothing is kept from dom0's devices, and without an IOMMU neither: then there is nothing to do here.
 */
#include "extension.h"

static bool iommu_ours(void)
{
	return FIELD(hardware_domain, uint32_t, build->options) & CDF_IOMMU && !iommu_hwdom_passthrough &&
	       !FIELD(hardware_domain, bool, build->iommu_need_sync);
}

/* Of struct iommu_ops' functions, one is known by name. */
static bool iommu_is_amds(void)
{
	unsigned int i;

	for (i = 0; i < IOMMU_OPS_WORDS; i++)
		if (FIELD(&iommu_ops, const void *, i * 8) == (const void *)amd_iommu_map_page)
			return true;
	return false;
}

/*
 * dom0's tables on AMD have as many levels as Xen's highest frame needs, 9 bits each. For a frame above Xen crashes dom0.
 * What raises max_page has passed here, so the levels that this finds stay those of boot.
 */
bool iommu_names(uint64_t last)
{
	uint64_t end = 512;

	if (!iommu_ours() || !iommu_is_amds())
		return true;
	while (end <= get_upper_mfn_bound())
		end <<= 9;
	return last < end;
}

bool iommu_amid(uint64_t mfn)
{
	return mfn & ((1ull << ORDER_2M) - 1) && work < WORK_LIMIT + WORK_SLACK && iommu_ours();
}

uint64_t page_cost(enum page_kind kind)
{
	return 1 + iommu_ours() + (kind == PAGE_UNCACHED ? WORK_BYTES : 0);
}

/*
 * Where AMD's part of Xen finds no memory for a table it crashes dom0, and the host goes down with it. So Xen's heap must show before
 * each call that it has as many pages as the call takes at most. Between the two another CPU can take them still: that is a moment,
 * and on a host without a page to spare.
 *
 * The frames are of one group: TABLES is for those above the tables of 4 KiB entries, of which there may be six levels, and for both
 * ends, if they are inside of 2 MiB. Where Xen has no larger entries, each 2 MiB takes a table.
 */
#define TABLES	8u

static bool entries_are_small(void)
{
	return !(FIELD(&iommu_ops, uint64_t, 0) & IOMMU_SIZE_2M);
}

/* Of one group, or of one leaf of a guest's; in entries of this order, where Xen has such. */
static bool tables_there(struct frames f, unsigned int order)
{
	static void *pages[TABLES + (1u << (ORDER_1G - ORDER_2M))];
	unsigned int n = TABLES, i;

	if (order == ORDER_4K || entries_are_small())
		n += f.count >> ORDER_2M;
	for (i = 0; i < n; i++) {
		pages[i] = alloc_xenheap_pages(0, 0);
		if (!pages[i])
			break;
	}
	work += n;
	n -= i;
	while (i--)
		free_xenheap_pages(pages[i], 0);
	return !n;
}

/* Pages of the other kinds are never granted, and never entered. */
static bool is_entered(enum page_kind kind)
{
	return kind == PAGE_RW && iommu_ours();
}

static int tables_refuse(void)
{
	return REFUSE(ENOMEM, "Xen has no memory for dom0's I/O page tables");
}

int iommu_ready(struct frames f, enum page_kind kind)
{
	return !is_entered(kind) || tables_there(f, ORDER_2M) ? 0 : tables_refuse();
}

int iommu_deny(struct frames f, enum page_kind kind)
{
	unsigned int flush = 0;
	long rc;

	if (!f.count || !is_entered(kind))
		return 0;
	if (!tables_there(f, ORDER_2M))
		return tables_refuse();
	rc = iommu_unmap(hardware_domain, f.first, f.count, 0, &flush);
	if (iommu_iotlb_flush(hardware_domain, f.first, f.count, flush) || rc)
		return tables_refuse();
	return 0;
}

int iommu_permit(struct frames f, enum page_kind kind)
{
	unsigned int flush = 0;

	if (!f.count || !is_entered(kind))
		return 0;
	if (!tables_there(f, ORDER_2M))
		return tables_refuse();
	if (!iommu_map(hardware_domain, f.first, f.first, f.count, IOMMUF_READABLE | IOMMUF_WRITABLE, &flush) &&
	    !iommu_iotlb_flush(hardware_domain, f.first, f.count, flush))
		return 0;
	iommu_deny(f, kind);
	return tables_refuse();
}

/*
 * A guest with a device has I/O page tables of its own, which Xen keeps in step with its physical map, unless the IOMMU
 * walks that map itself. Where Xen finds no memory for one it crashes the guest, after it has changed the map: the device
 * may then reach a page that is not in the map any more, and is somebody else's. So here, too, memory must show first.
 */
static bool guest_has_tables(struct domain *d)
{
	return FIELD(d, uint32_t, build->options) & CDF_IOMMU && FIELD(d, bool, build->iommu_need_sync);
}

bool iommu_small_only(struct domain *d)
{
	return guest_has_tables(d) && entries_are_small();
}

uint64_t iommu_guest_cost(struct domain *d) { return guest_has_tables(d) ? TABLES : 0; }

int iommu_guest_ready(struct domain *d, unsigned int order)
{
	if (!guest_has_tables(d) || tables_there((struct frames){ 0, 1ull << order }, order))
		return 0;
	return REFUSE(ENOMEM, "Xen has no memory for the guest's I/O page tables");
}
