/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Claims: the driver's hold on a namespace that is for Xen. A claim reserves the namespace's range
 * until its device goes; if Xen serves the range at that time, the claim is parked until the same
 * namespace comes back.
 */
#ifndef XEN_PMEM_CLAIM_H
#define XEN_PMEM_CLAIM_H

#include <linux/badblocks.h>
#include <linux/blkdev.h>
#include <linux/device.h>
#include <linux/ioport.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/uuid.h>

#include <xen-pmem/driver.h>
#include <xen-pmem/pin.h>

#define LABEL_LEN	64		/* with its NUL, as in the label on the DIMM */

/*
 * Who may use the range. The edges are what is written to `held` (include/xen-pmem/driver.h), and
 * `unbind`:
 *
 *              1                 host
 *         .---------->       .----------->
 *    FREE              HELD                HANDING
 *     |   <----------'       <-----------'  |  |
 *     |        0                  1         |  |
 *     |   <---------------- 0 --------------'  |
 *     '-- unbind --> LEAVING     HANDED <------'
 *                                       unbind
 *
 * If the device goes without `unbind`, a HELD claim is parked, and goes on when the namespace comes
 * back; any other claim ends. HELD, HANDING and HANDED pin the module.
 */
enum claim_state {
	CLAIM_FREE,			/* dom0 may read and write the range */
	CLAIM_HELD,			/* Xen serves the range */
	CLAIM_HANDING,			/* Xen made the range dom0's own: unbind is let through */
	CLAIM_LEAVING,			/* being unbound; cannot be held any more */
	CLAIM_HANDED,			/* the same, and `held` is 1 until the claim ends */
};

struct claim {
	struct list_head parked;	/* in claim.c's list of claims without a device */
	struct mutex lock;		/* guards state, and each access to the bytes */
	enum claim_state state;
	struct resource *spa;		/* reserved in iomem while the claim exists */
	struct badblocks bb;		/* in sectors of 512 bytes from spa->start */
	struct gendisk *disk;		/* disk.h; as long as there is a device */
	enum xen_pmem_role role;
	uuid_t uuid;			/* nil until claim_open() is done if it has no label */
	char label[LABEL_LEN];		/* empty without a label */
	char name[48];			/* of the resource, which points to it */
};

/* Without claim->lock it is a hint. */
static inline bool claim_is_held(const struct claim *claim)
{
	enum claim_state state = READ_ONCE(claim->state);

	return state == CLAIM_HELD || state == CLAIM_HANDING || state == CLAIM_HANDED;
}

/*
 * The claim on the namespace @dev, whose label gives it @role: the parked one, or a new one. Or an
 * ERR_PTR: -ENODEV, another driver is to have the namespace; -EBUSY, its range is in use; -ENOMEM.
 * claim->disk is not set.
 */
struct claim *claim_open(struct device *dev, enum xen_pmem_role role);

/* For the device's end, or if it was not bound after all. */
void claim_close(struct device *dev, struct claim *claim);

/*
 * FREE to HELD, or back. When it returns 0 for @held, dom0 has no mapping of the range left, in
 * page tables or TLBs, that the driver made. -ENODEV: @held, and the claim is LEAVING or HANDED,
 * or the module is being unloaded.
 */
int claim_set_held(struct claim *claim, bool held);

/* HELD to HANDING. -EPERM: the claim is FREE or LEAVING, or not of role host. */
int claim_hand_over(struct claim *claim);

/*
 * FREE to LEAVING, or HANDING to HANDED. The caller to whom this returns 0 unbinds the device;
 * -EBUSY: the claim is HELD, or another caller unbinds it.
 */
int claim_leave(struct claim *claim);

/* Adds to the claim's bad blocks those that libnvdimm knows of. */
void claim_find_badblocks(struct device *dev, struct claim *claim);

/*
 * XEN_PMEM_IOC_COPY: between @bytes, of arg->length, and the namespace arg->namespace, which must
 * be bound to @drv. The device's lock is held meanwhile, so @bytes is kernel memory. Errors as in
 * include/xen-pmem/pin.h, with arg->reason.
 */
int claim_copy(struct device_driver *drv, struct xen_pmem_copy *arg, void *bytes);

#endif
