// SPDX-License-Identifier: GPL-2.0-only
/*
 * Maps a list of extents into a guest, piece after piece.
 *
 * Pieces of up to 2 MiB go in batches, each within one command: all of them are converted, then
 * TLBs and caches are flushed once, then each is mapped over a hole. Between two commands only the
 * pages themselves say what was done.
 *
 * A piece of 1 GiB goes alone, and may take several commands. The holding remembers it, also while
 * it is undone.
 */
#include "assign.h"

#include "answer.h"
#include "caches.h"
#include "group.h"
#include "extent_list.h"
#include "noted.h"
#include "physmap.h"
#include "piece.h"

#define BATCH		128u			/* pieces */
#define BATCH_WORK	(WORK_LIMIT / 8 * 5)	/* the way back may take the rest */

static struct step {
	struct piece piece;
	struct holding *h;
	uint64_t converted, taken;	/* pages of it: the guest's now; taken back again */
	bool there;			/* the guest has it by an ASSIGN before */
} steps[BATCH];

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
	/*
	 * A nested guest's VMCB keeps a reference to its page until the domain is gone, and a
	 * holding keeps the domain.
	 */
	if (FIELD(d, uint32_t, build->options) & CDF_NESTED_VIRT)
		return REFUSE(EPERM, "the guest has nested virtualisation");
	if (domain_dying(d) != DOMDYING_ALIVE)
		return REFUSE(EPERM, "the guest is dying");
	if (domain_has_run(d) && !(flags & XEN_PMEM_ASSIGN_RUNNING))
		return REFUSE(EPERM, "the guest has run already");
	return 0;
}

static int guest_get(uint16_t id, uint32_t flags, struct domain **d)
{
	int rc;

	*d = id < DOMID_FIRST_RESERVED ? get_domain_by_id(id) : NULL;
	if (!*d)
		return REFUSE(ESRCH, "no such guest");
	rc = guest_check(*d, flags);
	if (rc)
		domain_put(*d);
	return rc;
}

/* The guest's holding of this range, or a new one, whose first page is mfn at gfn. */
static int holding_open(const struct xen_pmem_command *c, struct range *r, uint64_t mfn,
			uint64_t gfn, struct holding **h)
{
	struct domain *d;
	int rc;

	*h = holding_find(c->domain, r);
	if (*h)
		return guest_check((*h)->domain, c->flags);
	rc = guest_get(c->domain, c->flags, &d);
	if (rc)
		return rc;
	*h = holding_slot();
	if (!*h) {
		domain_put(d);
		return REFUSE(ENOSPC, "256 guests' ranges are in use already");
	}
	**h = (struct holding){ .domain = d, .range = r, .mfn = mfn, .gfn = gfn };
	return 0;
}

static int address_check(const struct xen_pmem_command *c)
{
	if ((c->gpa + c->length - 1) >> (paddr_bits < 48 ? paddr_bits : 48))
		return REFUSE(ERANGE, "the guest address is beyond the guest's address width");
	return 0;
}

/* ---- pieces ---- */

static enum page_kind flags_kind(uint32_t flags)
{
	return flags & XEN_PMEM_ASSIGN_RO       ? PAGE_RO :
	       flags & XEN_PMEM_ASSIGN_UNCACHED ? PAGE_UNCACHED :
						  PAGE_RW;
}

/*
 * Xen on Intel looks at each page of a leaf of I/O memory, which an uncached page is to it: those
 * leaves are small.
 */
static unsigned int flags_order(uint32_t flags)
{
	return flags & XEN_PMEM_ASSIGN_NO_2M ? ORDER_4K :
	       flags & (XEN_PMEM_ASSIGN_NO_1G | XEN_PMEM_ASSIGN_UNCACHED) ? ORDER_2M : ORDER_1G;
}

/*
 * 2 MiB in place of 1 GiB where the guest's tables go deeper already: they would take long to look
 * through.
 */
static uint64_t piece_size(struct domain *d, uint64_t mfn, uint64_t gfn, uint64_t left,
			   uint32_t flags)
{
	uint64_t n = piece_next(mfn, gfn, left, flags_order(flags));
	unsigned int type, order;

	if (n < 1ull << ORDER_1G)
		return n;
	if (leaf_is_walked(d))
		return 1ull << ORDER_2M;
	p2m_hold(d);
	p2m_get(d, gfn, &type, &order);
	p2m_let_go(d);
	return order >= ORDER_1G ? n : 1ull << ORDER_2M;
}

static bool piece_is_large(const struct piece *p) { return p->frames.count > 1ull << ORDER_2M; }

/* ---- one large piece, over several commands ---- */

