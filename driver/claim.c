// SPDX-License-Identifier: GPL-2.0-only
/*
 * Claims, and the list of those without a device: libnvdimm cannot be kept from removing a device
 * when its region is unbound, though Xen may serve the range.
 */
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "claim.h"
#include "claim_io.h"
#include "namespace.h"
#include "reason.h"

static DEFINE_MUTEX(parked_lock);
static LIST_HEAD(parked);

/* Without a label the UUID is in the info block, which Xen may serve: it is not compared. */
static bool claim_is_of(const struct claim *claim, struct device *dev)
{
	const struct resource *res = &to_nd_namespace_io(dev)->res;

	return claim->spa->start == res->start && claim->spa->end == res->end &&
	       (!namespace_is_labelled(dev) ||
		uuid_equal(&claim->uuid, to_nd_namespace_pmem(dev)->uuid));
}

static struct claim *parked_find(struct device *dev)
{
	struct claim *claim, *found = NULL;

	mutex_lock(&parked_lock);
	list_for_each_entry(claim, &parked, parked)
		if (claim_is_of(claim, dev))
			found = claim;
	if (found)
		list_del_init(&found->parked);
	mutex_unlock(&parked_lock);
	return found;
}

static int range_reserve(struct device *dev, struct claim *claim)
{
	struct resource *res = &to_nd_namespace_io(dev)->res;

	claim->spa = request_mem_region(res->start, resource_size(res), claim->name);
	if (claim->spa)
		return 0;
	dev_err(dev, "\"%s\" not claimed for Xen: %pR is in use\n", claim->label, res);
	return -EBUSY;
}

static struct claim *claim_create(struct device *dev, enum xen_pmem_role role)
{
	struct claim *claim;
	int rc;

	claim = kzalloc(sizeof(*claim), GFP_KERNEL);
	if (!claim)
		return ERR_PTR(-ENOMEM);
	INIT_LIST_HEAD(&claim->parked);
	mutex_init(&claim->lock);
	claim->role = role;
	if (namespace_is_labelled(dev)) {
		uuid_copy(&claim->uuid, to_nd_namespace_pmem(dev)->uuid);
		strscpy(claim->label, to_nd_namespace_pmem(dev)->alt_name, sizeof(claim->label));
	}
	snprintf(claim->name, sizeof(claim->name), "xen-pmem: %s", dev_name(dev));

	rc = badblocks_init(&claim->bb, 1);
	if (rc)
		goto free_claim;
	rc = range_reserve(dev, claim);
	if (rc)
		goto free_badblocks;
	claim_find_badblocks(dev, claim);
	return claim;

free_badblocks:
	badblocks_exit(&claim->bb);
free_claim:
	kfree(claim);
	return ERR_PTR(rc);
}

static void claim_destroy(struct claim *claim)
{
	release_mem_region(claim->spa->start, resource_size(claim->spa));
	badblocks_exit(&claim->bb);
	mutex_destroy(&claim->lock);
	kfree(claim);
}

/* What the namespace is for by the mode in its info block. */
static enum xen_pmem_role claim_role(struct device *dev, struct claim *claim)
{
	uuid_t uuid;

	switch (claim_io_mode(claim, &uuid)) {
	case MODE_RAW:
		if (claim->role != XEN_PMEM_ROLE_HOST)
			return claim->role;
		dev_info(dev, "not held back for Xen: neither in fsdax nor in devdax mode\n");
		return XEN_PMEM_ROLE_NONE;
	case MODE_PAGES:
		if (!namespace_is_labelled(dev))
			uuid_copy(&claim->uuid, &uuid);
		if (claim->role != XEN_PMEM_ROLE_RESERVED)
			return XEN_PMEM_ROLE_HOST;
		fallthrough;
	default:
		dev_info(dev, "\"%s\" not claimed for Xen: not in raw mode\n", claim->label);
		return XEN_PMEM_ROLE_NONE;
	}
}

struct claim *claim_open(struct device *dev, enum xen_pmem_role role)
{
	struct claim *claim;

	/* A parked claim's range is Xen's, so this comes before anything that reads a range. */
	claim = parked_find(dev);
	if (claim) {
		claim_find_badblocks(dev, claim);
		dev_info(dev, "\"%s\" is back, and still served by Xen\n", claim->label);
		return claim;
	}

	claim = claim_create(dev, role);
	if (IS_ERR(claim))
		return claim;
	claim->role = claim_role(dev, claim);
	if (claim->role == XEN_PMEM_ROLE_NONE) {
		claim_destroy(claim);
		return ERR_PTR(-ENODEV);
	}
	return claim;
}

