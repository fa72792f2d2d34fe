/* SPDX-License-Identifier: GPL-2.0-only */
/* RELEASE: takes pages back from a guest; its contract is in <xen-pmem/command.h>. */
#ifndef XEN_PMEM_HYPERVISOR_RELEASE_H
#define XEN_PMEM_HYPERVISOR_RELEASE_H

#include <xen-pmem/command.h>

#pragma GCC visibility push(hidden)

int holding_release(struct xen_pmem_command *c);

#pragma GCC visibility pop

#endif
