// SPDX-License-Identifier: GPL-2.0-only
/*
 * Proof that the running Xen is one we know: takes nothing on trust, compares every constant, offset and table of
 * xen.h and builds.c with the hypervisor, and names the first that does not fit.
 */
#include "extension.h"

static const char *wrong;
#define FACT(condition, name) do { if (!(condition)) { wrong = (name); return false; } } while (0)

static bool table_entry_ok(unsigned long va, unsigned long expected_mfn)
{
	unsigned int order;
	uint64_t pte = pte_of(va, &order), in_leaf = (1ul << order) - 1;

	return pte && (((pte & PTE_ADDRESS) >> 12) & ~in_leaf) + ((va >> 12) & in_leaf) == expected_mfn;
}

bool pointer_ok(const void *p)
{
	unsigned long va = (unsigned long)p;
	unsigned int order;

	return !(va & 7) && va >= DIRECTMAP_START && va < DIRECTMAP_START + (MFN_LIMIT << 12) && pte_of(va, &order);
}

/* A fresh page of Xen's heap: its address, its mapping and its page_info must tell the same story. */
static bool memory_check(void)
{
	void *va = alloc_xenheap_pages(0, 0);
	uint64_t mfn = ((unsigned long)va - DIRECTMAP_START) >> 12;	/* below any hole: pdx == mfn there */
	struct page_info *pg = mfn_to_page(mfn), before;
	unsigned int order;
	bool mapped;

	FACT(va && (unsigned long)va >= DIRECTMAP_START && mfn < MFN_LIMIT, "direct map");
	mapped = table_entry_ok((unsigned long)va, mfn) &&
		 (pte_of((unsigned long)va, &order) & 0x163) == 0x163;
	before = *pg;
	free_xenheap_pages(va, 0);
	FACT(mapped, "page tables of the direct map");
	FACT((before.count_info & ~PGC_allocated) == PGC_xen_heap && !before.owner, "page_info of a page of Xen's heap");
	FACT(mfn_to_virt(mfn) == va, "direct map arithmetic");
	return true;
}

static bool frame_table_check(void)
{
	struct page_info *vga = mfn_to_page(0xa0);

	FACT(__mfn_valid(0xa0) && max_page && max_pdx == mfn_to_pdx(max_page - 1) + 1, "frame numbers");
	FACT(!__mfn_valid(max_page) && max_page <= MFN_LIMIT, "max_page (or RAM above 5 TiB)");
	FACT(vga->owner == owner_of(dom_io) && page_owner(vga) == dom_io, "owner of an I/O page");
	FACT(vga->count_info == (PGC_allocated | 1), "count_info of an I/O page");
	FACT(vga->type_info == (PGT_writable | PGT_validated | 1), "type_info of an I/O page");
	return true;
}

static bool m2p_check(void)
{
	unsigned int order;
	uint64_t rw = pte_of(RW_M2P_START, &order), ro;
	unsigned int rw_order = order;

	ro = pte_of(RO_M2P_START, &order);
	FACT(rw && ro && rw_order == order && !((rw ^ ro) & PTE_ADDRESS), "the two M2P mappings");
	FACT(rw & PTE_WRITABLE && !(ro & PTE_WRITABLE) && ro & PTE_USER, "M2P permissions");
	FACT(*m2p_of(0xa0) == INVALID_M2P, "M2P of an I/O page");
	return true;
}

