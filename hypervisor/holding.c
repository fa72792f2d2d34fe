// SPDX-License-Identifier: GPL-2.0-only
/*
 * What guests hold: takes free pages of a range, and maps them into a paused guest that never ran.
 *
 * A piece is at most one 1 GiB leaf. Its pages become the guest's first, in as many commands as that takes, and are
 * then mapped in one step under the guest's p2m lock:
 *
 *   free -convert-> guest, unmapped -map-> guest -guest dies, or p2m entry removed-> guest, unmapped -take-> free
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

static int guest_check(const struct domain *d)
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
	if (domain_has_run(d))
		return REFUSE(EPERM, "the guest has run already");
	return 0;
}

static struct domain *guest_get(uint16_t id, int *rc)
{
	struct domain *d = id < DOMID_FIRST_RESERVED ? get_domain_by_id(id) : NULL;

	if (!d) {
		*rc = REFUSE(ESRCH, "no such guest");
		return NULL;
	}
	*rc = guest_check(d);
	if (!*rc)
		return d;
	domain_put(d);
	return NULL;
}

static int holding_open(const struct xen_pmem_command *c, struct range *r, struct holding **h)
{
	struct domain *d;
	int rc;

	*h = holding_find(c->domain, r);
	if (*h)
		return guest_check((*h)->domain);
	d = guest_get(c->domain, &rc);
	if (!d)
		return rc;
	*h = holding_slot();
	if (!*h) {
		domain_put(d);
		return REFUSE(ENOSPC, "256 guests' ranges are in use already");
	}
	**h = (struct holding){ .domain = d, .range = r, .mfn = c->spa >> 12, .gfn = c->gpa >> 12 };
	return 0;
}

/* ---- the guest's physical map ---- */

uint64_t p2m_get(struct domain *d, uint64_t gfn, unsigned int *type, unsigned int *order, bool lock)
{
	unsigned int access;

	*order = 0;
	return p2m_get_gfn_type_access(domain_p2m(d), gfn, type, &access, 0, order, lock);
}

/* Frames from gfn to the end of the entry, hole or leaf, that covers it. */
static uint64_t entry_rest(uint64_t gfn, unsigned int order)
{
	return (1ull << order) - (gfn & ((1ull << order) - 1));
}

enum { PIECE_HOLE, PIECE_MAPPED, PIECE_OTHER };

/* What the guest has where the piece is to go: nothing, just that piece, or something else. */
static int piece_look(struct domain *d, struct frames piece, uint64_t gfn)
{
	uint64_t i, holes = 0, mapped = 0, n;

	for (i = 0; i < piece.count; i += n) {
		unsigned int type, order;
		uint64_t mfn = p2m_get(d, gfn + i, &type, &order, false);

		n = entry_rest(gfn + i, order);
		work += WORK_LOOKUP;
		if (type == P2M_INVALID || type == P2M_MMIO_DM)
			holes++;
		else if (type == P2M_RAM_RW && mfn == piece.first + i)
			mapped++;
		else
			return PIECE_OTHER;
	}
	return !mapped ? PIECE_HOLE : !holes ? PIECE_MAPPED : PIECE_OTHER;
}

/* Mapping stops at the first failure; unmapping goes on, as far as it can. */
static int piece_set(struct p2m_domain *p2m, struct frames piece, uint64_t gfn, bool map)
{
	uint64_t i, unaligned = piece.first | gfn | piece.count;
	unsigned int order = !(unaligned & ((1ull << ORDER_1G) - 1)) ? ORDER_1G :
			     !(unaligned & ((1ull << ORDER_2M) - 1)) ? ORDER_2M : ORDER_4K;
	int rc = 0;

	for (i = 0; i < piece.count && !(rc && map); i += 1ull << order, work += WORK_CHANGE)
		rc = p2m_set_entry(p2m, gfn + i, map ? piece.first + i : INVALID_MFN, order, map ? P2M_RAM_RW : P2M_INVALID,
				   p2m_access(p2m));
	return rc;
}

void p2m_hold(struct domain *d)
{
	unsigned int type, order;

	p2m_get(d, 0, &type, &order, true);
}

void p2m_let_go(struct domain *d)
{
	p2m_put_gfn(domain_p2m(d), 0);
}

