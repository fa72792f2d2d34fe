/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the extension's files share: the tables of ranges, holdings and groups. All of it is touched only under hypfs'
 * lock (writers are exclusive), with every CPU stopped (load and unload hooks), or, where said, from RCU.
 *
 *   dispatch.c  one hypfs write: decode, dispatch, answer
 *   range.c     RESERVE, SERVE, UNSERVE, UNRESERVE: dom0's <-> nobody's
 *   host.c      pages of host ranges: nobody's <-> dom0's, counted
 *   piece.c     ASSIGN: nobody's -> a guest's
 *   assign.c    ASSIGN_EXTENTS, and ASSIGN from a host range: dom0's or nobody's -> a guest's
 *   physmap.c   guests' physical maps
 *   release.c   RELEASE: a guest's -> nobody's
 *   erase.c     ERASE: zeros over what is nobody's
 *   group.c     frame table and M2P of 256 MiB groups, lazily, out of the reserved area
 *   chunk.c     the reserved area's chunks
 *   maxpage.c   Xen's idea of where frames end
 *   page.c      the states of one page and every way between them
 *   caches.c    TLBs and caches of all CPUs
 *   map.c       Xen's own page tables
 *   scan.c      proof that no PV domain maps a range
 *   iommu.c     dom0's devices: which frames they reach
 *   grace.c     RCU: every CPU has left what it was doing
 *   facts.c     proof that this Xen is the one we know
 *   status.c    /pmem/status
 *   hooks.c     load, unload
 */
#ifndef XEN_PMEM_HYPERVISOR_EXTENSION_H
#define XEN_PMEM_HYPERVISOR_EXTENSION_H

#include "builds.h"
#include "range.h"
#include <xen-pmem/command.h>

#pragma GCC visibility push(hidden)

/* Pages that one command works on at most; a page-table entry counts as one. About 1 ms. */
#define WORK_LIMIT	65536u
#define WORK_SLACK	4096u	/* more than that at most, where to stop at once would cost more later */

/*
 * Every function that can refuse returns 0 or -errno and, through this macro, leaves a line for people in the answer.
 * MORE means: nothing was refused, the work limit was reached; the caller calls again.
 */
#define MORE 1
extern const char *refusal;
#define REFUSE(error, line) (refusal = (line), -(error))

/* Counts the work of the command under way, in pages. */
extern uint64_t work;
static inline bool work_left(void) { return work < WORK_LIMIT; }

struct range {
	struct frames frames;		/* count 0: unused slot */
	uint8_t uuid[16];
	uint8_t state;			/* enum xen_pmem_range_state */
	bool mapped;			/* in Xen's direct map */
	uint64_t grace;			/* CHECKING: until this is over, a CPU may still be mapping it for dom0 */
	uint64_t scanned;		/* CHECKING: PV page tables below this frame map none of it */
	uint64_t assigned;		/* pages that guests have */
	bool host;			/* once served, its pages are to be dom0's: so many are, from the first on, guests' among them */
	uint64_t hosted;
	uint64_t looked;		/* UNSERVE: so many were seen to be as dom0 leaves them, */
	bool undo;			/* but then one was not: those given up become dom0's again */
};

enum page_kind { PAGE_RW, PAGE_RO, PAGE_UNCACHED };

/* What becomes one leaf of a guest's, or up to 512 small ones. */
struct piece {
	struct frames frames;
	uint64_t gfn;
	enum page_kind kind;
};

struct holding {
	struct domain *domain;		/* referenced; NULL: unused slot */
	struct range *range;
	uint64_t pages;
	uint64_t mfn, gfn;		/* first page assigned */
	struct piece piece;		/* piece under way: its pages below `converted` are the guest's, not mapped yet */
	uint64_t converted;
	int failed;			/* -errno: the piece is on its way back, whatever is asked; 0: it is not */
	const char *why;		/* it failed */
};

extern struct range reserved, ranges[XEN_PMEM_RANGES];
extern struct holding holdings[XEN_PMEM_HOLDINGS];

static inline uint64_t mfn_to_pdx(uint64_t mfn)
{
	return (mfn & pfn_pdx_bottom_mask) | ((mfn & pfn_top_mask) >> pfn_pdx_hole_shift);
}

