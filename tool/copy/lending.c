// SPDX-License-Identifier: GPL-2.0-only
/* Lends namespaces to copies, copies their labels, and records whose data are copied in. */
#include "copy/lending.h"

#include <errno.h>
#include <string.h>
#include <uuid/uuid.h>

#include "host/guest_lock.h"
#include "host/handover.h"
#include "host/reap.h"
#include "host/reserved.h"

#define LOAN_NAME	"xen-pmem-copy-"	/* and the device: what xl list shows */

int lending_find(struct lending *l, const char *name, bool dry_run, bool *found)
{
	struct inventory *inv = &l->inv;
	int rc;

	*l = (struct lending){ .name = name, .lock = -1, .lends = !dry_run };
	rc = inventory_open_reaped(inv, dry_run);
	if (rc)
		return rc;
	if (inventory_find_backend(inv, name, &l->ns))
		rc = refuse(name, "%s", xenpmem_error(inv->pmem));
	*found = !rc && l->ns;
	if (!*found)
		inventory_close(inv);
	return rc;
}

static int ns_refuse(const struct lending *l, const char *what)
{
	return refuse(namespace_name(l->ns), "%s%s", what, xenpmem_error(l->inv.pmem));
}

/* One loan at a time: after a kill the next command looks for one domain of this UUID. */
static int loan_take(struct lending *l, const struct xenpmem_range *range, bool write,
		     struct xenpmem_loan *loan)
{
	struct guest_lock_note note = { .copy = true };

	snprintf(note.name, sizeof(note.name), LOAN_NAME "%s", l->ns->device);
	if (l->lock < 0) {
		uuid_generate(l->uuid);
		l->lock = guest_lock_take(l->uuid);
		if (l->lock < 0)
			return refuse(note.name, "cannot be locked: %s", strerror(errno));
		guest_lock_write(l->lock, &note);
	}
	if (xenpmem_lend(l->inv.pmem, l->uuid, note.name, range, write, loan))
		return ns_refuse(l, "");
	l->is_lent = true;
	return EXIT_DONE;
}

static int loan_return(struct lending *l, const struct xenpmem_loan *loan)
{
	l->is_lent = false;
	return xenpmem_loan_end(l->inv.pmem, loan) ? ns_refuse(l, "") : EXIT_DONE;
}

static int namespace_lend(struct lending *l, struct endpoint *e, bool write)
{
	*e = (struct endpoint){
		.kind = ENDPOINT_LOAN, .name = l->name, .size = l->ns->range.length,
		.write = write, .fd = -1, .pmem = l->inv.pmem,
	};
	return l->lends ? loan_take(l, &l->ns->range, write, &e->loan) : EXIT_DONE;
}

/* Where a slot is, while Xen serves the label area. 0 or -errno. */
static int slot_find(const struct lending *l, uint32_t slot, struct xenpmem_range *range)
{
	return xenpmem_record_slot(l->inv.pmem, l->inv.reserved, &l->inv.record, slot, range);
}

/* slot 0: the namespace has no labels. */
static int slot_erase(const struct lending *l, uint32_t slot)
{
	const struct inventory *inv = &l->inv;

	if (!slot || !xenpmem_labels_erase(inv->pmem, inv->reserved, &inv->record, slot))
		return EXIT_DONE;
	return ns_refuse(l, "its labels: ");
}

/* Copies the whole slot at once, from or to `labels`. */
static int slot_copy(struct lending *l, const struct xenpmem_range *slot, uint8_t *labels,
		     bool write)
{
	xenpmem_handle *pmem = l->inv.pmem;
	struct xenpmem_loan loan;
	int rc;

	rc = loan_take(l, slot, write, &loan);
	if (rc)
		return rc;
	if (write)
		rc = xenpmem_loan_write(pmem, &loan, 0, labels, XEN_PMEM_LABEL_SIZE);
	else
		rc = xenpmem_loan_read(pmem, &loan, 0, labels, XEN_PMEM_LABEL_SIZE);
	if (rc)
		rc = ns_refuse(l, "its labels: ");
	return loan_return(l, &loan) || rc ? EXIT_REFUSED : EXIT_DONE;
}

/* While no namespace is enabled Xen does not serve the label area: it does for this read. */
static int labels_read(struct lending *l, const struct xen_pmem_backing *b, struct description *d)
{
	struct xenpmem_range slot;
	bool opened;
	int rc;

	d->has_labels = b->label_slot;
	if (!b->label_slot || !l->lends)
		return EXIT_DONE;
	rc = reserved_open(&l->inv, &opened);
	if (rc)
		return rc;
	if (slot_find(l, b->label_slot, &slot))
		rc = ns_refuse(l, "its labels: ");
	else
		rc = slot_copy(l, &slot, d->labels, false);
	if (opened)
		xenpmem_area_close(l->inv.pmem, l->inv.reserved);
	return rc;
}

