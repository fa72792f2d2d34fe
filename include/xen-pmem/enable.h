/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * libxenpmem, chapter 9: how a namespace goes from dom0 to Xen and back. Included by xenpmem.h,
 * where the rules for all functions are.
 */
#ifndef XEN_PMEM_ENABLE_H
#define XEN_PMEM_ENABLE_H

#include "xenpmem.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * 9  Enabling namespaces
 *
 *	enable     the driver's mark (xenpmem_hold()) -> Xen serves it -> the record names it
 *	disable    Xen gives it up -> the driver's mark -> the record
 *
 * A kill between two steps leaves one of these states, and the same call again goes on from there.
 * So dom0 never has what Xen may have, and the record gets no name of a namespace that Xen does not
 * serve. Where a step of xenpmem_area_open() or xenpmem_enable() fails, the steps before it are
 * undone, except that a namespace keeps its mark if Xen does not answer, because Xen may have it
 * then; and stays served if the record names it all the same, because one copy was written.
 *
 * reserved: the namespace of the record. *record: as it was read; out: as it is stored, also after
 * an error.
 * Errors besides those that are named: those of the commands (chapter 3), of xenpmem_hold() and of
 * xenpmem_record_store().
 */

/* Is it the namespace whose reserved area Xen uses? */
static inline bool xenpmem_area_is_in(const struct xenpmem_info *info,
				      const struct xenpmem_namespace *ns)
{
	const struct xenpmem_range *area = &info->reserved;

	return area->length && area->spa >= ns->range.spa &&
	       area->spa - ns->range.spa < ns->range.length;
}

/*
 * -EIO: dom0 knows of a bad block in the record, or of more bad blocks than `bad` has room for.
 * _labels_check: in the label area.
 */
int xenpmem_record_check(xenpmem_handle *h, const struct xenpmem_namespace *reserved);
int xenpmem_labels_check(xenpmem_handle *h, const struct xenpmem_namespace *reserved,
			 const struct xenpmem_record *record);

/*
 * Has Xen use the reserved area but for what dom0 knows as bad, and then serve the label area. The
 * caller refuses what xenpmem_record_check() does. Returns 0: Xen uses the area now. 1: Xen used it
 * before. *labels: false if Xen refuses the label area, for the reason in xenpmem_error(); guests
 * can have vNVDIMMs without labels then. -ENOSPC: the namespace is too small. -EEXIST: Xen uses
 * another reserved area.
 */
int xenpmem_area_open(xenpmem_handle *h, const struct xenpmem_namespace *reserved,
		      const struct xenpmem_record *record, bool *labels);

/* Tells Xen which blocks of its reserved area dom0 knows as bad, if it uses that of `reserved`. */
int xenpmem_area_retire(xenpmem_handle *h, const struct xenpmem_namespace *reserved);

/*
 * The same, and begins to serve namespaces before the label area, so that Xen searches its page
 * tables once for all. next: those that xenpmem_enable() must follow for, and for which
 * xenpmem_enable_check() returned 0. What fails of that fails again in xenpmem_enable().
 */
int xenpmem_area_open_for(xenpmem_handle *h, const struct xenpmem_namespace *reserved,
			  const struct xenpmem_record *record,
			  const struct xenpmem_namespace *const *next, uint32_t nr, bool *labels);

/*
 * Takes the label area and the reserved area back from Xen, and ends the driver's mark. -EBUSY: Xen
 * serves a namespace, and everything is as before. -ENOENT: Xen does not use this reserved area;
 * but if the driver has the mark, which a killed call left, it ends and the call succeeds.
 */
int xenpmem_area_close(xenpmem_handle *h, const struct xenpmem_namespace *reserved);

/*
 * Enables a namespace: of role guest for guests alone, of role host for dom0 as well, which then
 * gets it by xenpmem_namespace_rebind(). pool: guests get it as RAM; it is not clean at first
 * (XEN_PMEM_BACKING_RAM and _ERASING). Xen uses the reserved area. The caller refuses bad blocks,
 * or gives none of them to guests as RAM. Returns 0: it is enabled now. 1: it was enabled before,
 * though the record may not have named it. block: dom0's device of a host range, otherwise "".
 *
 * -EINVAL: it is of another role, or a host range is to be a pool. -ENXIO: dom0's driver does not
 * hold it. -EOPNOTSUPP: role host, and ns->unfit. -EEXIST: a guest's labels are kept for it, and it
 * is of role host or is to be a pool. -EMEDIUMTYPE: it is a pool, which is to be vNVDIMMs.
 * -ENOTEMPTY: it is to be a pool, and holds a guest's data. -EBUSY: the same, and a guest has pages
 * of it. -ESTALE with XENPMEM_REMEDY_DISABLE: it had another length or role when the record got it;
 * with XENPMEM_REMEDY_GIVE_UP_LABELS: another length when labels were kept for it. -ENOSPC with
 * XENPMEM_REMEDY_ENLARGE: Xen has no room for its tables, or serves 64 ranges; otherwise the record
 * is full.
 */
int xenpmem_enable(xenpmem_handle *h, const struct xenpmem_namespace *reserved,
		   struct xenpmem_record *record, const struct xenpmem_namespace *ns,
		   bool pool, char block[32]);

/* The same up to the first change: 0, 1, or why it is refused. */
int xenpmem_enable_check(xenpmem_handle *h, struct xenpmem_record *record,
			 const struct xenpmem_namespace *ns, bool pool);

/*
 * Disables a namespace. keep: dom0 may read a guest's data in it, and a label slot stays the
 * guest's (XEN_PMEM_BACKING_KEPT). Returns 0: it is dom0's. 1: the record does not name it any
 * more, and dom0, which uses it, keeps it with Xen's tables until the host boots again.
 *
 * -EBUSY: a guest has pages. -ENOTEMPTY: it holds a guest's data, or is a pool that is not
 * clean, and keep is false. -ENOENT: it is
 * not enabled. -EALREADY: as 1, since an earlier call. -ENXIO: dom0's driver does not hold it.
 */
int xenpmem_disable(xenpmem_handle *h, const struct xenpmem_namespace *reserved,
		    struct xenpmem_record *record, const struct xenpmem_namespace *ns, bool keep);

/* The same up to the first change, but for pages of guests: 0, 1, or why it is refused. */
int xenpmem_disable_check(xenpmem_handle *h, struct xenpmem_record *record,
			  const struct xenpmem_namespace *ns, bool keep);

/*
 * Strikes from the record a namespace that the host has lost, after Xen has given it up; or one
 * that is disabled and whose labels were kept; not one that dom0's driver holds. Its label slot is
 * free afterwards, with the old labels in it. -EBUSY: a guest has pages. -ENOENT: the record does
 * not name it; Xen has given it up all the same.
 */
int xenpmem_strike(xenpmem_handle *h, const struct xenpmem_namespace *reserved,
		   struct xenpmem_record *record, const uint8_t uuid[16]);

#ifdef __cplusplus
}
#endif

#endif
