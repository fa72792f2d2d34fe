// SPDX-License-Identifier: GPL-2.0-only
/*
 * The states of one page and every way between them: takes a page_info, hands it on in its new state or untouched.
 *
 *            owner    count_info                      type_info
 *   free     none     xen_heap                        0
 *   guest    guest    xen_heap | allocated | 2        writable | validated | 1
 *   gone     guest    xen_heap | 1                    (the guest ballooned it out; our reference is left)
 *   read-only guest   xen_heap                        0
 *   uncached guest    0                               0
 *   host     dom0     allocated | 2                   writable | validated | 1  (and more, as dom0 maps it)
 *   I/O      dom_io   allocated | 1                   writable | validated | 1
 *   M2P      dom_xen  allocated | 1                   0 | validated | 1  (privileged domains may map it read-only)
 *
 * Of a guest's two references, and dom0's, one is the extension's: the count never reaches 0 behind its back, so Xen's allocator
 * never sees the page. A change of hands is a cmpxchg from exactly these bits, which proves that nobody maps it: a reference of a type is never taken
 * without one to the page. So type_info, where Xen may have noted how dom0 maps the page, need not be compared.
 *
 * Of a page without references Xen gives none to anybody. A guest could else have its read-only page written: by moving it to another address, where Xen
 * makes it writable; by naming it for Xen's own writes; by having its page tables there, of which Xen marks entries as used. An uncached page could be
 * moved to where it is cached. That one is not xen_heap, for Intel's processors would have it cached then.
 */
#include "extension.h"

#define COUNT_GUEST	(PGC_xen_heap | PGC_allocated | 2)
#define COUNT_GONE	(PGC_xen_heap | 1)
#define COUNT_RO	PGC_xen_heap
#define COUNT_UNCACHED	0
#define COUNT_IO	(PGC_allocated | 1)
#define COUNT_HOST	(PGC_allocated | 2)
#define TYPE_RW		(PGT_writable | PGT_validated | 1)
#define TYPE_RO		(PGT_validated | 1)

uint32_t owner_of(const struct domain *d)
{
	return ((unsigned long)d - DIRECTMAP_START) >> 12;
}

struct domain *page_owner(const struct page_info *pg)
{
	return pg->owner ? (struct domain *)(DIRECTMAP_START + ((unsigned long)pg->owner << 12)) : NULL;
}

static bool count_change(struct page_info *pg, uint64_t from, uint64_t to)
{
	return __atomic_compare_exchange_n(&pg->count_info, &from, to, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
}

/* Into a state from one that nobody can take a reference in; the count, written last, publishes the rest. */
static void page_publish(struct page_info *pg, uint32_t owner, uint64_t type, uint64_t count)
{
	pg->next = pg->prev = 0;
	pg->tlbflush_timestamp = 0;
	pg->owner = owner;
	pg->type_info = type;
	__atomic_store_n(&pg->count_info, count, __ATOMIC_RELEASE);
}

void page_init_free(struct page_info *pg) { page_publish(pg, 0, 0, PGC_xen_heap); }
void page_init_io(struct page_info *pg) { page_publish(pg, owner_of(dom_io), TYPE_RW, COUNT_IO); }
void page_init_m2p(struct page_info *pg) { page_publish(pg, owner_of(dom_xen), TYPE_RO, COUNT_IO); }

bool page_is_free(const struct page_info *pg)
{
	return pg->count_info == PGC_xen_heap && !pg->owner;
}

bool page_io_to_free(struct page_info *pg)
{
	if (pg->owner != owner_of(dom_io) || !count_change(pg, COUNT_IO, PGC_xen_heap))
		return false;
	page_init_free(pg);
	return true;
}

void page_free_to_io(struct page_info *pg) { page_init_io(pg); }
void page_free_to_m2p(struct page_info *pg) { page_init_m2p(pg); }

bool page_m2p_to_free(struct page_info *pg)
{
	if (pg->owner != owner_of(dom_xen) || !count_change(pg, COUNT_IO, PGC_xen_heap))
		return false;
	page_init_free(pg);
	return true;
}

void page_free_to_host(struct page_info *pg)
{
	page_publish(pg, owner_of(hardware_domain), TYPE_RW, COUNT_HOST);
}

bool page_is_host(const struct page_info *pg)
{
	return pg->owner == owner_of(hardware_domain) && pg->count_info == COUNT_HOST;
}

bool page_host_to_free(struct page_info *pg)
{
	if (pg->owner != owner_of(hardware_domain) || !count_change(pg, COUNT_HOST, PGC_xen_heap))
		return false;
	page_init_free(pg);
	tlb_dirty = true;
	return true;
}

static const uint64_t count_of[] = { [PAGE_RW] = COUNT_GUEST, [PAGE_RO] = COUNT_RO, [PAGE_UNCACHED] = COUNT_UNCACHED };

bool page_free_to_guest(struct page_info *pg, struct domain *d, enum page_kind kind)
{
	if (!page_is_free(pg))
		return false;
	page_publish(pg, owner_of(d), kind == PAGE_RW ? TYPE_RW : 0, count_of[kind]);
	return true;
}

bool page_is_guest(const struct page_info *pg, const struct domain *d, enum page_kind kind)
{
	return pg->owner == owner_of(d) && pg->count_info == count_of[kind];
}

enum page_kind page_kind(const struct page_info *pg)
{
	return pg->count_info == COUNT_RO ? PAGE_RO : pg->count_info == COUNT_UNCACHED ? PAGE_UNCACHED : PAGE_RW;
}

bool page_guest_to_free(struct page_info *pg, const struct domain *d)
{
	if (pg->owner != owner_of(d))
		return false;
	if (!count_change(pg, count_of[page_kind(pg)], PGC_xen_heap) && !count_change(pg, COUNT_GONE, PGC_xen_heap))
		return false;
	page_init_free(pg);
	tlb_dirty = true;
	return true;
}
