// SPDX-License-Identifier: GPL-2.0-only
/*
 * Dax character devices: takes an open one, and keeps it closed to everybody: its cdev opens
 * nothing while the pin lasts. No function tells a module where such a device is in memory; its
 * namespace does, and the namespace's info block.
 */
#include <linux/cdev.h>
#include <linux/memremap.h>
#include <linux/mm.h>
#include <linux/uaccess.h>

#include "driver.h"
#include "pins.h"

/* The nd bus' device that the file's dax device comes from; NULL and a reason. */
static struct device *device_find(struct file *file, char *reason)
{
	struct inode *inode = file_inode(file);
	struct kobject *parent = IS_DAX(inode) && inode->i_cdev ? inode->i_cdev->kobj.parent : NULL;
	struct device *dev = parent ? kobj_to_dev(parent) : NULL;

	if (!dev || !dev->bus || strcmp(dev->bus->name, "dax")) {
		because(reason, 0, "not a device that a guest can use directly");
		return NULL;
	}
	if (is_nd_dax(dev->parent))
		return dev->parent;
	because(reason, 0, "%s is no NVDIMM", dev_name(dev));
	return NULL;
}

/* Each open file refers to the cdev, besides its own reference and ours. @known of them are. */
static int strangers_check(const struct pin *pin, unsigned int known, char *reason)
{
	smp_mb();
	if (kref_read(&pin->cdev->kobj.kref) > 2 + known)
		return because(reason, -EBUSY, "somebody has it open");
	return mapping_mapped(pin->mapping) ? because(reason, -EBUSY, "somebody has it mapped") : 0;
}

/* The beginning of a dax device's info block, 4 KiB into the namespace. */
struct dax_info {
	char signature[16];
	u8 uuids[2][16];
	__le32 flags;
	__le16 version[2];
	__le64 dataoff;			/* from the namespace's start */
};

/* dom0 maps all of the namespace, from its info block to the end of the data. */
static int memory_find(struct pin *pin, struct device *dev, char *reason)
{
	struct nd_namespace_common *ndns = nvdimm_namespace_common_probe(dev);
	struct dev_pagemap *map;
	struct dax_info info;
	u64 start, off;

	if (IS_ERR(ndns))
		return because(reason, -EOPNOTSUPP, "%s has no namespace", dev_name(dev));
	start = to_nd_namespace_io(&ndns->dev)->res.start;
	map = get_dev_pagemap(PHYS_PFN(start), NULL);
	if (!map)
		return because(reason, -EOPNOTSUPP, "dom0 does not map it");
	pin->length = map->range.end + 1 - start;
	put_dev_pagemap(map);
	if (copy_mc_to_kernel(&info, __va(start + SZ_4K), sizeof(info)))
		return because(reason, -EIO, "its info block cannot be read");
	off = le64_to_cpu(info.dataoff);
	if (strncmp(info.signature, "NVDIMM_DAX_INFO", sizeof(info.signature)) ||
	    off & ~PAGE_MASK || off < SZ_8K || off >= pin->length)
		return because(reason, -EOPNOTSUPP, "its info block is not as expected");
	pin->start = start + off;
	pin->length -= off;
	return 0;
}

static int cdev_keep(struct pin *pin, struct file *file, char *reason)
{
	const struct file_operations *busy;
	int rc;

	pin->cdev = file_inode(file)->i_cdev;
	if (is_busy(pin->cdev->ops))
		return because(reason, -EBUSY, "it is pinned");
	busy = busy_find(pin->cdev->ops);
	if (!busy)
		return -ENOMEM;
	kobject_get(&pin->cdev->kobj);
	pin->mapping = file->f_mapping;
	/* Before anybody sees anything of us; once more below, when nobody new can be. */
	rc = strangers_check(pin, 1, reason);
	if (rc) {
		kobject_put(&pin->cdev->kobj);
		return rc;
	}
	pin->fops = pin->cdev->ops;
	WRITE_ONCE(pin->cdev->ops, busy);
	return 0;
}

/* Openers refer to the cdev before they read its operations. */
static bool is_unused(struct pin *pin)
{
	return kref_read(&pin->cdev->kobj.kref) <= 2 + (pin->state == PIN_MAKING);
}

static void cdev_let(struct pin *pin)
{
	WRITE_ONCE(pin->cdev->ops, pin->fops);
	busy_wait(pin, is_unused);
	kobject_put(&pin->cdev->kobj);
}

static int devdax_take(struct pin *pin, struct file *file, char *reason)
{
	struct device *dev = device_find(file, reason);
	int rc;

	if (!dev)
		return -EOPNOTSUPP;
	if (!is_persistent(dev))
		return because(reason, -ENXIO, "it is volatile, or needs a flush call to persist");
	rc = cdev_keep(pin, file, reason);
	if (rc)
		return rc;
	rc = strangers_check(pin, 1, reason);
	if (!rc)
		rc = memory_find(pin, dev, reason);
	if (rc)
		cdev_let(pin);
	pin->size = pin->length;
	return rc;
}

static int devdax_alone(struct pin *pin, char *reason)
{
	return strangers_check(pin, 0, reason);
}

const struct pin_kind pin_devdax = {
	.id = XEN_PMEM_PIN_DEVDAX,
	.take = devdax_take,
	.give = cdev_let,
	.alone = devdax_alone,
};
