// SPDX-License-Identifier: GPL-2.0-only
/* Opens the reserved area, and words why that is refused. */
#include "host/reserved.h"

#include "host/available.h"

int reserved_check(struct inventory *inv)
{
	const struct xenpmem_namespace *reserved = inv->reserved;
	struct xenpmem_range area;

	if (inv->no_extension[0])
		return refuse("extension", "%s", inv->no_extension);
	if (xenpmem_record_area(inv->pmem, reserved, &inv->record, &area))
		return refuse(namespace_name(reserved), "%s", xenpmem_error(inv->pmem));
	if (reserved->nr_bad)
		return refuse(namespace_name(reserved), "the reserved area has bad blocks, the "
			      "first at byte %llu; make one elsewhere",
			      (unsigned long long)reserved->bad[0].offset);
	return inv->info.reserved.length ? EXIT_DONE : available_need(inv, reserved, &area);
}

int reserved_open(struct inventory *inv, bool *opened)
{
	return reserved_open_for(inv, NULL, 0, opened);
}

int reserved_open_for(struct inventory *inv, const struct xenpmem_namespace *const *next,
		      uint32_t nr, bool *opened)
{
	bool labels;
	int rc;

	*opened = false;
	rc = reserved_check(inv);
	if (rc)
		return rc;
	rc = xenpmem_area_open_for(inv->pmem, inv->reserved, &inv->record, next, nr, &labels);
	if (rc < 0)
		return refuse(namespace_name(inv->reserved), "%s", xenpmem_error(inv->pmem));
	/* Without the label area, only guests that need labels are refused. */
	if (!labels)
		warn(namespace_name(inv->reserved), "Xen does not take its label area: %s",
		     xenpmem_error(inv->pmem));
	*opened = !rc;
	return EXIT_DONE;
}
