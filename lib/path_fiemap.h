/* SPDX-License-Identifier: LGPL-2.1-only */
/* A walk over the extents of a file. */
#ifndef XEN_PMEM_LIB_FIEMAP_H
#define XEN_PMEM_LIB_FIEMAP_H

#include "core/extents.h"
#include "internal.h"

typedef int fiemap_take(xenpmem_handle *h, void *arg, const struct extent *extent);

/*
 * Calls take for the extents of the file's bytes [offset, offset + length), in order, each as long as it gets, until one does not return 0. Returns that, or
 * -EINVAL with an error line that names the byte that is not fit; lenient: such are passed over.
 */
int fiemap_each(xenpmem_handle *h, int fd, uint64_t offset, uint64_t length, bool lenient, fiemap_take *take, void *arg);

#endif
