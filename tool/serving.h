/* SPDX-License-Identifier: GPL-2.0-only */
/* Handing namespaces to Xen and taking them back. All of it can be killed anywhere and run again. */
#ifndef XEN_PMEM_TOOL_SERVING_H
#define XEN_PMEM_TOOL_SERVING_H

#include "host.h"

struct serving {
	struct host *host;
	const struct xenpmem_namespace *reserved;
	struct xenpmem_record record;
	struct xenpmem_range area;
};

/* Gives Xen the reserved area unless it has it. */
int serving_open(struct serving *s, struct host *host, const struct xenpmem_namespace *reserved, const struct xenpmem_record *record);

/*
 * Xen has the range afterwards, and the record names it. Does nothing where that is so already, and says so unless `quiet`. Refuses one with bad
 * blocks, also where Xen has it already.
 */
int serving_enable(struct serving *s, const struct xenpmem_namespace *ns, bool quiet);

#endif
