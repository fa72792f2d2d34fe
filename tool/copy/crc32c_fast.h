/* SPDX-License-Identifier: GPL-2.0-only */
/* CRC-32C of much data. */
#ifndef XEN_PMEM_TOOL_CRC32C_FAST_H
#define XEN_PMEM_TOOL_CRC32C_FAST_H

#include <stddef.h>
#include <stdint.h>

/* As core's crc32c(), which it is where the CPU has no instruction for it. */
uint32_t crc32c_fast(uint32_t crc, const void *buf, size_t len);

#endif
