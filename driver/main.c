// SPDX-License-Identifier: GPL-2.0-only
/*
 * The driver: takes the devices of the nd bus, claims the namespaces whose label says that
 * they are for Xen, and leaves the rest to the kernel's own drivers. It must be loaded before
 * nd_pmem, which takes any namespace that is offered to it (packaging/xen-pmem.modprobe). There
 * is no module alias: ndctl tries the drivers of all loaded modules anyway, and for an alias it
 * would load but one module.
 */
#include <linux/module.h>
#include <linux/ndctl.h>

#include "driver.h"
#include "pins.h"

static char *claim_names;
module_param_named(claim, claim_names, charp, 0444);
MODULE_PARM_DESC(claim, "namespaces without labels, in fsdax or devdax mode, to hold back for Xen: namespaceX.Y,...");

/*
 * If loading fails, the module goes whatever refers to it, and an opener of a namespace's disk does.
 * So no namespace is claimed until loading cannot fail any more.
 */
static bool loaded;

static bool is_of_type(const struct device *dev, const char *type)
{
	return dev->type && !strcmp(dev->type->name, type);
}

/* btt, pfn and dax devices, seeds of theirs too, are offered as if they were namespaces. */
bool is_label_namespace(const struct device *dev)
{
	return is_of_type(dev, "nd_namespace_pmem");
}

static bool is_named(const char *name, const char *list)
{
	const size_t len = strlen(name);
	const char *at = list;

	while ((at = strstr(at, name))) {
		if ((at == list || at[-1] == ',') && (!at[len] || at[len] == ','))
			return true;
		at += len;
	}
	return false;
}

/* Volatile regions have namespaces of the same type, and virtio-pmem's need a flush call. */
bool is_persistent(struct device *dev)
{
	return is_of_type(dev->parent, "nd_pmem") && is_nvdimm_sync(to_nd_region(dev->parent));
}

static enum xen_pmem_role namespace_role(struct device *dev)
{
	const char *label;

	if (is_label_namespace(dev)) {
		label = to_nd_namespace_pmem(dev)->alt_name;
		return label ? xen_pmem_label_role(label) : XEN_PMEM_ROLE_NONE;
	}
	if (!is_of_type(dev, "nd_namespace_io") || !claim_names || !is_named(dev_name(dev), claim_names))
		return XEN_PMEM_ROLE_NONE;
	if (is_persistent(dev))
		return XEN_PMEM_ROLE_HOST;
	dev_err(dev, "not held back for Xen: its region is volatile, or needs a flush call\n");
	return XEN_PMEM_ROLE_NONE;
}

/* What it is for if the label, of version 1.2, says the mode as well. */
static enum xen_pmem_role mode_role(const struct nd_namespace_common *ndns, enum xen_pmem_role role)
{
	switch (ndns->claim_class) {
	case NVDIMM_CCLASS_NONE:
		return role;
	case NVDIMM_CCLASS_PFN:
	case NVDIMM_CCLASS_DAX:
		return role == XEN_PMEM_ROLE_RESERVED ? XEN_PMEM_ROLE_NONE : XEN_PMEM_ROLE_HOST;
	default:
		return XEN_PMEM_ROLE_NONE;
	}
}

static int xen_pmem_probe(struct device *dev)
{
	enum xen_pmem_role role = namespace_role(dev);
	struct nd_namespace_common *ndns;
	struct claim *claim;
	int rc;

	if (role == XEN_PMEM_ROLE_NONE || !READ_ONCE(loaded))
		return -ENODEV;
	ndns = nvdimm_namespace_common_probe(dev);
	if (IS_ERR(ndns))
		return PTR_ERR(ndns);
	role = mode_role(ndns, role);
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

/*
 * device_release_driver() takes the device from whichever driver has it. That is this one: only the
 * caller that leave() let through unbinds it, so no other driver can have it before.
 */
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
	.type = ND_DRIVER_NAMESPACE_PMEM | ND_DRIVER_NAMESPACE_IO,
	.probe = xen_pmem_probe,
	.remove = xen_pmem_remove,
	.notify = xen_pmem_notify,
};

/* The device's lock keeps the namespace ours meanwhile; the caller's memory is not touched. */
int namespace_copy(struct xen_pmem_copy *arg, void *bytes)
{
	struct device *dev = find_device(&xen_pmem_driver.drv, arg->namespace);
	int rc;

	if (!dev)
		return because(arg->reason, -ENOENT, "no such namespace");
	device_lock(dev);
	if (dev->driver == &xen_pmem_driver.drv)
		rc = claim_copy(dev, dev_get_drvdata(dev), arg, bytes);
	else
		rc = because(arg->reason, -ENOENT, "not claimed for Xen");
	device_unlock(dev);
	put_device(dev);
	return rc;
}

/* The character device, which opens for nobody yet, is first: a tool looks at its version. */
static int __init xen_pmem_init(void)
{
	int rc;

	rc = gates_init();
	if (rc)
		return rc;
	rc = ctl_register();
	if (rc)
		goto exit_gates;
	rc = nd_driver_register(&xen_pmem_driver);
	if (rc)
		goto unregister_ctl;
	WRITE_ONCE(loaded, true);
	/* A device that is not claimed is no failure: what it says of others is nothing to us. */
	/* It reports only that a bus cannot match devices with drivers, which libnvdimm's can. */
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
	busy_exit();
	gates_exit();
}
module_exit(xen_pmem_exit);

MODULE_DESCRIPTION("Claims persistent memory namespaces for Xen");
MODULE_VERSION(XEN_PMEM_VERSION);
MODULE_LICENSE("GPL");
