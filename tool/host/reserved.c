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
	if (xenpmem_record_check(inv->pmem, reserved))
		return refuse(namespace_name(reserved), "%s", xenpmem_error(inv->pmem));
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
	if (inv->reserved->nr_bad)
		warn(namespace_name(inv->reserved),
		     "bad blocks, the first at byte %llu: Xen puts no tables there",
		     (unsigned long long)inv->reserved->bad[0].offset);
	/* Without the label area, only guests that need labels are refused. */
	if (!labels)
		warn(namespace_name(inv->reserved), "Xen does not take its label area: %s",
		     xenpmem_error(inv->pmem));
	*opened = !rc;
	return EXIT_DONE;
}
