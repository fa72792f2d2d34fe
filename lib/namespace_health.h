/* SPDX-License-Identifier: LGPL-2.1-only */
/* What health means for guests, as logic alone (health.c), and how it is read (dimm.c). */
#ifndef XEN_PMEM_LIB_HEALTH_H
#define XEN_PMEM_LIB_HEALTH_H

#include "xen-pmem/xenpmem.h"

struct ndctl_region;

/* Adds what is said of `name`, whose name stays if its worst bit is the worst of all. */
void health_add(struct xenpmem_health *health, const char *name, unsigned int bits);

/* Adds another health. */
void health_merge(struct xenpmem_health *health, const struct xenpmem_health *other);

/* Of a region and its NVDIMMs. */
void region_health(struct ndctl_region *region, struct xenpmem_health *health);

/* Adds that of a namespace's region, by the namespace's device name. */
void namespace_health_add(xenpmem_handle *h, const char *device, struct xenpmem_health *health);

#endif
