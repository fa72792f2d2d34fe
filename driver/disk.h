/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The block device of a claimed namespace, for ndctl's sake. ndctl opens a namespace's block device
 * exclusively before it disables or destroys the namespace or its region. It stops if that fails,
 * and it cannot handle a namespace without a block device (EISDIR). An exclusive open fails (EBUSY)
 * while Xen serves the namespace.
 */
#ifndef XEN_PMEM_DISK_H
#define XEN_PMEM_DISK_H

#include <linux/device.h>

struct claim;

/* Makes claim->disk, a child of @dev. 0, or -errno. */
int disk_add(struct device *dev, struct claim *claim);
void disk_remove(struct claim *claim);

/*
 * Makes the disk read-only if the namespace's region is: that is what libnvdimm does if an NVDIMM
 * may not keep what is written. The log says so of a namespace that Xen serves, since guests go on
 * writing.
 */
void disk_follow_region(struct claim *claim);

#endif
