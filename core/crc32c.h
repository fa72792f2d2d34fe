/* SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-only */
/*
 * CRC-32C (Castagnoli; RFC 3720, appendix B.4): polynomial 0x1edc6f41, reflected, begun with all
 * ones and inverted at the end.
 */
#ifndef XEN_PMEM_CORE_CRC32C_H
#define XEN_PMEM_CORE_CRC32C_H

#include "env.h"

/* crc: 0 for the first piece; for the next pieces the value returned for the piece before. */
uint32_t crc32c(uint32_t crc, const void *buf, size_t len);

#endif
