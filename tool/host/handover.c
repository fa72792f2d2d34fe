// SPDX-License-Identifier: GPL-2.0-only
/* Whose data a namespace and its labels hold: takes what the record says, refuses to disclose it unasked, erases it if that is wanted. */
#include "host/handover.h"

#include <string.h>
#include <uuid/uuid.h>

#include "host/guest_lock.h"
#include "xen/domain.h"
#include "host/labels.h"

#define NOTE_EACH	(1ull << 30)	/* bytes erased between two notes in the record */

struct book {
	const struct xenpmem_namespace *reserved;
	struct xenpmem_record record;
	bool fresh[XENPMEM_VNVDIMMS_MAX];	/* label slots picked here: they must not be stored before zeros were written over them */
};

static int book_open(struct inventory *inv, struct book *book)
{
	memset(book->fresh, 0, sizeof(book->fresh));
	return inventory_reserved(inv, &book->reserved, &book->record);
}

static int book_store(struct inventory *inv, struct book *book)
{
	if (xenpmem_record_store(inv->pmem, book->reserved, &book->record))
		return refuse(namespace_name(book->reserved), "%s", xenpmem_error(inv->pmem));
	return EXIT_DONE;
}

/* Whether anyone but this guest (NULL: anyone at all) left data there. */
static bool holds_others(const struct xen_pmem_backing *b, const uint8_t *guest)
{
	return b->flags & XEN_PMEM_BACKING_ERASING || (!uuid_is_null(b->guest) && (!guest || memcmp(b->guest, guest, 16)));
}

const char *backing_owner_text(const struct xen_pmem_backing *b)
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
	snprintf(text, sizeof(text), "it holds data of %s: --keep hands them over, --erase writes zeros first", backing_owner_text(b));
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
static int labels_check(struct inventory *inv, struct book *book, const struct handover *h, bool loud)
{
	const struct xen_pmem_backing *b;
	unsigned int i;
	int rc = EXIT_DONE;

	for (i = 0; i < h->nr && !rc; i++) {
		if (h->vnvdimms[i].path.kind != XENPMEM_PATH_NONE)
			continue;
		b = xenpmem_record_find(&book->record, h->vnvdimms[i].backing.uuid);
		if (!b || b->flags & XEN_PMEM_BACKING_KEPT)
			return backend_refuse(&h->backends[i], "backend", "the record does not name it (xen-pmem enable %s)", h->backends[i].spec.name);
		rc = labels_choose(inv, book->reserved, &book->record, &h->backends[i], &h->vnvdimms[i], &book->fresh[i], loud);
	}
	return rc;
}

static int all_check(struct inventory *inv, struct book *book, const struct handover *h, enum data_choice choice)
{
	int rc = labels_check(inv, book, h, false);

	return rc ? rc : data_check(book, h, choice);
}

