/* SPDX-License-Identifier: GPL-2.0-only */
/* ERASE: writes zeros over what no guest holds; its contract is in <xen-pmem/command.h>. */
#ifndef XEN_PMEM_HYPERVISOR_ERASE_H
#define XEN_PMEM_HYPERVISOR_ERASE_H

#include <xen-pmem/command.h>

#pragma GCC visibility push(hidden)

int range_erase(struct xen_pmem_command *c);

#pragma GCC visibility pop

#endif
