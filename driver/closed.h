/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Closed file operations: they replace those of a pinned file or device, and their open() fails
 * (EBUSY). They have nothing else in them.
 */
#ifndef XEN_PMEM_CLOSED_H
#define XEN_PMEM_CLOSED_H

#include <linux/cred.h>
#include <linux/fs.h>

/* The closed operations in place of @own; @own if they are closed already. NULL: no memory. */
const struct file_operations *closed_ops(const struct file_operations *own);

bool is_closed(const struct file_operations *ops);

/* dentry_open() of a closed file. A fanotify listener, which may not answer, is not asked. */
struct file *closed_open(const struct path *path, int flags, const struct cred *cred);

/*
 * Called after a thing got its own operations back. Waits until nobody can be in the closed open()
 * any more: until @is_unused(@thing), which says whether nobody refers to the thing, or for half a
 * second. After that the module stays for good; the log says so, with @path.
 */
void closed_wait(bool (*is_unused)(const void *thing), const void *thing, const char *path);

/* At the module's exit: frees all closed operations. */
void closed_exit(void);

#endif