/* In the record zeros stand for no guest: another would get its data without being asked. */
static int guest_check(const struct handover *h)
{
	if (!uuid_is_null(h->guest))
		return EXIT_DONE;
	return refuse(h->where, "its UUID is all zeros, which stand for no guest: make it with one of "
		      "its own (uuidgen)");
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

/* What would be refused later is refused before the record says that it is half erased. */
static int erase_check(struct inventory *inv, const struct xen_pmem_backing *b, const uint8_t *guest)
{
	struct xenpmem_holding holding;
	char name[DOMAIN_NAME_LEN];

	if (inventory_holder(inv, b->uuid, &holding) >= 0)
		return refuse(inventory_name(inv, b->uuid), "guest %s has it",
			      domain_name(holding.domid, name));
	return handover_check_settled(inv, b, guest);
}

/* Others use the host's lock meanwhile, and may have changed the record. */
static int erase_step(struct inventory *inv, struct book *book, const uint8_t uuid[16], uint64_t *done)
{
	int rc = EXIT_DONE, locked;

	host_unlock();
	if (xenpmem_erase(inv->pmem, uuid, done, *done + NOTE_EACH))
		rc = refuse(inventory_name(inv, uuid), "%s", xenpmem_error(inv->pmem));
	locked = host_lock();
	if (rc || locked)
		return EXIT_REFUSED;
	rc = book_open(inv, book);
	if (!rc && !xenpmem_record_find(&book->record, uuid))
		rc = refuse(inventory_name(inv, uuid), "the record names it no more");
	return rc;
}

static int erase_finish(struct inventory *inv, struct book *book, struct xen_pmem_backing *b)
{
	int rc = labels_erase(inv, book->reserved, &book->record, b);

	if (rc)
		return rc;
	b->flags &= ~XEN_PMEM_BACKING_ERASING;
	b->erased = 0;
	memset(b->guest, 0, sizeof(b->guest));
	return book_store(inv, book);
}

/*
 * Each step is noted before the next, so whoever comes after a kill or a power cut goes on from there. The labels go last: they are erased again where that
 * was all that was missing.
 */
static int erase_all(struct inventory *inv, struct book *book, const uint8_t uuid[16])
{
	struct xen_pmem_backing *b = xenpmem_record_find(&book->record, uuid);
	uint64_t done = b->flags & XEN_PMEM_BACKING_ERASING ? b->erased : 0;
	int rc;

	for (;;) {
		b->flags |= XEN_PMEM_BACKING_ERASING;
		b->erased = done;
		rc = book_store(inv, book);
		if (rc || done >= b->length)
			break;
		rc = erase_step(inv, book, uuid, &done);
		if (rc)
			return rc;
		b = xenpmem_record_find(&book->record, uuid);
	}
	return rc ? rc : erase_finish(inv, book, b);
}

/* Its lock is ours. */
static int book_erase(struct inventory *inv, struct book *book, const uint8_t uuid[16])
{
	const struct xen_pmem_backing *b = xenpmem_record_find(&book->record, uuid);
	int rc;

	if (!b || b->flags & XEN_PMEM_BACKING_KEPT)
		return refuse(inventory_name(inv, uuid), "not enabled");
	rc = erase_check(inv, b, NULL);
	return rc ? rc : erase_all(inv, book, uuid);
}

static const struct xen_pmem_backing *backing_of(struct book *book, const struct handover *h,
						 unsigned int i)
{
	if (h->vnvdimms[i].path.kind != XENPMEM_PATH_NONE)
		return NULL;
	return xenpmem_record_find(&book->record, h->vnvdimms[i].backing.uuid);
}

/* Whether it is the namespace of one before it, another part of it. */
static bool is_again(const struct handover *h, unsigned int i)
{
	unsigned int j;

	for (j = 0; j < i; j++)
		if (!memcmp(h->vnvdimms[j].backing.uuid, h->vnvdimms[i].backing.uuid, 16))
			return true;
	return false;
}

/* Those that hold another's data, and may be erased. */
static int others_check(struct inventory *inv, struct book *book, const struct handover *h,
			unsigned int *nr)
{
	const struct xen_pmem_backing *b;
	unsigned int i;
	int rc = EXIT_DONE;

	*nr = 0;
	for (i = 0; i < h->nr && !rc; i++) {
		b = backing_of(book, h, i);
		if (!b || !holds_others(b, h->guest))
			continue;
		(*nr)++;
		rc = erase_check(inv, b, h->guest);
	}
	return rc;
}

/* All of them, for nobody's data shall come to one while another is erased. */
static int others_lock(const struct inventory *inv, struct book *book, const struct handover *h,
		       int *locks)
{
	const uint8_t *uuid;
	unsigned int i;

	for (i = 0; i < h->nr; i++)
		locks[i] = -1;
	for (i = 0; i < h->nr; i++) {
		uuid = h->vnvdimms[i].backing.uuid;
		if (!backing_of(book, h, i) || is_again(h, i))
			continue;
		locks[i] = namespace_lock(inventory_name(inv, uuid), uuid);
		if (locks[i] < 0)
			return EXIT_REFUSED;
	}
	return EXIT_DONE;
}

static void others_unlock(const struct handover *h, const int *locks)
{
	unsigned int i;

	for (i = 0; i < h->nr; i++)
		if (locks[i] >= 0)
			namespace_unlock(locks[i], h->vnvdimms[i].backing.uuid);
}

static int others_erase(struct inventory *inv, struct book *book, const struct handover *h,
			bool *erased)
{
	int locks[XENPMEM_VNVDIMMS_MAX], rc;
	const struct xen_pmem_backing *b;
	unsigned int i, nr;

	rc = others_check(inv, book, h, &nr);
	if (rc || !nr)
		return rc;
	rc = others_lock(inv, book, h, locks);
	*erased = !rc;
	for (i = 0; i < h->nr && !rc; i++) {
		b = backing_of(book, h, i);
		if (b && holds_others(b, h->guest))
			rc = erase_all(inv, book, h->vnvdimms[i].backing.uuid);
	}
	others_unlock(h, locks);
	return rc;
}

/* A slot that is given for the first time may hold what another backing's guest left. */
static int fresh_erase(struct inventory *inv, struct book *book, const struct handover *h)
{
	unsigned int i;
	int rc = EXIT_DONE;

	for (i = 0; i < h->nr && !rc; i++)
		if (book->fresh[i])
			rc = labels_erase(inv, book->reserved, &book->record, xenpmem_record_find(&book->record, h->vnvdimms[i].backing.uuid));
	return rc;
}

int handover_check(struct inventory *inv, const struct handover *h, enum data_choice choice)
{
	struct book book;
	int rc = guest_check(h);

	if (!rc)
		rc = book_open(inv, &book);
	return rc ? rc : all_check(inv, &book, h, choice);
}

int handover_erase_others(struct inventory *inv, const struct handover *h, uint32_t domid,
		       enum data_choice choice, bool *erased)
{
	struct book book;
	int rc = handover_check(inv, h, choice);

	*erased = false;
	if (rc || choice != DATA_ERASE)
		return rc;
	if (domid != HANDOVER_NO_DOMAIN)
		rc = backends_attach_check(inv->pmem, h->where, domid, h->running, h->backends, h->nr,
					   h->vnvdimms);
	if (!rc)
		rc = book_open(inv, &book);
	return rc ? rc : others_erase(inv, &book, h, erased);
}

int handover_resolve(struct inventory *inv, const struct handover *h, uint32_t domid,
		  enum data_choice choice)
{
	bool erased = false;
	int rc = backends_resolve(inv, h->where, h->backends, h->nr, h->vnvdimms);

	if (rc)
		return rc;
	rc = handover_erase_others(inv, h, domid, choice, &erased);
	if (rc || erased)
		backends_close(h->vnvdimms, h->nr);
	if (rc || !erased)
		return rc;
	return backends_resolve(inv, h->where, h->backends, h->nr, h->vnvdimms);
}

/* A guest that had it last is noted already, and at each of its starts nothing is written. */
static int handover_record(struct inventory *inv, struct book *book, const struct handover *h)
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
	return changed ? book_store(inv, book) : EXIT_DONE;
}

