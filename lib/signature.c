// SPDX-License-Identifier: LGPL-2.1-only
/* Asks libblkid what a device or a namespace contains. */
#define _GNU_SOURCE
#include "signature.h"

#include <blkid/blkid.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "internal.h"
#include "sysfs.h"

/* libblkid's -2, several signatures, is returned as it is. */
static int probe_run(blkid_probe probe)
{
	blkid_probe_enable_superblocks(probe, 1);
	blkid_probe_set_superblocks_flags(probe, BLKID_SUBLKS_UUID | BLKID_SUBLKS_TYPE);
	blkid_probe_enable_partitions(probe, 1);
	return blkid_do_safeprobe(probe);
}

static int probe_value(blkid_probe probe, const char *key, const char *suffix, char *text,
		       size_t len)
{
	const char *value;

	if (blkid_probe_lookup_value(probe, key, &value, NULL))
		return -ENXIO;
	return snprintf(text, len, "%s%s", value, suffix) < (int)len ? 0 : -ENXIO;
}

int device_signature(dev_t dev, const char *key, char *text, size_t len)
{
	char *name = blkid_devno_to_devname(dev);
	blkid_probe probe = name ? blkid_new_probe_from_filename(name) : NULL;
	int rc = -ENXIO;

	if (probe) {
		blkid_probe_set_partitions_flags(probe, BLKID_PARTS_ENTRY_DETAILS);
		if (!probe_run(probe))
			rc = probe_value(probe, key, "", text, len);
	}
	blkid_free_probe(probe);
	free(name);
	return rc;
}

/* libblkid wants a file: the namespace's head in memory, extended to the namespace's size. */
static int head_file(xenpmem_handle *h, const struct xenpmem_namespace *ns)
{
	const size_t size = XEN_PMEM_HEAD_SIZE;
	void *head = malloc(size);
	int fd = -1, rc;

	if (!head)
		return fail(h, -ENOMEM, "no memory for its first bytes");
	rc = sysfs_read_bytes(ns->device, XEN_PMEM_SYSFS_HEAD, 0, head, size);
	if (rc) {
		fail(h, rc, "its first bytes cannot be read: %s", strerror(-rc));
	} else {
		fd = memfd_create("head", MFD_CLOEXEC);
		if (fd < 0 || ftruncate(fd, ns->range.length) ||
		    pwrite(fd, head, size, 0) != (ssize_t)size)
			rc = fail(h, -EIO, "cannot look at its first bytes: %s", strerror(errno));
	}
	free(head);
	if (rc && fd >= 0)
		close(fd);
	return rc ? rc : fd;
}

static int contents_find(int fd, uint64_t size, char *text, size_t len)
{
	blkid_probe probe = blkid_new_probe();
	int rc = -1;

	text[0] = '\0';
	if (probe && !blkid_probe_set_device(probe, fd, 0, size))
		rc = probe_run(probe);
	if (rc == -2)
		snprintf(text, len, "more than one signature");
	else if (!rc && probe_value(probe, "TYPE", "", text, len))
		probe_value(probe, "PTTYPE", " partition table", text, len);
	blkid_free_probe(probe);
	return rc == -1 ? -EIO : 0;
}

int xenpmem_namespace_contents(xenpmem_handle *h, const struct xenpmem_namespace *ns, char *text,
			       size_t len)
{
	int fd = head_file(h, ns), rc;

	if (fd < 0)
		return fd;
	rc = contents_find(fd, ns->range.length, text, len);
	close(fd);
	return rc ? fail(h, rc, "libblkid cannot look at its first bytes") : 0;
}
