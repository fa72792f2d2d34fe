// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pins: takes what an open file names, and keeps it from everybody else until it is given up.
 * include/xen-pmem/pin.h says what each call does; they stand in its order.
 */
#include <linux/file.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "pins.h"

static LIST_HEAD(pins);
DEFINE_MUTEX(pins_lock);

int because(char *reason, int rc, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(reason, REASON_LEN, format, args);
	va_end(args);
	return rc;
}

struct pin *pin_find(const u8 *uuid)
{
	struct pin *pin;

	list_for_each_entry(pin, &pins, list)
		if (!memcmp(pin->uuid, uuid, sizeof(pin->uuid)))
			return pin;
	return NULL;
}

struct pin *pin_of_inode(const struct inode *inode)
{
	struct pin *pin;

	list_for_each_entry(pin, &pins, list)
		if (pin->at.dentry && d_inode(pin->at.dentry) == inode)
			return pin;
	return NULL;
}

static int kind_find(struct file *file, const struct pin_kind **kind, char *reason)
{
	umode_t mode = file_inode(file)->i_mode;

	if (S_ISREG(mode))
		*kind = &pin_file;
	else if (S_ISBLK(mode))
		*kind = &pin_block;
	else if (S_ISCHR(mode))
		*kind = &pin_devdax;
	else
		return because(reason, -EOPNOTSUPP, "neither a regular file nor a device");
	return 0;
}

static void path_note(struct pin *pin, struct file *file)
{
	char *page, *at;

	page = (char *)__get_free_page(GFP_KERNEL);
	at = page ? d_path(&file->f_path, page, PAGE_SIZE) : NULL;
	if (IS_ERR_OR_NULL(at))
		strscpy(pin->path, "...", sizeof(pin->path));
	else if (strlen(at) < sizeof(pin->path))
		strscpy(pin->path, at, sizeof(pin->path));
	else
		snprintf(pin->path, sizeof(pin->path), "...%s",
			 at + strlen(at) - (sizeof(pin->path) - 4));
	free_page((unsigned long)page);
}

static void pin_show(const struct pin *pin, struct xen_pmem_pin *arg)
{
	memcpy(arg->uuid, pin->uuid, sizeof(arg->uuid));
	arg->domain = pin->domain;
	arg->kind = pin->kind->id;
	arg->size = pin->size;
	arg->hidden = pin->hidden;
	strscpy(arg->path, pin->path, sizeof(arg->path));
}

static struct pin *pin_make(struct xen_pmem_pin *arg, struct file *file)
{
	struct pin *pin;
	int rc;

	pin = kzalloc(sizeof(*pin), GFP_KERNEL);
	if (!pin)
		return ERR_PTR(-ENOMEM);
	memcpy(pin->uuid, arg->uuid, sizeof(pin->uuid));
	pin->domain = arg->domain;
	path_note(pin, file);
	rc = kind_find(file, &pin->kind, arg->reason);
	if (!rc)
		rc = pin->kind->take(pin, file, arg->reason);
	if (!rc)
		return pin;
	kfree(pin);
	if (list_empty(&pins))
		gates_remove();
	return ERR_PTR(rc);
}

int pin_create(struct xen_pmem_pin *arg, struct file *file)
{
	struct pin *pin;

	if (pin_find(arg->uuid))
		return because(arg->reason, -EEXIST, "this UUID is pinned already");
	if (list_count_nodes(&pins) >= XEN_PMEM_PINS_MAX)
		return because(arg->reason, -ENOSPC, "%u pins are the most", XEN_PMEM_PINS_MAX);
	pin = pin_make(arg, file);
	if (IS_ERR(pin))
		return PTR_ERR(pin);
	list_add_tail(&pin->list, &pins);
	__module_get(THIS_MODULE);
	pin_show(pin, arg);
	return 0;
}

int pin_end(struct xen_pmem_pin *arg)
{
	struct pin *pin = pin_find(arg->uuid);

	if (!pin)
		return -ENOENT;
	if (pin->hidden)
		return because(arg->reason, -EBUSY, "%llu bytes of it are hidden", pin->hidden);
	list_del(&pin->list);
	pin->kind->give(pin);
	kfree(pin);
	if (list_empty(&pins))
		gates_remove();
	module_put(THIS_MODULE);
	return 0;
}

int pin_query(struct xen_pmem_pin *arg)
{
	struct pin *pin;
	u32 i = 0;

	list_for_each_entry(pin, &pins, list) {
		if (i++ == arg->pad) {
			pin_show(pin, arg);
			return 0;
		}
	}
	return -ENOENT;
}

/* A new file descriptor. */
int pin_open(struct xen_pmem_pin *arg)
{
	struct pin *pin = pin_find(arg->uuid);
	struct file *file;
	int fd;

	if (!pin)
		return -ENOENT;
	if (pin->kind != &pin_file)
		return because(arg->reason, -EOPNOTSUPP, "not a regular file");
	fd = get_unused_fd_flags(O_CLOEXEC);
	if (fd < 0)
		return fd;
	file = pin_file_open(pin);
	if (IS_ERR(file)) {
		put_unused_fd(fd);
		return PTR_ERR(file);
	}
	fd_install(fd, file);
	return fd;
}

/* The device's DAX interface, for pin->dax; sets start and length. */
int pin_dax(struct pin *pin, struct block_device *bdev, char *reason)
{
	int rc;

	pin->class = bdev->bd_device.class;
	pin->length = bdev_nr_bytes(bdev);
	if ((get_start_sect(bdev) * SECTOR_SIZE | pin->length) & ~PAGE_MASK)
		return because(reason, -EINVAL, "%pg does not start and end at multiples of 4096", bdev);
	pin->dax = fs_dax_get_by_bdev(bdev, &pin->start, NULL, NULL);
	if (!pin->dax)
		return because(reason, -EOPNOTSUPP, "%pg has no DAX", bdev);
	if (dax_synchronous(pin->dax))
		rc = pages_check(pin, 0, reason);
	else
		rc = because(reason, -ENXIO, "what is written to %pg needs a flush call to persist", bdev);
	if (rc)
		put_dax(pin->dax);
	return rc;
}