/* A host whose namespaces were enabled before there were labels, or where that failed, serves them from now on. */
static int labels_need(struct inventory *inv, struct book *book, const struct handover *h)
{
	unsigned int i;

	for (i = 0; i < h->nr; i++)
		if (h->vnvdimms[i].labels.length && labels_serve(inv->pmem, book->reserved, &book->record))
			return backend_refuse(&h->backends[i], "label", "Xen does not take the label area: %s", xenpmem_error(inv->pmem));
	return EXIT_DONE;
}

static int handover_assign(struct inventory *inv, const struct handover *h, uint32_t domid, enum data_choice choice)
{
	struct book book;
	int rc = guest_check(h);

	if (!rc)
		rc = book_open(inv, &book);
	if (!rc)
		rc = labels_check(inv, &book, h, true);
	if (!rc)
		rc = backends_attach_check(inv->pmem, h->where, domid, h->running, h->backends, h->nr, h->vnvdimms);
	if (!rc)
		rc = data_check(&book, h, choice == DATA_KEEP ? DATA_KEEP : DATA_ASK);
	if (!rc)
		rc = labels_need(inv, &book, h);
	if (!rc)
		rc = fresh_erase(inv, &book, h);
	if (!rc)
		rc = handover_record(inv, &book, h);
	return rc ? rc : backends_attach(inv->pmem, h->where, domid, h->running, h->backends, h->nr, h->vnvdimms);
}

int handover_pin_and_assign(struct inventory *inv, const struct handover *h, uint32_t domid, enum data_choice choice)
{
	int rc = backends_pin(inv, h->backends, h->nr, h->vnvdimms, domid);

	if (!rc)
		rc = handover_assign(inv, h, domid, choice);
	backends_close(h->vnvdimms, h->nr);
	if (rc)
		backends_unpin(inv, h->backends, h->nr, h->vnvdimms);
	return rc;
}

int handover_erase_locked(struct inventory *inv, const uint8_t uuid[16])
{
	struct book book;
	int rc = host_lock();

	if (!rc)
		rc = book_open(inv, &book);
	return rc ? rc : book_erase(inv, &book, uuid);
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

bool backing_holds_data(const struct xen_pmem_backing *backing)
{
	return holds_others(backing, NULL);
}

int handover_to_dom0(struct inventory *inv, const struct xenpmem_namespace *ns, enum data_choice choice)
{
	const struct xen_pmem_backing *b;
	struct book book;
	int rc = book_open(inv, &book);

	if (rc)
		return rc;
	b = xenpmem_record_find(&book.record, ns->range.uuid);
	if (!b || !holds_others(b, NULL) || choice == DATA_KEEP)
		return EXIT_DONE;
	if (choice == DATA_ERASE)
		return handover_erase(inv, ns->range.uuid);
	return refuse(namespace_name(ns), "%s", disclosure_text(b));
}
