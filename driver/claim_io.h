/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The bytes of a claimed namespace. The caller holds claim->lock, and knows that dom0 may touch the
 * bytes. Offsets and lengths are in bytes, from the namespace's start.
 */
#ifndef XEN_PMEM_CLAIM_IO_H
#define XEN_PMEM_CLAIM_IO_H

#include <linux/device.h>
#include <linux/types.h>
#include <linux/uuid.h>

struct claim;

/* The mode that a namespace is in, by its info block. */
enum namespace_mode {
	MODE_RAW,
	MODE_SECTOR,
	MODE_PAGES,			/* fsdax or devdax */
};

/*
 * Copies @len bytes from @off to @buf. -EINVAL: not within the namespace; -EIO: a known bad block
 * is among them, or the copy ran into an unknown one; -ENOMEM.
 */
int claim_io_read(struct claim *claim, void *buf, u64 off, size_t len);

/*
 * Copies @len bytes from @buf to @off. When this returns 0 the bytes are in the platform's
 * persistence domain. @dev is the claim's device. Errors as claim_io_read(), or flushing failed.
 */
int claim_io_write(struct device *dev, struct claim *claim, const void *buf, u64 off, size_t len);

/*
 * The namespace's mode. Labels of version 1.1 do not say it, so it is read from the info block.
 * An info block of another parent does not count: a guest may make namespaces of its own on its
 * vNVDIMM, and their info blocks are at the same place. *@uuid is set if the mode is not raw: that
 * of the btt, pfn or dax device.
 */
enum namespace_mode claim_io_mode(struct claim *claim, uuid_t *uuid);

#endif
