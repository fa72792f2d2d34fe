// SPDX-License-Identifier: GPL-2.0-only
/* The host's namespaces: finds them by name, finds the reserved area, says why one cannot be used. */
#define _GNU_SOURCE
#include "host/inventory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <stdarg.h>

int inventory_open_locked(struct inventory *inv)
{
	int rc = host_lock();

	return rc ? rc : inventory_open(inv);
}

/* namespace0.2 before namespace0.10. */
static int device_compare(const void *left, const void *right)
{
	return strverscmp(((const struct xenpmem_namespace *)left)->device,
			  ((const struct xenpmem_namespace *)right)->device);
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
	return EXIT_DONE;
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
	int rc;

	rc = xenpmem_namespace_find(inv->pmem, inv->list, inv->nr, name, ns);
	if (!rc)
		return EXIT_DONE;
	/* Linux makes no namespaces of an NVDIMM that is locked. */
	while (rc == -ENOENT && inventory_find_unfit(inv, &index, &health))
		if (health_why_unfit(&health, true))
			return refuse(name, "no such namespace; %s", health_why_unfit(&health, true));
	return refuse(name, "%s", rc == -ENOENT ? "no such namespace" : xenpmem_error(inv->pmem));
}

const struct xenpmem_namespace *inventory_find_uuid(const struct inventory *inv, const uint8_t uuid[16])
{
	size_t i;

	for (i = 0; i < inv->nr; i++)
		if (!memcmp(inv->list[i].range.uuid, uuid, 16))
			return &inv->list[i];
	return NULL;
}

const char *namespace_name(const struct xenpmem_namespace *ns)
{
	static char names[4][112];
	static unsigned int turn;
	char *name = names[turn++ % 4];

	snprintf(name, sizeof(names[0]), ns->label[0] ? "%s (%s)" : "%s", ns->device, ns->label);
	return name;
}

