// SPDX-License-Identifier: LGPL-2.1-only
/* Finds the namespaces below a device, through device-mapper and partitions, in sysfs. */
#define _GNU_SOURCE
#include "path_device.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <uuid/uuid.h>

#include "signature.h"
#include "sysfs.h"

#define DEPTH_MAX	8u	/* levels of device-mapper */

/* The path of the device's folder in sysfs, without links. */
static int folder_find(xenpmem_handle *h, bool block, dev_t dev, char path[PATH_MAX])
{
	char link[64];

	snprintf(link, sizeof(link), "/sys/dev/%s/%u:%u", block ? "block" : "char", major(dev),
		 minor(dev));
	return realpath(link, path) ? 0 : fail(h, -ENXIO, "it is not on an NVDIMM");
}

/* Cuts ".../region0/pfn0.1/block/pmem0" into the region's folder and "pfn0.1". */
static bool region_split(const char *path, char region[PATH_MAX], char below[32])
{
	const char *at = path, *found = NULL, *end;

	while ((at = strstr(at, "/region"))) {
		at += strlen("/region");
		if (*at >= '0' && *at <= '9')
			found = at;
	}
	end = found ? strchr(found, '/') : NULL;
	if (!end)
		return false;
	snprintf(region, PATH_MAX, "%.*s", (int)(end - path), path);
	snprintf(below, 32, "%.*s", (int)strcspn(end + 1, "/"), end + 1);
	return true;
}

static enum xenpmem_persistence persistence_read(const char *region)
{
	char text[32];

	if (sysfs_read(region, "persistence_domain", text, sizeof(text)))
		return XENPMEM_PERSISTENCE_UNKNOWN;
	if (!strcmp(text, "cpu_cache"))
		return XENPMEM_PERSISTENCE_CPU_CACHE;
	if (!strcmp(text, "memory_controller"))
		return XENPMEM_PERSISTENCE_MEMORY_CONTROLLER;
	return strcmp(text, "none") ? XENPMEM_PERSISTENCE_UNKNOWN : XENPMEM_PERSISTENCE_NONE;
}

static int namespace_note(xenpmem_handle *h, struct device *d, const char *name)
{
	unsigned int i;

	for (i = 0; i < d->nr; i++)
		if (!strcmp(d->namespaces[i], name))
			return 0;
	if (d->nr == DEVICE_NAMESPACES)
		return fail(h, -E2BIG, "it is on more than %u namespaces", DEVICE_NAMESPACES);
	strcpy(d->namespaces[d->nr++], name);
	return 0;
}

/* path: the folder of a disk, a partition or a DAX device. */
static int base_read(const char *path, const char *below, bool block, uint64_t *base)
{
	uint64_t start = 0;
	int rc;

	if (!block)
		return sysfs_number(path, "resource", base);
	rc = sysfs_number(below, "resource", base);
	if (!rc && !sysfs_number(path, "start", &start))
		*base += start * 512;
	return rc;
}

/* A guest cannot ask the host for a flush, so its stores must persist by themselves. */
const char *device_region_unfit(const char *region)
{
	char text[64];

	if (!sysfs_read(region, "../provider", text, sizeof(text)) && !strcmp(text, "virtio-pmem"))
		return "writes there persist only after a flush call to its host (virtio-pmem), "
		       "which no guest could make";
	if (!sysfs_read(region, "devtype", text, sizeof(text)) && !strcmp(text, "nd_volatile"))
		return "its region is volatile";
	return NULL;
}

