/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The one list of what the extension relies on in stock Xen 4.17 and 4.20 (Debian 12 and 13,
 * amd64): symbols, constants and offsets. What differs between builds is in layouts and notes.S.
 * facts.c proves it against the running hypervisor before anything is registered; docs/facts.md
 * says how, and what cannot be proven.
 */
#ifndef XEN_PMEM_HYPERVISOR_XEN_H
#define XEN_PMEM_HYPERVISOR_XEN_H

#include "env.h"
#include "error.h"

/* Everything declared below is in Xen and reached directly: the loader knows no GOT. */
#pragma GCC visibility push(hidden)

/* Virtual layout (no BIGMEM). A test that runs as a process has to have its own. */
#ifndef DIRECTMAP_START
#define RO_M2P_START		0xffff800000000000ul
#define RW_M2P_START		0xffff828000000000ul
#define FRAMETABLE_START	0xffff82e000000000ul
#define DIRECTMAP_START		0xffff830000000000ul
#define UPPER_HALF		0xffff800000000000ul	/* where Xen's addresses begin */
#endif
#define INVALID_M2P		(~0ul)

/* The direct map's L4 slots that running domains share: 5 TiB. */
#define MFN_LIMIT		((5ul << 40) >> 12)

/*
 * Slots of every top-level page table that Xen runs on: itself; one table with Xen's code, frame
 * table and M2P, the same for all.
 */
#define L4_SELF			258u
#define L4_XEN			((FRAMETABLE_START >> 39) & 511)
#define L4_DIRECTMAP		((DIRECTMAP_START >> 39) & 511)

/* struct page_info */
struct page_info {
	uint32_t next, prev;
	uint64_t count_info;
	uint64_t type_info;
	uint32_t owner;			/* (struct domain * - DIRECTMAP_START) >> 12; 0: none */
	uint32_t tlbflush_timestamp;
};
_Static_assert(sizeof(struct page_info) == 32, "page_info");

#define PGC_allocated		(1ul << 63)
#define PGC_xen_heap		(1ul << 62)
/* 4.20 has one bit more: no count gets there. */
#define PGC_count_mask		((1ul << 57) - 1)
#define PGT_writable		(7ul << 61)
#define PGT_l1_table		(1ul << 61)
#define PGT_l4_table		(4ul << 61)
#define PGT_type_mask		(7ul << 61)
#define PGT_locked		(1ul << 60)
#define PGT_validated		(1ul << 58)

/* map_pages_to_xen() takes PTE bits 52-63 packed down by 40. */
/*
 * Not "accessed", or Xen would merge neighbours into a larger page, and splitting that again can
 * fail.
 */
#define MAP_RW			0x800143u	/* NX, global, dirty, writable, present */
/*
 * Not "dirty": with it, read-only is the mark of a page of Xen's shadow stacks. Not global: guests'
 * user mode sees the M2P.
 */
#define MAP_RO			0x800021u	/* NX, accessed, present */
#define PTE_PRESENT		(1ul << 0)
#define PTE_WRITABLE		(1ul << 1)
#define PTE_USER		(1ul << 2)
#define PTE_DIRTY		(1ul << 6)
#define PTE_PSE			(1ul << 7)
#define PTE_ADDRESS		0x000ffffffffff000ul

#define FLUSH_ALL_TLBS		(0x100u | 0x200u | 0x4000u)	/* TLB, global, HVM ASIDs */
#define FLUSH_CACHE		0x400u

/* The processor. A test that runs as a process has another one. */
struct cpuid_regs { uint32_t a, b, c, d; };
#define CACHE_LINE		64u
#ifdef cpuid
void cpuid(uint32_t leaf, struct cpuid_regs *r);
uint64_t cr3_read(void);
void lines_flush(const char *at, const char *end, bool weakly);
#else
static inline void cpuid(uint32_t leaf, struct cpuid_regs *r)
{
	asm volatile("cpuid" : "=a" (r->a), "=b" (r->b), "=c" (r->c), "=d" (r->d)
		     : "a" (leaf), "c" (0));
}

/* The top-level page table that this CPU is on, and in its low bits a number for the TLB. */
static inline uint64_t cr3_read(void)
{
	uint64_t cr3;

	asm volatile("mov %%cr3, %0" : "=r" (cr3));
	return cr3;
}