static inline struct page_info *mfn_to_page(uint64_t mfn)
{
	return (struct page_info *)FRAMETABLE_START + mfn_to_pdx(mfn);
}

static inline void *mfn_to_virt(uint64_t mfn)
{
	return (void *)(DIRECTMAP_START + (mfn_to_pdx(mfn) << 12));
}

/* Of an address in the direct map. */
static inline uint64_t virt_to_mfn(const void *va)
{
	uint64_t pdx = ((unsigned long)va - DIRECTMAP_START) >> 12;

	return (pdx & pfn_pdx_bottom_mask) | ((pdx << pfn_pdx_hole_shift) & pfn_top_mask);
}

static inline uint64_t *m2p_of(uint64_t mfn)
{
	return (uint64_t *)RW_M2P_START + mfn;
}

/* map.c: the PTE that maps va in Xen's tables and its order, or 0 */
uint64_t pte_of(unsigned long va, unsigned int *order);
uint64_t *pte_slot(unsigned long va, unsigned int *order);
int map_frames(unsigned long va, uint64_t mfn, uint64_t count, unsigned int flags);
int unmap_frames(unsigned long va, uint64_t count);
void map_allow_user(unsigned long va);

/* page.c: each of these changes exactly one page, and only if it is exactly in the state named; else false */
void page_init_free(struct page_info *pg);
void page_init_io(struct page_info *pg);
void page_init_m2p(struct page_info *pg);
bool page_io_to_free(struct page_info *pg);
void page_free_to_io(struct page_info *pg);
bool page_m2p_to_free(struct page_info *pg);
void page_free_to_m2p(struct page_info *pg);
void page_free_to_host(struct page_info *pg);
bool page_host_to_free(struct page_info *pg);
bool page_is_host(const struct page_info *pg);
bool page_free_to_guest(struct page_info *pg, struct domain *d, enum page_kind kind);
bool page_guest_to_free(struct page_info *pg, const struct domain *d);
bool page_is_guest(const struct page_info *pg, const struct domain *d, enum page_kind kind);
/* Of a guest's page. */
enum page_kind page_kind(const struct page_info *pg);
bool page_is_free(const struct page_info *pg);
struct domain *page_owner(const struct page_info *pg);
uint32_t owner_of(const struct domain *d);

/* caches.c: pages taken from a guest since the last flush may still be in some TLB: flush before they go anywhere else. */
extern bool tlb_dirty;
void page_flush(void);
/* Nothing of the page stays in a CPU's cache. */
void page_uncache(uint64_t mfn);
/* Nothing of these pages of a host range, that were dom0's until now or a guest's, is in TLBs any more, nor in caches that matter. */
void host_flush(struct frames f);
/* What the caches' part of that costs, in pages of work for each page; whoever gives or takes a page counts it. */
uint64_t flush_cost(const struct range *r);
/* The same as host_flush() for all of a range that goes back, and how often that was by WBINVD. */
void range_flush(void);
extern uint64_t whole_flushes;
/* Whether a CPU sees what is in its own cache when it reads or writes past it. */
bool caches_snoop(void);
bool cpu_is_intel(void);

#define GROUPS		(MFN_LIMIT >> GROUP_ORDER)
#define GIBS		(MFN_LIMIT >> ORDER_1G)

#define FOR_EACH_GROUP(g, f) \
	for (uint64_t g = (f).first >> GROUP_ORDER; g <= ((f).first + (f).count - 1) >> GROUP_ORDER; g++)

/* group.c */
bool group_live(uint64_t mfn);
bool group_present(uint64_t mfn);
/* Makes metadata for the group of mfn; MORE until all of it is there; EAGAIN while the old ones are on their way out. */
int group_prepare(uint64_t mfn);
void group_use(uint64_t mfn, uint64_t pages);
/* Counts pages out; the last one starts the way back of the group's metadata. */
void group_unuse(uint64_t mfn, uint64_t pages);
/* Which groups have pages that guests have. */
void group_lend(uint64_t mfn, int64_t pages);
bool group_lends(uint64_t mfn);
/* Finishes what RCU has let go. */
void groups_settle(void);
/* Starts the way back of what nobody uses: after the last guest, or made for a tool that was then killed. */
void groups_sweep(void);
/* Not for a second: somebody is assigning. */
void groups_wanted(void);
/* Starts the way back of groups that nobody uses, now. */
void unused_close(void);
bool groups_settled(void);
/* Moves the pages of a range that lie in groups already present from I/O to free, or back. */
int groups_join(struct frames f);
void groups_leave(struct frames f);
bool groups_leaving(struct frames f);
uint64_t chunks_used_for(struct frames f);
/* No guest has a page: lets go of all metadata, in as many calls as it takes (MORE). */
int groups_close(void);

