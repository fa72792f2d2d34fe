/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Labels of vNVDIMMs: slots of the reserved area's label area, which Xen serves as one more range, of the reserved namespace's own UUID. A backing has
 * a slot from when it is first given to a guest with labels. All of it under host_lock(). Functions that can refuse say why and return EXIT_REFUSED, else
 * EXIT_DONE.
 */
#ifndef XEN_PMEM_TOOL_LABELS_H
#define XEN_PMEM_TOOL_LABELS_H

#include "host/backend.h"
#include "host/inventory.h"

/* Whether a range or holding of this UUID is of labels, and how many ranges are not. */
bool labels_are(const struct xenpmem_info *info, const uint8_t uuid[16]);
unsigned int labels_not(xenpmem_handle *pmem, const struct xenpmem_info *info);

/* Has Xen serve the label area, if there is one and it does not already. 0 or -errno. */
int labels_serve(xenpmem_handle *pmem, const struct xenpmem_namespace *reserved, const struct xenpmem_record *record);

/* Before the reserved area goes: takes the label area back, unless anything else is served still. 0 or -errno. */
int labels_unserve(xenpmem_handle *pmem);

/*
 * Which labels a vNVDIMM gets: its backing's slot, or a free one, which is then noted in `record`, in memory only, and *fresh is set; or none, for one
 * that has label=off or is a part, for a read-only one whose backing has none, and, with a warning if `loud`, where there is no label area. Changes nothing.
 */
int labels_choose(struct inventory *inv, const struct xenpmem_namespace *reserved, struct xenpmem_record *record, const struct backend *backend,
		  struct xenpmem_vnvdimm *vnvdimm, bool *fresh, bool loud);

/* Zeros over a backing's slot, if it has one. Needs no serving before. */
int labels_erase(struct inventory *inv, const struct xenpmem_namespace *reserved, const struct xenpmem_record *record, const struct xen_pmem_backing *backing);

#endif
