// SPDX-License-Identifier: GPL-2.0-only
/* Whose data a namespace and its labels hold: takes what the record says, refuses to disclose it unasked, erases it if that is wanted. */
#include "owner.h"

#include <string.h>
#include <uuid/uuid.h>

#include "domain.h"
#include "labels.h"

#define NOTE_EACH	(1ull << 30)	/* bytes erased between two notes in the record */

struct book {
	const struct xenpmem_namespace *reserved;
	struct xenpmem_record record;
	bool fresh[XENPMEM_VNVDIMMS_MAX];	/* label slots picked here: they must not be stored before zeros were written over them */
};

int choice_read(const struct verb *verb, bool keep, bool erase, enum data_choice *choice)
{
	*choice = keep ? DATA_KEEP : erase ? DATA_ERASE : DATA_ASK;
	return keep && erase ? usage_wrong(verb, "--keep or --erase, not both") : EXIT_DONE;
}

static int book_open(struct host *host, struct book *book)
{
	memset(book->fresh, 0, sizeof(book->fresh));
	return host_reserved(host, &book->reserved, &book->record);
}

static int book_store(struct host *host, struct book *book)
{
	if (xenpmem_record_store(host->pmem, book->reserved, &book->record))
		return refuse(host_name(book->reserved), "%s", xenpmem_error(host->pmem));
	return EXIT_DONE;
}

/* Whether anyone but this guest (NULL: anyone at all) left data there. */
static bool holds_others(const struct xen_pmem_backing *b, const uint8_t *guest)
{
	return b->flags & XEN_PMEM_BACKING_ERASING || (!uuid_is_null(b->guest) && (!guest || memcmp(b->guest, guest, 16)));
}

const char *owner_text(const struct xen_pmem_backing *b)
{
	static char text[DOMAIN_NAME_LEN + 64];
	char name[DOMAIN_NAME_LEN];
	struct uuid_buf uuid;
	uint32_t domid;

	if (domain_find_uuid(b->guest, &domid))
		snprintf(text, sizeof(text), "guest %s (%s)", domain_name(domid, name), uuid_text(b->guest, &uuid));
	else
		snprintf(text, sizeof(text), "guest %s", uuid_text(b->guest, &uuid));
	return text;
}

static const char *disclosure_text(const struct xen_pmem_backing *b)
{
	static char text[DOMAIN_NAME_LEN + 160];

	if (b->flags & XEN_PMEM_BACKING_ERASING)
		return "it is half erased or restored: --erase writes zeros over all of it, --keep leaves it as it is";
	snprintf(text, sizeof(text), "it holds data of %s: --keep hands them over, --erase writes zeros first", owner_text(b));
	return text;
}

static int data_check(struct book *book, const struct handover *h, enum data_choice choice)
{
	const struct xen_pmem_backing *b;
	unsigned int i;

	for (i = 0; i < h->nr && choice == DATA_ASK; i++) {
		if (h->vnvdimms[i].path.kind != XENPMEM_PATH_NONE)
			continue;
		b = xenpmem_record_find(&book->record, h->vnvdimms[i].backing.uuid);
		if (holds_others(b, h->guest))
			return backend_refuse(&h->backends[i], "backend", "%s", disclosure_text(b));
	}
	return EXIT_DONE;
}

/* That the record names each, and which labels each gets. */
static int labels_check(struct host *host, struct book *book, const struct handover *h, bool loud)
{
	const struct xen_pmem_backing *b;
	unsigned int i;
	int rc = EXIT_DONE;

	for (i = 0; i < h->nr && !rc; i++) {
		if (h->vnvdimms[i].path.kind != XENPMEM_PATH_NONE)
			continue;
		b = xenpmem_record_find(&book->record, h->vnvdimms[i].backing.uuid);
		if (!b || b->flags & XEN_PMEM_BACKING_KEPT)
			return backend_refuse(&h->backends[i], "backend", "the record does not name it (xen-pmem enable %s)", h->backends[i].want.name);
		rc = labels_choose(host, book->reserved, &book->record, &h->backends[i], &h->vnvdimms[i], &book->fresh[i], loud);
	}
	return rc;
}

/* In the record zeros stand for no guest: another would get its data without being asked. */
static int guest_check(const struct handover *h)
{
	if (!uuid_is_null(h->guest))
		return EXIT_DONE;
	return refuse(h->where, "its UUID is all zeros, which stand for no guest: make it with one of "
		      "its own (uuidgen)");
}

static int all_check(struct host *host, struct book *book, const struct handover *h, enum data_choice choice)
{
	int rc = guest_check(h);

	if (!rc)
		rc = labels_check(host, book, h, false);
	return rc ? rc : data_check(book, h, choice);
}

/*
 * Each step is noted before the next, so whoever comes after a kill or a power cut goes on from there. The labels go last: they are erased again where that
 * was all that was missing.
 */
static int book_erase(struct host *host, struct book *book, const uint8_t uuid[16])
{
	struct xen_pmem_backing *b = xenpmem_record_find(&book->record, uuid);
	uint64_t done = b->flags & XEN_PMEM_BACKING_ERASING ? b->erased : 0;
	int rc;

	b->flags |= XEN_PMEM_BACKING_ERASING;
	for (;;) {
		b->erased = done;
		rc = book_store(host, book);
		if (rc || done >= b->length)
			break;
		if (xenpmem_erase(host->pmem, uuid, &done, done + NOTE_EACH))
			return refuse(host_name_uuid(host, uuid), "%s", xenpmem_error(host->pmem));
	}
	if (!rc)
		rc = labels_erase(host, book->reserved, &book->record, b);
	if (rc)
		return rc;
	b->flags &= ~XEN_PMEM_BACKING_ERASING;
	b->erased = 0;
	memset(b->guest, 0, sizeof(b->guest));
	return book_store(host, book);
}

