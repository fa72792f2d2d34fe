// SPDX-License-Identifier: LGPL-2.1-only
/*
 * Clears bad blocks as a guest asks in the mailbox of its scrub page (core/scrub.h). Page by page:
 *
 *   1. what was in it is erased, and so nobody has it (ERASE)
 *   2. the driver has the platform clear it; dom0 lists it no more (CLEAR)
 *   3. what the platform has put there is erased (ERASE)
 *   4. it becomes the guest's (ASSIGN)
 *   5. the scrub page shows it no more, and the mailbox has the answer
 *
 * Whoever is killed before step 2 is done leaves a bad block, with which the next one begins anew;
 * after it the next one changes no byte of the page.
 */
#include <string.h>
#include <sys/mman.h>

#include "guest.h"
#include "guest_note.h"
#include "pin_ioctl.h"

#define CLEAR_PAGES	16u		/* of a request; the guest asks for the rest */

/* The guest may have given the page up; or have another page of its own there, which it harms. */
static uint8_t *page_map(xenpmem_handle *h, uint32_t domid, uint64_t gpa, int prot)
{
	const xen_pfn_t gfn = gpa / PAGE;

	if (handle_need_foreign(h))
		return NULL;
	return xenforeignmemory_map(h->foreign, domid, prot, 1, &gfn, NULL);
}

int xenpmem_guest_scrub(xenpmem_handle *h, uint32_t domid, uint64_t *gpa)
{
	struct note note;
	int rc;

	rc = note_read(h, domid, &note);
	if (rc)
		return rc;
	*gpa = note.scrub_gpa;
	return *gpa ? 0 : fail(h, -ENOENT, "domain %u has no scrub page", domid);
}

bool xenpmem_guest_asks(xenpmem_handle *h, uint32_t domid, uint64_t gpa)
{
	uint8_t *page = page_map(h, domid, gpa, PROT_READ);
	struct scrub_ask ask;
	bool asks;

	if (!page)
		return false;
	asks = scrub_ask_read(page, &ask);
	xenforeignmemory_unmap(h->foreign, page, 1);
	return asks;
}

/* ---- one page ---- */

struct target {
	uint32_t domid, flags;
	struct xenpmem_range range;	/* the page's, of the range that has it */
	uint64_t gpa;
};

/* A page that Xen has noted may be one that the guest has lost, and that is its own still. */
static int page_check(xenpmem_handle *h, const struct target *t)
{
	struct xenpmem_media_error media;
	uint32_t i;
	int rc;

	for (i = 0; !(rc = xenpmem_query_media(h, i, &media)); i++)
		if (round_down(media.spa, PAGE) == t->range.spa)
			return fail(h, -EBUSY, "Xen has met the bad block at %#llx: it is cleared "
				    "when no guest has it", (unsigned long long)media.spa);
	return rc == -ENOENT ? 0 : rc;
}

static int page_erase(xenpmem_handle *h, const struct target *t)
{
	uint64_t done = 0;

	return xenpmem_erase_part(h, &t->range, &done, t->range.length);
}

static int page_clear(xenpmem_handle *h, const struct target *t, bool *was_bad)
{
	uint64_t bad = 0;
	int rc;

	rc = page_check(h, t);
	if (!rc)
		rc = bad_clear(h, t->range.spa, PAGE, true, &bad);
	*was_bad = !rc && bad;
	if (*was_bad) {
		rc = page_erase(h, t);
		if (!rc)
			rc = bad_clear(h, t->range.spa, PAGE, false, &bad);
		if (!rc)
			rc = page_erase(h, t);
	}
	return rc ? rc : xenpmem_assign(h, t->domid, &t->range, t->gpa, t->flags);
}

/* ---- a request ---- */