/* chunk.c */
#define CHUNK_FRAMES	512u
int chunk_take(bool m2p);
void chunk_give(uint32_t chunk);
uint64_t chunk_mfn(uint32_t chunk);
bool chunk_holds_m2p(uint32_t chunk);
uint64_t chunks_total(void);
/* Chunks that all ranges and these frames need at worst. */
uint64_t chunks_needed(struct frames f);
uint64_t chunks_used(void);

/* maxpage.c: tail_init() before the first raise */
int tail_init(void);
void max_page_raise(uint64_t end);
void max_page_restore(void);

static inline bool bit(const uint64_t *map, uint64_t n) { return map[n / 64] >> n % 64 & 1; }
static inline void bit_set(uint64_t *map, uint64_t n) { map[n / 64] |= 1ull << n % 64; }
static inline void bit_clear(uint64_t *map, uint64_t n) { map[n / 64] &= ~(1ull << n % 64); }

/* Whether Xen takes the frames of the group of mfn for valid, ours or not. */
static inline bool group_valid(uint64_t mfn) { return bit(pdx_group_valid, mfn_to_pdx(mfn) >> GROUP_ORDER); }

/* range.c */
int range_reserve(struct xen_pmem_command *c);
int range_unreserve(struct xen_pmem_command *c);
int range_serve(struct xen_pmem_command *c);
int range_unserve(struct xen_pmem_command *c);
int range_query(struct xen_pmem_command *c);
struct range *range_find(const uint8_t *uuid);
/* Of all pages in these frames. */
struct range *range_around(struct frames f);
enum xen_pmem_range_state range_state(const struct range *r);
/* Whether guests may be given pages of it. */
bool range_ready(const struct range *r);
unsigned int ranges_count(void);

/* host.c: SERVE's and UNSERVE's part for host ranges; MORE until all is done. */
int host_take(struct range *r);
int host_give(struct range *r);
/* Pages among these that were just taken from a guest, so many, are dom0's again. */
void host_return(struct frames f, uint64_t taken);

/* erase.c */
int range_erase(struct xen_pmem_command *c);

/*
 * What one look into a guest's p2m, one change of it, an entry taken out of a running guest's, for which Xen interrupts each CPU that runs it, and touching
 * all bytes of a page cost in pages of work. Memory takes some 4 GiB/s.
 */
#define WORK_LOOKUP	4
#define WORK_CHANGE	16
#define WORK_FLUSH	512
#define WORK_BYTES	64
#define WORK_LINES	32	/* the same, out of the caches */

/* piece.c */
int holding_assign(struct xen_pmem_command *c);
int holding_query(struct xen_pmem_command *c);
int holding_open(const struct xen_pmem_command *c, struct range *r, uint64_t mfn, uint64_t gfn, struct holding **h);
int address_check(const struct xen_pmem_command *c);
enum page_kind kind_of(uint32_t flags);
uint64_t piece_size(struct domain *d, uint64_t mfn, uint64_t gfn, uint64_t left, uint32_t flags);
/* A piece in as many calls as it takes (MORE), and what is left of one that failed on its way back. */
int piece_assign(struct holding *h, const struct piece *p);
int piece_undo(struct holding *h);
/* Makes pages of one group the guest's, up to the work limit; p->frames.count is how many are then. */
int pages_convert(struct holding *h, struct piece *p);
struct holding *holding_find(uint16_t domain, const struct range *r);
void holding_drop_if_empty(struct holding *h);
/* Pages of one group, more (or, negative, fewer) than before. */
void holding_count(struct holding *h, uint64_t mfn, int64_t pages);
/* Takes one page back if nobody but us refers to it. */
bool page_take(struct holding *h, uint64_t mfn);

