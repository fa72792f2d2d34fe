// SPDX-License-Identifier: GPL-2.0-only
/*
 * What guests hold: takes pages of a range that are free (or, of a host range, dom0's and not mapped), and maps them into a guest, which has never run, or
 * (hot-plug) runs meanwhile.
 *
 * A piece is at most one 1 GiB leaf. Its pages become the guest's first, in as many commands as that takes, and are
 * then mapped in one step under the guest's p2m lock:
 *
 *   free -convert-> guest, unmapped -map-> guest -guest dies, or p2m entry removed-> guest, unmapped -take-> free (or, in the same command, dom0's)
 *
 * No guest, running or not, can get at a page that is its own and unmapped, as it knows no page but by its map. What it has mapped it may move at any time,
 * and the M2P tells where to: Xen changes both under the same lock.
 */
#include "extension.h"

struct holding holdings[XEN_PMEM_HOLDINGS];

enum xen_pmem_holder_state holding_state(const struct holding *h)
{
	switch (domain_dying(h->domain)) {
	case DOMDYING_ALIVE:
		return domain_has_run(h->domain) ? XEN_PMEM_HOLDER_RUNNING : XEN_PMEM_HOLDER_BUILDING;
	case DOMDYING_DEAD:
		return XEN_PMEM_HOLDER_DEAD;
	default:
		return XEN_PMEM_HOLDER_DYING;
	}
}

struct holding *holding_find(uint16_t domain, const struct range *r)
{
	unsigned int i;

	for (i = 0; i < XEN_PMEM_HOLDINGS; i++)
		if (holdings[i].domain && domain_id(holdings[i].domain) == domain && holdings[i].range == r)
			return &holdings[i];
	return NULL;
}

static struct holding *holding_slot(void)
{
	unsigned int i;

	for (i = 0; i < XEN_PMEM_HOLDINGS; i++)
		if (!holdings[i].domain)
			return &holdings[i];
	return NULL;
}

void holding_drop_if_empty(struct holding *h)
{
	struct domain *d = h->domain;

	if (h->pages || h->failed)
		return;
	*h = (struct holding){ .domain = NULL };
	domain_put(d);
}

/* ---- who may be given pages ---- */

static int guest_check(const struct domain *d, uint32_t flags)
{
	if (d == hardware_domain)
		return REFUSE(EPERM, "dom0 cannot be given a vNVDIMM");
	if (!(FIELD(d, uint32_t, build->options) & CDF_HAP))
		return REFUSE(EPERM, "the guest is not PVH or HVM with hardware-assisted paging");
	if (!domain_is_hvm(d) || !pointer_ok(domain_p2m(d)) ||
	    FIELD(domain_p2m(d), struct domain *, build->p2m_domain) != d)
		return REFUSE(EPERM, "the guest is not PVH or HVM");
	/* A nested guest's VMCB keeps a reference to its page until the domain is gone, and we keep the domain. */
	if (FIELD(d, uint32_t, build->options) & CDF_NESTED_VIRT)
		return REFUSE(EPERM, "the guest has nested virtualisation");
	if (domain_dying(d) != DOMDYING_ALIVE)
		return REFUSE(EPERM, "the guest is dying");
	if (domain_has_run(d) && !(flags & XEN_PMEM_ASSIGN_RUNNING))
		return REFUSE(EPERM, "the guest has run already");
	return 0;
}

static struct domain *guest_get(uint16_t id, uint32_t flags, int *rc)
{
	struct domain *d = id < DOMID_FIRST_RESERVED ? get_domain_by_id(id) : NULL;

	if (!d) {
		*rc = REFUSE(ESRCH, "no such guest");
		return NULL;
	}
	*rc = guest_check(d, flags);
	if (!*rc)
		return d;
	domain_put(d);
	return NULL;
}

