/* SPDX-License-Identifier: LGPL-2.1-only */
/* Attributes of devices on the nd bus, by the device's name and the attribute's path below it. Functions return 0 or -errno. */
#ifndef XEN_PMEM_LIB_SYSFS_H
#define XEN_PMEM_LIB_SYSFS_H

#include <stddef.h>
#include <stdint.h>

/* A line of text, without its newline. */
int sysfs_read(const char *device, const char *name, char *buf, size_t len);
int sysfs_number(const char *device, const char *name, uint64_t *value);

/* A binary attribute's first len bytes, all of them: -EIO if there are fewer. */
int sysfs_read_bytes(const char *device, const char *name, void *buf, size_t len);

/* len bytes in one write. */
int sysfs_write(const char *device, const char *name, uint64_t offset, const void *buf, size_t len);

/* The name of the driver that has the device; "" if none has. */
void sysfs_driver(const char *device, char *buf, size_t len);

#endif
