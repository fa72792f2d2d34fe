// SPDX-License-Identifier: GPL-2.0-only
/* CRC-32C by the instruction of SSE 4.2, which any host with NVDIMMs has: the table of core/ would take an hour for each TiB. */
#include "copy/crc32c_fast.h"

#include <string.h>

#include "core/crc32c.h"

__attribute__((target("sse4.2"))) static uint32_t crc32c_sse(uint32_t crc, const uint8_t *byte, size_t len)
{
	uint64_t sum64 = ~crc, word;

	for (; len >= sizeof(word); len -= sizeof(word), byte += sizeof(word)) {
		memcpy(&word, byte, sizeof(word));
		sum64 = __builtin_ia32_crc32di(sum64, word);
	}
	crc = (uint32_t)sum64;
	while (len--)
		crc = __builtin_ia32_crc32qi(crc, *byte++);
	return ~crc;
}

uint32_t crc32c_fast(uint32_t crc, const void *buf, size_t len)
{
	return __builtin_cpu_supports("sse4.2") ? crc32c_sse(crc, buf, len) : crc32c(crc, buf, len);
}
