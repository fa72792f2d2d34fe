/* SPDX-License-Identifier: LGPL-2.1-only */
/* What the files for backings named by a path share. */
#ifndef XEN_PMEM_LIB_PATH_H
#define XEN_PMEM_LIB_PATH_H

#include "pin_ioctl.h"

/* Has the guest get the vNVDIMM's pages: takes them away from dom0, and gives them to Xen in lists. flags: of ASSIGN. */
int path_assign(xenpmem_handle *h, uint32_t domid, const struct xenpmem_vnvdimm *v, uint32_t flags);

#endif
