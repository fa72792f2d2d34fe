/* SPDX-License-Identifier: GPL-2.0-only */
/* The monitor's source that tells guests that run of pages that they have lost. */
#ifndef XEN_PMEM_TOOL_ARS_H
#define XEN_PMEM_TOOL_ARS_H

#include "monitor/loop.h"

/* Adds it. EXIT_REFUSED, with a line: there is no memory. */
int ars_add(struct loop *loop);

#endif
