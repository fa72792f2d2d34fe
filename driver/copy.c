// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copies bytes of a claimed namespace that Xen does not have, to and from a process: for backup
 * and restore. Takes the call of XEN_PMEM_IOC_COPY.
 */
#include <linux/mm.h>
#include <linux/uaccess.h>

#include "driver.h"
#include "pins.h"

static int claim_check(const struct claim *claim, struct xen_pmem_copy *arg)
{
	u64 size = resource_size(claim->spa);

	if (claim->role != XEN_PMEM_ROLE_GUEST)
		return because(arg->reason, -EPERM, "not a namespace for guests");
	if (claim->held)
		return because(arg->reason, -EBUSY, "Xen has it");
	if (arg->offset > size || arg->length > size - arg->offset)
		return because(arg->reason, -ERANGE, "beyond its end");
	if (arg->write && get_disk_ro(claim->disk))
		return because(arg->reason, -EROFS, "its region is read-only");
	return 0;
}

/* Under the lock Xen cannot be given the range. */
static int claim_copy(struct device *dev, struct claim *claim, struct xen_pmem_copy *arg, void *buf)
{
	int rc;

	mutex_lock(&claim->lock);
	rc = claim_check(claim, arg);
	if (!rc)
		rc = arg->write ? medium_write(dev, claim, buf, arg->offset, arg->length) :
				  medium_read(claim, buf, arg->offset, arg->length);
	mutex_unlock(&claim->lock);
	return rc == -EIO ? because(arg->reason, rc, "a known media error is there") : rc;
}

/* The device keeps its claim for as long as it is locked. */
static int device_copy(struct xen_pmem_copy *arg, void *buf)
{
	struct device *dev = claimed_find(arg->namespace);
	struct claim *claim;
	int rc = -ENOENT;

	if (!dev)
		return because(arg->reason, rc, "no claimed namespace of this name");
	device_lock(dev);
	claim = claimed_get(dev);
	if (claim)
		rc = claim_copy(dev, claim, arg, buf);
	device_unlock(dev);
	put_device(dev);
	return rc;
}

int copy_call(struct xen_pmem_copy *arg)
{
	void __user *user = u64_to_user_ptr(arg->buffer);
	void *buf;
	int rc;

	if (arg->pad || arg->write > 1 || !arg->length || arg->length > XEN_PMEM_COPY_MAX ||
	    strnlen(arg->namespace, sizeof(arg->namespace)) == sizeof(arg->namespace))
		return -EINVAL;
	buf = kvmalloc(arg->length, GFP_KERNEL);
	if (!buf)
		return -ENOMEM;
	rc = arg->write && copy_from_user(buf, user, arg->length) ? -EFAULT : 0;
	if (!rc)
		rc = device_copy(arg, buf);
	if (!rc && !arg->write && copy_to_user(user, buf, arg->length))
		rc = -EFAULT;
	kvfree(buf);
	return rc;
}