/* MORE until all is taken back; then why the piece could not be mapped, once. */
static int large_undo(struct holding *h)
{
	uint64_t end = h->converted, taken = piece_take_back(h, &h->piece, &h->converted, false);
	int rc = h->failed;

	frames_return(h,
		      (struct frames){ h->piece.frames.first + h->converted, end - h->converted },
		      taken);
	if (h->converted)
		return MORE;
	command_refusal = h->why;
	h->piece.frames.count = 0;
	h->failed = 0;
	return rc;
}

static bool pieces_equal(const struct piece *a, const struct piece *b)
{
	return a->frames.first == b->frames.first && a->frames.count == b->frames.count &&
	       a->gfn == b->gfn && a->kind == b->kind;
}

static int large_convert(struct holding *h)
{
	uint64_t from = h->converted;
	int rc;

	tlb_flush();
	rc = piece_convert(h, &h->piece, &h->converted);
	if (h->range->host)
		frames_flush((struct frames){ h->piece.frames.first + from, h->converted - from });
	tlb_flush();
	return rc;
}

static int large_assign(struct holding *h, const struct piece *p)
{
	int rc;

	if (!pieces_equal(&h->piece, p)) {
		enum look look = piece_look(h->domain, p);

		if (look != LOOK_HOLE)
			return look == LOOK_MAPPED ? 0 : look_refuse(look);
		h->piece = *p;
		h->converted = 0;
	}
	rc = large_convert(h);
	if (rc == MORE || rc == -EAGAIN)
		return rc;
	if (!rc)
		rc = piece_map(h->domain, &h->piece);
	if (rc && rc != -EFAULT) {
		h->failed = rc;
		h->why = command_refusal;
		return large_undo(h);
	}
	h->piece.frames.count = h->converted = 0;
	return rc;
}

/* ---- a batch of small pieces, in one command ---- */

static void steps_undo(struct step *first, struct step *end)
{
	const char *line = command_refusal;
	struct step *s;

	/* All before the first is returned: TLBs are flushed once. */
	for (s = first; s < end; s++)
		s->taken = piece_take_back(s->h, &s->piece, &s->converted, true);
	for (s = first; s < end; s++)
		frames_return(s->h, s->piece.frames, s->taken);
	command_refusal = line;
}

/* Whether the command has done little yet, or has work left for the step and its way back. */
static bool step_is_affordable(const struct step *s)
{
	uint64_t cost = piece_convert_cost(s->h, &s->piece) +
			piece_map_cost(s->h->domain, &s->piece);

	return command_work <= WORK_LIMIT / 4 || command_work + 2 * cost <= WORK_LIMIT / 3 * 4;
}

/*
 * Metadata come first, and may be all that the command does. Then MORE means only that the work
 * limit is reached, which a step passes over.
 */
static int step_convert(struct step *s)
{
	const struct frames *f = &s->piece.frames;
	int rc;

	/*
	 * A large piece under way ends here: some of its pages may be this step's, and on their way
	 * back.
	 */
	s->h->piece.frames.count = s->h->converted = 0;
	rc = group_prepare(f->first, NULL);
	if (!rc)
		rc = group_prepare(f->first + f->count - 1, NULL);
	if (!rc && !step_is_affordable(s))
		rc = MORE;
	if (rc)
		return rc;
	do
		rc = piece_convert(s->h, &s->piece, &s->converted);
	while (rc == MORE);
	if (rc)
		steps_undo(s, s + 1);
	return rc;
}

static int step_begin(struct step *s)
{
	enum look look = piece_look(s->h->domain, &s->piece);

	s->there = look == LOOK_MAPPED;
	if (look != LOOK_HOLE)
		return s->there ? 0 : look_refuse(look);
	return step_convert(s);
}

/* What is to be uncached leaves the caches on every host. */
static void step_flush(const struct step *s)
{
	struct frames f = s->piece.frames;
	uint64_t i;

	if (s->piece.kind == PAGE_UNCACHED)
		for (i = 0; i < f.count; i++)
			page_uncache(f.first + i);
	else if (s->h->range->host)
		frames_flush(f);
}

/* TLBs go first: through a stale one a CPU could write into a line that was just flushed. */
static void steps_flush(const struct step *end)
{
	const struct step *s;

	tlb_flush();
	for (s = steps; s < end; s++)
		if (!s->there)
			step_flush(s);
}

/* A piece of which some may be mapped (EFAULT) stays the guest's. */
static int steps_map(struct xen_pmem_command *c, struct step *end)
{
	struct step *s;

	for (s = steps; s < end; s++) {
		int rc = s->there ? 0 : piece_map(s->h->domain, &s->piece);

		if (rc) {
			steps_undo(rc == -EFAULT ? s + 1 : s, end);
			return rc;
		}
		c->done += s->piece.frames.count << 12;
	}
	return 0;
}

/* ---- the list ---- */

