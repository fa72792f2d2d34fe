// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pins of regular files on DAX filesystems. A pinned file is marked as swap files are, so that its
 * blocks stay where they are, and is closed to everybody (closed.h).
 */
#include <linux/cred.h>
#include <linux/delay.h>
#include <linux/fs.h>
#include <linux/fileattr.h>
#include <linux/module.h>
#include <linux/mount.h>
#include <linux/pagemap.h>

#include "closed.h"
#include "kind.h"
#include "reason.h"

static DEFINE_SPINLOCK(kept_lock);	/* guards the list, and opened of each pin in it */
static LIST_HEAD(kept_files);

static void kept_add(struct pin *pin)
{
	spin_lock(&kept_lock);
	list_add(&pin->kept, &kept_files);
	spin_unlock(&kept_lock);
}

static void kept_remove(struct pin *pin)
{
	spin_lock(&kept_lock);
	list_del(&pin->kept);
	spin_unlock(&kept_lock);
}

/*
 * Two pins of one file are there while one ends and another is new. The new one, which is first in
 * the list, is meant: it was made, so no descriptor of the former was open.
 */
static struct pin *kept_find(const struct inode *inode)
{
	struct pin *pin;

	list_for_each_entry(pin, &kept_files, kept)
		if (d_inode(pin->at.dentry) == inode)
			return pin;
	return NULL;
}

static int pinned_release(struct inode *inode, struct file *file)
{
	struct pin *pin;

	spin_lock(&kept_lock);
	pin = kept_find(inode);
	if (pin)
		pin->opened--;
	spin_unlock(&kept_lock);
	return 0;
}

/* Without read, write, mmap, and the filesystem's ioctls; the VFS does FIEMAP itself. */
static const struct file_operations pinned_fops = {
	.owner = THIS_MODULE,
	.release = pinned_release,
};

struct file *pin_file_open(struct pin *pin)
{
	const struct file_operations *ops = &pinned_fops;
	struct file *file;

	file = closed_open(&pin->at, O_RDONLY | O_LARGEFILE, current_cred());
	if (IS_ERR(file))
		return file;
	replace_fops(file, fops_get(ops));
	spin_lock(&kept_lock);
	pin->opened++;
	spin_unlock(&kept_lock);
	return file;
}

static bool file_is_realtime(struct dentry *dentry)
{
	struct fileattr attr = {};

	return !vfs_fileattr_get(dentry, &attr) && attr.fsx_xflags & FS_XFLAG_REALTIME;
}

static int file_check(struct file *file, char *reason)
{
	struct inode *inode = file_inode(file);
	const fmode_t both = FMODE_READ | FMODE_WRITE;

	if (!IS_DAX(inode) || !inode->i_sb->s_bdev)
		return fail(reason, -EOPNOTSUPP, "no DAX: the file is in the page cache");
	if (sb_rdonly(inode->i_sb) || __mnt_is_readonly(file->f_path.mnt))
		return fail(reason, -EROFS, "its filesystem is mounted read-only");
	if (IS_IMMUTABLE(inode) || IS_APPEND(inode))
		return fail(reason, -EPERM, "immutable or append-only (chattr)");
	if ((file->f_mode & both) != both)
		return fail(reason, -EBADF, "must be open for reading and writing");
	if (file_is_realtime(file->f_path.dentry))
		return fail(reason, -EOPNOTSUPP,
			    "its blocks are on the filesystem's realtime device");
	if (!i_size_read(inode) || i_size_read(inode) & ~PAGE_MASK)
		return fail(reason, -EINVAL, "its size, %lld, is not a multiple of 4096",
			    i_size_read(inode));
	return 0;
}

static bool file_has_readers(const struct pin *pin)
{
	return atomic_read(&d_inode(pin->at.dentry)->i_readcount) > READ_ONCE(pin->opened);
}

/* The kernel calls pinned_release() of a closed descriptor before it lowers i_readcount. */
static void readers_wait(const struct pin *pin)
{
	int tries;

	for (tries = 0; tries < 5 && file_has_readers(pin); tries++)
		msleep(10);
}

static int file_check_users(struct pin *pin, char *reason)
{
	struct inode *inode = d_inode(pin->at.dentry);

	/* An opener counts itself, then reads i_fop; we have written i_fop, and read the counts. */
	smp_mb();
	if (atomic_read(&inode->i_writecount) < 0 && !pin->denied)
		return fail(reason, -EBUSY, "it is being executed");
	/* The maker of a pin has the file open for writing. */
	if (atomic_read(&inode->i_writecount) > (pin->state == PIN_MAKING))
		return fail(reason, -EBUSY, "another program has it open for writing");
	if (file_has_readers(pin))
		return fail(reason, -EBUSY, "another program has it open");
	if (mapping_mapped(inode->i_mapping))
		return fail(reason, -EBUSY, "another program has it mapped");
	return 0;
}

