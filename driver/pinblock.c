// SPDX-License-Identifier: GPL-2.0-only
/*
 * Block devices: takes one that can do DAX, whole, a partition or a dm device, and opens it
 * exclusively.
 */
#include "pins.h"

#define PIN_MODE	(FMODE_READ | FMODE_WRITE | FMODE_EXCL)

static int bdev_check(struct block_device *bdev, char *reason)
{
	if (bdev_read_only(bdev))
		return because(reason, -EROFS, "%pg is read-only", bdev);
	if (!bdev_nr_bytes(bdev))
		return because(reason, -EINVAL, "%pg is empty", bdev);
	return 0;
}

static int cache_drop(struct block_device *bdev, char *reason)
{
	if (sync_blockdev(bdev))
		return because(reason, -EIO, "%pg: what dom0 has cached cannot be written back", bdev);
	invalidate_bdev(bdev);
	return 0;
}

static int block_take(struct pin *pin, struct file *file, char *reason)
{
	int rc;

	pin->bdev = blkdev_get_by_dev(file_inode(file)->i_rdev, PIN_MODE, pin);
	if (IS_ERR(pin->bdev)) {
		rc = PTR_ERR(pin->bdev);
		return because(reason, rc, "cannot be opened exclusively%s",
			       rc == -EBUSY ? ": mounted, or in use by dm or a program" : "");
	}
	rc = bdev_check(pin->bdev, reason);
	if (rc)
		goto close;
	rc = pin_dax(pin, pin->bdev, reason);
	if (rc)
		goto close;
	rc = cache_drop(pin->bdev, reason);
	if (rc)
		goto put;
	pin->size = pin->length;
	return 0;

put:
	put_dax(pin->dax);
close:
	blkdev_put(pin->bdev, PIN_MODE);
	return rc;
}

static void block_give(struct pin *pin)
{
	invalidate_bdev(pin->bdev);
	put_dax(pin->dax);
	blkdev_put(pin->bdev, PIN_MODE);
}

static int block_alone(struct pin *pin, char *reason)
{
	return cache_drop(pin->bdev, reason);
}

const struct pin_kind pin_block = {
	.id = XEN_PMEM_PIN_BLOCK,
	.take = block_take,
	.give = block_give,
	.alone = block_alone,
};