int holding_open(const struct xen_pmem_command *c, struct range *r, uint64_t mfn, uint64_t gfn, struct holding **h)
{
	struct domain *d;
	int rc;

	*h = holding_find(c->domain, r);
	if (*h)
		return guest_check((*h)->domain, c->flags);
	d = guest_get(c->domain, c->flags, &rc);
	if (!d)
		return rc;
	*h = holding_slot();
	if (!*h) {
		domain_put(d);
		return REFUSE(ENOSPC, "256 guests' ranges are in use already");
	}
	**h = (struct holding){ .domain = d, .range = r, .mfn = mfn, .gfn = gfn };
	return 0;
}

/* ---- converting pages ---- */

void holding_count(struct holding *h, uint64_t mfn, int64_t pages)
{
	h->pages += pages;
	h->range->assigned += pages;
	group_lend(mfn, pages);
	if (h->range->host)
		return;
	if (pages > 0)
		group_use(mfn, pages);
	else if (pages < 0)
		group_unuse(mfn, -pages);
}

/* Free, or dom0's and mapped nowhere. */
static bool page_give(struct holding *h, uint64_t mfn, uint64_t gfn, enum page_kind kind)
{
	struct page_info *pg = mfn_to_page(mfn);

	if (h->range->host && !page_host_to_free(pg))
		return false;
	if (!page_free_to_guest(pg, h->domain, kind))
		return false;
	if (kind == PAGE_UNCACHED)
		page_uncache(mfn);
	*m2p_of(mfn) = gfn;
	return true;
}

/*
 * Whether the page, to go to gfn, is this guest's already, converted by a caller who did not come to the end. It must not be mapped: its guest could move it
 * away before the piece is, and have it twice then.
 */
static bool page_converted(struct holding *h, uint64_t mfn, uint64_t gfn, enum page_kind kind)
{
	unsigned int type, order;
	bool is;

	if (!page_is_guest(mfn_to_page(mfn), h->domain, kind))
		return false;
	p2m_hold(h->domain);
	is = *m2p_of(mfn) == gfn && p2m_get(h->domain, gfn, &type, &order, false) != mfn;
	p2m_let_go(h->domain);
	work += 2 * WORK_LOOKUP;
	return is;
}

int pages_convert(struct holding *h, struct piece *p)
{
	uint64_t i, taken = 0, cost = page_cost(p->kind) + flush_cost(h->range);
	int rc = h->range->host ? 0 : iommu_ready(p->frames, p->kind);

	if (rc) {	/* before a page has changed hands: the way back would take as much */
		p->frames.count = 0;
		return rc;
	}
	/* One page at least: a group that is used is not swept. */
	for (i = 0; i < p->frames.count && (work_left() || !i || iommu_amid(p->frames.first + i)); i++, work += cost) {
		if (page_give(h, p->frames.first + i, p->gfn + i, p->kind)) {
			taken++;
		} else if (!page_converted(h, p->frames.first + i, p->gfn + i, p->kind)) {
			rc = REFUSE(EBUSY, h->range->host ? "dom0 maps or uses a page, or a guest has it" : "a page of the range is in use");
			break;
		}
	}
	p->frames.count = i;
	holding_count(h, p->frames.first, taken);
	return rc || h->range->host ? rc : iommu_permit(p->frames, p->kind);
}

static int piece_convert(struct holding *h)
{
	while (h->converted < h->piece.frames.count) {
		uint64_t mfn = h->piece.frames.first + h->converted;
		struct frames rest = { mfn, h->piece.frames.count - h->converted };
		struct frames group = { mfn & ~(GROUP_FRAMES - 1), GROUP_FRAMES };
		struct piece part = { frames_intersect(rest, group), h->piece.gfn + h->converted, h->piece.kind };
		int rc = group_prepare(mfn);

		if (rc)
			return rc;
		rc = pages_convert(h, &part);
		h->converted += part.frames.count;
		if (h->range->host)
			host_flush(part.frames);
		if (rc)
			return rc;
		if (h->converted < h->piece.frames.count && !work_left())
			return MORE;
	}
	return 0;
}

