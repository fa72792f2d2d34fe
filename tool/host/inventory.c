// SPDX-License-Identifier: GPL-2.0-only
/* The host's namespaces: finds them by name, finds the reserved area, says why one cannot be used. */
#define _GNU_SOURCE
#include "host/inventory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <stdarg.h>

int host_open_locked(struct host *host)
{
	int rc = host_lock();

	return rc ? rc : host_open(host);
}

/* namespace0.2 before namespace0.10. */
static int device_compare(const void *left, const void *right)
{
	return strverscmp(((const struct xenpmem_namespace *)left)->device,
			  ((const struct xenpmem_namespace *)right)->device);
}

int host_open(struct host *host)
{
	*host = (struct host){ .pmem = pmem_open() };
	if (xenpmem_namespaces(host->pmem, &host->list, &host->nr)) {
		refuse(NULL, "%s", xenpmem_error(host->pmem));
		host_close(host);
		return EXIT_REFUSED;
	}
	qsort(host->list, host->nr, sizeof(*host->list), device_compare);
	return EXIT_DONE;
}

void host_close(struct host *host)
{
	free(host->list);
	xenpmem_close(host->pmem);
	host_unlock();
}

int host_find(struct host *host, const char *name, const struct xenpmem_namespace **ns)
{
	struct xenpmem_health health;
	uint32_t index = 0;
	int rc;

	rc = xenpmem_namespace_find(host->pmem, host->list, host->nr, name, ns);
	if (!rc)
		return EXIT_DONE;
	/* Linux makes no namespaces of an NVDIMM that is locked. */
	while (rc == -ENOENT && host_find_unfit(host, &index, &health))
		if (host_why_unfit(&health, true))
			return refuse(name, "no such namespace; %s", host_why_unfit(&health, true));
	return refuse(name, "%s", rc == -ENOENT ? "no such namespace" : xenpmem_error(host->pmem));
}

const struct xenpmem_namespace *host_find_uuid(const struct host *host, const uint8_t uuid[16])
{
	size_t i;

	for (i = 0; i < host->nr; i++)
		if (!memcmp(host->list[i].range.uuid, uuid, 16))
			return &host->list[i];
	return NULL;
}

const char *host_name(const struct xenpmem_namespace *ns)
{
	static char names[4][112];
	static unsigned int turn;
	char *name = names[turn++ % 4];

	snprintf(name, sizeof(names[0]), ns->label[0] ? "%s (%s)" : "%s", ns->device, ns->label);
	return name;
}

const char *host_name_uuid(const struct host *host, const uint8_t uuid[16])
{
	const struct xenpmem_namespace *ns = host_find_uuid(host, uuid);
	static struct uuid_buf text;

	return ns ? host_name(ns) : uuid_text(uuid, &text);
}

json_object *host_json(const struct xenpmem_namespace *ns)
{
	json_object *item = json_item("namespaces");

	json_name(item, "device", ns->device);
	json_name(item, "label", ns->label);
	json_uuid(item, "uuid", ns->range.uuid);
	json_number(item, "start", ns->range.spa);
	json_number(item, "size", ns->range.length);
	return item;
}

json_object *host_tell(const struct xenpmem_namespace *ns, bool changed, const char *result,
		       const char *format, ...)
{
	json_object *item = host_json(ns);
	char text[256];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	say("%s: %s\n", host_name(ns), text);
	json_name(item, "result", result);
	if (changed)
		json_changed();
	return item;
}

const char *host_why_unbound(const struct xenpmem_namespace *ns)
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

int host_need_bound(const struct xenpmem_namespace *ns)
{
	const char *why = host_why_unbound(ns);

	return why ? refuse(host_name(ns), "%s", why) : EXIT_DONE;
}

/* Xen cannot take a page that is no RAM out of use: on an Intel host the machine check of one guest ends all. */
const char *host_why_bad(const struct xenpmem_namespace *ns)
{
	static char why[256];

	if (!ns->nr_bad)
		return NULL;
	snprintf(why, sizeof(why), "bad blocks, the first at byte %llu: a guest that reads them can take the host down; clear them in dom0 first "
		 "(%sndctl clear-errors %s)", (unsigned long long)ns->bad[0].offset, ns->held ? "xen-pmem disable, then " : "", ns->device);
	return why;
}

