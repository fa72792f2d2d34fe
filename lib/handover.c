// SPDX-License-Identifier: LGPL-2.1-only
/*
 * Hands namespaces, files and devices over to a guest. The order of the steps keeps one guest's
 * data from another: all that can refuse comes first, and the record names the guest before the
 * guest gets pages.
 */
#include <string.h>

#include "handover_labels.h"
#include "internal.h"

/* The record as it is to become, and what must be known beside it. */
struct draft {
	struct xenpmem_record record;
	/* Slots picked here: zeros must be written over them before the draft is stored. */
	bool fresh[XENPMEM_VNVDIMMS_MAX];
	/* Addresses that are wishes. A check replaces XENPMEM_ANYWHERE by its choice. */
	bool gpa_wished[XENPMEM_VNVDIMMS_MAX];
};

static int blame(struct xenpmem_handover *ho, int fault, enum xenpmem_key key, int rc)
{
	ho->fault = fault;
	ho->key = key;
	return rc;
}

static bool is_namespace(const struct xenpmem_vnvdimm *v)
{
	return v->path.kind == XENPMEM_PATH_NONE;
}

const struct xen_pmem_backing *xenpmem_hand_over_others(const struct xenpmem_handover *ho,
							unsigned int i)
{
	const struct xenpmem_vnvdimm *v = &ho->vnvdimms[i];
	const struct xen_pmem_backing *b = NULL;

	if (is_namespace(v))
		b = xenpmem_record_find_guests(ho->record, v->backing.uuid);
	return b && xenpmem_backing_holds_others(b, ho->guest) ? b : NULL;
}

/* In the record zeros mean no guest: another guest would get the data unasked. */
static int guest_check(xenpmem_handle *h, struct xenpmem_handover *ho)
{
	static const uint8_t none[16];

	if (!ho->nr || ho->nr > XENPMEM_VNVDIMMS_MAX)
		return fail(h, -EINVAL, "a guest has 1 to %u vNVDIMMs", XENPMEM_VNVDIMMS_MAX);
	if (!memcmp(ho->guest, none, sizeof(none)))
		return fail(h, -EINVAL, "its UUID is all zeros, which stand for no guest: make it "
			    "with one of its own (uuidgen)");
	return 0;
}

static int row_fail(xenpmem_handle *h, struct draft *d, const struct xenpmem_vnvdimm *v)
{
	if (!v->ram && xenpmem_record_find_pool(&d->record, v->backing.uuid))
		return fail(h, -EMEDIUMTYPE, "it is a pool of guests' RAM");
	if (v->ram && xenpmem_record_find(&d->record, v->backing.uuid))
		return fail(h, -EMEDIUMTYPE, "it is not a pool of guests' RAM");
	return fail_remedy(h, XENPMEM_REMEDY_ENABLE, -ENOENT, "the record does not name it");
}

/* The record must name each namespace, as Xen serves it; and each vNVDIMM gets its labels. */
static int row_check(xenpmem_handle *h, struct xenpmem_handover *ho, struct draft *d,
		     unsigned int i)
{
	struct xenpmem_vnvdimm *v = &ho->vnvdimms[i];
	struct xen_pmem_backing *b;

	d->gpa_wished[i] = v->gpa != XENPMEM_ANYWHERE;
	v->labels.length = 0;
	if (!is_namespace(v))
		return 0;
	b = v->ram ? xenpmem_record_find_pool(&d->record, v->backing.uuid) :
		     xenpmem_record_find_guests(&d->record, v->backing.uuid);
	if (!b)
		return blame(ho, i, XENPMEM_KEY_RECORD, row_fail(h, d, v));
	if (b->length != v->whole)
		return blame(ho, i, XENPMEM_KEY_RECORD, record_fail_length(h, b, v->whole));
	return v->ram ? 0 : blame(ho, i, XENPMEM_KEY_LABEL,
				  labels_choose(h, ho, i, &d->record, b, &d->fresh[i]));
}

static int data_check(xenpmem_handle *h, struct xenpmem_handover *ho)
{
	const struct xen_pmem_backing *b;
	unsigned int i;

	for (i = 0; i < ho->nr && !ho->keep; i++) {
		b = xenpmem_hand_over_others(ho, i);
		if (!b)
			continue;
		blame(ho, i, XENPMEM_KEY_RECORD, 0);
		if (b->flags & XEN_PMEM_BACKING_ERASING)
			return fail(h, -ENOTRECOVERABLE, "an erase or copy-in was interrupted");
		return fail(h, -ENOTUNIQ, "it holds data of another guest");
	}
	return 0;
}

/* What the record forbids. */
static int draft_make(xenpmem_handle *h, struct xenpmem_handover *ho, struct draft *d)
{
	unsigned int i;
	int rc;

	*d = (struct draft){ .record = *ho->record };
	ho->unlabelled = 0;
	rc = blame(ho, -1, XENPMEM_KEY_GUEST, guest_check(h, ho));
	for (i = 0; i < ho->nr && !rc; i++)
		rc = row_check(h, ho, d, i);
	return rc ? rc : data_check(h, ho);
}

