/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The attributes of a claimed namespace in sysfs: the driver core makes them after the probe, and
 * removes them before the device's end. include/xen-pmem/driver.h says what each shows and takes.
 */
#ifndef XEN_PMEM_ATTRS_H
#define XEN_PMEM_ATTRS_H

#include <linux/sysfs.h>

/* For struct device_driver's dev_groups. The device's drvdata is its claim. */
extern const struct attribute_group *claim_attr_groups[];

#endif
