// SPDX-License-Identifier: GPL-2.0-only
/* Picks label slots for vNVDIMMs, and erases them. */
#include "host/labels.h"

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
	if (!backing->label_slot ||
	    !xenpmem_labels_erase(inv->pmem, inv->reserved, &inv->record, backing->label_slot))
		return EXIT_DONE;
	return refuse(inventory_name(inv, backing->uuid), "its labels: %s",
		      xenpmem_error(inv->pmem));
}
