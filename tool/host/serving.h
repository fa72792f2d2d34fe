/* SPDX-License-Identifier: GPL-2.0-only */
/* Handing namespaces to Xen and taking them back. All of it can be killed anywhere and run again. */
#ifndef XEN_PMEM_TOOL_SERVING_H
#define XEN_PMEM_TOOL_SERVING_H

#include "host/inventory.h"

struct serving {
	struct inventory *inv;
	const struct xenpmem_namespace *reserved;
	struct xenpmem_record record;
	struct xenpmem_range area;
	bool opened;			/* serving_open gave Xen the area, which it did not have */
};

/* Gives Xen the reserved area, and the label area for guests, unless it has them. */
int serving_open(struct serving *s, struct inventory *inv, const struct xenpmem_namespace *reserved, const struct xenpmem_record *record);

/* Marks it as Xen's and hands it over by `command`; what Xen does not take is dom0's again. */
int serving_give(struct serving *s, const struct xenpmem_namespace *ns, const struct xenpmem_range *range,
		 int (*command)(xenpmem_handle *, const struct xenpmem_range *));

/*
 * Xen has the range afterwards, and the record names it. Does nothing where that is so already, and says so unless `quiet`. Refuses one with bad
 * blocks, also where Xen has it already.
 */
int serving_enable(struct serving *s, const struct xenpmem_namespace *ns, bool quiet);

/* After a refusal: the reserved area is dom0's again if it was before and nothing stands in it. */
void serving_undo(struct serving *s);

#endif
