/* SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-only */
/* Computes the checksum of ACPI tables. */
#include "checksum.h"

uint8_t acpi_checksum(const void *buf, size_t len)
{
	const uint8_t *byte = buf, *end = byte + len;
	uint8_t sum = 0;

	while (byte != end)
		sum = (uint8_t)(sum + *byte++);
	return (uint8_t)-sum;
}