bool page_take(struct holding *h, uint64_t mfn)
{
	bool uncached = page_kind(mfn_to_page(mfn)) == PAGE_UNCACHED;

	if (!page_guest_to_free(mfn_to_page(mfn), h->domain))
		return false;
	if (uncached)
		page_uncache(mfn);
	*m2p_of(mfn) = INVALID_M2P;
	return true;
}

/* Why the piece that was undone had failed; once. */
static int holding_failed(struct holding *h)
{
	int rc = h->failed;

	refusal = h->why;
	h->failed = 0;
	return rc;
}

/*
 * The last pages of what was converted of a piece, free again, as many as one entry covers and the work limit allows. Whatever the guest does map, by an
 * ASSIGN before, stays its own; a page taken while it is mapped would soon be two guests'. So do pages that dom0's devices may still reach.
 */
static void entry_undo(struct holding *h)
{
	uint64_t first = h->piece.frames.first, last = h->converted - 1, start, mfn, n;
	uint64_t cost = page_cost(h->piece.kind) + flush_cost(h->range);
	unsigned int type, order;

	mfn = p2m_get(h->domain, h->piece.gfn + last, &type, &order, false);
	start = last - ((h->piece.gfn + last) & ((1ull << order) - 1));
	start = start > last ? 0 : start;	/* the entry begins before the piece */
	n = 1 + (WORK_LIMIT - work) / cost;
	if (mfn != first + last && last - start >= n)
		start = last + 1 - n;
	h->converted = start;
	work += WORK_LOOKUP;
	if (mfn == first + last)
		return;
	if (!h->range->host && iommu_deny((struct frames){ first + start, last + 1 - start }, h->piece.kind))
		return;
	for (; start <= last; start++, work += cost)
		if (page_take(h, first + start))
			holding_count(h, first + start, -1);
}

/* The way back of a piece that could not be mapped, in as many calls as it takes (MORE); then why it could not. */
int piece_undo(struct holding *h)
{
	uint64_t end = h->converted, had = h->pages;

	p2m_hold(h->domain);
	while (h->converted && work_left())
		entry_undo(h);
	p2m_let_go(h->domain);
	if (h->range->host)
		host_return((struct frames){ h->piece.frames.first + h->converted, end - h->converted }, had - h->pages);
	if (h->converted)
		return MORE;
	h->piece.frames.count = 0;
	return holding_failed(h);
}

static bool pieces_equal(const struct piece *a, const struct piece *b)
{
	return a->frames.first == b->frames.first && a->frames.count == b->frames.count && a->gfn == b->gfn && a->kind == b->kind;
}

int piece_assign(struct holding *h, const struct piece *p)
{
	int rc;

	if (!pieces_equal(&h->piece, p)) {
		enum look look = piece_look(h->domain, p);	/* a piece of 1 GiB is one entry here: see piece_size() */

		if (look == LOOK_MAPPED)
			return 0;
		if (look != LOOK_HOLE)
			return look_refuse(look);
		h->piece = *p;
		h->converted = 0;
	}
	page_flush();
	rc = piece_convert(h);
	if (rc == MORE || rc == -EAGAIN) {
		page_flush();
		return rc;
	}
	if (!rc)
		rc = piece_map(h->domain, &h->piece);
	if (rc && rc != -EFAULT) {
		h->failed = rc;
		h->why = refusal;
		return piece_undo(h);
	}
	h->piece.frames.count = h->converted = 0;
	return rc;
}

/* ---- ASSIGN ---- */

/* On Intel's processors Xen looks at each page of a leaf of I/O memory, so those are small. */
static unsigned int max_order(uint32_t flags)
{
	return flags & XEN_PMEM_ASSIGN_NO_2M ? ORDER_4K : flags & (XEN_PMEM_ASSIGN_NO_1G | XEN_PMEM_ASSIGN_UNCACHED) ? ORDER_2M : ORDER_1G;
}

enum page_kind kind_of(uint32_t flags)
{
	return flags & XEN_PMEM_ASSIGN_RO ? PAGE_RO : flags & XEN_PMEM_ASSIGN_UNCACHED ? PAGE_UNCACHED : PAGE_RW;
}

