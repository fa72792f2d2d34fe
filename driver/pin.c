// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pins: takes what an open file names, keeps it from everybody else until it is given up, and
 * hands its pages to hide.c. include/xen-pmem/pin.h says what each call does; they stand in its
 * order.
 */
#include <linux/file.h>
#include <linux/module.h>
#include <linux/pfn_t.h>
#include <linux/slab.h>
#include <xen/xen.h>

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

static struct pin *pin_find(const u8 *uuid)
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
	pin->length = bdev_nr_bytes(bdev);
	if ((get_start_sect(bdev) * SECTOR_SIZE | pin->length) & ~PAGE_MASK)
		return because(reason, -EINVAL, "%pg does not start and end at multiples of 4096", bdev);
	pin->dax = fs_dax_get_by_bdev(bdev, &pin->start, NULL, NULL);
	if (!pin->dax)
		return because(reason, -EOPNOTSUPP, "%pg has no DAX", bdev);
	if (dax_synchronous(pin->dax))
		return 0;
	put_dax(pin->dax);
	pin->dax = NULL;
	return because(reason, -ENXIO, "what is written to %pg needs a flush call to persist", bdev);
}

/* Where the next pages are in the address space, from @at of the device on. */
static int pages_find(struct pin *pin, u64 at, u64 length, struct hide *hide, char *reason)
{
	void *kaddr;
	pfn_t pfn;
	long nr;

	nr = dax_direct_access(pin->dax, PHYS_PFN(pin->start + at), PHYS_PFN(length), DAX_ACCESS,
			       &kaddr, &pfn);
	if (nr <= 0)
		return because(reason, nr ? nr : -EIO, "no access at byte %llu of the device: %s",
			       at, nr == -EIO ? "bad blocks" : "DAX fails");
	hide->kaddr = (unsigned long)kaddr;
	hide->pfn = pfn_t_to_pfn(pfn);
	hide->nr = min_t(u64, nr, PHYS_PFN(length));
	return 0;
}

/* What one call is at. */
struct walk {
	struct xen_pmem_pages *arg;
	struct xen_pmem_span *spans;
	bool hide;
	u64 left;			/* bytes that it may still do */
	u64 passed;			/* bytes of pieces that were looked at */
};

static bool span_follows(const struct walk *walk, u64 spa)
{
	const struct xen_pmem_span *last = walk->spans + walk->arg->used - 1;

	return walk->arg->used && last->spa + last->length == spa;
}

/* Whether one that begins at @spa could be noted. */
static bool span_fits(const struct walk *walk, u64 spa)
{
	return !walk->spans || walk->arg->used < walk->arg->room || span_follows(walk, spa);
}

static void span_add(struct walk *walk, u64 spa, u64 length)
{
	struct xen_pmem_span span = { spa, length };

	if (!walk->spans || !length)
		return;
	if (span_follows(walk, spa))
		walk->spans[walk->arg->used - 1].length += length;
	else
		walk->spans[walk->arg->used++] = span;
}

/* One stretch of memory; 1: there is no room to note it. */
static int walk_stretch(struct pin *pin, struct walk *walk, u64 at, u64 *length)
{
	struct hide hide = { .prot = &pin->prot };
	int id, rc;

	id = dax_read_lock();
	rc = pages_find(pin, at, *length, &hide, walk->arg->reason);
	if (!rc && !span_fits(walk, PFN_PHYS(hide.pfn)))
		rc = 1;
	if (!rc)
		rc = (walk->hide ? hide_pages : show_pages)(&hide, walk->arg->reason);
	dax_read_unlock(id);
	*length = PFN_PHYS(hide.done);
	if (walk->hide)
		pin->hidden += PFN_PHYS(hide.changed);
	else
		pin->hidden -= min(pin->hidden, (u64)PFN_PHYS(hide.changed));
	span_add(walk, PFN_PHYS(hide.pfn), *length);
	return rc;
}

static int walk_piece(struct pin *pin, struct walk *walk, u64 at, u64 length)
{
	u64 step;
	int rc = 0;

	while (length && walk->left && !rc) {
		step = min(length, walk->left);
		rc = walk_stretch(pin, walk, at, &step);
		at += step;
		length -= step;
		walk->left -= step;
		walk->arg->done += step;
	}
	return rc;
}

static int walk_all(struct pin *pin, struct walk *walk, const struct xen_pmem_piece *pieces)
{
	u64 before = walk->arg->done, skip;
	u32 i;
	int rc = 0;

	for (i = 0; i < walk->arg->nr && walk->left && !rc; i++) {
		skip = min(before - min(before, walk->passed), pieces[i].length);
		rc = walk_piece(pin, walk, pieces[i].offset + skip, pieces[i].length - skip);
		walk->passed += pieces[i].length;
	}
	return rc < 0 ? rc : 0;
}

static int pieces_check(const struct pin *pin, const struct xen_pmem_pages *arg,
			const struct xen_pmem_piece *pieces, char *reason)
{
	u64 sum = 0;
	u32 i;

	for (i = 0; i < arg->nr; i++) {
		if ((pieces[i].offset | pieces[i].length) & ~PAGE_MASK || !pieces[i].length)
			return because(reason, -EINVAL, "piece %u is not of whole pages", i);
		if (pieces[i].offset > pin->length || pieces[i].length > pin->length - pieces[i].offset)
			return because(reason, -ERANGE, "piece %u is not within the device", i);
		sum += pieces[i].length;
	}
	if (arg->done > sum || arg->done & ~PAGE_MASK)
		return because(reason, -EINVAL, "done is not within the pieces");
	return 0;
}

static int pages_work(struct pin *pin, struct xen_pmem_pages *arg, bool hide)
{
	struct walk walk = { .arg = arg, .hide = hide, .left = XEN_PMEM_HIDE_MAX };
	struct xen_pmem_piece *pieces;
	int rc;

	pieces = vmemdup_user(u64_to_user_ptr(arg->pieces), arg->nr * sizeof(*pieces));
	if (IS_ERR(pieces))
		return PTR_ERR(pieces);
	rc = pieces_check(pin, arg, pieces, arg->reason);
	if (!rc && arg->extents) {
		walk.spans = kvmalloc_array(arg->room, sizeof(*walk.spans), GFP_KERNEL);
		rc = walk.spans ? 0 : -ENOMEM;
	}
	if (!rc)
		rc = walk_all(pin, &walk, pieces);
	if (arg->used && copy_to_user(u64_to_user_ptr(arg->extents), walk.spans,
				      arg->used * sizeof(*walk.spans)))
		rc = -EFAULT;
	kvfree(walk.spans);
	kvfree(pieces);
	return rc;
}

int pin_pages(struct xen_pmem_pages *arg, bool hide)
{
	struct pin *pin = pin_find(arg->uuid);
	int rc = 0;

	if (!pin)
		return -ENOENT;
	arg->used = 0;
	if (!xen_pv_domain())
		return because(arg->reason, -ENODEV, "dom0 is not a PV domain");
	if (!arg->nr || arg->nr > XEN_PMEM_PIECES_MAX || !arg->extents != !arg->room ||
	    arg->room > XEN_PMEM_PIECES_MAX * 4)
		return because(arg->reason, -EINVAL, "number of pieces or extents");
	if (hide)
		rc = pin->kind->alone(pin, arg->reason);
	if (!rc)
		rc = pages_work(pin, arg, hide);
	return rc;
}
