/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where the bytes of a device are in memory, and whether a guest can use them there.
 */
#ifndef XEN_PMEM_STRETCH_H
#define XEN_PMEM_STRETCH_H

#include <linux/blkdev.h>
#include <linux/dax.h>

#include "compat.h"

/* A device whose bytes are memory: a block device that can do DAX, or a dax character device. */
struct stretch_device {
	struct dax_device *dax;		/* NULL for a dax character device */
	u64 start;			/* bytes: of the device in dax, or else in memory */
	u64 length;			/* bytes */
	block_class_t *class;		/* of block devices; not set for a dax character device */
};

/* Pages [pfn, pfn + nr), which the direct map has from kaddr on. */
struct stretch {
	unsigned long kaddr;
	unsigned long pfn;
	unsigned long nr;
};

/*
 * Sets *@device to the block device @bdev, whose first page must be one that a guest can use; its
 * disk has a gate then. Undone by stretch_device_close().
 *   -EINVAL      it does not start and end at multiples of 4096 bytes
 *   -EOPNOTSUPP  no DAX, or not an NVDIMM's memory
 *   -ENXIO       what is written there needs a flush call, or does not persist
 *   -EIO         no access: bad blocks, for example
 */
int stretch_device_open(struct stretch_device *device, struct block_device *bdev, char *reason);
void stretch_device_close(struct stretch_device *device);

/*
 * The first of the pages of @length bytes from byte @at of the device, as far as they adjoin. With
 * DAX_RECOVERY_WRITE pages with bad blocks are found too, if one by one. The caller holds
 * dax_read_lock(). -EIO: no access.
 */
int stretch_find(const struct stretch_device *device, u64 at, u64 length,
		 enum dax_access_mode mode, struct stretch *stretch, char *reason);

#endif
