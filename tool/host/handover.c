// SPDX-License-Identifier: GPL-2.0-only
/* Hands over by the library, and says in the tool's words whose data are in the way. */
#include "host/handover.h"

#include <errno.h>
#include <string.h>

#include "host/pool_take.h"
#include "xen/domain.h"

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

static const char *disclosure_line(const struct xen_pmem_backing *b, enum data_choice choice,
				   struct line *line)
{
	if (choice == DATA_REFUSE) {
		snprintf(line->text, sizeof(line->text), "it holds data of %.320s: put the uuid "
			 "of that guest into the config, or xen-pmem erase",
			 backing_owner_text(b));
		return line->text;
	}
	if (b->flags & XEN_PMEM_BACKING_ERASING)
		return "an erase or restore was interrupted: --erase writes zeros over all of it, "
		       "--keep leaves it as it is";
	snprintf(line->text, sizeof(line->text), "it holds data of %.320s: --keep hands them over, "
		 "--erase writes zeros first", backing_owner_text(b));
	return line->text;
}

int handover_to_dom0(struct inventory *inv, const struct xenpmem_namespace *ns,
		     enum data_choice choice, bool dry_run)
{
	const struct xen_pmem_backing *b;
	int rc = inventory_need_record(inv);

	if (rc)
		return rc;
	b = xenpmem_record_find(&inv->record, ns->range.uuid);
	if (!b || !xenpmem_backing_holds_others(b, NULL) || choice == DATA_KEEP)
		return EXIT_DONE;
	if (choice == DATA_ERASE)
		return dry_run ? handover_erase_check(inv, ns->range.uuid) :
				 handover_erase(inv, ns->range.uuid);
	return refuse(namespace_name(ns), "%s", disclosure_line(b, choice, LINE));
}

static int slots_refuse(const struct xenpmem_record *record, const struct backend *backend,
			const char *why)
{
	const struct xen_pmem_record *data = &record->data;
	unsigned int i, kept = 0;

	for (i = 0; i < data->nr_backings; i++)
		kept += !!(data->backings[i].flags & XEN_PMEM_BACKING_KEPT);
	return backend_refuse(backend, "label", "%s%s: label=off does without", why,
			      kept ? " (xen-pmem disable --erase gives up those of a namespace "
				     "that is disabled already)" : "");
}

static int label_refuse(const struct inventory *inv, const struct backend *backend, bool ro,
			int rc)
{
	const char *why = xenpmem_error(inv->pmem);
	const char *unfit = health_why_unfit(&inv->reserved->health, ro);

	if (rc == -ENOSPC)
		return slots_refuse(&inv->record, backend, why);
	if (rc == -ENXIO)
		return backend_refuse(backend, "label", "%s: label=off does without", why);
	if (unfit)
		return backend_refuse(backend, "label",
				      "in the reserved area %s: %s; label=off does without",
				      namespace_name(inv->reserved), unfit);
	return backend_refuse(backend, "label", "%s", why);
}

static const struct backend *fault_backend(const struct handover *h,
					   const struct xenpmem_handover *ho)
{
	return &h->b.list[h->b.of[ho->fault]];
}

/* The record is in the way of vNVDIMM `fault`, or could not be stored. */
static int record_refuse(const struct handover *h, const struct xenpmem_handover *ho, int rc)
{
	const struct xen_pmem_backing *b;
	const struct backend *backend;

	if (ho->fault < 0)
		return refuse(namespace_name(h->inv->reserved), "%s",
			      xenpmem_error(h->inv->pmem));
	backend = fault_backend(h, ho);
	if (rc == -ESTALE || rc == -EMEDIUMTYPE)
		return backend_refuse(backend, "backend", "%s", xenpmem_error(h->inv->pmem));
	b = xenpmem_hand_over_others(ho, ho->fault);
	if (b)
		return backend_refuse(backend, "backend", "%s",
				      disclosure_line(b, h->choice, LINE));
	return backend_refuse(backend, "backend", "the record does not name it "
			      "(xen-pmem enable %s)", backend->spec.name);
}

static int ho_refuse(const struct handover *h, const struct xenpmem_handover *ho, int rc)
{
	static const char *const keys[] = {
		[XENPMEM_KEY_BACKEND] = "backend", [XENPMEM_KEY_NODE] = "node",
		[XENPMEM_KEY_GPA] = "gpa", [XENPMEM_KEY_LABEL_AREA] = "label",
	};
	const struct inventory *inv = h->inv;
	const char *why = xenpmem_error(inv->pmem);

	if (ho->key == XENPMEM_KEY_RECORD)
		return record_refuse(h, ho, rc);
	if (ho->fault < 0)
		return refuse(h->b.where, "%s", why);
	if (ho->key == XENPMEM_KEY_LABEL)
		return label_refuse(inv, fault_backend(h, ho), ho->vnvdimms[ho->fault].ro, rc);
	if (ho->key == XENPMEM_KEY_SLOT)
		return refuse(inventory_name(inv, ho->vnvdimms[ho->fault].backing.uuid),
			      "its labels: %s", why);
	return backend_refuse(fault_backend(h, ho), keys[ho->key], "%s", why);
}

