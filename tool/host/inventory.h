/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads the inventory (host/inventory_facts.h): once, and again after this tool changed something
 * or did not hold the host's lock for a while; and refuses what it does not allow.
 *
 * Functions that can refuse say why and return EXIT_REFUSED, or EXIT_DONE.
 */
#ifndef XEN_PMEM_TOOL_INVENTORY_H
#define XEN_PMEM_TOOL_INVENTORY_H

#include "host/inventory_facts.h"
#include "host/lock.h"
#include "ui/json.h"

/*
 * Opens the library and reads all of it. _locked takes host_lock() first; inventory_open() is for
 * verbs that change nothing. inventory_close() drops the lock.
 */
int inventory_open_locked(struct inventory *inv);
int inventory_open(struct inventory *inv);
void inventory_close(struct inventory *inv);

/* Reads again what the extension, the driver and the record say. */
void inventory_read(struct inventory *inv);

/* By any of its names: device, label name or UUID. */
int inventory_find(struct inventory *inv, const char *name, const struct xenpmem_namespace **ns);

/*
 * What the name of a backend means: *ns; or NULL, a path. A name that begins with a slash is a
 * path, unless our driver holds the namespace of this name: /dev/pmem0 may be dom0's. 0, or -errno
 * with xenpmem_error(): it is no path and no namespace.
 */
int inventory_find_backend(struct inventory *inv, const char *name,
			   const struct xenpmem_namespace **ns);

/* Refuses where no record can be used; warns of a copy of it that is lost. */
int inventory_need_record(struct inventory *inv);

/* The record's row about a namespace. NULL: no record can be used, or it does not name it. */
struct xen_pmem_backing *inventory_backing(struct inventory *inv, const uint8_t uuid[16]);

/* Stores a record that was changed; only then it is inv->record. */
int inventory_store_record(struct inventory *inv, struct xenpmem_record *record);

/* Refuses a namespace that dom0's driver does not hold. */
int namespace_need_bound(const struct xenpmem_namespace *ns);

/*
 * Refuses, in this order: the reserved area, a host range, one that dom0's driver does not hold,
 * and then what `needs` asks for, one whose pages are assigned, and one that is being erased.
 * subject: what the message begins with.
 */
#define NEED_NO_BAD	1u	/* no bad blocks */
#define NEED_READABLE	2u	/* NVDIMMs that can be read */
#define NEED_WRITABLE	4u	/* NVDIMMs that keep what is written */
#define NEED_ENABLED	8u
#define NEED_POOL	16u	/* a pool of guests' RAM; without it: no pool */
int inventory_need_free(struct inventory *inv, const char *subject,
			const struct xenpmem_namespace *ns, unsigned int needs);

/* But for the last two of these refusals. */
int inventory_need_usable(struct inventory *inv, const char *subject,
			  const struct xenpmem_namespace *ns, unsigned int needs);

/* The last two of these refusals alone: a guest, or an erase. _unheld: a guest alone. */
int inventory_need_unassigned(const struct inventory *inv, const char *subject,
			      const uint8_t uuid[16]);
int inventory_need_unheld(const struct inventory *inv, const char *subject,
			  const uint8_t uuid[16]);

/* The health of the first NVDIMM, from *index on, that is not fit; moves *index past it. */
bool inventory_find_unfit(struct inventory *inv, uint32_t *index, struct xenpmem_health *health);

/* Warns of all that is known of its NVDIMMs. */
void namespace_warn_health(const struct xenpmem_namespace *ns);

/* A new item of the document's namespaces: what it is. NULL without --json. */
json_object *namespace_json(const struct xenpmem_namespace *ns);

/*
 * Reports what became of a namespace: "NAME: TEXT"; with --json `result` instead, a word of
 * docs/json.md. changed: by this run of the tool. Returns namespace_json().
 */
json_object *namespace_report(const struct xenpmem_namespace *ns, bool changed, const char *result,
			      const char *format, ...) __attribute__((format(printf, 4, 5)));

#endif
