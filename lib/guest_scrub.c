// SPDX-License-Identifier: LGPL-2.1-only
/* Finds bad bytes in a guest's vNVDIMMs, and writes the scrub page, which tells it of them. */
#include <string.h>
#include <sys/mman.h>

#include "guest.h"
#include "guest_note.h"

/* Of a guest that has not run: the page is new. */
int guest_scrub_write(xenpmem_handle *h, uint32_t domid, uint64_t gpa, const struct plan *plan)
{
	uint8_t page[SCRUB_SIZE] = { 0 };
	uint32_t word = scrub_put(page, 0, plan->bad, plan->nr_bad);

	memcpy(page, &word, sizeof(word));
	return guest_write(h, domid, gpa, page, sizeof(page));
}

/* The guest may write there at the same time: then it alone reads nonsense. */
static void page_change(uint8_t *page, const struct scrub_place *list, unsigned int nr)
{
	uint32_t *first = (uint32_t *)page;
	uint32_t word = __atomic_load_n(first, __ATOMIC_RELAXED);

	__atomic_store_n(first, scrub_put(page, word, list, nr), __ATOMIC_RELEASE);
}

static bool place_is_known(const struct scrub_place *all, unsigned int nr,
			   const struct scrub_place *place)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		if (place->gpa >= all[i].gpa && place->gpa - all[i].gpa < all[i].length &&
		    place->length <= all[i].length - (place->gpa - all[i].gpa))
			return true;
	return false;
}

static int page_add(xenpmem_handle *h, uint8_t *page, const struct scrub_place *list,
		    unsigned int nr, bool *changed)
{
	struct scrub_place all[SCRUB_PLACES];
	uint8_t copy[SCRUB_SIZE];
	unsigned int had, now, i;

	memcpy(copy, page, sizeof(copy));
	now = had = scrub_read(copy, all);
	for (i = 0; i < nr; i++) {
		if (place_is_known(all, now, &list[i]))
			continue;
		if (now == SCRUB_PLACES)
			return fail(h, -ENOSPC, "its vNVDIMMs lack pages at more than %u places",
				    SCRUB_PLACES);
		all[now++] = list[i];
	}
	*changed = now > had;
	if (*changed)
		page_change(page, all, now);
	return 0;
}

static unsigned int place_add(struct scrub_place *list, unsigned int nr, uint64_t from,
			      uint64_t to)
{
	if (from >= to || nr == SCRUB_PLACES)
		return nr;
	list[nr] = (struct scrub_place){ from, to - from };
	return nr + 1;
}

/* Of a full list the last place may be lost when another one is cut in two. */
void guest_scrub_cut(uint8_t *page, const struct scrub_place *gone)
{
	const uint64_t gone_end = gone->gpa + gone->length;
	struct scrub_place all[SCRUB_PLACES], left[SCRUB_PLACES];
	uint8_t copy[SCRUB_SIZE];
	unsigned int had, i, nr = 0;
	uint64_t from, to;

	memcpy(copy, page, sizeof(copy));
	had = scrub_read(copy, all);
	for (i = 0; i < had; i++) {
		from = all[i].gpa;
		to = from + all[i].length;
		nr = place_add(left, nr, from, to < gone->gpa ? to : gone->gpa);
		nr = place_add(left, nr, from > gone_end ? from : gone_end, to);
	}
	page_change(page, left, nr);
}

int guest_scrub_add(xenpmem_handle *h, uint32_t domid, uint64_t gpa,
		    const struct scrub_place *list, unsigned int nr, bool *changed)
{
	const xen_pfn_t gfn = gpa / PAGE;
	uint8_t *page;
	int rc;

	*changed = false;
	rc = handle_need_foreign(h);
	if (rc)
		return rc;
	page = xenforeignmemory_map(h->foreign, domid, PROT_READ | PROT_WRITE, 1, &gfn, NULL);
	if (!page)
		return fail(h, -EFAULT, "the guest's page at %#llx cannot be mapped: %s",
			    (unsigned long long)gpa, strerror(errno));
	rc = page_add(h, page, list, nr, changed);
	xenforeignmemory_unmap(h->foreign, page, 1);
	return rc;
}

/* The vNVDIMM that has this byte of a namespace, and where; NULL. */
static const struct vnvdimm *vnvdimm_find(xenpmem_handle *h, const struct note *note, uint64_t spa,
					  uint64_t *offset)
{
	struct xenpmem_served served;
	const struct vnvdimm *v;

	for (v = note->v; v < note->v + note->nr; v++) {
		if (xenpmem_range_find(h, v->uuid, &served))
			continue;
		*offset = spa - served.range.spa - v->part_offset;
		if (*offset < v->length)
			return v;
	}
	return NULL;
}

static bool place_find(xenpmem_handle *h, const struct note *note, uint64_t spa,
		       struct scrub_place *place)
{
	const struct vnvdimm *v;
	uint64_t offset;

	v = vnvdimm_find(h, note, spa, &offset);
	if (v)
		*place = (struct scrub_place){ v->gpa + round_down(offset, PAGE), PAGE };
	return v;
}

int xenpmem_guest_find_byte(xenpmem_handle *h, uint32_t domid, uint64_t spa, uint64_t *offset)
{
	struct note note;
	int rc = note_read(h, domid, &note);

	return rc ? rc : vnvdimm_find(h, &note, spa, offset) ? 0 : -ENOENT;
}

/*
 * Only what is gone from its map, as it was taken, or as the guest has been told by a machine
 * check. If it knew another bad block, it could have Xen read it.
 */
static unsigned int told_list(xenpmem_handle *h, uint32_t domid, const struct note *note,
			      struct scrub_place list[SCRUB_PLACES])
{
	struct xenpmem_media_error media;
	unsigned int nr = 0;
	uint32_t i;

	for (i = 0; nr < SCRUB_PLACES && !xenpmem_query_media(h, i, &media); i++)
		if (media.domid == domid && (media.outcome == XEN_PMEM_MEDIA_GUEST_TOLD ||
					     media.outcome == XEN_PMEM_MEDIA_TAKEN))
			nr += place_find(h, note, media.spa, &list[nr]);
	return nr;
}

int xenpmem_guest_tell_bad(xenpmem_handle *h, uint32_t domid, bool *changed)
{
	struct scrub_place list[SCRUB_PLACES];
	struct note note;
	unsigned int nr;
	int rc;

	*changed = false;
	rc = note_read(h, domid, &note);
	if (!rc && !note.scrub_gpa)
		rc = fail(h, -ENOENT, "domain %u has no scrub page", domid);
	if (rc)
		return rc;
	nr = told_list(h, domid, &note, list);
	return nr ? guest_scrub_add(h, domid, note.scrub_gpa, list, nr, changed) : 0;
}
