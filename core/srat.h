/* SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-only */
/*
 * Layouts of the System Resource Affinity Table, as the ACPI Specification 6.3 (section 5.2.16)
 * gives them. Every field is little-endian. The comment of each names its section.
 */
#ifndef XEN_PMEM_CORE_SRAT_H
#define XEN_PMEM_CORE_SRAT_H

#include "env.h"
#include "nfit.h"

#define SRAT_VALID	1u	/* a flag of each structure: it counts */

/* 5.2.16: this, then structures that each start with their type and length. */
struct srat_table {
	struct acpi_table header;	/* "SRAT", revision 3 */
	uint32_t one;			/* must be 1 */
	uint32_t reserved[2];
};

/* 5.2.16.1, Processor Local APIC/SAPIC Affinity Structure. */
struct srat_cpu {
	uint8_t type, length;
	uint8_t node_low;
	uint8_t id;
	uint32_t flags;
	uint8_t sapic_eid;
	uint8_t node_high[3];
	uint32_t clock_domain;
};

/* 5.2.16.2, Memory Affinity Structure. */
struct srat_memory {
	uint8_t type, length;
	uint32_t node;
	uint16_t reserved1;
	uint64_t base;
	uint64_t size;
	uint32_t reserved2;
	uint32_t flags;
	uint64_t reserved3;
} __attribute__((packed));

/* 5.2.16.3, Processor Local x2APIC Affinity Structure. */
struct srat_x2apic {
	uint8_t type, length;
	uint16_t reserved1;
	uint32_t node;
	uint32_t id;
	uint32_t flags;
	uint32_t clock_domain;
	uint32_t reserved2;
};

enum { SRAT_CPU = 0, SRAT_MEMORY = 1, SRAT_X2APIC = 2 };

/* 5.2.17, System Locality Information Table: a byte for each two domains follows. */
struct slit_table {
	struct acpi_table header;	/* "SLIT", revision 1 */
	uint64_t nr;
} __attribute__((packed));

_Static_assert(sizeof(struct srat_table) == 48, "the SRAT's header is 48 bytes");
_Static_assert(offsetof(struct srat_cpu, clock_domain) == 12, "clock_domain");
_Static_assert(sizeof(struct srat_cpu) == 16, "a CPU's affinity is 16 bytes");
_Static_assert(offsetof(struct srat_memory, base) == 8, "base");
_Static_assert(offsetof(struct srat_memory, flags) == 28, "flags");
_Static_assert(sizeof(struct srat_memory) == 40, "a memory range's affinity is 40 bytes");
_Static_assert(offsetof(struct srat_x2apic, flags) == 12, "flags");
_Static_assert(sizeof(struct srat_x2apic) == 24, "an x2APIC CPU's affinity is 24 bytes");
_Static_assert(sizeof(struct slit_table) == 44, "the SLIT's header is 44 bytes");

#endif
