/* SPDX-License-Identifier: LGPL-2.1-only */
/* The extents of a file, checked and joined. */
#ifndef XEN_PMEM_LIB_PATH_FIEMAP_H
#define XEN_PMEM_LIB_PATH_FIEMAP_H

#include "core/extents.h"
#include "internal.h"

typedef int fiemap_take(xenpmem_handle *h, void *arg, const struct extent *extent);

/*
 * Calls take() for each extent of the file's bytes [offset, offset + length), in order, each as
 * long as possible, until it does not return 0. Returns its result. Otherwise -EINVAL, and the
 * error line names the byte that is unfit; with `lenient` unfit parts are skipped. -ENOMEM; or what
 * FIEMAP fails with.
 */
int fiemap_each(xenpmem_handle *h, int fd, uint64_t offset, uint64_t length, bool lenient,
		fiemap_take *take, void *arg);

#endif
