/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What NVDIMM a device of dom0's lies on, by sysfs: which namespaces, how far their contents
 * outlive a power failure, where it begins in memory.
 */
#ifndef XEN_PMEM_LIB_PATH_DEVICE_H
#define XEN_PMEM_LIB_PATH_DEVICE_H

#include <sys/types.h>

#include "internal.h"

#define DEVICE_NAMESPACES	16u

struct device {
	unsigned int nr;
	char namespaces[DEVICE_NAMESPACES][32];	/* "namespace0.1"; each once */
	enum xenpmem_persistence persistence;	/* the weakest */
	/* host address of its first byte, if it is not scattered */
	uint64_t base;
	bool scattered;				/* device-mapper */
	char shared[192];			/* a line that names the guest whose disk it is;
		or "" */
};

/* Sets d->shared if a guest has the block device of this folder, its disk or a partition of it. */
void device_disk_look(struct device *d, const char *folder);

/*
 * -ENXIO: it, or a part of it, is not on an NVDIMM. -EIO: bad blocks are known. Error lines do not
 * name the device.
 */
int device_look(xenpmem_handle *h, bool block, dev_t dev, struct device *device);

/* Why guests cannot use this region, given by its name or its folder in sysfs; NULL: they can. */
const char *device_region_unfit(const char *region);

/*
 * The name by which its identity survives reboots: of dm the name, of a partition its PARTUUID,
 * else the namespace's UUID. -ENXIO: it has none.
 */
int device_identity(xenpmem_handle *h, bool block, dev_t dev, const struct device *device,
		    char *text, size_t len);

/* Of a DAX character device. -ENOENT: the device is not one. */
int device_dax_size(dev_t dev, uint64_t *size);

/* Of a namespace, by its device's name. */
int device_namespace_uuid(xenpmem_handle *h, const char *name, uint8_t uuid[16]);

#endif
