// SPDX-License-Identifier: LGPL-2.1-only
/* Tells Xen which blocks of its reserved area dom0 knows as bad. */
#include "internal.h"

static int bad_retire(xenpmem_handle *h, const struct xenpmem_range *area, uint64_t start,
		      uint64_t end)
{
	struct xenpmem_range part;
	int rc;

	start = round_down(start, PAGE);
	end = round_up(end, PAGE);
	start = start < area->spa ? area->spa : start;
	end = end > area->spa + area->length ? area->spa + area->length : end;
	if (start >= end)
		return 0;
	part = (struct xenpmem_range){ .spa = start, .length = end - start };
	rc = xenpmem_retire(h, &part);
	return rc != -EOPNOTSUPP ? rc :
	       fail(h, rc, "it has bad blocks, and the extension is of an older version, which "
		    "does not pass over them");
}

int xenpmem_area_retire(xenpmem_handle *h, const struct xenpmem_namespace *reserved)
{
	struct xenpmem_info info;
	unsigned int i;
	int rc;

	if (!reserved->nr_bad)
		return 0;
	rc = xenpmem_hello(h, &info);
	if (rc || !xenpmem_area_is_in(&info, reserved))
		return rc;
	for (i = 0; i < reserved->nr_bad && i < XENPMEM_BAD_MAX && !rc; i++) {
		uint64_t start = reserved->range.spa + reserved->bad[i].offset;

		rc = bad_retire(h, &info.reserved, start, start + reserved->bad[i].length);
	}
	return rc;
}
