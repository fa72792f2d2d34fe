/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Guests' physical maps (p2m): looks into them, and changes them. A piece (tables.h) is one 1 GiB
 * leaf at most.
 *
 * Xen's types of entries say what a guest may do with a page: RAM, RAM that it cannot write, or I/O
 * memory, which the guest reads and writes past the caches.
 */
#ifndef XEN_PMEM_HYPERVISOR_PHYSMAP_H
#define XEN_PMEM_HYPERVISOR_PHYSMAP_H

#include "tables.h"

#pragma GCC visibility push(hidden)

/* Takes and drops the p2m lock. It nests. While it is held the guest cannot change its map. */
void p2m_hold(struct domain *d);
void p2m_let_go(struct domain *d);

/* What gfn maps to: the frame or INVALID_MFN, the entry's type and order. */
uint64_t p2m_get(struct domain *d, uint64_t gfn, unsigned int *type, unsigned int *order);

static inline bool p2m_is_hole(unsigned int type)
{
	return type == P2M_INVALID || type == P2M_MMIO_DM;
}

/*
 * Sets one entry, or removes it (INVALID_MFN, P2M_INVALID); the caller holds the p2m. ENOMEM: the
 * guest's paging pool is too small, or Xen has no memory for what this may take of the guest's I/O
 * page tables.
 */
int p2m_change(struct domain *d, uint64_t gfn, uint64_t mfn, unsigned int order, unsigned int type);

/* What is where a piece is to go. */
enum look {
	LOOK_HOLE,
	LOOK_MAPPED,	/* these pages, as this kind */
	LOOK_KIND,	/* these pages, as another kind */
	LOOK_OTHER,	/* something else, if only in a part */
	LOOK_DEEP,	/* tables, where a piece of 1 GiB wants one entry */
};
enum look piece_look(struct domain *d, const struct piece *p);

/*
 * The same of the start of many frames, in at most `lookups` lookups: LOOK_HOLE or LOOK_MAPPED
 * prove nothing.
 */
enum look piece_glance(struct domain *d, const struct piece *p, unsigned int lookups);

/* The refusal of what was found: EEXIST, EBUSY. */
int look_refuse(enum look look);

/*
 * Maps a piece whose pages are the guest's, over a hole. ENOMEM: nothing is mapped. EFAULT: some of
 * it may be mapped, so the pages must stay the guest's. EEXIST, EBUSY: see look_refuse().
 */
int piece_map(struct domain *d, const struct piece *p);

/* What piece_map() costs, in pages of work. */
uint64_t piece_map_cost(struct domain *d, const struct piece *p);

/*
 * Whether Xen looks at each page of a leaf that is set, under the p2m lock: then leaves must not be
 * of 1 GiB.
 */
bool leaf_is_walked(struct domain *d);

#pragma GCC visibility pop

#endif
