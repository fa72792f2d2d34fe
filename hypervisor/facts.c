// SPDX-License-Identifier: GPL-2.0-only
/*
 * Compares every constant, offset and table of xen.h and layouts with the running hypervisor, and
 * names the first that does not fit.
 *
 * Each check reads only through what those before it have proven. The direct map comes first, by
 * comparison with the addresses that Xen itself computes: the walk of the page tables goes through
 * it, and that walk shows of everything else that it is mapped before it is read.
 */
#include "facts.h"

#include "builds.h"
#include "map.h"
#include "media.h"
#include "page.h"
#include "slots.h"

/* ns. A hypervisor below this one may stop the other CPU for longer: then the load is refused. */
#define LINKED_WITHIN	10000000

static const char *fact_wrong;

#define FACT(condition, name) \
	do { \
		if (!(condition)) { \
			fact_wrong = (name); \
			return false; \
		} \
	} while (0)

static bool va_is_mapped(unsigned long va)
{
	unsigned int order;

	return va >= UPPER_HALF && pte_of(va, &order);
}

/* A table begins where an address is mapped and the one before it is not. */
static bool table_begins(unsigned long va)
{
	return va_is_mapped(va) && !va_is_mapped(va - 1);
}

/* A struct domain begins a page. */
static bool domain_ok(const struct domain *d)
{
	return !((unsigned long)d & 0xfff) && pointer_ok(d);
}

/* p is an object of Xen's heap that points back to d, at this offset. */
static bool points_back(const void *p, unsigned int offset, const struct domain *d)
{
	return pointer_ok(p) && pointer_ok((const char *)p + offset) &&
	       FIELD(p, const struct domain *, offset) == d;
}

/* Computes addresses, reads none. */
static bool direct_map_check(void)
{
	void *first, *last;

	FACT(max_page && max_page <= MFN_LIMIT, "max_page (or RAM above 5 TiB)");
	FACT(max_pdx == mfn_to_pdx(max_page - 1) + 1, "max_pdx");
	first = map_domain_page(0);
	last = map_domain_page(max_page - 1);
	unmap_domain_page(last);
	unmap_domain_page(first);
	FACT(first == mfn_to_virt(0) && last == mfn_to_virt(max_page - 1), "direct map");
	return true;
}

/*
 * A fresh page of Xen's heap: its address, its mapping and its page_info must tell the same story.
 */
static bool heap_page_check(const void *va)
{
	unsigned int order;
	uint64_t pte, mfn;
	struct page_info *pg;

	FACT(pointer_ok(va), "address of a page of Xen's heap");
	pte = pte_of((unsigned long)va, &order);
	mfn = pte_frame(pte, (unsigned long)va, order);
	FACT((pte & 0x163) == 0x163 && mfn_to_virt(mfn) == va, "page tables of the direct map");
	pg = mfn_to_page(mfn);
	FACT(table_begins(FRAMETABLE_START), "frame table: its start");
	FACT(va_is_mapped((unsigned long)pg), "frame table: no page_info for a page of Xen's heap");
	FACT((pg->count_info & ~PGC_allocated) == PGC_xen_heap && !pg->owner,
	     "frame table: page_info of a page of Xen's heap");
	return true;
}

static bool memory_check(void)
{
	void *va = alloc_xenheap_pages(0, 0);
	bool ok;

	FACT(va, "Xen's heap");
	ok = heap_page_check(va);
	free_xenheap_pages(va, 0);
	return ok;
}

/* Xen has unmapped what it kept for its boot alone; the names are still there. */
static bool symbols_check(void)
{
	static const void *const data[] = {
		&hypfs_root,    &hypfs_dir_funcs, &hypfs_leaf_ro_funcs, &e820,
		xenpf_lock,     &paddr_bits,      cpu_online_map,       pdx_group_valid,
		&pfn_hole_mask, &domain_list,     &hardware_domain,     &dom_io,
		&dom_xen,       &mmio_ro_ranges,  &iommu_ops,           &iommu_hwdom_passthrough,
		&mce_dhandlers, &mce_dhandler_num, &mca_allbanks, &mce_broadcast,
	};
	unsigned int i;

	for (i = 0; i < sizeof(data) / sizeof(data[0]); i++)
		FACT(va_is_mapped((unsigned long)data[i]), "data that lasts");
	return true;
}

