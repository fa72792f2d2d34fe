// SPDX-License-Identifier: LGPL-2.1-only
/*
 * Finds guests that have a device as a disk, by xenstore's entries of dom0's disk backends. Neither
 * blkback nor QEMU opens the device exclusively.
 */
#define _GNU_SOURCE
#include "path_device.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <xenstore.h>

#define BACKEND	"/local/domain/0/backend"

static char *value_read(struct xs_handle *xs, const char *dir, const char *key)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", dir, key);
	return xs_read(xs, XBT_NULL, path, NULL);
}

/* "fe:1" is blkback's number; "aio:/dev/pmem0.1" is QEMU's file. */
static bool disk_number(struct xs_handle *xs, const char *disk, dev_t *dev)
{
	char *number = value_read(xs, disk, "physical-device"),
		*params = value_read(xs, disk, "params");
	const char *file = params ? strchr(params, '/') : NULL;
	unsigned int major, minor;
	struct stat st;
	bool found = true;

	if (number && sscanf(number, "%x:%x", &major, &minor) == 2)
		*dev = makedev(major, minor);
	else if (file && !stat(file, &st) && S_ISBLK(st.st_mode))
		*dev = st.st_rdev;
	else
		found = false;
	free(number);
	free(params);
	return found;
}

/* Is `folder` that of the disk itself, or of a partition of it? */
static bool is_within(const char *folder, const char *disk)
{
	size_t len = strlen(disk);

	return !strncmp(folder, disk, len) && (!folder[len] || folder[len] == '/');
}

static bool disk_look(struct xs_handle *xs, const char *disk, const char *domid, struct device *d,
		      const char *folder)
{
	char link[64], other[PATH_MAX], *name;
	dev_t dev;

	if (!disk_number(xs, disk, &dev))
		return false;
	snprintf(link, sizeof(link), "/sys/dev/block/%u:%u", major(dev), minor(dev));
	if (!realpath(link, other) || (!is_within(folder, other) && !is_within(other, folder)))
		return false;
	snprintf(link, sizeof(link), "/local/domain/%.20s", domid);
	name = value_read(xs, link, "name");
	snprintf(d->shared, sizeof(d->shared), "guest %s has /dev/%s as a disk (xl block-list %s)",
		 name ? name : domid, basename(other), domid);
	free(name);
	return true;
}

static bool guest_look(struct xs_handle *xs, const char *kind, const char *domid, struct device *d,
		       const char *folder)
{
	char dir[128], disk[160], **disks;
	unsigned int i, nr = 0;
	bool found = false;

	snprintf(dir, sizeof(dir), BACKEND "/%s/%.20s", kind, domid);
	disks = xs_directory(xs, XBT_NULL, dir, &nr);
	for (i = 0; disks && i < nr && !found; i++) {
		snprintf(disk, sizeof(disk), "%s/%.20s", dir, disks[i]);
		found = disk_look(xs, disk, domid, d, folder);
	}
	free(disks);
	return found;
}

void device_disk_look(struct device *d, const char *folder)
{
	static const char *const kinds[] = { "vbd", "qdisk" };
	struct xs_handle *xs = xs_open(0);
	unsigned int i, at, nr;
	char dir[64], **guests;
	bool found = false;

	for (i = 0; xs && i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		snprintf(dir, sizeof(dir), BACKEND "/%s", kinds[i]);
		nr = 0;
		guests = xs_directory(xs, XBT_NULL, dir, &nr);
		for (at = 0; guests && at < nr && !found; at++)
			found = guest_look(xs, kinds[i], guests[at], d, folder);
		free(guests);
	}
	if (xs)
		xs_close(xs);
}
