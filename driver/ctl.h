/* SPDX-License-Identifier: GPL-2.0-only */
/* The character device XEN_PMEM_PIN_DEVICE and the attribute XEN_PMEM_SYSFS_INTERFACE. */
#ifndef XEN_PMEM_CTL_H
#define XEN_PMEM_CTL_H

#include <linux/device.h>

/*
 * Makes them. The device lets nobody in (ENODEV) until the module's init has succeeded. @drv is the
 * driver whose namespaces XEN_PMEM_IOC_COPY copies. 0 or -errno.
 */
int ctl_register(struct device_driver *drv);
void ctl_unregister(void);

#endif
