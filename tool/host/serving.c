// SPDX-License-Identifier: GPL-2.0-only
/* Hands namespaces to Xen: first the driver lets dom0 touch them no more, then Xen takes them, then the record says so. */
#include "host/serving.h"

#include <errno.h>
#include <string.h>

#include "host/hosting.h"
#include "host/labels.h"

/* Xen's own line has no numbers. */
static void refuse_room(struct serving *s, const struct xenpmem_namespace *ns)
{
	uint64_t need = xenpmem_metadata_size(ns->range.length);
	struct size_buf need_text, room_text, free_text, size;
	struct xenpmem_info info;

	if (xenpmem_hello(s->inv->pmem, &info))
		refuse(namespace_name(ns), "%s", xenpmem_error(s->inv->pmem));
	else if (ns->role == XEN_PMEM_ROLE_HOST)
		refuse(namespace_name(ns), "the reserved area %s is too small or the table of ranges is full: %s that dom0 uses need up to %s at once, and of %s %s "
		       "are free", namespace_name(s->reserved), size_text(ns->range.length, &size), size_text(need, &need_text),
		       size_text(info.bytes_total, &room_text), size_text(info.bytes_total - info.bytes_used, &free_text));
	else
		refuse(namespace_name(ns), "the reserved area %s is too small or the table of ranges is full: %s need up to %s, and it has %s",
		       namespace_name(s->reserved), size_text(ns->range.length, &size), size_text(need, &need_text),
		       size_text(info.bytes_total, &room_text));
}

static bool xen_has(struct serving *s, const struct xenpmem_namespace *ns)
{
	struct xenpmem_served served;
	struct xenpmem_info info;

	/* One that does not answer may have it. */
	if (xenpmem_hello(s->inv->pmem, &info))
		return true;
	return namespace_is_taken(ns, &info) || inventory_served(s->inv, ns->range.uuid, &served);
}

int serving_give(struct serving *s, const struct xenpmem_namespace *ns, const struct xenpmem_range *range,
		 int (*command)(xenpmem_handle *, const struct xenpmem_range *))
{
	xenpmem_handle *pmem = s->inv->pmem;
	int rc;

	if (xenpmem_hold(pmem, ns, true))
		return refuse(namespace_name(ns), "%s", xenpmem_error(pmem));
	rc = command(pmem, range);
	if (!rc)
		return EXIT_DONE;
	if (rc == -ENOSPC)
		refuse_room(s, ns);
	else
		refuse(namespace_name(ns), "%s", xenpmem_error(pmem));
	if (!xen_has(s, ns))
		xenpmem_hold(pmem, ns, false);
	return EXIT_REFUSED;
}

/* Without it the rest can be served all the same: a guest that needs it will be refused. */
static void labels_open(struct serving *s)
{
	if (labels_serve(s->inv->pmem, s->reserved, &s->record))
		warn(namespace_name(s->reserved), "Xen does not take its label area: %s", xenpmem_error(s->inv->pmem));
}

int serving_open(struct serving *s, struct inventory *inv, const struct xenpmem_namespace *reserved, const struct xenpmem_record *record)
{
	struct xenpmem_info info;
	int rc;

	*s = (struct serving){ .inv = inv, .reserved = reserved, .record = *record };
	if (xenpmem_hello(inv->pmem, &info))
		return refuse("extension", "%s", xenpmem_error(inv->pmem));
	if (xenpmem_record_area(inv->pmem, reserved, &s->record, &s->area))
		return refuse(namespace_name(reserved), "%s", xenpmem_error(inv->pmem));
	if (reserved->nr_bad)
		return refuse(namespace_name(reserved), "the reserved area has bad blocks, the first at byte %llu; make one elsewhere",
			      (unsigned long long)reserved->bad[0].offset);
	s->opened = !info.reserved.length;
	rc = serving_give(s, reserved, &s->area, xenpmem_reserve);
	if (!rc)
		labels_open(s);
	return rc;
}

int serving_enable(struct serving *s, const struct xenpmem_namespace *ns, bool quiet)
{
	xenpmem_handle *pmem = s->inv->pmem;
	const struct xen_pmem_backing *backing;
	struct xenpmem_served served;
	struct size_buf size, was;
	bool known, was_served;
	int rc;

	if (namespace_why_bad(ns))
		return refuse(namespace_name(ns), "%s", namespace_why_bad(ns));
	if (ns->role == XEN_PMEM_ROLE_HOST)
		return hosting_enable(s, ns, quiet);
	backing = xenpmem_record_find(&s->record, ns->range.uuid);
	known = backing && !(backing->flags & XEN_PMEM_BACKING_KEPT);
	if (backing && !known && backing->length != ns->range.length)
		return refuse(namespace_name(ns), "labels are kept for it, and it had %s then, not %s (xen-pmem disable --erase gives them up)",
			      size_text(backing->length, &was), size_text(ns->range.length, &size));
	was_served = inventory_served(s->inv, ns->range.uuid, &served) && served.state == XEN_PMEM_RANGE_SERVED;
	if (known && was_served && ns->held) {
		if (!quiet)
			namespace_report(ns, false, "enabled", "already enabled");
		return EXIT_DONE;
	}
	rc = serving_give(s, ns, &ns->range, xenpmem_serve);
	if (rc)
		return rc;
	if (!known && (xenpmem_record_add(pmem, &s->record, ns) || xenpmem_record_store(pmem, s->reserved, &s->record))) {
		refuse(namespace_name(ns), "%s", xenpmem_error(pmem));
		if (!was_served && !xenpmem_unserve(pmem, ns->range.uuid))
			xenpmem_hold(pmem, ns, false);
		return EXIT_REFUSED;
	}
	namespace_report(ns, true, "enabled", "enabled, %s", size_text(ns->range.length, &size));
	return EXIT_DONE;
}

/* Xen refuses to give it back while it serves anything else. */
void serving_undo(struct serving *s)
{
	if (s->opened && !labels_unserve(s->inv->pmem) && !xenpmem_unreserve(s->inv->pmem))
		xenpmem_hold(s->inv->pmem, s->reserved, false);
}
