// SPDX-License-Identifier: LGPL-2.1-only
/* Reads and writes sysfs attributes. */
#include "sysfs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SYSFS_PATH_MAX	(PATH_MAX + 64)

static void sysfs_path(const char *device, const char *name, char buf[SYSFS_PATH_MAX])
{
	snprintf(buf, SYSFS_PATH_MAX, "%s%s/%s", device[0] == '/' ? "" : "/sys/bus/nd/devices/",
		 device, name);
}

static int sysfs_open(const char *device, const char *name, int flags)
{
	char path[SYSFS_PATH_MAX];
	int fd;

	sysfs_path(device, name, path);
	fd = open(path, flags | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int sysfs_read(const char *device, const char *name, char *buf, size_t len)
{
	ssize_t got;
	int fd = sysfs_open(device, name, O_RDONLY), rc;

	if (fd < 0)
		return fd;
	got = read(fd, buf, len - 1);
	rc = got < 0 ? -errno : 0;
	close(fd);
	if (rc)
		return rc;
	while (got && buf[got - 1] == '\n')
		got--;
	buf[got] = '\0';
	return 0;
}

int sysfs_number(const char *device, const char *name, uint64_t *value)
{
	char text[32], *end;
	int rc = sysfs_read(device, name, text, sizeof(text));

	if (rc)
		return rc;
	*value = strtoull(text, &end, 0);
	return *end || end == text ? -EINVAL : 0;
}

int sysfs_read_bytes(const char *device, const char *name, uint64_t offset, void *buf, size_t len)
{
	size_t done = 0;
	ssize_t got = 1;
	int fd = sysfs_open(device, name, O_RDONLY), rc = 0;

	if (fd < 0)
		return fd;
	while (done < len && got > 0) {
		got = pread(fd, (char *)buf + done, len - done, offset + done);
		if (got < 0)
			rc = -errno;
		else
			done += got;
	}
	close(fd);
	return rc ? rc : done < len ? -EIO : 0;
}

int sysfs_write(const char *device, const char *name, uint64_t offset, const void *buf, size_t len)
{
	ssize_t put;
	int fd = sysfs_open(device, name, O_WRONLY), rc;

	if (fd < 0)
		return fd;
	put = pwrite(fd, buf, len, offset);
	rc = put < 0 ? -errno : put < (ssize_t)len ? -EIO : 0;
	close(fd);
	return rc;
}

void sysfs_driver(const char *device, char *buf, size_t len)
{
	char path[SYSFS_PATH_MAX], target[256];
	ssize_t got;
	char *name;

	buf[0] = '\0';
	sysfs_path(device, "driver", path);
	got = readlink(path, target, sizeof(target) - 1);
	if (got <= 0)
		return;
	target[got] = '\0';
	name = strrchr(target, '/');
	snprintf(buf, len, "%s", name ? name + 1 : target);
}
