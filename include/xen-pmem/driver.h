/* SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-only */
/*
 * Which namespaces dom0's driver (xen_pmem.ko) claims, and what it shows of them in sysfs. The
 * driver and libxenpmem use this header. The driver's other interface is in pin.h.
 *
 * A claimed namespace is bound to the driver XEN_PMEM_DRIVER, and has the attributes below. The
 * driver claims a namespace by the name in its label (ndctl create-namespace -n NAME), see
 * xen_pmem_label_role():
 *
 *   - In raw mode the namespace is the reserved area, or for guests.
 *   - In fsdax or devdax mode a namespace with a name for guests is held back, as role host, until
 *     Xen has made it dom0's own pages. Then the driver lets it go to nd_pmem or dax_pmem.
 *   - In sector mode, and in fsdax or devdax mode with the name of the reserved area, the namespace
 *     is left to the kernel's own drivers.
 *   - Without a label, in fsdax or devdax mode, a namespace is held back if the module parameter
 *     `claim` names it ("namespace0.0,namespace2.0").
 *
 * When ndctl brings a namespace into fsdax or devdax mode, nd_pmem or dax_pmem takes it at once.
 * The driver holds it back from the next boot on.
 *
 * A claimed namespace also has a block device, XEN_PMEM_DISK_PREFIX "X.Y", of 8 KiB that read as
 * zeros. It is for ndctl, which opens a namespace's block device exclusively before it disables or
 * destroys the namespace or its region, and gives up if that fails. It fails (EBUSY) while Xen
 * serves the namespace.
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
 * The version of the interface, that is of this header and pin.h. It goes up by one with each
 * change that an older tool or an older driver would misunderstand. The file shows the driver's
 * version: one line, decimal; everybody may read it. It is there before XEN_PMEM_SYSFS_DRIVER is,
 * and until after that is gone. A tool does not use a driver that shows another version, or one
 * without such a file: drivers from before version 1 do not have it.
 */
#define XEN_PMEM_INTERFACE		3u
#define XEN_PMEM_SYSFS_INTERFACE	"/sys/class/misc/xen_pmem/interface"

#define XEN_PMEM_DISK_PREFIX		"xen_pmem"

#define XEN_PMEM_LABEL_RESERVED		"xen-pmem"	/* this name: the reserved area */
#define XEN_PMEM_LABEL_PREFIX		"xen-"		/* more after it: for guests */

enum xen_pmem_role {
	XEN_PMEM_ROLE_NONE,	/* not Xen's */
	XEN_PMEM_ROLE_RESERVED,	/* the reserved area */
	XEN_PMEM_ROLE_GUEST,
	XEN_PMEM_ROLE_HOST,	/* held back, in fsdax or devdax mode */
};

/*
 * The folder of the attributes, in the namespace's folder /sys/bus/nd/devices/namespaceX.Y. Each is
 * one line of text and read-only, and everybody may read it, unless its comment says otherwise.
 */
#define XEN_PMEM_SYSFS_DIR		"xen_pmem"

/*
 * The system physical address of the first byte, and the size in bytes: 0x and hexadecimal digits.
 * Only root may read them.
 */
#define XEN_PMEM_SYSFS_START		"xen_pmem/start"
#define XEN_PMEM_SYSFS_SIZE		"xen_pmem/size"

/*
 * The namespace's UUID, 36 characters in lower case. Without a label: the UUID of its fsdax or
 * devdax device.
 */
#define XEN_PMEM_SYSFS_UUID		"xen_pmem/uuid"

/* The name in the label, at most 63 bytes; empty without a label. */
#define XEN_PMEM_SYSFS_LABEL		"xen_pmem/label"

/* "reserved", "guest" or "host". */
#define XEN_PMEM_SYSFS_ROLE		"xen_pmem/role"

/*
 * Known media errors, a line "SECTOR COUNT" for each: decimal, in sectors of 512 bytes from the
 * namespace's start. The list is cut off after 4096 bytes. poll() wakes up when libnvdimm learns of
 * another media error.
 */
#define XEN_PMEM_SYSFS_BADBLOCKS	"xen_pmem/badblocks"

