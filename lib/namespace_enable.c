// SPDX-License-Identifier: LGPL-2.1-only
/* Enables namespaces: the driver keeps dom0 away, then Xen serves, then the record says so. */
#include <stdio.h>
#include <string.h>

#include "internal.h"

/* Only an answer of Xen's shows that it has nothing of a namespace. */
static bool xen_may_have(xenpmem_handle *h, const struct xenpmem_namespace *ns)
{
	struct xenpmem_served served;
	struct xenpmem_info info;

	return xenpmem_hello(h, &info) || xenpmem_area_is_in(&info, ns) ||
	       xenpmem_range_find(h, ns->range.uuid, &served) != -ENOENT;
}

static void hold_undo(xenpmem_handle *h, const struct xenpmem_namespace *ns)
{
	const struct error error = h->error;

	if (!xen_may_have(h, ns))
		xenpmem_hold(h, ns, false);
	h->error = error;
}

/* Marks it as Xen's and hands it over by `command`. dom0 gets back what Xen did not take. */
static int range_give(xenpmem_handle *h, const struct xenpmem_namespace *ns,
		      const struct xenpmem_range *range,
		      int (*command)(xenpmem_handle *, const struct xenpmem_range *))
{
	int rc;

	rc = xenpmem_hold(h, ns, true);
	if (rc)
		return rc;
	rc = command(h, range);
	if (rc)
		hold_undo(h, ns);
	return rc;
}

int xenpmem_area_open(xenpmem_handle *h, const struct xenpmem_namespace *reserved,
		      const struct xenpmem_record *record, bool *labels)
{
	struct xenpmem_range area;
	struct xenpmem_info info;
	int rc;

	rc = xenpmem_hello(h, &info);
	if (!rc)
		rc = xenpmem_record_area(h, reserved, record, &area);
	if (!rc)
		rc = range_give(h, reserved, &area, xenpmem_reserve);
	if (rc)
		return rc;
	*labels = !xenpmem_labels_serve(h, reserved, record);
	return info.reserved.length != 0;
}

/* What a row, not one that is kept, must have in common with its namespace. */
static int row_check(xenpmem_handle *h, const struct xen_pmem_backing *b,
		     const struct xenpmem_namespace *ns)
{
	const bool is_host = b->flags & XEN_PMEM_BACKING_HOST;

	if (is_host != (ns->role == XEN_PMEM_ROLE_HOST))
		return fail_remedy(h, XENPMEM_REMEDY_DISABLE, -ESTALE, is_host ?
				   "the record names it as a host range" :
				   "the record names it as for guests alone");
	if (b->length != ns->range.length)
		return record_fail_length(h, b, ns->range.length);
	if (b->cookie != ns->cookie)
		return fail_remedy(h, XENPMEM_REMEDY_DISABLE, -ESTALE,
				   "the interleave set of its region is not the one in the record");
	return 0;
}

/* 1: dom0's kernel uses it, and Xen counts its mappings. */
static int host_check(xenpmem_handle *h, const struct xen_pmem_backing *b,
		      const struct xenpmem_namespace *ns, int state)
{
	int rc;

	if (b && b->flags & XEN_PMEM_BACKING_KEPT)
		return fail_remedy(h, XENPMEM_REMEDY_GIVE_UP_LABELS, -EEXIST,
				   "labels of a guest are kept for it");
	rc = b ? row_check(h, b, ns) : 0;
	if (rc)
		return rc;
	if (ns->unfit)
		return fail(h, -EOPNOTSUPP, "%s", ns->unfit);
	if (!ns->bound && state != XEN_PMEM_RANGE_HOST)
		return fail(h, -ENXIO, "dom0's driver does not hold it");
	return !ns->bound && ns->driver[0];
}

static int guest_check(xenpmem_handle *h, const struct xen_pmem_backing *b,
		       const struct xenpmem_namespace *ns, int state)
{
	const bool kept = b && b->flags & XEN_PMEM_BACKING_KEPT;
	int rc;

	if (ns->role != XEN_PMEM_ROLE_GUEST)
		return fail(h, -EINVAL, "this namespace is not for guests");
	if (!ns->bound)
		return fail(h, -ENXIO, "dom0's driver does not hold it");
	if (kept && b->length != ns->range.length)
		return record_fail_length(h, b, ns->range.length);
	rc = b && !kept ? row_check(h, b, ns) : 0;
	if (rc)
		return rc;
	return b && !kept && ns->held && state == XEN_PMEM_RANGE_SERVED;
}