/* weakly: not one after the other */
static inline void lines_flush(const char *at, const char *end, bool weakly)
{
	for (; at < end; at += CACHE_LINE)
		if (weakly)
			asm volatile("clflushopt %0" :: "m" (*at));
		else
			asm volatile("clflush %0" :: "m" (*at));
}
#endif

enum p2m_type {
	P2M_RAM_RW = 0,
	P2M_INVALID = 1,
	P2M_RAM_LOGDIRTY = 2,
	P2M_RAM_RO = 3,
	P2M_MMIO_DM = 4,
	P2M_MMIO_DIRECT = 5,
	P2M_RAM_BROKEN = 13,	/* kept by Intel's tables only; AMD's have a hole there */
};
#define INVALID_MFN		(~0ul)
#define P2M_ACCESS_RWX		7u	/* the default, unless a monitor watches the guest */

#define DOMID_FIRST_RESERVED	0x7ff0u
#define DOMID_IO		0x7ff1u
#define DOMID_XEN		0x7ff2u
#define CDF_HVM			(1u << 0)
#define CDF_HAP			(1u << 1)
#define CDF_OOS_OFF		(1u << 3)	/* every PV domain has it */
#define CDF_IOMMU		(1u << 5)
#define CDF_NESTED_VIRT		(1u << 6)
enum { DOMDYING_ALIVE, DOMDYING_DYING, DOMDYING_DEAD };
#define VCPUS_MAX		8192u	/* of a PV domain */
#define PAGING_EXTERNAL		(1u << 14)	/* every HVM and PVH domain has it */
#define PAGING_SHADOW		(1u << 20)
#define PAGING_HAP		(1u << 21)

#define E820_MAX		1024u
enum { E820_RAM = 1, E820_RESERVED = 2, E820_ACPI = 3, E820_NVS = 4, E820_UNUSABLE = 5 };
struct e820map {
	uint32_t nr;
	struct {
		uint64_t addr, size;
		uint32_t type;
	} __attribute__((packed)) map[];
};

struct domain;
struct vcpu;
struct p2m_domain;
struct rangeset;
struct payload;
struct list_head { struct list_head *next, *prev; };
struct rcu_head { struct rcu_head *next; void (*func)(struct rcu_head *); };

/* hypfs nodes */
enum { HYPFS_DIR = 0, HYPFS_BLOB = 1, HYPFS_STRING = 2, HYPFS_UINT = 3 };
struct hypfs_entry {
	uint16_t type, encoding;
	uint32_t size, max_size;
	const char *name;
	struct hypfs_entry *parent;
	struct list_head list;
	const void *funcs;
};
struct hypfs_leaf {
	struct hypfs_entry e;
	void *content;
};
struct hypfs_dir {
	struct hypfs_entry e;
	struct list_head dirlist;
};
struct hypfs_funcs {
	const struct hypfs_entry *(*enter)(const struct hypfs_entry *);
	void (*exit)(const struct hypfs_entry *);
	int (*read)(const struct hypfs_entry *, void *guest);
	int (*write)(struct hypfs_leaf *, const void *guest, unsigned int len);
	unsigned int (*getsize)(const struct hypfs_entry *);
	struct hypfs_entry *(*findentry)(const struct hypfs_dir *, const char *, unsigned int);
};
_Static_assert(sizeof(struct hypfs_entry) == 56 && sizeof(struct hypfs_leaf) == 64 &&
	       sizeof(struct hypfs_dir) == 72, "hypfs");

extern struct hypfs_dir hypfs_root;
extern const struct hypfs_funcs hypfs_dir_funcs, hypfs_leaf_ro_funcs;
int hypfs_add_dir(struct hypfs_dir *parent, struct hypfs_dir *dir, bool nofault);
int hypfs_add_leaf(struct hypfs_dir *parent, struct hypfs_leaf *leaf, bool nofault);
const struct hypfs_entry *hypfs_node_enter(const struct hypfs_entry *entry);
void hypfs_node_exit(const struct hypfs_entry *entry);
int hypfs_read_leaf(const struct hypfs_entry *entry, void *guest);
int hypfs_write_leaf(struct hypfs_leaf *leaf, const void *guest, unsigned int len);
unsigned int hypfs_getsize(const struct hypfs_entry *entry);
struct hypfs_entry *hypfs_leaf_findentry(const struct hypfs_dir *dir, const char *name,
					 unsigned int len);

