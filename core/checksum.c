/* SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-only */
/* Computes the checksum of ACPI tables, and makes their header. */
#include "checksum.h"

uint8_t acpi_checksum(const void *buf, size_t len)
{
	const uint8_t *byte = buf, *end = byte + len;
	uint8_t sum = 0;

	while (byte != end)
		sum = (uint8_t)(sum + *byte++);
	return (uint8_t)-sum;
}

void acpi_header_put(void *table, size_t size, const char *signature, uint8_t revision)
{
	struct acpi_table t = {
		.length = (uint32_t)size,
		.revision = revision,
		.oem_id = { 'X', 'N', 'P', 'M', 'E', 'M' },
		.oem_table_id = { 'v', 'N', 'V', 'D', 'I', 'M', 'M', 's' },
		.oem_revision = 1,
		.creator_id = { 'X', 'N', 'P', 'M' },
		.creator_revision = 1,
	};

	memcpy(t.signature, signature, sizeof(t.signature));
	memcpy(table, &t, sizeof(t));
	t.checksum = acpi_checksum(table, size);
	memcpy(table, &t, sizeof(t));
}
