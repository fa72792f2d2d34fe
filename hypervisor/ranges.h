/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ranges between dom0 and the extension. The operations RESERVE, UNRESERVE, SERVE and UNSERVE;
 * their contracts are in <xen-pmem/command.h>. The reserved area is a range too, and is never a
 * host range.
 *
 *   dom0's --RESERVE, SERVE--> WAITING -> CHECKING -> CHECKED -> SERVED   a plain range stays here
 *   dom0's <--------------- UNSERVE, or refused -------------------- SERVED, and all before it
 *
 *   SERVED ----SERVE----> TO_HOST ----all pages are dom0's----> HOST    with the flag HOST
 *   HOST -----UNSERVE---> FROM_HOST ---all pages are free-----> dom0's
 *   FROM_HOST --SERVE, or dom0 maps a page--> TO_HOST --UNSERVE--> FROM_HOST
 *
 * proof.h says more of the way to CHECKED, which several ranges go together.
 *
 * TO_HOST makes pages dom0's from the first on, FROM_HOST makes them free from the last on;
 * `hosted` is the border and all that there is to know of either way. So whoever was killed
 * half-way is followed by the same operation, or by the other one. Before FROM_HOST, UNSERVE looks
 * at all pages, and leaves everything as it is if dom0 maps one.
 */
#ifndef XEN_PMEM_HYPERVISOR_RANGES_H
#define XEN_PMEM_HYPERVISOR_RANGES_H

#include <xen-pmem/command.h>

#pragma GCC visibility push(hidden)

int range_reserve(struct xen_pmem_command *c);
int range_unreserve(struct xen_pmem_command *c);
int range_serve(struct xen_pmem_command *c);
int range_unserve(struct xen_pmem_command *c);

/* The first frame above all that can be served. */
uint64_t range_end_max(void);

#pragma GCC visibility pop

#endif
