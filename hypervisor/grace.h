/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Polls for an RCU grace period: the caller takes a ticket and asks later whether every CPU has
 * left, since then, the hypercall that it was in. One RCU callback is under way at a time; a ticket
 * taken meanwhile is for the next one.
 *
 * A hypercall that runs softirqs half-way, outside of a section of RCU's, lets the grace period
 * pass too early. Xen's long ones do (building dom0, dumps by debug keys, destroying domains). None
 * of them keeps a permission to map I/O memory, or a page_info of an I/O page, across that. This
 * was read in Xen's sources; no check proves it.
 */
#ifndef XEN_PMEM_HYPERVISOR_GRACE_H
#define XEN_PMEM_HYPERVISOR_GRACE_H

#include "env.h"

#pragma GCC visibility push(hidden)

/* A ticket, never 0. */
uint64_t grace_begin(void);

bool grace_over(uint64_t ticket);

/* Whether no callback is under way. */
bool grace_idle(void);

#pragma GCC visibility pop

#endif
