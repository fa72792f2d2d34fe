/* SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-only */
/*
 * What dom0's driver (xen_pmem.ko) shows of the namespaces that it claimed, and which ones it claims. Taken by the driver and by libxenpmem.
 *
 * A namespace is claimed for its label name (ndctl create-namespace -n NAME), see xen_pmem_label_role(). In raw mode it is for guests, or the reserved area;
 * in fsdax or devdax mode one that would be for guests is held back, as role host, until Xen has made it dom0's own pages: then the driver lets it go, and
 * nd_pmem or dax_pmem has it as ever. A namespace in sector mode, or in fsdax or devdax mode with the name of the reserved area, is left to the kernel's own
 * drivers. Of namespaces without labels, in fsdax or devdax mode, those that the module parameter `claim` names ("namespace0.0,namespace2.0") are held back.
 * A namespace that ndctl has just brought into fsdax or devdax mode is nd_pmem's or dax_pmem's at once: it is held back from the next boot on.
 * A claimed one is bound to the driver XEN_PMEM_DRIVER and has the attributes below; their paths start at the namespace's directory,
 * /sys/bus/nd/devices/namespaceX.Y.
 * It also has a block device, XEN_PMEM_DISK_PREFIX "X.Y", which carries no data (8 KiB that read as zeros): ndctl opens a namespace's
 * block device exclusively before it disables or destroys the namespace or its region, and gives up if that fails, as it does with EBUSY
 * while Xen serves the namespace.
 */
#ifndef XEN_PMEM_DRIVER_H
#define XEN_PMEM_DRIVER_H

#ifdef __KERNEL__
#include <linux/string.h>
#else
#include <string.h>
#include "record.h"
#endif

#define XEN_PMEM_DRIVER			"xen_pmem"	/* /sys/module/xen_pmem */
#define XEN_PMEM_SYSFS_DRIVER		"/sys/bus/nd/drivers/xen_pmem"

/*
 * The version of the interface: of all that this header and pin.h say. It goes up by one with each change that an older tool or an older driver
 * would take wrongly. The file shows the driver's: one line, decimal, for everyone; it is there before XEN_PMEM_SYSFS_DRIVER is, and until that
 * is gone. A tool does not use a driver that shows another number, or that has no such file: drivers from before version 1 have not.
 */
#define XEN_PMEM_INTERFACE		1u
#define XEN_PMEM_SYSFS_INTERFACE	"/sys/class/misc/xen_pmem/interface"

#define XEN_PMEM_DISK_PREFIX		"xen_pmem"

#define XEN_PMEM_LABEL_RESERVED		"xen-pmem"	/* this very name: the reserved area */
#define XEN_PMEM_LABEL_PREFIX		"xen-"		/* any other name with this and more: for guests */

enum xen_pmem_role {
	XEN_PMEM_ROLE_NONE,	/* not Xen's */
	XEN_PMEM_ROLE_RESERVED,
	XEN_PMEM_ROLE_GUEST,
	XEN_PMEM_ROLE_HOST,	/* a guest's label on a namespace in fsdax or devdax mode */
};

/*
 * The directory of the attributes. All but the three that say so are text, one line and read-only.
 * Everybody may read them, but for start and size, which only root may.
 */
#define XEN_PMEM_SYSFS_DIR		"xen_pmem"
#define XEN_PMEM_SYSFS_START		"xen_pmem/start"	/* SPA of the first byte: 0x and hexadecimal digits */
#define XEN_PMEM_SYSFS_SIZE		"xen_pmem/size"		/* bytes: 0x and hexadecimal digits */
#define XEN_PMEM_SYSFS_UUID		"xen_pmem/uuid"		/* of the namespace, 36 characters in lower case; without a label, of its fsdax or devdax device */
#define XEN_PMEM_SYSFS_LABEL		"xen_pmem/label"	/* its name, at most 63 bytes; empty without a label */
#define XEN_PMEM_SYSFS_ROLE		"xen_pmem/role"		/* "reserved", "guest" or "host" */

