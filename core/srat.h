/* SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-only */
/*
 * Puts vNVDIMMs into the SRAT of a guest with virtual NUMA: takes the table that Xen's tools built, hands on a longer one. (ACPI 6.2, section 5.2.16.)
 */
#ifndef XEN_PMEM_CORE_SRAT_H
#define XEN_PMEM_CORE_SRAT_H

#include "acpi.h"

#define SRAT_MAX	16384u	/* bytes; a guest of 512 vCPUs has fewer */
#define SRAT_NODES	256u	/* proximity domains that every reader of revision 1 tells apart */

/* 5.2.16, SRAT: this, then structures that each begin with their type and length, a byte each. */
struct srat_table {
	struct acpi_table header;	/* "SRAT" */
	uint32_t reserved1;
	uint64_t reserved2;
} __attribute__((packed));

/* 5.2.16.2, Memory Affinity Structure. */
struct srat_memory {
	uint8_t type, length;
	uint32_t proximity;
	uint16_t reserved1;
	uint64_t base;
	uint64_t size;
	uint32_t reserved2;
	uint32_t flags;
	uint64_t reserved3;
} __attribute__((packed));

#define SRAT_MEMORY		1u
#define SRAT_ENABLED		0x1u
#define SRAT_NON_VOLATILE	0x4u

_Static_assert(sizeof(struct srat_table) == 48, "the SRAT's header is 48 bytes");
_Static_assert(sizeof(struct srat_memory) == 40, "a memory affinity structure is 40 bytes");
_Static_assert(offsetof(struct srat_memory, base) == 8 && offsetof(struct srat_memory, flags) == 28, "memory affinity structure");

/* From the first 36 bytes at least: the whole SRAT's length in bytes, once it is plausible (at most SRAT_MAX). */
enum acpi_reason srat_length(const void *srat, size_t len, size_t *length);

/*
 * Writes a copy of an SRAT, checked, with a non-volatile range more for each vNVDIMM that has a node (below SRAT_NODES, else ACPI_BAD_VNVDIMM), and a
 * right checksum. *size is the new length in bytes as soon as the old SRAT is accepted, also with ACPI_NO_SPACE.
 */
enum acpi_reason srat_extend(const void *srat, size_t srat_len, const struct vnvdimm *v, unsigned int nr, void *buf, size_t len, size_t *size);

#endif
