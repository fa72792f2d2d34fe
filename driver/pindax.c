// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pins of dax character devices. A pinned one is closed to everybody (closed.h). The kernel has no
 * function that says to a module where such a device is in memory: the device's namespace and its
 * info block say it.
 */
#include <linux/cdev.h>
#include <linux/memremap.h>
#include <linux/mm.h>
#include <linux/uaccess.h>

#include "closed.h"
#include "infoblock.h"
#include "kind.h"
#include "namespace.h"
#include "reason.h"

/* The nd bus' dax device that the file's dax device comes from; NULL, with a reason. */
static struct device *device_find(struct file *file, char *reason)
{
	struct inode *inode = file_inode(file);
	struct kobject *parent = IS_DAX(inode) && inode->i_cdev ? inode->i_cdev->kobj.parent : NULL;
	struct device *dev = parent ? kobj_to_dev(parent) : NULL;

	if (!dev || !dev->bus || strcmp(dev->bus->name, "dax")) {
		fail(reason, 0, "not a device that a guest can use directly");
		return NULL;
	}
	if (is_nd_dax(dev->parent))
		return dev->parent;
	fail(reason, 0, "%s is not an NVDIMM's", dev_name(dev));
	return NULL;
}

/*
 * The cdev has a reference of its own, the pin's, and one for each open file: the maker of a pin
 * has it open. Openers refer to the cdev before they read its operations.
 */
static bool cdev_is_unused(const void *thing)
{
	const struct pin *pin = thing;

	return kref_read(&pin->cdev->kobj.kref) <= 2 + (pin->state == PIN_MAKING);
}

static int cdev_check_users(struct pin *pin, char *reason)
{
	smp_mb();
	if (!cdev_is_unused(pin))
		return fail(reason, -EBUSY, "another program has it open");
	if (mapping_mapped(pin->mapping))
		return fail(reason, -EBUSY, "another program has it mapped");
	return 0;
}

/* *@length: of the namespace from @start on, all of which dom0 maps. */
static int namespace_length(u64 start, u64 *length, char *reason)
{
	struct dev_pagemap *map = get_dev_pagemap(PHYS_PFN(start), NULL);

	if (!map)
		return fail(reason, -EOPNOTSUPP, "dom0 does not map it");
	*length = map->range.end + 1 - start;
	put_dev_pagemap(map);
	return 0;
}

/* The data begin where the info block, 4 KiB into the namespace, says. */
static int memory_find(struct stretch_device *device, struct device *dev, char *reason)
{
	struct nd_namespace_common *ndns = nvdimm_namespace_common_probe(dev);
	struct info_block info;
	u64 start, length, off;
	int rc;

	if (IS_ERR(ndns))
		return fail(reason, -EOPNOTSUPP, "%s has no namespace", dev_name(dev));
	start = to_nd_namespace_io(&ndns->dev)->res.start;
	rc = namespace_length(start, &length, reason);
	if (rc)
		return rc;
	if (copy_mc_to_kernel(&info, __va(start + SZ_4K), sizeof(info)))
		return fail(reason, -EIO, "its info block cannot be read");
	off = le64_to_cpu(info.dataoff);
	if (!info_block_is(&info, INFO_BLOCK_DAX) || off & ~PAGE_MASK || off < SZ_8K ||
	    off >= length)
		return fail(reason, -EOPNOTSUPP, "its info block is not as expected");
	device->start = start + off;
	device->length = length - off;
	return 0;
}

static int cdev_pin(struct pin *pin, struct file *file, char *reason)
{
	const struct file_operations *closed;
	int rc;

	pin->cdev = file_inode(file)->i_cdev;
	if (is_closed(pin->cdev->ops))
		return fail(reason, -EBUSY, "it is pinned");
	closed = closed_ops(pin->cdev->ops);
	if (!closed)
		return -ENOMEM;
	kobject_get(&pin->cdev->kobj);
	pin->mapping = file->f_mapping;
	/* A first check: a device that it refuses was never closed. The second one counts. */
	rc = cdev_check_users(pin, reason);
	if (rc) {
		kobject_put(&pin->cdev->kobj);
		return rc;
	}
	pin->fops = pin->cdev->ops;
	WRITE_ONCE(pin->cdev->ops, closed);
	return 0;
}

static void cdev_unpin(struct pin *pin)
{
	WRITE_ONCE(pin->cdev->ops, pin->fops);
	closed_wait(cdev_is_unused, pin, pin->path);
	kobject_put(&pin->cdev->kobj);
}

static int devdax_begin(struct pin *pin, struct file *file, char *reason)
{
	struct device *dev = device_find(file, reason);
	int rc;

	if (!dev)
		return -EOPNOTSUPP;
	if (!namespace_is_persistent(dev))
		return fail(reason, -ENXIO, "it is volatile, or needs a flush call to persist");
	rc = cdev_pin(pin, file, reason);
	if (rc)
		return rc;
	rc = cdev_check_users(pin, reason);
	if (!rc)
		rc = memory_find(&pin->device, dev, reason);
	if (rc)
		cdev_unpin(pin);
	pin->size = pin->device.length;
	return rc;
}

const struct pin_kind pin_devdax = {
	.id = XEN_PMEM_PIN_DEVDAX,
	.begin = devdax_begin,
	.end = cdev_unpin,
	.before_hide = cdev_check_users,
};
