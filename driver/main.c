// SPDX-License-Identifier: GPL-2.0-only
/*
 * The driver: takes the devices of the nd bus, claims the raw namespaces whose label says that
 * they are for Xen, and leaves the rest to the kernel's own drivers. It must be loaded before
 * nd_pmem, which takes any namespace that is offered to it (packaging/xen-pmem.modprobe). There
 * is no module alias: ndctl tries the drivers of all loaded modules anyway, and for an alias it
 * would load but one module.
 */
#include <linux/module.h>
#include <linux/ndctl.h>

#include "driver.h"
#include "pins.h"

/* btt, pfn and dax devices, seeds of theirs too, are offered as if they were namespaces. */
static bool is_label_namespace(struct device *dev)
{
	return dev->type && !strcmp(dev->type->name, "nd_namespace_pmem");
}

static enum xen_pmem_role namespace_role(struct device *dev)
{
	const char *label = to_nd_namespace_pmem(dev)->alt_name;

	return label ? xen_pmem_label_role(label) : XEN_PMEM_ROLE_NONE;
}

static int xen_pmem_probe(struct device *dev)
{
	struct nd_namespace_common *ndns;
	struct claim *claim;
	int rc;

	if (!is_label_namespace(dev) || namespace_role(dev) == XEN_PMEM_ROLE_NONE)
		return -ENODEV;
	ndns = nvdimm_namespace_common_probe(dev);
	if (IS_ERR(ndns))
		return PTR_ERR(ndns);
	/* The mode, in labels of version 1.2. */
	if (ndns->claim_class != NVDIMM_CCLASS_NONE)
		return -ENODEV;
	claim = claim_open(dev, namespace_role(dev));
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

/* Also called if sysfs had no memory for the attributes. */
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

/* bind and unbind stand in for the driver core's attributes, whose unbind cannot be refused. */

static struct device *find_device(struct device_driver *drv, const char *buf)
{
	return bus_find_device_by_name(drv->bus, NULL, buf);
}

static ssize_t bind_store(struct device_driver *drv, const char *buf, size_t count)
{
	struct device *dev = find_device(drv, buf);
	int rc = -ENODEV;

	if (dev && drv->bus->match(dev, drv))
		rc = device_driver_attach(drv, dev);
	put_device(dev);
	return rc ? rc : count;
}
static DRIVER_ATTR_WO(bind);

static int leave(struct device_driver *drv, struct device *dev)
{
	int rc = -ENODEV;

	device_lock(dev);
	if (dev->driver == drv)
		rc = claim_leave(dev_get_drvdata(dev));
	device_unlock(dev);
	return rc;
}

static ssize_t unbind_store(struct device_driver *drv, const char *buf, size_t count)
{
	struct device *dev = find_device(drv, buf);
	int rc = -ENODEV;

	if (dev)
		rc = leave(drv, dev);
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
		/*
		 * ndctl tries drivers in the order of their names' hashes, in which this one
		 * comes before nd_pmem.
		 */
		.name = XEN_PMEM_DRIVER,
		.suppress_bind_attrs = true,
		/*
		 * When the module is loaded its namespaces are bound: modprobe then goes on to
		 * nd_pmem.
		 */
		.probe_type = PROBE_FORCE_SYNCHRONOUS,
		.groups = driver_groups,
		.dev_groups = xen_pmem_groups,
	},
	.type = ND_DRIVER_NAMESPACE_PMEM,
	.probe = xen_pmem_probe,
	.remove = xen_pmem_remove,
	.notify = xen_pmem_notify,
};

/*
 * A device of this name that is bound to us, with a reference; whether it still is, claimed_get()
 * says, under its lock.
 */
struct device *claimed_find(const char *name)
{
	return driver_find_device_by_name(&xen_pmem_driver.drv, name);
}

struct claim *claimed_get(struct device *dev)
{
	return dev->driver == &xen_pmem_driver.drv ? dev_get_drvdata(dev) : NULL;
}

/* The device first: as soon as there is a claim, a tool may want it. */
static int __init xen_pmem_init(void)
{
	int rc;

	rc = ctl_register();
	if (rc)
		return rc;
	rc = nd_driver_register(&xen_pmem_driver);
	if (rc)
		ctl_unregister();
	return rc;
}
module_init(xen_pmem_init);

static void __exit xen_pmem_exit(void)
{
	driver_unregister(&xen_pmem_driver.drv);
	ctl_unregister();
}
module_exit(xen_pmem_exit);

MODULE_DESCRIPTION("Claims persistent memory namespaces for Xen");
MODULE_LICENSE("GPL");
