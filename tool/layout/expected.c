// SPDX-License-Identifier: GPL-2.0-only
/*
 * The tables of what the extension relies on. Each row says how Xen names a thing of
 * hypervisor/xen.h. A function's row repeats the prototype; the compiler refuses one that is not
 * xen.h's.
 */
#include "hypervisor/xen.h"
#include "layout/expected.h"

const struct expected_field expected_fields[] = {
	{ "next_in_list", "domain", "next_in_list", 8 },
	{ "options", "domain", "options", 4 },
	{ "is_dying", "domain", "is_dying", 4 },
	{ "creation_finished", "domain", "creation_finished", 1 },
	{ "iommu_ops", "domain", "iommu.platform_ops", 8 },
	{ "iommu_need_sync", "domain", "iommu.need_sync", 1 },
	{ "iomem_caps", "domain", "iomem_caps", 8 },
	{ "ioport_caps", "domain", "arch.ioport_caps", 8 },
	{ "refcnt", "domain", "refcnt", 4 },
	{ "p2m", "domain", "arch.p2m", 8 },
	{ "max_vcpus", "domain", "max_vcpus", 4 },
	{ "vcpus", "domain", "vcpu", 8 },
	{ "paging_mode", "domain", "arch.paging.mode", 4 },
	{ "vcpu_domain", "vcpu", "domain", 8 },
	{ "vcpu_next", "vcpu", "next_in_list", 8 },
	{ "monitor_table", "vcpu", "arch.hvm.monitor_table", 8 },
	{ "p2m_domain", "p2m_domain", "domain", 8 },
	{ "p2m_access", "p2m_domain", "default_access", 4 },
	{ "rangeset_domain", "rangeset", "domain", 8 },
	{ 0 },
};

/* WHOLE(Xen's structure, ours), MEMBER(Xen's structure, its member, our structure, its member) */
#define WHOLE(type, own)	{ #type, "", 0, sizeof(struct own) }
#define MEMBER(type, path, own, member) \
	{ #type, path, offsetof(struct own, member), sizeof(((struct own *)0)->member) }
#define E820_ENTRY	(*(((struct e820map *)0)->map))
#define ENTRY(member)	{ "e820entry", #member, (uint32_t)((char *)&E820_ENTRY.member - \
			  (char *)&E820_ENTRY), sizeof(E820_ENTRY.member) }

