// SPDX-License-Identifier: GPL-2.0-only
/* Gives vNVDIMMs their labels: has the label area served, picks slots, erases them. */
#include "host/labels.h"

#include <errno.h>
#include <string.h>

bool labels_are(const struct xenpmem_info *info, const uint8_t uuid[16])
{
	return info->reserved.length && !memcmp(info->reserved.uuid, uuid, 16);
}

unsigned int labels_not(xenpmem_handle *pmem, const struct xenpmem_info *info)
{
	struct xenpmem_served served;
	unsigned int i, nr = 0;

	for (i = 0; !xenpmem_query_range(pmem, i, &served); i++)
		nr += !labels_are(info, served.range.uuid);
	return nr;
}

int labels_serve(xenpmem_handle *pmem, const struct xenpmem_namespace *reserved, const struct xenpmem_record *record)
{
	struct xenpmem_range labels;

	if (xenpmem_record_labels(pmem, reserved, record, &labels))
		return 0;
	/* Serving what is served does nothing. */
	return xenpmem_serve(pmem, &labels);
}

int labels_unserve(xenpmem_handle *pmem)
{
	struct xenpmem_info info;
	int rc;

	rc = xenpmem_hello(pmem, &info);
	if (rc || !info.ranges || labels_not(pmem, &info))
		return rc;
	return xenpmem_unserve(pmem, info.reserved.uuid);
}

static const char *full_text(const struct xenpmem_record *record)
{
	static char text[160];
	uint64_t slots = record->data.labels_length / XEN_PMEM_LABEL_SIZE;
	unsigned int i, kept = 0;

	for (i = 0; i < record->data.nr_backings; i++)
		kept += !!(record->data.backings[i].flags & XEN_PMEM_BACKING_KEPT);
	snprintf(text, sizeof(text), "none of the %llu label slots is free%s: label=off does without", (unsigned long long)slots,
		 kept ? " (xen-pmem disable --erase gives up those of a namespace that is disabled already)" : "");
	return text;
}

static int slot_pick(struct xenpmem_record *record, struct xen_pmem_backing *b, const struct backend *backend, bool *fresh, bool loud)
{
	if (!record->data.labels_length && backend->spec.label == LABEL_ON)
		return backend_refuse(backend, "label", "the reserved area has no room for labels: label=off does without");
	if (!record->data.labels_length) {
		if (loud)
			backend_warn(backend, "label", "the reserved area has no room for labels, so it has none");
		return EXIT_DONE;
	}
	b->label_slot = xenpmem_record_slot_free(record);
	*fresh = b->label_slot;
	return b->label_slot ? EXIT_DONE : backend_refuse(backend, "label", "%s", full_text(record));
}

int labels_choose(struct inventory *inv, const struct xenpmem_namespace *reserved, struct xenpmem_record *record, const struct backend *backend,
		  struct xenpmem_vnvdimm *vnvdimm, bool *fresh, bool loud)
{
	struct xen_pmem_backing *b = xenpmem_record_find(record, vnvdimm->backing.uuid);
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
	if (health_why_unfit(&reserved->health, vnvdimm->ro))
		return backend_refuse(backend, "label", "in the reserved area %s: %s; label=off does without",
				      namespace_name(reserved), health_why_unfit(&reserved->health, vnvdimm->ro));
	if (xenpmem_record_slot(inv->pmem, reserved, record, b->label_slot, &vnvdimm->labels))
		return backend_refuse(backend, "label", "%s", xenpmem_error(inv->pmem));
	return EXIT_DONE;
}

int labels_erase(struct inventory *inv, const struct xenpmem_namespace *reserved, const struct xenpmem_record *record, const struct xen_pmem_backing *backing)
{
	struct xenpmem_range slot;
	uint64_t done = 0;

	if (!backing->label_slot)
		return EXIT_DONE;
	if (xenpmem_record_slot(inv->pmem, reserved, record, backing->label_slot, &slot) || labels_serve(inv->pmem, reserved, record) ||
	    xenpmem_erase_part(inv->pmem, &slot, &done, slot.length))
		return refuse(inventory_name(inv, backing->uuid), "its labels: %s", xenpmem_error(inv->pmem));
	return EXIT_DONE;
}
