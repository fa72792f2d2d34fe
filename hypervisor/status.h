/* SPDX-License-Identifier: GPL-2.0-only */
/* /pmem/status: text for people. */
#ifndef XEN_PMEM_HYPERVISOR_STATUS_H
#define XEN_PMEM_HYPERVISOR_STATUS_H

#include "xen.h"

#pragma GCC visibility push(hidden)

extern struct hypfs_leaf status_leaf;

/* Writes the text anew. `longest`: the work of the longest command so far, in pages. */
void status_update(uint64_t longest);

#pragma GCC visibility pop

#endif