/*
 * Read: "1" while Xen serves the namespace, otherwise "0". While it is 1:
 *
 *   - the module cannot be unloaded
 *   - unbind fails (EBUSY), and so do ndctl's disable-namespace, destroy-namespace and
 *     disable-region
 *   - reading `head` fails (EBUSY)
 *
 * If the device goes all the same (somebody unbinds the region or the NFIT driver by hand), the
 * range stays reserved. When the same namespace (address, size, UUID) comes back its `held` is 1.
 *
 * Only root writes:
 *   1     before it hands the range to Xen. When the write returns, dom0 has no mapping of the
 *         range left, in page tables or TLBs, that the driver made.
 *   0     after Xen gave the range back.
 *   host  (role host, while it is 1) after Xen made the range dom0's own pages. The next unbind is
 *         let through then and ends the claim; the driver keeps no memory of it. `held` reads as 1
 *         until then, and writing 1 or 0 takes `host` back.
 * To write the present value changes nothing. Errors:
 *   EINVAL  not 0, 1 or host
 *   EPERM   host, and `held` is 0 or the role is not host
 *   ENODEV  1, and the namespace is being unbound, or the module unloaded
 */
#define XEN_PMEM_SYSFS_HELD		"xen_pmem/held"

/*
 * Binary, only root reads: the first XEN_PMEM_SYSFS_HEAD_SIZE bytes of the namespace, so that a
 * tool can look for a filesystem before it hands the namespace over. Errors:
 *   EBUSY   held is 1, or the namespace is being unbound
 *   EIO     a media error in the part that is asked for
 */
#define XEN_PMEM_SYSFS_HEAD		"xen_pmem/head"
#define XEN_PMEM_SYSFS_HEAD_SIZE	0x200000u

/*
 * Binary, only root reads and writes, only with role reserved: the first XEN_PMEM_SYSFS_RECORD_SIZE
 * bytes, which hold the record (record.h). Works while held is 1 too, since Xen leaves the head of
 * the reserved area to dom0. When write() returns, the bytes are in the platform's persistence
 * domain: they were written uncached and fenced, and the region's flush hints, if it has any, were
 * written. A write is not atomic against a power cut, nor, beyond 4096 bytes, against readers.
 * Errors:
 *   EIO     a media error in the part that is asked for, or flushing failed
 *   EROFS   a write, and the region is read-only. It is if the platform says that an NVDIMM may not
 *           keep what is written.
 */
#define XEN_PMEM_SYSFS_RECORD		"xen_pmem/record"
#define XEN_PMEM_SYSFS_RECORD_SIZE	0x10000u

/*
 * The interleave set's cookie: 0x and hexadecimal digits. This is libnvdimm's own attribute of the
 * region, since libnvdimm exports the cookie to no module.
 */
#define XEN_PMEM_SYSFS_COOKIE		"../set_cookie"

/* What a raw namespace with this name is for. "xen-" alone is XEN_PMEM_ROLE_NONE. */
static inline enum xen_pmem_role xen_pmem_label_role(const char *label)
{
	const size_t len = sizeof(XEN_PMEM_LABEL_PREFIX) - 1;

	if (!strcmp(label, XEN_PMEM_LABEL_RESERVED))
		return XEN_PMEM_ROLE_RESERVED;
	if (!strncmp(label, XEN_PMEM_LABEL_PREFIX, len) && label[len])
		return XEN_PMEM_ROLE_GUEST;
	return XEN_PMEM_ROLE_NONE;
}

_Static_assert(XEN_PMEM_SYSFS_RECORD_SIZE <= XEN_PMEM_SYSFS_HEAD_SIZE,
	       "the record is in the head");
#ifndef __KERNEL__
_Static_assert(XEN_PMEM_SYSFS_HEAD_SIZE == XEN_PMEM_HEAD_SIZE, "both headers mean the same head");
_Static_assert(XEN_PMEM_RECORD_COPIES * XEN_PMEM_RECORD_SIZE <= XEN_PMEM_SYSFS_RECORD_SIZE,
	       "the attribute reaches all copies of the record");
#endif

#endif