/* Under claim->lock. */
static void state_set(struct claim *claim, enum claim_state state)
{
	bool was_held = claim_is_held(claim);

	WRITE_ONCE(claim->state, state);
	if (was_held && !claim_is_held(claim))
		module_put(THIS_MODULE);
}

/* Under claim->lock. A module that is being unloaded goes, whoever refers to it by then. */
static int state_set_held(struct claim *claim)
{
	if (claim_is_held(claim)) {
		state_set(claim, CLAIM_HELD);
		return 0;
	}
	if (!try_module_get(THIS_MODULE))
		return -ENODEV;
	state_set(claim, CLAIM_HELD);
	/* iounmap() leaves its translations in the TLBs until some later time. */
	vm_unmap_aliases();
	return 0;
}

void claim_close(struct device *dev, struct claim *claim)
{
	if (claim->state != CLAIM_HELD) {
		mutex_lock(&claim->lock);
		state_set(claim, CLAIM_LEAVING);
		mutex_unlock(&claim->lock);
		claim_destroy(claim);
		return;
	}
	dev_err(dev, "removed while Xen serves \"%s\": %pR stays reserved\n", claim->label,
		claim->spa);
	mutex_lock(&parked_lock);
	list_add_tail(&claim->parked, &parked);
	mutex_unlock(&parked_lock);
}

int claim_set_held(struct claim *claim, bool held)
{
	int rc = 0;

	mutex_lock(&claim->lock);
	if (claim->state == CLAIM_LEAVING || claim->state == CLAIM_HANDED)
		rc = held ? -ENODEV : 0;
	else if (held)
		rc = state_set_held(claim);
	else
		state_set(claim, CLAIM_FREE);
	mutex_unlock(&claim->lock);
	return rc;
}

int claim_hand_over(struct claim *claim)
{
	int rc = -EPERM;

	mutex_lock(&claim->lock);
	if (claim_is_held(claim) && claim->role == XEN_PMEM_ROLE_HOST) {
		if (claim->state == CLAIM_HELD)
			state_set(claim, CLAIM_HANDING);
		rc = 0;
	}
	mutex_unlock(&claim->lock);
	return rc;
}

int claim_leave(struct claim *claim)
{
	int rc = -EBUSY;

	mutex_lock(&claim->lock);
	if (claim->state == CLAIM_FREE || claim->state == CLAIM_HANDING) {
		state_set(claim, claim->state == CLAIM_FREE ? CLAIM_LEAVING : CLAIM_HANDED);
		rc = 0;
	}
	mutex_unlock(&claim->lock);
	return rc;
}

void claim_find_badblocks(struct device *dev, struct claim *claim)
{
	struct range range = { .start = claim->spa->start, .end = claim->spa->end };

	nvdimm_badblocks_populate(to_nd_region(dev->parent), &claim->bb, &range);
}

static int bytes_copy(struct device *dev, struct claim *claim, const struct xen_pmem_copy *arg,
		      void *bytes)
{
	if (arg->offset > resource_size(claim->spa) ||
	    arg->length > resource_size(claim->spa) - arg->offset)
		return -ERANGE;
	if (arg->write)
		return claim_io_write(dev, claim, bytes, arg->offset, arg->length);
	return claim_io_read(claim, bytes, arg->offset, arg->length);
}

/* Under the device's lock. */
static int device_copy(struct device *dev, struct xen_pmem_copy *arg, void *bytes)
{
	struct claim *claim = dev_get_drvdata(dev);
	int rc;

	if (claim->role != XEN_PMEM_ROLE_GUEST)
		return fail(arg->reason, -EPERM, "not a namespace for guests in raw mode");
	if (arg->write && get_disk_ro(claim->disk))
		return fail(arg->reason, -EROFS, "its region is read-only");
	mutex_lock(&claim->lock);
	if (claim_is_held(claim))
		rc = fail(arg->reason, -EBUSY, "Xen serves it");
	else
		rc = bytes_copy(dev, claim, arg, bytes);
	mutex_unlock(&claim->lock);
	return rc;
}

int claim_copy(struct device_driver *drv, struct xen_pmem_copy *arg, void *bytes)
{
	struct device *dev = bus_find_device_by_name(drv->bus, NULL, arg->namespace);
	int rc;

	if (!dev)
		return fail(arg->reason, -ENOENT, "no such namespace");
	device_lock(dev);
	if (dev->driver == drv)
		rc = device_copy(dev, arg, bytes);
	else
		rc = fail(arg->reason, -ENOENT, "not claimed for Xen");
	device_unlock(dev);
	put_device(dev);
	return rc;
}
