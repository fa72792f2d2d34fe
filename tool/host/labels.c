// SPDX-License-Identifier: GPL-2.0-only
/* Has the label area served, picks slots for vNVDIMMs, and erases them. */
#include "host/labels.h"

int labels_serve(struct inventory *inv)
{
	struct xenpmem_range labels;

	if (xenpmem_record_labels(inv->pmem, inv->reserved, &inv->record, &labels))
		return 0;
	/* Xen accepts this for a range that it serves already. */
	return xenpmem_serve(inv->pmem, &labels);
}

int labels_unserve(struct inventory *inv)
{
	struct xenpmem_info info;
	int rc;

	rc = xenpmem_hello(inv->pmem, &info);
	if (rc || !info.ranges)
		return rc;
	inventory_read(inv);
	return inventory_nr_enabled(inv) ? 0 : xenpmem_unserve(inv->pmem, info.reserved.uuid);
}

static int full_refuse(const struct xenpmem_record *record, const struct backend *backend)
{
	const struct xen_pmem_record *data = &record->data;
	unsigned int i, kept = 0;

	for (i = 0; i < data->nr_backings; i++)
		kept += !!(data->backings[i].flags & XEN_PMEM_BACKING_KEPT);
	return backend_refuse(backend, "label",
			      "none of the %llu label slots is free%s: label=off does without",
			      (unsigned long long)data->labels_length / XEN_PMEM_LABEL_SIZE,
			      kept ? " (xen-pmem disable --erase gives up those of a namespace "
				     "that is disabled already)" : "");
}

static int slot_pick(struct xenpmem_record *record, struct xen_pmem_backing *b,
		     const struct backend *backend, bool *fresh, bool loud)
{
	if (!record->data.labels_length && backend->spec.label == LABEL_ON)
		return backend_refuse(backend, "label", "the reserved area has no room for labels: "
				      "label=off does without");
	if (!record->data.labels_length) {
		if (loud)
			backend_warn(backend, "label", "it gets no labels: the reserved area has "
				     "no room for them");
		return EXIT_DONE;
	}
	b->label_slot = xenpmem_record_slot_free(record);
	*fresh = b->label_slot;
	return b->label_slot ? EXIT_DONE : full_refuse(record, backend);
}

int labels_choose(struct inventory *inv, struct xenpmem_record *record,
		  const struct backend *backend, struct xenpmem_vnvdimm *vnvdimm, bool *fresh,
		  bool loud)
{
	struct xen_pmem_backing *b = xenpmem_record_find(record, vnvdimm->backing.uuid);
	const char *why;
	int rc;

	*fresh = false;
	vnvdimm->labels.length = 0;
	if (backend->spec.label == LABEL_OFF || vnvdimm_is_part(vnvdimm))
		return EXIT_DONE;
	if (!b->label_slot) {
		if (vnvdimm->ro && backend->spec.label != LABEL_ON)
			return EXIT_DONE;
		rc = slot_pick(record, b, backend, fresh, loud);
		if (rc || !b->label_slot)
			return rc;
	}
	why = health_why_unfit(&inv->reserved->health, vnvdimm->ro);
	if (why)
		return backend_refuse(backend, "label",
				      "in the reserved area %s: %s; label=off does without",
				      namespace_name(inv->reserved), why);
	if (labels_find_slot(inv, b->label_slot, &vnvdimm->labels))
		return backend_refuse(backend, "label", "%s", xenpmem_error(inv->pmem));
	return EXIT_DONE;
}

int labels_find_slot(struct inventory *inv, uint32_t slot, struct xenpmem_range *range)
{
	return xenpmem_record_slot(inv->pmem, inv->reserved, &inv->record, slot, range);
}

int labels_erase(struct inventory *inv, const struct xen_pmem_backing *backing)
{
	struct xenpmem_range slot;
	uint64_t done = 0;

	if (!backing->label_slot)
		return EXIT_DONE;
	if (labels_find_slot(inv, backing->label_slot, &slot) || labels_serve(inv) ||
	    xenpmem_erase_part(inv->pmem, &slot, &done, slot.length))
		return refuse(inventory_name(inv, backing->uuid), "its labels: %s",
			      xenpmem_error(inv->pmem));
	return EXIT_DONE;
}