/* Whether anything but just these pages is where they are to go, as far as `lookups` lookups tell. */
static bool guest_has_other(struct domain *d, struct frames f, uint64_t gfn, unsigned int lookups)
{
	uint64_t i;
	bool other = false;

	p2m_hold(d);
	for (i = 0; i < f.count && lookups-- && !other; work += WORK_LOOKUP) {
		unsigned int type, order;
		uint64_t mfn = p2m_get(d, gfn + i, &type, &order, false);

		other = type != P2M_INVALID && type != P2M_MMIO_DM && (type != P2M_RAM_RW || mfn != f.first + i);
		i += entry_rest(gfn + i, order);
	}
	p2m_let_go(d);
	return other;
}

/* A first look at all of the piece; a piece of 1 GiB is one entry here (see piece_size()). */
static int piece_look_first(struct domain *d, struct frames piece, uint64_t gfn)
{
	int look;

	p2m_hold(d);
	look = piece_look(d, piece, gfn);
	p2m_let_go(d);
	return look;
}

/* ENOMEM: not mapped. EFAULT: perhaps some of it is, and the pages must stay the guest's. */
static int piece_map(struct domain *d, struct frames piece, uint64_t gfn)
{
	struct p2m_domain *p2m = domain_p2m(d);
	int rc;

	p2m_hold(d);
	if (piece_look(d, piece, gfn) != PIECE_HOLE) {
		rc = REFUSE(EEXIST, "the guest has something at this address");
	} else {
		rc = piece_set(p2m, piece, gfn, true);
		if (rc) {
			piece_set(p2m, piece, gfn, false);
			rc = piece_look(d, piece, gfn) == PIECE_HOLE ?
				REFUSE(ENOMEM, "the guest's paging pool is too small") :
				REFUSE(EFAULT, "the guest's physical map cannot be undone");
		}
	}
	p2m_let_go(d);
	return rc;
}

/* ---- converting pages ---- */

void holding_count(struct holding *h, uint64_t mfn, int64_t pages)
{
	h->pages += pages;
	h->range->assigned += pages;
	if (pages > 0)
		group_use(mfn, pages);
	else if (pages < 0)
		group_unuse(mfn, -pages);
}

/* Pages of one group's part of the piece, up to the work limit. */
static int group_convert(struct holding *h, struct frames part, uint64_t gfn)
{
	uint64_t i, taken = 0, cost = page_cost();
	int rc = 0;

	/* One page at least: a group that is used is not swept. */
	for (i = 0; i < part.count && (work_left() || !i); i++, work += cost) {
		struct page_info *pg = mfn_to_page(part.first + i);

		if (page_free_to_guest(pg, h->domain)) {
			*m2p_of(part.first + i) = gfn + i;
			taken++;
		} else if (!page_is_guest(pg, h->domain) || *m2p_of(part.first + i) != gfn + i) {
			rc = REFUSE(EBUSY, "a page of the range is in use");
			break;
		}
	}
	h->converted += i;
	holding_count(h, part.first, taken);
	return rc ? rc : iommu_permit((struct frames){ part.first, i });
}

static int piece_convert(struct holding *h)
{
	while (h->converted < h->piece.count) {
		uint64_t mfn = h->piece.first + h->converted;
		struct frames rest = { mfn, h->piece.count - h->converted };
		struct frames group = { mfn & ~(GROUP_FRAMES - 1), GROUP_FRAMES };
		int rc = group_prepare(mfn);

		if (rc)
			return rc;
		rc = group_convert(h, frames_intersect(rest, group), h->piece_gfn + h->converted);
		if (rc)
			return rc;
		if (h->converted < h->piece.count && !work_left())
			return -EAGAIN;
	}
	return 0;
}

bool page_take(struct holding *h, uint64_t mfn)
{
	if (!page_guest_to_free(mfn_to_page(mfn), h->domain))
		return false;
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
	uint64_t last = h->converted - 1, cost = page_cost(), start, mfn, n;
	unsigned int type, order;

	mfn = p2m_get(h->domain, h->piece_gfn + last, &type, &order, false);
	start = last - ((h->piece_gfn + last) & ((1ull << order) - 1));
	start = start > last ? 0 : start;	/* the entry begins before the piece */
	n = 1 + (WORK_LIMIT - work) / cost;
	if (mfn != h->piece.first + last && last - start >= n)
		start = last + 1 - n;
	h->converted = start;
	work += WORK_LOOKUP;
	if (mfn == h->piece.first + last || iommu_deny((struct frames){ h->piece.first + start, last + 1 - start }))
		return;
	for (; start <= last; start++, work += cost)
		if (page_take(h, h->piece.first + start))
			holding_count(h, h->piece.first + start, -1);
}

