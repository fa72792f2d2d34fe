// SPDX-License-Identifier: LGPL-2.1-only
/* The label area: has Xen serve it as one more range, and erases slots of it. */
#include <string.h>

#include "internal.h"

int xenpmem_labels_serve(xenpmem_handle *h, const struct xenpmem_namespace *reserved,
			 const struct xenpmem_record *record)
{
	struct xenpmem_range labels;

	int rc;

	if (!record->data.labels_length)
		return 0;
	rc = xenpmem_labels_check(h, reserved, record);
	if (rc)
		return rc;
	xenpmem_record_labels(h, reserved, record, &labels);
	/* Xen accepts this for a range that it serves already. */
	return xenpmem_serve(h, &labels);
}

int xenpmem_labels_unserve(xenpmem_handle *h)
{
	struct xenpmem_info info;
	struct xenpmem_served labels;
	int rc;

	rc = xenpmem_hello(h, &info);
	if (rc || info.ranges != 1)
		return rc;
	rc = xenpmem_range_find(h, info.reserved.uuid, &labels);
	if (rc)
		return rc == -ENOENT ? 0 : rc;
	return xenpmem_unserve(h, info.reserved.uuid);
}

int xenpmem_labels_erase(xenpmem_handle *h, const struct xenpmem_namespace *reserved,
			 const struct xenpmem_record *record, uint32_t slot)
{
	struct xenpmem_range part;
	uint64_t done = 0;
	int rc;

	rc = xenpmem_record_slot(h, reserved, record, slot, &part);
	if (!rc)
		rc = xenpmem_labels_serve(h, reserved, record);
	return rc ? rc : xenpmem_erase_part(h, &part, &done, part.length);
}
