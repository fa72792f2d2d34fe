/* SPDX-License-Identifier: GPL-2.0-only */
/* Finds the guests whose NVDIMM memory is on another NUMA node than their vCPUs. */
#ifndef XEN_PMEM_TOOL_FAR_H
#define XEN_PMEM_TOOL_FAR_H

#include "host/inventory_facts.h"
#include "xen/nodes.h"

/*
 * Has `take` called with a line for each such guest and namespace: all of the guest's vCPUs prefer
 * other nodes. Returns how many. What is not known is not far.
 */
unsigned int far_each(const struct inventory *inv, const struct nodes *nodes,
		      void (*take)(const char *line, void *arg), void *arg);

#endif