/*
 * Known media errors: a line "SECTOR COUNT" each, decimal, in sectors of 512 bytes from the start of the namespace; empty if there are none,
 * cut off after 4096 bytes. poll() wakes up when libnvdimm learns of another one.
 */
#define XEN_PMEM_SYSFS_BADBLOCKS	"xen_pmem/badblocks"

/*
 * "1" while Xen serves the namespace, else "0". Root writes 1 before it hands the range to Xen and 0 after Xen gave it back. While it is 1:
 * the driver cannot be unloaded; unbind, and with it ndctl disable-namespace, destroy-namespace and disable-region, fail with EBUSY;
 * `head` fails with EBUSY. If the device goes all the same (the region was unbound by hand, the NFIT driver was unbound), the range stays
 * reserved, and the same namespace (address, size, UUID) has held = 1 when it comes back.
 * The write returns when dom0 has no mapping of the range left, in page tables or TLBs, that the driver made.
 * "host", for role host while it is 1: Xen has made the range dom0's own, so the next unbind is let through, and ends the claim; the driver then remembers nothing
 * of it. It reads as 1 until then, and writing 1 or 0 takes that back.
 * Errors of write: EINVAL not 0, 1 or host; EPERM host, and it is not 1 or not of role host; ENODEV the namespace is being unbound. Writing what it is already
 * changes nothing.
 */
#define XEN_PMEM_SYSFS_HELD		"xen_pmem/held"

/*
 * Binary, read-only, root only: the first XEN_PMEM_SYSFS_HEAD_SIZE bytes of the namespace, so that one can look for a filesystem before
 * handing it over. EBUSY while held = 1. EIO: a known media error in the part asked for.
 */
#define XEN_PMEM_SYSFS_HEAD		"xen_pmem/head"
#define XEN_PMEM_SYSFS_HEAD_SIZE	0x200000u

/*
 * Binary, read and write, root only, role reserved only: the first XEN_PMEM_SYSFS_RECORD_SIZE bytes, where the record stands (record.h).
 * Works while held = 1 too, for Xen leaves the head of the reserved area to dom0. When write() returns, the bytes are in the platform's
 * persistence domain: they were written uncached, fenced, and the region's flush hints, if it has any, were written. Writes are not atomic
 * against a power cut, nor beyond 4096 bytes against other readers. EIO: a known media error in the part asked for, or flushing failed.
 * EROFS: the region is read-only, as it is when the platform says that an NVDIMM may not keep what is written.
 */
#define XEN_PMEM_SYSFS_RECORD		"xen_pmem/record"
#define XEN_PMEM_SYSFS_RECORD_SIZE	0x10000u

/*
 * The interleave-set cookie is not the driver's to show (libnvdimm exports it to no module): it is this attribute of libnvdimm's own for the
 * region, 0x and hexadecimal digits.
 */
#define XEN_PMEM_SYSFS_COOKIE		"../set_cookie"

/* What a namespace with this label name is for, in raw mode. A bare "xen-" is nobody's. */
static inline enum xen_pmem_role xen_pmem_label_role(const char *label)
{
	const size_t len = sizeof(XEN_PMEM_LABEL_PREFIX) - 1;

	if (!strcmp(label, XEN_PMEM_LABEL_RESERVED))
		return XEN_PMEM_ROLE_RESERVED;
	if (!strncmp(label, XEN_PMEM_LABEL_PREFIX, len) && label[len])
		return XEN_PMEM_ROLE_GUEST;
	return XEN_PMEM_ROLE_NONE;
}

_Static_assert(XEN_PMEM_SYSFS_RECORD_SIZE <= XEN_PMEM_SYSFS_HEAD_SIZE, "the record lies in the head");
#ifndef __KERNEL__
_Static_assert(XEN_PMEM_SYSFS_HEAD_SIZE == XEN_PMEM_HEAD_SIZE, "the head is one thing");
_Static_assert(XEN_PMEM_RECORD_COPIES * XEN_PMEM_RECORD_SIZE <= XEN_PMEM_SYSFS_RECORD_SIZE, "all copies of the record are in reach");
#endif

#endif
