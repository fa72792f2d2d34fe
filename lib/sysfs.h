/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Attributes in sysfs. device: the name of a device on the nd bus ("namespace0.1"), or the path of
 * a folder, from "/" on. name: the attribute's path below it. Functions return 0 or -errno.
 */
#ifndef XEN_PMEM_LIB_SYSFS_H
#define XEN_PMEM_LIB_SYSFS_H

#include <stddef.h>
#include <stdint.h>

/* Text, without newlines at its end. */
int sysfs_read(const char *device, const char *name, char *buf, size_t len);

/* A decimal, octal (0...) or hexadecimal (0x...) number. -EINVAL: not a number. */
int sysfs_number(const char *device, const char *name, uint64_t *value);

/* len bytes of a binary attribute. -EIO: it ends before that. */
int sysfs_read_bytes(const char *device, const char *name, uint64_t offset, void *buf, size_t len);

/* Writes len bytes by one call. -EIO: the attribute took fewer. */
int sysfs_write(const char *device, const char *name, uint64_t offset, const void *buf, size_t len);

/* The name of the driver bound to the device; "" if no driver is. */
void sysfs_driver(const char *device, char *buf, size_t len);

#endif
