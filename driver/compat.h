/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Kernel differences. libnvdimm exports four functions to modules, but the header that declares
 * them (drivers/nvdimm/nd.h) is not installed. They are declared here, as of 6.1. Symbol versions
 * do not catch a changed signature, so compare the declarations with another kernel's first.
 */
#ifndef XEN_PMEM_COMPAT_H
#define XEN_PMEM_COMPAT_H

#include <linux/blkdev.h>
#include <linux/libnvdimm.h>
#include <linux/nd.h>
#include <linux/range.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 1, 0) || LINUX_VERSION_CODE >= KERNEL_VERSION(6, 2, 0)
#error "compare the declarations in driver/compat.h with this kernel's drivers/nvdimm/nd.h"
#endif

/*
 * The namespace if it may be bound now: set up, not locked, not claimed by a btt, pfn or dax
 * device; else an ERR_PTR.
 */
struct nd_namespace_common *nvdimm_namespace_common_probe(struct device *dev);

/* Whether the device is what ndctl calls a devdax namespace's dax device. */
bool is_nd_dax(struct device *dev);

/* Adds to @bb, relative to the range's start, what the bus knows of media errors in @range. */
void nvdimm_badblocks_populate(struct nd_region *nd_region, struct badblocks *bb,
			       const struct range *range);

/* Makes the disk, whose parent is a namespace, read-only if the namespace's region is. */
void nvdimm_check_and_set_ro(struct gendisk *disk);

#endif