static int whole_check(const struct lending *l, const struct xen_pmem_backing *b)
{
	if (b && b->flags & XEN_PMEM_BACKING_ERASING)
		return refuse(namespace_name(l->ns), "an erase or restore was interrupted, so its "
			      "contents are not worth a copy; finish it with xen-pmem erase or "
			      "copy-in");
	return EXIT_DONE;
}

/*
 * Xen lends what it serves, and the driver reads what is dom0's. After an interrupted enable or
 * disable neither lets dom0 read the namespace.
 */
static int out_lend(struct lending *l, struct endpoint *e)
{
	if (inventory_is_enabled(&l->inv, l->ns->range.uuid))
		return namespace_lend(l, e, false);
	if (l->ns->held)
		return refuse(namespace_name(l->ns),
			      "an enable or disable was interrupted; run either again");
	return endpoint_open_driver(e, l->name, l->ns);
}

static int out_open(struct lending *l, struct endpoint *e, struct description *d)
{
	const struct xen_pmem_backing *b = inventory_backing(&l->inv, l->ns->range.uuid);
	int rc;

	rc = whole_check(l, b);
	if (!rc && b)
		rc = handover_check_settled(&l->inv, b, NULL);
	if (!rc && b) {
		memcpy(d->guest, b->guest, sizeof(d->guest));
		rc = labels_read(l, b, d);
	}
	return rc ? rc : out_lend(l, e);
}

/* The list of bad blocks must be complete: whoever reads a loan elsewhere takes dom0 down. */
static int bad_check(const struct lending *l, const char *name)
{
	const struct xenpmem_namespace *ns = l->ns;

	if (!ns->nr_bad)
		return EXIT_DONE;
	if (!l->skips_bad)
		return refuse(name, "bad blocks, the first at byte %llu; --skip-bad copies all but "
			      "these", (unsigned long long)ns->bad[0].offset);
	return ns->nr_bad <= XENPMEM_BAD_MAX ?
		       EXIT_DONE :
		       refuse(name, "it has more than %u ranges of bad blocks: clear some in dom0 "
			      "first (ndctl clear-errors %s)", XENPMEM_BAD_MAX, ns->device);
}

int lending_open_out(struct lending *l, struct endpoint *e, struct description *d)
{
	struct line name;
	int rc;

	namespace_name_line(l->ns, &name);
	memcpy(d->uuid, l->ns->range.uuid, sizeof(d->uuid));
	snprintf(d->backing, sizeof(d->backing), "%s", name.text);
	rc = inventory_need_free(&l->inv, name.text, l->ns, 0);
	if (!rc)
		rc = bad_check(l, name.text);
	if (!rc)
		rc = out_open(l, e, d);
	host_unlock();
	if (rc)
		lending_close(l, e);
	return rc;
}

/*
 * Data may be lost unasked if they are no guest's, or if an earlier copy-in for the same guest
 * began to overwrite them.
 */
static int overwrite_check(const struct lending *l, const struct xen_pmem_backing *b,
			   const struct description *d, bool overwrite)
{
	if (overwrite || !xenpmem_backing_holds_others(b, NULL))
		return EXIT_DONE;
	if (!(b->flags & XEN_PMEM_BACKING_ERASING))
		return refuse(namespace_name(l->ns),
			      "it holds data of %s: --overwrite has them overwritten",
			      backing_owner_text(b));
	if (!memcmp(b->guest, d->guest, sizeof(b->guest)))
		return EXIT_DONE;
	return refuse(namespace_name(l->ns),
		      "an erase or restore was interrupted, for %s: --overwrite has it overwritten",
		      backing_owner_text(b));
}

/* The record must name it, and have a slot for labels if the image has labels. */
static int record_check(struct lending *l, struct xenpmem_record *record,
			const struct description *d, struct xen_pmem_backing **b)
{
	const uint8_t *uuid = l->ns->range.uuid;

	*b = xenpmem_record_find_guests(record, uuid);
	if (!*b || !inventory_is_enabled(&l->inv, uuid))
		return refuse(namespace_name(l->ns), "not enabled (xen-pmem enable)");
	if (d->has_labels && !(*b)->label_slot && !xenpmem_record_slot_free(record))
		return refuse(namespace_name(l->inv.reserved),
			      "no label slot is free, and the image has labels");
	return EXIT_DONE;
}

