/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tells guests that run of the pages that are gone from their maps: the next scrub of such a guest
 * finds them (docs/design/tables.md).
 */
#ifndef XEN_PMEM_TOOL_ARS_H
#define XEN_PMEM_TOOL_ARS_H

#include <xen-pmem/xenpmem.h>

/*
 * Each is told once. Reads the inventory under the lock, if Xen has noted another such page.
 * EXIT_REFUSED: it could not, and nobody was told.
 */
int guests_tell(xenpmem_handle *pmem);

#endif
