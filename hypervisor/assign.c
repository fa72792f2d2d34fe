// SPDX-License-Identifier: GPL-2.0-only
/*
 * Many pieces of memory for one guest: takes a list of extents, each within a served range, and maps them into the guest one after the other.
 *
 * Pieces of up to 2 MiB go in batches, each within one command: all of them are converted, then TLBs and caches are flushed once for all, then they
 * are mapped, each over a hole. Larger ones go one by one, as for a plain ASSIGN. In between nothing is remembered but what the pages themselves say.
 *
 * The list is the caller's memory and may change at any time: each extent is checked whenever it is read, and each page by its state.
 */
#include "extension.h"

#define CHUNK	128u	/* extents read at once */
#define BATCH	128u	/* pieces */
#define BATCH_WORK	(WORK_LIMIT / 8 * 5)	/* no more is begun then: the last piece, or the way back, may take the rest */

static struct xen_pmem_extent chunk[CHUNK];
static uint32_t chunk_first, chunk_count;

static struct step {
	struct piece piece;
	struct holding *h;
	bool there;		/* the guest has it by an ASSIGN before */
	uint64_t taken;		/* pages of it that were taken back */
} steps[BATCH];

/* Where in the list the work is. */
struct cursor {
	uint32_t index;		/* an extent, */
	uint64_t start;		/* how many bytes of the list are before it, */
	struct frames run;	/* what is left of it and of those that adjoin it, */
	struct holding *h;	/* all in one range */
};

/* ---- the list ---- */

static int extent_get(const struct xen_pmem_command *c, uint32_t i, struct xen_pmem_extent *e)
{
	uint32_t left = c->index - i;

	if (c->op == XEN_PMEM_OP_ASSIGN) {
		*e = (struct xen_pmem_extent){ c->spa, c->length };
		return 0;
	}
	if (i - chunk_first >= chunk_count) {
		chunk_first = i;
		chunk_count = left < CHUNK ? left : CHUNK;
		work += chunk_count / 16;
		if (copy_from_guest_pv(chunk, (const char *)c->list + i * sizeof(*chunk), chunk_count * sizeof(*chunk))) {
			chunk_count = 0;
			return REFUSE(EFAULT, "the list of extents cannot be read");
		}
	}
	*e = chunk[i - chunk_first];
	return 0;
}

static uint32_t extents_count(const struct xen_pmem_command *c) { return c->op == XEN_PMEM_OP_ASSIGN ? 1 : c->index; }

static struct frames extent_frames(const struct xen_pmem_extent *e) { return (struct frames){ e->spa >> 12, e->length >> 12 }; }

/* Its range; *r is where to look first. */
static int extent_check(const struct xen_pmem_extent *e, struct range **r)
{
	struct frames f = extent_frames(e);

	if ((e->spa | e->length) & 4095 || !e->length || e->spa + e->length - 1 < e->spa)
		return REFUSE(EINVAL, "an extent is empty, wraps or is not aligned");
	if (!*r || frames_intersect(f, (*r)->frames).count != f.count)
		*r = range_around(f);
	return *r && range_ready(*r) ? 0 : REFUSE(EINVAL, "an extent is not inside of a range that is served");
}

/* Before the first page: then nothing has changed. */
static int list_check(const struct xen_pmem_command *c)
{
	uint64_t left = c->length;
	struct range *r = NULL;
	uint32_t i;

	for (i = 0; i < c->index; i++) {
		struct xen_pmem_extent e;
		int rc = extent_get(c, i, &e);

		if (!rc)
			rc = extent_check(&e, &r);
		if (rc)
			return rc;
		if (e.length > left)
			break;
		left -= e.length;
	}
	return i < c->index || left ? REFUSE(EINVAL, "the extents' lengths do not add up") : 0;
}

/* Moves on to the extent that the byte `at` of the list is in. */
static int cursor_seek(const struct xen_pmem_command *c, struct cursor *cur, uint64_t at, struct xen_pmem_extent *e)
{
	for (; cur->index < extents_count(c); cur->index++) {
		int rc = extent_get(c, cur->index, e);

		if (rc || at - cur->start < e->length)
			return rc;
		cur->start += e->length;
	}
	return REFUSE(EINVAL, "the extents' lengths do not add up");
}

