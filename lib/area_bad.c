// SPDX-License-Identifier: LGPL-2.1-only
/* Finds bad blocks, as dom0 knows them, in what xen-pmem itself keeps in the reserved namespace. */
#include "internal.h"

/* The first bad block in these bytes; NULL: there is none. */
static const struct xenpmem_bad *bad_find(const struct xenpmem_namespace *ns, uint64_t start,
					  uint64_t length)
{
	unsigned int i;

	for (i = 0; i < ns->nr_bad && i < XENPMEM_BAD_MAX; i++)
		if (ns->bad[i].offset < start + length &&
		    start < ns->bad[i].offset + ns->bad[i].length)
			return &ns->bad[i];
	return NULL;
}

static int part_check(xenpmem_handle *h, const struct xenpmem_namespace *ns, const char *what,
		      uint64_t start, uint64_t length)
{
	const struct xenpmem_bad *bad = bad_find(ns, start, length);

	if (!bad)
		return 0;
	return fail(h, -EIO,
		    "its %s has a bad block at byte %llu (ndctl clear-errors %s, while Xen does "
		    "not use it)", what,
		    (unsigned long long)(bad->offset < start ? start : bad->offset), ns->device);
}

int xenpmem_record_check(xenpmem_handle *h, const struct xenpmem_namespace *reserved)
{
	if (reserved->nr_bad > XENPMEM_BAD_MAX)
		return fail(h, -EIO, "it has more than %u ranges of bad blocks", XENPMEM_BAD_MAX);
	return part_check(h, reserved, "record", 0,
			  XEN_PMEM_RECORD_COPIES * XEN_PMEM_RECORD_SIZE);
}

int xenpmem_labels_check(xenpmem_handle *h, const struct xenpmem_namespace *reserved,
			 const struct xenpmem_record *record)
{
	return part_check(h, reserved, "label area", record->data.labels_offset,
			  record->data.labels_length);
}
