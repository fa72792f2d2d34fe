/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files that pin and hide share. ctl.c takes the calls of include/xen-pmem/pin.h apart;
 * pin.c keeps the pins; pinfile.c, pinblock.c and pindax.c know how each kind is kept to
 * ourselves; busy.c has what is opened say no; pages.c finds the pages; gate.c keeps block I/O
 * from hidden ones; hide.c takes dom0's page table entries away. Calls go in this order.
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
	/* Before hidden pages are shown; may be NULL. */
	void (*regain)(struct pin *pin);
};

/*
 * What is done with a pin. The caller that set MAKING or WORKING has the pin to itself; others wait.
 *
 *   PIN -> MAKING -> IDLE <-> WORKING -> gone
 */
enum pin_state {
	PIN_MAKING,			/* not there yet for others; its maker still has it open */
	PIN_IDLE,
	PIN_WORKING,			/* a call is at work on it */
};

/* Belongs to the caller at work on it, but for list, state and what QUERY reports. */
struct pin {
	struct list_head list;		/* in pin.c */
	enum pin_state state;
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
	struct class *class;		/* of block devices */

	struct list_head kept;		/* of a file, in pinfile.c */
	struct path at;			/* of a file; holds the mount */
	const struct file_operations *fops;	/* the file's, or the cdev's, own */
	unsigned int opened;		/* descriptors of XEN_PMEM_IOC_OPEN */
	bool denied;			/* nobody can get the file for writing any more */

	struct block_device *bdev;	/* the one that is opened exclusively */

	struct cdev *cdev;		/* of a dax character device */
	struct address_space *mapping;
};

#define REASON_LEN	sizeof_field(struct xen_pmem_pin, reason)

/* pin.c */
__printf(3, 4) int because(char *reason, int rc, const char *format, ...);	/* rc */
int pin_create(struct xen_pmem_pin *arg, struct file *file);
int pin_end(struct xen_pmem_pin *arg);
int pin_query(struct xen_pmem_pin *arg);
int pin_open(struct xen_pmem_pin *arg);
struct pin *pin_work_begin(const u8 *uuid);	/* -ENOENT, or a deadly signal's */
void pin_work_end(struct pin *pin);
int pin_dax(struct pin *pin, struct block_device *bdev, char *reason);

/* pinfile.c, pinblock.c, pindax.c */
extern const struct pin_kind pin_file, pin_block, pin_devdax;
struct file *pin_file_open(struct pin *pin);

/*
 * busy.c: whose open() fails, for files and devices alike. @alone: whether nobody is on the way
 * into it.
 */
const struct file_operations *busy_find(const struct file_operations *own);
bool is_busy(const struct file_operations *ops);
struct file *busy_pass(const struct path *path, int flags, const struct cred *cred);
void busy_wait(struct pin *pin, bool (*alone)(struct pin *pin));
void busy_exit(void);

/* pages.c */
int pages_work(struct xen_pmem_pages *arg, bool take);
int pages_check(struct pin *pin, u64 at, char *reason);

/*
 * gate.c: whether @pfn is an NVDIMM's, whose block device then leaves hidden pages alone; all of
 * those devices wait between gates_shut() and gates_open(), and so do other callers. Gates stay
 * until the last of those that called gates_get() has called gates_put().
 */
void gates_get(void);
void gates_put(void);
int gate_find(struct class *class, unsigned long pfn, char *reason);
bool gate_has(unsigned long pfn);	/* between gates_shut() and gates_open() */
void gates_shut(void);
void gates_open(void);
int gates_init(void);
void gates_exit(void);

/*
 * hide.c: pages one by one, which it changes in batches, @most of them; if that is 0, none at all.
 * @at is how far the caller is; if Xen refuses a page, that of the page is told.
 */
struct hide;

struct hide *hide_begin(bool take, pteval_t *prot, unsigned long most);
int hide_page(struct hide *hide, unsigned long kaddr, unsigned long pfn, u64 at, char *reason);
int hide_flush(struct hide *hide, u64 *at, char *reason);
unsigned long hide_end(struct hide *hide);	/* how many pages it changed */
bool is_hidden(unsigned long kaddr);

/* ctl.c */
int ctl_register(void);
void ctl_unregister(void);

#endif
