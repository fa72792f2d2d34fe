/* SPDX-License-Identifier: GPL-2.0-only */
/* Proof that the running Xen is the one that xen.h and layouts describe. */
#ifndef XEN_PMEM_HYPERVISOR_FACTS_H
#define XEN_PMEM_HYPERVISOR_FACTS_H

#include "env.h"

#pragma GCC visibility push(hidden)

/*
 * Chooses the build. 0: it is in the table by its build-id, or with `accept` it has the layout of
 * one that is. -EINVAL: refused; Xen's log says what differs.
 */
int facts_check(bool accept);

#pragma GCC visibility pop

#endif
