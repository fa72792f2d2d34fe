// SPDX-License-Identifier: LGPL-2.1-only
/* Disables namespaces, and gives the reserved area back: Xen first, then the driver, the record. */
#include "internal.h"

/* -ENOENT: Xen does not have it. A killed call may have come so far. */
static int range_take(xenpmem_handle *h, const uint8_t uuid[16])
{
	int rc = xenpmem_unserve(h, uuid);

	return rc == -ENOENT ? 0 : rc;
}

static int area_take(xenpmem_handle *h)
{
	int rc = xenpmem_labels_unserve(h);

	return rc ? rc : xenpmem_unreserve(h);
}

int xenpmem_area_close(xenpmem_handle *h, const struct xenpmem_namespace *reserved)
{
	struct xenpmem_info info;
	int rc;

	rc = xenpmem_hello(h, &info);
	if (rc)
		return rc;
	rc = xenpmem_area_is_in(&info, reserved) ? area_take(h) : -ENOENT;
	if (rc == -ENOENT && !reserved->held)
		return fail(h, rc, "Xen does not use this reserved area");
	if (rc && rc != -ENOENT)
		return rc;
	/* The driver of a namespace that was unbound by force holds no mark. */
	return reserved->bound ? xenpmem_hold(h, reserved, false) : 0;
}

int xenpmem_disable_check(xenpmem_handle *h, struct xenpmem_record *record,
			  const struct xenpmem_namespace *ns, bool keep)
{
	const struct xen_pmem_backing *b = xenpmem_record_find(record, ns->range.uuid);
	struct xenpmem_served served;
	int rc;

	if (b && b->flags & XEN_PMEM_BACKING_KEPT)
		return fail(h, -ENOENT, "not enabled; labels of a guest are kept for it");
	if (b && !keep && xenpmem_backing_holds_others(b, NULL))
		return fail(h, -ENOTEMPTY, b->flags & XEN_PMEM_BACKING_RAM ?
			    "guests' RAM in it is not erased yet" : "it holds a guest's data");
	if (!ns->bound && ns->role != XEN_PMEM_ROLE_HOST)
		return fail(h, -ENXIO, "dom0's driver does not hold it");
	if (b || ns->held)
		return !ns->bound;
	rc = xenpmem_range_find(h, ns->range.uuid, &served);
	if (rc)
		return rc == -ENOENT ? fail(h, rc, "not enabled") : rc;
	if (!ns->bound)
		return fail(h, -EALREADY, "dom0 keeps /dev/%s until it reboots; at the next boot "
			    "it is not enabled", ns->block);
	return 0;
}

/* A guest's labels name its namespaces: as long as its data stay, its label slot does. */
static int record_leave(xenpmem_handle *h, const struct xenpmem_namespace *reserved,
			struct xenpmem_record *record, const uint8_t uuid[16])
{
	struct xenpmem_record changed = *record;
	struct xen_pmem_backing *b = xenpmem_record_find(&changed, uuid);

	if (!b)
		return 0;
	if (b->label_slot && xenpmem_backing_holds_others(b, NULL))
		b->flags |= XEN_PMEM_BACKING_KEPT;
	else
		xenpmem_record_remove(h, &changed, uuid);
	return record_replace(h, reserved, record, &changed);
}

/*
 * dom0 can write to it in a moment: what an interrupted erase has done does not count, and a pool
 * is not clean, should the row stay because of a kill.
 */
static int record_forget_erased(xenpmem_handle *h, const struct xenpmem_namespace *reserved,
				struct xenpmem_record *record, const uint8_t uuid[16])
{
	struct xenpmem_record changed = *record;
	struct xen_pmem_backing *b = xenpmem_record_find(&changed, uuid);
	const bool is_clean = b && b->flags == XEN_PMEM_BACKING_RAM;

	if (!b || !(b->erased || is_clean))
		return 0;
	b->erased = 0;
	if (is_clean)
		b->flags |= XEN_PMEM_BACKING_ERASING;
	return record_replace(h, reserved, record, &changed);
}

/* Xen comes first, for it may refuse; but an erase is forgotten before dom0 can write. */
int xenpmem_disable(xenpmem_handle *h, const struct xenpmem_namespace *reserved,
		    struct xenpmem_record *record, const struct xenpmem_namespace *ns, bool keep)
{
	int rc, is_dom0s;

	is_dom0s = xenpmem_disable_check(h, record, ns, keep);
	if (is_dom0s < 0)
		return is_dom0s;
	rc = record_forget_erased(h, reserved, record, ns->range.uuid);
	if (!rc && !is_dom0s)
		rc = range_take(h, ns->range.uuid);
	if (!rc && !is_dom0s)
		rc = xenpmem_hold(h, ns, false);
	if (!rc)
		rc = record_leave(h, reserved, record, ns->range.uuid);
	return rc ? rc : is_dom0s;
}

/* No zeros are written over kept labels: dom0 may have made another namespace of the same UUID. */
int xenpmem_strike(xenpmem_handle *h, const struct xenpmem_namespace *reserved,
		   struct xenpmem_record *record, const uint8_t uuid[16])
{
	const struct xen_pmem_backing *b = xenpmem_record_find(record, uuid);
	struct xenpmem_record changed = *record;
	int rc;

	rc = b && b->flags & XEN_PMEM_BACKING_KEPT ? 0 : range_take(h, uuid);
	if (!rc)
		rc = xenpmem_record_remove(h, &changed, uuid);
	return rc ? rc : record_replace(h, reserved, record, &changed);
}
