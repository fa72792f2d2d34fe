// SPDX-License-Identifier: GPL-2.0-only
/* Enables namespaces: the driver keeps dom0 away, then Xen serves, then the record says so. */
#include "host/serving.h"

#include <errno.h>

/* Xen's own line has no numbers. */
static void room_refuse(struct serving *s, const struct xenpmem_namespace *ns)
{
	const char *name = namespace_name(ns), *area = namespace_name(s->inv->reserved);
	uint64_t need = xenpmem_metadata_size(ns->range.length);
	struct size_buf need_text, room, left, size;
	const struct xenpmem_info *info = &s->inv->info;

	inventory_read(s->inv);
	size_text(ns->range.length, &size);
	size_text(need, &need_text);
	size_text(info->bytes_total, &room);
	if (s->inv->no_extension[0])
		refuse(name, "%s", s->inv->no_extension);
	else if (ns->role == XEN_PMEM_ROLE_HOST)
		refuse(name, "the reserved area %s is too small or the table of ranges is full: "
		       "%s that dom0 uses need up to %s at once, and of %s %s are free", area,
		       size.text, need_text.text, room.text,
		       size_text(info->bytes_total - info->bytes_used, &left));
	else
		refuse(name, "the reserved area %s is too small or the table of ranges is full: "
		       "%s need up to %s, and it has %s", area, size.text, need_text.text,
		       room.text);
}

/* An extension that does not answer may serve it. */
static bool xen_may_have(struct serving *s, const struct xenpmem_namespace *ns)
{
	inventory_read(s->inv);
	return s->inv->no_extension[0] || inventory_is_reserved(s->inv, ns) ||
	       inventory_range(s->inv, ns->range.uuid);
}

/* Marks it as Xen's and hands it over by `command`. dom0 gets back what Xen did not take. */
static int range_give(struct serving *s, const struct xenpmem_namespace *ns,
		      const struct xenpmem_range *range,
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
		room_refuse(s, ns);
	else
		refuse(namespace_name(ns), "%s", xenpmem_error(pmem));
	if (!xen_may_have(s, ns))
		xenpmem_hold(pmem, ns, false);
	return EXIT_REFUSED;
}

int serving_open(struct serving *s, struct inventory *inv)
{
	const struct xenpmem_namespace *reserved = inv->reserved;
	struct xenpmem_range area;
	int rc;

	*s = (struct serving){ .inv = inv };
	if (inv->no_extension[0])
		return refuse("extension", "%s", inv->no_extension);
	if (xenpmem_record_area(inv->pmem, reserved, &inv->record, &area))
		return refuse(namespace_name(reserved), "%s", xenpmem_error(inv->pmem));
	if (reserved->nr_bad)
		return refuse(namespace_name(reserved), "the reserved area has bad blocks, the "
			      "first at byte %llu; make one elsewhere",
			      (unsigned long long)reserved->bad[0].offset);
	s->opened = !inv->info.reserved.length;
	rc = range_give(s, reserved, &area, xenpmem_reserve);
	/* Without the label area, only guests that need labels are refused. */
	if (!rc && xenpmem_labels_serve(inv->pmem, reserved, &inv->record))
		warn(namespace_name(reserved), "Xen does not take its label area: %s",
		     xenpmem_error(inv->pmem));
	return rc;
}

/* Adds it to the record. If that fails, dom0 gets back what this run gave Xen. */
static int range_record(struct serving *s, const struct xenpmem_namespace *ns, bool undo)
{
	struct xenpmem_record record = s->inv->record;
	xenpmem_handle *pmem = s->inv->pmem;

	if (!xenpmem_record_add(pmem, &record, ns) &&
	    !xenpmem_record_store(pmem, s->inv->reserved, &record)) {
		s->inv->record = record;
		return EXIT_DONE;
	}
	refuse(namespace_name(ns), "%s", xenpmem_error(pmem));
	if (undo && !xenpmem_unserve(pmem, ns->range.uuid))
		xenpmem_hold(pmem, ns, false);
	return EXIT_REFUSED;
}