const struct expected_member expected_members[] = {
	{ "domain", "domain_id", 0, 2 },	/* builds.h */
	WHOLE(page_info, page_info),
	MEMBER(page_info, "list.next", page_info, next),
	MEMBER(page_info, "list.prev", page_info, prev),
	MEMBER(page_info, "count_info", page_info, count_info),
	MEMBER(page_info, "u.inuse.type_info", page_info, type_info),
	MEMBER(page_info, "v.inuse._domain", page_info, owner),
	MEMBER(page_info, "tlbflush_timestamp", page_info, tlbflush_timestamp),
	MEMBER(e820map, "nr_map", e820map, nr),
	{ "e820map", "map", offsetof(struct e820map, map), E820_MAX * sizeof(E820_ENTRY) },
	{ "e820entry", "", 0, sizeof(E820_ENTRY) },
	{ "e820entry", "addr", 0, 8 },
	{ "e820entry", "size", 8, 8 },
	{ "e820entry", "type", 16, 4 },
	WHOLE(list_head, list_head),
	MEMBER(list_head, "next", list_head, next),
	MEMBER(list_head, "prev", list_head, prev),
	WHOLE(rcu_head, rcu_head),
	MEMBER(rcu_head, "next", rcu_head, next),
	MEMBER(rcu_head, "func", rcu_head, func),
	WHOLE(hypfs_entry, hypfs_entry),
	MEMBER(hypfs_entry, "type", hypfs_entry, type),
	MEMBER(hypfs_entry, "encoding", hypfs_entry, encoding),
	MEMBER(hypfs_entry, "size", hypfs_entry, size),
	MEMBER(hypfs_entry, "max_size", hypfs_entry, max_size),
	MEMBER(hypfs_entry, "name", hypfs_entry, name),
	MEMBER(hypfs_entry, "parent", hypfs_entry, parent),
	MEMBER(hypfs_entry, "list", hypfs_entry, list),
	MEMBER(hypfs_entry, "funcs", hypfs_entry, funcs),
	WHOLE(hypfs_entry_leaf, hypfs_leaf),
	MEMBER(hypfs_entry_leaf, "e", hypfs_leaf, e),
	MEMBER(hypfs_entry_leaf, "u.content", hypfs_leaf, content),
	WHOLE(hypfs_entry_dir, hypfs_dir),
	MEMBER(hypfs_entry_dir, "e", hypfs_dir, e),
	MEMBER(hypfs_entry_dir, "dirlist", hypfs_dir, dirlist),
	WHOLE(hypfs_funcs, hypfs_funcs),
	MEMBER(hypfs_funcs, "enter", hypfs_funcs, enter),
	MEMBER(hypfs_funcs, "exit", hypfs_funcs, exit),
	MEMBER(hypfs_funcs, "read", hypfs_funcs, read),
	MEMBER(hypfs_funcs, "write", hypfs_funcs, write),
	MEMBER(hypfs_funcs, "getsize", hypfs_funcs, getsize),
	MEMBER(hypfs_funcs, "findentry", hypfs_funcs, findentry),
	WHOLE(mcinfo_bank, mcinfo_bank),
	MEMBER(mcinfo_bank, "common.type", mcinfo_bank, type),
	MEMBER(mcinfo_bank, "common.size", mcinfo_bank, size),
	MEMBER(mcinfo_bank, "mc_bank", mcinfo_bank, number),
	MEMBER(mcinfo_bank, "mc_domid", mcinfo_bank, domain),
	MEMBER(mcinfo_bank, "mc_status", mcinfo_bank, status),
	MEMBER(mcinfo_bank, "mc_addr", mcinfo_bank, address),
	MEMBER(mcinfo_bank, "mc_misc", mcinfo_bank, misc),
	MEMBER(mcinfo_bank, "mc_ctrl2", mcinfo_bank, ctrl2),
	MEMBER(mcinfo_bank, "mc_tsc", mcinfo_bank, tsc),
	WHOLE(mcinfo_global, mcinfo_global),
	MEMBER(mcinfo_global, "common.type", mcinfo_global, type),
	MEMBER(mcinfo_global, "common.size", mcinfo_global, size),
	MEMBER(mcinfo_global, "mc_domid", mcinfo_global, domain),
	MEMBER(mcinfo_global, "mc_vcpuid", mcinfo_global, vcpu),
	MEMBER(mcinfo_global, "mc_socketid", mcinfo_global, socket),
	MEMBER(mcinfo_global, "mc_coreid", mcinfo_global, core),
	MEMBER(mcinfo_global, "mc_core_threadid", mcinfo_global, thread),
	MEMBER(mcinfo_global, "mc_apicid", mcinfo_global, apic_id),
	MEMBER(mcinfo_global, "mc_flags", mcinfo_global, flags),
	MEMBER(mcinfo_global, "mc_gstatus", mcinfo_global, status),
	MEMBER(mca_binfo, "bank", mca_binfo, number),
	MEMBER(mca_binfo, "mig", mca_binfo, global),
	MEMBER(mca_binfo, "mib", mca_binfo, bank),
	WHOLE(mca_error_handler, mca_error_handler),
	MEMBER(mca_error_handler, "owned_error", mca_error_handler, owned_error),
	MEMBER(mca_error_handler, "recovery_handler", mca_error_handler, recovery_handler),
	WHOLE(mca_banks, mca_banks),
	MEMBER(mca_banks, "num", mca_banks, count),
	MEMBER(mca_banks, "bank_map", mca_banks, map),
	{ 0 },
};

#define VARIABLE(name)	{ #name, sizeof(name) }

/*
 * Not here: arrays whose length the extension does not use, what is a lock, and idle_pg_table,
 * which is in an assembly file of Xen's.
 */
const struct expected_variable expected_variables[] = {
	VARIABLE(hypfs_root), VARIABLE(hypfs_dir_funcs), VARIABLE(hypfs_leaf_ro_funcs),
	VARIABLE(max_page), VARIABLE(max_pdx), VARIABLE(paddr_bits),
	VARIABLE(domain_list), VARIABLE(hardware_domain), VARIABLE(dom_io), VARIABLE(dom_xen),
	VARIABLE(mmio_ro_ranges), VARIABLE(iommu_hwdom_passthrough), VARIABLE(mce_dhandlers),
	VARIABLE(mce_dhandler_num), VARIABLE(mca_allbanks), VARIABLE(mce_broadcast),
	{ "e820", sizeof(struct e820map) + E820_MAX * sizeof(E820_ENTRY) },
	{ 0 },
};

#define KIND(t) _Generic((typeof(t) *)0, void *: "void", bool *: "bool", int *: "int32", \
	unsigned int *: "int32", long *: "int64", unsigned long *: "int64", uint16_t *: "int16", \
	default: "pointer")
#define KINDS_1(t)		KIND(t)
#define KINDS_2(t, ...)		KIND(t), KINDS_1(__VA_ARGS__)
#define KINDS_3(t, ...)		KIND(t), KINDS_2(__VA_ARGS__)
#define KINDS_4(t, ...)		KIND(t), KINDS_3(__VA_ARGS__)
#define KINDS_5(t, ...)		KIND(t), KINDS_4(__VA_ARGS__)
#define KINDS_6(t, ...)		KIND(t), KINDS_5(__VA_ARGS__)
#define KINDS_7(t, ...)		KIND(t), KINDS_6(__VA_ARGS__)
#define KINDS_NR(a, b, c, d, e, f, g, kinds, ...)	kinds
#define KINDS(...) KINDS_NR(__VA_ARGS__, KINDS_7, KINDS_6, KINDS_5, KINDS_4, KINDS_3, KINDS_2, \
			    KINDS_1, 0)(__VA_ARGS__)
