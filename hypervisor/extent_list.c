// SPDX-License-Identifier: GPL-2.0-only
/* Reads and checks the list of extents, and makes runs of extents that adjoin. */
#include "extent_list.h"

#include "answer.h"
#include "noted.h"

#define EXTENTS_READ	128u	/* at once */

static struct xen_pmem_extent extents[EXTENTS_READ];
static uint32_t extents_first, extents_read;

void list_forget(void) { extents_read = 0; }

static uint32_t list_count(const struct xen_pmem_command *c)
{
	return c->op == XEN_PMEM_OP_ASSIGN ? 1 : c->index;
}

static int extents_fill(const struct xen_pmem_command *c, uint32_t i)
{
	const char *from = (const char *)c->list + i * sizeof(*extents);
	uint32_t left = c->index - i;

	extents_first = i;
	extents_read = left < EXTENTS_READ ? left : EXTENTS_READ;
	command_work += extents_read / 16;
	if (!copy_from_guest_pv(extents, from, extents_read * sizeof(*extents)))
		return 0;
	list_forget();
	return REFUSE(EFAULT, "the list of extents cannot be read");
}

static int extent_get(const struct xen_pmem_command *c, uint32_t i, struct xen_pmem_extent *e)
{
	int rc = 0;

	if (c->op == XEN_PMEM_OP_ASSIGN) {
		*e = (struct xen_pmem_extent){ c->spa, c->length };
		return 0;
	}
	if (i - extents_first >= extents_read)
		rc = extents_fill(c, i);
	if (!rc)
		*e = extents[i - extents_first];
	return rc;
}

/* *r: where to look for its range first; becomes that range. */
static int extent_check(const struct xen_pmem_extent *e, struct range **r)
{
	struct frames f = { e->spa >> 12, e->length >> 12 };

	if ((e->spa | e->length) & 4095 || !e->length || e->spa + e->length - 1 < e->spa)
		return REFUSE(EINVAL, "an extent is empty, wraps or is not aligned");
	if (!*r || frames_intersect(f, (*r)->frames).count != f.count)
		*r = range_around(f);
	if (!*r || !range_ready(*r))
		return REFUSE(EINVAL, "an extent is not inside of a range that is served");
	return media_bad(f) ? REFUSE(EIO, MEDIA_REFUSAL) : 0;
}

int list_check(const struct xen_pmem_command *c)
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
static int cursor_seek(const struct xen_pmem_command *c, struct cursor *cur, uint64_t at,
		       struct xen_pmem_extent *e)
{
	for (; cur->index < list_count(c); cur->index++) {
		int rc = extent_get(c, cur->index, e);

		if (rc || at - cur->start < e->length)
			return rc;
		cur->start += e->length;
	}
	return REFUSE(EINVAL, "the extents' lengths do not add up");
}

/*
 * Adds what adjoins in the same range. An extent that is wrong ends the run, and is refused when it
 * is its turn.
 */
static void run_extend(const struct xen_pmem_command *c, struct cursor *cur, uint64_t left)
{
	uint32_t i;

	for (i = cur->index + 1; i < list_count(c) && cur->run.count < left; i++) {
		struct range *other = cur->range;
		struct xen_pmem_extent e;

		if (extent_get(c, i, &e) || extent_check(&e, &other) || other != cur->range ||
		    e.spa >> 12 != cur->run.first + cur->run.count)
			break;
		cur->run.count += e.length >> 12;
	}
	if (cur->run.count > left)
		cur->run.count = left;
}

int list_run(const struct xen_pmem_command *c, struct cursor *cur, uint64_t at)
{
	struct xen_pmem_extent e;
	uint64_t offset;
	int rc = cursor_seek(c, cur, at, &e);

	if (!rc)
		rc = extent_check(&e, &cur->range);
	if (rc)
		return rc;
	offset = (at - cur->start) >> 12;
	cur->run = (struct frames){ (e.spa >> 12) + offset, (e.length >> 12) - offset };
	run_extend(c, cur, (c->length - at) >> 12);
	return 0;
}

void list_advance(struct cursor *cur, uint64_t pages)
{
	cur->run.first += pages;
	cur->run.count -= pages;
}
