// SPDX-License-Identifier: GPL-2.0-only
/*
 * The block device of a claimed namespace, for ndctl's sake: it opens a namespace's block device
 * exclusively before it disables or destroys the namespace or its region, stops if that fails,
 * and cannot handle a namespace that has none (EISDIR). Opening it so fails while Xen serves the
 * namespace. It carries no data, lest dom0 look for filesystems in what belongs to guests: 8 KiB,
 * which ndctl reads before it destroys a namespace, all zeros.
 */
#include <linux/bio.h>

#include "driver.h"

#define DISK_SECTORS	16

static void disk_submit_bio(struct bio *bio)
{
	if (op_is_write(bio_op(bio))) {
		bio_io_error(bio);
		return;
	}
	zero_fill_bio(bio);
	bio_endio(bio);
}

static int disk_open(struct block_device *bdev, fmode_t mode)
{
	struct claim *claim = bdev->bd_disk->private_data;

	/* Whoever only looks may go on; unbinding looks at held once more, under the lock. */
	return READ_ONCE(claim->held) && (mode & FMODE_EXCL) ? -EBUSY : 0;
}

static const struct block_device_operations disk_ops = {
	.owner = THIS_MODULE,
	.open = disk_open,
	.submit_bio = disk_submit_bio,
};

/*
 * An NVDIMM that may not keep what is written makes its region read-only. Of one that guests have
 * the log says so: they go on writing.
 */
void disk_follow_region(struct claim *claim)
{
	bool was_read_only = get_disk_ro(claim->disk);

	nvdimm_check_and_set_ro(claim->disk);
	if (READ_ONCE(claim->held) && !was_read_only && get_disk_ro(claim->disk))
		dev_err(disk_to_dev(claim->disk)->parent,
			"\"%s\" is read-only now: what guests write to it may not be kept\n",
			claim->label);
}

int disk_add(struct device *dev, struct claim *claim)
{
	struct gendisk *disk;
	int rc;

	disk = blk_alloc_disk(dev_to_node(dev));
	if (!disk)
		return -ENOMEM;
	disk->fops = &disk_ops;
	disk->private_data = claim;
	disk->flags |= GENHD_FL_NO_PART;
	disk->bb = &claim->bb;
	set_capacity(disk, DISK_SECTORS);
	snprintf(disk->disk_name, sizeof(disk->disk_name), XEN_PMEM_DISK_PREFIX "%s",
		 dev_name(dev) + strlen("namespace"));
	rc = device_add_disk(dev, disk, NULL);
	if (rc) {
		put_disk(disk);
		return rc;
	}
	claim->disk = disk;
	disk_follow_region(claim);
	return 0;
}

/*
 * Open files may keep the disk, but del_gendisk() sees to it that nothing of it calls into the
 * claim any more.
 */
void disk_remove(struct claim *claim)
{
	del_gendisk(claim->disk);
	put_disk(claim->disk);
	claim->disk = NULL;
}
