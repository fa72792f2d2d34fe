/* SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-only */
/* Extends a guest's SRAT, of which nothing is trusted, by its vNVDIMMs. */
#include "srat.h"

enum acpi_reason srat_length(const void *srat, size_t len, size_t *length)
{
	struct acpi_table header;

	if (len < sizeof(header))
		return ACPI_TRUNCATED;
	memcpy(&header, srat, sizeof(header));
	if (memcmp(header.signature, "SRAT", 4))
		return ACPI_BAD_SIGNATURE;
	if (header.length < sizeof(struct srat_table) || header.length > SRAT_MAX)
		return ACPI_BAD_LENGTH;
	*length = header.length;
	return ACPI_OK;
}

/* Each structure ends within the table, the last one with it: what is put behind it is read. */
static bool structures_ok(const uint8_t *srat, size_t length)
{
	size_t at = sizeof(struct srat_table);

	while (at < length) {
		if (length - at < 2 || srat[at + 1] < 2 || srat[at + 1] > length - at)
			return false;
		at += srat[at + 1];
	}
	return true;
}

static enum acpi_reason srat_check(const void *srat, size_t len, size_t *length)
{
	enum acpi_reason rc = srat_length(srat, len, length);

	if (rc)
		return rc;
	if (*length > len)
		return ACPI_TRUNCATED;
	if (acpi_checksum(srat, *length))
		return ACPI_BAD_CHECKSUM;
	return structures_ok(srat, *length) ? ACPI_OK : ACPI_BAD_LENGTH;
}

static struct srat_memory memory_of(const struct vnvdimm *v)
{
	return (struct srat_memory){
		.type = SRAT_MEMORY, .length = sizeof(struct srat_memory), .proximity = v->node, .base = v->gpa, .size = v->length,
		.flags = SRAT_ENABLED | SRAT_NON_VOLATILE,
	};
}

static void table_put(uint8_t *buf, const void *srat, size_t old, const struct vnvdimm *v, unsigned int nr, size_t size)
{
	const uint32_t length = (uint32_t)size;
	struct srat_memory memory;
	uint8_t *at = buf + old;

	memcpy(buf, srat, old);
	for (; nr; nr--, v++) {
		if (v->node == VNVDIMM_NO_NODE)
			continue;
		memory = memory_of(v);
		memcpy(at, &memory, sizeof(memory));
		at += sizeof(memory);
	}
	memcpy(buf + offsetof(struct acpi_table, length), &length, sizeof(length));
	buf[offsetof(struct acpi_table, checksum)] = 0;
	buf[offsetof(struct acpi_table, checksum)] = acpi_checksum(buf, size);
}

enum acpi_reason srat_extend(const void *srat, size_t srat_len, const struct vnvdimm *v, unsigned int nr, void *buf, size_t len, size_t *size)
{
	enum acpi_reason rc;
	unsigned int i;
	size_t old;

	rc = srat_check(srat, srat_len, &old);
	if (rc)
		return rc;
	*size = old;
	for (i = 0; i < nr; i++) {
		if (v[i].node == VNVDIMM_NO_NODE)
			continue;
		if (v[i].node >= SRAT_NODES)
			return ACPI_BAD_VNVDIMM;
		*size += sizeof(struct srat_memory);
	}
	if (*size > len)
		return ACPI_NO_SPACE;
	table_put(buf, srat, old, v, nr, *size);
	return ACPI_OK;
}