/* Xen gives all of the first MiB to dom_io; RAM follows it. */
static bool frame_table_check(void)
{
	struct page_info *vga = mfn_to_page(0xa0), *bios = mfn_to_page(0xff);

	FACT(__mfn_valid(0xa0) && !__mfn_valid(max_page), "frame numbers");
	FACT(va_is_mapped((unsigned long)vga) && va_is_mapped((unsigned long)(bios + 2) - 1),
	     "frame table: no page_info for the first MiB");
	FACT(vga->owner == domain_to_owner(dom_io) && page_owner(vga) == dom_io,
	     "owner of an I/O page");
	FACT(vga->count_info == (PGC_allocated | 1), "count_info of an I/O page");
	FACT(vga->type_info == (PGT_writable | PGT_validated | 1), "type_info of an I/O page");
	FACT(bios->owner == vga->owner && bios[1].owner != vga->owner,
	     "frame table: size of page_info");
	return true;
}

static bool m2p_check(void)
{
	unsigned int order, rw_order;
	uint64_t rw, ro;

	FACT(table_begins(RW_M2P_START), "start of the M2P");
	FACT(table_begins(RO_M2P_START), "start of the read-only M2P");
	rw = pte_of(RW_M2P_START, &rw_order);
	ro = pte_of(RO_M2P_START, &order);
	FACT(rw_order == order && !((rw ^ ro) & PTE_ADDRESS), "the two M2P mappings");
	FACT(rw & PTE_WRITABLE && !(ro & PTE_WRITABLE) && ro & PTE_USER, "M2P permissions");
	FACT(*m2p_of(0xa0) == INVALID_M2P, "M2P of an I/O page");
	return true;
}

/*
 * get_domain_by_id() takes a reference. If it is not seen here it is not dropped, and dom0, which
 * never goes, keeps it.
 */
static bool refcnt_check(struct domain *d0)
{
	int32_t before = FIELD(d0, int32_t, build->refcnt);

	FACT(before > 0 && before < 1 << 24, "refcnt");
	FACT(get_domain_by_id(0) == d0, "get_domain_by_id");
	FACT(FIELD(d0, int32_t, build->refcnt) == before + 1, "refcnt: a reference taken");
	domain_put(d0);
	FACT(FIELD(d0, int32_t, build->refcnt) == before, "refcnt: a reference given back");
	return true;
}

/*
 * No guest holds ports above 0xffff. A set of interrupts lies below 0x8000, one of memory goes
 * above 0xffff.
 */
static bool ioports_check(const struct domain *d0)
{
	struct rangeset *ports = domain_ioports(d0);

	FACT(pointer_ok(ports), "ioport_caps");
	FACT(points_back(ports, build->rangeset_domain, d0), "ioport_caps: its domain");
	FACT(rangeset_overlaps_range(ports, 0x8000, 0xffff) &&
		     !rangeset_overlaps_range(ports, 0x10000, ~0ul >> 12),
	     "ioport_caps of dom0");
	return true;
}

