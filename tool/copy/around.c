// SPDX-License-Identifier: GPL-2.0-only
/* Reads a backend page by page where it has to, around blocks that cannot be read. */
#include "copy/around.h"

#include <string.h>

#define PAGE	4096u

static bool overlaps(uint64_t at, size_t len, uint64_t start, uint64_t length)
{
	return start < at + len && at < start + length;
}

/* dom0 knows that a block of the page is bad, or the copy so far has met it. */
static bool page_is_bad(const struct copy *c, uint64_t at, size_t len)
{
	const struct xenpmem_namespace *ns = c->is_namespace ? c->lending.ns : NULL;
	unsigned int i;

	if (description_bad_at(&c->description, at))
		return true;
	for (i = 0; ns && i < ns->nr_bad && i < XENPMEM_BAD_MAX; i++)
		if (overlaps(at, len, ns->bad[i].offset, ns->bad[i].length))
			return true;
	return false;
}

static size_t page_len(size_t len, size_t page)
{
	return len - page < PAGE ? len - page : PAGE;
}

static int page_skip(struct copy *c, uint64_t at, size_t from, size_t len)
{
	memset(c->chunk + from, 0, len);
	if (description_bad_add(&c->description, at + from, len))
		return EXIT_DONE;
	return refuse(c->backend, "it has more than %u runs of bad blocks, so it cannot be copied",
		      DESCRIPTION_BAD_MAX);
}

/* Bytes [from, to) of the chunk, page by page. */
static int pages_read(struct copy *c, uint64_t at, size_t from, size_t to)
{
	int rc = EXIT_DONE;
	size_t len;

	for (; from < to && !rc; from += len) {
		len = page_len(to, from);
		rc = endpoint_read(&c->endpoint, at + from, c->chunk + from, len);
		if (rc && c->endpoint.met_bad)
			rc = page_skip(c, at, from, len);
	}
	return rc;
}

static int run_read(struct copy *c, uint64_t at, size_t from, size_t to)
{
	int rc = endpoint_read(&c->endpoint, at + from, c->chunk + from, to - from);

	return rc && c->endpoint.met_bad ? pages_read(c, at, from, to) : rc;
}

int around_read(struct copy *c, uint64_t at, size_t len)
{
	size_t from, to;
	int rc = EXIT_DONE;

	c->endpoint.skips_bad = c->skips_bad;
	for (from = 0; from < len && !rc; from = to) {
		for (to = from; to < len && !page_is_bad(c, at + to, page_len(len, to));)
			to += page_len(len, to);
		if (to > from)
			rc = run_read(c, at, from, to);
		if (rc || to == len)
			continue;
		from = to;
		to += page_len(len, to);
		rc = page_skip(c, at, from, to - from);
	}
	return rc;
}

void around_warn(const struct copy *c)
{
	unsigned int i;

	for (i = 0; i < c->description.nr_bad; i++)
		warn(c->backend, "bytes %llu to %llu cannot be read: the image has zeros there",
		     (unsigned long long)c->description.bad[i].offset,
		     (unsigned long long)(c->description.bad[i].offset +
					  c->description.bad[i].length - 1));
}
