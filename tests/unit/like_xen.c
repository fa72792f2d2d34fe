// SPDX-License-Identifier: GPL-2.0-only
/*
 * A file with the types, functions and variables of Xen that the extension relies on, by Xen's
 * names, and with offsets that no Xen has. layout.t changes it, a line at a time, compiles it with
 * debugging information, and makes a PE file of it.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct domain;
struct vcpu;
struct p2m_domain;
struct mcinfo_bank;
struct mcinfo_global;
typedef uint32_t u32;
typedef uint16_t domid_t;
typedef unsigned long gfn_t, dfn_t;
typedef struct { unsigned long mfn; } mfn_t;
typedef struct { void *p; } guest_handle;
typedef struct { uint64_t l4; } l4_pgentry_t;
typedef enum { p2m_ram_rw, p2m_invalid } p2m_type_t;
typedef enum { p2m_access_n, p2m_access_r } p2m_access_t;
typedef struct { int counter; } atomic_t;
typedef struct cpumask { unsigned long bits[4]; } cpumask_t;

struct list_head { struct list_head *next, *prev; };
struct rcu_head { struct rcu_head *next; void (*func)(struct rcu_head *); };

struct page_list_entry { u32 next, prev; };
struct page_info {
	union {
		struct page_list_entry list;
		uint64_t up;
	};
	unsigned long count_info;
	union {
		struct { unsigned long type_info; } inuse;
		struct { unsigned long type:5, count:48; } sh;
	} u;
	union {
		struct { u32 _domain; } inuse;
		struct { u32 order; } free;
	} v;
	union {
		u32 tlbflush_timestamp;
		struct { uint16_t nr_validated_ptes:10; };
	};
};

struct e820entry {
	uint64_t addr, size;
	u32 type;
} __attribute__((packed));
struct e820map {
	unsigned int nr_map;
	struct e820entry map[1024];
};

struct hypfs_funcs;
struct hypfs_entry {
	unsigned short type, encoding;
	u32 size, max_size;
	const char *name;
	struct hypfs_entry *parent;
	struct list_head list;
	const struct hypfs_funcs *funcs;
};
struct hypfs_entry_leaf {
	struct hypfs_entry e;
	union { const void *content; void *write_ptr; } u;
};
struct hypfs_entry_dir {
	struct hypfs_entry e;
	struct list_head dirlist;
};
struct hypfs_funcs {
	void *enter, *exit, *read;
	void *write, *getsize, *findentry;
};

struct mcinfo_common { uint16_t type, size; };
struct mcinfo_bank {
	struct mcinfo_common common;
	uint16_t mc_bank, mc_domid;
	uint64_t mc_status, mc_addr, mc_misc, mc_ctrl2, mc_tsc;
};
struct mcinfo_global {
	struct mcinfo_common common;
	uint16_t mc_domid, mc_vcpuid;
	u32 mc_socketid;
	uint16_t mc_coreid, mc_core_threadid;
	u32 mc_apicid, mc_flags;
	uint64_t mc_gstatus;
};
struct mca_binfo { int bank; struct mcinfo_global *mig; struct mcinfo_bank *mib; };
struct mca_error_handler {
	bool (*owned_error)(uint64_t status);
	void (*recovery_handler)(struct mca_binfo *b, int *result, const void *regs);
};
struct mca_banks { int num; unsigned long *bank_map; };

/* ---- what the layout is made of ---- */

struct rangeset {
	struct list_head rangeset_list;
	struct domain *domain;			/* 0x10 */
};
struct p2m_domain {
	char lock[0x40];
	struct domain *domain;			/* 0x40 */
	p2m_access_t default_access;		/* 0x48 */
};
struct domain_iommu { char arch[8]; const void *platform_ops; bool hap_pt_share, need_sync; };
struct arch_domain {
	char ram[0x200];
	struct { char lock[0x18]; u32 mode; } paging;
	struct rangeset *ioport_caps;
	struct p2m_domain *p2m;
};
struct domain {
	domid_t domain_id;
	unsigned int max_vcpus;			/* 0x4 */
	struct vcpu **vcpu;			/* 0x8 */
	char lists[0x50];
	struct domain *next_in_list;		/* 0x60 */
	unsigned int options;			/* 0x68 */
	enum { DOMDYING_alive, DOMDYING_dying } is_dying;	/* 0x6c */
	bool is_console, creation_finished;	/* 0x71 */
	struct domain_iommu iommu;		/* 0x78: ops 0x80, need_sync 0x89 */
	struct rangeset *iomem_caps;		/* 0x90 */
	atomic_t refcnt;			/* 0x98 */
	struct arch_domain arch;		/* 0xa0: mode 0x2b8, ports 0x2c0, p2m 0x2c8 */
};
struct arch_vcpu { char flags[0x100]; struct { char cr[8]; mfn_t monitor_table; } hvm; };
struct vcpu {
	int vcpu_id;
	struct domain *domain;			/* 0x8 */
	struct vcpu *next_in_list;		/* 0x10 */
	struct arch_vcpu arch;			/* 0x18: 0x120 */
};

/* ---- variables ---- */

