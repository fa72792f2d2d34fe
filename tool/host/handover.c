// SPDX-License-Identifier: GPL-2.0-only
/* Hands namespaces over: whose data they hold, who may get them, and the erase in between. */
#include "host/handover.h"

#include <string.h>
#include <uuid/uuid.h>

#include "host/guest_lock.h"
#include "host/labels.h"
#include "xen/domain.h"

#define NOTE_EACH	(1ull << 30)	/* bytes erased between two notes in the record */

/* The record as it is to become: what is chosen here must not be stored by others. */
struct draft {
	struct xenpmem_record record;
	/* Slots picked here: zeros must be written over them before the draft is stored. */
	bool fresh[XENPMEM_VNVDIMMS_MAX];
};

bool backing_holds_data(const struct xen_pmem_backing *backing)
{
	return xenpmem_backing_holds_others(backing, NULL);
}

const char *backing_owner_line(const struct xen_pmem_backing *b, struct line *line)
{
	char name[DOMAIN_NAME_LEN];
	struct uuid_buf uuid;
	uint32_t domid;

	uuid_text(b->guest, &uuid);
	if (domain_find_uuid(b->guest, &domid))
		snprintf(line->text, sizeof(line->text), "guest %s (%s)",
			 domain_name(domid, name), uuid.text);
	else
		snprintf(line->text, sizeof(line->text), "guest %s", uuid.text);
	return line->text;
}

static const char *disclosure_line(const struct xen_pmem_backing *b, struct line *line)
{
	if (b->flags & XEN_PMEM_BACKING_ERASING)
		return "an erase or restore was interrupted: --erase writes zeros over all of it, "
		       "--keep leaves it as it is";
	snprintf(line->text, sizeof(line->text), "it holds data of %.320s: --keep hands them over, "
		 "--erase writes zeros first", backing_owner_text(b));
	return line->text;
}

/* The row of the record about a vNVDIMM; NULL: it is a file or device, or is not recorded. */
static struct xen_pmem_backing *backing_of(struct xenpmem_record *record, const struct handover *h,
					   unsigned int i)
{
	const struct xenpmem_vnvdimm *v = &h->b.vnvdimms[i];

	return vnvdimm_is_namespace(v) ? xenpmem_record_find(record, v->backing.uuid) : NULL;
}

/* The row about vNVDIMM i, if its data must be erased before this guest gets it; or NULL. */
static const struct xen_pmem_backing *others_backing(const struct handover *h, unsigned int i)
{
	const struct xen_pmem_backing *b = backing_of(&h->inv->record, h, i);

	return b && xenpmem_backing_holds_others(b, h->guest) ? b : NULL;
}

static int data_check(const struct handover *h, enum data_choice choice)
{
	const struct xen_pmem_backing *b;
	unsigned int i;

	for (i = 0; i < h->b.nr && choice == DATA_ASK; i++) {
		b = others_backing(h, i);
		if (b)
			return backend_refuse(&h->b.list[i], "backend", "%s",
					      disclosure_line(b, LINE));
	}
	return EXIT_DONE;
}

/* The record must name each namespace; and each vNVDIMM gets its labels. */
static int labels_check(struct draft *d, struct handover *h, bool loud)
{
	const struct xen_pmem_backing *b;
	const struct backend *backend;
	unsigned int i;
	int rc = EXIT_DONE;

	for (i = 0; i < h->b.nr && !rc; i++) {
		if (!vnvdimm_is_namespace(&h->b.vnvdimms[i]))
			continue;
		backend = &h->b.list[i];
		b = backing_of(&d->record, h, i);
		if (!b || b->flags & XEN_PMEM_BACKING_KEPT)
			return backend_refuse(backend, "backend", "the record does not name it "
					      "(xen-pmem enable %s)", backend->spec.name);
		rc = labels_choose(h->inv, &d->record, backend, &h->b.vnvdimms[i], &d->fresh[i],
				   loud);
	}
	return rc;
}