static bool domain_check(void)
{
	struct domain *d0 = hardware_domain;
	struct rangeset *iomem;

	FACT(domain_ok(d0) && domain_ok(dom_io) && domain_ok(dom_xen), "addresses of domains");
	FACT(domain_id(d0) == 0, "domain_id");
	FACT(domain_id(dom_io) == DOMID_IO && domain_id(dom_xen) == DOMID_XEN,
	     "domain_id of system domains");
	FACT(!domain_is_hvm(d0) && !(FIELD(d0, uint32_t, build->options) & ~0xffu),
	     "options (is dom0 PVH?)");
	/* dom_io has an IOMMU for the devices in quarantine. */
	FACT(FIELD(d0, uint32_t, build->options) & CDF_OOS_OFF &&
	     !(FIELD(dom_io, uint32_t, build->options) & ~CDF_IOMMU),
	     "options of PV and system domains");
	FACT(build->is_dying == build->options + 4 && domain_dying(d0) == DOMDYING_ALIVE,
	     "is_dying");
	FACT(FIELD(d0, uint8_t, build->creation_finished) == 1 &&
	     !FIELD(dom_io, uint8_t, build->creation_finished), "creation_finished");
	iomem = domain_iomem(d0);
	FACT(pointer_ok(iomem), "iomem_caps");
	FACT(points_back(iomem, build->rangeset_domain, d0), "rangeset_domain");
	FACT(points_back(mmio_ro_ranges, build->rangeset_domain, NULL), "mmio_ro_ranges");
	/* The second is too large for a number of an interrupt. */
	FACT(rangeset_contains_range(iomem, 0xa0, 0xbf) &&
	     rangeset_contains_range(iomem, max_page - 1, max_page - 1), "iomem_caps of dom0");
	return ioports_check(d0) && refcnt_check(d0);
}

static bool iommu_check(void)
{
	bool on = FIELD(hardware_domain, uint32_t, build->options) & CDF_IOMMU;
	uint64_t sizes = FIELD(&iommu_ops, uint64_t, 0);

	FACT(FIELD(hardware_domain, struct iommu_ops *, build->iommu_ops) ==
		     (on ? &iommu_ops : NULL),
	     "iommu_ops");
	FACT(FIELD(hardware_domain, uint8_t, build->iommu_need_sync) <= on, "iommu_need_sync");
	FACT(!on || (sizes & IOMMU_SIZE_4K && !(sizes & ~IOMMU_SIZES)),
	     "iommu_ops: sizes of entries");
	FACT(get_upper_mfn_bound() && !(get_upper_mfn_bound() >> (paddr_bits - 12)),
	     "get_upper_mfn_bound");
	return true;
}

/*
 * domlist_read_lock is RCU's. Nothing in this walk runs softirqs, so no domain is freed meanwhile
 * without it, too.
 */
static bool domain_listed(const struct domain *wanted)
{
	const struct domain *d;
	unsigned int n = 0;

	for (d = domain_list; d && domain_ok(d) && n++ < DOMID_FIRST_RESERVED; d = domain_next(d))
		if (d == wanted)
			return true;
	return false;
}

static bool domain_list_check(void)
{
	struct domain *d;
	unsigned int n = 0;
	bool listed;

	FACT(domain_list == hardware_domain, "domain_list");
	for (d = domain_list; d; d = domain_next(d))
		FACT(domain_ok(d) && n++ < DOMID_FIRST_RESERVED &&
			     domain_id(d) < DOMID_FIRST_RESERVED,
		     "next_in_list");
	for (n = 0; n < DOMID_FIRST_RESERVED; n++) {
		d = get_domain_by_id(n);
		if (!d)
			continue;
		listed = domain_listed(d);
		domain_put(d);
		FACT(listed, "next_in_list: a domain is missing");
	}
	return true;
}

/* PV domains have an empty one. */
static bool p2m_check(void)
{
	const struct domain *d;

	for (d = domain_list; d; d = domain_next(d)) {
		if (domain_dying(d) != DOMDYING_ALIVE)
			continue;
		FACT(pointer_ok(domain_p2m(d)), "p2m");
		FACT(points_back(domain_p2m(d), build->p2m_domain, d), "p2m_domain");
	}
	FACT(va_is_mapped((unsigned long)domain_p2m(hardware_domain) + build->p2m_access) &&
		     p2m_access(domain_p2m(hardware_domain)) == P2M_ACCESS_RWX,
	     "p2m_access");
	return true;
}

