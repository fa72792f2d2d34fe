/* SPDX-License-Identifier: LGPL-2.1-only */
/* What libblkid finds on a device or in a namespace. */
#ifndef XEN_PMEM_LIB_SIGNATURE_H
#define XEN_PMEM_LIB_SIGNATURE_H

#include <stddef.h>
#include <sys/types.h>

/*
 * A value of libblkid's about a block device: "UUID" of its filesystem, "PART_ENTRY_UUID" of it as
 * a partition. -ENXIO: the value is missing, or it is longer than len - 1 bytes.
 */
int device_signature(dev_t dev, const char *key, char *text, size_t len);

#endif
