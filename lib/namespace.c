// SPDX-License-Identifier: LGPL-2.1-only
/* The host's namespaces, by libndctl and the attributes of dom0's driver. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/ndctl.h>
#include <ndctl/libndctl.h>
#include <uuid/uuid.h>

#include "path_device.h"
#include "namespace_health.h"
#include "sysfs.h"

#define NAMESPACES_MAX	1024

const char *xenpmem_persistence_text(enum xenpmem_persistence persistence)
{
	switch (persistence) {
	case XENPMEM_PERSISTENCE_CPU_CACHE:
		return "cpu_cache";
	case XENPMEM_PERSISTENCE_MEMORY_CONTROLLER:
		return "memory_controller";
	case XENPMEM_PERSISTENCE_NONE:
		return "none";
	default:
		return "unknown";
	}
}

static enum xenpmem_persistence persistence_of(struct ndctl_region *region)
{
	switch (ndctl_region_get_persistence_domain(region)) {
	case PERSISTENCE_CPU_CACHE:
		return XENPMEM_PERSISTENCE_CPU_CACHE;
	case PERSISTENCE_MEM_CTRL:
		return XENPMEM_PERSISTENCE_MEMORY_CONTROLLER;
	case PERSISTENCE_NONE:
		return XENPMEM_PERSISTENCE_NONE;
	default:
		return XENPMEM_PERSISTENCE_UNKNOWN;
	}
}

static const char *mode_text(struct ndctl_namespace *ndns)
{
	switch (ndctl_namespace_get_mode(ndns)) {
	case NDCTL_NS_MODE_RAW:
		return "raw";
	case NDCTL_NS_MODE_SECTOR:
		return "sector";
	case NDCTL_NS_MODE_FSDAX:
		return "fsdax";
	case NDCTL_NS_MODE_DEVDAX:
		return "devdax";
	default:
		return "unknown";
	}
}

/* The character device, as dax0.0, of a namespace's DAX device, as dax0.1. */
static void dax_read(const char *device, struct xenpmem_namespace *ns)
{
	struct dirent *entry;
	char path[128];
	DIR *dir;

	snprintf(path, sizeof(path), "/sys/bus/nd/devices/%s", device);
	dir = opendir(path);
	while (dir && (entry = readdir(dir)))
		if (!strncmp(entry->d_name, "dax", 3) && entry->d_name[3] >= '0' &&
		    entry->d_name[3] <= '9')
			snprintf(ns->block, sizeof(ns->block), "%.31s", entry->d_name);
	if (dir)
		closedir(dir);
}

/*
 * In fsdax, devdax and sector mode there is another device between the namespace and the block
 * device; the driver is bound to that one.
 */
static void holder_read(struct ndctl_namespace *ndns, struct xenpmem_namespace *ns)
{
	struct ndctl_btt *btt = ndctl_namespace_get_btt(ndns);
	struct ndctl_pfn *pfn = ndctl_namespace_get_pfn(ndns);
	struct ndctl_dax *dax = ndctl_namespace_get_dax(ndns);
	const char *device = ns->device, *block = NULL;

	if (btt) {
		device = ndctl_btt_get_devname(btt);
		block = ndctl_btt_get_block_device(btt);
	} else if (pfn) {
		device = ndctl_pfn_get_devname(pfn);
		block = ndctl_pfn_get_block_device(pfn);
	} else if (dax) {
		device = ndctl_dax_get_devname(dax);
		dax_read(device, ns);
	} else {
		block = ndctl_namespace_get_block_device(ndns);
	}
	sysfs_driver(device, ns->driver, sizeof(ns->driver));
	if (!dax)
		snprintf(ns->block, sizeof(ns->block), "%s", block ? block : "");
}

/* In fsdax or devdax mode dom0 uses it as well. */
static enum xen_pmem_role role_of(const struct xenpmem_namespace *ns)
{
	enum xen_pmem_role role = xen_pmem_label_role(ns->label);

	if (role == XEN_PMEM_ROLE_GUEST &&
	    (!strcmp(ns->mode, "fsdax") || !strcmp(ns->mode, "devdax")))
		return XEN_PMEM_ROLE_HOST;
	return role;
}