/* In the record zeros mean no guest: another guest would get the data unasked. */
static int guest_check(const struct handover *h)
{
	if (!uuid_is_null(h->guest))
		return EXIT_DONE;
	return refuse(h->b.where, "its UUID is all zeros, which stand for no guest: make it with "
		      "one of its own (uuidgen)");
}

static int draft_open(const struct handover *h, struct draft *d)
{
	int rc = guest_check(h);

	if (!rc)
		rc = inventory_need_record(h->inv);
	*d = (struct draft){ .record = h->inv->record };
	return rc;
}

int handover_check_settled(const struct inventory *inv, const struct xen_pmem_backing *b,
			   const uint8_t *guest)
{
	struct guest_lock_note note;
	struct uuid_buf uuid;
	uint32_t domid;

	if (guest && !memcmp(b->guest, guest, sizeof(b->guest)))
		return EXIT_DONE;
	if (uuid_is_null(b->guest) || !guest_lock_is_held(b->guest))
		return EXIT_DONE;
	if (domain_find_uuid(b->guest, &domid) && domain_status(domid).state == DOMAIN_ALIVE)
		return EXIT_DONE;
	guest_lock_read(b->guest, &note);
	return refuse(inventory_name(inv, b->uuid), "guest %s is being started or ended",
		      note.name[0] ? note.name : uuid_text(b->guest, &uuid));
}

/* Refuses before the record says that it is being erased. */
static int erase_check(const struct inventory *inv, const struct xen_pmem_backing *b,
		       const uint8_t *guest)
{
	int rc = inventory_need_unheld(inv, inventory_name(inv, b->uuid), b->uuid);

	return rc ? rc : handover_check_settled(inv, b, guest);
}

/* Other tools use the host's lock meanwhile, and may change the record. */
static int erase_step(struct inventory *inv, const uint8_t uuid[16], uint64_t *done)
{
	int rc = EXIT_DONE, locked;

	host_unlock();
	if (xenpmem_erase(inv->pmem, uuid, done, *done + NOTE_EACH))
		rc = refuse(inventory_name(inv, uuid), "%s", xenpmem_error(inv->pmem));
	locked = host_lock();
	if (rc || locked)
		return EXIT_REFUSED;
	inventory_read(inv);
	rc = inventory_need_record(inv);
	if (!rc && !xenpmem_record_find(&inv->record, uuid))
		rc = refuse(inventory_name(inv, uuid), "the record does not name it any more");
	return rc;
}

static int erase_note(struct inventory *inv, const uint8_t uuid[16], uint64_t done)
{
	struct xenpmem_record record = inv->record;
	struct xen_pmem_backing *b = xenpmem_record_find(&record, uuid);

	b->flags |= XEN_PMEM_BACKING_ERASING;
	b->erased = done;
	return inventory_store_record(inv, &record);
}

/* The labels go last. A kill before the record is stored costs no more than erasing them again. */
static int erase_finish(struct inventory *inv, const uint8_t uuid[16])
{
	struct xenpmem_record record = inv->record;
	struct xen_pmem_backing *b = xenpmem_record_find(&record, uuid);
	int rc = labels_erase(inv, b);

	if (rc)
		return rc;
	b->flags &= ~XEN_PMEM_BACKING_ERASING;
	b->erased = 0;
	memset(b->guest, 0, sizeof(b->guest));
	return inventory_store_record(inv, &record);
}

/* Notes each step before the next, so that the next run after a kill or power cut goes on there. */
static int erase_all(struct inventory *inv, const uint8_t uuid[16])
{
	const struct xen_pmem_backing *b = xenpmem_record_find(&inv->record, uuid);
	uint64_t done = b->flags & XEN_PMEM_BACKING_ERASING ? b->erased : 0;
	const uint64_t length = b->length;
	int rc;

	rc = erase_note(inv, uuid, done);
	while (!rc && done < length) {
		rc = erase_step(inv, uuid, &done);
		if (!rc)
			rc = erase_note(inv, uuid, done);
	}
	return rc ? rc : erase_finish(inv, uuid);
}