#define FUNCTION(r, f, ...) { NAMED(r, f, __VA_ARGS__), { KIND(r), KINDS(__VA_ARGS__) } }
#define PRINTS(r, f, ...) \
	{ NAMED(r, f, __VA_ARGS__, ...), { KIND(r), KINDS(__VA_ARGS__), "..." } }
/* An error of the compiler here: the prototype in this row is not that of xen.h. */
#define NAMED(r, f, ...) \
	__builtin_choose_expr(__builtin_types_compatible_p(typeof(f), r(__VA_ARGS__)), #f, \
			      (struct list_head){ 0 })

typedef void *pointer;
typedef const void *source;
typedef const char *text;
typedef struct domain *domain;
typedef struct rangeset *rangeset;
typedef struct p2m_domain *p2m;
typedef struct page_info *page;
typedef struct hypfs_dir *dir;
typedef struct hypfs_leaf *leaf;
typedef const struct hypfs_entry *entry;
typedef unsigned long frame;
typedef unsigned int word;

const struct expected_function expected_functions[] = {
	FUNCTION(int, hypfs_add_dir, dir, dir, bool),
	FUNCTION(int, hypfs_add_leaf, dir, leaf, bool),
	FUNCTION(entry, hypfs_node_enter, entry),
	FUNCTION(void, hypfs_node_exit, entry),
	FUNCTION(int, hypfs_read_leaf, entry, pointer),
	FUNCTION(int, hypfs_write_leaf, leaf, source, word),
	FUNCTION(word, hypfs_getsize, entry),
	FUNCTION(struct hypfs_entry *, hypfs_leaf_findentry, const struct hypfs_dir *, text, word),
	FUNCTION(void, _spin_lock, pointer),
	FUNCTION(void, _spin_unlock, pointer),
	FUNCTION(bool, __mfn_valid, frame),
	FUNCTION(pointer, map_domain_page, frame),
	FUNCTION(void, unmap_domain_page, source),
	FUNCTION(int, map_pages_to_xen, unsigned long, frame, unsigned long, word),
	FUNCTION(int, destroy_xen_mappings, unsigned long, unsigned long),
	FUNCTION(pointer, alloc_xenheap_pages, word, word),
	FUNCTION(void, free_xenheap_pages, pointer, word),
	FUNCTION(void, flush_area_mask, const unsigned long *, source, word),
	FUNCTION(void, cpumask_raise_softirq, const unsigned long *, word),
	FUNCTION(void, call_rcu, struct rcu_head *, void (*)(struct rcu_head *)),
	FUNCTION(bool, get_page, page, const struct domain *),
	FUNCTION(void, put_page, page),
	FUNCTION(int, page_lock_unsafe, page),
	FUNCTION(void, page_unlock, page),
	FUNCTION(void, efi_update_l4_pgtable, word, uint64_t),
	FUNCTION(domain, get_domain_by_id, uint16_t),
	FUNCTION(void, domain_destroy, domain),
	FUNCTION(bool, rangeset_contains_range, rangeset, unsigned long, unsigned long),
	FUNCTION(bool, rangeset_overlaps_range, rangeset, unsigned long, unsigned long),
	FUNCTION(int, rangeset_add_range, rangeset, unsigned long, unsigned long),
	FUNCTION(int, rangeset_remove_range, rangeset, unsigned long, unsigned long),
	FUNCTION(frame, p2m_get_gfn_type_access, p2m, frame, word *, word *, word, word *, bool),
	FUNCTION(void, p2m_put_gfn, p2m, frame),
	FUNCTION(int, p2m_set_entry, p2m, frame, frame, word, word, word),
	FUNCTION(long, iommu_map, domain, frame, frame, unsigned long, word, word *),
	FUNCTION(long, iommu_unmap, domain, frame, unsigned long, word, word *),
	FUNCTION(int, iommu_iotlb_flush, domain, frame, unsigned long, word),
	FUNCTION(frame, get_upper_mfn_bound, void),
	FUNCTION(int, fill_vmsr_data, struct mcinfo_bank *, domain, uint64_t, int),
	FUNCTION(int, inject_vmce, domain, int),
	FUNCTION(void, __domain_crash, domain),
	FUNCTION(void, send_global_virq, uint32_t),
	FUNCTION(int64_t, get_s_time, void),
	FUNCTION(int, xen_build_id, const void **, word *),
	FUNCTION(int, copy_to_guest_pv, pointer, source, word),
	FUNCTION(int, copy_from_guest_pv, pointer, source, word),
	PRINTS(void, printk, text),
	PRINTS(int, snprintf, char *, size_t, text),
	{ 0 },
};
