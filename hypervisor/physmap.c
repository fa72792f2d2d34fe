// SPDX-License-Identifier: GPL-2.0-only
/* Looks into guests' physical maps, and maps pieces there. */
#include "physmap.h"

#include "answer.h"
#include "caches.h"
#include "iommu.h"

static unsigned int kind_type(enum page_kind kind)
{
	return kind == PAGE_RO ? P2M_RAM_RO : kind == PAGE_UNCACHED ? P2M_MMIO_DIRECT : P2M_RAM_RW;
}

static uint64_t p2m_look(struct domain *d, uint64_t gfn, unsigned int *type, unsigned int *order,
			 bool lock)
{
	unsigned int access;

	*order = 0;
	return p2m_get_gfn_type_access(domain_p2m(d), gfn, type, &access, 0, order, lock);
}

uint64_t p2m_get(struct domain *d, uint64_t gfn, unsigned int *type, unsigned int *order)
{
	return p2m_look(d, gfn, type, order, false);
}

/* Any gfn takes the lock of all of the map. */
void p2m_hold(struct domain *d)
{
	unsigned int type, order;

	p2m_look(d, 0, &type, &order, true);
}

void p2m_let_go(struct domain *d)
{
	p2m_put_gfn(domain_p2m(d), 0);
}

int p2m_change(struct domain *d, uint64_t gfn, uint64_t mfn, unsigned int order, unsigned int type)
{
	struct p2m_domain *p2m = domain_p2m(d);
	int rc = iommu_guest_ready(d, order);

	if (rc)
		return rc;
	if (p2m_set_entry(p2m, gfn, mfn, order, type, p2m_access(p2m)))
		return REFUSE(ENOMEM, "the guest's paging pool is too small");
	return 0;
}

/* Frames from gfn to the end of the entry, hole or leaf, that covers it. */
static uint64_t p2m_rest(uint64_t gfn, unsigned int order)
{
	return (1ull << order) - (gfn & ((1ull << order) - 1));
}

/* ---- looks ---- */

/* What is i frames into the piece, and for how many frames that holds. */
static enum look entry_look(struct domain *d, const struct piece *p, uint64_t i, uint64_t *rest)
{
	unsigned int type, order;
	uint64_t mfn = p2m_get(d, p->gfn + i, &type, &order);

	command_work += WORK_LOOKUP;
	*rest = p2m_rest(p->gfn + i, order);
	if (p2m_is_hole(type))
		return LOOK_HOLE;
	if (mfn != p->frames.first + i)
		return LOOK_OTHER;
	return type == kind_type(p->kind) ? LOOK_MAPPED : LOOK_KIND;
}

/* Of 1 GiB one entry is looked at: there could be 262,144 of them, all under the lock. */
static enum look piece_look_held(struct domain *d, const struct piece *p)
{
	uint64_t i, rest;
	enum look all = LOOK_HOLE, look;

	for (i = 0; i < p->frames.count; i += rest) {
		look = entry_look(d, p, i, &rest);
		if (rest < p->frames.count && p->frames.count > 1ull << ORDER_2M)
			return LOOK_DEEP;
		if (look == LOOK_OTHER || look == LOOK_KIND)
			return look;
		if (i && look != all)
			return LOOK_OTHER;
		all = look;
	}
	return all;
}

enum look piece_look(struct domain *d, const struct piece *p)
{
	enum look look;

	p2m_hold(d);
	look = piece_look_held(d, p);
	p2m_let_go(d);
	return look;
}

enum look piece_glance(struct domain *d, const struct piece *p, unsigned int lookups)
{
	enum look look = LOOK_HOLE;
	uint64_t i, rest;

	p2m_hold(d);
	for (i = 0; i < p->frames.count && lookups-- && (look == LOOK_HOLE || look == LOOK_MAPPED);
	     i += rest)
		look = entry_look(d, p, i, &rest);
	p2m_let_go(d);
	return look;
}

int look_refuse(enum look look)
{
	return look == LOOK_KIND ?
		       REFUSE(EEXIST, "the guest has these pages, with other flags") :
	       look == LOOK_DEEP ?
		       REFUSE(EBUSY, "the guest changes its map at this address: try again") :
		       REFUSE(EEXIST, "the guest has something at this address");
}

/* ---- maps ---- */

/*
 * Xen on Intel asks this (cache_flush_permitted() and the IOMMU): a guest that may make memory
 * uncached holds a device, I/O memory or I/O ports of the host's. Xen looks at each page again
 * whenever that guest changes how its memory is cached.
 */
static bool guest_may_uncache(const struct domain *d)
{
	return FIELD(d, uint32_t, build->options) & CDF_IOMMU ||
	       rangeset_overlaps_range(domain_iomem(d), 0, ~0ul >> 12) ||
	       rangeset_overlaps_range(domain_ioports(d), 0, 0xffff);
}

bool leaf_is_walked(struct domain *d)
{
	return iommu_small_only(d) || (cpu_is_intel() && guest_may_uncache(d));
}

static unsigned int piece_order(const struct piece *p)
{
	uint64_t unaligned = p->frames.first | p->gfn | p->frames.count;

	return !(unaligned & ((1ull << ORDER_1G) - 1)) ? ORDER_1G :
	       !(unaligned & ((1ull << ORDER_2M) - 1)) ? ORDER_2M : ORDER_4K;
}

uint64_t piece_map_cost(struct domain *d, const struct piece *p)
{
	uint64_t walk = leaf_is_walked(d) ? p->frames.count : 0;
	uint64_t entries = piece_order(p) == ORDER_4K ? p->frames.count : 1;

	return walk + entries * (WORK_LOOKUP + WORK_CHANGE + iommu_guest_cost(d));
}

/* Mapping stops at the first failure. Unmapping goes on as far as it can. */
static int piece_set(struct domain *d, const struct piece *p, bool map)
{
	unsigned int order = piece_order(p), type = map ? kind_type(p->kind) : P2M_INVALID;
	uint64_t i, cost = WORK_CHANGE + (map && leaf_is_walked(d) ? 1ull << order : 0);
	int rc = 0;

	for (i = 0; i < p->frames.count && !(rc && map); i += 1ull << order, command_work += cost)
		rc = p2m_change(d, p->gfn + i, map ? p->frames.first + i : INVALID_MFN, order,
				type);
	return rc;
}

/* A failure makes it a hole again. */
static int hole_fill(struct domain *d, const struct piece *p)
{
	int rc = piece_set(d, p, true);
	const char *line = command_refusal;

	if (!rc)
		return 0;
	piece_set(d, p, false);
	if (piece_look_held(d, p) != LOOK_HOLE)
		return REFUSE(EFAULT, "the guest's physical map cannot be undone");
	return REFUSE(-rc, line);
}

int piece_map(struct domain *d, const struct piece *p)
{
	enum look look;
	int rc;

	p2m_hold(d);
	look = piece_look_held(d, p);
	rc = look == LOOK_HOLE ? hole_fill(d, p) : look_refuse(look);
	p2m_let_go(d);
	return rc;
}
