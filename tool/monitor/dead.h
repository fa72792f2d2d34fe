/* SPDX-License-Identifier: GPL-2.0-only */
/* The monitor's source that takes back what dead guests had, as soon as they are dead. */
#ifndef XEN_PMEM_TOOL_DEAD_H
#define XEN_PMEM_TOOL_DEAD_H

#include "monitor/loop.h"

/* Adds it. once: it watches nothing. EXIT_REFUSED, with a line: xenstore does not answer. */
int dead_add(struct loop *loop, bool once);

#endif
