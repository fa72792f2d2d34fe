// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pins of block devices that can do DAX: whole disks, partitions, dm devices. A pinned one is open
 * exclusively.
 */
#include <linux/mm.h>

#include "kind.h"
#include "reason.h"

static int bdev_check(struct block_device *bdev, char *reason)
{
	if (bdev_read_only(bdev))
		return fail(reason, -EROFS, "%pg is read-only", bdev);
	if (!bdev_nr_bytes(bdev))
		return fail(reason, -EINVAL, "%pg is empty", bdev);
	return 0;
}

static int cache_flush(struct block_device *bdev, char *reason)
{
	if (sync_blockdev(bdev))
		return fail(reason, -EIO, "%pg: dom0's cache of it cannot be written back", bdev);
	invalidate_bdev(bdev);
	return 0;
}

static int block_begin(struct pin *pin, struct file *file, char *reason)
{
	int rc;

	rc = bdev_pin(&pin->block, file_inode(file)->i_rdev, pin);
	if (rc)
		return fail(reason, rc, "cannot be opened exclusively%s",
			       rc == -EBUSY ? ": mounted, or in use by dm or a program" : "");
	rc = bdev_check(pin->block.bdev, reason);
	if (rc)
		goto close_bdev;
	rc = stretch_device_open(&pin->device, pin->block.bdev, reason);
	if (rc)
		goto close_bdev;
	rc = cache_flush(pin->block.bdev, reason);
	if (rc)
		goto close_device;
	pin->size = pin->device.length;
	return 0;

close_device:
	stretch_device_close(&pin->device);
close_bdev:
	bdev_unpin(&pin->block);
	return rc;
}

static void block_end(struct pin *pin)
{
	invalidate_bdev(pin->block.bdev);
	stretch_device_close(&pin->device);
	bdev_unpin(&pin->block);
}

static int block_before_hide(struct pin *pin, char *reason)
{
	return cache_flush(pin->block.bdev, reason);
}

/*
 * A program that has the device open without O_EXCL may have written to dom0's cache of it. That
 * must not overwrite what a guest left there.
 */
static void block_before_show(struct pin *pin)
{
	truncate_inode_pages(bdev_cache(pin->block.bdev), 0);
}

const struct pin_kind pin_block = {
	.id = XEN_PMEM_PIN_BLOCK,
	.begin = block_begin,
	.end = block_end,
	.before_hide = block_before_hide,
	.before_show = block_before_show,
};