const char *inventory_name(const struct inventory *inv, const uint8_t uuid[16])
{
	const struct xenpmem_namespace *ns = inventory_find_uuid(inv, uuid);
	static struct uuid_buf text;

	return ns ? namespace_name(ns) : uuid_text(uuid, &text);
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

const char *namespace_why_unbound(const struct xenpmem_namespace *ns)
{
	static char why[256];

	if (ns->bound)
		return NULL;
	if (ns->role == XEN_PMEM_ROLE_NONE)
		snprintf(why, sizeof(why), "not meant for Xen: its label name is %s%s%s, not " XEN_PMEM_LABEL_RESERVED " or " XEN_PMEM_LABEL_PREFIX
			 "...%s%s", ns->label[0] ? "\"" : "", ns->label[0] ? ns->label : "empty", ns->label[0] ? "\"" : "",
			 ns->driver[0] ? ", and it is held by " : "", ns->driver);
	else if (ns->role == XEN_PMEM_ROLE_HOST && ns->driver[0])
		snprintf(why, sizeof(why), "held by %s (/dev/%s), which no dom0 survives taking it from: enable it at boot, when xen_pmem comes first (reboot)",
			 ns->driver, ns->block);
	else if (ns->role != XEN_PMEM_ROLE_HOST && strcmp(ns->mode, "raw"))
		snprintf(why, sizeof(why), "held by %s%s%s%s: it is in %s mode; make it anew in raw mode (ndctl create-namespace -m raw)",
			 ns->driver[0] ? ns->driver : "no driver", ns->block[0] ? " (/dev/" : "", ns->block, ns->block[0] ? ")" : "", ns->mode);
	else if (ns->driver[0])
		snprintf(why, sizeof(why), "held by %s%s%s%s: unmount it, then modprobe xen_pmem, ndctl disable-namespace %s, ndctl enable-namespace %s",
			 ns->driver, ns->block[0] ? " (/dev/" : "", ns->block, ns->block[0] ? ")" : "", ns->device, ns->device);
	else
		snprintf(why, sizeof(why), "no driver has it: modprobe xen_pmem, ndctl enable-namespace %s", ns->device);
	return why;
}

int namespace_need_bound(const struct xenpmem_namespace *ns)
{
	const char *why = namespace_why_unbound(ns);

	return why ? refuse(namespace_name(ns), "%s", why) : EXIT_DONE;
}

/* Xen cannot take a page that is no RAM out of use: on an Intel host the machine check of one guest ends all. */
const char *namespace_why_bad(const struct xenpmem_namespace *ns)
{
	static char why[256];

	if (!ns->nr_bad)
		return NULL;
	snprintf(why, sizeof(why), "bad blocks, the first at byte %llu: a guest that reads them can take the host down; clear them in dom0 first "
		 "(%sndctl clear-errors %s)", (unsigned long long)ns->bad[0].offset, ns->held ? "xen-pmem disable, then " : "", ns->device);
	return why;
}

const char *health_why_unfit(const struct xenpmem_health *health, bool read_only)
{
	static char why[XENPMEM_HEALTH_LINE_MAX];
	enum xenpmem_fitness worst = read_only ? XENPMEM_FIT_TO_READ : XENPMEM_FIT_WITH_WARNING;

	if (xenpmem_health_fitness(health) <= worst)
		return NULL;
	xenpmem_health_line(health, why, sizeof(why));
	return why;
}

void namespace_warn_health(const struct xenpmem_namespace *ns)
{
	char line[XENPMEM_HEALTH_LINE_MAX];

	xenpmem_health_line(&ns->health, line, sizeof(line));
	if (line[0])
		warn(namespace_name(ns), "%s", line);
}

bool inventory_find_unfit(struct inventory *inv, uint32_t *index, struct xenpmem_health *health)
{
	while (!xenpmem_query_dimm(inv->pmem, (*index)++, health))
		if (xenpmem_health_fitness(health) != XENPMEM_FIT)
			return true;
	return false;
}

bool namespace_is_taken(const struct xenpmem_namespace *ns, const struct xenpmem_info *info)
{
	return info->reserved.length && info->reserved.spa >= ns->range.spa && info->reserved.spa - ns->range.spa < ns->range.length;
}

/* The one that Xen has taken; else one with a record, and where several have one, the second too; else any. */
static const struct xenpmem_namespace *reserved_pick(struct inventory *inv, const struct xenpmem_namespace **second)
{
	const struct xenpmem_namespace *ns, *any = NULL, *with = NULL;
	struct xenpmem_info info = { 0 };
	struct xenpmem_record ignored;

	*second = NULL;
	xenpmem_hello(inv->pmem, &info);
	for (ns = inv->list; ns < inv->list + inv->nr; ns++) {
		if (ns->role != XEN_PMEM_ROLE_RESERVED)
			continue;
		if (namespace_is_taken(ns, &info)) {
			*second = NULL;
			return ns;
		}
		any = any ? any : ns;
		if (!ns->bound || xenpmem_record_load(inv->pmem, ns, &ignored))
			continue;
		*second = with ? ns : NULL;
		with = with ? with : ns;
	}
	return with ? with : any;
}

const char *inventory_look_reserved(struct inventory *inv, const struct xenpmem_namespace **ns, struct xenpmem_record *record)
{
	static char why[512];
	const struct xenpmem_namespace *second;
	int rc;

	*ns = reserved_pick(inv, &second);
	if (!*ns)
		return "no reserved area: no namespace has the label name " XEN_PMEM_LABEL_RESERVED " (ndctl create-namespace -m raw -n "
		       XEN_PMEM_LABEL_RESERVED " -s SIZE)";
	if (second) {
		snprintf(why, sizeof(why), "%s and %s both have a record: only one can be the reserved area", namespace_name(*ns), namespace_name(second));
		return why;
	}
	if (!(*ns)->bound) {
		snprintf(why, sizeof(why), "%s: %s", namespace_name(*ns), namespace_why_unbound(*ns));
		return why;
	}
	rc = xenpmem_record_load(inv->pmem, *ns, record);
	if (!rc)
		return NULL;
	snprintf(why, sizeof(why), "%s: %s%s", namespace_name(*ns), xenpmem_error(inv->pmem), rc == -ENOENT ? " (xen-pmem init)" : "");
	return why;
}

int inventory_reserved(struct inventory *inv, const struct xenpmem_namespace **ns, struct xenpmem_record *record)
{
	const char *why = inventory_look_reserved(inv, ns, record);

	if (why)
		return refuse(NULL, "%s", why);
	if (record->warning)
		warn(namespace_name(*ns), "%s", record->warning);
	return EXIT_DONE;
}

bool inventory_served(struct inventory *inv, const uint8_t uuid[16], struct xenpmem_served *served)
{
	uint32_t i;

	for (i = 0; !xenpmem_query_range(inv->pmem, i, served); i++)
		if (!memcmp(served->range.uuid, uuid, 16))
			return true;
	return false;
}

bool inventory_is_shared(struct inventory *inv, const struct xenpmem_namespace *ns)
{
	struct xenpmem_served served;

	return ns->role == XEN_PMEM_ROLE_HOST && !ns->bound && ns->driver[0] && inventory_served(inv, ns->range.uuid, &served) &&
	       served.state == XEN_PMEM_RANGE_HOST;
}

int inventory_holder(struct inventory *inv, const uint8_t uuid[16], struct xenpmem_holding *holding)
{
	uint32_t i;

	for (i = 0; !xenpmem_query_holding(inv->pmem, i, holding); i++)
		if (!memcmp(holding->uuid, uuid, 16))
			return holding->domid;
	return -1;
}
