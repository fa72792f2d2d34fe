/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Health of NVDIMMs: what it means (namespace_health.c, pure), and how it is read
 * (namespace_dimm.c).
 */
#ifndef XEN_PMEM_LIB_NAMESPACE_HEALTH_H
#define XEN_PMEM_LIB_NAMESPACE_HEALTH_H

#include "xen-pmem/xenpmem.h"

struct ndctl_region;

/* Adds the bits of `name`. health->name becomes `name` if it has the worst bit. */
void health_add(struct xenpmem_health *health, const char *name, unsigned int bits);

/* Adds another health's bits. */
void health_merge(struct xenpmem_health *health, const struct xenpmem_health *other);

/* Reads the health of a region and its NVDIMMs. */
void region_health(struct ndctl_region *region, struct xenpmem_health *health);

/* Adds the health of the region of a namespace, given by its device name. */
void namespace_health_add(xenpmem_handle *h, const char *device, struct xenpmem_health *health);

#endif
