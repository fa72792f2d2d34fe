/* SPDX-License-Identifier: LGPL-2.1-only */
/* The version of the driver's interface (xen-pmem/driver.h), compared with this library's. */
#ifndef XEN_PMEM_LIB_DRIVER_H
#define XEN_PMEM_LIB_DRIVER_H

#include "internal.h"

/* -EPROTO, with the error line, unless the driver's is ours. version: what the driver shows, without the newline; NULL: it shows none. */
int driver_version_check(xenpmem_handle *h, const char *version);

#endif
