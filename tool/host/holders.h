/* SPDX-License-Identifier: GPL-2.0-only */
/* Guests as the document of --json has them. */
#ifndef XEN_PMEM_TOOL_HOLDERS_H
#define XEN_PMEM_TOOL_HOLDERS_H

#include "host/inventory.h"

const char *holder_text(enum xen_pmem_holder_state state);

/*
 * "labels" for the label area, which is a range of the reserved namespace's own UUID, else
 * "namespace".
 */
const char *range_role_text(const struct xenpmem_info *info, const uint8_t uuid[16]);

/* This guest (-1: each) and what it has of what Xen serves: items of the document's guests. */
void guests_json(struct inventory *inv, const struct xenpmem_info *info, int64_t domid);

#endif
