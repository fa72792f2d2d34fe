// SPDX-License-Identifier: LGPL-2.1-only
/*
 * For those who act by the record: replaces it, and refuses a row whose length is not Xen's, or a
 * range that a guest has.
 */
#include <string.h>

#include "internal.h"

int record_replace(xenpmem_handle *h, const struct xenpmem_namespace *reserved,
		   struct xenpmem_record *record, struct xenpmem_record *changed)
{
	struct xenpmem_record stored;
	struct error error;
	int rc;

	rc = xenpmem_record_store(h, reserved, changed);
	if (!rc) {
		*record = *changed;
		return 0;
	}
	/* One copy may have been written, and then it is the one that counts. */
	error = h->error;
	*record = xenpmem_record_load(h, reserved, &stored) ? *changed : stored;
	h->error = error;
	return rc;
}

int record_fail_length(xenpmem_handle *h, const struct xen_pmem_backing *b, uint64_t length)
{
	const unsigned long long was = b->length, is = length;

	if (b->flags & XEN_PMEM_BACKING_KEPT)
		return fail_remedy(h, XENPMEM_REMEDY_GIVE_UP_LABELS, -ESTALE,
				   "labels are kept for it, and it had %llu bytes then, not %llu",
				   was, is);
	return fail_remedy(h, XENPMEM_REMEDY_DISABLE, -ESTALE,
			   "it has %llu bytes now, and %llu in the record", is, was);
}

int range_check_unheld(xenpmem_handle *h, const uint8_t uuid[16])
{
	struct xenpmem_holding holding;
	unsigned int i;
	int rc;

	for (i = 0; !(rc = xenpmem_query_holding(h, i, &holding)); i++)
		if (!memcmp(holding.uuid, uuid, sizeof(holding.uuid)))
			return fail(h, -EBUSY, "domain %u has pages of it", holding.domid);
	return rc == -ENOENT ? 0 : rc;
}