static int guest_call(xenpmem_handle *h, struct xenpmem_handover *ho, const struct draft *d,
		      int (*call)(xenpmem_handle *, uint32_t, struct xenpmem_vnvdimm *,
				  unsigned int, int *))
{
	enum xenpmem_key key = XENPMEM_KEY_GUEST;
	int rc, fault;

	rc = call(h, ho->domid, ho->vnvdimms, ho->nr, &fault);
	if (rc && fault >= 0)
		key = rc == -EDOM ? XENPMEM_KEY_NODE :
		      rc == -EINVAL && d->gpa_wished[fault] ? XENPMEM_KEY_GPA :
		      XENPMEM_KEY_BACKEND;
	return blame(ho, fault, key, rc);
}

static int guest_plan(xenpmem_handle *h, struct xenpmem_handover *ho, const struct draft *d)
{
	return guest_call(h, ho, d, ho->running ? xenpmem_plug_check : xenpmem_attach_check);
}

static int guest_give(xenpmem_handle *h, struct xenpmem_handover *ho, const struct draft *d)
{
	return guest_call(h, ho, d, ho->running ? xenpmem_plug : xenpmem_attach);
}

static int pins_make(xenpmem_handle *h, struct xenpmem_handover *ho)
{
	struct xenpmem_vnvdimm *v;
	unsigned int i;
	int rc = 0;

	for (i = 0; i < ho->nr && !rc; i++) {
		v = &ho->vnvdimms[i];
		if (!is_namespace(v))
			rc = blame(ho, i, XENPMEM_KEY_BACKEND,
				   xenpmem_path_pin(h, &v->path, ho->domid, v->offset,
						    v->backing.length, &v->backing.spa));
	}
	return rc;
}

static void pins_end(xenpmem_handle *h, struct xenpmem_handover *ho)
{
	struct error error = h->error;
	struct xenpmem_vnvdimm *v;
	unsigned int i;

	for (i = 0; i < ho->nr; i++) {
		v = &ho->vnvdimms[i];
		xenpmem_path_close(&v->path);
		if (v->path.pinned && !xenpmem_unpin(h, v->path.uuid, ho->domid))
			v->path.pinned = false;
	}
	h->error = error;
}

/* A slot that a namespace gets for the first time may hold another guest's labels. */
static int slots_erase(xenpmem_handle *h, struct xenpmem_handover *ho, const struct draft *d)
{
	const uint64_t size = XEN_PMEM_LABEL_SIZE;
	uint64_t done;
	unsigned int i;
	int rc = 0;

	for (i = 0; i < ho->nr && !rc; i++) {
		done = 0;
		if (d->fresh[i])
			rc = blame(ho, i, XENPMEM_KEY_SLOT,
				   xenpmem_erase_part(h, &ho->vnvdimms[i].labels, &done, size));
	}
	return rc;
}

static bool row_changes(const struct xen_pmem_backing *b, const uint8_t *guest)
{
	if (b->flags & XEN_PMEM_BACKING_RAM)
		return !(b->flags & XEN_PMEM_BACKING_ERASING);
	return b->flags || memcmp(b->guest, guest, sizeof(b->guest));
}

/* A pool is no guest's: but from now on it is not clean. */
static void row_hand_over(struct xen_pmem_backing *b, const uint8_t *guest)
{
	if (b->flags & XEN_PMEM_BACKING_RAM) {
		b->flags |= XEN_PMEM_BACKING_ERASING;
		return;
	}
	b->flags = 0;
	b->erased = 0;
	memcpy(b->guest, guest, sizeof(b->guest));
}

/* Stores nothing for a guest that the record names already. */
static int draft_store(xenpmem_handle *h, struct xenpmem_handover *ho, struct draft *d)
{
	struct xen_pmem_backing *b;
	bool changed = false;
	unsigned int i;

	for (i = 0; i < ho->nr; i++) {
		if (!is_namespace(&ho->vnvdimms[i]))
			continue;
		b = xenpmem_record_find(&d->record, ho->vnvdimms[i].backing.uuid);
		changed |= d->fresh[i] || row_changes(b, ho->guest);
		row_hand_over(b, ho->guest);
	}
	if (!changed)
		return 0;
	return blame(ho, -1, XENPMEM_KEY_RECORD,
		     record_replace(h, ho->reserved, ho->record, &d->record));
}

static int pages_hand_over(xenpmem_handle *h, struct xenpmem_handover *ho, struct draft *d)
{
	int rc;

	rc = guest_plan(h, ho, d);
	if (!rc)
		rc = labels_serve_chosen(h, ho);
	if (!rc)
		rc = slots_erase(h, ho, d);
	if (!rc)
		rc = draft_store(h, ho, d);
	return rc ? rc : guest_give(h, ho, d);
}

int xenpmem_hand_over_check(xenpmem_handle *h, struct xenpmem_handover *ho)
{
	struct draft draft;
	unsigned int i;
	int rc;

	rc = draft_make(h, ho, &draft);
	if (rc || ho->domid == XENPMEM_NO_DOMAIN)
		return rc;
	rc = guest_plan(h, ho, &draft);
	for (i = 0; i < ho->nr; i++)
		if (!draft.gpa_wished[i])
			ho->vnvdimms[i].gpa = XENPMEM_ANYWHERE;
	return rc;
}

int xenpmem_hand_over(xenpmem_handle *h, struct xenpmem_handover *ho)
{
	struct draft draft;
	int rc;

	rc = draft_make(h, ho, &draft);
	if (rc)
		return rc;
	rc = pins_make(h, ho);
	if (!rc)
		rc = pages_hand_over(h, ho, &draft);
	if (rc)
		pins_end(h, ho);
	return rc;
}
