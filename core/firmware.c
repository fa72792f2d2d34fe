/* SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-only */
/* Checks the tables that an HVM guest's owner gave it, and appends NFIT and SSDT. */
#include "firmware.h"

#include "checksum.h"

/* The names of our SSDT in \_SB, without XQ01 to XQ16. */
static const char own_names[][5] = { "XPQR", "XPQW", "XPQE" };

static bool name_is_ours(const uint8_t *name)
{
	unsigned int i;

	for (i = 0; i < sizeof(own_names) / sizeof(own_names[0]); i++)
		if (!memcmp(name, own_names[i], 4))
			return true;
	if (memcmp(name, "XQ", 2))
		return false;
	if (name[2] < '0' || name[2] > '9' || name[3] < '0' || name[3] > '9')
		return false;
	i = (name[2] - '0') * 10u + (name[3] - '0');
	return i && i <= VNVDIMMS_MAX;
}

/*
 * AML is not interpreted: a table that holds these bytes anywhere is refused. A table of any
 * signature may hold AML (LoadTable).
 */
static enum firmware_reason names_check(const uint8_t *table, size_t len)
{
	size_t at;

	for (at = sizeof(struct acpi_table); at + 4 <= len; at++) {
		if (at + 8 <= len && !memcmp(table + at, "ACPI0012", 8))
			return FIRMWARE_ROOT;
		if (name_is_ours(table + at))
			return FIRMWARE_NAME;
	}
	return FIRMWARE_OK;
}

static enum firmware_reason table_check(const uint8_t *table, size_t left, uint32_t *length)
{
	struct acpi_table header;

	if (left < sizeof(header))
		return FIRMWARE_TRUNCATED;
	memcpy(&header, table, sizeof(header));
	*length = header.length;
	if (header.length < sizeof(header))
		return FIRMWARE_BAD_LENGTH;
	if (header.length > left)
		return FIRMWARE_TRUNCATED;
	if (acpi_checksum(table, header.length))
		return FIRMWARE_BAD_CHECKSUM;
	if (!memcmp(header.signature, "NFIT", sizeof(header.signature)))
		return FIRMWARE_NFIT;
	return names_check(table, header.length);
}

enum firmware_reason firmware_check(const void *own, size_t len, unsigned int *at)
{
	const uint8_t *table = own;
	enum firmware_reason rc;
	uint32_t length;

	*at = 0;
	if (len > FIRMWARE_OWN_MAX)
		return FIRMWARE_TOO_LARGE;
	for (; len; table += length, len -= length, (*at)++) {
		if (*at == FIRMWARE_OWN_TABLES_MAX)
			return FIRMWARE_TOO_MANY;
		rc = table_check(table, len, &length);
		if (rc)
			return rc;
	}
	return FIRMWARE_OK;
}

enum firmware_reason firmware_build(const void *own, size_t own_len, const struct vnvdimm *v,
				    unsigned int nr, const struct nfit_capabilities *caps,
				    const struct ssdt_plug *plug, uint64_t scrub_gpa, void *buf,
				    size_t len, size_t *size)
{
	size_t nfit = nfit_build(v, nr, caps, NULL, 0),
	       ssdt = ssdt_build(v, nr, plug, scrub_gpa, NULL, 0);
	enum firmware_reason rc;
	uint8_t *to = buf;
	unsigned int at;

	rc = firmware_check(own, own_len, &at);
	if (rc)
		return rc;
	if (!nfit || !ssdt)
		return FIRMWARE_BAD_VNVDIMM;
	*size = own_len + nfit + ssdt;
	if (*size > len)
		return FIRMWARE_NO_SPACE;
	if (own_len)
		memcpy(to, own, own_len);
	nfit_build(v, nr, caps, to + own_len, nfit);
	ssdt_build(v, nr, plug, scrub_gpa, to + own_len + nfit, ssdt);
	return FIRMWARE_OK;
}

static const char *const texts[FIRMWARE_REASONS] = {
	[FIRMWARE_OK] = "the tables are good",
	[FIRMWARE_TRUNCATED] = "it ends within a table",
	[FIRMWARE_BAD_LENGTH] = "a table's length is impossible",
	[FIRMWARE_BAD_CHECKSUM] = "a table's checksum is wrong",
	[FIRMWARE_NFIT] = "it has an NFIT of its own, and a guest can have only one",
	[FIRMWARE_ROOT] = "it has an NVDIMM root device (ACPI0012), and a guest can have only one",
	[FIRMWARE_NAME] = "it has a name that xen-pmem needs (XPQR, XPQW, XPQE, XQ01 to XQ16)",
	[FIRMWARE_TOO_MANY] =
		"it has more than 5 tables, and the guest's firmware has no room for more",
	[FIRMWARE_TOO_LARGE] = "it has more than 512 KiB",
	[FIRMWARE_BAD_VNVDIMM] = "the vNVDIMMs cannot be put into tables",
	[FIRMWARE_NO_SPACE] = "the tables need more room than there is",
};

const char *firmware_reason_text(enum firmware_reason reason)
{
	return (unsigned int)reason < FIRMWARE_REASONS ? texts[reason] :
	       "the tables are refused for an unknown reason";
}