/* A namespace without a label is for guests if Xen serves the UUID of its info block. */
static void unlabelled_read(xenpmem_handle *h, struct xenpmem_namespace *ns)
{
	struct error error = h->error;
	uint8_t uuid[16];

	if (ns->role != XEN_PMEM_ROLE_NONE ||
	    (strcmp(ns->mode, "fsdax") && strcmp(ns->mode, "devdax")))
		return;
	if (!device_namespace_uuid(h, ns->device, uuid) && !uuid_is_null(uuid) &&
	    range_is_host(h, uuid)) {
		memcpy(ns->range.uuid, uuid, sizeof(uuid));
		ns->role = XEN_PMEM_ROLE_HOST;
	}
	h->error = error;
}

/*
 * In fsdax or devdax mode libndctl leaves out the head, where dom0's page structures may be. Xen
 * gets all of it.
 */
static void whole_read(struct xenpmem_namespace *ns)
{
	uint64_t start, size;

	if (ns->role != XEN_PMEM_ROLE_HOST || sysfs_number(ns->device, "resource", &start) ||
	    sysfs_number(ns->device, "size", &size))
		return;
	ns->range.spa = start;
	ns->range.length = size;
}

/* Lines "SECTOR COUNT". */
static void bad_read(struct xenpmem_namespace *ns)
{
	unsigned long long first, count;
	char text[4097];
	const char *at;
	int used;

	if (sysfs_read(ns->device, XEN_PMEM_SYSFS_BADBLOCKS, text, sizeof(text)))
		return;
	for (at = text; sscanf(at, "%llu %llu\n%n", &first, &count, &used) == 2; at += used) {
		if (ns->nr_bad < XENPMEM_BAD_MAX)
			ns->bad[ns->nr_bad] = (struct xenpmem_bad){ first * 512, count * 512 };
		ns->nr_bad++;
	}
}

/*
 * The driver's values are those at the time of binding; libndctl reads the labels again, so the
 * driver's win.
 */
static void bound_read(struct xenpmem_namespace *ns)
{
	char text[64];
	uint64_t start, size;

	if (strcmp(ns->driver, XEN_PMEM_DRIVER) ||
	    sysfs_number(ns->device, XEN_PMEM_SYSFS_START, &start) ||
	    sysfs_number(ns->device, XEN_PMEM_SYSFS_SIZE, &size) ||
	    sysfs_read(ns->device, XEN_PMEM_SYSFS_UUID, text, sizeof(text)) ||
	    uuid_parse(text, ns->range.uuid))
		return;
	ns->range.spa = start;
	ns->range.length = size;
	if (!sysfs_read(ns->device, XEN_PMEM_SYSFS_LABEL, text, sizeof(text))) {
		snprintf(ns->label, sizeof(ns->label), "%s", text);
		ns->role = role_of(ns);
	}
	if (!sysfs_read(ns->device, XEN_PMEM_SYSFS_ROLE, text, sizeof(text)) &&
	    !strcmp(text, "host"))
		ns->role = XEN_PMEM_ROLE_HOST;
	ns->held = !sysfs_read(ns->device, XEN_PMEM_SYSFS_HELD, text, sizeof(text)) &&
		!strcmp(text, "1");
	bad_read(ns);
	ns->bound = true;
}

static void namespace_read(xenpmem_handle *h, struct ndctl_namespace *ndns,
			   struct ndctl_region *region, struct xenpmem_namespace *ns)
{
	struct ndctl_interleave_set *set = ndctl_region_get_interleave_set(region);
	unsigned long long resource = ndctl_namespace_get_resource(ndns);
	const char *label = ndctl_namespace_get_alt_name(ndns);

	*ns = (struct xenpmem_namespace){ .mode = mode_text(ndns),
					  .persistence = persistence_of(region) };
	snprintf(ns->device, sizeof(ns->device), "%s", ndctl_namespace_get_devname(ndns));
	snprintf(ns->region, sizeof(ns->region), "%s", ndctl_region_get_devname(region));
	snprintf(ns->label, sizeof(ns->label), "%s", label ? label : "");
	ndctl_namespace_get_uuid(ndns, ns->range.uuid);
	ns->range.spa = resource == ULLONG_MAX ? 0 : resource;
	ns->range.length = ndctl_namespace_get_size(ndns);
	ns->cookie = set ? ndctl_interleave_set_get_cookie(set) : 0;
	ns->role = role_of(ns);
	ns->unfit = device_region_unfit(ns->region);
	holder_read(ndns, ns);
	unlabelled_read(h, ns);
	whole_read(ns);
	bound_read(ns);
}

