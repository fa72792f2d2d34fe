/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The monitor's source of bad blocks: what Xen notes when somebody reads them (VIRQ 23), and what
 * dom0's kernel lists, from firmware, a scrub or its own reads. Each is said once, and dom0's
 * kernel is told of what Xen has noted.
 */
#ifndef XEN_PMEM_TOOL_BLOCKS_H
#define XEN_PMEM_TOOL_BLOCKS_H

#include "monitor/loop.h"

/* Adds it. once: it waits for nothing. EXIT_REFUSED, with a line: another monitor runs. */
int blocks_add(struct loop *loop, bool once);

#endif
