/* SPDX-License-Identifier: GPL-2.0-only */
/* Chunks of the reserved area that have a bad block, and who depends on what is in them. */
#ifndef XEN_PMEM_TOOL_UNREADABLE_H
#define XEN_PMEM_TOOL_UNREADABLE_H

#include "host/inventory.h"

/* Prints them, or adds them to the document's retired_chunks. */
void unreadable_show(const struct inventory *inv);

/* Whether tables about pages of the range are in such a chunk. */
bool unreadable_is_about(const struct inventory *inv, const struct xenpmem_range *range);

#endif
