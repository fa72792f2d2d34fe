// SPDX-License-Identifier: GPL-2.0-only
/*
 * Closed file operations. The VFS reads the pointer to a thing's operations more than once while it
 * takes a reference to their module, and drops the reference of the pointer that it read last. So
 * closed operations have the same owner as those that they replace. Hence an opener has no
 * reference to this module. closed_wait() waits for openers before the pin ends: the module may go
 * then.
 */
#include <linux/delay.h>
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>

#include "closed.h"

struct closed {
	struct list_head list;
	const struct file_operations *own;
	struct file_operations ops;
};

static DEFINE_MUTEX(closed_lock);
static LIST_HEAD(closed_list);		/* under closed_lock; until the module's exit */
static DEFINE_MUTEX(opener_lock);
static struct task_struct *opener;	/* the task in closed_open(); set under opener_lock */

static int closed_open_file(struct inode *inode, struct file *file)
{
	return READ_ONCE(opener) == current ? 0 : -EBUSY;
}

bool is_closed(const struct file_operations *ops)
{
	return ops->open == closed_open_file;
}

/* There is one for each kind of thing, so they are few. */
static const struct file_operations *ops_find(const struct file_operations *own)
{
	struct closed *closed;

	list_for_each_entry(closed, &closed_list, list)
		if (closed->own == own && closed->ops.owner == own->owner)
			return &closed->ops;
	closed = kzalloc(sizeof(*closed), GFP_KERNEL);
	if (!closed)
		return NULL;
	closed->own = own;
	closed->ops.owner = own->owner;
	closed->ops.open = closed_open_file;
	list_add(&closed->list, &closed_list);
	return &closed->ops;
}

const struct file_operations *closed_ops(const struct file_operations *own)
{
	const struct file_operations *ops;

	if (is_closed(own))
		return own;
	mutex_lock(&closed_lock);
	ops = ops_find(own);
	mutex_unlock(&closed_lock);
	return ops;
}

struct file *closed_open(const struct path *path, int flags, const struct cred *cred)
{
	struct file *file;

	mutex_lock(&opener_lock);
	WRITE_ONCE(opener, current);
	file = dentry_open(path, flags | (__force int)__FMODE_NONOTIFY, cred);
	WRITE_ONCE(opener, NULL);
	mutex_unlock(&opener_lock);
	return file;
}

/*
 * An opener may sleep in closed_open_file(), in leases and security modules. It refers to the thing
 * since before it read the operations. So once @is_unused() returns true, every opener has left
 * closed_open_file(). A caller that has opened the thing since it was unpinned refers to it too, so
 * @is_unused() cannot tell the two apart, and the wait is limited.
 */
void closed_wait(bool (*is_unused)(const void *thing), const void *thing, const char *path)
{
	int tries;

	smp_mb();
	for (tries = 0; tries < 50; tries++) {
		if (is_unused(thing))
			return;
		msleep(10);
	}
	pr_info("xen-pmem: %s is open again already: the module cannot be unloaded any more\n",
		path);
	__module_get(THIS_MODULE);
}

/* An opener that failed reads the owner once more, and does not sleep before. */
void closed_exit(void)
{
	struct closed *closed, *next;

	synchronize_rcu_tasks();
	list_for_each_entry_safe(closed, next, &closed_list, list)
		kfree(closed);
}
