/* SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-only */
/* CRC-32C, half a byte at a time: small, and quick enough for a record of 4 KiB. */
#include "crc32c.h"

/* Entry n: n after four shifts. Polynomial 0x1edc6f41, reflected 0x82f63b78. */
static const uint32_t shifted[16] = {
	0x00000000, 0x105ec76f, 0x20bd8ede, 0x30e349b1,
	0x417b1dbc, 0x5125dad3, 0x61c69362, 0x7198540d,
	0x82f63b78, 0x92a8fc17, 0xa24bb5a6, 0xb21572c9,
	0xc38d26c4, 0xd3d3e1ab, 0xe330a81a, 0xf36e6f75,
};

uint32_t crc32c(uint32_t crc, const void *buf, size_t len)
{
	const uint8_t *byte = buf, *end = byte + len;

	crc = ~crc;
	for (; byte != end; byte++) {
		crc ^= *byte;
		crc = (crc >> 4) ^ shifted[crc & 15];
		crc = (crc >> 4) ^ shifted[crc & 15];
	}
	return ~crc;
}
