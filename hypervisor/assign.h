/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ASSIGN and ASSIGN_EXTENTS: give a guest pages of ranges, before it has run or while it runs. The
 * contracts are in <xen-pmem/command.h>.
 */
#ifndef XEN_PMEM_HYPERVISOR_ASSIGN_H
#define XEN_PMEM_HYPERVISOR_ASSIGN_H

#include <xen-pmem/command.h>

#pragma GCC visibility push(hidden)

int holding_assign(struct xen_pmem_command *c);
int holding_assign_extents(struct xen_pmem_command *c);

#pragma GCC visibility pop

#endif