/* ---- who has copies of the direct map's slots (slots.h) ---- */

/*
 * Before the mode is a lock of Xen's, which ends in the CPU that has it and who took it there.
 * Where all domains are PV, all of mode 0, nothing else shows the place. It is dom0's, which hardly
 * anybody takes; if somebody has it, the next load finds it free.
 */
static bool paging_lock_check(void)
{
	const char *who;

	FACT(build->paging_mode >= 12, "paging_mode: before it there is no lock");
	who = FIELD(hardware_domain, const char *, build->paging_mode - 8);
	FACT(FIELD(hardware_domain, int32_t, build->paging_mode - 12) == -1 &&
		     va_is_mapped((unsigned long)who) && va_is_mapped((unsigned long)who + 6) &&
		     !memcmp(who, "nobody", 7),
	     "paging_mode: the lock before it");
	return true;
}

static bool paging_check(const struct domain *d)
{
	uint32_t mode = domain_paging(d), options = FIELD(d, uint32_t, build->options);

	if (domain_is_hvm(d))
		FACT(mode & PAGING_EXTERNAL &&
			     mode & (options & CDF_HAP ? PAGING_HAP : PAGING_SHADOW),
		     "paging_mode");
	else
		FACT(!(mode & (PAGING_EXTERNAL | PAGING_HAP)), "paging_mode of a PV domain");
	return true;
}

/*
 * NULL or the next one by number follows. Xen writes a new vCPU into the array first, and then into
 * the one before it: while another CPU is between the two, NULL is to become the new one.
 */
static bool vcpu_next_ok(const struct domain *d, uint32_t n)
{
	const struct vcpu *v = domain_vcpus(d)[n], *next;
	int64_t end = get_s_time() + LINKED_WITHIN;

	do {
		next = vcpu_next(v);
		if (next == (n + 1 < domain_vcpus_max(d) ? domain_vcpus(d)[n + 1] : NULL))
			return true;
	} while (!next && get_s_time() < end);
	return false;
}

/* A struct vcpu begins a page, too. */
static bool vcpu_check(const struct domain *d, uint32_t n)
{
	const struct vcpu *v = domain_vcpus(d)[n];

	FACT(!((unsigned long)v & 0xfff) && pointer_ok(v), "vcpus");
	FACT(vcpu_domain(v) == d, "vcpu_domain");
	FACT(vcpu_next_ok(d, n), "vcpu_next");
	return true;
}

/* Numbers are given out in order, so the first NULL ends the array. */
static bool vcpus_check(const struct domain *d)
{
	uint32_t n, max = domain_vcpus_max(d);

	FACT(max && max <= VCPUS_MAX, "max_vcpus");
	FACT(pointer_ok(domain_vcpus(d)) && pointer_ok(domain_vcpus(d) + max - 1), "vcpus");
	FACT(domain_vcpus(d)[0] || !domain_has_run(d), "vcpus of a domain that has run");
	for (n = 0; n < max && domain_vcpus(d)[n]; n++)
		if (!vcpu_check(d, n))
			return false;
	return true;
}

/*
 * A vCPU has its monitor table before it is on the list, and until its domain is torn down, which
 * may begin at any time.
 */
static bool monitor_tables_check(const struct domain *d)
{
	FOR_EACH_VCPU(v, d)
		FACT(slots_table_ok(vcpu_monitor_table(v)) || domain_dying(d) != DOMDYING_ALIVE,
		     "monitor_table");
	return true;
}

