/* SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-only */
/* The checksum of ACPI tables (ACPI 6.2, sections 5.2.5.3 and 5.2.6). */
#ifndef XEN_PMEM_CORE_CHECKSUM_H
#define XEN_PMEM_CORE_CHECKSUM_H

#include "env.h"

/* The byte that makes the sum of itself and these len bytes 0; 0 if their sum is 0 already. */
uint8_t acpi_checksum(const void *buf, size_t len);

#endif
