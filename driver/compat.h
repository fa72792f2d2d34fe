/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Kernel differences: the tree is written for 6.12, and what 6.1 lacks of that is made here. The
 * kernels between the two are refused, as nobody has looked at them.
 *
 * libnvdimm exports five functions to modules, but the header that declares them
 * (drivers/nvdimm/nd.h) is not installed. They are declared here, as of 6.1 and 6.12. Symbol
 * versions do not catch a changed signature, so compare the declarations with another kernel's
 * first.
 */
#ifndef XEN_PMEM_COMPAT_H
#define XEN_PMEM_COMPAT_H

#include <linux/blkdev.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/libnvdimm.h>
#include <linux/nd.h>
#include <linux/range.h>
#include <linux/version.h>

#define KERNEL_IS(major, minor) \
	(LINUX_VERSION_CODE >= KERNEL_VERSION(major, minor, 0) && \
	 LINUX_VERSION_CODE < KERNEL_VERSION(major, (minor) + 1, 0))
#if !KERNEL_IS(6, 1) && !KERNEL_IS(6, 12)
#error "compare the declarations in driver/compat.h with this kernel's drivers/nvdimm/nd.h"
#endif

/*
 * The namespace if it may be bound now: set up, not locked, not claimed by a btt, pfn or dax
 * device; else an ERR_PTR.
 */
struct nd_namespace_common *nvdimm_namespace_common_probe(struct device *dev);

/* Whether the device is what ndctl calls a devdax namespace's dax device. */
#if KERNEL_IS(6, 1)
bool is_nd_dax(struct device *dev);
#else
bool is_nd_dax(const struct device *dev);
#endif

/* Adds to @bb, relative to the range's start, what the bus knows of media errors in @range. */
void nvdimm_badblocks_populate(struct nd_region *nd_region, struct badblocks *bb,
			       const struct range *range);

/*
 * Has the platform clear the bytes, and forgets what the bus and its regions know of errors there;
 * not what drivers of namespaces keep. Returns how many were cleared, or -errno; -ENXIO: the bytes
 * are no multiple of what the platform clears at once.
 */
long nvdimm_clear_poison(struct device *dev, phys_addr_t phys, unsigned int len);

/* Makes the disk, whose parent is a namespace, read-only if the namespace's region is. */
void nvdimm_check_and_set_ro(struct gendisk *disk);

/* ---- block devices ---- */

#if KERNEL_IS(6, 1)

typedef fmode_t blk_mode_t;
#define BLK_OPEN_EXCL		FMODE_EXCL
#define BDEV_PINNED		(FMODE_READ | FMODE_WRITE | FMODE_EXCL)
/* What a disk's open() is given. */
typedef struct block_device disk_opened_t;
typedef struct class block_class_t;

static inline struct gendisk *disk_of(disk_opened_t *opened)
{
	return opened->bd_disk;
}

static inline struct gendisk *disk_alloc(int node)
{
	struct gendisk *disk = blk_alloc_disk(node);

	return disk ? disk : ERR_PTR(-ENOMEM);
}

static inline struct address_space *bdev_cache(struct block_device *bdev)
{
	return bdev->bd_inode->i_mapping;
}

/* Readers of single pages submit a bio then. */
static inline void single_pages_off(struct block_device_operations *ops)
{
	ops->rw_page = NULL;
}

/* A block device that is open exclusively. */
struct bdev_pinned {
	struct block_device *bdev;
};

static inline int bdev_pin(struct bdev_pinned *pinned, dev_t dev, void *holder)
{
	pinned->bdev = blkdev_get_by_dev(dev, BDEV_PINNED, holder);
	return PTR_ERR_OR_ZERO(pinned->bdev);
}

static inline void bdev_unpin(struct bdev_pinned *pinned)
{
	blkdev_put(pinned->bdev, BDEV_PINNED);
}

#ifndef fd_file
static inline struct file *fd_file(struct fd fd)
{
	return fd.file;
}
#endif

#else

typedef struct gendisk disk_opened_t;
typedef const struct class block_class_t;

static inline struct gendisk *disk_of(disk_opened_t *opened)
{
	return opened;
}

static inline struct gendisk *disk_alloc(int node)
{
	return blk_alloc_disk(NULL, node);
}

static inline struct address_space *bdev_cache(struct block_device *bdev)
{
	return bdev->bd_mapping;
}

static inline void single_pages_off(struct block_device_operations *ops)
{
	(void)ops;
}

struct bdev_pinned {
	struct block_device *bdev;
	struct file *file;
};

static inline int bdev_pin(struct bdev_pinned *pinned, dev_t dev, void *holder)
{
	pinned->file = bdev_file_open_by_dev(dev, BLK_OPEN_READ | BLK_OPEN_WRITE, holder, NULL);
	if (IS_ERR(pinned->file))
		return PTR_ERR(pinned->file);
	pinned->bdev = file_bdev(pinned->file);
	return 0;
}

static inline void bdev_unpin(struct bdev_pinned *pinned)
{
	bdev_fput(pinned->file);
}

#endif

#endif