/* assign.c */
int extents_assign(struct xen_pmem_command *c);
/* From c->done on; the list is c's, or of ASSIGN that one range. */
int extents_loop(struct xen_pmem_command *c);

/* physmap.c: p2m_get() with the lock is Xen's own way to hold a guest's p2m still; the lock nests, and any gfn takes it. */
uint64_t p2m_get(struct domain *d, uint64_t gfn, unsigned int *type, unsigned int *order, bool lock);
void p2m_hold(struct domain *d);
void p2m_let_go(struct domain *d);
/*
 * One entry, made or taken out (INVALID_MFN, P2M_INVALID), while the p2m is held. ENOMEM: the guest's paging pool is too
 * small, or Xen has no memory for what this may take of the guest's I/O page tables.
 */
int p2m_change(struct domain *d, uint64_t gfn, uint64_t mfn, unsigned int order, unsigned int type);
/* Frames from gfn to the end of the entry, hole or leaf, that covers it. */
uint64_t p2m_rest(uint64_t gfn, unsigned int order);
/* Where a piece is to go: a hole, just that piece, these pages as another kind, something else, tables where one entry for 1 GiB was a moment ago. */
enum look { LOOK_HOLE, LOOK_MAPPED, LOOK_KIND, LOOK_OTHER, LOOK_DEEP };
enum look piece_look(struct domain *d, const struct piece *p);
enum look piece_glance(struct domain *d, const struct piece *p, unsigned int lookups);
int look_refuse(enum look look);
/* Whether to set a leaf takes as much work as it has pages: then it should not be a large one. */
bool leaf_is_walked(struct domain *d);
/* ENOMEM: not mapped. EFAULT: perhaps some of it is, and the pages must stay the guest's. */
int piece_map(struct domain *d, const struct piece *p);

/* release.c */
int holding_release(struct xen_pmem_command *c);
enum xen_pmem_holder_state holding_state(const struct holding *h);

/*
 * iommu.c: dom0's devices may, as far as the guest's grants could go, or may not any more, reach these frames. ENOMEM: they do not, or (deny) some
 * may still. Of at most as many frames at once as page_cost() allows for: a page that changes hands counts as two where there is an IOMMU.
 */
uint64_t page_cost(enum page_kind kind);
int iommu_permit(struct frames f, enum page_kind kind);
int iommu_ready(struct frames f, enum page_kind kind);	/* would it be refused by now? */
int iommu_deny(struct frames f, enum page_kind kind);
/* Whether the guest's own I/O page tables can follow a change of one entry of this order in its physical map; ENOMEM. */
int iommu_guest_ready(struct domain *d, unsigned int order);
uint64_t iommu_guest_cost(struct domain *d);	/* in pages of work */
/* Whether they have entries of 4 KiB alone: Xen then makes one for each page of a leaf, under the p2m lock. */
bool iommu_small_only(struct domain *d);
/* Whether dom0's I/O page tables can name all frames up to this one. */
bool iommu_names(uint64_t last);
/*
 * Whether this frame is inside of 2 MiB that should go on together, if that is not much more work: to give or take less than
 * what has one entry in the I/O page tables takes a table.
 */
bool iommu_amid(uint64_t mfn);

/* grace.c: a ticket, and whether every CPU has been out of Xen since it was given */
uint64_t grace_begin(void);
bool grace_over(uint64_t ticket);
bool grace_idle(void);

/* scan.c: carries on from r->scanned; EBUSY if a PV domain maps a page of it, MORE until all is scanned */
int scan_step(struct range *r);

/* facts.c: 0 if this is a Xen we know (or, with accept, one that looks just like it) */
int facts_check(bool accept);
/* Whether this may be the address of an object of Xen's heap. */
bool pointer_ok(const void *p);

/* status.c */
extern char status_text[];
unsigned int status_update(uint64_t longest);

/* hooks.c */
extern struct hypfs_leaf status_leaf;

/* dispatch.c */
extern uint64_t longest;
/* Commands are refused from now on, for ten seconds or until opened; false if one is running. */
bool commands_close(void);
void commands_open(void);
int command_write(struct hypfs_leaf *leaf, const void *guest, unsigned int len);

#pragma GCC visibility pop

#endif