static int leaf_look(xenpmem_handle *h, const char *path, bool block, struct device *d)
{
	char region[PATH_MAX], below[32], name[32], bad[32];
	enum xenpmem_persistence persistence;

	if (!region_split(path, region, below))
		return fail(h, -ENXIO, "it is not on an NVDIMM");
	if (device_region_unfit(region))
		return fail(h, -ENXIO, "%s", device_region_unfit(region));
	if (sysfs_read(below, "namespace", name, sizeof(name)) || !name[0])
		snprintf(name, sizeof(name), "%s", below);
	if (block && !sysfs_read(path, "badblocks", bad, sizeof(bad)) && bad[0])
		return fail(h, -EIO,
			    "%s has bad blocks, which can end the host when a guest reads them "
			    "(ndctl clear-errors %s)", name, name);
	persistence = persistence_read(region);
	if (!d->nr || persistence < d->persistence)
		d->persistence = persistence;
	if (base_read(path, below, block, &d->base))
		d->scattered = true;
	return namespace_note(h, d, name);
}

static int folder_look(xenpmem_handle *h, const char *path, bool block, unsigned int depth,
		       struct device *d)
{
	char slaves[PATH_MAX + 16], slave[PATH_MAX + 300], real[PATH_MAX];
	struct dirent *entry;
	int rc = 0, nr = 0;
	DIR *dir;

	if (block && !d->shared[0])
		device_disk_look(d, path);
	snprintf(slaves, sizeof(slaves), "%s/slaves", path);
	dir = block && depth < DEPTH_MAX ? opendir(slaves) : NULL;
	while (dir && !rc && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		nr++;
		d->scattered = true;
		snprintf(slave, sizeof(slave), "%s/%s", slaves, entry->d_name);
		rc = realpath(slave, real) ? folder_look(h, real, block, depth + 1, d) :
			fail(h, -ENXIO, "%s: %s", entry->d_name, strerror(errno));
	}
	if (dir)
		closedir(dir);
	return rc || nr ? rc : leaf_look(h, path, block, d);
}

int device_look(xenpmem_handle *h, bool block, dev_t dev, struct device *device)
{
	char path[PATH_MAX];
	int rc;

	memset(device, 0, sizeof(*device));
	rc = folder_find(h, block, dev, path);
	return rc ? rc : folder_look(h, path, block, 0, device);
}

int device_namespace_uuid(xenpmem_handle *h, const char *name, uint8_t uuid[16])
{
	char text[64], holder[64];

	if (!sysfs_read(name, "uuid", text, sizeof(text)) && !uuid_parse(text, uuid))
		return 0;
	/* Without a label it has the UUID of its info block, which the device on it shows. */
	if (!sysfs_read(name, "holder", holder, sizeof(holder)) && holder[0] &&
	    !sysfs_read(holder, "uuid", text, sizeof(text)) && !uuid_parse(text, uuid))
		return 0;
	return fail(h, -ENXIO, "%s has no UUID", name);
}

int device_dax_size(dev_t dev, uint64_t *size)
{
	char dir[64];

	snprintf(dir, sizeof(dir), "/sys/dev/char/%u:%u", major(dev), minor(dev));
	return sysfs_number(dir, "size", size);
}

int device_identity(xenpmem_handle *h, bool block, dev_t dev, const struct device *device,
		    char *text, size_t len)
{
	char path[PATH_MAX], value[256];
	uint64_t partition;
	uuid_t uuid;
	int rc = folder_find(h, block, dev, path);

	if (rc)
		return rc;
	if (block && !sysfs_read(path, "dm/name", value, sizeof(value)))
		return snprintf(text, len, "dm %s", value) < (int)len ? 0 :
		       fail(h, -ENXIO, "its name is too long");
	if (block && !sysfs_number(path, "partition", &partition)) {
		if (device_signature(dev, "PART_ENTRY_UUID", value, sizeof(value)))
			return fail(h, -ENXIO, "its partition table gives it no UUID");
		snprintf(text, len, "partition %s", value);
		return 0;
	}
	rc = device_namespace_uuid(h, device->namespaces[0], uuid);
	if (rc)
		return rc;
	uuid_unparse_lower(uuid, value);
	snprintf(text, len, "namespace %s", value);
	return 0;
}