static bool labels_are_blank(const struct description *d)
{
	size_t i;

	for (i = 0; d->has_labels && i < sizeof(d->labels); i++)
		if (d->labels[i])
			return false;
	return true;
}

/* Labels name the vNVDIMM that they belong to, by a serial number that comes from the UUID. */
static int labels_check(const struct lending *l, const struct description *d)
{
	struct uuid_buf uuid;

	if (!memcmp(d->uuid, l->ns->range.uuid, sizeof(d->uuid)) || labels_are_blank(d))
		return EXIT_DONE;
	return refuse(namespace_name(l->ns), "the image's labels are good in a namespace of its "
		      "UUID only (ndctl create-namespace -m raw -u %s)",
		      uuid_text(d->uuid, &uuid));
}

static int in_check(struct lending *l, const struct description *d, bool overwrite)
{
	struct xen_pmem_backing *b;
	int rc;

	rc = inventory_need_free(&l->inv, namespace_name(l->ns), l->ns,
				 NEED_NO_BAD | NEED_WRITABLE);
	if (!rc)
		rc = inventory_need_record(&l->inv);
	if (!rc)
		rc = record_check(l, &l->inv.record, d, &b);
	if (!rc)
		rc = labels_check(l, d);
	if (!rc)
		rc = handover_check_settled(&l->inv, b, NULL);
	return rc ? rc : overwrite_check(l, b, d, overwrite);
}

int lending_open_in(struct lending *l, struct endpoint *e, const struct description *d,
		    bool overwrite)
{
	int rc = in_check(l, d, overwrite);

	if (!rc)
		rc = namespace_lend(l, e, true);
	host_unlock();
	if (rc)
		lending_close(l, e);
	return rc;
}

/* Takes the lock again, and with it the record as it is now. */
static int record_open(struct lending *l, struct xenpmem_record *record,
		       const struct description *d, struct xen_pmem_backing **b)
{
	int rc = host_lock();

	if (rc)
		return rc;
	inventory_read(&l->inv);
	rc = inventory_need_record(&l->inv);
	*record = l->inv.record;
	return rc ? rc : record_check(l, record, d, b);
}

/* The copy may write anywhere, so a later erase starts at 0. */
int lending_begin(struct lending *l, const struct description *d)
{
	struct xenpmem_record record;
	struct xen_pmem_backing *b;
	int rc = record_open(l, &record, d, &b);

	if (!rc) {
		b->flags |= XEN_PMEM_BACKING_ERASING;
		b->erased = 0;
		memcpy(b->guest, d->guest, sizeof(b->guest));
		rc = inventory_store_record(&l->inv, &record);
	}
	host_unlock();
	return rc;
}

/*
 * The record names a new slot only after the labels are in it. A namespace that is restored without
 * labels must not find older ones.
 */
static int labels_write(struct lending *l, struct xenpmem_record *record,
			struct xen_pmem_backing *b, const struct description *d)
{
	uint8_t labels[XEN_PMEM_LABEL_SIZE];
	struct xenpmem_range slot;

	if (!d->has_labels)
		return slot_erase(l, b->label_slot);
	if (!b->label_slot)
		b->label_slot = xenpmem_record_slot_free(record);
	if (slot_find(l, b->label_slot, &slot) ||
	    xenpmem_labels_serve(l->inv.pmem, l->inv.reserved, &l->inv.record))
		return ns_refuse(l, "its labels: ");
	memcpy(labels, d->labels, sizeof(labels));
	return slot_copy(l, &slot, labels, true);
}

int lending_finish(struct lending *l, struct endpoint *e, const struct description *d)
{
	struct xenpmem_record record;
	struct xen_pmem_backing *b;
	int rc = record_open(l, &record, d, &b);

	if (!rc)
		rc = loan_return(l, &e->loan);
	if (!rc)
		rc = labels_write(l, &record, b, d);
	if (!rc) {
		b->flags &= ~XEN_PMEM_BACKING_ERASING;
		b->erased = 0;
		rc = inventory_store_record(&l->inv, &record);
	}
	host_unlock();
	return rc;
}

int lending_close(struct lending *l, struct endpoint *e)
{
	int rc = l->is_lent ? loan_return(l, &e->loan) : EXIT_DONE;

	if (l->lock >= 0)
		guest_lock_drop(l->lock, l->uuid);
	l->lock = -1;
	inventory_close(&l->inv);
	return rc;
}
