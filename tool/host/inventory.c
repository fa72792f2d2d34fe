// SPDX-License-Identifier: GPL-2.0-only
/* Reads the inventory, finds namespaces and the reserved area, and refuses what cannot be used. */
#define _GNU_SOURCE
#include "host/inventory.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "xen/domain.h"

/* namespace0.2 before namespace0.10. */
static int device_compare(const void *left, const void *right)
{
	return strverscmp(((const struct xenpmem_namespace *)left)->device,
			  ((const struct xenpmem_namespace *)right)->device);
}

/* Without an answer the extension reports neither ranges nor holdings. */
static void extension_read(struct inventory *inv)
{
	unsigned int nr = 0;

	inv->info = (struct xenpmem_info){ .abi = 0 };
	inv->no_extension[0] = '\0';
	inv->nr_ranges = inv->nr_holdings = 0;
	if (xenpmem_hello(inv->pmem, &inv->info)) {
		snprintf(inv->no_extension, sizeof(inv->no_extension), "%s",
			 xenpmem_error(inv->pmem));
		return;
	}
	while (nr < XEN_PMEM_RANGES && !xenpmem_query_range(inv->pmem, nr, &inv->ranges[nr]))
		nr++;
	inv->nr_ranges = nr;
	nr = 0;
	while (nr < XEN_PMEM_HOLDINGS && !xenpmem_query_holding(inv->pmem, nr, &inv->holdings[nr]))
		nr++;
	inv->nr_holdings = nr;
}

static void pins_read(struct inventory *inv)
{
	unsigned int nr = 0;

	while (nr < XEN_PMEM_PINS_MAX && !xenpmem_query_pin(inv->pmem, nr, &inv->pins[nr]))
		nr++;
	inv->nr_pins = nr;
}

/* The one that Xen uses; otherwise one with a record, and *second too; otherwise any. */
static const struct xenpmem_namespace *reserved_pick(struct inventory *inv,
						     const struct xenpmem_namespace **second)
{
	const struct xenpmem_namespace *ns, *any = NULL, *with = NULL;

	*second = NULL;
	for (ns = inv->list; ns < inv->list + inv->nr; ns++) {
		if (ns->role != XEN_PMEM_ROLE_RESERVED)
			continue;
		if (inventory_is_reserved(inv, ns)) {
			*second = NULL;
			return ns;
		}
		any = any ? any : ns;
		if (!ns->bound || xenpmem_record_load(inv->pmem, ns, &inv->record))
			continue;
		*second = with ? ns : NULL;
		with = with ? with : ns;
	}
	return with ? with : any;
}

static void record_read(struct inventory *inv)
{
	const size_t len = sizeof(inv->no_record);
	const struct xenpmem_namespace *ns, *second;
	char *why = inv->no_record;
	int rc;

	ns = inv->reserved = reserved_pick(inv, &second);
	why[0] = '\0';
	if (!ns) {
		snprintf(why, len, "no reserved area: no namespace has the label name "
			 XEN_PMEM_LABEL_RESERVED " (ndctl create-namespace -m raw -n "
			 XEN_PMEM_LABEL_RESERVED " -s SIZE)");
		return;
	}
	if (second) {
		snprintf(why, len, "%.120s and %.120s both have a record: only one can be the "
			 "reserved area", namespace_name(ns), namespace_name(second));
		return;
	}
	if (!ns->bound) {
		snprintf(why, len, "%.120s: %.380s", namespace_name(ns), namespace_why_unbound(ns));
		return;
	}
	rc = xenpmem_record_load(inv->pmem, ns, &inv->record);
	if (rc)
		snprintf(why, len, "%.120s: %s%s", namespace_name(ns), xenpmem_error(inv->pmem),
			 rc == -ENOENT ? " (xen-pmem init)" : "");
}

void inventory_read(struct inventory *inv)
{
	extension_read(inv);
	pins_read(inv);
	record_read(inv);
}

int inventory_open(struct inventory *inv)
{
	*inv = (struct inventory){ .pmem = pmem_open() };
	if (xenpmem_namespaces(inv->pmem, &inv->list, &inv->nr)) {
		refuse(NULL, "%s", xenpmem_error(inv->pmem));
		inventory_close(inv);
		return EXIT_REFUSED;
	}
	qsort(inv->list, inv->nr, sizeof(*inv->list), device_compare);
	inventory_read(inv);
	return EXIT_DONE;
}

int inventory_open_locked(struct inventory *inv)
{
	int rc = host_lock();

	return rc ? rc : inventory_open(inv);
}

void inventory_close(struct inventory *inv)
{
	free(inv->list);
	xenpmem_close(inv->pmem);
	host_unlock();
}

int inventory_find(struct inventory *inv, const char *name, const struct xenpmem_namespace **ns)
{
	struct xenpmem_health health;
	uint32_t index = 0;
	const char *why;
	int rc;

	rc = xenpmem_namespace_find(inv->pmem, inv->list, inv->nr, name, ns);
	if (!rc)
		return EXIT_DONE;
	if (rc != -ENOENT)
		return refuse(name, "%s", xenpmem_error(inv->pmem));
	/* Linux makes no namespaces of an NVDIMM that is locked. */
	while (inventory_find_unfit(inv, &index, &health)) {
		why = health_why_unfit(&health, true);
		if (why)
			return refuse(name, "no such namespace; %s", why);
	}
	return refuse(name, "no such namespace");
}

