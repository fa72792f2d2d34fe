// SPDX-License-Identifier: GPL-2.0-only
/* Tells libnvdimm of bad bytes that Xen knows of: whoever reads their list in dom0 finds them. */
#include <linux/badblocks.h>
#include <linux/device.h>

#include "badrange.h"
#include "compat.h"
#include "namespace.h"
#include "reason.h"

/* A namespace that no driver has claimed may change its range meanwhile. */
static int namespace_has(struct device *dev, const void *data)
{
	const struct range *bytes = data;
	const struct resource *res;
	bool has = false;

	if (!device_is_namespace(dev))
		return false;
	device_lock(dev);
	if (namespace_role(dev) != XEN_PMEM_ROLE_NONE && namespace_is_persistent(dev)) {
		res = &to_nd_namespace_io(dev)->res;
		has = bytes->start >= res->start && bytes->end <= res->end;
	}
	device_unlock(dev);
	return has;
}

/* 1: libnvdimm's list has one of these sectors already. It takes an error's bytes for sectors. */
static int range_is_bad(struct nd_region *region, const struct range *bytes)
{
	const struct range sectors = { round_down(bytes->start, SECTOR_SIZE),
				       bytes->end | (SECTOR_SIZE - 1) };
	struct badblocks bb;
	int rc;

	rc = badblocks_init(&bb, 1);
	if (rc)
		return rc;
	nvdimm_badblocks_populate(region, &bb, &sectors);
	rc = bb.count != 0;
	badblocks_exit(&bb);
	return rc;
}

/*
 * A known one is not added again: libnvdimm would take it for a longer one's new length, if they
 * begin at the same byte.
 */
static int region_add(struct device *dev, struct xen_pmem_bad *arg, const struct range *bytes)
{
	struct nd_region *region = to_nd_region(dev);
	int rc;

	rc = range_is_bad(region, bytes);
	if (rc)
		return rc < 0 ? rc : 0;
	rc = nvdimm_bus_add_badrange(to_nvdimm_bus(dev->parent), arg->spa, arg->length);
	if (rc)
		return rc;
	arg->added = 1;
	nvdimm_region_notify(region, NVDIMM_REVALIDATE_POISON);
	return 0;
}

int badrange_tell(struct device_driver *drv, struct xen_pmem_bad *arg)
{
	const struct range bytes = { arg->spa, arg->spa + arg->length - 1 };
	struct device *dev;
	int rc;

	dev = bus_find_device(drv->bus, NULL, &bytes, namespace_has);
	if (!dev)
		return fail(arg->reason, -ENOENT, "no namespace for Xen has this address");
	rc = region_add(dev->parent, arg, &bytes);
	put_device(dev);
	return rc;
}
