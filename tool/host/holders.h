/* SPDX-License-Identifier: GPL-2.0-only */
/* Guests with pages of what Xen serves, as texts and in the document of --json. */
#ifndef XEN_PMEM_TOOL_HOLDERS_H
#define XEN_PMEM_TOOL_HOLDERS_H

#include "host/inventory.h"

/* "running" and so on, the words of docs/json.md. */
const char *holder_text(enum xen_pmem_holder_state state);

/* "labels", "ram" or "namespace" */
const char *range_role_text(const struct inventory *inv, const uint8_t uuid[16]);

/* Whether no holding before this one is of the same guest: whoever goes through guests asks it. */
bool holding_is_first(const struct inventory *inv, unsigned int at);

/* Adds this guest (-1: each) and what it has to the document's guests. */
void guests_json(const struct inventory *inv, int64_t domid);

#endif