int inventory_find_backend(struct inventory *inv, const char *name,
			   const struct xenpmem_namespace **ns)
{
	int rc = xenpmem_namespace_find(inv->pmem, inv->list, inv->nr, name, ns);

	if (name[0] != '/')
		return rc;
	if (rc || !(*ns)->bound)
		*ns = NULL;
	return 0;
}

int inventory_need_record(struct inventory *inv)
{
	if (inv->no_record[0])
		return refuse(NULL, "%s", inv->no_record);
	if (inv->record.warning)
		warn(namespace_name(inv->reserved), "%s", inv->record.warning);
	return EXIT_DONE;
}

struct xen_pmem_backing *inventory_backing(struct inventory *inv, const uint8_t uuid[16])
{
	return inv->no_record[0] ? NULL : xenpmem_record_find(&inv->record, uuid);
}

int inventory_store_record(struct inventory *inv, struct xenpmem_record *record)
{
	if (xenpmem_record_store(inv->pmem, inv->reserved, record))
		return refuse(namespace_name(inv->reserved), "%s", xenpmem_error(inv->pmem));
	inv->record = *record;
	return EXIT_DONE;
}

int namespace_need_bound(const struct xenpmem_namespace *ns)
{
	const char *why = namespace_why_unbound(ns);

	return why ? refuse(namespace_name(ns), "%s", why) : EXIT_DONE;
}

int inventory_need_unheld(const struct inventory *inv, const char *subject,
			  const uint8_t uuid[16])
{
	const struct xenpmem_holding *holding = inventory_holding(inv, uuid);
	char guest[DOMAIN_NAME_LEN];

	if (!holding)
		return EXIT_DONE;
	return refuse(subject, "assigned to guest %s", domain_name(holding->domid, guest));
}

int inventory_need_unassigned(const struct inventory *inv, const char *subject,
			      const uint8_t uuid[16])
{
	int rc = inventory_need_unheld(inv, subject, uuid);

	return rc ? rc : namespace_check_unlocked(subject, uuid);
}

/* What the namespace itself must be; NULL: it is. */
static const char *unusable_line(const struct inventory *inv, const struct xenpmem_namespace *ns,
				 unsigned int needs, struct line *line)
{
	const char *why = NULL;

	if (ns->role == XEN_PMEM_ROLE_RESERVED)
		return "this is the reserved area";
	if (ns->role == XEN_PMEM_ROLE_HOST) {
		snprintf(line->text, sizeof(line->text),
			 "dom0 uses it: name a file on it, or its device (/dev/%s)",
			 ns->block[0] ? ns->block : "...");
		return line->text;
	}
	why = namespace_why_unbound_line(ns, line);
	if (!why && inventory_is_pool(inv, ns->range.uuid) != !!(needs & NEED_POOL))
		why = needs & NEED_POOL ?
		      "it is not a pool of guests' RAM (xen-pmem enable --ram)" :
		      "it is a pool of guests' RAM";
	if (!why && needs & NEED_NO_BAD)
		why = namespace_why_bad_line(ns, line);
	if (!why && needs & (NEED_READABLE | NEED_WRITABLE))
		why = health_why_unfit_line(&ns->health, !(needs & NEED_WRITABLE), line);
	if (!why && needs & NEED_ENABLED && !inventory_is_enabled(inv, ns->range.uuid))
		why = "not enabled (xen-pmem enable)";
	return why;
}

int inventory_need_usable(struct inventory *inv, const char *subject,
			  const struct xenpmem_namespace *ns, unsigned int needs)
{
	const char *why = unusable_line(inv, ns, needs, LINE);

	return why ? refuse(subject, "%s", why) : EXIT_DONE;
}

int inventory_need_free(struct inventory *inv, const char *subject,
			const struct xenpmem_namespace *ns, unsigned int needs)
{
	int rc = inventory_need_usable(inv, subject, ns, needs);

	return rc ? rc : inventory_need_unassigned(inv, subject, ns->range.uuid);
}

bool inventory_find_unfit(struct inventory *inv, uint32_t *index, struct xenpmem_health *health)
{
	while (!xenpmem_query_dimm(inv->pmem, (*index)++, health))
		if (xenpmem_health_fitness(health) != XENPMEM_FIT)
			return true;
	return false;
}

void namespace_warn_health(const struct xenpmem_namespace *ns)
{
	char line[XENPMEM_HEALTH_LINE_MAX];

	xenpmem_health_line(&ns->health, line, sizeof(line));
	if (line[0])
		warn(namespace_name(ns), "%s", line);
}

json_object *namespace_json(const struct xenpmem_namespace *ns)
{
	json_object *item = json_item("namespaces");

	json_name(item, "device", ns->device);
	json_name(item, "label", ns->label);
	json_uuid(item, "uuid", ns->range.uuid);
	json_number(item, "start", ns->range.spa);
	json_number(item, "size", ns->range.length);
	return item;
}

json_object *namespace_report(const struct xenpmem_namespace *ns, bool changed, const char *result,
			      const char *format, ...)
{
	json_object *item = namespace_json(ns);
	char text[256];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	say("%s: %s\n", namespace_name(ns), text);
	json_name(item, "result", result);
	if (changed)
		json_changed();
	return item;
}