/* That of dom0, which asks for this. Of a dom0 in shadow mode it is Xen's, not a page of dom0's. */
static bool top_table_check(void)
{
	uint64_t mfn = (cr3_read() & PTE_ADDRESS) >> 12;
	struct page_info *pg;
	bool locked;

	FACT(slots_table_ok(mfn), "top-level page table");
	if (domain_is_shadowed_pv(hardware_domain))
		return true;
	pg = mfn_to_page(mfn);
	FACT((pg->type_info & PGT_type_mask) == PGT_l4_table && pg->type_info & PGT_validated,
	     "type_info of a top-level page table");
	FACT(page_lock_unsafe(pg), "lock of a page table");
	locked = pg->type_info & PGT_locked;
	page_unlock(pg);
	FACT(locked, "lock of a page table: its bit");
	return true;
}

static bool slots_check(void)
{
	const struct domain *d;

	FACT(!domain_vcpus_max(dom_io) && !domain_vcpus(dom_io), "vcpus of a system domain");
	FACT(domain_vcpus_max(hardware_domain) && domain_vcpus(hardware_domain), "vcpus of dom0");
	if (!paging_lock_check())
		return false;
	for (d = domain_list; d; d = domain_next(d)) {
		if (domain_dying(d) != DOMDYING_ALIVE)
			continue;
		if (!paging_check(d) || !vcpus_check(d) ||
		    (domain_is_hvm(d) && !monitor_tables_check(d)))
			return false;
	}
	return top_table_check();
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
	struct hypfs_entry *e =
		(struct hypfs_entry *)((char *)first - offsetof(struct hypfs_entry, list));

	FACT(hypfs_root.e.type == HYPFS_DIR && hypfs_root.e.funcs == &hypfs_dir_funcs,
	     "hypfs_root");
	FACT(hypfs_dir_funcs.enter == hypfs_node_enter && hypfs_dir_funcs.exit == hypfs_node_exit &&
	     hypfs_dir_funcs.getsize == hypfs_getsize, "functions of hypfs directories");
	FACT(hypfs_leaf_ro_funcs.read == hypfs_read_leaf &&
		     hypfs_leaf_ro_funcs.findentry == hypfs_leaf_findentry,
	     "functions of hypfs leaves");
	FACT(va_is_mapped((unsigned long)e) && va_is_mapped((unsigned long)(e + 1) - 1),
	     "hypfs entries");
	FACT(first != &hypfs_root.dirlist && first->prev == &hypfs_root.dirlist,
	     "list of hypfs entries");
	FACT(e->parent == &hypfs_root.e && hypfs_node_enter(e) == e && hypfs_getsize(e) == e->size,
	     "hypfs entry");
	return true;
}

/* The copy must refuse an address of Xen's own. */
static bool copy_check(void)
{
	uint64_t to = 1;

	FACT(copy_from_guest_pv(&to, (const void *)DIRECTMAP_START, sizeof(to)) == sizeof(to) &&
		     !to,
	     "copies from guests");
	return true;
}

static bool media_check(void)
{
	fact_wrong = media_wrong();
	return !fact_wrong;
}

static bool layout_fits(void)
{
	return direct_map_check() && memory_check() && copy_check() && symbols_check() &&
	       frame_table_check() && m2p_check() && hypfs_check() && e820_check() &&
	       domain_check() && iommu_check() && domain_list_check() && p2m_check() &&
	       slots_check() && media_check();
}

int facts_check(bool accept)
{
	unsigned int i;

	build = build_by_id();
	if (build) {
		if (layout_fits())
			return 0;
		printk("<0>xen-pmem: refused: this Xen differs from %s in: %s\n", build->version,
		       fact_wrong);
		return -EINVAL;
	}
	if (!accept) {
		printk("<0>xen-pmem: refused: this build of Xen is not in the tested list\n");
		return -EINVAL;
	}
	for (i = 0; i < XEN_PMEM_LAYOUTS_MAX; i++) {
		build = &builds[i];
		if (!build_is_of_series(build))
			continue;
		if (layout_fits())
			return 0;
		printk("<0>xen-pmem: refused: this Xen differs from %s in: %s\n", build->version,
		       fact_wrong);
	}
	return -EINVAL;
}
