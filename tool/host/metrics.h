/* SPDX-License-Identifier: GPL-2.0-only */
/* What `status` shows, as numbers in the text format of Prometheus. */
#ifndef XEN_PMEM_TOOL_METRICS_H
#define XEN_PMEM_TOOL_METRICS_H

#include "host/inventory_facts.h"

/*
 * Prints them on stdout, with "xen_pmem_up 0" alone where the extension does not answer. Sizes are
 * in bytes; docs/man/xen-pmem-status.8 names each.
 */
void metrics_print(const struct inventory *inv);

#endif
