/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files that pin and hide share. ctl.c takes the calls of include/xen-pmem/pin.h apart;
 * pin.c keeps the pins; pinfile.c, pinblock.c and pindax.c know how each kind is kept to
 * ourselves; hide.c takes dom0's page table entries away. Calls go in this order.
 */
#ifndef XEN_PMEM_PINS_H
#define XEN_PMEM_PINS_H

#include <linux/blkdev.h>
#include <linux/dax.h>
#include <linux/fs.h>
#include <linux/list.h>
#include <linux/path.h>
#include <linux/pgtable.h>

#include <xen-pmem/pin.h>

struct pin;

struct pin_kind {
	u32 id;
	/*
	 * Keeps what @file is to the pin, and sets size, and dax with start and length; undoes
	 * all of it if it fails. @reason is the caller's, of XEN_PMEM_REASON bytes.
	 */
	int (*take)(struct pin *pin, struct file *file, char *reason);
	void (*give)(struct pin *pin);
	/* Whether nobody but the pin can reach the pages now, before any are hidden. */
	int (*alone)(struct pin *pin, char *reason);
};

struct pin {
	struct list_head list;
	const struct pin_kind *kind;
	u8 uuid[16];
	u32 domain;
	u64 size;
	u64 hidden;			/* bytes */
	pteval_t prot;			/* of the entries that were taken away; 0: none yet */
	char path[sizeof_field(struct xen_pmem_pin, path)];

	struct dax_device *dax;		/* NULL for a dax character device */
	u64 start;			/* of the device in dax, or in memory */
	u64 length;			/* of the device */

	struct path at;			/* of a file; holds the mount */
	const struct file_operations *fops;	/* the file's own */
	unsigned int opened;		/* files that are open through XEN_PMEM_IOC_OPEN */
	bool denied;			/* nobody can get the file for writing any more */

	struct block_device *bdev;	/* the one that is opened exclusively */
	struct cdev *cdev;
};

#define REASON_LEN	sizeof_field(struct xen_pmem_pin, reason)

/* pin.c */
__printf(3, 4) int because(char *reason, int rc, const char *format, ...);	/* rc */
int pin_create(struct xen_pmem_pin *arg, struct file *file);
int pin_end(struct xen_pmem_pin *arg);
int pin_query(struct xen_pmem_pin *arg);
int pin_open(struct xen_pmem_pin *arg);
int pin_pages(struct xen_pmem_pages *arg, bool hide);
struct pin *pin_of_inode(const struct inode *inode);
extern struct mutex pins_lock;		/* guards all pins and all that they hold */

/* pinfile.c, pinblock.c, pindax.c */
extern const struct pin_kind pin_file, pin_block, pin_devdax;
struct file *pin_file_open(struct pin *pin);
int pin_dax(struct pin *pin, struct block_device *bdev, char *reason);

/*
 * hide.c: of @nr pages from @kaddr on, which are those from @pfn on, the entries of dom0's direct
 * map are taken away, or put back with protection *@prot. *@done: the pages that are so now;
 * *@changed: those that were not before.
 */
struct hide {
	unsigned long kaddr;
	unsigned long pfn;
	unsigned long nr;
	pteval_t *prot;
	unsigned long done;
	unsigned long changed;
};

int hide_pages(struct hide *hide, char *reason);
int show_pages(struct hide *hide, char *reason);

/* ctl.c */
int ctl_register(void);
void ctl_unregister(void);

/* copy.c */
int copy_call(struct xen_pmem_copy *arg);

#endif