int handover_erase_locked(struct inventory *inv, const uint8_t uuid[16])
{
	const struct xen_pmem_backing *b;
	int rc = host_lock();

	if (rc)
		return rc;
	/* An erase before this one may have failed while other tools changed the record. */
	inventory_read(inv);
	rc = inventory_need_record(inv);
	if (rc)
		return rc;
	b = xenpmem_record_find(&inv->record, uuid);
	if (!b || b->flags & XEN_PMEM_BACKING_KEPT)
		return refuse(inventory_name(inv, uuid), "not enabled");
	rc = erase_check(inv, b, NULL);
	return rc ? rc : erase_all(inv, uuid);
}

int handover_erase(struct inventory *inv, const uint8_t uuid[16])
{
	int lock = namespace_lock(inventory_name(inv, uuid), uuid), rc;

	if (lock < 0)
		return EXIT_REFUSED;
	rc = handover_erase_locked(inv, uuid);
	namespace_unlock(lock, uuid);
	return rc;
}

int handover_to_dom0(struct inventory *inv, const struct xenpmem_namespace *ns,
		     enum data_choice choice, bool dry_run)
{
	const struct xen_pmem_backing *b;
	int rc = inventory_need_record(inv);

	if (rc)
		return rc;
	b = xenpmem_record_find(&inv->record, ns->range.uuid);
	if (!b || !backing_holds_data(b) || choice == DATA_KEEP)
		return EXIT_DONE;
	if (choice == DATA_ERASE)
		return dry_run ? erase_check(inv, b, NULL) : handover_erase(inv, ns->range.uuid);
	return refuse(namespace_name(ns), "%s", disclosure_line(b, LINE));
}

/* Another vNVDIMM before this one is a part of the same namespace. */
static bool is_again(const struct handover *h, unsigned int i)
{
	unsigned int j;

	for (j = 0; j < i; j++)
		if (!memcmp(h->b.vnvdimms[j].backing.uuid, h->b.vnvdimms[i].backing.uuid, 16))
			return true;
	return false;
}

static int others_check(const struct handover *h, unsigned int *nr)
{
	const struct xen_pmem_backing *b;
	unsigned int i;
	int rc = EXIT_DONE;

	*nr = 0;
	for (i = 0; i < h->b.nr && !rc; i++) {
		b = others_backing(h, i);
		if (!b)
			continue;
		(*nr)++;
		rc = erase_check(h->inv, b, h->guest);
	}
	return rc;
}

/* Locks all namespaces: none of them may get another guest's data while one is being erased. */
static int others_lock(const struct handover *h, int *locks)
{
	const uint8_t *uuid;
	unsigned int i;

	for (i = 0; i < h->b.nr; i++)
		locks[i] = -1;
	for (i = 0; i < h->b.nr; i++) {
		uuid = h->b.vnvdimms[i].backing.uuid;
		if (!backing_of(&h->inv->record, h, i) || is_again(h, i))
			continue;
		locks[i] = namespace_lock(inventory_name(h->inv, uuid), uuid);
		if (locks[i] < 0)
			return EXIT_REFUSED;
	}
	return EXIT_DONE;
}

static void others_unlock(const struct handover *h, const int *locks)
{
	unsigned int i;

	for (i = 0; i < h->b.nr; i++)
		if (locks[i] >= 0)
			namespace_unlock(locks[i], h->b.vnvdimms[i].backing.uuid);
}

static int others_erase(struct handover *h, bool *erased)
{
	int locks[XENPMEM_VNVDIMMS_MAX], rc;
	unsigned int i, nr;

	*erased = false;
	rc = others_check(h, &nr);
	if (rc || !nr)
		return rc;
	rc = others_lock(h, locks);
	*erased = !rc;
	for (i = 0; i < h->b.nr && !rc; i++)
		if (others_backing(h, i))
			rc = erase_all(h->inv, h->b.vnvdimms[i].backing.uuid);
	others_unlock(h, locks);
	return rc;
}

