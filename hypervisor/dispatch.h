/* SPDX-License-Identifier: GPL-2.0-only */
/* /pmem/command: one hypfs write is one command; <xen-pmem/command.h> describes both. */
#ifndef XEN_PMEM_HYPERVISOR_DISPATCH_H
#define XEN_PMEM_HYPERVISOR_DISPATCH_H

#include "xen.h"

#pragma GCC visibility push(hidden)

extern struct hypfs_leaf command_leaf;

/* The work of the longest command so far, in pages. */
extern uint64_t command_longest;

#pragma GCC visibility pop

#endif