const char *host_why_unfit(const struct xenpmem_health *health, bool read_only)
{
	static char why[XENPMEM_HEALTH_LINE_MAX];
	enum xenpmem_fitness worst = read_only ? XENPMEM_FIT_TO_READ : XENPMEM_FIT_WITH_WARNING;

	if (xenpmem_health_fitness(health) <= worst)
		return NULL;
	xenpmem_health_line(health, why, sizeof(why));
	return why;
}

void host_warn_health(const struct xenpmem_namespace *ns)
{
	char line[XENPMEM_HEALTH_LINE_MAX];

	xenpmem_health_line(&ns->health, line, sizeof(line));
	if (line[0])
		warn(host_name(ns), "%s", line);
}

bool host_find_unfit(struct host *host, uint32_t *index, struct xenpmem_health *health)
{
	while (!xenpmem_query_dimm(host->pmem, (*index)++, health))
		if (xenpmem_health_fitness(health) != XENPMEM_FIT)
			return true;
	return false;
}

bool host_is_taken(const struct xenpmem_namespace *ns, const struct xenpmem_info *info)
{
	return info->reserved.length && info->reserved.spa >= ns->range.spa && info->reserved.spa - ns->range.spa < ns->range.length;
}

/* The one that Xen has taken; else one with a record, and where several have one, the second too; else any. */
static const struct xenpmem_namespace *reserved_pick(struct host *host, const struct xenpmem_namespace **second)
{
	const struct xenpmem_namespace *ns, *any = NULL, *with = NULL;
	struct xenpmem_info info = { 0 };
	struct xenpmem_record ignored;

	*second = NULL;
	xenpmem_hello(host->pmem, &info);
	for (ns = host->list; ns < host->list + host->nr; ns++) {
		if (ns->role != XEN_PMEM_ROLE_RESERVED)
			continue;
		if (host_is_taken(ns, &info)) {
			*second = NULL;
			return ns;
		}
		any = any ? any : ns;
		if (!ns->bound || xenpmem_record_load(host->pmem, ns, &ignored))
			continue;
		*second = with ? ns : NULL;
		with = with ? with : ns;
	}
	return with ? with : any;
}

const char *host_look_reserved(struct host *host, const struct xenpmem_namespace **ns, struct xenpmem_record *record)
{
	static char why[512];
	const struct xenpmem_namespace *second;
	int rc;

	*ns = reserved_pick(host, &second);
	if (!*ns)
		return "no reserved area: no namespace has the label name " XEN_PMEM_LABEL_RESERVED " (ndctl create-namespace -m raw -n "
		       XEN_PMEM_LABEL_RESERVED " -s SIZE)";
	if (second) {
		snprintf(why, sizeof(why), "%s and %s both have a record: only one can be the reserved area", host_name(*ns), host_name(second));
		return why;
	}
	if (!(*ns)->bound) {
		snprintf(why, sizeof(why), "%s: %s", host_name(*ns), host_why_unbound(*ns));
		return why;
	}
	rc = xenpmem_record_load(host->pmem, *ns, record);
	if (!rc)
		return NULL;
	snprintf(why, sizeof(why), "%s: %s%s", host_name(*ns), xenpmem_error(host->pmem), rc == -ENOENT ? " (xen-pmem init)" : "");
	return why;
}

int host_reserved(struct host *host, const struct xenpmem_namespace **ns, struct xenpmem_record *record)
{
	const char *why = host_look_reserved(host, ns, record);

	if (why)
		return refuse(NULL, "%s", why);
	if (record->warning)
		warn(host_name(*ns), "%s", record->warning);
	return EXIT_DONE;
}

bool host_served(struct host *host, const uint8_t uuid[16], struct xenpmem_served *served)
{
	uint32_t i;

	for (i = 0; !xenpmem_query_range(host->pmem, i, served); i++)
		if (!memcmp(served->range.uuid, uuid, 16))
			return true;
	return false;
}

bool host_is_shared(struct host *host, const struct xenpmem_namespace *ns)
{
	struct xenpmem_served served;

	return ns->role == XEN_PMEM_ROLE_HOST && !ns->bound && ns->driver[0] && host_served(host, ns->range.uuid, &served) &&
	       served.state == XEN_PMEM_RANGE_HOST;
}

int host_holder(struct host *host, const uint8_t uuid[16], struct xenpmem_holding *holding)
{
	uint32_t i;

	for (i = 0; !xenpmem_query_holding(host->pmem, i, holding); i++)
		if (!memcmp(holding->uuid, uuid, 16))
			return holding->domid;
	return -1;
}
