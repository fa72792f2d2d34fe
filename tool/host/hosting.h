/* SPDX-License-Identifier: GPL-2.0-only */
/* Namespaces that dom0 goes on using while guests have parts of them (state "host"). */
#ifndef XEN_PMEM_TOOL_HOSTING_H
#define XEN_PMEM_TOOL_HOSTING_H

#include "host/serving.h"

/* serving_enable of a namespace of role host: Xen counts its pages afterwards, the record names it, and dom0's own driver has it. */
int hosting_enable(struct serving *s, const struct xenpmem_namespace *ns, bool quiet);

#endif
