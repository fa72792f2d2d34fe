// SPDX-License-Identifier: GPL-2.0-only
/* The transitions of one page's page_info. page.h draws the states. */
#include "page.h"

#include "caches.h"

#define COUNT_GUEST	(PGC_xen_heap | PGC_allocated | 2)
#define COUNT_GONE	(PGC_xen_heap | 1)
#define COUNT_RO	PGC_xen_heap
#define COUNT_UNCACHED	0
#define COUNT_IO	(PGC_allocated | 1)
#define COUNT_HOST	(PGC_allocated | 2)
#define TYPE_RW		(PGT_writable | PGT_validated | 1)
#define TYPE_RO		(PGT_validated | 1)

uint32_t domain_to_owner(const struct domain *d)
{
	return ((unsigned long)d - DIRECTMAP_START) >> 12;
}

struct domain *page_owner(const struct page_info *pg)
{
	return pg->owner ? (struct domain *)(DIRECTMAP_START + ((unsigned long)pg->owner << 12)) :
			   NULL;
}

bool page_hold(struct page_info *pg)
{
	struct domain *d = page_owner(pg);

	return pg->count_info & PGC_count_mask && d && get_page(pg, d);
}

static bool count_change(struct page_info *pg, uint64_t from, uint64_t to)
{
	return __atomic_compare_exchange_n(&pg->count_info, &from, to, false, __ATOMIC_ACQ_REL,
					   __ATOMIC_RELAXED);
}

/* From a state in which no reference can be taken. count_info, written last, publishes the rest. */
static void page_publish(struct page_info *pg, uint32_t owner, uint64_t type, uint64_t count)
{
	pg->next = pg->prev = 0;
	pg->tlbflush_timestamp = 0;
	pg->owner = owner;
	pg->type_info = type;
	__atomic_store_n(&pg->count_info, count, __ATOMIC_RELEASE);
}

/* Whoever makes them visible sees to it that all is written before. */
static void pages_new(struct page_info *pg, uint64_t count, uint32_t owner, uint64_t type,
		      uint64_t count_info)
{
	const struct page_info *end = pg + count;

	for (; pg < end; pg++)
		*pg = (struct page_info){ .count_info = count_info,
					  .type_info = type,
					  .owner = owner };
}

void page_init_free(struct page_info *pg) { page_publish(pg, 0, 0, PGC_xen_heap); }
void page_init_io(struct page_info *pg)
{
	page_publish(pg, domain_to_owner(dom_io), TYPE_RW, COUNT_IO);
}
void page_init_m2p(struct page_info *pg)
{
	page_publish(pg, domain_to_owner(dom_xen), TYPE_RO, COUNT_IO);
}

void pages_new_free(struct page_info *pg, uint64_t count)
{
	pages_new(pg, count, 0, 0, PGC_xen_heap);
}
void pages_new_io(struct page_info *pg, uint64_t count)
{
	pages_new(pg, count, domain_to_owner(dom_io), TYPE_RW, COUNT_IO);
}
void pages_new_m2p(struct page_info *pg, uint64_t count)
{
	pages_new(pg, count, domain_to_owner(dom_xen), TYPE_RO, COUNT_IO);
}

bool page_is_free(const struct page_info *pg)
{
	return pg->count_info == PGC_xen_heap && !pg->owner;
}

static bool page_to_free(struct page_info *pg, const struct domain *owner, uint64_t count)
{
	if (pg->owner != domain_to_owner(owner) || !count_change(pg, count, PGC_xen_heap))
		return false;
	page_init_free(pg);
	return true;
}

bool page_io_to_free(struct page_info *pg) { return page_to_free(pg, dom_io, COUNT_IO); }
bool page_m2p_to_free(struct page_info *pg) { return page_to_free(pg, dom_xen, COUNT_IO); }

void page_free_to_host(struct page_info *pg)
{
	page_publish(pg, domain_to_owner(hardware_domain), TYPE_RW, COUNT_HOST);
}

bool page_is_host(const struct page_info *pg)
{
	return pg->owner == domain_to_owner(hardware_domain) && pg->count_info == COUNT_HOST;
}

bool page_host_to_free(struct page_info *pg)
{
	if (!page_to_free(pg, hardware_domain, COUNT_HOST))
		return false;
	tlb_note_stale();
	return true;
}

static const uint64_t count_of[] = {
	[PAGE_RW] = COUNT_GUEST, [PAGE_RO] = COUNT_RO, [PAGE_UNCACHED] = COUNT_UNCACHED,
};

static uint64_t type_of(enum page_kind kind) { return kind == PAGE_RW ? TYPE_RW : 0; }

uint64_t pages_free_to_guest(struct page_info *pg, uint64_t count, const struct domain *d,
			     enum page_kind kind)
{
	const uint64_t type = type_of(kind), count_info = count_of[kind];
	const uint32_t owner = domain_to_owner(d);
	uint64_t i;

	for (i = 0; i < count && page_is_free(pg + i); i++)
		page_publish(pg + i, owner, type, count_info);
	return i;
}

void pages_new_guest(struct page_info *pg, uint64_t count, const struct domain *d,
		     enum page_kind kind)
{
	pages_new(pg, count, domain_to_owner(d), type_of(kind), count_of[kind]);
}

bool page_is_guest(const struct page_info *pg, const struct domain *d, enum page_kind kind)
{
	return pg->owner == domain_to_owner(d) && pg->count_info == count_of[kind];
}

enum page_kind page_kind(const struct page_info *pg)
{
	return pg->count_info == COUNT_RO       ? PAGE_RO :
	       pg->count_info == COUNT_UNCACHED ? PAGE_UNCACHED :
						  PAGE_RW;
}

bool page_guest_to_free(struct page_info *pg, const struct domain *d)
{
	if (!page_to_free(pg, d, count_of[page_kind(pg)]) && !page_to_free(pg, d, COUNT_GONE))
		return false;
	tlb_note_stale();
	return true;
}
