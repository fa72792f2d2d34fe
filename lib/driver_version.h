/* SPDX-License-Identifier: LGPL-2.1-only */
/* The version of the driver's interface (xen-pmem/driver.h), compared with this library's. */
#ifndef XEN_PMEM_LIB_DRIVER_VERSION_H
#define XEN_PMEM_LIB_DRIVER_VERSION_H

#include "internal.h"

/*
 * Returns 0 if the driver's version is the library's, otherwise -EPROTO with the error line.
 * version: the text that the driver shows, without a newline; NULL: it shows no version.
 */
int driver_version_check(xenpmem_handle *h, const char *version);

#endif