/* Xen lacks a call for this. Every CPU must be stopped, so that hypfs is not in use. */
static inline void hypfs_dir_unlink(struct hypfs_dir *dir)
{
	struct list_head *l = &dir->e.list;
	unsigned int name = 1;	/* with its NUL */

	if (l->next == l)
		return;
	while (dir->e.name[name - 1])
		name++;
	l->prev->next = l->next;
	l->next->prev = l->prev;
	hypfs_root.e.size -= 14u + ((name + 3) & ~3u);
}

/* Memory. The pfn_* are not in 4.20 (notes.S). */
extern unsigned long max_page, max_pdx, pfn_pdx_bottom_mask, pfn_top_mask, pfn_hole_mask;
extern unsigned int pfn_pdx_hole_shift;
extern unsigned long pdx_group_valid[];
extern uint64_t idle_pg_table[512];
extern struct e820map e820;
extern unsigned char xenpf_lock[];
extern unsigned int paddr_bits;
void _spin_lock(void *lock);
void _spin_unlock(void *lock);
bool __mfn_valid(unsigned long mfn);
/* Of a release build: the address in the direct map, nothing else. */
void *map_domain_page(unsigned long mfn);
void unmap_domain_page(const void *va);
int map_pages_to_xen(unsigned long va, unsigned long mfn, unsigned long count, unsigned int flags);
int destroy_xen_mappings(unsigned long start, unsigned long end);
void *alloc_xenheap_pages(unsigned int order, unsigned int flags);
void free_xenheap_pages(void *va, unsigned int order);
extern unsigned long cpu_online_map[];
void flush_area_mask(const unsigned long *mask, const void *va, unsigned int flags);
#define RCU_SOFTIRQ		1u
void cpumask_raise_softirq(const unsigned long *mask, unsigned int nr);
void call_rcu(struct rcu_head *head, void (*func)(struct rcu_head *));
bool get_page(struct page_info *page, const struct domain *d);
void put_page(struct page_info *page);
/*
 * Of a PV page table: 0 if the page is none that is validated. While it is locked it stays one:
 * whoever drops the last other reference of its type waits.
 */
int page_lock_unsafe(struct page_info *page);
void page_unlock(struct page_info *page);
/* What Xen calls when a slot of idle_pg_table is new: writes it to the table of EFI's calls. */
void efi_update_l4_pgtable(unsigned int slot, uint64_t entry);

/* Domains */
extern struct domain *domain_list, *hardware_domain, *dom_io, *dom_xen;
/* Frames that dom0 may map but not write: of I/O APICs, PCI's configuration, MSI-X tables. */
extern struct rangeset *mmio_ro_ranges;
struct domain *get_domain_by_id(uint16_t id);
void domain_destroy(struct domain *d);
bool rangeset_contains_range(struct rangeset *r, unsigned long first, unsigned long last);
bool rangeset_overlaps_range(struct rangeset *r, unsigned long first, unsigned long last);
int rangeset_add_range(struct rangeset *r, unsigned long first, unsigned long last);
int rangeset_remove_range(struct rangeset *r, unsigned long first, unsigned long last);

/* Guest physical map; the first takes the p2m lock if asked to, the second lets it go. */
unsigned long p2m_get_gfn_type_access(struct p2m_domain *p2m, unsigned long gfn, unsigned int *type,
				      unsigned int *access, unsigned int query, unsigned int *order,
				      bool locked);
void p2m_put_gfn(struct p2m_domain *p2m, unsigned long gfn);
int p2m_set_entry(struct p2m_domain *p2m, unsigned long gfn, unsigned long mfn, unsigned int order,
		  unsigned int type, unsigned int access);

