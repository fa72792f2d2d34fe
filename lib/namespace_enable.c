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

static int serve_begin(xenpmem_handle *h, const struct xenpmem_range *range)
{
	return xenpmem_serve_begin(h, range, 0);
}

static int serve_host_begin(xenpmem_handle *h, const struct xenpmem_range *range)
{
	return xenpmem_serve_begin(h, range, XEN_PMEM_SERVE_HOST);
}

/* What fails here fails again in xenpmem_enable(), which returns it. */
static void ranges_begin(xenpmem_handle *h, const struct xenpmem_namespace *const *next,
			 uint32_t nr)
{
	const struct error error = h->error;
	uint32_t i;

	for (i = 0; i < nr; i++)
		if (next[i]->bound)
			range_give(h, next[i], &next[i]->range,
				   next[i]->role == XEN_PMEM_ROLE_HOST ? serve_host_begin :
									 serve_begin);
	h->error = error;
}

/* Xen has put nothing there yet, if it did not have the area before. */
static int bad_pass(xenpmem_handle *h, const struct xenpmem_namespace *reserved, bool was_there)
{
	int rc = xenpmem_area_retire(h, reserved);
	const struct error error = h->error;

	if (rc && !was_there && !xenpmem_unreserve(h))
		xenpmem_hold(h, reserved, false);
	h->error = error;
	return rc;
}

int xenpmem_area_open(xenpmem_handle *h, const struct xenpmem_namespace *reserved,
		      const struct xenpmem_record *record, bool *labels)
{
	return xenpmem_area_open_for(h, reserved, record, NULL, 0, labels);
}

int xenpmem_area_open_for(xenpmem_handle *h, const struct xenpmem_namespace *reserved,
			  const struct xenpmem_record *record,
			  const struct xenpmem_namespace *const *next, uint32_t nr, bool *labels)
{
	struct xenpmem_range area;
	struct xenpmem_info info;
	int rc;

	rc = xenpmem_hello(h, &info);
	if (!rc)
		rc = xenpmem_record_area(h, reserved, record, &area);
	if (!rc)
		rc = range_give(h, reserved, &area, xenpmem_reserve);
	if (!rc)
		rc = bad_pass(h, reserved, info.reserved.length);
	if (rc)
		return rc;
	ranges_begin(h, next, nr);
	*labels = !xenpmem_labels_serve(h, reserved, record);
	return info.reserved.length != 0;
}

/* What a row must have in common with its namespace. Kept labels may move to another region. */
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
	if (b->cookie != ns->cookie && !(b->flags & XEN_PMEM_BACKING_KEPT))
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

static bool row_is_pool(const struct xen_pmem_backing *b)
{
	return b->flags & XEN_PMEM_BACKING_RAM;
}

/* May this row become what it is to be, vNVDIMMs or a pool? */
static int use_check(xenpmem_handle *h, const struct xen_pmem_backing *b, bool pool)
{
	if (row_is_pool(b) == pool)
		return 0;
	if (!pool)
		return fail_remedy(h, XENPMEM_REMEDY_DISABLE, -EMEDIUMTYPE,
				   "it is a pool of guests' RAM");
	if (b->flags & XEN_PMEM_BACKING_KEPT)
		return fail_remedy(h, XENPMEM_REMEDY_GIVE_UP_LABELS, -EEXIST,
				   "labels of a guest are kept for it");
	if (xenpmem_backing_holds_others(b, NULL))
		return fail(h, -ENOTEMPTY, "it holds a guest's data");
	return range_check_unheld(h, b->uuid);
}

static int guest_check(xenpmem_handle *h, const struct xen_pmem_backing *b,
		       const struct xenpmem_namespace *ns, bool pool, int state)
{
	int rc = 0;

	if (ns->role != XEN_PMEM_ROLE_GUEST)
		return fail(h, -EINVAL, "this namespace is not for guests");
	if (!ns->bound)
		return fail(h, -ENXIO, "dom0's driver does not hold it");
	if (b)
		rc = row_check(h, b, ns);
	if (b && !rc)
		rc = use_check(h, b, pool);
	if (rc)
		return rc;
	return b && !(b->flags & XEN_PMEM_BACKING_KEPT) && row_is_pool(b) == pool && ns->held &&
	       state == XEN_PMEM_RANGE_SERVED;
}

/* What xenpmem_enable_check() returns. *state: the range's in Xen; 0: Xen does not have it. */
static int enable_look(xenpmem_handle *h, struct xenpmem_record *record,
		       const struct xenpmem_namespace *ns, bool pool, int *state)
{
	const struct xen_pmem_backing *b = xenpmem_record_find(record, ns->range.uuid);
	struct xenpmem_served served;
	int rc = xenpmem_range_find(h, ns->range.uuid, &served);

	if (rc && rc != -ENOENT)
		return rc;
	*state = rc ? 0 : (int)served.state;
	if (ns->role == XEN_PMEM_ROLE_HOST && !pool)
		return host_check(h, b, ns, *state);
	return guest_check(h, b, ns, pool, *state);
}

int xenpmem_enable_check(xenpmem_handle *h, struct xenpmem_record *record,
			 const struct xenpmem_namespace *ns, bool pool)
{
	int state;

	return enable_look(h, record, ns, pool, &state);
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

/* Nobody has written zeros over it yet. */
static void row_make_pool(struct xen_pmem_backing *b)
{
	b->flags = XEN_PMEM_BACKING_RAM | XEN_PMEM_BACKING_ERASING;
	b->label_slot = 0;
	b->erased = 0;
	memset(b->guest, 0, sizeof(b->guest));
}

static int range_record(xenpmem_handle *h, const struct xenpmem_namespace *reserved,
			struct xenpmem_record *record, const struct xenpmem_namespace *ns,
			bool pool)
{
	struct xenpmem_record changed = *record;
	struct xen_pmem_backing *b;
	int rc = 0;

	if (!record_names(record, ns))
		rc = xenpmem_record_add(h, &changed, ns);
	else if (row_is_pool(xenpmem_record_find(record, ns->range.uuid)) == pool)
		return 0;
	if (rc)
		return rc;
	b = xenpmem_record_find(&changed, ns->range.uuid);
	if (pool)
		row_make_pool(b);
	return record_replace(h, reserved, record, &changed);
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
			bool pool, bool was_served)
{
	int rc = ns->bound ? range_serve(h, ns) : 0;

	if (rc)
		return rc;
	rc = range_record(h, reserved, record, ns, pool);
	if (rc && !was_served && !record_names(record, ns))
		range_take_back(h, ns);
	return rc;
}

int xenpmem_enable(xenpmem_handle *h, const struct xenpmem_namespace *reserved,
		   struct xenpmem_record *record, const struct xenpmem_namespace *ns,
		   bool pool, char block[32])
{
	int state, is_enabled, rc = 0;

	is_enabled = enable_look(h, record, ns, pool, &state);
	if (is_enabled < 0)
		return is_enabled;
	snprintf(block, 32, "%s", ns->role == XEN_PMEM_ROLE_HOST ? ns->block : "");
	/* The record may not name what dom0's kernel uses. */
	if (!is_enabled || ns->role == XEN_PMEM_ROLE_HOST)
		rc = range_enable(h, reserved, record, ns, pool,
				  state == XEN_PMEM_RANGE_SERVED || state == XEN_PMEM_RANGE_HOST);
	if (!rc && !is_enabled && ns->role == XEN_PMEM_ROLE_HOST)
		rc = xenpmem_namespace_rebind(h, ns, block);
	return rc ? rc : is_enabled;
}
