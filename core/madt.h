/* SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-only */
/*
 * Reads the APIC ids of a guest's CPUs from its Multiple APIC Description Table, which is not
 * trusted (ACPI 6.3, section 5.2.12).
 *
 * Steps of the caller: copy the table's header out; acpi_table_length with MADT_SIGNATURE and
 * MADT_MAX; copy so many bytes; madt_read.
 */
#ifndef XEN_PMEM_CORE_MADT_H
#define XEN_PMEM_CORE_MADT_H

#include "acpi.h"

#define MADT_SIGNATURE	"APIC"
#define MADT_MAX	4096u	/* bytes; that of 128 CPUs has about 1.1 KiB */
#define MADT_CPUS_MAX	128u	/* as many as Xen gives a guest */

/*
 * Writes to ids the CPUs, those that are off until later as well, in the table's order, and their
 * number, which is not 0. An entry of a type that names no CPU is passed over.
 * ACPI_BAD_CPUS: no CPU, more than MADT_CPUS_MAX, or an entry that is too short or too long.
 */
enum acpi_reason madt_read(const void *madt, size_t len, uint32_t ids[MADT_CPUS_MAX],
			   unsigned int *nr);

#endif
