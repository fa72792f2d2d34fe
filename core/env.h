/* SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-only */
/*
 * All that core/ needs from its surroundings: fixed-width integers and three functions that both
 * Xen and libc provide. GCC may also call memmove. The payload, the library and the tests build
 * core/ with this alone; extents.c includes <linux/fiemap.h> besides.
 */
#ifndef XEN_PMEM_CORE_ENV_H
#define XEN_PMEM_CORE_ENV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

void *memcpy(void *to, const void *from, size_t len);
void *memset(void *at, int value, size_t len);
int memcmp(const void *a, const void *b, size_t len);

#define KIB(n) ((uint64_t)(n) << 10)
#define MIB(n) ((uint64_t)(n) << 20)
#define GIB(n) ((uint64_t)(n) << 30)

/* Structures on NVDIMMs and in ACPI tables are little-endian, and laid over memory as they are. */
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
	       "core/ is written for little-endian machines");

#endif
