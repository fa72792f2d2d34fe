/* SPDX-License-Identifier: GPL-2.0-only */
/* What of the host's NVDIMMs Xen can serve (core/servable.h), and why not the rest, as lines. */
#ifndef XEN_PMEM_TOOL_AVAILABLE_H
#define XEN_PMEM_TOOL_AVAILABLE_H

#include "host/inventory.h"
#include "xen/memory_map.h"

struct available {
	struct servable_host host;
	struct servable_ram ram[MEMORY_MAP_MAX];
};

/* The host's regions, sorted by device; how many. */
#define REGIONS_MAX	64
size_t regions_read(const struct inventory *inv, struct xenpmem_region regions[REGIONS_MAX]);

/* Why it is not known; NULL: it is, and *to is set. */
const char *available_read(const struct inventory *inv, struct available *to);

/* Where an address of this kind is, and what to do: "above 5 TiB...: leave it to dom0". */
const char *available_why_line(const struct available *available, enum servable kind,
			       struct line *line);

/*
 * All of a range that cannot be served: "0x8000000000-0xffffffffff lies in the hole of ...".
 * "": it can be served.
 */
const char *available_lacks_line(const struct available *available, uint64_t start,
				 uint64_t length, struct line *line);

/* Refuses a range, of the namespace `ns`, that Xen would refuse for its addresses. */
int available_need(const struct inventory *inv, const struct xenpmem_namespace *ns,
		   const struct xenpmem_range *range);

#endif
