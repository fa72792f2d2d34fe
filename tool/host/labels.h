/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Labels of vNVDIMMs: slots of the reserved area's label area, which Xen serves as one more range,
 * with the UUID of the reserved namespace. A backing keeps the slot that it gets when a guest first
 * has it with labels. All functions are called under host_lock(), with an inventory whose record
 * can be used.
 */
#ifndef XEN_PMEM_TOOL_LABELS_H
#define XEN_PMEM_TOOL_LABELS_H

#include "host/backend.h"
#include "host/inventory.h"

/*
 * Which labels a vNVDIMM gets: the slot of its backing, or a free one, which is then noted in
 * `record` (not stored) and sets *fresh. A vNVDIMM gets no labels if it has label=off or is a part,
 * if it is read-only and its backing has no slot, and, with a warning if `loud`, if there is no
 * label area. EXIT_DONE, or EXIT_REFUSED after saying why.
 */
int labels_choose(struct inventory *inv, struct xenpmem_record *record,
		  const struct backend *backend, struct xenpmem_vnvdimm *vnvdimm, bool *fresh,
		  bool loud);

/* Where a slot is, while Xen serves the label area. 0 or -errno. */
int labels_find_slot(struct inventory *inv, uint32_t slot, struct xenpmem_range *range);

/* Writes zeros over the slot of a backing, if it has one. EXIT_DONE or EXIT_REFUSED. */
int labels_erase(struct inventory *inv, const struct xen_pmem_backing *backing);

#endif
