/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a device of the nd bus is, and what it is for. No function here reads a namespace's bytes.
 */
#ifndef XEN_PMEM_NAMESPACE_H
#define XEN_PMEM_NAMESPACE_H

#include <linux/device.h>

#include <xen-pmem/driver.h>

#include "compat.h"

/* Whether any device of the bus is a namespace. */
bool device_is_namespace(const struct device *dev);

/*
 * Whether @dev is a namespace with a label. The nd bus also offers btt, pfn and dax devices, and
 * seeds of theirs, as if they were namespaces.
 */
bool namespace_is_labelled(const struct device *dev);

/*
 * Whether what is written to the namespace, or to the btt, pfn or dax device, persists without a
 * flush call. Volatile regions have namespaces of the same type; virtio-pmem needs the call.
 */
bool namespace_is_persistent(struct device *dev);

/*
 * What the namespace is for by its label's name or, without a label, by the module's parameter
 * `claim`. XEN_PMEM_ROLE_NONE: not for Xen. The log says so of one that `claim` names in vain.
 */
enum xen_pmem_role namespace_role(struct device *dev);

/*
 * What a namespace whose name says @role is for by the mode in its label, if the label, of version
 * 1.2, has one. XEN_PMEM_ROLE_NONE: left to the kernel's own drivers.
 */
enum xen_pmem_role namespace_role_in_mode(const struct nd_namespace_common *ndns,
					  enum xen_pmem_role role);

#endif
