/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * HELLO, QUERY_RANGE and QUERY_HOLDING: what is loaded, served and held. <xen-pmem/command.h> has
 * the contracts.
 */
#ifndef XEN_PMEM_HYPERVISOR_QUERY_H
#define XEN_PMEM_HYPERVISOR_QUERY_H

#include <xen-pmem/command.h>

#pragma GCC visibility push(hidden)

/* `longest`: the work of the longest command so far, in pages. */
int hello_query(struct xen_pmem_command *c, uint64_t longest);
int range_query(struct xen_pmem_command *c);
int holding_query(struct xen_pmem_command *c);

#pragma GCC visibility pop

#endif
