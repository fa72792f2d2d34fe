/* SPDX-License-Identifier: GPL-2.0-only */
/* XEN_PMEM_IOC_BAD and XEN_PMEM_IOC_CLEAR. */
#ifndef XEN_PMEM_BADRANGE_H
#define XEN_PMEM_BADRANGE_H

#include <linux/device.h>

#include <xen-pmem/pin.h>

/*
 * Tells libnvdimm of the bad bytes in @arg, whose padding the caller has checked. @drv is on the
 * bus of the namespaces. 0 or -errno, with arg->added and arg->reason, as in
 * include/xen-pmem/pin.h.
 */
int badrange_tell(struct device_driver *drv, struct xen_pmem_bad *arg);

/* Has the platform clear pages, whose numbers the caller has checked; the same. */
int badrange_clear(struct device_driver *drv, struct xen_pmem_clear *arg);

#endif
