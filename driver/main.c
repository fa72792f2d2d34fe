// SPDX-License-Identifier: GPL-2.0-only
/*
 * The driver on the nd bus. It claims the namespaces that are for Xen, and leaves the rest to the
 * kernel's own drivers. It must be loaded before nd_pmem, which takes any namespace that is offered
 * to it (packaging/xen-pmem.modprobe). The module has no alias: ndctl tries the drivers of all
 * loaded modules anyway, and for an alias it would load only one module.
 */
#include <linux/module.h>
#include <linux/ndctl.h>

#include "attrs.h"
#include "claim.h"
#include "closed.h"
#include "compat.h"
#include "ctl.h"
#include "disk.h"
#include "gate.h"
#include "namespace.h"

/*
 * Loading cannot fail any more. Until then no namespace is claimed: a module whose loading fails is
 * freed, although somebody may have the disk of a claim open.
 */
static bool loaded;

static int xen_pmem_probe(struct device *dev)
{
	struct nd_namespace_common *ndns;
	enum xen_pmem_role role;
	struct claim *claim;
	int rc;

	if (!READ_ONCE(loaded))
		return -ENODEV;
	role = namespace_role(dev);
	if (role == XEN_PMEM_ROLE_NONE)
		return -ENODEV;
	ndns = nvdimm_namespace_common_probe(dev);
	if (IS_ERR(ndns))
		return PTR_ERR(ndns);
	role = namespace_role_in_mode(ndns, role);
	if (role == XEN_PMEM_ROLE_NONE)
		return -ENODEV;
	claim = claim_open(dev, role);
	if (IS_ERR(claim))
		return PTR_ERR(claim);
	rc = disk_add(dev, claim);
	if (rc) {
		claim_close(dev, claim);
		return rc;
	}
	dev_set_drvdata(dev, claim);
	return 0;
}

/* Also called if sysfs has no memory for the attributes. */
static void xen_pmem_remove(struct device *dev)
{
	struct claim *claim = dev_get_drvdata(dev);

	disk_remove(claim);
	claim_close(dev, claim);
}

static void xen_pmem_notify(struct device *dev, enum nvdimm_event event)
{
	struct claim *claim = dev_get_drvdata(dev);

	switch (event) {
	case NVDIMM_REVALIDATE_POISON:
		claim_find_badblocks(dev, claim);
		sysfs_notify(&dev->kobj, XEN_PMEM_SYSFS_DIR, "badblocks");
		break;
	case NVDIMM_REVALIDATE_REGION:
		disk_follow_region(claim);
		break;
	}
}

/* bind and unbind replace the driver core's attributes, whose unbind cannot be refused. */

static struct device *device_find(struct device_driver *drv, const char *buf)
{
	return bus_find_device_by_name(drv->bus, NULL, buf);
}

static ssize_t bind_store(struct device_driver *drv, const char *buf, size_t count)
{
	struct device *dev = device_find(drv, buf);
	int rc = -ENODEV;

	if (dev && drv->bus->match(dev, drv))
		rc = device_driver_attach(drv, dev);
	put_device(dev);
	return rc ? rc : count;
}
static DRIVER_ATTR_WO(bind);

static int device_leave(struct device_driver *drv, struct device *dev)
{
	int rc = -ENODEV;

	device_lock(dev);
	if (dev->driver == drv)
		rc = claim_leave(dev_get_drvdata(dev));
	device_unlock(dev);
	return rc;
}

/*
 * device_release_driver() unbinds any driver. Here it unbinds this one: between the two calls only
 * the caller that device_leave() has let through can unbind the device.
 */
static ssize_t unbind_store(struct device_driver *drv, const char *buf, size_t count)
{
	struct device *dev = device_find(drv, buf);
	int rc = -ENODEV;

	if (dev)
		rc = device_leave(drv, dev);
	if (!rc)
		device_release_driver(dev);
	put_device(dev);
	return rc ? rc : count;
}
static DRIVER_ATTR_WO(unbind);

static struct attribute *driver_attrs[] = {
	&driver_attr_bind.attr,
	&driver_attr_unbind.attr,
	NULL,
};
ATTRIBUTE_GROUPS(driver);

static struct nd_device_driver xen_pmem_driver = {
	.drv = {
		/* ndctl tries drivers in the order of their names' hashes: before nd_pmem. */
		.name = XEN_PMEM_DRIVER,
		.suppress_bind_attrs = true,
		/* modprobe loads nd_pmem once this module has claimed its namespaces. */
		.probe_type = PROBE_FORCE_SYNCHRONOUS,
		.groups = driver_groups,
		.dev_groups = claim_attr_groups,
	},
	.type = ND_DRIVER_NAMESPACE_PMEM | ND_DRIVER_NAMESPACE_IO,
	.probe = xen_pmem_probe,
	.remove = xen_pmem_remove,
	.notify = xen_pmem_notify,
};

/*
 * The character device is first, as include/xen-pmem/driver.h says: a tool that sees the driver
 * asks the device for its version. It lets nobody in before loading has succeeded.
 */
static int __init xen_pmem_init(void)
{
	int rc;

	rc = gates_init();
	if (rc)
		return rc;
	rc = ctl_register(&xen_pmem_driver.drv);
	if (rc)
		goto exit_gates;
	rc = nd_driver_register(&xen_pmem_driver);
	if (rc)
		goto unregister_ctl;
	WRITE_ONCE(loaded, true);
	/* Fails only if the bus cannot match devices with drivers; not if a claim fails. */
	WARN_ON(driver_attach(&xen_pmem_driver.drv));
	return 0;

unregister_ctl:
	ctl_unregister();
exit_gates:
	gates_exit();
	return rc;
}
module_init(xen_pmem_init);

static void __exit xen_pmem_exit(void)
{
	driver_unregister(&xen_pmem_driver.drv);
	ctl_unregister();
	closed_exit();
	gates_exit();
}
module_exit(xen_pmem_exit);

MODULE_DESCRIPTION("Claims persistent memory namespaces for Xen");
MODULE_VERSION(XEN_PMEM_VERSION);
MODULE_LICENSE("GPL");
