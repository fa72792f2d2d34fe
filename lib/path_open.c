// SPDX-License-Identifier: LGPL-2.1-only
/* Opens a file or device, and finds its kind, its size, its namespaces and its identity. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uuid/uuid.h>
#include <linux/fs.h>

#include "path_device.h"
#include "path_fiemap.h"
#include "namespace_health.h"
#include "pin_ioctl.h"
#include "signature.h"

/* The name space of the UUIDs of pins. */
static const uuid_t pins_space = {
	0x3c, 0xa5, 0x1f, 0x0e, 0x58, 0x6b, 0x4e, 0x57,
	0x9d, 0x2b, 0x70, 0x64, 0xe9, 0x14, 0x8a, 0xc3,
};

const char *xenpmem_path_kind_text(enum xenpmem_path_kind kind)
{
	switch (kind) {
	case XENPMEM_PATH_FILE:
		return "file";
	case XENPMEM_PATH_BLOCK:
		return "block";
	case XENPMEM_PATH_DEVDAX:
		return "devdax";
	default:
		return "none";
	}
}

static enum xenpmem_path_kind kind_of(mode_t mode)
{
	return S_ISREG(mode) ? XENPMEM_PATH_FILE : S_ISBLK(mode) ? XENPMEM_PATH_BLOCK :
	       S_ISCHR(mode) ? XENPMEM_PATH_DEVDAX : XENPMEM_PATH_NONE;
}

/* Xen must serve its namespaces, in state "host". */
static int namespaces_check(xenpmem_handle *h, const struct device *device)
{
	unsigned int i;
	uint8_t uuid[16];
	int rc;

	for (i = 0; i < device->nr; i++) {
		rc = device_namespace_uuid(h, device->namespaces[i], uuid);
		if (rc)
			return rc;
		if (!range_is_host(h, uuid))
			return fail_remedy(h, XENPMEM_REMEDY_ENABLE, -ENXIO,
					   "its namespace %s is not enabled",
					   device->namespaces[i]);
	}
	return 0;
}

static int file_name(xenpmem_handle *h, const struct xenpmem_path *path, const struct stat *st,
		     char *text, size_t len)
{
	unsigned int generation = 0;
	char fs[64];

	if (device_signature(st->st_dev, "UUID", fs, sizeof(fs)))
		return fail(h, -ENXIO, "its filesystem has no UUID");
	if (ioctl(path->fd, FS_IOC_GETVERSION, &generation))
		generation = 0;
	snprintf(text, len, "file %s %llu %u", fs, (unsigned long long)st->st_ino, generation);
	return 0;
}

static int size_read(xenpmem_handle *h, struct xenpmem_path *path, const struct stat *st)
{
	if (path->kind == XENPMEM_PATH_FILE)
		path->size = st->st_size;
	else if (path->kind == XENPMEM_PATH_BLOCK && ioctl(path->fd, BLKGETSIZE64, &path->size))
		return fail(h, -errno, "its size: %s", strerror(errno));
	else if (path->kind == XENPMEM_PATH_DEVDAX && device_dax_size(st->st_rdev, &path->size))
		return fail(h, -EOPNOTSUPP, "no file, no block device, and no DAX device");
	if (!path->size || path->size % PAGE)
		return fail(h, -EINVAL, "its size, %llu bytes, is not a multiple of 4096",
			    (unsigned long long)path->size);
	return 0;
}

static int facts_read(xenpmem_handle *h, struct xenpmem_path *path, const struct stat *st)
{
	const bool block = path->kind != XENPMEM_PATH_DEVDAX;
	dev_t dev = path->kind == XENPMEM_PATH_FILE ? st->st_dev : st->st_rdev;
	struct device device;
	unsigned int i;
	char name[320];
	int rc;

	rc = device_look(h, block, dev, &device);
	if (!rc && device.shared[0])
		rc = fail(h, -EBUSY, "%s", device.shared);
	if (!rc)
		rc = namespaces_check(h, &device);
	if (!rc)
		rc = path->kind == XENPMEM_PATH_FILE ? file_name(h, path, st, name, sizeof(name)) :
		     device_identity(h, block, dev, &device, name, sizeof(name));
	if (rc)
		return rc;
	for (i = 0; i < device.nr; i++)
		namespace_health_add(h, device.namespaces[i], &path->health);
	path->persistence = device.persistence;
	path->base = device.base;
	path->scattered = device.scattered;
	uuid_generate_sha1(path->uuid, pins_space, name, strlen(name));
	return 0;
}

/* For a pinned file open(2) returns EBUSY or, as for a swap file, ETXTBSY. */
static int open_failed(xenpmem_handle *h, const char *name, int error)
{
	struct xen_pmem_pin pin;
	struct stat st;

	if ((error == EBUSY || error == ETXTBSY) && !stat(name, &st) &&
	    !pin_find_file(h, &st, &pin))
		return pin_fail_busy(h, &pin);
	return fail(h, -error, "%s", strerror(error));
}

int xenpmem_path_open(xenpmem_handle *h, const char *name, struct xenpmem_path *path)
{
	struct xen_pmem_pin pin;
	struct stat st;
	int rc;

	*path = (struct xenpmem_path){ .fd = open(name,
						  O_RDWR | O_CLOEXEC | O_NONBLOCK | O_NOCTTY) };
	if (path->fd < 0)
		return open_failed(h, name, errno);
	rc = fstat(path->fd, &st) ? fail(h, -errno, "%s", strerror(errno)) : 0;
	if (!rc)
		path->kind = kind_of(st.st_mode);
	if (!rc && path->kind == XENPMEM_PATH_NONE)
		rc = fail(h, -EOPNOTSUPP, "no file, no block device, and no DAX device");
	if (!rc)
		rc = size_read(h, path, &st);
	if (!rc)
		rc = facts_read(h, path, &st);
	if (!rc && !pin_find(h, path->uuid, &pin))
		rc = pin_fail_busy(h, &pin);
	if (rc) {
		close(path->fd);
		*path = (struct xenpmem_path){ .fd = -1 };
	}
	return rc;
}

void xenpmem_path_close(struct xenpmem_path *path)
{
	if (path->kind != XENPMEM_PATH_NONE && path->fd >= 0)
		close(path->fd);
	path->fd = -1;
}
