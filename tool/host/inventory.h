/* SPDX-License-Identifier: GPL-2.0-only */
/* The host's namespaces as the verbs see them. Functions that can refuse say why and return EXIT_REFUSED, else EXIT_DONE. */
#ifndef XEN_PMEM_TOOL_INVENTORY_H
#define XEN_PMEM_TOOL_INVENTORY_H

#include "ui/json.h"
#include "host/lock.h"
#include "ui/ui.h"

struct inventory {
	xenpmem_handle *pmem;
	struct xenpmem_namespace *list;
	size_t nr;
};

/* With host_lock(), until inventory_close. inventory_open is for those that only look. */
int inventory_open_locked(struct inventory *inv);
int inventory_open(struct inventory *inv);
void inventory_close(struct inventory *inv);

/* By any of its names. */
int inventory_find(struct inventory *inv, const char *name, const struct xenpmem_namespace **ns);
const struct xenpmem_namespace *inventory_find_uuid(const struct inventory *inv, const uint8_t uuid[16]);

/* A namespace's name for a message: "namespace0.1 (xen-guest1)". Overwritten by the fourth call after. */
const char *namespace_name(const struct xenpmem_namespace *ns);
const char *inventory_name(const struct inventory *inv, const uint8_t uuid[16]);

/* A namespace in the document of --json: what it is. NULL without --json. */
json_object *namespace_json(const struct xenpmem_namespace *ns);

/*
 * Says what became of a namespace: "NAME: ", and this; with --json `result` instead, a word of
 * docs/json.md. changed: by this run of the tool. Returns namespace_json().
 */
json_object *namespace_report(const struct xenpmem_namespace *ns, bool changed, const char *result,
		       const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Refuses a namespace that the dom0 driver does not have, and says what to do about it. */
int namespace_need_bound(const struct xenpmem_namespace *ns);
const char *namespace_why_unbound(const struct xenpmem_namespace *ns);	/* NULL: it is bound */

/* Why no guest may have it, and what to do: it has bad blocks. NULL: none is known. */
const char *namespace_why_bad(const struct xenpmem_namespace *ns);

/*
 * Why memory in this health must not be written to (read_only: not even read), and what to do; NULL:
 * it may. Overwritten by the next call.
 */
const char *health_why_unfit(const struct xenpmem_health *health, bool read_only);

/* Warns of whatever is known of it. */
void namespace_warn_health(const struct xenpmem_namespace *ns);

/* The health of the first NVDIMM, from *index on, that is not fit; moves *index past it. */
bool inventory_find_unfit(struct inventory *inv, uint32_t *index, struct xenpmem_health *health);

/*
 * The reserved area: the namespace that Xen has taken, or else the only one with a record. inventory_look_reserved says nothing: it returns why there is none
 * to use, or NULL; *ns is NULL only if no namespace is even meant to be one.
 */
int inventory_reserved(struct inventory *inv, const struct xenpmem_namespace **ns, struct xenpmem_record *record);
const char *inventory_look_reserved(struct inventory *inv, const struct xenpmem_namespace **ns, struct xenpmem_record *record);

/* Dom0's driver has it, and Xen keeps count of dom0's mappings: guests can be given files on it. */
bool inventory_is_shared(struct inventory *inv, const struct xenpmem_namespace *ns);

/* Is this the namespace that Xen has its reserved area in? */
bool namespace_is_taken(const struct xenpmem_namespace *ns, const struct xenpmem_info *info);

/* What Xen serves under this UUID. */
bool inventory_served(struct inventory *inv, const uint8_t uuid[16], struct xenpmem_served *served);

/* What is known about a guest's having pages of it; -1: nobody has. */
int inventory_holder(struct inventory *inv, const uint8_t uuid[16], struct xenpmem_holding *holding);

#endif
