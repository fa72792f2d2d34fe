/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * NUMA nodes of the host, by Xen's numbers (xl info -n, cpus="node:1"). dom0's kernel knows no
 * nodes, as it is a PV guest. So the node of memory is that of the processors that are nearest to
 * it by the firmware's tables: Xen knows the node of each processor.
 */
#ifndef XEN_PMEM_TOOL_NODES_H
#define XEN_PMEM_TOOL_NODES_H

#include <stdint.h>

#define NODE_UNKNOWN	UINT32_MAX
#define NODES_MAX	64u

/* NULL: all processors are on one node, or the tables cannot be read. nodes_close() takes it. */
struct nodes *nodes_open(void);
void nodes_close(struct nodes *nodes);

/* A node that has processors, or NODE_UNKNOWN. `nodes` may be NULL. */
uint32_t nodes_of_memory(const struct nodes *nodes, uint64_t spa);

/*
 * The nodes, a bit each, on which Xen prefers to run the domain's vCPUs: soft affinity, where hard
 * affinity and CPU pool allow it. 0: not known.
 */
uint64_t nodes_of_domain(const struct nodes *nodes, uint32_t domid);

#endif
