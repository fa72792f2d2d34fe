// SPDX-License-Identifier: LGPL-2.1-only
/* Picks label slots for the vNVDIMMs of a hand-over. */
#include "handover_labels.h"
#include "internal.h"

/* Sets b->label_slot, unless the vNVDIMM does without. */
static int slot_pick(xenpmem_handle *h, struct xenpmem_handover *ho, unsigned int i,
		     const struct xenpmem_record *draft, struct xen_pmem_backing *b)
{
	if (!draft->data.labels_length && ho->label[i] == XENPMEM_LABEL_ON)
		return fail(h, -ENXIO, "the reserved area has no room for labels");
	if (!draft->data.labels_length) {
		ho->unlabelled |= 1u << i;
		return 0;
	}
	b->label_slot = xenpmem_record_slot_free(draft);
	if (b->label_slot)
		return 0;
	return fail(h, -ENOSPC, "none of the %llu label slots is free",
		    (unsigned long long)draft->data.labels_length / XEN_PMEM_LABEL_SIZE);
}

static int area_check_health(xenpmem_handle *h, const struct xenpmem_namespace *reserved, bool ro)
{
	const enum xenpmem_fitness worst = ro ? XENPMEM_FIT_TO_READ : XENPMEM_FIT_WITH_WARNING;
	char line[XENPMEM_HEALTH_LINE_MAX];

	if (xenpmem_health_fitness(&reserved->health) <= worst)
		return 0;
	xenpmem_health_line(&reserved->health, line, sizeof(line));
	return fail(h, -EIO, "in the reserved area: %s", line);
}

int labels_choose(xenpmem_handle *h, struct xenpmem_handover *ho, unsigned int i,
		  const struct xenpmem_record *draft, struct xen_pmem_backing *b, bool *fresh)
{
	struct xenpmem_vnvdimm *v = &ho->vnvdimms[i];
	const bool is_part = v->backing.length != v->whole;
	int rc;

	if (ho->label[i] == XENPMEM_LABEL_OFF || is_part)
		return 0;
	if (!b->label_slot) {
		if (v->ro && ho->label[i] != XENPMEM_LABEL_ON)
			return 0;
		rc = slot_pick(h, ho, i, draft, b);
		if (rc || !b->label_slot)
			return rc;
		*fresh = true;
	}
	rc = area_check_health(h, ho->reserved, v->ro);
	return rc ? rc : xenpmem_record_slot(h, ho->reserved, draft, b->label_slot, &v->labels);
}

/* Usually Xen serves the label area since the first namespace was enabled; that may have failed. */
int labels_serve_chosen(xenpmem_handle *h, struct xenpmem_handover *ho)
{
	struct error error;
	unsigned int i;
	int rc;

	for (i = 0; i < ho->nr && !ho->vnvdimms[i].labels.length; i++)
		;
	if (i == ho->nr)
		return 0;
	rc = xenpmem_labels_serve(h, ho->reserved, ho->record);
	if (!rc)
		return 0;
	ho->fault = i;
	ho->key = XENPMEM_KEY_LABEL_AREA;
	error = h->error;
	return fail(h, rc, "Xen does not take the label area: %s", error.line);
}
