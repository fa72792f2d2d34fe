/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Has Xen serve namespaces: for guests alone, or (a host range) for dom0 as well. Each step can be
 * interrupted anywhere and run again. Functions say why they refuse and return EXIT_REFUSED, or
 * EXIT_DONE.
 */
#ifndef XEN_PMEM_TOOL_SERVING_H
#define XEN_PMEM_TOOL_SERVING_H

#include "host/inventory.h"

struct serving {
	struct inventory *inv;
	bool opened;		/* serving_open() gave Xen the reserved area */
};

/*
 * Gives Xen the reserved area and the label area, unless Xen has them. The inventory's record can
 * be used (inventory_need_record).
 */
int serving_open(struct serving *s, struct inventory *inv);

/*
 * Has Xen serve a namespace and the record name it. Where that is so already it changes nothing,
 * and says so unless `quiet`. Refuses bad blocks in any case.
 */
int serving_enable(struct serving *s, const struct xenpmem_namespace *ns, bool quiet);

/* After a refusal: dom0 gets back a reserved area that serving_open() gave, if it is unused. */
void serving_undo(struct serving *s);

#endif
