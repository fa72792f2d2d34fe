// SPDX-License-Identifier: GPL-2.0-only
/*
 * Enters frames in dom0's I/O page tables, removes them, and proves first that Xen has memory for
 * that.
 */
#include "iommu.h"

#include "answer.h"
#include "builds.h"

/* Whether the extension has to keep dom0's tables: a relaxed dom0 behind an IOMMU. */
static bool iommu_ours(void)
{
	return FIELD(hardware_domain, uint32_t, build->options) & CDF_IOMMU &&
	       !iommu_hwdom_passthrough && !FIELD(hardware_domain, bool, build->iommu_need_sync);
}

/* One of struct iommu_ops' functions is known by name. */
static bool iommu_is_amd(void)
{
	unsigned int i;

	for (i = 0; i < IOMMU_OPS_WORDS; i++)
		if (FIELD(&iommu_ops, const void *, i * 8) == (const void *)amd_iommu_map_page)
			return true;
	return false;
}

/*
 * dom0's tables on AMD have as many levels as Xen's highest frame needs, 9 bits each. For a frame
 * above, Xen crashes dom0. Whatever raised max_page has passed here before, so the levels found now
 * are those of boot.
 */
uint64_t iommu_end(void)
{
	uint64_t end = 512;

	if (!iommu_ours() || !iommu_is_amd())
		return ~0ull;
	while (end <= get_upper_mfn_bound())
		end <<= 9;
	return end;
}

bool iommu_amid(uint64_t mfn)
{
	return mfn & ((1ull << ORDER_2M) - 1) && command_work < WORK_LIMIT + WORK_SLACK &&
	       iommu_ours();
}

/*
 * Of at most as many frames as one command converts, so one more page of work for each pays for the
 * tables.
 */
uint64_t page_cost(enum page_kind kind)
{
	return 1 + iommu_ours() + (kind == PAGE_UNCACHED ? WORK_BYTES : 0);
}

/*
 * Tables that one change takes at most: those above the tables of 4 KiB entries, of which there may
 * be six levels, and one at each end that lies inside of a 2 MiB entry. Where there are no larger
 * entries, each 2 MiB takes one more.
 */
#define TABLES	8u

static bool entries_are_small(void)
{
	return !(FIELD(&iommu_ops, uint64_t, 0) & IOMMU_SIZE_2M);
}

/* Frames of one group, or of one leaf of a guest's, in entries of this order. */
static bool heap_has_tables(struct frames f, unsigned int order)
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
	command_work += n;
	n -= i;
	while (i--)
		free_xenheap_pages(pages[i], 0);
	return !n;
}

static bool kind_is_entered(enum page_kind kind)
{
	return kind == PAGE_RW && iommu_ours();
}

static int tables_refuse(void)
{
	return REFUSE(ENOMEM, "Xen has no memory for dom0's I/O page tables");
}

int iommu_ready(struct frames f, enum page_kind kind)
{
	return !kind_is_entered(kind) || heap_has_tables(f, ORDER_2M) ? 0 : tables_refuse();
}

int iommu_deny(struct frames f, enum page_kind kind)
{
	unsigned int flush = 0;
	long rc;

	if (!f.count || !kind_is_entered(kind))
		return 0;
	if (!heap_has_tables(f, ORDER_2M))
		return tables_refuse();
	rc = iommu_unmap(hardware_domain, f.first, f.count, 0, &flush);
	if (iommu_iotlb_flush(hardware_domain, f.first, f.count, flush) || rc)
		return tables_refuse();
	return 0;
}

int iommu_permit(struct frames f, enum page_kind kind)
{
	const unsigned int flags = IOMMUF_READABLE | IOMMUF_WRITABLE;
	unsigned int flush = 0;

	if (!f.count || !kind_is_entered(kind))
		return 0;
	if (!heap_has_tables(f, ORDER_2M))
		return tables_refuse();
	if (!iommu_map(hardware_domain, f.first, f.first, f.count, flags, &flush) &&
	    !iommu_iotlb_flush(hardware_domain, f.first, f.count, flush))
		return 0;
	iommu_deny(f, kind);
	return tables_refuse();
}

/*
 * A guest with a device has tables of its own, unless the IOMMU walks the guest's physical map
 * itself.
 */
static bool guest_has_tables(struct domain *d)
{
	return FIELD(d, uint32_t, build->options) & CDF_IOMMU &&
	       FIELD(d, bool, build->iommu_need_sync);
}

bool iommu_small_only(struct domain *d)
{
	return guest_has_tables(d) && entries_are_small();
}

uint64_t iommu_guest_cost(struct domain *d) { return guest_has_tables(d) ? TABLES : 0; }

int iommu_guest_ready(struct domain *d, unsigned int order)
{
	if (!guest_has_tables(d) || heap_has_tables((struct frames){ 0, 1ull << order }, order))
		return 0;
	return REFUSE(ENOMEM, "Xen has no memory for the guest's I/O page tables");
}
