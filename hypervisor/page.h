/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The states of one page and every way between them. A transition is named by its two states,
 * changes exactly one page, or each of several, and returns false, with the page untouched, if the
 * page is not exactly in the first state.
 *
 *             owner    count_info                      type_info
 *   free      -        xen_heap                        0
 *   guest     guest    xen_heap | allocated | 2        writable | validated | 1
 *   gone      guest    xen_heap | 1                    the guest ballooned it out; ours is left
 *   read-only guest    xen_heap                        0
 *   uncached  guest    0                               0
 *   host      dom0     allocated | 2                   writable | validated | 1, or more
 *   I/O       dom_io   allocated | 1                   writable | validated | 1
 *   M2P       dom_xen  allocated | 1                   0 | validated | 1; dom0 may map it read-only
 *
 * One of the two references of a guest's page, and of a host page, is the extension's. The count
 * therefore never reaches 0 unless the extension lets it, and Xen's allocator never sees the page.
 * A change of owner is a cmpxchg from exactly these bits, which proves that no domain maps the
 * page. type_info is not compared: a reference of a type is never taken without one to the page,
 * and Xen may have noted there how dom0 maps the page.
 *
 * Xen gives out no reference to a page whose count is 0. Otherwise a guest could get its read-only
 * page written: by moving it to another address, where Xen makes it writable; by naming it for
 * Xen's own writes; by putting its page tables there, in which Xen marks entries as used. A guest
 * could move an uncached page to where it is cached. The uncached page is not xen_heap, because Xen
 * on Intel would make the guest's mapping of it cached.
 */
#ifndef XEN_PMEM_HYPERVISOR_PAGE_H
#define XEN_PMEM_HYPERVISOR_PAGE_H

#include "xen.h"

#pragma GCC visibility push(hidden)

enum page_kind { PAGE_RW, PAGE_RO, PAGE_UNCACHED };

/* Pages whose state was just proven. */
void page_init_free(struct page_info *pg);
void page_init_io(struct page_info *pg);
void page_init_m2p(struct page_info *pg);

/* `count` fresh page_infos, which Xen cannot see yet. */
void pages_new_free(struct page_info *pg, uint64_t count);
void pages_new_io(struct page_info *pg, uint64_t count);
void pages_new_m2p(struct page_info *pg, uint64_t count);
void pages_new_guest(struct page_info *pg, uint64_t count, const struct domain *d,
		     enum page_kind kind);

bool page_io_to_free(struct page_info *pg);
bool page_m2p_to_free(struct page_info *pg);
bool page_host_to_free(struct page_info *pg);
bool page_guest_to_free(struct page_info *pg, const struct domain *d);

/* Up to the first page that is not free; returns how many. */
uint64_t pages_free_to_guest(struct page_info *pg, uint64_t count, const struct domain *d,
			     enum page_kind kind);

/* The caller knows that the page is free. */
void page_free_to_host(struct page_info *pg);

bool page_is_free(const struct page_info *pg);
bool page_is_host(const struct page_info *pg);
bool page_is_guest(const struct page_info *pg, const struct domain *d, enum page_kind kind);

/* The kind of a page that belongs to a guest. */
enum page_kind page_kind(const struct page_info *pg);

/*
 * A reference to whatever page of a domain it is, against its being freed; put_page() drops it.
 * False: it is nobody's, or about to be freed.
 */
bool page_hold(struct page_info *pg);

/* NULL: the page has no owner. */
struct domain *page_owner(const struct page_info *pg);

/* What page_info.owner holds for this domain. */
uint32_t domain_to_owner(const struct domain *d);

#pragma GCC visibility pop

#endif
