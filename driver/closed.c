// SPDX-License-Identifier: GPL-2.0-only
/*
 * What stands in for the file operations of pinned things: takes theirs, and hands out such whose
 * open returns EBUSY, with nothing else in them.
 *
 * The VFS reads the pointer to the operations more than once while it takes a reference to their
 * module, and gives that of what it read last back. So ours have the same owner as those that they
 * stand in for, which means that an opener holds nothing of this module: busy_wait() sees to it
 * that none is left before the pin, and with it the module, may go.
 */
#include <linux/delay.h>
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>

#include "pins.h"

struct busy {
	struct list_head list;
	const struct file_operations *own;
	struct file_operations ops;
};

static DEFINE_MUTEX(busy_lock);
static LIST_HEAD(busy_list);		/* under busy_lock; until the module's exit */
static DEFINE_MUTEX(opener_lock);
static struct task_struct *opener;	/* who may open nevertheless; set under opener_lock */

static int busy_open(struct inode *inode, struct file *file)
{
	return READ_ONCE(opener) == current ? 0 : -EBUSY;
}

bool is_busy(const struct file_operations *ops)
{
	return ops->open == busy_open;
}

/* There is one for each kind of thing, so they are few. NULL: no memory. */
static const struct file_operations *busy_add(const struct file_operations *own)
{
	struct busy *busy;

	list_for_each_entry(busy, &busy_list, list)
		if (busy->own == own && busy->ops.owner == own->owner)
			return &busy->ops;
	busy = kzalloc(sizeof(*busy), GFP_KERNEL);
	if (!busy)
		return NULL;
	busy->own = own;
	busy->ops.owner = own->owner;
	busy->ops.open = busy_open;
	list_add(&busy->list, &busy_list);
	return &busy->ops;
}

const struct file_operations *busy_find(const struct file_operations *own)
{
	const struct file_operations *ops;

	if (is_busy(own))
		return own;
	mutex_lock(&busy_lock);
	ops = busy_add(own);
	mutex_unlock(&busy_lock);
	return ops;
}

/* A fanotify listener, which may not answer, is not asked (__FMODE_NONOTIFY). */
struct file *busy_pass(const struct path *path, int flags, const struct cred *cred)
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
 * Called when the thing has its own operations again. Whoever is on the way into busy_open(), and
 * may sleep there (leases, security modules), refers to the thing since before it read the
 * operations: if @alone finds nobody who does, nobody is. Others who open it or have it open
 * now look the same; then there is no telling, and the module stays for good.
 */
void busy_wait(struct pin *pin, bool (*alone)(struct pin *pin))
{
	int tries;

	smp_mb();
	for (tries = 0; tries < 50; tries++) {
		if (alone(pin))
			return;
		msleep(10);
	}
	pr_info("xen-pmem: %s is open again already: the module cannot be unloaded any more\n", pin->path);
	__module_get(THIS_MODULE);
}

/* Who has failed to open reads the owner once more, without sleeping between. */
void busy_exit(void)
{
	struct busy *busy, *next;

	synchronize_rcu_tasks();
	list_for_each_entry_safe(busy, next, &busy_list, list)
		kfree(busy);
}
