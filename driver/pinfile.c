// SPDX-License-Identifier: GPL-2.0-only
/*
 * Regular files: takes an open file on a DAX filesystem, and keeps it as swap files are kept,
 * and closed to everybody (busy.c).
 */
#include <linux/cred.h>
#include <linux/fs.h>
#include <linux/fileattr.h>
#include <linux/module.h>
#include <linux/mount.h>
#include <linux/pagemap.h>

#include "pins.h"

static DEFINE_SPINLOCK(files_lock);	/* guards the list, and opened of each pin in it */
static LIST_HEAD(files);

static void file_note(struct pin *pin)
{
	spin_lock(&files_lock);
	list_add(&pin->kept, &files);
	spin_unlock(&files_lock);
}

static void file_forget(struct pin *pin)
{
	spin_lock(&files_lock);
	list_del(&pin->kept);
	spin_unlock(&files_lock);
}

/*
 * There may be two of one file: a pin that ends, and a new one. Then no descriptor of the former
 * is open, or the new one would have been refused; so the new one, which is first, is meant.
 */
static struct pin *file_find(const struct inode *inode)
{
	struct pin *pin;

	list_for_each_entry(pin, &files, kept)
		if (d_inode(pin->at.dentry) == inode)
			return pin;
	return NULL;
}

static int pinned_release(struct inode *inode, struct file *file)
{
	struct pin *pin;

	spin_lock(&files_lock);
	pin = file_find(inode);
	if (pin)
		pin->opened--;
	spin_unlock(&files_lock);
	return 0;
}

/* No reading, writing, mapping, and no ioctls of the filesystem's; the VFS does FIEMAP itself. */
static const struct file_operations pinned_fops = {
	.owner = THIS_MODULE,
	.release = pinned_release,
};

struct file *pin_file_open(struct pin *pin)
{
	const struct file_operations *ops = &pinned_fops;
	struct file *file;

	file = busy_pass(&pin->at, O_RDONLY | O_LARGEFILE, current_cred());
	if (IS_ERR(file))
		return file;
	replace_fops(file, fops_get(ops));
	spin_lock(&files_lock);
	pin->opened++;
	spin_unlock(&files_lock);
	return file;
}

static bool is_realtime(struct dentry *dentry)
{
	struct fileattr attr = {};

	return !vfs_fileattr_get(dentry, &attr) && attr.fsx_xflags & FS_XFLAG_REALTIME;
}

static int file_check(struct file *file, char *reason)
{
	struct inode *inode = file_inode(file);
	const fmode_t both = FMODE_READ | FMODE_WRITE;

	if (!IS_DAX(inode) || !inode->i_sb->s_bdev)
		return because(reason, -EOPNOTSUPP, "no DAX: the file is in the page cache");
	if (sb_rdonly(inode->i_sb) || __mnt_is_readonly(file->f_path.mnt))
		return because(reason, -EROFS, "its filesystem is mounted read-only");
	if (IS_IMMUTABLE(inode) || IS_APPEND(inode))
		return because(reason, -EPERM, "immutable or append-only (chattr)");
	if ((file->f_mode & both) != both)
		return because(reason, -EBADF, "must be open for reading and writing");
	if (is_realtime(file->f_path.dentry))
		return because(reason, -EOPNOTSUPP, "its blocks are on the filesystem's realtime device");
	if (!i_size_read(inode) || i_size_read(inode) & ~PAGE_MASK)
		return because(reason, -EINVAL, "its size, %lld, is not a multiple of 4096",
			       i_size_read(inode));
	return 0;
}

/* @writers: how many have it open for writing, and are known. */
static int strangers_check(struct pin *pin, int writers, char *reason)
{
	struct inode *inode = d_inode(pin->at.dentry);

	/* Before this whoever opens it counts itself, then looks at i_fop. */
	smp_mb();
	if (atomic_read(&inode->i_writecount) < 0 && !pin->denied)
		return because(reason, -EBUSY, "it is being executed");
	if (atomic_read(&inode->i_writecount) > writers)
		return because(reason, -EBUSY, "somebody has it open for writing");
	if (atomic_read(&inode->i_readcount) > READ_ONCE(pin->opened))
		return because(reason, -EBUSY, "somebody has it open");
	if (mapping_mapped(inode->i_mapping))
		return because(reason, -EBUSY, "somebody has it mapped");
	return 0;
}

