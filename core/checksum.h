/* SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-only */
/* The checksum and the header of ACPI tables (ACPI 6.2, sections 5.2.5.3 and 5.2.6). */
#ifndef XEN_PMEM_CORE_CHECKSUM_H
#define XEN_PMEM_CORE_CHECKSUM_H

#include "env.h"
#include "xen-pmem/nfit.h"

/* The byte that makes the sum of itself and these len bytes 0; 0 if their sum is 0 already. */
uint8_t acpi_checksum(const void *buf, size_t len);

/*
 * Completes a table of size bytes that is right but for its first 36: writes the header there that
 * all tables of this project have, with the checksum.
 */
void acpi_header_put(void *table, size_t size, const char *signature, uint8_t revision);

#endif
