/* SPDX-License-Identifier: LGPL-2.1-only */
/* The pages of a file or device for a guest. */
#ifndef XEN_PMEM_LIB_PATH_PAGES_H
#define XEN_PMEM_LIB_PATH_PAGES_H

#include "pin_ioctl.h"

/* Assigns a vNVDIMM's pages: hides them from dom0, and gives Xen lists of them. flags: ASSIGN's. */
int path_assign(xenpmem_handle *h, uint32_t domid, const struct xenpmem_vnvdimm *v, uint32_t flags);

#endif
