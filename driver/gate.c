// SPDX-License-Identifier: GPL-2.0-only
/* Gates: operations of ours in front of those of nd_pmem's disks, while there are pins. */
#include <linux/blk-mq.h>
#include <linux/dax.h>
#include <linux/memremap.h>
#include <linux/percpu-rwsem.h>
#include <linux/pfn_t.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>

#include "gate.h"
#include "hide.h"
#include "namespace.h"
#include "reason.h"

struct gate {
	struct list_head list;
	struct gendisk *disk;
	const struct block_device_operations *own;
	struct block_device_operations ops;
	unsigned long kaddr;		/* of sector 0 */
	struct range range;		/* of the memory */
};

static DEFINE_MUTEX(gates_lock);	/* taken before the semaphore below */
static LIST_HEAD(gates);
static unsigned int gates_users;

/* I/O takes it for reading, gates_shut() for writing. */
static struct percpu_rw_semaphore hiding;

int gates_init(void)
{
	return percpu_init_rwsem(&hiding);
}

/* percpu_free_rwsem() waits for what the semaphore has put off. */
void gates_exit(void)
{
	percpu_free_rwsem(&hiding);
}

void gates_shut(void)
{
	mutex_lock(&gates_lock);
	percpu_down_write(&hiding);
}

void gates_open(void)
{
	percpu_up_write(&hiding);
	mutex_unlock(&gates_lock);
}

static bool bio_is_hidden(const struct gate *gate, const struct bio *bio)
{
	unsigned long at = gate->kaddr + (bio->bi_iter.bi_sector << SECTOR_SHIFT);
	unsigned long end = at + bio->bi_iter.bi_size;

	for (at &= PAGE_MASK; at < end; at += PAGE_SIZE)
		if (is_hidden(at))
			return true;
	return false;
}

/* When nd_pmem's own function returns, nd_pmem is done with the bio. */
static void gate_submit_bio(struct bio *bio)
{
	const struct gate *gate = container_of(bio->bi_bdev->bd_disk->fops, struct gate, ops);
	bool hidden;

	percpu_down_read(&hiding);
	hidden = bio_is_hidden(gate, bio);
	if (!hidden)
		gate->own->submit_bio(bio);
	percpu_up_read(&hiding);
	if (hidden)
		bio_io_error(bio);
}

static struct gate *gate_lookup(unsigned long pfn)
{
	struct gate *gate;

	list_for_each_entry(gate, &gates, list)
		if (PFN_PHYS(pfn) >= gate->range.start && PFN_PHYS(pfn) <= gate->range.end)
			return gate;
	return NULL;
}

bool gate_has(unsigned long pfn)
{
	return gate_lookup(pfn);
}

/* With a reference; NULL. nd_pmem names the same owner in its disk and in its memory. */
static struct gendisk *disk_find(block_class_t *class, const void *owner)
{
	struct class_dev_iter iter;
	struct gendisk *found = NULL;
	struct device *dev;

	class_dev_iter_init(&iter, class, NULL, NULL);
	while (!found && (dev = class_dev_iter_next(&iter)))
		if (!bdev_is_partition(dev_to_bdev(dev)) &&
		    dev_to_bdev(dev)->bd_disk->private_data == owner)
			found = dev_to_bdev(dev)->bd_disk;
	if (found)
		get_device(disk_to_dev(found));
	class_dev_iter_exit(&iter);
	return found;
}

static int disk_check(struct gendisk *disk, char *reason)
{
	struct device *namespace = disk_to_dev(disk)->parent;

	if (!disk->fops->submit_bio || !namespace || !namespace->parent)
		return fail(reason, -EOPNOTSUPP, "%s is not an NVDIMM's", disk->disk_name);
	if (!namespace_is_persistent(namespace))
		return fail(reason, -ENXIO, "%s is volatile, or needs a flush call to persist",
			    disk->disk_name);
	return 0;
}

static int base_find(struct gate *gate, char *reason)
{
	struct dax_device *dax;
	void *kaddr;
	u64 start;
	int id;
	long nr;

	dax = fs_dax_get_by_bdev(gate->disk->part0, &start, NULL, NULL);
	if (!dax)
		return fail(reason, -EOPNOTSUPP, "%s has no DAX", gate->disk->disk_name);
	id = dax_read_lock();
	nr = dax_direct_access(dax, 0, 1, DAX_RECOVERY_WRITE, &kaddr, NULL);
	dax_read_unlock(id);
	put_dax(dax);
	if (nr <= 0)
		return fail(reason, -EIO, "%s gives no access", gate->disk->disk_name);
	gate->kaddr = (unsigned long)kaddr;
	return 0;
}

/*
 * While the queue is frozen no I/O is between the former operations and the new ones. Two readers
 * use the former without being counted in the queue: __submit_bio(), which tests ->submit_bio, and
 * bdev_read_page(), which waits for the end of the freeze. Neither sleeps after that, so a grace
 * period of tasks waits for both.
 */
static void disk_set(struct gendisk *disk, const struct block_device_operations *ops)
{
	blk_mq_freeze_queue(disk->queue);
	WRITE_ONCE(disk->fops, ops);
	blk_mq_unfreeze_queue(disk->queue);
	synchronize_rcu_tasks();
}

static int gate_make(struct gendisk *disk, const struct range *range, char *reason)
{
	struct gate *gate = kzalloc(sizeof(*gate), GFP_KERNEL);
	int rc;

	if (!gate)
		return -ENOMEM;
	gate->disk = disk;
	gate->range = *range;
	gate->own = disk->fops;
	gate->ops = *disk->fops;
	gate->ops.submit_bio = gate_submit_bio;
	single_pages_off(&gate->ops);
	rc = base_find(gate, reason);
	if (rc) {
		kfree(gate);
		return rc;
	}
	disk_set(disk, &gate->ops);
	list_add(&gate->list, &gates);
	return 0;
}

/* Under gates_lock. */
static int gate_add(block_class_t *class, unsigned long pfn, char *reason)
{
	struct dev_pagemap *map;
	struct gendisk *disk;
	struct range range;
	int rc;

	map = get_dev_pagemap(pfn, NULL);
	if (!map)
		return fail(reason, -EOPNOTSUPP, "page %#lx is not an NVDIMM's", pfn);
	range = map->range;
	disk = disk_find(class, map->owner);
	put_dev_pagemap(map);
	if (!disk)
		return fail(reason, -EOPNOTSUPP, "page %#lx is not an NVDIMM's", pfn);
	rc = disk_check(disk, reason);
	if (!rc)
		rc = gate_make(disk, &range, reason);
	if (rc)
		put_device(disk_to_dev(disk));
	return rc;
}

int gate_find(block_class_t *class, unsigned long pfn, char *reason)
{
	int rc;

	mutex_lock(&gates_lock);
	rc = gate_lookup(pfn) ? 0 : gate_add(class, pfn, reason);
	mutex_unlock(&gates_lock);
	return rc;
}

void gates_get(void)
{
	mutex_lock(&gates_lock);
	gates_users++;
	mutex_unlock(&gates_lock);
}

static void gates_remove(void)
{
	struct gate *gate, *next;

	list_for_each_entry_safe(gate, next, &gates, list) {
		disk_set(gate->disk, gate->own);
		list_del(&gate->list);
		put_device(disk_to_dev(gate->disk));
		kfree(gate);
	}
}

void gates_put(void)
{
	mutex_lock(&gates_lock);
	if (!--gates_users)
		gates_remove();
	mutex_unlock(&gates_lock);
}