/* The way back of a piece that could not be mapped, in as many calls as it takes (EAGAIN); then why it could not. */
static int piece_undo(struct holding *h)
{
	p2m_hold(h->domain);
	while (h->converted && work_left())
		entry_undo(h);
	p2m_let_go(h->domain);
	if (h->converted)
		return -EAGAIN;
	h->piece.count = 0;
	return holding_failed(h);
}

static int piece_assign(struct holding *h, struct frames piece, uint64_t gfn)
{
	int rc;

	if (h->piece.first != piece.first || h->piece.count != piece.count || h->piece_gfn != gfn) {
		rc = piece_look_first(h->domain, piece, gfn);
		if (rc == PIECE_MAPPED)
			return 0;
		if (rc == PIECE_OTHER)
			return REFUSE(EEXIST, "the guest has something at this address");
		h->piece = piece;
		h->piece_gfn = gfn;
		h->converted = 0;
	}
	page_flush();
	rc = piece_convert(h);
	if (rc == -EAGAIN)
		return rc;
	if (!rc)
		rc = piece_map(h->domain, h->piece, gfn);
	if (rc && rc != -EFAULT) {
		h->failed = rc;
		h->why = refusal;
		refusal = "";
		return piece_undo(h);
	}
	h->piece.count = h->converted = 0;
	return rc;
}

/* ---- ASSIGN ---- */

static unsigned int max_order(uint32_t flags)
{
	return flags & XEN_PMEM_ASSIGN_NO_2M ? ORDER_4K : flags & XEN_PMEM_ASSIGN_NO_1G ? ORDER_2M : ORDER_1G;
}

static int assign_check(const struct xen_pmem_command *c, const struct range *r)
{
	struct frames f = { c->spa >> 12, c->length >> 12 };

	if (r->state != XEN_PMEM_RANGE_SERVED)
		return REFUSE(ENOENT, "the range is not served yet");
	if (frames_intersect(f, r->frames).count != f.count)
		return REFUSE(EINVAL, "the pages are not inside of the range");
	if ((c->gpa + c->length - 1) >> (paddr_bits < 48 ? paddr_bits : 48))
		return REFUSE(ERANGE, "the guest address is beyond the guest's address width");
	return 0;
}

/* A 1 GiB piece where the guest's tables already go deeper would take long to look through: 2 MiB at a time there. */
static uint64_t piece_size(struct domain *d, uint64_t mfn, uint64_t gfn, uint64_t left, uint32_t flags)
{
	uint64_t n = piece_next(mfn, gfn, left, max_order(flags));
	unsigned int type, order;

	if (n < 1ull << ORDER_1G)
		return n;
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
	struct frames f = { c->spa >> 12, c->length >> 12 };

	if (r->assigned - h->pages + f.count > r->frames.count)
		return REFUSE(EBUSY, "pages of the range are another guest's");
	if (!c->done && guest_has_other(h->domain, f, c->gpa >> 12, FIRST_LOOKUPS))
		return REFUSE(EEXIST, "the guest has something at this address");
	return 0;
}

static int assign_loop(struct holding *h, struct xen_pmem_command *c)
{
	while (c->done < c->length && work_left()) {
		uint64_t mfn = (c->spa + c->done) >> 12, gfn = (c->gpa + c->done) >> 12;
		uint64_t n = piece_size(h->domain, mfn, gfn, (c->length - c->done) >> 12, c->flags);
		int rc = piece_assign(h, (struct frames){ mfn, n }, gfn);

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
		rc = holding_open(c, r, &h);
	if (rc)
		return rc;
	groups_wanted();
	rc = h->failed ? piece_undo(h) : assign_begin(h, c);
	if (!rc)
		rc = assign_loop(h, c);
	holding_drop_if_empty(h);
	return rc == -EAGAIN && !*refusal ? 0 : rc;
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
