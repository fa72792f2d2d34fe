// SPDX-License-Identifier: LGPL-2.1-only
/*
 * Which pages of a namespace a guest does not get: those with a bad block that dom0's Linux knows,
 * and those of which Xen has noted an error. The pages in between are assigned; what is left out is
 * a hole in the guest's map, where neither the guest nor Xen on its behalf can read.
 */
#include <string.h>

#include "guest.h"

/* At index i, where it belongs; those that it touches become one with it. */
static int page_range_put(xenpmem_handle *h, struct xenpmem_vnvdimm *v, unsigned int i,
			  uint64_t from, uint64_t to)
{
	struct xenpmem_bad *bad = v->bad;
	unsigned int end = i;

	for (; end < v->nr_bad && bad[end].offset <= to; end++) {
		from = bad[end].offset < from ? bad[end].offset : from;
		to = bad[end].offset + bad[end].length > to ? bad[end].offset + bad[end].length :
							      to;
	}
	if (end == i && v->nr_bad == XENPMEM_VNVDIMM_BAD_MAX)
		return fail(h, -ENOSPC, "it has more than %u ranges of pages with bad blocks",
			    XENPMEM_VNVDIMM_BAD_MAX);
	memmove(&bad[i + 1], &bad[end], (v->nr_bad - end) * sizeof(*bad));
	v->nr_bad -= end - i;
	bad[i] = (struct xenpmem_bad){ from, to - from };
	v->nr_bad++;
	return 0;
}

/* Host addresses; the part of them that is of this vNVDIMM, in whole pages. */
static int bad_add(xenpmem_handle *h, struct xenpmem_vnvdimm *v, uint64_t spa, uint64_t length)
{
	uint64_t first = v->backing.spa, end = first + v->backing.length;
	uint64_t from = spa > first ? round_down(spa, PAGE) - first : 0, to;
	unsigned int i = 0;

	if (!length || spa >= end || spa + length <= first)
		return 0;
	to = spa + length < end ? round_up(spa + length, PAGE) - first : v->backing.length;
	while (i < v->nr_bad && v->bad[i].offset + v->bad[i].length < from)
		i++;
	return page_range_put(h, v, i, from, to);
}

static int noted_add(xenpmem_handle *h, struct xenpmem_vnvdimm *v)
{
	struct xenpmem_media_error media;
	struct error error = h->error;
	uint32_t i;
	int rc;

	for (i = 0; !(rc = xenpmem_query_media(h, i, &media)); i++) {
		rc = bad_add(h, v, media.spa, 1);
		if (rc)
			return rc;
	}
	if (rc != -ENOENT)
		return rc;
	h->error = error;
	return 0;
}

int xenpmem_vnvdimm_find_bad(xenpmem_handle *h, const struct xenpmem_namespace *ns,
			     struct xenpmem_vnvdimm *v)
{
	unsigned int i;
	int rc = 0;

	v->nr_bad = 0;
	if (ns->nr_bad > XENPMEM_BAD_MAX)
		return fail(h, -ENOSPC, "it has more than %u ranges of bad blocks",
			    XENPMEM_BAD_MAX);
	for (i = 0; i < ns->nr_bad && !rc; i++)
		rc = bad_add(h, v, ns->range.spa + ns->bad[i].offset, ns->bad[i].length);
	if (!rc)
		rc = noted_add(h, v);
	if (!rc && v->nr_bad && v->bad[0].length == v->backing.length)
		rc = fail(h, -EIO, "each of its pages has a bad block");
	return rc;
}

int good_parts_each(xenpmem_handle *h, const struct xenpmem_vnvdimm *v, good_part *call, void *arg)
{
	uint64_t at = 0, end;
	unsigned int i;
	int rc = 0;

	for (i = 0; i <= v->nr_bad && !rc; i++) {
		end = i < v->nr_bad ? v->bad[i].offset : v->backing.length;
		if (end > at)
			rc = call(h, arg, at, end - at);
		at = i < v->nr_bad ? end + v->bad[i].length : end;
	}
	return rc;
}