static bool domain_check(void)
{
	struct domain *d0 = hardware_domain, *d;
	int32_t before;

	FACT(d0 && domain_id(d0) == 0, "domain_id");
	FACT(domain_id(dom_io) == DOMID_IO && domain_id(dom_xen) == DOMID_XEN, "domain_id of system domains");
	before = FIELD(d0, int32_t, build->refcnt);
	FACT(before > 0 && before < 1 << 24, "refcnt");
	d = get_domain_by_id(0);
	FACT(d == d0, "get_domain_by_id");
	FACT(FIELD(d0, int32_t, build->refcnt) == before + 1, "refcnt");
	domain_put(d0);
	FACT(FIELD(d0, int32_t, build->refcnt) == before, "refcnt");
	FACT(!domain_is_hvm(d0) && !(FIELD(d0, uint32_t, build->options) & ~0xffu), "options (is dom0 PVH?)");
	FACT(domain_dying(d0) == DOMDYING_ALIVE, "is_dying");
	FACT(FIELD(d0, uint8_t, build->creation_finished) == 1 &&
	     !FIELD(dom_io, uint8_t, build->creation_finished), "creation_finished");
	FACT(pointer_ok(domain_iomem(d0)), "iomem_caps");
	FACT(FIELD(domain_iomem(d0), struct domain *, build->rangeset_domain) == d0, "rangeset_domain");
	FACT(rangeset_contains_range(domain_iomem(d0), 0xa0, 0xbf), "iomem_caps of dom0");
	return true;
}

static bool iommu_check(void)
{
	bool on = FIELD(hardware_domain, uint32_t, build->options) & CDF_IOMMU;

	FACT(FIELD(hardware_domain, struct iommu_ops *, build->iommu_ops) == (on ? &iommu_ops : NULL), "iommu_ops");
	FACT(FIELD(hardware_domain, uint8_t, build->iommu_need_sync) <= on, "iommu_need_sync");
	return true;
}

static bool domain_list_check(void)
{
	const struct domain *d;
	unsigned int n = 0;

	for (d = domain_list; d; d = domain_next(d)) {
		FACT(pointer_ok(d) && n++ < DOMID_FIRST_RESERVED && domain_id(d) < DOMID_FIRST_RESERVED, "next_in_list");
		FACT(d != domain_list || d == hardware_domain, "domain_list");
		if (domain_is_hvm(d) && domain_dying(d) == DOMDYING_ALIVE)
			FACT(pointer_ok(domain_p2m(d)) && FIELD(domain_p2m(d), struct domain *, build->p2m_domain) == d, "p2m");
	}
	FACT(n, "domain_list");
	return true;
}

static bool e820_check(void)
{
	bool ram = false;
	uint32_t i;

	FACT(e820.nr && e820.nr <= E820_MAX, "e820");
	for (i = 0; i < e820.nr; i++) {
		FACT(!i || e820.map[i].addr >= e820.map[i - 1].addr, "order of e820");
		ram |= e820.map[i].type == E820_RAM && e820.map[i].addr <= 0x100000 &&
		       e820.map[i].addr + e820.map[i].size > 0x200000;
	}
	FACT(ram, "RAM in e820");
	return true;
}

static bool hypfs_check(void)
{
	struct list_head *first = hypfs_root.dirlist.next;
	struct hypfs_entry *e = (struct hypfs_entry *)((char *)first - offsetof(struct hypfs_entry, list));

	FACT(hypfs_root.e.type == HYPFS_DIR && hypfs_root.e.funcs == &hypfs_dir_funcs, "hypfs_root");
	FACT(first != &hypfs_root.dirlist && first->prev == &hypfs_root.dirlist, "hypfs entries");
	FACT(e->parent == &hypfs_root.e && hypfs_node_enter(e) == e && hypfs_getsize(e) == e->size, "hypfs entry");
	return true;
}

static bool layout_fits(void)
{
	return hypfs_check() && e820_check() && memory_check() && frame_table_check() && m2p_check() && domain_check() &&
	       iommu_check() && domain_list_check();
}

int facts_check(bool accept)
{
	unsigned int i;

	build = build_by_id();
	if (build) {
		if (layout_fits())
			return 0;
		printk("<0>xen-pmem: refused: this Xen differs from %s in: %s\n", build->version, wrong);
		return -EINVAL;
	}
	if (!accept) {
		printk("<0>xen-pmem: refused: this build of Xen is not in the tested list\n");
		return -EINVAL;
	}
	for (i = 0; i < builds_count; i++) {
		build = &builds[i];
		if (layout_fits())
			return 0;
		printk("<0>xen-pmem: refused: this Xen differs from %s in: %s\n", build->version, wrong);
	}
	return -EINVAL;
}
