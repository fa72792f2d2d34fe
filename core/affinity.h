/* SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-only */
/*
 * Proximity domains of a host: which processors and which memory belong together, as the firmware's
 * SRAT, SLIT and NFIT say. The tables are not trusted, and their checksums not looked at.
 */
#ifndef XEN_PMEM_CORE_AFFINITY_H
#define XEN_PMEM_CORE_AFFINITY_H

#include "env.h"

struct affinity_table {
	const uint8_t *bytes;
	size_t len;		/* 0: the host has no such table */
};

struct affinity {
	struct affinity_table srat, slit, nfit;
};

/* false: no table gives the domain of this processor; of what is at this address. */
bool affinity_of_cpu(const struct affinity *a, uint32_t apic_id, uint32_t *domain);
bool affinity_of_memory(const struct affinity *a, uint64_t address, uint32_t *domain);

/* 10 is a domain's distance to itself. 0: the host does not say. */
unsigned int affinity_distance(const struct affinity *a, uint32_t from, uint32_t to);

#endif