static const struct vnvdimm *asked_vnvdimm(const struct note *note, const struct scrub_ask *ask)
{
	const struct vnvdimm *v;

	if (!ask->length || (ask->gpa | ask->length) % PAGE)
		return NULL;
	for (v = note->v; v < note->v + note->nr; v++)
		if (ask->gpa >= v->gpa && ask->gpa - v->gpa < v->length &&
		    ask->length <= v->length - (ask->gpa - v->gpa))
			return v;
	return NULL;
}

/* *t: the first page. Nothing has been touched yet. */
static int ask_check(xenpmem_handle *h, const struct note *note, const struct scrub_ask *ask,
		     struct target *t)
{
	const struct vnvdimm *v = asked_vnvdimm(note, ask);
	struct xenpmem_served served;
	uint64_t offset;

	if (!v)
		return fail(h, -EINVAL, "it asks for what is not whole pages of a vNVDIMM of its");
	if (v->flags & VNVDIMM_NOT_ARMED)
		return fail(h, -EROFS, "this vNVDIMM is read-only");
	if (xenpmem_range_find(h, v->uuid, &served) || served.state != XEN_PMEM_RANGE_SERVED)
		return fail(h, -EOPNOTSUPP, "this vNVDIMM is a file or device: clear it in dom0");
	offset = v->part_offset + (ask->gpa - v->gpa);
	if (offset >= served.range.length || ask->length > served.range.length - offset)
		return fail(h, -EINVAL, "the vNVDIMM is longer than its namespace");
	t->range = served.range;
	t->range.spa += offset;
	t->range.length = PAGE;
	t->gpa = ask->gpa;
	t->flags = XEN_PMEM_ASSIGN_RUNNING;
	return 0;
}

static int pages_clear(xenpmem_handle *h, struct target t, uint64_t length,
		       struct xenpmem_cleared *done)
{
	const uint64_t most = CLEAR_PAGES * PAGE;
	bool was_bad;
	int rc = 0;

	done->spa = t.range.spa;
	for (; done->bytes < length && done->bytes < most; done->bytes += PAGE) {
		rc = page_clear(h, &t, &was_bad);
		if (rc)
			break;
		done->bad += was_bad;
		t.range.spa += PAGE;
		t.gpa += PAGE;
	}
	return rc;
}

static enum scrub_status status_of(int rc)
{
	return !rc ? SCRUB_DONE : rc == -EINVAL ? SCRUB_INVALID :
	       rc == -EOPNOTSUPP || rc == -EROFS ? SCRUB_UNSUPPORTED : SCRUB_FAILED;
}

/* What was done before a failure counts: the guest asks for the rest. */
static int ask_answer(xenpmem_handle *h, uint32_t domid, const struct note *note, uint8_t *page,
		      struct xenpmem_cleared *done)
{
	struct target t = { .domid = domid };
	struct scrub_ask ask;
	int rc;

	if (!scrub_ask_read(page, &ask))
		return 0;
	rc = ask_check(h, note, &ask, &t);
	if (!rc)
		rc = pages_clear(h, t, ask.length, done);
	if (done->bytes)
		guest_scrub_cut(page, &(struct scrub_place){ ask.gpa, done->bytes });
	scrub_ask_answer(page, ask.number, done->bytes ? SCRUB_DONE : status_of(rc), done->bytes);
	return rc;
}

int xenpmem_guest_clear(xenpmem_handle *h, uint32_t domid, struct xenpmem_cleared *done)
{
	struct note note;
	uint8_t *page;
	int rc;

	*done = (struct xenpmem_cleared){ 0 };
	rc = note_read(h, domid, &note);
	if (rc || !note.scrub_gpa)
		return rc;
	page = page_map(h, domid, note.scrub_gpa, PROT_READ | PROT_WRITE);
	if (!page)
		return fail(h, -EFAULT, "the guest's page at %#llx cannot be mapped: %s",
			    (unsigned long long)note.scrub_gpa, strerror(errno));
	rc = ask_answer(h, domid, &note, page, done);
	xenforeignmemory_unmap(h->foreign, page, 1);
	return rc;
}