static int host_give(struct serving *s, const struct xenpmem_namespace *ns)
{
	if (ns->unfit)
		return refuse(namespace_name(ns), "%s", ns->unfit);
	if (!ns->bound && !inventory_is_host(s->inv, ns->range.uuid))
		return namespace_need_bound(ns);
	return ns->bound ? range_give(s, ns, &ns->range, xenpmem_serve_host) : EXIT_DONE;
}

static void host_report(const struct xenpmem_namespace *ns, bool changed, const char *block)
{
	struct size_buf size;
	json_object *item;

	if (changed)
		item = namespace_report(ns, true, "enabled", "enabled for dom0, %s, /dev/%s",
					size_text(ns->range.length, &size), block);
	else
		item = namespace_report(ns, false, "enabled", "already enabled, /dev/%s", block);
	json_name(item, "block", block);
}

/* Xen makes tables for all of it and counts dom0's mappings; then the kernel's driver gets it. */
static int host_enable(struct serving *s, const struct xenpmem_namespace *ns, bool quiet)
{
	const bool is_kernels = !ns->bound && ns->driver[0];
	char block[32];
	int rc;

	rc = host_give(s, ns);
	if (!rc && !xenpmem_record_find(&s->inv->record, ns->range.uuid))
		rc = range_record(s, ns, ns->bound);
	if (rc)
		return rc;
	if (is_kernels) {
		if (!quiet)
			host_report(ns, false, ns->block);
		return EXIT_DONE;
	}
	if (xenpmem_namespace_rebind(s->inv->pmem, ns, block))
		return refuse(namespace_name(ns), "%s", xenpmem_error(s->inv->pmem));
	host_report(ns, true, block);
	return EXIT_DONE;
}

static int length_refuse(const struct xenpmem_namespace *ns, const struct xen_pmem_backing *b)
{
	struct size_buf was, is;

	return refuse(namespace_name(ns),
		      "labels are kept for it, and its size was %s then, not %s "
		      "(xen-pmem disable --erase gives them up)", size_text(b->length, &was),
		      size_text(ns->range.length, &is));
}

static int guest_range_enable(struct serving *s, const struct xenpmem_namespace *ns, bool quiet)
{
	const struct xen_pmem_backing *b = xenpmem_record_find(&s->inv->record, ns->range.uuid);
	const bool kept = b && b->flags & XEN_PMEM_BACKING_KEPT;
	const bool was_enabled = inventory_is_enabled(s->inv, ns->range.uuid);
	struct size_buf size;
	int rc;

	if (kept && b->length != ns->range.length)
		return length_refuse(ns, b);
	if (b && !kept && was_enabled && ns->held) {
		if (!quiet)
			namespace_report(ns, false, "enabled", "already enabled");
		return EXIT_DONE;
	}
	rc = range_give(s, ns, &ns->range, xenpmem_serve);
	if (!rc && (!b || kept))
		rc = range_record(s, ns, !was_enabled);
	if (!rc)
		namespace_report(ns, true, "enabled", "enabled, %s",
				 size_text(ns->range.length, &size));
	return rc;
}

int serving_enable(struct serving *s, const struct xenpmem_namespace *ns, bool quiet)
{
	const char *why = namespace_why_bad(ns);

	if (why)
		return refuse(namespace_name(ns), "%s", why);
	if (ns->role == XEN_PMEM_ROLE_HOST)
		return host_enable(s, ns, quiet);
	return guest_range_enable(s, ns, quiet);
}

/* Xen refuses to give the area back while it serves anything else. */
void serving_undo(struct serving *s)
{
	if (s->opened && !xenpmem_labels_unserve(s->inv->pmem) &&
	    !xenpmem_unreserve(s->inv->pmem))
		xenpmem_hold(s->inv->pmem, s->inv->reserved, false);
}
