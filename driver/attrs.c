// SPDX-License-Identifier: GPL-2.0-only
/* The attributes of a claimed namespace in sysfs, in the order of include/xen-pmem/driver.h. */
#include <linux/kstrtox.h>
#include <linux/sysfs.h>

#include "attrs.h"
#include "claim.h"
#include "claim_io.h"

static struct claim *kobj_claim(struct kobject *kobj)
{
	return dev_get_drvdata(kobj_to_dev(kobj));
}

static ssize_t start_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct claim *claim = dev_get_drvdata(dev);

	return sysfs_emit(buf, "%#llx\n", (u64)claim->spa->start);
}
/* Physical addresses are for root only, as in libnvdimm's "resource". */
static DEVICE_ATTR_ADMIN_RO(start);

static ssize_t size_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct claim *claim = dev_get_drvdata(dev);

	return sysfs_emit(buf, "%#llx\n", (u64)resource_size(claim->spa));
}
static DEVICE_ATTR_ADMIN_RO(size);

static ssize_t uuid_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct claim *claim = dev_get_drvdata(dev);

	return sysfs_emit(buf, "%pUb\n", &claim->uuid);
}
static DEVICE_ATTR_RO(uuid);

static ssize_t label_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct claim *claim = dev_get_drvdata(dev);

	return sysfs_emit(buf, "%s\n", claim->label);
}
static DEVICE_ATTR_RO(label);

static ssize_t role_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct claim *claim = dev_get_drvdata(dev);
	static const char * const roles[] = {
		[XEN_PMEM_ROLE_RESERVED] = "reserved",
		[XEN_PMEM_ROLE_GUEST] = "guest",
		[XEN_PMEM_ROLE_HOST] = "host",
	};

	return sysfs_emit(buf, "%s\n", roles[claim->role]);
}
static DEVICE_ATTR_RO(role);

/* badblocks_show() is a function of the kernel's. */
static ssize_t badblocks_text_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct claim *claim = dev_get_drvdata(dev);

	return badblocks_show(&claim->bb, buf, 0);
}
static struct device_attribute dev_attr_badblocks =
	__ATTR(badblocks, 0444, badblocks_text_show, NULL);

static ssize_t held_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct claim *claim = dev_get_drvdata(dev);

	return sysfs_emit(buf, "%d\n", claim_is_held(claim));
}

static ssize_t held_store(struct device *dev, struct device_attribute *attr,
			  const char *buf, size_t count)
{
	struct claim *claim = dev_get_drvdata(dev);
	u8 held;
	int rc;

	if (sysfs_streq(buf, "host"))
		rc = claim_hand_over(claim);
	else if (kstrtou8(buf, 10, &held) || held > 1)
		rc = -EINVAL;
	else
		rc = claim_set_held(claim, held);
	return rc ? rc : count;
}
static DEVICE_ATTR_RW(held);

static ssize_t head_read(struct file *file, struct kobject *kobj, struct bin_attribute *attr,
			 char *buf, loff_t off, size_t count)
{
	struct claim *claim = kobj_claim(kobj);
	int rc = -EBUSY;

	/* Once the claim is HELD Xen may take the range at any moment; a read would be fatal. */
	mutex_lock(&claim->lock);
	if (claim->state == CLAIM_FREE)
		rc = claim_io_read(claim, buf, off, count);
	mutex_unlock(&claim->lock);
	return rc ? rc : count;
}
static BIN_ATTR(head, 0400, head_read, NULL, XEN_PMEM_SYSFS_HEAD_SIZE);

static ssize_t record_read(struct file *file, struct kobject *kobj, struct bin_attribute *attr,
			   char *buf, loff_t off, size_t count)
{
	struct claim *claim = kobj_claim(kobj);
	int rc;

	mutex_lock(&claim->lock);
	rc = claim_io_read(claim, buf, off, count);
	mutex_unlock(&claim->lock);
	return rc ? rc : count;
}

static ssize_t record_write(struct file *file, struct kobject *kobj, struct bin_attribute *attr,
			    char *buf, loff_t off, size_t count)
{
	struct claim *claim = kobj_claim(kobj);
	int rc;

	if (get_disk_ro(claim->disk))
		return -EROFS;
	mutex_lock(&claim->lock);
	rc = claim_io_write(kobj_to_dev(kobj), claim, buf, off, count);
	mutex_unlock(&claim->lock);
	return rc ? rc : count;
}
static BIN_ATTR(record, 0600, record_read, record_write, XEN_PMEM_SYSFS_RECORD_SIZE);

static umode_t bin_visible(struct kobject *kobj, struct bin_attribute *attr, int n)
{
	if (attr == &bin_attr_record && kobj_claim(kobj)->role != XEN_PMEM_ROLE_RESERVED)
		return 0;
	return attr->attr.mode;
}

static struct attribute *text_attrs[] = {
	&dev_attr_start.attr,
	&dev_attr_size.attr,
	&dev_attr_uuid.attr,
	&dev_attr_label.attr,
	&dev_attr_role.attr,
	&dev_attr_badblocks.attr,
	&dev_attr_held.attr,
	NULL,
};

static struct bin_attribute *bin_attrs[] = {
	&bin_attr_head,
	&bin_attr_record,
	NULL,
};

static const struct attribute_group attrs = {
	.name = XEN_PMEM_SYSFS_DIR,
	.attrs = text_attrs,
	.bin_attrs = bin_attrs,
	.is_bin_visible = bin_visible,
};

const struct attribute_group *claim_attr_groups[] = { &attrs, NULL };
