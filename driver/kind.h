/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A pin, and what each kind of thing that can be pinned does with it: pinfile.c a regular file,
 * pinblock.c a block device, pindax.c a dax character device. pin.c owns pins and calls the kinds.
 */
#ifndef XEN_PMEM_KIND_H
#define XEN_PMEM_KIND_H

#include <linux/cdev.h>
#include <linux/fs.h>
#include <linux/list.h>
#include <linux/path.h>
#include <linux/pgtable.h>

#include <xen-pmem/pin.h>

#include "stretch.h"

struct pin;

/*
 * A call is made by the caller that works on the pin (pin.h), without any lock. It may wait for a
 * filesystem or a device. It returns 0 or -errno, with a line in @reason (reason.h). Errors are
 * those in include/xen-pmem/pin.h.
 */
struct pin_kind {
	u32 id;				/* XEN_PMEM_PIN_* */
	/*
	 * PIN: keeps what @file is from everybody else. Sets pin->size and pin->device. A failure
	 * undoes all of it.
	 */
	int (*begin)(struct pin *pin, struct file *file, char *reason);
	/* UNPIN: undoes begin(). */
	void (*end)(struct pin *pin);
	/* HIDE: makes sure that only the pin can reach the pages, and that no cache has them. */
	int (*before_hide)(struct pin *pin, char *reason);
	/* SHOW, if pages are hidden. May be NULL. */
	void (*before_show)(struct pin *pin);
};

/*
 * What is done with a pin. The caller that set MAKING or WORKING has the pin to itself; the others
 * wait.
 *
 *   PIN -> MAKING -> IDLE <-> WORKING -> gone
 */
enum pin_state {
	PIN_MAKING,			/* not there for others; its maker still has it open */
	PIN_IDLE,
	PIN_WORKING,
};

/* All but list and state belong to the caller that works on the pin. */
struct pin {
	struct list_head list;		/* in pin.c */
	enum pin_state state;
	const struct pin_kind *kind;
	u8 uuid[16];
	u32 domain;
	u64 size;			/* bytes */
	u64 hidden;			/* bytes; QUERY reads it at any time */
	pteval_t prot;			/* flags of the cleared entries (hide.h) */
	char path[sizeof_field(struct xen_pmem_pin, path)];
	struct stretch_device device;	/* that the pinned thing is, or lies on */

	/* Of a regular file or a dax character device: */
	const struct file_operations *fops;	/* its own */

	/* Of a regular file: */
	struct list_head kept;		/* in pinfile.c */
	struct path at;			/* holds the mount */
	unsigned int opened;		/* descriptors of XEN_PMEM_IOC_OPEN */
	bool denied;			/* nobody can get the file for writing any more */

	/* Of a block device: */
	struct bdev_pinned block;

	/* Of a dax character device: */
	struct cdev *cdev;
	struct address_space *mapping;
};

extern const struct pin_kind pin_file, pin_block, pin_devdax;

/* A new open file of a pinned regular file, for XEN_PMEM_IOC_OPEN; or an ERR_PTR. */
struct file *pin_file_open(struct pin *pin);

#endif