/* The holding that the run at the byte `at` goes to. A piece of it that failed is undone first. */
static int run_open(const struct xen_pmem_command *c, struct cursor *cur, uint64_t at,
		    struct holding **h)
{
	int rc = list_run(c, cur, at);

	if (rc)
		return rc;
	if (!*h || (*h)->range != cur->range) {
		rc = holding_open(c, cur->range, cur->run.first, (c->gpa + at) >> 12, h);
		if (rc) {
			*h = NULL;
			return rc;
		}
	}
	return (*h)->failed ? large_undo(*h) : 0;
}

/* The piece at the byte `at` of the list. */
static int step_next(const struct xen_pmem_command *c, struct cursor *cur, uint64_t at,
		     struct holding **h, struct step *s)
{
	uint64_t gfn = (c->gpa + at) >> 12, n;

	if (!cur->run.count) {
		int rc = run_open(c, cur, at, h);

		if (rc)
			return rc;
	}
	n = piece_size((*h)->domain, cur->run.first, gfn, cur->run.count, c->flags);
	*s = (struct step){ .piece = { { cur->run.first, n }, gfn, flags_kind(c->flags) },
			    .h = *h };
	return 0;
}

/* Whether the step can follow others in a batch. It must not need metadata: they cost too much. */
static bool step_fits(const struct step *s, uint64_t planned)
{
	const struct frames *f = &s->piece.frames;

	return !piece_is_large(&s->piece) && group_live(f->first) &&
	       group_live(f->first + f->count - 1) &&
	       command_work + planned + piece_convert_cost(s->h, &s->piece) <= BATCH_WORK;
}

/* As many small pieces as fit into the command, at least one; or a single large one. */
static int batch_assign(struct xen_pmem_command *c, struct cursor *cur, struct holding **h)
{
	uint64_t at = c->done, planned = 0;
	struct step *s = steps;
	int rc = 0, failed;

	while (s < steps + BATCH && at < c->length && command_work + planned < BATCH_WORK) {
		rc = step_next(c, cur, at, h, s);
		if (rc || (s != steps && !step_fits(s, planned)))
			break;
		if (piece_is_large(&s->piece)) {
			rc = large_assign(s->h, &s->piece);
			if (rc)
				return rc;
			list_advance(cur, s->piece.frames.count);
			c->done += s->piece.frames.count << 12;
			return 0;
		}
		rc = step_begin(s);
		if (rc)
			break;
		list_advance(cur, s->piece.frames.count);
		at += s->piece.frames.count << 12;
		planned += piece_map_cost(s->h->domain, &s->piece);
		s++;
	}
	steps_flush(s);
	failed = steps_map(c, s);
	return failed ? failed : rc;
}

static int list_assign(struct xen_pmem_command *c)
{
	struct cursor cur = { .index = 0 };
	struct holding *h = NULL;
	int rc = 0;

	list_forget();
	while (c->done < c->length && command_work < BATCH_WORK && !rc)
		rc = batch_assign(c, &cur, &h);
	return rc;
}

/* ---- the operations ---- */

#define FIRST_LOOKUPS	2048u

/*
 * What would be refused on the way is refused at the start, if it is not far to find: then nothing
 * has changed.
 */
static int assign_begin(struct holding *h, const struct xen_pmem_command *c)
{
	struct piece all = { command_frames(c), c->gpa >> 12, flags_kind(c->flags) };
	enum look look;

	if (h->range->assigned - h->pages + all.frames.count > h->range->frames.count)
		return REFUSE(EBUSY, "pages of the range are another guest's");
	look = c->done ? LOOK_HOLE : piece_glance(h->domain, &all, FIRST_LOOKUPS);
	return look == LOOK_OTHER || look == LOOK_KIND ? look_refuse(look) : 0;
}

static int assign_check(const struct xen_pmem_command *c, const struct range *r)
{
	struct frames f = command_frames(c);

	if (!range_ready(r))
		return REFUSE(ENOENT, "the range is not served yet");
	if (frames_intersect(f, r->frames).count != f.count)
		return REFUSE(EINVAL, "the pages are not inside of the range");
	if (media_bad(f))
		return REFUSE(EIO, MEDIA_REFUSAL);
	return address_check(c);
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
	groups_keep();
	rc = h->failed ? large_undo(h) : assign_begin(h, c);
	if (!rc)
		rc = list_assign(c);
	holding_drop_if_empty(h);
	return rc;
}

int holding_assign_extents(struct xen_pmem_command *c)
{
	int rc = address_check(c);

	list_forget();
	if (!rc && !c->done)
		rc = list_check(c);
	if (rc)
		return rc;
	groups_keep();
	rc = list_assign(c);
	holdings_drop_empty(c->domain);
	return rc;
}
