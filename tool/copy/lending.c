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

int lending_find(struct lending *lending, const char *name, bool *found)
{
	int rc;

	*lending = (struct lending){ .name = name, .lock = -1 };
	orphans_reap();
	rc = inventory_open_locked(&lending->inv);
	if (rc)
		return rc;
	reap_dead(lending->inv.pmem, true);
	/* /dev/pmem0 may be the name of a namespace that is dom0's: a device like any other. */
	*found = !xenpmem_namespace_find(lending->inv.pmem, lending->inv.list, lending->inv.nr, name, &lending->ns) && (name[0] != '/' || lending->ns->bound);
	if (!*found && name[0] != '/')
		rc = refuse(name, "%s", xenpmem_error(lending->inv.pmem));
	if (rc || !*found)
		inventory_close(&lending->inv);
	return rc;
}

static int refuse_ns(const struct lending *lending, const char *what)
{
	return refuse(namespace_name(lending->ns), "%s%s", what, xenpmem_error(lending->inv.pmem));
}

static int holder_check(struct lending *lending)
{
	struct xenpmem_holding holding;
	char guest[DOMAIN_NAME_LEN];

	if (inventory_holder(&lending->inv, lending->ns->range.uuid, &holding) < 0)
		return EXIT_DONE;
	return refuse(namespace_name(lending->ns), "guest %s has it", domain_name(holding.domid, guest));
}

static int common_check(struct lending *lending)
{
	const struct xenpmem_namespace *ns = lending->ns;
	int rc;

	if (ns->role == XEN_PMEM_ROLE_HOST)
		return refuse(namespace_name(ns), "not a guest's: copy its device%s%s, or files on that", ns->block[0] ? ", /dev/" : "", ns->block);
	rc = namespace_need_bound(ns);
	if (rc)
		return rc;
	if (ns->role == XEN_PMEM_ROLE_RESERVED)
		return refuse(namespace_name(ns), "this is the reserved area");
	if (namespace_why_bad(ns))
		return refuse(namespace_name(ns), "%s", namespace_why_bad(ns));
	rc = holder_check(lending);
	return rc ? rc : namespace_check_unlocked(namespace_name(ns), ns->range.uuid);
}

/* One at a time: whoever comes after a kill looks for one domain of the claim's UUID. */
static int loan_take(struct lending *lending, const struct xenpmem_range *range, bool write, struct xenpmem_loan *loan)
{
	struct guest_lock_note note = { .copy = true };

	snprintf(note.name, sizeof(note.name), LOAN_NAME "%s", lending->ns->device);
	if (lending->lock < 0) {
		uuid_generate(lending->uuid);
		lending->lock = guest_lock_take(lending->uuid);
		if (lending->lock < 0)
			return refuse(note.name, "no claim on it: %s", strerror(errno));
		guest_lock_write(lending->lock, &note);
	}
	if (xenpmem_lend(lending->inv.pmem, lending->uuid, note.name, range, write, loan))
		return refuse_ns(lending, "");
	lending->lending = true;
	return EXIT_DONE;
}

static int loan_return(struct lending *lending, const struct xenpmem_loan *loan)
{
	lending->lending = false;
	return xenpmem_loan_end(lending->inv.pmem, loan) ? refuse_ns(lending, "") : EXIT_DONE;
}

static int namespace_take(struct lending *lending, struct endpoint *m, bool write)
{
	*m = (struct endpoint){
		.kind = ENDPOINT_LOAN, .name = lending->name, .size = lending->ns->range.length, .write = write, .fd = -1, .pmem = lending->inv.pmem,
	};
	return loan_take(lending, &lending->ns->range, write, &m->loan);
}

/* The whole slot at once, from or to `labels`. */
static int slot_copy(struct lending *lending, const struct xenpmem_range *slot, uint8_t *labels, bool write)
{
	xenpmem_handle *pmem = lending->inv.pmem;
	struct xenpmem_loan loan;
	int rc;

	rc = loan_take(lending, slot, write, &loan);
	if (rc)
		return rc;
	if (write)
		rc = xenpmem_loan_write(pmem, &loan, 0, labels, XEN_PMEM_LABEL_SIZE);
	else
		rc = xenpmem_loan_read(pmem, &loan, 0, labels, XEN_PMEM_LABEL_SIZE);
	if (rc)
		rc = refuse_ns(lending, "its labels: ");
	return loan_return(lending, &loan) || rc ? EXIT_REFUSED : EXIT_DONE;
}

/* Of a namespace that is disabled the label area may not be served: then it is, for as long as this takes. */
static int labels_read(struct lending *lending, const struct xenpmem_namespace *reserved, struct xenpmem_record *record, const struct xen_pmem_backing *b,
		       struct description *d)
{
	struct xenpmem_range slot;
	struct serving s;
	int rc;

