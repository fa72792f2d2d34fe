// SPDX-License-Identifier: GPL-2.0-only
/* Reads the host's memory map by Xen's own library. */
#include "xen/memory_map.h"

#include <xenctrl.h>

#define E820_RAM	1

size_t memory_map_ram(struct servable_ram ram[MEMORY_MAP_MAX])
{
	xc_interface *xc = xc_interface_open(NULL, NULL, 0);
	struct e820entry map[MEMORY_MAP_MAX];
	int i, nr;
	size_t n = 0;

	if (!xc)
		return 0;
	nr = xc_get_machine_memory_map(xc, map, MEMORY_MAP_MAX);
	for (i = 0; i < nr; i++)
		if (map[i].type == E820_RAM && map[i].size)
			ram[n++] = (struct servable_ram){ map[i].addr, map[i].size };
	xc_interface_close(xc);
	return n;
}
