// SPDX-License-Identifier: GPL-2.0-only
/* Lends namespaces to copies: refuses those that are somebody's, reads and writes their labels, notes in the record whose data come to be there. */
#include "copy/lending.h"

#include <errno.h>
#include <string.h>
#include <uuid/uuid.h>

#include "host/guest_lock.h"
#include "host/labels.h"
#include "host/handover.h"
#include "host/reap.h"
#include "host/serving.h"

#define LOAN_NAME	"xen-pmem-copy-"	/* and the namespace's device: what xl list shows */

int lent_find(struct lent *lent, const char *name, bool *found)
{
	int rc;

	*lent = (struct lent){ .name = name, .claim = -1 };
	reap_orphans();
	rc = host_open_locked(&lent->host);
	if (rc)
		return rc;
	reap_dead(lent->host.pmem, true);
	/* /dev/pmem0 may be the name of a namespace that is dom0's: a device like any other. */
	*found = !xenpmem_namespace_find(lent->host.pmem, lent->host.list, lent->host.nr, name, &lent->ns) && (name[0] != '/' || lent->ns->bound);
	if (!*found && name[0] != '/')
		rc = refuse(name, "%s", xenpmem_error(lent->host.pmem));
	if (rc || !*found)
		host_close(&lent->host);
	return rc;
}

static int refuse_ns(const struct lent *lent, const char *what)
{
	return refuse(host_name(lent->ns), "%s%s", what, xenpmem_error(lent->host.pmem));
}

static int holder_check(struct lent *lent)
{
	struct xenpmem_holding holding;
	char guest[DOMAIN_NAME_LEN];

	if (host_holder(&lent->host, lent->ns->range.uuid, &holding) < 0)
		return EXIT_DONE;
	return refuse(host_name(lent->ns), "guest %s has it", domain_name(holding.domid, guest));
}

static int common_check(struct lent *lent)
{
	const struct xenpmem_namespace *ns = lent->ns;
	int rc;

	if (ns->role == XEN_PMEM_ROLE_HOST)
		return refuse(host_name(ns), "not a guest's: copy its device%s%s, or files on that", ns->block[0] ? ", /dev/" : "", ns->block);
	rc = host_need_bound(ns);
	if (rc)
		return rc;
	if (ns->role == XEN_PMEM_ROLE_RESERVED)
		return refuse(host_name(ns), "this is the reserved area");
	if (host_why_bad(ns))
		return refuse(host_name(ns), "%s", host_why_bad(ns));
	rc = holder_check(lent);
	return rc ? rc : namespace_check_unlocked(host_name(ns), ns->range.uuid);
}

/* One at a time: whoever comes after a kill looks for one domain of the claim's UUID. */
static int loan_take(struct lent *lent, const struct xenpmem_range *range, bool write, struct xenpmem_loan *loan)
{
	struct claim_note note = { .copy = true };

	snprintf(note.name, sizeof(note.name), LOAN_NAME "%s", lent->ns->device);
	if (lent->claim < 0) {
		uuid_generate(lent->uuid);
		lent->claim = claim_take(lent->uuid);
		if (lent->claim < 0)
			return refuse(note.name, "no claim on it: %s", strerror(errno));
		claim_write(lent->claim, &note);
	}
	if (xenpmem_lend(lent->host.pmem, lent->uuid, note.name, range, write, loan))
		return refuse_ns(lent, "");
	lent->lending = true;
	return EXIT_DONE;
}

static int loan_return(struct lent *lent, const struct xenpmem_loan *loan)
{
	lent->lending = false;
	return xenpmem_loan_end(lent->host.pmem, loan) ? refuse_ns(lent, "") : EXIT_DONE;
}

static int namespace_take(struct lent *lent, struct medium *m, bool write)
{
	*m = (struct medium){
		.kind = MEDIUM_LOAN, .name = lent->name, .size = lent->ns->range.length, .write = write, .fd = -1, .pmem = lent->host.pmem,
	};
	return loan_take(lent, &lent->ns->range, write, &m->loan);
}

/* The whole slot at once, from or to `labels`. */
static int slot_copy(struct lent *lent, const struct xenpmem_range *slot, uint8_t *labels, bool write)
{
	xenpmem_handle *pmem = lent->host.pmem;
	struct xenpmem_loan loan;
	int rc;

	rc = loan_take(lent, slot, write, &loan);
	if (rc)
		return rc;
	if (write)
		rc = xenpmem_loan_write(pmem, &loan, 0, labels, XEN_PMEM_LABEL_SIZE);
	else
		rc = xenpmem_loan_read(pmem, &loan, 0, labels, XEN_PMEM_LABEL_SIZE);
	if (rc)
		rc = refuse_ns(lent, "its labels: ");
	return loan_return(lent, &loan) || rc ? EXIT_REFUSED : EXIT_DONE;
}