	d->has_labels = b->label_slot;
	if (!b->label_slot)
		return EXIT_DONE;
	rc = serving_open(&s, &lending->inv, reserved, record);
	if (rc)
		return rc;
	if (xenpmem_record_slot(lending->inv.pmem, reserved, record, b->label_slot, &slot))
		rc = refuse_ns(lending, "its labels: ");
	else
		rc = slot_copy(lending, &slot, d->labels, false);
	serving_undo(&s);
	return rc;
}

static int half_check(const struct lending *lending, const struct xen_pmem_backing *b)
{
	if (b && b->flags & XEN_PMEM_BACKING_ERASING)
		return refuse(namespace_name(lending->ns), "half erased or restored: nothing to keep a copy of (xen-pmem erase, or copy-in)");
	return EXIT_DONE;
}

/* What Xen does not have the driver reads; what Xen has and has not come to the end of, nobody does. */
static int out_take(struct lending *lending, struct endpoint *m)
{
	struct xenpmem_served served;

	if (inventory_served(&lending->inv, lending->ns->range.uuid, &served) && served.state == XEN_PMEM_RANGE_SERVED)
		return namespace_take(lending, m, false);
	if (lending->ns->held)
		return refuse(namespace_name(lending->ns), "half enabled (xen-pmem enable, or disable)");
	return endpoint_open_driver(m, lending->name, lending->ns);
}

static int out_read(struct lending *lending, struct endpoint *m, struct description *d)
{
	const struct xenpmem_namespace *reserved;
	const struct xen_pmem_backing *b = NULL;
	struct xenpmem_record record;
	int rc;

	if (!inventory_look_reserved(&lending->inv, &reserved, &record))
		b = xenpmem_record_find(&record, lending->ns->range.uuid);
	rc = half_check(lending, b);
	if (!rc && b)
		rc = handover_check_settled(&lending->inv, b, NULL);
	if (!rc && b) {
		memcpy(d->guest, b->guest, sizeof(d->guest));
		rc = labels_read(lending, reserved, &record, b, d);
	}
	return rc ? rc : out_take(lending, m);
}

int lending_open_out(struct lending *lending, struct endpoint *m, struct description *d)
{
	int rc = common_check(lending);

	memcpy(d->uuid, lending->ns->range.uuid, sizeof(d->uuid));
	snprintf(d->backing, sizeof(d->backing), "%s", namespace_name(lending->ns));
	if (!rc)
		rc = out_read(lending, m, d);
	host_unlock();
	if (rc)
		lending_close(lending, m);
	return rc;
}

/* Data that nobody is asked about: nobody's, and what a copy-in for this guest has begun to overwrite. */
static int overwrite_check(const struct lending *lending, const struct xen_pmem_backing *b, const struct description *d, bool overwrite)
{
	if (overwrite || !backing_holds_data(b))
		return EXIT_DONE;
	if (!(b->flags & XEN_PMEM_BACKING_ERASING))
		return refuse(namespace_name(lending->ns), "it holds data of %s: --overwrite has them overwritten", backing_owner_text(b));
	if (!memcmp(b->guest, d->guest, sizeof(b->guest)))
		return EXIT_DONE;
	return refuse(namespace_name(lending->ns), "half erased or restored, for %s: --overwrite has it overwritten", backing_owner_text(b));
}

/* That the record names it, and that there is a slot for what labels there are. */
static int record_check(struct lending *lending, const struct xenpmem_namespace *reserved, struct xenpmem_record *record, const struct description *d,
			struct xen_pmem_backing **b)
{
	struct xenpmem_served served;

	*b = xenpmem_record_find(record, lending->ns->range.uuid);
	if (!*b || (*b)->flags & XEN_PMEM_BACKING_KEPT || !inventory_served(&lending->inv, lending->ns->range.uuid, &served) ||
	    served.state != XEN_PMEM_RANGE_SERVED)
		return refuse(namespace_name(lending->ns), "not enabled (xen-pmem enable)");
	if (d->has_labels && !(*b)->label_slot && !xenpmem_record_slot_free(record))
		return refuse(namespace_name(reserved), "no label slot is free, and the image has labels");
	return EXIT_DONE;
}

