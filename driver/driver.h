/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files that claim namespaces share. main.c binds namespaces; claim.c keeps a claim on
 * one; medium.c reads and writes its bytes; attrs.c shows it in sysfs; disk.c is the block device
 * that ndctl looks for. Calls go from main to attrs to claim and disk to medium. pins.h has the
 * other half of the driver, which begins with ctl.c.
 */
#ifndef XEN_PMEM_DRIVER_PRIVATE_H
#define XEN_PMEM_DRIVER_PRIVATE_H

#include <linux/badblocks.h>
#include <linux/blkdev.h>
#include <linux/device.h>
#include <linux/ioport.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/uuid.h>

#include <xen-pmem/driver.h>
#include <xen-pmem/pin.h>

#include "compat.h"

#define LABEL_LEN	64	/* with its NUL, as in the label on the DIMM */

/* A namespace that is ours. It outlives its device if Xen serves the range when the device goes. */
struct claim {
	struct list_head orphan;	/* in claim.c's list of claims without a device */
	struct mutex lock;		/* guards held, leaving, and each access to the medium */
	bool held;			/* Xen serves the range; pins the module */
	bool handing;			/* held, but dom0 may have it: the next unbind ends it */
	bool leaving;			/* being unbound: can be held no more */
	struct resource *spa;		/* busy in iomem for as long as the claim exists */
	struct badblocks bb;		/* in sectors from spa->start */
	struct gendisk *disk;		/* as long as there is a device */
	enum xen_pmem_role role;
	uuid_t uuid;			/* until claim_open() is done, nil without a label */
	char label[LABEL_LEN];
	char name[48];			/* of the resource, which points to it */
};

/* The mode that a namespace is in, going by its medium. */
enum medium_mode {
	MEDIUM_RAW,
	MEDIUM_SECTOR,
	MEDIUM_PAGES,			/* fsdax or devdax */
};

/* main.c */
bool is_label_namespace(const struct device *dev);
bool is_persistent(struct device *dev);
int namespace_copy(struct xen_pmem_copy *arg, void *bytes);

/* claim.c */
struct claim *claim_open(struct device *dev, enum xen_pmem_role role);
void claim_close(struct device *dev, struct claim *claim);
int claim_set_held(struct claim *claim, bool held);
int claim_hand_over(struct claim *claim);
int claim_leave(struct claim *claim);
int claim_copy(struct device *dev, struct claim *claim, struct xen_pmem_copy *arg,
	       void *bytes);
void claim_find_badblocks(struct device *dev, struct claim *claim);

/*
 * medium.c: @len bytes at @off from the claim's start; the caller holds claim->lock and knows
 * that dom0 may touch them
 */
int medium_read(struct claim *claim, void *buf, u64 off, size_t len);
int medium_write(struct device *dev, struct claim *claim, const void *buf, u64 off, size_t len);
int medium_copy(struct device *dev, struct claim *claim, const struct xen_pmem_copy *arg,
		void *bytes);
enum medium_mode medium_mode(struct claim *claim, uuid_t *uuid);

/* attrs.c */
extern const struct attribute_group *xen_pmem_groups[];

/* disk.c */
int disk_add(struct device *dev, struct claim *claim);
void disk_remove(struct claim *claim);
void disk_follow_region(struct claim *claim);

#endif