/* The I/O page tables of a domain's devices; `flush` collects what iommu_iotlb_flush() is to do. */
struct iommu_ops;		/* the sizes of entries, a bit each, then functions */
#define IOMMU_OPS_WORDS		16u	/* it has more */
#define IOMMU_SIZE_4K		(1ul << 12)
#define IOMMU_SIZE_2M		(1ul << 21)
#define IOMMU_SIZES		(IOMMU_SIZE_4K | IOMMU_SIZE_2M | 1ul << 30 | 1ul << 39)
extern struct iommu_ops iommu_ops;
extern bool iommu_hwdom_passthrough;
#define IOMMUF_READABLE		(1u << 6)
#define IOMMUF_WRITABLE		(1u << 7)
long iommu_map(struct domain *d, unsigned long dfn, unsigned long mfn, unsigned long count,
	       unsigned int flags, unsigned int *flush);
long iommu_unmap(struct domain *d, unsigned long dfn, unsigned long count, unsigned int flags,
		 unsigned int *flush);
int iommu_iotlb_flush(struct domain *d, unsigned long dfn, unsigned long count, unsigned int flush);
/* Never called: one of struct iommu_ops' functions, where the IOMMU is AMD's. */
int amd_iommu_map_page(struct domain *d, unsigned long dfn, unsigned long mfn, unsigned int flags,
		       unsigned int *flush);
/*
 * The highest frame that there is or, by firmware, may come to be RAM; no lower than max_page - 1.
 */
unsigned long get_upper_mfn_bound(void);

/*
 * Machine checks. What one bank said, and what the processor; both are Xen's interface with dom0
 * too (struct mcinfo_bank, mcinfo_global).
 */
struct mcinfo_bank {
	uint16_t type, size, number, domain;
	uint64_t status, address, misc, ctrl2, tsc;
};
struct mcinfo_global {
	uint16_t type, size, domain, vcpu;
	uint32_t socket;
	uint16_t core, thread;
	uint32_t apic_id, flags;
	uint64_t status;
};
_Static_assert(sizeof(struct mcinfo_bank) == 48 && sizeof(struct mcinfo_global) == 32, "mcinfo");
struct mca_binfo {
	int number;
	struct mcinfo_global *global;
	struct mcinfo_bank *bank;
};
enum { MC_TYPE_GLOBAL = 0, MC_TYPE_BANK = 1 };
enum { MCER_RECOVERED = 1 };
struct mca_error_handler {
	bool (*owned_error)(uint64_t status);
	void (*recovery_handler)(struct mca_binfo *b, int *result, const void *regs);
};
struct mca_banks {
	int count;
	unsigned long *map;		/* of the banks that Xen looks at */
};
#define MCI_STATUS_VAL		(1ul << 63)
#define MCI_STATUS_UC		(1ul << 61)
#define MCI_STATUS_MISCV	(1ul << 59)
#define MCI_STATUS_ADDRV	(1ul << 58)
#define MCI_STATUS_AR		(1ul << 55)	/* Intel's: action required */
#define MCI_MISC_MODE		(7ul << 6)
#define MCI_MISC_PHYSICAL	(2ul << 6)
#define MCG_RIPV		(1ul << 0)
#define MCG_EIPV		(1ul << 1)	/* an instruction waits for what it reads */
/* Who is asked of each error, in a softirq, one after the other until one owns it. */
extern const struct mca_error_handler *mce_dhandlers;
extern unsigned int mce_dhandler_num;
extern struct mca_banks *mca_allbanks;	/* NULL: Xen ignores machine checks */
extern bool mce_broadcast;		/* every CPU gets them all */
/* A machine check for a guest: what its registers will say, then the event. vcpu -1: for all. */
int fill_vmsr_data(struct mcinfo_bank *bank, struct domain *d, uint64_t status, int vcpu);
int inject_vmce(struct domain *d, int vcpu);
void __domain_crash(struct domain *d);
void send_global_virq(uint32_t virq);

/* The rest */
int64_t get_s_time(void);	/* nanoseconds since boot */
int xen_build_id(const void **id, unsigned int *len);
/* Return the bytes not copied. */
int copy_to_guest_pv(void *to, const void *from, unsigned int len);
int copy_from_guest_pv(void *to, const void *from, unsigned int len);
void printk(const char *format, ...) __attribute__((format(printf, 1, 2)));
int snprintf(char *buf, size_t len, const char *format, ...) __attribute__((format(printf, 3, 4)));

#pragma GCC visibility pop

#endif
