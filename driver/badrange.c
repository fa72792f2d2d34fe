// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tells libnvdimm of bad bytes that Xen knows of: whoever reads their list in dom0 finds them. Has
 * the platform clear bad bytes of a namespace that Xen may serve.
 */
#include <linux/badblocks.h>
#include <linux/device.h>

#include "badrange.h"
#include "claim.h"
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

/* With a reference; or NULL, and the reason. */
static struct device *namespace_around(struct device_driver *drv, const struct range *bytes,
				       char *reason)
{
	struct device *dev = bus_find_device(drv->bus, NULL, bytes, namespace_has);

	if (!dev)
		fail(reason, -ENOENT, "no namespace for Xen has this address");
	return dev;
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
	struct device *dev = namespace_around(drv, &bytes, arg->reason);
	int rc;

	if (!dev)
		return -ENOENT;
	rc = region_add(dev->parent, arg, &bytes);
	put_device(dev);
	return rc;
}

static u64 claim_bad_bytes(struct claim *claim, const struct range *bytes)
{
	sector_t at = (bytes->start - claim->spa->start) >> SECTOR_SHIFT, first;
	sector_t end = (bytes->end + 1 - claim->spa->start) >> SECTOR_SHIFT, sectors = 0;
	int nr;

	/* What is found may begin before it, and end after it. */
	while (at < end && badblocks_check(&claim->bb, at, end - at, &first, &nr)) {
		sectors += min(first + nr, end) - max(first, at);
		at = first + nr;
	}
	return (u64)sectors << SECTOR_SHIFT;
}

/* libnvdimm takes a bus without commands for one that has cleared. */
static bool bus_clears(struct device *bus)
{
	const struct nvdimm_bus_descriptor *desc = to_nd_desc(to_nvdimm_bus(bus));

	return desc->ndctl && test_bit(ND_CMD_ARS_CAP, &desc->cmd_mask) &&
	       test_bit(ND_CMD_CLEAR_ERROR, &desc->cmd_mask);
}

static int bytes_clear(struct device *dev, struct claim *claim, struct xen_pmem_clear *arg)
{
	long cleared = nvdimm_clear_poison(dev, arg->spa, arg->length);

	if (cleared == -ENXIO)
		return fail(arg->reason, -EOPNOTSUPP,
			    "the platform clears only blocks that are larger than %llu bytes",
			    arg->length);
	if (cleared > 0)
		badblocks_clear(&claim->bb, (arg->spa - claim->spa->start) >> SECTOR_SHIFT,
				cleared >> SECTOR_SHIFT);
	return cleared == arg->length ? 0 :
	       fail(arg->reason, -EIO, "the platform has not cleared it (%ld)", cleared);
}

/* Under the device's lock. */
static int device_clear(struct device *dev, struct xen_pmem_clear *arg, const struct range *bytes)
{
	struct claim *claim = dev_get_drvdata(dev);

	if (claim->role != XEN_PMEM_ROLE_GUEST)
		return fail(arg->reason, -EPERM, "not a namespace for guests in raw mode");
	if (get_disk_ro(claim->disk))
		return fail(arg->reason, -EROFS, "its region is read-only");
	arg->bad = claim_bad_bytes(claim, bytes);
	if (!arg->bad)
		return 0;
	if (!bus_clears(dev->parent->parent))
		return fail(arg->reason, -EOPNOTSUPP,
			    "the platform offers no command that clears bad blocks");
	return arg->look ? 0 : bytes_clear(dev, claim, arg);
}

int badrange_clear(struct device_driver *drv, struct xen_pmem_clear *arg)
{
	const struct range bytes = { arg->spa, arg->spa + arg->length - 1 };
	struct device *dev = namespace_around(drv, &bytes, arg->reason);
	int rc;

	if (!dev)
		return -ENOENT;
	device_lock(dev);
	if (dev->driver == drv)
		rc = device_clear(dev, arg, &bytes);
	else
		rc = fail(arg->reason, -ENOENT, "not claimed for Xen");
	device_unlock(dev);
	put_device(dev);
	return rc;
}