/* Adds to the run what adjoins it in the same range; what is wrong behind it is refused when it is its turn. */
static void run_extend(const struct xen_pmem_command *c, struct cursor *cur, struct range *r, uint64_t left)
{
	uint32_t i;

	for (i = cur->index + 1; i < extents_count(c) && cur->run.count < left; i++) {
		struct range *other = r;
		struct xen_pmem_extent e;

		if (extent_get(c, i, &e) || extent_check(&e, &other) || other != r || e.spa >> 12 != cur->run.first + cur->run.count)
			break;
		cur->run.count += e.length >> 12;
	}
	if (cur->run.count > left)
		cur->run.count = left;
}

static int run_begin(const struct xen_pmem_command *c, struct cursor *cur, uint64_t at)
{
	struct xen_pmem_extent e;
	struct range *r = cur->h ? cur->h->range : NULL;
	uint64_t offset;
	int rc = cursor_seek(c, cur, at, &e);

	if (!rc)
		rc = extent_check(&e, &r);
	if (rc)
		return rc;
	offset = (at - cur->start) >> 12;
	cur->run = (struct frames){ (e.spa >> 12) + offset, (e.length >> 12) - offset };
	run_extend(c, cur, r, (c->length - at) >> 12);
	if (!cur->h || cur->h->range != r)
		rc = holding_open(c, r, cur->run.first, (c->gpa + at) >> 12, &cur->h);
	if (rc) {
		cur->h = NULL;
		return rc;
	}
	return cur->h->failed ? piece_undo(cur->h) : 0;
}

/* ---- a batch ---- */

/* Pages that are mapped nowhere; those of a host range dom0's devices reach whoever has them. */
static void run_undo(const struct step *s, struct frames run)
{
	uint64_t i;

	if (!run.count || (!s->h->range->host && iommu_deny(run, s->piece.kind)))
		return;
	work += run.count * (page_cost(s->piece.kind) + flush_cost(s->h->range));
	for (i = 0; i < run.count; i++)
		if (page_take(s->h, run.first + i))
			holding_count(s->h, run.first + i, -1);
}

/* The first n pages of the piece that are mapped nowhere, taken back from the guest. */
static void step_take(struct step *s, uint64_t n)
{
	const struct piece *p = &s->piece;
	struct frames run = { p->frames.first, 0 };
	const char *line = refusal;
	uint64_t i, rest, had = s->h->pages;
	unsigned int type, order;

	p2m_hold(s->h->domain);
	for (i = 0; i < n; i += rest, work += WORK_LOOKUP) {
		uint64_t mfn = p->frames.first + i, there = p2m_get(s->h->domain, p->gfn + i, &type, &order, false);

		rest = p2m_rest(p->gfn + i, order);	/* all of one entry is mapped, or is not */
		rest = rest < n - i ? rest : n - i;
		if (there != mfn) {
			run.count += rest;
			continue;
		}
		run_undo(s, run);
		run = (struct frames){ mfn + rest, 0 };
	}
	run_undo(s, run);
	p2m_let_go(s->h->domain);
	s->taken = had - s->h->pages;
	refusal = line;
}

/* Pages taken back, to whose they were. */
static void step_return(const struct step *s, uint64_t n)
{
	if (s->h->range->host)
		host_return((struct frames){ s->piece.frames.first, n }, s->taken);
}

static void step_undo(struct step *s, uint64_t n)
{
	step_take(s, n);
	step_return(s, n);
}

/* All are taken before the first goes on, so that TLBs are flushed once. */
static void steps_undo(unsigned int from, unsigned int nr)
{
	unsigned int i;

	for (i = from; i < nr; i++)
		if (!steps[i].there)
			step_take(&steps[i], steps[i].piece.frames.count);
	for (i = from; i < nr; i++)
		if (!steps[i].there)
			step_return(&steps[i], steps[i].piece.frames.count);
}

static int step_convert(struct step *s)
{
	const struct piece *p = &s->piece;
	uint64_t n = 0;

	/* Another piece that was under way is no more: some of its pages may be this one's, and on their way back. */
	s->h->piece.frames.count = s->h->converted = 0;
	while (n < p->frames.count) {
		struct frames rest = { p->frames.first + n, p->frames.count - n };
		struct frames group = { rest.first & ~(GROUP_FRAMES - 1), GROUP_FRAMES };
		struct piece part = { frames_intersect(rest, group), p->gfn + n, p->kind };
		int rc = group_prepare(rest.first);

		if (rc) {
			step_undo(s, n);
			return rc;
		}
		rc = pages_convert(s->h, &part);
		n += part.frames.count;
		if (rc) {
			step_undo(s, n);
			return rc;
		}
	}
	return 0;
}