/* Of a namespace that is disabled the label area may not be served: then it is, for as long as this takes. */
static int labels_read(struct lent *lent, const struct xenpmem_namespace *reserved, struct xenpmem_record *record, const struct xen_pmem_backing *b,
		       struct image *image)
{
	struct xenpmem_range slot;
	struct serving s;
	int rc;

	image->has_labels = b->label_slot;
	if (!b->label_slot)
		return EXIT_DONE;
	rc = serving_open(&s, &lent->host, reserved, record);
	if (rc)
		return rc;
	if (xenpmem_record_slot(lent->host.pmem, reserved, record, b->label_slot, &slot))
		rc = refuse_ns(lent, "its labels: ");
	else
		rc = slot_copy(lent, &slot, image->labels, false);
	serving_undo(&s);
	return rc;
}

static int half_check(const struct lent *lent, const struct xen_pmem_backing *b)
{
	if (b && b->flags & XEN_PMEM_BACKING_ERASING)
		return refuse(host_name(lent->ns), "half erased or restored: nothing to keep a copy of (xen-pmem erase, or copy-in)");
	return EXIT_DONE;
}

/* What Xen does not have the driver reads; what Xen has and has not come to the end of, nobody does. */
static int out_take(struct lent *lent, struct medium *m)
{
	struct xenpmem_served served;

	if (host_served(&lent->host, lent->ns->range.uuid, &served) && served.state == XEN_PMEM_RANGE_SERVED)
		return namespace_take(lent, m, false);
	if (lent->ns->held)
		return refuse(host_name(lent->ns), "half enabled (xen-pmem enable, or disable)");
	return medium_open_driver(m, lent->name, lent->ns);
}

static int out_read(struct lent *lent, struct medium *m, struct image *image)
{
	const struct xenpmem_namespace *reserved;
	const struct xen_pmem_backing *b = NULL;
	struct xenpmem_record record;
	int rc;

	if (!host_look_reserved(&lent->host, &reserved, &record))
		b = xenpmem_record_find(&record, lent->ns->range.uuid);
	rc = half_check(lent, b);
	if (!rc && b)
		rc = owner_check_settled(&lent->host, b, NULL);
	if (!rc && b) {
		memcpy(image->guest, b->guest, sizeof(image->guest));
		rc = labels_read(lent, reserved, &record, b, image);
	}
	return rc ? rc : out_take(lent, m);
}

int lent_open_out(struct lent *lent, struct medium *m, struct image *image)
{
	int rc = common_check(lent);

	memcpy(image->uuid, lent->ns->range.uuid, sizeof(image->uuid));
	snprintf(image->backing, sizeof(image->backing), "%s", host_name(lent->ns));
	if (!rc)
		rc = out_read(lent, m, image);
	host_unlock();
	if (rc)
		lent_close(lent, m);
	return rc;
}

/* Data that nobody is asked about: nobody's, and what a copy-in for this guest has begun to overwrite. */
static int overwrite_check(const struct lent *lent, const struct xen_pmem_backing *b, const struct image *image, bool overwrite)
{
	if (overwrite || !owner_holds(b))
		return EXIT_DONE;
	if (!(b->flags & XEN_PMEM_BACKING_ERASING))
		return refuse(host_name(lent->ns), "it holds data of %s: --overwrite has them overwritten", owner_text(b));
	if (!memcmp(b->guest, image->guest, sizeof(b->guest)))
		return EXIT_DONE;
	return refuse(host_name(lent->ns), "half erased or restored, for %s: --overwrite has it overwritten", owner_text(b));
}

/* That the record names it, and that there is a slot for what labels there are. */
static int record_check(struct lent *lent, const struct xenpmem_namespace *reserved, struct xenpmem_record *record, const struct image *image,
			struct xen_pmem_backing **b)
{
	struct xenpmem_served served;

	*b = xenpmem_record_find(record, lent->ns->range.uuid);
	if (!*b || (*b)->flags & XEN_PMEM_BACKING_KEPT || !host_served(&lent->host, lent->ns->range.uuid, &served) ||
	    served.state != XEN_PMEM_RANGE_SERVED)
		return refuse(host_name(lent->ns), "not enabled (xen-pmem enable)");
	if (image->has_labels && !(*b)->label_slot && !xenpmem_record_slot_free(record))
		return refuse(host_name(reserved), "no label slot is free, and the image has labels");
	return EXIT_DONE;
}

