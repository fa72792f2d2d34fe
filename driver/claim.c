// SPDX-License-Identifier: GPL-2.0-only
/*
 * A claim on a namespace: takes a device that is meant for Xen, reserves its range, and keeps it
 * until the device goes; if Xen serves the range at that time, until the same namespace comes
 * back. libnvdimm cannot be kept from removing a device when its region is unbound.
 */
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "driver.h"
#include "pins.h"

static LIST_HEAD(orphans);
static DEFINE_MUTEX(orphans_lock);

/* Its UUID by the label. Without one only the medium tells, which Xen may have. */
static bool claim_is(const struct claim *claim, struct device *dev)
{
	const struct resource *res = &to_nd_namespace_io(dev)->res;

	return claim->spa->start == res->start && claim->spa->end == res->end &&
	       (!is_label_namespace(dev) ||
		uuid_equal(&claim->uuid, to_nd_namespace_pmem(dev)->uuid));
}

static struct claim *claim_readopt(struct device *dev)
{
	struct claim *claim, *found = NULL;

	mutex_lock(&orphans_lock);
	list_for_each_entry(claim, &orphans, orphan)
		if (claim_is(claim, dev))
			found = claim;
	if (found)
		list_del_init(&found->orphan);
	mutex_unlock(&orphans_lock);
	return found;
}

static int claim_reserve(struct device *dev, struct claim *claim)
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
	INIT_LIST_HEAD(&claim->orphan);
	mutex_init(&claim->lock);
	claim->role = role;
	if (is_label_namespace(dev)) {
		uuid_copy(&claim->uuid, to_nd_namespace_pmem(dev)->uuid);
		strscpy(claim->label, to_nd_namespace_pmem(dev)->alt_name, sizeof(claim->label));
	}
	snprintf(claim->name, sizeof(claim->name), "xen-pmem: %s", dev_name(dev));

	rc = badblocks_init(&claim->bb, 1);
	if (rc)
		goto free_claim;
	rc = claim_reserve(dev, claim);
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

/* What it is for, going by its mode as well. */
static enum xen_pmem_role claim_role(struct device *dev, struct claim *claim)
{
	bool labelled = is_label_namespace(dev);
	uuid_t uuid;

	switch (medium_mode(claim, &uuid)) {
	case MEDIUM_RAW:
		if (claim->role != XEN_PMEM_ROLE_HOST)
			return claim->role;
		dev_info(dev, "not held back for Xen: neither in fsdax nor in devdax mode\n");
		return XEN_PMEM_ROLE_NONE;
	case MEDIUM_PAGES:
		if (!labelled)
			uuid_copy(&claim->uuid, &uuid);
		if (claim->role != XEN_PMEM_ROLE_RESERVED)
			return XEN_PMEM_ROLE_HOST;
		fallthrough;
	default:
		dev_info(dev, "\"%s\" not claimed for Xen: not in raw mode\n", claim->label);
		return XEN_PMEM_ROLE_NONE;
	}
}

/* The claim on a namespace whose label gives it @role; -ENODEV if another driver is to have it. */
struct claim *claim_open(struct device *dev, enum xen_pmem_role role)
{
	struct claim *claim;

	/*
	 * One that Xen serves must not be touched, so it is found before anybody looks at the
	 * medium.
	 */
	claim = claim_readopt(dev);
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

/* The device goes, or was not bound after all. */
void claim_close(struct device *dev, struct claim *claim)
{
	if (claim->handing)
		claim_set_held(claim, false);
	if (!claim->held) {
		claim_destroy(claim);
		return;
	}
	dev_err(dev, "removed while Xen serves \"%s\": %pR stays reserved\n", claim->label,
		claim->spa);
	claim->leaving = false;
	mutex_lock(&orphans_lock);
	list_add_tail(&claim->orphan, &orphans);
	mutex_unlock(&orphans_lock);
}

int claim_set_held(struct claim *claim, bool held)
{
	int rc = -ENODEV;

	mutex_lock(&claim->lock);
	/* One that is handed over is held until it has left. */
	if (held && claim->leaving)
		goto unlock;
	rc = 0;
	claim->handing = false;
	if (claim->held == held)
		goto unlock;
	claim->held = held;
	if (held) {
		__module_get(THIS_MODULE);
		/* iounmap() leaves its translations in the TLBs until some later time. */
		vm_unmap_aliases();
	} else {
		module_put(THIS_MODULE);
	}
unlock:
	mutex_unlock(&claim->lock);
	return rc;
}

/* Xen has the range, as dom0's own pages: another driver may have it. */
int claim_hand_over(struct claim *claim)
{
	int rc = -EPERM;

	mutex_lock(&claim->lock);
	if (claim->held && claim->role == XEN_PMEM_ROLE_HOST) {
		claim->handing = true;
		rc = 0;
	}
	mutex_unlock(&claim->lock);
	return rc;
}

/*
 * Makes sure that the claim is not held, nor will be. The caller to whom this returns 0 unbinds the
 * device; -EBUSY: it is held, or another caller unbinds it.
 */
int claim_leave(struct claim *claim)
{
	int rc;

	mutex_lock(&claim->lock);
	rc = claim->leaving || (claim->held && !claim->handing) ? -EBUSY : 0;
	if (!rc)
		claim->leaving = true;
	mutex_unlock(&claim->lock);
	return rc;
}

int claim_copy(struct device *dev, struct claim *claim, struct xen_pmem_copy *arg,
	       void *bytes)
{
	int rc;

	if (claim->role != XEN_PMEM_ROLE_GUEST)
		return because(arg->reason, -EPERM, "not a namespace for guests in raw mode");
	if (arg->write && get_disk_ro(claim->disk))
		return because(arg->reason, -EROFS, "its region is read-only");
	mutex_lock(&claim->lock);
	if (claim->held)
		rc = because(arg->reason, -EBUSY, "Xen has it");
	else
		rc = medium_copy(dev, claim, arg, bytes);
	mutex_unlock(&claim->lock);
	return rc;
}

void claim_find_badblocks(struct device *dev, struct claim *claim)
{
	struct range range = { .start = claim->spa->start, .end = claim->spa->end };

	nvdimm_badblocks_populate(to_nd_region(dev->parent), &claim->bb, &range);
}
