// SPDX-License-Identifier: GPL-2.0-only
/*
 * The character device: checks and copies the structs of the calls in include/xen-pmem/pin.h.
 */
#include <linux/file.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sysfs.h>
#include <linux/uaccess.h>

#include <xen-pmem/driver.h>

#include "badrange.h"
#include "claim.h"
#include "compat.h"
#include "ctl.h"
#include "hideshow.h"
#include "pin.h"

static struct device_driver *claim_driver;	/* of COPY's, BAD's and CLEAR's namespaces */

static int pin_by_fd(struct xen_pmem_pin *arg)
{
	struct fd fd = fdget(arg->fd);
	int rc;

	if (!fd_file(fd))
		return -EBADF;
	rc = pin_create(arg, fd_file(fd));
	fdput(fd);
	return rc;
}

static int pin_dispatch(unsigned int cmd, struct xen_pmem_pin *arg)
{
	static const u8 zeros[sizeof(arg->uuid)];

	if (cmd == XEN_PMEM_IOC_QUERY)
		return pin_query(arg);
	if (arg->index || !memcmp(arg->uuid, zeros, sizeof(zeros)))
		return -EINVAL;
	switch (cmd) {
	case XEN_PMEM_IOC_PIN:
		return pin_by_fd(arg);
	case XEN_PMEM_IOC_UNPIN:
		return pin_end(arg);
	default:
		return pin_open(arg);
	}
}

static long pin_call(unsigned int cmd, void __user *user)
{
	struct xen_pmem_pin arg;
	long rc;

	if (copy_from_user(&arg, user, sizeof(arg)))
		return -EFAULT;
	arg.reason[0] = '\0';
	rc = pin_dispatch(cmd, &arg);
	/* The descriptor of OPEN is there already, and OPEN sets only the reason. */
	if (copy_to_user(user, &arg, sizeof(arg)) && cmd != XEN_PMEM_IOC_OPEN)
		return -EFAULT;
	return rc;
}

static long pages_call(unsigned int cmd, void __user *user)
{
	struct xen_pmem_pages arg;
	long rc;

	if (copy_from_user(&arg, user, sizeof(arg)))
		return -EFAULT;
	arg.reason[0] = '\0';
	if (arg.pad)
		return -EINVAL;
	rc = hideshow_run(&arg, cmd == XEN_PMEM_IOC_HIDE);
	return copy_to_user(user, &arg, sizeof(arg)) ? -EFAULT : rc;
}

/*
 * Touches the caller's memory without a lock: a page of it may be a hung server's, and others that
 * want the namespace would wait for that server.
 */
static int copy_bounce(struct xen_pmem_copy *arg, void *bytes)
{
	void __user *user = u64_to_user_ptr(arg->buffer);
	int rc;

	if (arg->write && copy_from_user(bytes, user, arg->length))
		return -EFAULT;
	rc = claim_copy(claim_driver, arg, bytes);
	if (rc || arg->write)
		return rc;
	return copy_to_user(user, bytes, arg->length) ? -EFAULT : 0;
}

static long copy_call(void __user *user)
{
	struct xen_pmem_copy arg;
	void *bytes;
	long rc;

	if (copy_from_user(&arg, user, sizeof(arg)))
		return -EFAULT;
	arg.reason[0] = '\0';
	if (arg.pad || arg.write > 1 || !arg.length || arg.length > XEN_PMEM_COPY_MAX ||
	    strnlen(arg.namespace, sizeof(arg.namespace)) == sizeof(arg.namespace))
		return -EINVAL;
	bytes = kvmalloc(arg.length, GFP_KERNEL);
	if (!bytes)
		return -ENOMEM;
	rc = copy_bounce(&arg, bytes);
	kvfree(bytes);
	return copy_to_user(user, &arg, sizeof(arg)) ? -EFAULT : rc;
}

static long bad_call(void __user *user)
{
	struct xen_pmem_bad arg;
	long rc;

	if (copy_from_user(&arg, user, sizeof(arg)))
		return -EFAULT;
	arg.reason[0] = '\0';
	arg.added = 0;
	if (arg.pad || !arg.length || arg.length > XEN_PMEM_BAD_MAX ||
	    arg.spa + arg.length < arg.spa)
		return -EINVAL;
	rc = badrange_tell(claim_driver, &arg);
	return copy_to_user(user, &arg, sizeof(arg)) ? -EFAULT : rc;
}

static long clear_call(void __user *user)
{
	struct xen_pmem_clear arg;
	long rc;

	if (copy_from_user(&arg, user, sizeof(arg)))
		return -EFAULT;
	arg.reason[0] = '\0';
	arg.bad = 0;
	if (arg.pad || arg.look > 1 || !arg.length || arg.length > XEN_PMEM_CLEAR_MAX ||
	    !PAGE_ALIGNED(arg.spa | arg.length) || arg.spa + arg.length < arg.spa)
		return -EINVAL;
	rc = badrange_clear(claim_driver, &arg);
	return copy_to_user(user, &arg, sizeof(arg)) ? -EFAULT : rc;
}

/* A module whose init fails is freed although an open file refers to it. */
static int ctl_open(struct inode *inode, struct file *file)
{
	return READ_ONCE(THIS_MODULE->state) == MODULE_STATE_LIVE ? 0 : -ENODEV;
}

static long ctl_ioctl(struct file *file, unsigned int cmd, unsigned long user)
{
	switch (cmd) {
	case XEN_PMEM_IOC_PIN:
	case XEN_PMEM_IOC_UNPIN:
	case XEN_PMEM_IOC_QUERY:
	case XEN_PMEM_IOC_OPEN:
		return pin_call(cmd, (void __user *)user);
	case XEN_PMEM_IOC_HIDE:
	case XEN_PMEM_IOC_SHOW:
		return pages_call(cmd, (void __user *)user);
	case XEN_PMEM_IOC_COPY:
		return copy_call((void __user *)user);
	case XEN_PMEM_IOC_BAD:
		return bad_call((void __user *)user);
	case XEN_PMEM_IOC_CLEAR:
		return clear_call((void __user *)user);
	default:
		return -ENOTTY;
	}
}

static ssize_t interface_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n", XEN_PMEM_INTERFACE);
}
static DEVICE_ATTR_RO(interface);

static struct attribute *ctl_attrs[] = {
	&dev_attr_interface.attr,
	NULL,
};
ATTRIBUTE_GROUPS(ctl);

static const struct file_operations ctl_fops = {
	.owner = THIS_MODULE,
	.open = ctl_open,
	.unlocked_ioctl = ctl_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.llseek = noop_llseek,
};

static struct miscdevice ctl = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "xen_pmem",
	.mode = 0600,
	.fops = &ctl_fops,
	.groups = ctl_groups,
};

int ctl_register(struct device_driver *drv)
{
	claim_driver = drv;
	return misc_register(&ctl);
}

void ctl_unregister(void)
{
	misc_deregister(&ctl);
}