_Static_assert((int)XENPMEM_LABEL_DEFAULT == (int)LABEL_DEFAULT &&
	       (int)XENPMEM_LABEL_ON == (int)LABEL_ON &&
	       (int)XENPMEM_LABEL_OFF == (int)LABEL_OFF, "wishes for labels");

static void ho_init(struct handover *h, struct xenpmem_handover *ho)
{
	unsigned int i;

	*ho = (struct xenpmem_handover){
		.guest = h->guest, .domid = h->domid, .running = h->running,
		.reserved = h->inv->reserved, .record = &h->inv->record,
		.vnvdimms = h->b.vnvdimms, .nr = h->b.nr_vnvdimms,
	};
	for (i = 0; i < ho->nr; i++)
		ho->label[i] = (enum xenpmem_label)h->b.list[h->b.of[i]].spec.label;
}

/* Refuses all that the hand-over would refuse, and changes nothing. */
static int ho_check(struct handover *h, struct xenpmem_handover *ho)
{
	int rc = inventory_need_record(h->inv);

	if (rc)
		return rc;
	ho_init(h, ho);
	ho->keep = h->choice == DATA_KEEP || h->choice == DATA_ERASE;
	rc = xenpmem_hand_over_check(h->inv->pmem, ho);
	return rc ? ho_refuse(h, ho, rc) : EXIT_DONE;
}

int handover_prepare(struct handover *h, bool dry_run)
{
	struct xenpmem_handover ho;
	bool erased;
	int rc;

	h->b.guest = h->guest;
	rc = backends_resolve(h->inv, &h->b);
	if (rc)
		return rc;
	rc = ho_check(h, &ho);
	if (!rc && h->choice == DATA_ERASE)
		rc = dry_run ? handover_others_check(h->inv, &ho) :
			       handover_others_erase(h->inv, &ho, &erased);
	backends_close(&h->b);
	return rc;
}

/* Erases only if the guest can get them then; afterwards all else may have changed. */
static int others_erase(struct handover *h)
{
	struct xenpmem_handover ho;
	bool erased = false;
	int rc = ho_check(h, &ho);

	if (!rc)
		rc = handover_others_erase(h->inv, &ho, &erased);
	if (rc || erased)
		backends_close(&h->b);
	return rc || !erased ? rc : backends_resolve(h->inv, &h->b);
}

static void pins_warn(struct handover *h)
{
	const struct xenpmem_vnvdimm *v;
	unsigned int i;

	for (i = 0; i < h->b.nr_vnvdimms; i++) {
		v = &h->b.vnvdimms[i];
		if (v->path.pinned && xenpmem_unpin(h->inv->pmem, v->path.uuid, h->domid))
			backend_warn(&h->b.list[h->b.of[i]], "backend",
				     "it stays pinned until xen-pmem release: %s",
				     xenpmem_error(h->inv->pmem));
	}
}

static void labels_warn(const struct handover *h, const struct xenpmem_handover *ho)
{
	unsigned int i;

	for (i = 0; i < h->b.nr_vnvdimms; i++)
		if (ho->unlabelled & 1u << i)
			backend_warn(&h->b.list[h->b.of[i]], "label", "it gets no labels: the "
				     "reserved area has no room for them");
}

/* What is left after others_erase() came there since: it is refused then. */
static int guest_hand_over(struct handover *h)
{
	struct xenpmem_handover ho;
	int rc = inventory_need_record(h->inv);

	if (rc)
		return rc;
	ho_init(h, &ho);
	ho.keep = h->choice == DATA_KEEP;
	rc = xenpmem_hand_over(h->inv->pmem, &ho);
	if (rc) {
		rc = ho_refuse(h, &ho, rc);
		pins_warn(h);
		return rc;
	}
	labels_warn(h, &ho);
	backends_warn(&h->b);
	return EXIT_DONE;
}

/* Until nothing had to be erased without the lock, so that what was resolved holds. */
static int slots_take(struct handover *h)
{
	bool old = true;
	int rc = EXIT_DONE;

	while (!rc && old) {
		rc = slots_own(h->inv, &h->b, &old);
		h->b.again = true;
		if (rc || old)
			backends_close(&h->b);
		if (!rc && old)
			rc = backends_resolve(h->inv, &h->b);
	}
	return rc;
}

int handover_run(struct handover *h)
{
	int rc;

	h->b.guest = h->guest;
	h->b.change = true;
	rc = backends_resolve(h->inv, &h->b);
	if (!rc && h->choice == DATA_ERASE)
		rc = others_erase(h);
	if (!rc)
		rc = slots_take(h);
	if (rc)
		return rc;
	rc = slots_give(&h->b);
	if (!rc)
		rc = guest_hand_over(h);
	backends_close(&h->b);
	return rc;
}