/* A guest's labels name the vNVDIMM that they are of: by its serial number, which is made of the namespace's UUID. */
static int labels_check(const struct lending *lending, const struct description *d)
{
	struct uuid_buf uuid;
	size_t i = 0;

	if (!memcmp(d->uuid, lending->ns->range.uuid, sizeof(d->uuid)))
		return EXIT_DONE;
	while (d->has_labels && i < sizeof(d->labels) && !d->labels[i])
		i++;
	if (!d->has_labels || i == sizeof(d->labels))
		return EXIT_DONE;
	return refuse(namespace_name(lending->ns), "the image's labels are good in a namespace of its UUID only (ndctl create-namespace -m raw -u %s)",
		      uuid_text(d->uuid, &uuid));
}

static int in_check(struct lending *lending, const struct description *d, bool overwrite)
{
	const struct xenpmem_namespace *reserved;
	struct xenpmem_record record;
	struct xen_pmem_backing *b;
	int rc;

	rc = inventory_reserved(&lending->inv, &reserved, &record);
	if (!rc)
		rc = record_check(lending, reserved, &record, d, &b);
	if (!rc)
		rc = labels_check(lending, d);
	if (!rc)
		rc = handover_check_settled(&lending->inv, b, NULL);
	return rc ? rc : overwrite_check(lending, b, d, overwrite);
}

int lending_open_in(struct lending *lending, struct endpoint *m, const struct description *d, bool overwrite)
{
	int rc = common_check(lending);

	if (!rc && health_why_unfit(&lending->ns->health, false))
		rc = refuse(namespace_name(lending->ns), "%s", health_why_unfit(&lending->ns->health, false));
	if (!rc)
		rc = in_check(lending, d, overwrite);
	if (!rc)
		rc = namespace_take(lending, m, true);
	host_unlock();
	if (rc)
		lending_close(lending, m);
	return rc;
}

static int record_open(struct lending *lending, const struct description *d, const struct xenpmem_namespace **reserved, struct xenpmem_record *record,
		       struct xen_pmem_backing **b)
{
	int rc = host_lock();

	if (!rc)
		rc = inventory_reserved(&lending->inv, reserved, record);
	return rc ? rc : record_check(lending, *reserved, record, d, b);
}

static int record_close(struct lending *lending, const struct xenpmem_namespace *reserved, struct xenpmem_record *record)
{
	if (xenpmem_record_store(lending->inv.pmem, reserved, record))
		return refuse(namespace_name(reserved), "%s", xenpmem_error(lending->inv.pmem));
	return EXIT_DONE;
}

/* No byte of it is zero for certain, so that an erase begins at its start. */
int lending_begin(struct lending *lending, const struct description *d)
{
	const struct xenpmem_namespace *reserved;
	struct xenpmem_record record;
	struct xen_pmem_backing *b;
	int rc = record_open(lending, d, &reserved, &record, &b);

	if (!rc) {
		b->flags |= XEN_PMEM_BACKING_ERASING;
		b->erased = 0;
		memcpy(b->guest, d->guest, sizeof(b->guest));
		rc = record_close(lending, reserved, &record);
	}
	host_unlock();
	return rc;
}

/* A slot that is new to it is named by the record when the labels are in it, not before. Without labels in the image it must not find others. */
static int labels_write(struct lending *lending, const struct xenpmem_namespace *reserved, struct xenpmem_record *record, struct xen_pmem_backing *b,
			const struct description *d)
{
	uint8_t labels[XEN_PMEM_LABEL_SIZE];
	struct xenpmem_range slot;

	if (!d->has_labels)
		return labels_erase(&lending->inv, reserved, record, b);
	if (!b->label_slot)
		b->label_slot = xenpmem_record_slot_free(record);
	if (xenpmem_record_slot(lending->inv.pmem, reserved, record, b->label_slot, &slot) || labels_serve(lending->inv.pmem, reserved, record))
		return refuse_ns(lending, "its labels: ");
	memcpy(labels, d->labels, sizeof(labels));
	return slot_copy(lending, &slot, labels, true);
}

int lending_finish(struct lending *lending, struct endpoint *m, const struct description *d)
{
	const struct xenpmem_namespace *reserved;
	struct xenpmem_record record;
	struct xen_pmem_backing *b;
	int rc = record_open(lending, d, &reserved, &record, &b);

	if (!rc)
		rc = loan_return(lending, &m->loan);
	if (!rc)
		rc = labels_write(lending, reserved, &record, b, d);
	if (!rc) {
		b->flags &= ~XEN_PMEM_BACKING_ERASING;
		b->erased = 0;
		rc = record_close(lending, reserved, &record);
	}
	host_unlock();
	return rc;
}

int lending_close(struct lending *lending, struct endpoint *m)
{
	int rc = lending->lending ? loan_return(lending, &m->loan) : EXIT_DONE;

	if (lending->lock >= 0)
		guest_lock_drop(lending->lock, lending->uuid);
	lending->lock = -1;
	inventory_close(&lending->inv);
	return rc;
}
