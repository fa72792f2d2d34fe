// SPDX-License-Identifier: GPL-2.0-only
/*
 * The block device of a claimed namespace. It carries no data, so that dom0 does not look for
 * filesystems in what belongs to guests: 8 KiB of zeros, which ndctl reads before it destroys a
 * namespace.
 */
#include <linux/bio.h>

#include "claim.h"
#include "compat.h"
#include "disk.h"

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

static int disk_open(disk_opened_t *opened, blk_mode_t mode)
{
	struct claim *claim = disk_of(opened)->private_data;

	/* A hint for ndctl: unbind looks at the state once more, under the claim's lock. */
	return claim_is_held(claim) && (mode & BLK_OPEN_EXCL) ? -EBUSY : 0;
}

static const struct block_device_operations disk_ops = {
	.owner = THIS_MODULE,
	.open = disk_open,
	.submit_bio = disk_submit_bio,
};

void disk_follow_region(struct claim *claim)
{
	bool was_read_only = get_disk_ro(claim->disk);

	nvdimm_check_and_set_ro(claim->disk);
	if (claim_is_held(claim) && !was_read_only && get_disk_ro(claim->disk))
		dev_err(disk_to_dev(claim->disk)->parent,
			"\"%s\" is read-only now: what guests write to it may not be kept\n",
			claim->label);
}

int disk_add(struct device *dev, struct claim *claim)
{
	struct gendisk *disk;
	int rc;

	disk = disk_alloc(dev_to_node(dev));
	if (IS_ERR(disk))
		return PTR_ERR(disk);
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

/* Open files may keep the disk, but after del_gendisk() no call on it reaches the claim. */
void disk_remove(struct claim *claim)
{
	del_gendisk(claim->disk);
	put_disk(claim->disk);
	claim->disk = NULL;
}
