// SPDX-License-Identifier: GPL-2.0-only
/*
 * Dax character devices: takes an open one, and keeps it closed to everybody: its cdev opens
 * nothing while the pin lasts. No function tells a module where such a device is in memory, so it
 * is mapped for a moment, as a program would, and the page that is found there tells.
 */
#include <linux/cdev.h>
#include <linux/memremap.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/module.h>

#include "driver.h"
#include "pins.h"

static int busy_open(struct inode *inode, struct file *file)
{
	return -EBUSY;
}

static const struct file_operations busy_fops = {
	.owner = THIS_MODULE,
	.open = busy_open,
};

/* The dax bus' device; its parent is that of the nd bus, if it is an NVDIMM's. */
static int device_check(struct file *file, char *reason)
{
	struct inode *inode = file_inode(file);
	struct kobject *parent = IS_DAX(inode) && inode->i_cdev ? inode->i_cdev->kobj.parent : NULL;
	struct device *dev = parent ? kobj_to_dev(parent) : NULL;

	if (!dev || !dev->bus || strcmp(dev->bus->name, "dax"))
		return because(reason, -EOPNOTSUPP, "not a device that a guest can use directly");
	if (!dev->parent || !dev->parent->parent || !is_persistent(dev->parent))
		return because(reason, -ENXIO, "%s is no NVDIMM, or volatile, or needs a flush call to persist",
			       dev_name(dev));
	return 0;
}

/* Each open file refers to the cdev, besides its own reference and ours. @known of them are. */
static int strangers_check(const struct pin *pin, unsigned int known, char *reason)
{
	smp_mb();
	if (kref_read(&pin->cdev->kobj.kref) > 2 + known)
		return because(reason, -EBUSY, "somebody has it open");
	return mapping_mapped(pin->mapping) ? because(reason, -EBUSY, "somebody has it mapped") : 0;
}

static int page_look(struct pin *pin, struct page *page, char *reason)
{
	const struct dev_pagemap *map = page->pgmap;

	if (!is_zone_device_page(page) || map->nr_range != 1)
		return because(reason, -EOPNOTSUPP, "it is not in one piece");
	pin->start = PFN_PHYS(page_to_pfn(page));
	pin->length = map->range.end + 1 - pin->start;
	return 0;
}

static int memory_find(struct pin *pin, struct file *file, char *reason)
{
	unsigned long at = vm_mmap(file, 0, PAGE_SIZE, PROT_READ, MAP_SHARED, 0);
	struct page *page;
	int rc;

	if (IS_ERR_VALUE(at))
		return because(reason, -EOPNOTSUPP, "it cannot be mapped by single pages (%ld)", (long)at);
	rc = get_user_pages_fast(at, 1, 0, &page);
	if (rc == 1) {
		rc = page_look(pin, page, reason);
		put_page(page);
	} else {
		rc = because(reason, -EIO, "it gives no access");
	}
	vm_munmap(at, PAGE_SIZE);
	return rc;
}

static int devdax_take(struct pin *pin, struct file *file, char *reason)
{
	int rc;

	rc = device_check(file, reason);
	if (rc)
		return rc;
	pin->cdev = file_inode(file)->i_cdev;
	if (pin->cdev->ops == &busy_fops)
		return because(reason, -EBUSY, "it is pinned");
	kobject_get(&pin->cdev->kobj);
	pin->mapping = file->f_mapping;
	pin->fops = pin->cdev->ops;
	WRITE_ONCE(pin->cdev->ops, &busy_fops);
	rc = strangers_check(pin, 1, reason);
	if (!rc)
		rc = memory_find(pin, file, reason);
	if (!rc) {
		pin->size = pin->length;
		return 0;
	}
	WRITE_ONCE(pin->cdev->ops, pin->fops);
	kobject_put(&pin->cdev->kobj);
	return rc;
}

static void devdax_give(struct pin *pin)
{
	WRITE_ONCE(pin->cdev->ops, pin->fops);
	kobject_put(&pin->cdev->kobj);
}

static int devdax_alone(struct pin *pin, char *reason)
{
	return strangers_check(pin, 0, reason);
}

const struct pin_kind pin_devdax = {
	.id = XEN_PMEM_PIN_DEVDAX,
	.take = devdax_take,
	.give = devdax_give,
	.alone = devdax_alone,
};
