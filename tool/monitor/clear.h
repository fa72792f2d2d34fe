/* SPDX-License-Identifier: GPL-2.0-only */
/* The monitor's source that clears bad blocks for guests that ask for it in their scrub page. */
#ifndef XEN_PMEM_TOOL_CLEAR_H
#define XEN_PMEM_TOOL_CLEAR_H

#include "monitor/loop.h"

/* Adds it. EXIT_REFUSED, with a line: there is no memory. */
int clear_add(struct loop *loop);

#endif