/* A guest's labels name the vNVDIMM that they are of: by its serial number, which is made of the namespace's UUID. */
static int labels_check(const struct lent *lent, const struct image *image)
{
	struct uuid_buf uuid;
	size_t i = 0;

	if (!memcmp(image->uuid, lent->ns->range.uuid, sizeof(image->uuid)))
		return EXIT_DONE;
	while (image->has_labels && i < sizeof(image->labels) && !image->labels[i])
		i++;
	if (!image->has_labels || i == sizeof(image->labels))
		return EXIT_DONE;
	return refuse(host_name(lent->ns), "the image's labels are good in a namespace of its UUID only (ndctl create-namespace -m raw -u %s)",
		      uuid_text(image->uuid, &uuid));
}

static int in_check(struct lent *lent, const struct image *image, bool overwrite)
{
	const struct xenpmem_namespace *reserved;
	struct xenpmem_record record;
	struct xen_pmem_backing *b;
	int rc;

	rc = host_reserved(&lent->host, &reserved, &record);
	if (!rc)
		rc = record_check(lent, reserved, &record, image, &b);
	if (!rc)
		rc = labels_check(lent, image);
	if (!rc)
		rc = owner_check_settled(&lent->host, b, NULL);
	return rc ? rc : overwrite_check(lent, b, image, overwrite);
}

int lent_open_in(struct lent *lent, struct medium *m, const struct image *image, bool overwrite)
{
	int rc = common_check(lent);

	if (!rc && host_why_unfit(&lent->ns->health, false))
		rc = refuse(host_name(lent->ns), "%s", host_why_unfit(&lent->ns->health, false));
	if (!rc)
		rc = in_check(lent, image, overwrite);
	if (!rc)
		rc = namespace_take(lent, m, true);
	host_unlock();
	if (rc)
		lent_close(lent, m);
	return rc;
}

static int record_open(struct lent *lent, const struct image *image, const struct xenpmem_namespace **reserved, struct xenpmem_record *record,
		       struct xen_pmem_backing **b)
{
	int rc = host_lock();

	if (!rc)
		rc = host_reserved(&lent->host, reserved, record);
	return rc ? rc : record_check(lent, *reserved, record, image, b);
}

static int record_close(struct lent *lent, const struct xenpmem_namespace *reserved, struct xenpmem_record *record)
{
	if (xenpmem_record_store(lent->host.pmem, reserved, record))
		return refuse(host_name(reserved), "%s", xenpmem_error(lent->host.pmem));
	return EXIT_DONE;
}

/* No byte of it is zero for certain, so that an erase begins at its start. */
int lent_begin(struct lent *lent, const struct image *image)
{
	const struct xenpmem_namespace *reserved;
	struct xenpmem_record record;
	struct xen_pmem_backing *b;
	int rc = record_open(lent, image, &reserved, &record, &b);

	if (!rc) {
		b->flags |= XEN_PMEM_BACKING_ERASING;
		b->erased = 0;
		memcpy(b->guest, image->guest, sizeof(b->guest));
		rc = record_close(lent, reserved, &record);
	}
	host_unlock();
	return rc;
}

/* A slot that is new to it is named by the record when the labels are in it, not before. Without labels in the image it must not find others. */
static int labels_write(struct lent *lent, const struct xenpmem_namespace *reserved, struct xenpmem_record *record, struct xen_pmem_backing *b,
			const struct image *image)
{
	uint8_t labels[XEN_PMEM_LABEL_SIZE];
	struct xenpmem_range slot;

	if (!image->has_labels)
		return labels_erase(&lent->host, reserved, record, b);
	if (!b->label_slot)
		b->label_slot = xenpmem_record_slot_free(record);
	if (xenpmem_record_slot(lent->host.pmem, reserved, record, b->label_slot, &slot) || labels_serve(lent->host.pmem, reserved, record))
		return refuse_ns(lent, "its labels: ");
	memcpy(labels, image->labels, sizeof(labels));
	return slot_copy(lent, &slot, labels, true);
}

int lent_finish(struct lent *lent, struct medium *m, const struct image *image)
{
	const struct xenpmem_namespace *reserved;
	struct xenpmem_record record;
	struct xen_pmem_backing *b;
	int rc = record_open(lent, image, &reserved, &record, &b);

	if (!rc)
		rc = loan_return(lent, &m->loan);
	if (!rc)
		rc = labels_write(lent, reserved, &record, b, image);
	if (!rc) {
		b->flags &= ~XEN_PMEM_BACKING_ERASING;
		b->erased = 0;
		rc = record_close(lent, reserved, &record);
	}
	host_unlock();
	return rc;
}

int lent_close(struct lent *lent, struct medium *m)
{
	int rc = lent->lending ? loan_return(lent, &m->loan) : EXIT_DONE;

	if (lent->claim >= 0)
		claim_drop(lent->claim, lent->uuid);
	lent->claim = -1;
	host_close(&lent->host);
	return rc;
}