static int layout_keep(struct pin *pin, char *reason)
{
	struct inode *inode = d_inode(pin->at.dentry);
	const struct file_operations *busy = busy_find(inode->i_fop);
	int rc = 0;

	if (!busy)
		return -ENOMEM;
	inode_lock(inode);
	if (IS_SWAPFILE(inode) || is_busy(inode->i_fop)) {
		rc = because(reason, -EBUSY, "in use as a swap file, or pinned");
	} else {
		inode->i_flags |= S_SWAPFILE;
		pin->fops = inode->i_fop;
		WRITE_ONCE(inode->i_fop, busy);
	}
	inode_unlock(inode);
	return rc;
}

/*
 * Whether nobody refers to any name of the file, besides the pin and what XEN_PMEM_IOC_OPEN has
 * given: openers do, those of no access mode, whom the inode does not count, too.
 */
static bool is_unused(struct pin *pin)
{
	struct inode *inode = d_inode(pin->at.dentry);
	struct dentry *name;
	int count = 0;

	spin_lock(&inode->i_lock);
	hlist_for_each_entry(name, &inode->i_dentry, d_u.d_alias)
		count += d_count(name);
	spin_unlock(&inode->i_lock);
	return count <= 1 + READ_ONCE(pin->opened) + (pin->state == PIN_MAKING);
}

static void layout_let(struct pin *pin)
{
	struct inode *inode = d_inode(pin->at.dentry);

	inode_lock(inode);
	WRITE_ONCE(inode->i_fop, pin->fops);
	inode->i_flags &= ~S_SWAPFILE;
	inode_unlock(inode);
	busy_wait(pin, is_unused);
}

/* What DAX remembers of the file: writing it back later would be access to the pages. */
static int cache_drop(struct inode *inode, char *reason)
{
	int rc;

	rc = filemap_write_and_wait(inode->i_mapping);
	if (rc)
		return because(reason, rc, "what dom0 has cached cannot be written back");
	inode_lock(inode);
	filemap_invalidate_lock(inode->i_mapping);
	rc = invalidate_inode_pages2(inode->i_mapping);
	filemap_invalidate_unlock(inode->i_mapping);
	inode_unlock(inode);
	return rc ? because(reason, -EBUSY, "somebody uses it") : 0;
}

static int file_keep(struct pin *pin, struct file *file, char *reason)
{
	int rc;

	rc = pin_dax(pin, file_inode(file)->i_sb->s_bdev, reason);
	if (rc)
		return rc;
	pin->at = file->f_path;
	path_get(&pin->at);
	/* Once more below, when nobody new can be; but whom this refuses has seen nothing of us. */
	rc = strangers_check(pin, 1, reason);
	if (!rc)
		rc = layout_keep(pin, reason);
	if (rc)
		goto put;
	rc = strangers_check(pin, 1, reason);
	if (rc)
		goto let;
	rc = vfs_fsync(file, 0);
	if (rc) {
		rc = because(reason, rc, "cannot be written back (fsync)");
		goto let;
	}
	rc = cache_drop(file_inode(file), reason);
	if (rc)
		goto let;
	pin->size = i_size_read(file_inode(file));
	file_note(pin);
	return 0;

let:
	layout_let(pin);
put:
	path_put(&pin->at);
	put_dax(pin->dax);
	return rc;
}

/* A frozen filesystem is not waited for. One that is to be frozen meanwhile waits for us. */
static int file_take(struct pin *pin, struct file *file, char *reason)
{
	struct super_block *sb = file_inode(file)->i_sb;
	int rc;

	rc = file_check(file, reason);
	if (rc)
		return rc;
	if (!sb_start_write_trylock(sb))
		return because(reason, -EBUSY, "its filesystem is frozen (fsfreeze --unfreeze)");
	rc = file_keep(pin, file, reason);
	sb_end_write(sb);
	return rc;
}

static void file_give(struct pin *pin)
{
	if (pin->denied)
		atomic_inc(&d_inode(pin->at.dentry)->i_writecount);
	layout_let(pin);
	file_forget(pin);
	put_dax(pin->dax);
	path_put(&pin->at);
}

static int file_alone(struct pin *pin, char *reason)
{
	struct inode *inode = d_inode(pin->at.dentry);
	int rc;

	/* As the kernel does while a file is executed: truncate(2) by its path is refused too. */
	if (!pin->denied && atomic_dec_unless_positive(&inode->i_writecount))
		pin->denied = true;
	rc = strangers_check(pin, 0, reason);
	/* The tool, or who had its descriptor, may have written after PIN. */
	return rc || pin->hidden ? rc : cache_drop(inode, reason);
}

const struct pin_kind pin_file = {
	.id = XEN_PMEM_PIN_FILE,
	.take = file_take,
	.give = file_give,
	.alone = file_alone,
};
