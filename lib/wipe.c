// SPDX-License-Identifier: LGPL-2.1-only
/*
 * Erases a namespace in steps. The record notes each step before it and after it, so that the next
 * wipe after a kill or power cut goes on there.
 */
#include <string.h>

#include "internal.h"

struct wiping {
	xenpmem_handle *h;
	const uint8_t *uuid;
	struct xenpmem_wipe *wipe;
};

/* An erase covers what Xen serves, and is noted by the recorded length. */
static int range_check_served(const struct wiping *w)
{
	const struct xen_pmem_backing *b = xenpmem_record_find(w->wipe->record, w->uuid);
	struct xenpmem_served served;
	int rc = xenpmem_range_find(w->h, w->uuid, &served);

	if (rc == -ENOENT || (!rc && served.state != XEN_PMEM_RANGE_SERVED))
		return fail_remedy(w->h, XENPMEM_REMEDY_ENABLE, -ENXIO, "Xen does not serve it");
	return rc || served.range.length == b->length ? rc :
	       record_fail_length(w->h, b, served.range.length);
}

/* Others may have changed the record since it was read. when: " any more" */
static int record_read(const struct wiping *w, const char *when)
{
	struct xenpmem_record record;
	int rc;

	w->wipe->key = XENPMEM_KEY_RECORD;
	rc = xenpmem_record_load(w->h, w->wipe->reserved, &record);
	if (rc)
		return rc;
	*w->wipe->record = record;
	w->wipe->key = XENPMEM_KEY_BACKEND;
	if (!xenpmem_record_find_guests(&record, w->uuid))
		return fail(w->h, -ENOENT, "the record does not name it%s", when);
	return 0;
}

static int record_put(const struct wiping *w, struct xenpmem_record *record)
{
	w->wipe->key = XENPMEM_KEY_RECORD;
	return record_replace(w->h, w->wipe->reserved, w->wipe->record, record);
}

static int wipe_note(const struct wiping *w, uint64_t done)
{
	struct xenpmem_record record = *w->wipe->record;
	struct xen_pmem_backing *b = xenpmem_record_find(&record, w->uuid);

	b->flags |= XEN_PMEM_BACKING_ERASING;
	b->erased = done;
	return record_put(w, &record);
}

static int wipe_step(const struct wiping *w, uint64_t *done)
{
	struct xenpmem_wipe *wipe = w->wipe;
	struct error error;
	bool go_on = true;
	int rc;

	wipe->key = XENPMEM_KEY_BACKEND;
	if (wipe->before)
		wipe->before(wipe->arg);
	rc = xenpmem_erase(w->h, w->uuid, done, *done + XENPMEM_WIPE_STEP);
	error = w->h->error;
	if (wipe->after)
		go_on = wipe->after(wipe->arg);
	if (rc) {
		w->h->error = error;
		return rc;
	}
	return go_on ? record_read(w, " any more") : fail(w->h, -ECANCELED, "interrupted");
}

/* The labels go last. A kill before the record is stored costs no more than erasing them again. */
static int wipe_finish(const struct wiping *w)
{
	struct xenpmem_wipe *wipe = w->wipe;
	struct xenpmem_record record = *wipe->record;
	struct xen_pmem_backing *b = xenpmem_record_find(&record, w->uuid);
	int rc;

	wipe->key = XENPMEM_KEY_SLOT;
	rc = b->label_slot ?
	     xenpmem_labels_erase(w->h, wipe->reserved, &record, b->label_slot) : 0;
	if (rc)
		return rc;
	b->flags &= ~XEN_PMEM_BACKING_ERASING;
	b->erased = 0;
	memset(b->guest, 0, sizeof(b->guest));
	return record_put(w, &record);
}

static int wipe_all(const struct wiping *w)
{
	const struct xen_pmem_backing *b = xenpmem_record_find(w->wipe->record, w->uuid);
	uint64_t done = b->flags & XEN_PMEM_BACKING_ERASING ? b->erased : 0;
	const uint64_t length = b->length;
	int rc;

	rc = wipe_note(w, done);
	while (!rc && done < length) {
		rc = wipe_step(w, &done);
		if (!rc)
			rc = wipe_note(w, done);
	}
	return rc ? rc : wipe_finish(w);
}

int xenpmem_wipe(xenpmem_handle *h, const uint8_t uuid[16], struct xenpmem_wipe *wipe)
{
	const struct wiping w = { h, uuid, wipe };
	int rc;

	rc = record_read(&w, "");
	/* Refused before the record says that it is being erased. */
	if (!rc)
		rc = range_check_unheld(h, uuid);
	if (!rc)
		rc = range_check_served(&w);
	return rc ? rc : wipe_all(&w);
}

int xenpmem_pool_note_clean(xenpmem_handle *h, const struct xenpmem_namespace *reserved,
			    struct xenpmem_record *record, const uint8_t uuid[16])
{
	struct xenpmem_record changed = *record;
	struct xen_pmem_backing *b = xenpmem_record_find_pool(&changed, uuid);
	int rc;

	if (!b)
		return fail(h, -ENOENT, "the record names no such pool");
	if (!(b->flags & XEN_PMEM_BACKING_ERASING))
		return 0;
	rc = range_check_unheld(h, uuid);
	b->flags &= ~XEN_PMEM_BACKING_ERASING;
	return rc ? rc : record_replace(h, reserved, record, &changed);
}
