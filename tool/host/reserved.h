/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The reserved area, before Xen can serve anything. The inventory's record can be used
 * (inventory_need_record). Functions say why they refuse and return EXIT_REFUSED, or EXIT_DONE.
 */
#ifndef XEN_PMEM_TOOL_RESERVED_H
#define XEN_PMEM_TOOL_RESERVED_H

#include "host/inventory.h"

/* Refuses what reserved_open() refuses before it changes anything. */
int reserved_check(struct inventory *inv);

/*
 * Has Xen use the reserved area and serve its label area. *opened: Xen did not use it before; the
 * caller gives it back by xenpmem_area_close() if it is not needed after all.
 */
int reserved_open(struct inventory *inv, bool *opened);

/* The same, and begins to enable namespaces, as xenpmem_area_open_for() does. */
int reserved_open_for(struct inventory *inv, const struct xenpmem_namespace *const *next,
		      uint32_t nr, bool *opened);

#endif