static int step_begin(struct step *s)
{
	enum look look = piece_look(s->h->domain, &s->piece);

	s->there = look == LOOK_MAPPED;
	if (look != LOOK_HOLE)
		return s->there ? 0 : look_refuse(look);
	return step_convert(s);
}

/* Nobody else's TLB has the pages any more, and no cache has what dom0 wrote past it. */
static void steps_flush(unsigned int nr)
{
	unsigned int i;

	page_flush();
	for (i = 0; i < nr; i++)
		if (steps[i].h->range->host && !steps[i].there)
			host_flush(steps[i].piece.frames);
}

static int steps_map(struct xen_pmem_command *c, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		const struct step *s = &steps[i];
		int rc = s->there ? 0 : piece_map(s->h->domain, &s->piece);

		if (rc) {
			steps_undo(rc == -EFAULT ? i + 1 : i, nr);
			return rc;
		}
		c->done += s->piece.frames.count << 12;
	}
	return 0;
}

/* The piece at byte `at` of the list. */
static int step_next(const struct xen_pmem_command *c, struct cursor *cur, uint64_t at, struct step *s)
{
	uint64_t gfn = (c->gpa + at) >> 12, n;
	int rc;

	if (!cur->run.count) {
		rc = run_begin(c, cur, at);
		if (rc)
			return rc;
	}
	n = piece_size(cur->h->domain, cur->run.first, gfn, cur->run.count, c->flags);
	*s = (struct step){ .piece = { { cur->run.first, n }, gfn, kind_of(c->flags) }, .h = cur->h };
	return 0;
}

static void cursor_move(struct cursor *cur, uint64_t pages)
{
	cur->run.first += pages;
	cur->run.count -= pages;
}

static uint64_t map_cost(struct domain *d, const struct piece *p)
{
	uint64_t walk = leaf_is_walked(d) ? p->frames.count : 0;
	bool whole = !((p->frames.first | p->gfn | p->frames.count) & ((1ull << ORDER_2M) - 1));

	return WORK_LOOKUP + walk + (whole ? 1 : p->frames.count) * (WORK_CHANGE + iommu_guest_cost(d));
}

static uint64_t convert_cost(const struct step *s)
{
	return s->piece.frames.count * (page_cost(s->piece.kind) + flush_cost(s->h->range));
}

/* As many pieces as a batch holds, or a single large one. */
static int batch_assign(struct xen_pmem_command *c, struct cursor *cur)
{
	uint64_t at = c->done, planned = 0;
	unsigned int nr = 0;
	int rc = 0, failed;

	while (nr < BATCH && at < c->length && (!nr || work + planned < BATCH_WORK)) {
		struct step *s = &steps[nr];
		uint64_t n;

		rc = step_next(c, cur, at, s);
		n = s->piece.frames.count;
		if (rc || (nr && (n > 1ull << ORDER_2M || work + planned + convert_cost(s) > BATCH_WORK)))
			break;
		rc = n > 1ull << ORDER_2M ? piece_assign(s->h, &s->piece) : step_begin(s);
		if (rc)
			break;
		cursor_move(cur, n);
		at += n << 12;
		if (n > 1ull << ORDER_2M) {
			c->done = at;
			break;
		}
		planned += map_cost(s->h->domain, &s->piece);
		nr++;
	}
	steps_flush(nr);
	failed = steps_map(c, nr);
	return failed ? failed : rc;
}

int extents_loop(struct xen_pmem_command *c)
{
	struct cursor cur = { .index = 0 };
	int rc = 0;

	chunk_count = 0;
	while (c->done < c->length && work < BATCH_WORK && !rc)
		rc = batch_assign(c, &cur);
	return rc;
}

int extents_assign(struct xen_pmem_command *c)
{
	unsigned int i;
	int rc = address_check(c);

	chunk_count = 0;
	if (!rc && !c->done)
		rc = list_check(c);
	if (rc)
		return rc;
	groups_wanted();
	rc = extents_loop(c);
	for (i = 0; i < XEN_PMEM_HOLDINGS; i++)
		if (holdings[i].domain && domain_id(holdings[i].domain) == c->domain)
			holding_drop_if_empty(&holdings[i]);
	return rc;
}