int address_check(const struct xen_pmem_command *c)
{
	if ((c->gpa + c->length - 1) >> (paddr_bits < 48 ? paddr_bits : 48))
		return REFUSE(ERANGE, "the guest address is beyond the guest's address width");
	return 0;
}

static int assign_check(const struct xen_pmem_command *c, const struct range *r)
{
	struct frames f = { c->spa >> 12, c->length >> 12 };

	if (!range_ready(r))
		return REFUSE(ENOENT, "the range is not served yet");
	if (frames_intersect(f, r->frames).count != f.count)
		return REFUSE(EINVAL, "the pages are not inside of the range");
	return address_check(c);
}

/* A 1 GiB piece where the guest's tables already go deeper would take long to look through: 2 MiB at a time there. */
uint64_t piece_size(struct domain *d, uint64_t mfn, uint64_t gfn, uint64_t left, uint32_t flags)
{
	uint64_t n = piece_next(mfn, gfn, left, max_order(flags));
	unsigned int type, order;

	if (n < 1ull << ORDER_1G)
		return n;
	if (leaf_is_walked(d))
		return 1ull << ORDER_2M;
	p2m_hold(d);
	p2m_get(d, gfn, &type, &order, false);
	p2m_let_go(d);
	return order >= ORDER_1G ? n : 1ull << ORDER_2M;
}

/* What would be refused on the way is refused at the start, if it is not far to find: then nothing has changed. */
#define FIRST_LOOKUPS	2048u

static int assign_begin(struct holding *h, const struct xen_pmem_command *c)
{
	const struct range *r = h->range;
	struct piece all = { { c->spa >> 12, c->length >> 12 }, c->gpa >> 12, kind_of(c->flags) };
	enum look look;

	if (r->assigned - h->pages + all.frames.count > r->frames.count)
		return REFUSE(EBUSY, "pages of the range are another guest's");
	look = c->done ? LOOK_HOLE : piece_glance(h->domain, &all, FIRST_LOOKUPS);
	return look == LOOK_OTHER || look == LOOK_KIND ? look_refuse(look) : 0;
}

static int assign_loop(struct holding *h, struct xen_pmem_command *c)
{
	while (c->done < c->length && work_left()) {
		uint64_t mfn = (c->spa + c->done) >> 12, gfn = (c->gpa + c->done) >> 12;
		uint64_t n = piece_size(h->domain, mfn, gfn, (c->length - c->done) >> 12, c->flags);
		int rc = piece_assign(h, &(struct piece){ { mfn, n }, gfn, kind_of(c->flags) });

		if (rc)
			return rc;
		c->done += n << 12;
	}
	return 0;
}

int holding_assign(struct xen_pmem_command *c)
{
	struct range *r = range_find(c->uuid);
	struct holding *h;
	int rc;

	if (!r)
		return REFUSE(ENOENT, "the range is not served");
	rc = assign_check(c, r);
	if (!rc)
		rc = holding_open(c, r, c->spa >> 12, c->gpa >> 12, &h);
	if (rc)
		return rc;
	groups_wanted();
	rc = h->failed ? piece_undo(h) : assign_begin(h, c);
	if (!rc)
		rc = r->host ? extents_loop(c) : assign_loop(h, c);
	holding_drop_if_empty(h);
	return rc;
}

int holding_query(struct xen_pmem_command *c)
{
	unsigned int i, n = 0;

	for (i = 0; i < XEN_PMEM_HOLDINGS; i++) {
		const struct holding *h = &holdings[i];

		if (!h->domain || n++ != c->index)
			continue;
		memcpy(c->uuid, h->range->uuid, 16);
		c->domain = domain_id(h->domain);
		c->spa = h->mfn << 12;
		c->gpa = h->gfn << 12;
		c->count = h->pages;
		c->state = holding_state(h);
		return 0;
	}
	return REFUSE(ENOENT, "no such holding");
}
