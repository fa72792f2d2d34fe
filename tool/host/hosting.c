// SPDX-License-Identifier: GPL-2.0-only
/* Enables what dom0 goes on using: has Xen make the tables for all of it and count dom0's mappings, notes that, and hands it to the kernel's own driver. */
#include "host/hosting.h"

static int note(struct serving *s, const struct xenpmem_namespace *ns)
{
	xenpmem_handle *pmem = s->inv->pmem;

	if (xenpmem_record_find(&s->record, ns->range.uuid))
		return EXIT_DONE;
	if (!xenpmem_record_add(pmem, &s->record, ns) && !xenpmem_record_store(pmem, s->reserved, &s->record))
		return EXIT_DONE;
	refuse(namespace_name(ns), "%s", xenpmem_error(pmem));
	if (ns->bound && !xenpmem_unserve(pmem, ns->range.uuid))
		xenpmem_hold(pmem, ns, false);
	return EXIT_REFUSED;
}

static int give(struct serving *s, const struct xenpmem_namespace *ns, bool is_host)
{
	if (ns->unfit)
		return refuse(namespace_name(ns), "%s", ns->unfit);
	if (!ns->bound && !is_host)
		return namespace_need_bound(ns);
	return ns->bound ? serving_give(s, ns, &ns->range, xenpmem_serve_host) : EXIT_DONE;
}

int hosting_enable(struct serving *s, const struct xenpmem_namespace *ns, bool quiet)
{
	struct xenpmem_served served;
	const bool is_host = inventory_served(s->inv, ns->range.uuid, &served) && served.state == XEN_PMEM_RANGE_HOST;
	const bool kernels = !ns->bound && ns->driver[0];
	struct size_buf size;
	char block[32];
	int rc;

	rc = give(s, ns, is_host);
	if (!rc)
		rc = note(s, ns);
	if (rc)
		return rc;
	if (kernels) {
		if (!quiet)
			json_name(namespace_report(ns, false, "enabled", "already enabled, /dev/%s",
					    ns->block),
				  "block", ns->block);
		return EXIT_DONE;
	}
	if (xenpmem_hand_over(s->inv->pmem, ns, block))
		return refuse(namespace_name(ns), "%s", xenpmem_error(s->inv->pmem));
	json_name(namespace_report(ns, true, "enabled", "enabled for dom0, %s, /dev/%s",
			    size_text(ns->range.length, &size), block),
		  "block", block);
	return EXIT_DONE;
}