static int record_check(struct handover *h)
{
	struct draft draft;
	int rc = draft_open(h, &draft);

	if (!rc)
		rc = labels_check(&draft, h, false);
	return rc ? rc : data_check(h, h->choice);
}

int handover_prepare(struct handover *h, bool dry_run)
{
	unsigned int nr;
	bool erased;
	int rc = backends_resolve(h->inv, &h->b);

	if (rc)
		return rc;
	rc = record_check(h);
	if (!rc && h->domid != HANDOVER_NO_DOMAIN)
		rc = backends_attach_check(h->inv, &h->b, h->domid, h->running);
	if (!rc && h->choice == DATA_ERASE)
		rc = dry_run ? others_check(h, &nr) : others_erase(h, &erased);
	backends_close(&h->b);
	return rc;
}

/* Erases only if the guest can get them then; afterwards all else may have changed. */
static int handover_open(struct handover *h)
{
	bool erased = false;
	int rc = backends_resolve(h->inv, &h->b);

	if (rc)
		return rc;
	rc = record_check(h);
	if (!rc && h->choice == DATA_ERASE) {
		rc = backends_attach_check(h->inv, &h->b, h->domid, h->running);
		if (!rc)
			rc = others_erase(h, &erased);
	}
	if (rc || erased)
		backends_close(&h->b);
	return rc || !erased ? rc : backends_resolve(h->inv, &h->b);
}

/* A slot that a backing gets for the first time may hold another guest's labels. */
static int fresh_erase(struct draft *d, const struct handover *h)
{
	unsigned int i;
	int rc = EXIT_DONE;

	for (i = 0; i < h->b.nr && !rc; i++)
		if (d->fresh[i])
			rc = labels_erase(h->inv, backing_of(&d->record, h, i));
	return rc;
}

/* Stores nothing for a guest that the record names already. */
static int guest_record(struct draft *d, const struct handover *h)
{
	struct xen_pmem_backing *b;
	bool changed = false;
	unsigned int i;

	for (i = 0; i < h->b.nr; i++) {
		b = backing_of(&d->record, h, i);
		if (!b)
			continue;
		changed |= d->fresh[i] || b->flags || memcmp(b->guest, h->guest, 16);
		b->flags = 0;
		b->erased = 0;
		memcpy(b->guest, h->guest, sizeof(b->guest));
	}
	return changed ? inventory_store_record(h->inv, &d->record) : EXIT_DONE;
}

/* Usually Xen serves the label area since the first namespace was enabled; that may have failed. */
static int labels_need(const struct handover *h)
{
	unsigned int i;

	for (i = 0; i < h->b.nr; i++)
		if (h->b.vnvdimms[i].labels.length &&
		    xenpmem_labels_serve(h->inv->pmem, h->inv->reserved, &h->inv->record))
			return backend_refuse(&h->b.list[i], "label",
					      "Xen does not take the label area: %s",
					      xenpmem_error(h->inv->pmem));
	return EXIT_DONE;
}

/* What is left after handover_open() of DATA_ERASE came there since: ask again. */
static int pages_assign(struct handover *h)
{
	const enum data_choice choice = h->choice == DATA_KEEP ? DATA_KEEP : DATA_ASK;
	struct draft draft;
	int rc = draft_open(h, &draft);

	if (!rc)
		rc = labels_check(&draft, h, true);
	if (!rc)
		rc = backends_attach_check(h->inv, &h->b, h->domid, h->running);
	if (!rc)
		rc = data_check(h, choice);
	if (!rc)
		rc = labels_need(h);
	if (!rc)
		rc = fresh_erase(&draft, h);
	if (!rc)
		rc = guest_record(&draft, h);
	return rc ? rc : backends_attach(h->inv, &h->b, h->domid, h->running);
}

int handover_run(struct handover *h)
{
	int rc = handover_open(h);

	if (rc)
		return rc;
	rc = backends_pin(h->inv, &h->b, h->domid);
	if (!rc)
		rc = pages_assign(h);
	backends_close(&h->b);
	if (rc)
		backends_unpin(h->inv, &h->b, h->domid);
	return rc;
}
