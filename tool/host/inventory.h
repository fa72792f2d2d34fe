/* SPDX-License-Identifier: GPL-2.0-only */
/* The host's namespaces as the verbs see them. Functions that can refuse say why and return EXIT_REFUSED, else EXIT_DONE. */
#ifndef XEN_PMEM_TOOL_HOST_H
#define XEN_PMEM_TOOL_HOST_H

#include "ui/json.h"
#include "host/lock.h"
#include "ui/ui.h"

struct host {
	xenpmem_handle *pmem;
	struct xenpmem_namespace *list;
	size_t nr;
};

/* With host_lock(), until host_close. host_open is for those that only look. */
int host_open_locked(struct host *host);
int host_open(struct host *host);
void host_close(struct host *host);

/* By any of its names. */
int host_find(struct host *host, const char *name, const struct xenpmem_namespace **ns);
const struct xenpmem_namespace *host_find_uuid(const struct host *host, const uint8_t uuid[16]);

/* A namespace's name for a message: "namespace0.1 (xen-guest1)". Overwritten by the fourth call after. */
const char *host_name(const struct xenpmem_namespace *ns);
const char *host_name_uuid(const struct host *host, const uint8_t uuid[16]);

/* A namespace in the document of --json: what it is. NULL without --json. */
json_object *host_json(const struct xenpmem_namespace *ns);

/*
 * Says what became of a namespace: "NAME: ", and this; with --json `result` instead, a word of
 * docs/json.md. changed: by this run of the tool. Returns host_json().
 */
json_object *host_tell(const struct xenpmem_namespace *ns, bool changed, const char *result,
		       const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Refuses a namespace that the dom0 driver does not have, and says what to do about it. */
int host_need_bound(const struct xenpmem_namespace *ns);
const char *host_why_unbound(const struct xenpmem_namespace *ns);	/* NULL: it is bound */

/* Why no guest may have it, and what to do: it has bad blocks. NULL: none is known. */
const char *host_why_bad(const struct xenpmem_namespace *ns);

/*
 * Why memory in this health must not be written to (read_only: not even read), and what to do; NULL:
 * it may. Overwritten by the next call.
 */
const char *host_why_unfit(const struct xenpmem_health *health, bool read_only);

/* Warns of whatever is known of it. */
void host_warn_health(const struct xenpmem_namespace *ns);

/* The health of the first NVDIMM, from *index on, that is not fit; moves *index past it. */
bool host_find_unfit(struct host *host, uint32_t *index, struct xenpmem_health *health);

/*
 * The reserved area: the namespace that Xen has taken, or else the only one with a record. host_look_reserved says nothing: it returns why there is none
 * to use, or NULL; *ns is NULL only if no namespace is even meant to be one.
 */
int host_reserved(struct host *host, const struct xenpmem_namespace **ns, struct xenpmem_record *record);
const char *host_look_reserved(struct host *host, const struct xenpmem_namespace **ns, struct xenpmem_record *record);

/* Dom0's driver has it, and Xen keeps count of dom0's mappings: guests can be given files on it. */
bool host_is_shared(struct host *host, const struct xenpmem_namespace *ns);

/* Is this the namespace that Xen has its reserved area in? */
bool host_is_taken(const struct xenpmem_namespace *ns, const struct xenpmem_info *info);

/* What Xen serves under this UUID. */
bool host_served(struct host *host, const uint8_t uuid[16], struct xenpmem_served *served);

/* What is known about a guest's having pages of it; -1: nobody has. */
int host_holder(struct host *host, const uint8_t uuid[16], struct xenpmem_holding *holding);

#endif
