/* SPDX-License-Identifier: GPL-2.0-only */
/* The host's memory map (E820), as Xen has it. */
#ifndef XEN_PMEM_TOOL_MEMORY_MAP_H
#define XEN_PMEM_TOOL_MEMORY_MAP_H

#include "core/servable.h"

#define MEMORY_MAP_MAX	1024	/* Xen's maps have no more lines */

/* Its RAM. Returns how many pieces there are; 0: Xen does not say. */
size_t memory_map_ram(struct servable_ram ram[MEMORY_MAP_MAX]);

#endif