static int others_erase(struct host *host, struct book *book, const struct handover *h)
{
	unsigned int i;
	int rc = EXIT_DONE;

	for (i = 0; i < h->nr && !rc; i++)
		if (h->vnvdimms[i].path.kind == XENPMEM_PATH_NONE &&
		    holds_others(xenpmem_record_find(&book->record, h->vnvdimms[i].backing.uuid), h->guest))
			rc = book_erase(host, book, h->vnvdimms[i].backing.uuid);
	return rc;
}

/* A slot that is given for the first time may hold what another backing's guest left. */
static int fresh_erase(struct host *host, struct book *book, const struct handover *h)
{
	unsigned int i;
	int rc = EXIT_DONE;

	for (i = 0; i < h->nr && !rc; i++)
		if (book->fresh[i])
			rc = labels_erase(host, book->reserved, &book->record, xenpmem_record_find(&book->record, h->vnvdimms[i].backing.uuid));
	return rc;
}

/* As chosen, nothing of another's is left there but what may stay. */
static int others_settle(struct host *host, struct book *book, const struct handover *h, enum data_choice choice)
{
	int rc = fresh_erase(host, book, h);

	return rc || choice != DATA_ERASE ? rc : others_erase(host, book, h);
}

int owner_check(struct host *host, const struct handover *h, enum data_choice choice)
{
	struct book book;
	int rc = book_open(host, &book);

	return rc ? rc : all_check(host, &book, h, choice);
}

int owner_erase_others(struct host *host, const struct handover *h, enum data_choice choice)
{
	struct book book;
	int rc = book_open(host, &book);

	if (!rc)
		rc = all_check(host, &book, h, choice);
	return rc || choice != DATA_ERASE ? rc : others_settle(host, &book, h, choice);
}

/* A guest that had it last is noted already, and at each of its starts nothing is written. */
static int owner_set(struct host *host, struct book *book, const struct handover *h)
{
	struct xen_pmem_backing *b;
	bool changed = false;
	unsigned int i;

	for (i = 0; i < h->nr; i++) {
		if (h->vnvdimms[i].path.kind != XENPMEM_PATH_NONE)
			continue;
		b = xenpmem_record_find(&book->record, h->vnvdimms[i].backing.uuid);
		changed |= book->fresh[i] || b->flags || memcmp(b->guest, h->guest, sizeof(b->guest));
		b->flags = 0;
		b->erased = 0;
		memcpy(b->guest, h->guest, sizeof(b->guest));
	}
	return changed ? book_store(host, book) : EXIT_DONE;
}

/* A host whose namespaces were enabled before there were labels, or where that failed, serves them from now on. */
static int labels_need(struct host *host, struct book *book, const struct handover *h)
{
	unsigned int i;

	for (i = 0; i < h->nr; i++)
		if (h->vnvdimms[i].labels.length && labels_serve(host->pmem, book->reserved, &book->record))
			return backend_refuse(&h->backends[i], "label", "Xen does not take the label area: %s", xenpmem_error(host->pmem));
	return EXIT_DONE;
}

static int owner_hand_over(struct host *host, const struct handover *h, uint32_t domid, enum data_choice choice)
{
	struct book book;
	int rc = guest_check(h);

	if (!rc)
		rc = book_open(host, &book);
	if (!rc)
		rc = labels_check(host, &book, h, true);
	if (!rc)
		rc = backends_attach_check(host->pmem, h->where, domid, h->running, h->backends, h->nr, h->vnvdimms);
	if (!rc)
		rc = data_check(&book, h, choice);
	if (!rc)
		rc = labels_need(host, &book, h);
	if (!rc)
		rc = others_settle(host, &book, h, choice);
	if (!rc)
		rc = owner_set(host, &book, h);
	return rc ? rc : backends_attach(host->pmem, h->where, domid, h->running, h->backends, h->nr, h->vnvdimms);
}

int owner_pin_and_hand_over(struct host *host, const struct handover *h, uint32_t domid, enum data_choice choice)
{
	int rc = backends_pin(host, h->backends, h->nr, h->vnvdimms, domid);

	if (!rc)
		rc = owner_hand_over(host, h, domid, choice);
	backends_close(h->vnvdimms, h->nr);
	if (rc)
		backends_unpin(host, h->backends, h->nr, h->vnvdimms);
	return rc;
}

int owner_erase(struct host *host, const uint8_t uuid[16])
{
	const struct xen_pmem_backing *b;
	struct book book;
	int rc = book_open(host, &book);

	if (rc)
		return rc;
	b = xenpmem_record_find(&book.record, uuid);
	if (!b || b->flags & XEN_PMEM_BACKING_KEPT)
		return refuse(host_name_uuid(host, uuid), "not enabled");
	return book_erase(host, &book, uuid);
}

bool owner_holds(const struct xen_pmem_backing *backing)
{
	return holds_others(backing, NULL);
}

int owner_leave(struct host *host, const struct xenpmem_namespace *ns, enum data_choice choice)
{
	const struct xen_pmem_backing *b;
	struct book book;
	int rc = book_open(host, &book);

	if (rc)
		return rc;
	b = xenpmem_record_find(&book.record, ns->range.uuid);
	if (!b || !holds_others(b, NULL) || choice == DATA_KEEP)
		return EXIT_DONE;
	if (choice == DATA_ERASE)
		return book_erase(host, &book, ns->range.uuid);
	return refuse(host_name(ns), "%s", disclosure_text(b));
}