static int layout_pin(struct pin *pin, char *reason)
{
	struct inode *inode = d_inode(pin->at.dentry);
	const struct file_operations *closed = closed_ops(inode->i_fop);
	int rc = 0;

	if (!closed)
		return -ENOMEM;
	inode_lock(inode);
	if (IS_SWAPFILE(inode) || is_closed(inode->i_fop)) {
		rc = fail(reason, -EBUSY, "in use as a swap file, or pinned");
	} else {
		inode->i_flags |= S_SWAPFILE;
		pin->fops = inode->i_fop;
		WRITE_ONCE(inode->i_fop, closed);
	}
	inode_unlock(inode);
	return rc;
}

/*
 * Whether only the pin, its maker and the descriptors of XEN_PMEM_IOC_OPEN refer to a name of the
 * file. All openers do, also those without an access mode, which the inode does not count.
 */
static bool file_is_unused(const void *thing)
{
	const struct pin *pin = thing;
	struct inode *inode = d_inode(pin->at.dentry);
	struct dentry *name;
	int count = 0;

	spin_lock(&inode->i_lock);
	hlist_for_each_entry(name, &inode->i_dentry, d_u.d_alias)
		count += d_count(name);
	spin_unlock(&inode->i_lock);
	return count <= 1 + READ_ONCE(pin->opened) + (pin->state == PIN_MAKING);
}

static void layout_unpin(struct pin *pin)
{
	struct inode *inode = d_inode(pin->at.dentry);

	inode_lock(inode);
	WRITE_ONCE(inode->i_fop, pin->fops);
	inode->i_flags &= ~S_SWAPFILE;
	inode_unlock(inode);
	closed_wait(file_is_unused, pin, pin->path);
}

/* DAX writes back what it remembers of the file, and would access hidden pages then. */
static int cache_drop(struct inode *inode, char *reason)
{
	int rc;

	rc = filemap_write_and_wait(inode->i_mapping);
	if (rc)
		return fail(reason, rc, "dom0's cache of it cannot be written back");
	inode_lock(inode);
	filemap_invalidate_lock(inode->i_mapping);
	rc = invalidate_inode_pages2(inode->i_mapping);
	filemap_invalidate_unlock(inode->i_mapping);
	inode_unlock(inode);
	return rc ? fail(reason, -EBUSY, "somebody uses it") : 0;
}

static int file_take(struct pin *pin, struct file *file, char *reason)
{
	int rc;

	rc = stretch_device_open(&pin->device, file_inode(file)->i_sb->s_bdev, reason);
	if (rc)
		return rc;
	pin->at = file->f_path;
	path_get(&pin->at);
	/* A first check: a file that it refuses was never closed. The second one counts. */
	rc = file_check_users(pin, reason);
	if (!rc)
		rc = layout_pin(pin, reason);
	if (rc)
		goto put;
	rc = file_check_users(pin, reason);
	if (rc)
		goto unpin;
	rc = vfs_fsync(file, 0);
	if (rc) {
		rc = fail(reason, rc, "cannot be written back (fsync)");
		goto unpin;
	}
	rc = cache_drop(file_inode(file), reason);
	if (rc)
		goto unpin;
	pin->size = i_size_read(file_inode(file));
	kept_add(pin);
	return 0;

unpin:
	layout_unpin(pin);
put:
	path_put(&pin->at);
	stretch_device_close(&pin->device);
	return rc;
}

/* Does not wait for a frozen filesystem. A filesystem that is to be frozen meanwhile waits. */
static int file_begin(struct pin *pin, struct file *file, char *reason)
{
	struct super_block *sb = file_inode(file)->i_sb;
	int rc;

	rc = file_check(file, reason);
	if (rc)
		return rc;
	if (!sb_start_write_trylock(sb))
		return fail(reason, -EBUSY, "its filesystem is frozen (fsfreeze --unfreeze)");
	rc = file_take(pin, file, reason);
	sb_end_write(sb);
	return rc;
}

static void file_end(struct pin *pin)
{
	if (pin->denied)
		atomic_inc(&d_inode(pin->at.dentry)->i_writecount);
	layout_unpin(pin);
	kept_remove(pin);
	stretch_device_close(&pin->device);
	path_put(&pin->at);
}

static int file_before_hide(struct pin *pin, char *reason)
{
	struct inode *inode = d_inode(pin->at.dentry);
	int rc;

	/* As while a file is executed: the kernel refuses truncate(2) by its path then. */
	if (!pin->denied && atomic_dec_unless_positive(&inode->i_writecount))
		pin->denied = true;
	readers_wait(pin);
	rc = file_check_users(pin, reason);
	/* The holder of PIN's descriptor may have written after PIN. */
	return rc || pin->hidden ? rc : cache_drop(inode, reason);
}

const struct pin_kind pin_file = {
	.id = XEN_PMEM_PIN_FILE,
	.begin = file_begin,
	.end = file_end,
	.before_hide = file_before_hide,
};