struct hypfs_entry_dir hypfs_root;
const struct hypfs_funcs hypfs_dir_funcs, hypfs_leaf_ro_funcs;
unsigned long max_page, max_pdx;
unsigned int paddr_bits, mce_dhandler_num;
struct domain *domain_list, *hardware_domain, *dom_io, *dom_xen;
struct rangeset *mmio_ro_ranges;
bool iommu_hwdom_passthrough, mce_broadcast;
const struct mca_error_handler *mce_dhandlers;
struct mca_banks *mca_allbanks;
struct e820map e820;

/* ---- functions ---- */

#define F(head)		head { __builtin_trap(); }

F(int hypfs_add_dir(struct hypfs_entry_dir *p, struct hypfs_entry_dir *d, bool nofault))
F(int hypfs_add_leaf(struct hypfs_entry_dir *p, struct hypfs_entry_leaf *l, bool nofault))
F(const struct hypfs_entry *hypfs_node_enter(const struct hypfs_entry *e))
F(void hypfs_node_exit(const struct hypfs_entry *e))
F(int hypfs_read_leaf(const struct hypfs_entry *e, guest_handle guest))
F(int hypfs_write_leaf(struct hypfs_entry_leaf *l, guest_handle guest, unsigned int len))
F(unsigned int hypfs_getsize(const struct hypfs_entry *e))
F(struct hypfs_entry *hypfs_leaf_findentry(const struct hypfs_entry_dir *d, const char *n,
					   unsigned int len))
F(void _spin_lock(void *lock))
F(void _spin_unlock(void *lock))
F(bool __mfn_valid(unsigned long mfn))
F(void *map_domain_page(mfn_t mfn))
F(void unmap_domain_page(const void *va))
F(int map_pages_to_xen(unsigned long va, mfn_t mfn, unsigned long nr, unsigned int flags))
F(int destroy_xen_mappings(unsigned long s, unsigned long e))
F(void *alloc_xenheap_pages(unsigned int order, unsigned int memflags))
F(void free_xenheap_pages(void *v, unsigned int order))
F(void flush_area_mask(const cpumask_t *mask, const void *va, unsigned int flags))
F(void cpumask_raise_softirq(const cpumask_t *mask, unsigned int nr))
F(void call_rcu(struct rcu_head *head, void (*func)(struct rcu_head *rcu)))
F(bool get_page(struct page_info *page, const struct domain *d))
F(void put_page(struct page_info *page))
F(int page_lock_unsafe(struct page_info *page))
F(void page_unlock(struct page_info *page))
F(void efi_update_l4_pgtable(unsigned int l4idx, l4_pgentry_t l4e))
F(struct domain *get_domain_by_id(domid_t dom))
F(void domain_destroy(struct domain *d))
F(bool rangeset_contains_range(struct rangeset *r, unsigned long s, unsigned long e))
F(bool rangeset_overlaps_range(struct rangeset *r, unsigned long s, unsigned long e))
F(int rangeset_add_range(struct rangeset *r, unsigned long s, unsigned long e))
F(int rangeset_remove_range(struct rangeset *r, unsigned long s, unsigned long e))
F(mfn_t p2m_get_gfn_type_access(struct p2m_domain *p2m, gfn_t gfn, p2m_type_t *t, p2m_access_t *a,
				unsigned int q, unsigned int *page_order, bool locked))
F(void p2m_put_gfn(struct p2m_domain *p2m, gfn_t gfn))
F(int p2m_set_entry(struct p2m_domain *p2m, gfn_t gfn, mfn_t mfn, unsigned int order, p2m_type_t t,
		    p2m_access_t a))
F(long iommu_map(struct domain *d, dfn_t dfn, mfn_t mfn, unsigned long nr, unsigned int flags,
		 unsigned int *flush))
F(long iommu_unmap(struct domain *d, dfn_t dfn, unsigned long nr, unsigned int flags,
		   unsigned int *flush))
F(int iommu_iotlb_flush(struct domain *d, dfn_t dfn, unsigned long nr, unsigned int flush))
F(unsigned long get_upper_mfn_bound(void))
F(int fill_vmsr_data(struct mcinfo_bank *b, struct domain *d, uint64_t status, int vcpu))
F(int inject_vmce(struct domain *d, int vcpu))
F(void __domain_crash(struct domain *d))
F(void send_global_virq(uint32_t virq))
F(int64_t get_s_time(void))
F(int xen_build_id(const void **p, unsigned int *len))
F(unsigned int copy_to_guest_pv(void *to, const void *from, unsigned int len))
F(unsigned int copy_from_guest_pv(void *to, const void *from, unsigned int len))
F(void printk(const char *fmt, ...))
F(int snprintf(char *buf, size_t size, const char *fmt, ...))

/* ---- what else a file of Xen's has ---- */

const char version[] = "\0" "4.20.9+1-gtest-0+deb13u9";
__attribute__((section(".buildid"))) const char record[53] =
	"head of the record..RSDS0123456789abcdef";

struct domain *uses_of_types(struct vcpu *v, struct rangeset *r, struct p2m_domain *p)
{
	return v ? v->domain : r ? r->domain : p->domain;
}