static size_t region_read(xenpmem_handle *h, struct ndctl_region *region,
			  struct xenpmem_namespace *list, size_t nr)
{
	struct xenpmem_health health;
	struct ndctl_namespace *ndns;

	region_health(region, &health);
	ndctl_namespace_foreach(region, ndns) {
		if (nr == NAMESPACES_MAX || !ndctl_namespace_get_size(ndns))
			continue;
		namespace_read(h, ndns, region, &list[nr]);
		list[nr++].health = health;
	}
	return nr;
}

int xenpmem_namespaces(xenpmem_handle *h, struct xenpmem_namespace **list, size_t *nr)
{
	struct ndctl_region *region;
	struct ndctl_bus *bus;
	int rc;

	rc = xenpmem_driver_check(h);
	if (rc && rc != -ENODEV)
		return rc;
	/* libndctl caches: only a new context shows changes by others. */
	if (h->ndctl)
		ndctl_unref(h->ndctl);
	h->ndctl = NULL;
	if (ndctl_new(&h->ndctl))
		return fail(h, -ENOSYS, "libndctl does not work");
	*list = calloc(NAMESPACES_MAX, sizeof(**list));
	if (!*list)
		return fail(h, -ENOMEM, "no memory for the list of namespaces");
	*nr = 0;
	ndctl_bus_foreach(h->ndctl, bus)
		ndctl_region_foreach(bus, region)
			*nr = region_read(h, region, *list, *nr);
	return 0;
}

int xenpmem_query_region(xenpmem_handle *h, uint32_t index, struct xenpmem_region *found)
{
	struct ndctl_region *region;
	struct ndctl_bus *bus;

	if (!h->ndctl)
		return fail(h, -ENOENT, "the namespaces have not been read");
	ndctl_bus_foreach(h->ndctl, bus)
		ndctl_region_foreach(bus, region) {
			if (ndctl_region_get_type(region) != ND_DEVICE_REGION_PMEM ||
			    ndctl_region_get_resource(region) == ULLONG_MAX || index--)
				continue;
			snprintf(found->device, sizeof(found->device), "%s",
				 ndctl_region_get_devname(region));
			found->spa = ndctl_region_get_resource(region);
			found->length = ndctl_region_get_size(region);
			return 0;
		}
	return fail(h, -ENOENT, "no such region");
}

static bool name_is(const struct xenpmem_namespace *ns, const char *name, const uuid_t uuid)
{
	if (!uuid_is_null(uuid))
		return !uuid_compare(ns->range.uuid, uuid);
	if (!strncmp(name, "/dev/", 5))
		name += 5;
	return !strcmp(ns->device, name) || !strcmp(ns->label, name) || !strcmp(ns->block, name);
}

int xenpmem_namespace_find(xenpmem_handle *h, const struct xenpmem_namespace *list, size_t nr,
			   const char *name,
			   const struct xenpmem_namespace **found)
{
	uuid_t uuid;
	size_t i;

	*found = NULL;
	if (uuid_parse(name, uuid))
		uuid_clear(uuid);
	for (i = 0; i < nr; i++) {
		if (!name[0] || !name_is(&list[i], name, uuid))
			continue;
		if (*found)
			return fail(h, -EEXIST,
				    "ambiguous: both %s and %s have this name; use the device "
				    "name or UUID", (*found)->device, list[i].device);
		*found = &list[i];
	}
	return *found ? 0 : fail(h, -ENOENT, "no such namespace");
}

int xenpmem_hold(xenpmem_handle *h, const struct xenpmem_namespace *ns, bool held)
{
	int rc = sysfs_write(ns->device, XEN_PMEM_SYSFS_HELD, 0, held ? "1" : "0", 1);

	if (rc)
		return fail(h, rc, "the driver does not %s it: %s", held ? "hold" : "release",
			    strerror(-rc));
	return 0;
}
