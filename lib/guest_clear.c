// SPDX-License-Identifier: LGPL-2.1-only
/*
 * Clears bad blocks as a guest asks in the mailbox of its scrub page (core/scrub.h). Page by page:
 *
 *   1. what dom0 lists is noted by Xen too, and gone from the guest's map (TAKE)
 *   2. the driver has the platform clear it; dom0 lists it no more (CLEAR)
 *   3. of a page that no guest has, what was in it is erased (ERASE)
 *   4. Xen forgets the note, and puts back what the guest has lost (RESTORE)
 *   5. what the guest has never had becomes its own (ASSIGN)
 *   6. the scrub page shows it no more, and the mailbox has the answer
 *
 * Whoever is killed before step 4 leaves a note, with which the next one begins anew; after it the
 * block is good, and the other steps change no byte of the page.
 */
#include <string.h>
#include <sys/mman.h>

#include "guest.h"
#include "guest_note.h"
#include "pin_ioctl.h"

/* Of a request; the guest asks for the rest. */
#define PAGES_MAX	16u		/* that are not good */
#define REQUEST_MAX	(64ull << 20)

#define NOTES_MAX	128u		/* in Xen's list */
#define LINE		64ull

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

/* ---- what is bad ---- */

struct place {
	uint64_t spa, gpa, length;
};

/* A request, and what may be bad for the guest. */
struct request {
	uint32_t domid;
	uint8_t uuid[16];			/* of the range */
	struct place all;
	struct scrub_place shown[SCRUB_PLACES];	/* by the guest's own list, which is not trusted */
	unsigned int nr_shown;
	uint64_t noted[NOTES_MAX];		/* by Xen: a byte of each page */
	unsigned int nr_noted;
};

static int noted_read(xenpmem_handle *h, struct request *r)
{
	struct xenpmem_media_error media;
	uint32_t i;
	int rc;

	for (i = 0; !(rc = xenpmem_query_media(h, i, &media)) && r->nr_noted < NOTES_MAX; i++)
		r->noted[r->nr_noted++] = media.spa;
	return rc == -ENOENT ? 0 : rc;
}

/* 0: Xen has noted no byte there. */
static uint64_t noted_at(const struct request *r, const struct place *at)
{
	unsigned int i;

	for (i = 0; i < r->nr_noted; i++)
		if (r->noted[i] - at->spa < at->length)
			return r->noted[i];
	return 0;
}

static bool place_is_shown(const struct request *r, const struct place *at)
{
	const struct scrub_place *p;

	for (p = r->shown; p < r->shown + r->nr_shown; p++)
		if (at->gpa - p->gpa < p->length || p->gpa - at->gpa < at->length)
			return true;
	return false;
}

/* *good: there is nothing to do. An error: dom0 lists what cannot be cleared. */
static int place_look(xenpmem_handle *h, const struct request *r, const struct place *at,
		      bool *good)
{
	uint64_t bad;
	int rc = bad_clear(h, at->spa, at->length, true, &bad);

	*good = !rc && !bad && !noted_at(r, at) && !place_is_shown(r, at);
	return rc;
}

/* ---- one page ---- */

/* What a guest has lost has its own data in it, as far as they can be read again. */
static int unowned_erase(xenpmem_handle *h, const struct xenpmem_range *page)
{
	uint64_t done = 0;
	int rc = xenpmem_erase_part(h, page, &done, page->length);

	return rc == -EBUSY ? 0 : rc;
}

/* dom0 lists it. */
static int bad_page_clear(xenpmem_handle *h, const struct xenpmem_range *page, uint64_t noted)
{
	uint64_t bad;
	int rc = 0;

	if (!noted)
		rc = xenpmem_pages_take(h, page->spa, PAGE);
	if (!rc)
		rc = bad_clear(h, page->spa, PAGE, false, &bad);
	if (!rc)
		rc = unowned_erase(h, page);
	return rc ? rc : xenpmem_pages_restore(h, page->spa, PAGE);
}

/* dom0 has yet to be told of what Xen alone knows: the driver clears what dom0 lists. */
static int listed_look(xenpmem_handle *h, uint64_t spa, uint64_t noted, uint64_t *bad)
{
	int rc = bad_clear(h, spa, PAGE, true, bad);

	if (rc || *bad || !noted)
		return rc;
	rc = xenpmem_bad_add(h, round_down(noted, LINE), LINE);
	return rc < 0 ? rc : bad_clear(h, spa, PAGE, true, bad);
}

static int page_clear(xenpmem_handle *h, const struct request *r, const struct place *at,
		      bool *was_bad)
{
	struct xenpmem_range page = { .spa = at->spa, .length = PAGE };
	const uint64_t noted = noted_at(r, at);
	uint64_t bad;
	int rc;

	memcpy(page.uuid, r->uuid, sizeof(page.uuid));
	rc = listed_look(h, page.spa, noted, &bad);
	*was_bad = !rc && bad;
	if (*was_bad)
		rc = bad_page_clear(h, &page, noted);
	return rc ? rc : xenpmem_assign(h, r->domid, &page, at->gpa, XEN_PMEM_ASSIGN_RUNNING);
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

/* Fills in *r. Nothing has been touched yet. */
static int ask_check(xenpmem_handle *h, const struct note *note, const struct scrub_ask *ask,
		     struct request *r)
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
	memcpy(r->uuid, served.range.uuid, sizeof(r->uuid));
	r->all = (struct place){ served.range.spa + offset, ask->gpa, ask->length };
	return noted_read(h, r);
}

/* The first bytes of a place, `most` at most. */
static struct place place_start(const struct place *p, uint64_t most)
{
	return (struct place){ p->spa, p->gpa, p->length < most ? p->length : most };
}

/*
 * A guest may ask for all that it is about to write, of which one block is bad: what is good is
 * passed over in large steps.
 */
static int request_do(xenpmem_handle *h, const struct request *r, struct xenpmem_cleared *done)
{
	struct place left = place_start(&r->all, REQUEST_MAX), at;
	unsigned int pages = 0;
	bool good, was_bad;
	int rc = 0;

	while (!rc && left.length && pages < PAGES_MAX) {
		at = place_start(&left, XEN_PMEM_CLEAR_MAX);
		rc = place_look(h, r, &at, &good);
		if (!rc && !good) {
			at.length = PAGE;
			rc = place_look(h, r, &at, &good);
		}
		was_bad = false;
		if (!rc && !good) {
			rc = page_clear(h, r, &at, &was_bad);
			pages++;
		}
		if (rc)
			break;
		done->bad += was_bad;
		done->bytes += at.length;
		left = (struct place){ left.spa + at.length, left.gpa + at.length,
				       left.length - at.length };
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
	struct request r = { .domid = domid };
	uint8_t copy[SCRUB_SIZE];
	struct scrub_ask ask;
	int rc;

	if (!scrub_ask_read(page, &ask))
		return 0;
	memcpy(copy, page, sizeof(copy));
	r.nr_shown = scrub_read(copy, r.shown);
	rc = ask_check(h, note, &ask, &r);
	done->spa = r.all.spa;
	if (!rc)
		rc = request_do(h, &r, done);
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
