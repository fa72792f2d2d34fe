// SPDX-License-Identifier: LGPL-2.1-only
/*
 * Moves the pages of a pinned file or device between dom0 and a guest. To the guest: reads the
 * file's extents, has the driver hide them in batches, joins the host addresses that the driver
 * reports, and gives Xen lists of them, which become contiguous in the guest. Back: has the driver
 * show them again. Memory holds one batch at a time.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "path_fiemap.h"
#include "path_pages.h"

#define EACH	XEN_PMEM_EXTENTS_MAX

_Static_assert(sizeof(struct xen_pmem_extent) == sizeof(struct xen_pmem_span),
	       "the driver's list is Xen's");

struct stitch {
	unsigned long request;			/* HIDE or SHOW */
	uint8_t uuid[16];
	struct xen_pmem_piece pieces[XEN_PMEM_PIECES_MAX];
	unsigned int nr_pieces;
	uint64_t length;			/* of the pieces */
	/* For HIDE alone: */
	uint32_t domid, flags;
	uint64_t gpa;				/* of the list's first byte */
	struct xen_pmem_span spans[EACH];	/* of one call of the driver */
	struct xen_pmem_extent list[EACH];
	unsigned int nr_list;
	uint64_t list_length;
	uint64_t given, total;			/* bytes, for progress */
	xenpmem_progress *progress;		/* the caller's */
	void *progress_arg;
};

static void stitch_progress(const struct stitch *s, uint64_t done)
{
	if (s->progress)
		s->progress(s->progress_arg,
			    s->request == XEN_PMEM_IOC_HIDE ? "assign" : "give back", done,
			    s->total);
}

/* The progress of one list, for a caller who sees that of all. */
static void list_progress(void *arg, const char *what, uint64_t done, uint64_t total)
{
	const struct stitch *s = arg;

	(void)what;
	(void)total;
	stitch_progress(s, s->given + done);
}

/*
 * A list is given once its last element is complete, so that no large leaf is split between two
 * lists.
 */
static int list_give(xenpmem_handle *h, struct stitch *s)
{
	int rc;

	if (!s->nr_list)
		return 0;
	h->progress = list_progress;
	h->progress_arg = s;
	rc = xenpmem_assign_extents(h, s->domid, s->list, s->nr_list, s->gpa, s->flags);
	h->progress = s->progress;
	h->progress_arg = s->progress_arg;
	if (rc)
		return rc;
	s->gpa += s->list_length;
	s->given += s->list_length;
	s->nr_list = 0;
	s->list_length = 0;
	return 0;
}

static int span_take(xenpmem_handle *h, struct stitch *s, const struct xen_pmem_span *span)
{
	struct xen_pmem_extent *last = s->nr_list ? &s->list[s->nr_list - 1] : NULL;
	int rc;

	if (last && last->spa + last->length == span->spa) {
		last->length += span->length;
		s->list_length += span->length;
		return 0;
	}
	if (s->nr_list == EACH) {
		rc = list_give(h, s);
		if (rc)
			return rc;
	}
	s->list[s->nr_list++] = (struct xen_pmem_extent){ .spa = span->spa,
							  .length = span->length };
	s->list_length += span->length;
	return 0;
}

/* Calls the driver until it has done all pieces. */
static int pieces_do(xenpmem_handle *h, struct stitch *s)
{
	struct xen_pmem_pages pages = { .pieces = (uintptr_t)s->pieces, .nr = s->nr_pieces };
	const bool hide = s->request == XEN_PMEM_IOC_HIDE;
	uint32_t i;
	int rc = 0;

	while (!rc && pages.done < s->length) {
		pages.extents = hide ? (uintptr_t)s->spans : 0;
		pages.room = hide ? EACH : 0;
		rc = pin_pages(h, s->request, s->uuid, &pages);
		for (i = 0; hide && !rc && i < pages.used; i++)
			rc = span_take(h, s, &s->spans[i]);
		stitch_progress(s, hide ? s->given : s->given + pages.done);
	}
	if (!hide)
		s->given += s->length;
	s->nr_pieces = 0;
	s->length = 0;
	return rc;
}

static int extent_take(xenpmem_handle *h, void *arg, const struct extent *extent)
{
	struct stitch *s = arg;

	s->pieces[s->nr_pieces++] = (struct xen_pmem_piece){ extent->physical, extent->length };
	s->length += extent->length;
	return s->nr_pieces == XEN_PMEM_PIECES_MAX ? pieces_do(h, s) : 0;
}

/* fd: -1 for a device, which is one extent. */
static int stitch_all(xenpmem_handle *h, struct stitch *s, int fd, uint64_t offset, uint64_t length)
{
	const struct extent whole = { offset, offset, length };
	int rc;

	s->total = length;
	s->progress = h->progress;
	s->progress_arg = h->progress_arg;
	rc = fd < 0 ? extent_take(h, s, &whole) :
		fiemap_each(h, fd, offset, length, s->request == XEN_PMEM_IOC_SHOW, extent_take, s);
	if (!rc && s->nr_pieces)
		rc = pieces_do(h, s);
	return rc ? rc : list_give(h, s);
}

int path_assign(xenpmem_handle *h, uint32_t domid, const struct xenpmem_vnvdimm *v, uint32_t flags)
{
	struct stitch *s = calloc(1, sizeof(*s));
	int rc;

	if (!s)
		return fail(h, -ENOMEM, "no memory for lists of extents");
	s->request = XEN_PMEM_IOC_HIDE;
	s->domid = domid;
	s->flags = flags;
	s->gpa = v->gpa;
	memcpy(s->uuid, v->path.uuid, sizeof(s->uuid));
	rc = stitch_all(h, s, v->path.kind == XENPMEM_PATH_FILE ? v->path.fd : -1, v->offset,
			v->backing.length);
	free(s);
	return rc;
}

static int pages_show(xenpmem_handle *h, const struct xen_pmem_pin *pin)
{
	struct stitch *s = calloc(1, sizeof(*s));
	int rc = 0, fd = -1;

	if (!s)
		return fail(h, -ENOMEM, "no memory for lists of extents");
	s->request = XEN_PMEM_IOC_SHOW;
	memcpy(s->uuid, pin->uuid, sizeof(s->uuid));
	if (pin->kind == XEN_PMEM_PIN_FILE) {
		fd = pin_open(h, pin->uuid);
		rc = fd < 0 ? fd : 0;
	}
	if (!rc)
		rc = stitch_all(h, s, fd, 0, pin->size);
	if (fd >= 0)
		close(fd);
	free(s);
	return rc;
}

int xenpmem_unpin(xenpmem_handle *h, const uint8_t uuid[16], uint32_t domid)
{
	struct xen_pmem_pin pin;
	int rc;

	rc = pin_find(h, uuid, &pin);
	if (rc)
		return rc == -ENOENT ? fail(h, rc, "not pinned") : rc;
	if (pin.domain != domid)
		return fail(h, -ENOENT, "pinned for domain %u, not %u", pin.domain, domid);
	if (pin.hidden)
		rc = pages_show(h, &pin);
	return rc ? rc : pin_end(h, uuid);
}