/* What xenpmem_enable_check() returns. *state: the range's in Xen; 0: Xen does not have it. */
static int enable_look(xenpmem_handle *h, struct xenpmem_record *record,
		       const struct xenpmem_namespace *ns, int *state)
{
	const struct xen_pmem_backing *b = xenpmem_record_find(record, ns->range.uuid);
	struct xenpmem_served served;
	int rc = xenpmem_range_find(h, ns->range.uuid, &served);

	if (rc && rc != -ENOENT)
		return rc;
	*state = rc ? 0 : (int)served.state;
	if (ns->role == XEN_PMEM_ROLE_HOST)
		return host_check(h, b, ns, *state);
	return guest_check(h, b, ns, *state);
}

int xenpmem_enable_check(xenpmem_handle *h, struct xenpmem_record *record,
			 const struct xenpmem_namespace *ns)
{
	int state;

	return enable_look(h, record, ns, &state);
}

static int range_serve(xenpmem_handle *h, const struct xenpmem_namespace *ns)
{
	int rc = range_give(h, ns, &ns->range, ns->role == XEN_PMEM_ROLE_HOST ?
					       xenpmem_serve_host : xenpmem_serve);
	const struct error error = h->error;

	return rc == -ENOSPC ? fail_remedy(h, XENPMEM_REMEDY_ENLARGE, rc, "%s", error.line) : rc;
}

static bool record_names(struct xenpmem_record *record, const struct xenpmem_namespace *ns)
{
	const struct xen_pmem_backing *b = xenpmem_record_find(record, ns->range.uuid);

	return b && !(b->flags & XEN_PMEM_BACKING_KEPT);
}

static int range_record(xenpmem_handle *h, const struct xenpmem_namespace *reserved,
			struct xenpmem_record *record, const struct xenpmem_namespace *ns)
{
	struct xenpmem_record changed = *record;
	int rc;

	if (record_names(record, ns))
		return 0;
	rc = xenpmem_record_add(h, &changed, ns);
	return rc ? rc : record_replace(h, reserved, record, &changed);
}

static void range_take_back(xenpmem_handle *h, const struct xenpmem_namespace *ns)
{
	const struct error error = h->error;

	if (!xenpmem_unserve(h, ns->range.uuid))
		xenpmem_hold(h, ns, false);
	h->error = error;
}

/* One that the driver does not hold is a host range already. */
static int range_enable(xenpmem_handle *h, const struct xenpmem_namespace *reserved,
			struct xenpmem_record *record, const struct xenpmem_namespace *ns,
			bool was_served)
{
	int rc = ns->bound ? range_serve(h, ns) : 0;

	if (rc)
		return rc;
	rc = range_record(h, reserved, record, ns);
	if (rc && !was_served && !record_names(record, ns))
		range_take_back(h, ns);
	return rc;
}

int xenpmem_enable(xenpmem_handle *h, const struct xenpmem_namespace *reserved,
		   struct xenpmem_record *record, const struct xenpmem_namespace *ns,
		   char block[32])
{
	int state, is_enabled, rc = 0;

	is_enabled = enable_look(h, record, ns, &state);
	if (is_enabled < 0)
		return is_enabled;
	snprintf(block, 32, "%s", ns->role == XEN_PMEM_ROLE_HOST ? ns->block : "");
	/* The record may not name what dom0's kernel uses. */
	if (!is_enabled || ns->role == XEN_PMEM_ROLE_HOST)
		rc = range_enable(h, reserved, record, ns,
				  state == XEN_PMEM_RANGE_SERVED || state == XEN_PMEM_RANGE_HOST);
	if (!rc && !is_enabled && ns->role == XEN_PMEM_ROLE_HOST)
		rc = xenpmem_namespace_rebind(h, ns, block);
	return rc ? rc : is_enabled;
}
