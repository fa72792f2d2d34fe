/* SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-only */
/*
 * Builds the NUMA tables of a guest that has RAM on an NVDIMM. Its CPUs and its DRAM are node 0;
 * the RAM on the NVDIMM is a node of its own, without CPUs. (ACPI 6.3, sections 5.2.16 SRAT, 5.2.17
 * SLIT, 5.2.27 HMAT.)
 *
 * The figures of SLIT and HMAT are relative, and not measured: no host gives its own to dom0. Linux
 * needs their order alone, to know that the NVDIMM is the slower tier. HMAT: DRAM 100 ns and 100
 * GB/s; NVDIMM 300 ns, 30 GB/s for reads and 10 GB/s for writes.
 */
#ifndef XEN_PMEM_CORE_NUMA_H
#define XEN_PMEM_CORE_NUMA_H

#include "env.h"

#define NUMA_CPUS_MAX	128u
#define NUMA_RANGES_MAX	64u
#define NUMA_OWN_MAX	16u	/* highest number of the NVDIMM's node */

#define SRAT_MAX	6144u	/* bytes of the largest tables */
#define SLIT_MAX	512u
#define HMAT_MAX	512u

struct numa_range {
	uint64_t gpa;
	uint64_t length;	/* bytes, not 0 */
	uint32_t node;		/* 0, or the guest's `own` */
};

struct numa_guest {
	const uint32_t *cpus;	/* APIC ids */
	unsigned int nr_cpus;	/* 1..NUMA_CPUS_MAX */
	const struct numa_range *ranges;
	unsigned int nr_ranges;	/* 1..NUMA_RANGES_MAX */
	uint32_t own;		/* the NVDIMM's node, 1..NUMA_OWN_MAX */
};

/*
 * Each writes its table, with its checksum, to buf if its size is at most len. It returns the
 * table's size in bytes, so (NULL, 0) asks for it; 0 if the input is not as the comments above
 * require, or a range wraps. The SLIT covers nodes 0 to own, the HMAT nodes 0 and own.
 */
size_t srat_build(const struct numa_guest *g, void *buf, size_t len);
size_t slit_build(uint32_t own, void *buf, size_t len);
size_t hmat_build(uint32_t own, void *buf, size_t len);

#endif
