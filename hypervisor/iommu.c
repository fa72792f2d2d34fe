// SPDX-License-Identifier: GPL-2.0-only
/*
 * What dom0's devices reach: takes frames that become a guest's or stop being one's, and enters them in dom0's I/O page tables or strikes
 * them out, so that a backend in dom0 can have its devices read and write pages that a guest granted it.
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

uint64_t page_cost(enum page_kind kind)
{
	return 1 + iommu_ours() + (kind == PAGE_UNCACHED ? WORK_BYTES : 0);
}

int iommu_deny(struct frames f)
{
	unsigned int flush = 0;
	long rc;

	if (!f.count || !iommu_ours())
		return 0;
	rc = iommu_unmap(hardware_domain, f.first, f.count, 0, &flush);
	if (iommu_iotlb_flush(hardware_domain, f.first, f.count, flush) || rc)
		return REFUSE(ENOMEM, "Xen has no memory for dom0's I/O page tables");
	return 0;
}

int iommu_permit(struct frames f, enum page_kind kind)
{
	unsigned int flush = 0;

	if (!f.count || !iommu_ours() || kind != PAGE_RW)	/* of the others there are no grants */
		return 0;
	if (!iommu_map(hardware_domain, f.first, f.first, f.count, IOMMUF_READABLE | IOMMUF_WRITABLE, &flush) &&
	    !iommu_iotlb_flush(hardware_domain, f.first, f.count, flush))
		return 0;
	iommu_deny(f);
	return REFUSE(ENOMEM, "Xen has no memory for dom0's I/O page tables");
}
