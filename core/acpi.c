/* SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-only */
/*
 * Adds tables to a guest's ACPI tables. The guest's RSDP and XSDT are not trusted.
 */
#include "acpi.h"

#include "checksum.h"

#define AREA_ALIGN 64u

/* ACPI 6.2, section 5.2.5.3, Root System Description Pointer. */
struct rsdp {
	char signature[8];
	uint8_t checksum;	/* of the first 20 bytes, all that ACPI 1.0 has */
	char oem_id[6];
	uint8_t revision;	/* 2 since ACPI 2.0 */
	uint32_t rsdt;
	uint32_t length;
	uint64_t xsdt;
	uint8_t extended_checksum;
	uint8_t reserved[3];
} __attribute__((packed));

_Static_assert(offsetof(struct rsdp, checksum) == 8, "checksum");
_Static_assert(offsetof(struct rsdp, revision) == 15, "revision");
_Static_assert(offsetof(struct rsdp, length) == 20, "length");
_Static_assert(offsetof(struct rsdp, xsdt) == 24, "xsdt");
_Static_assert(offsetof(struct rsdp, extended_checksum) == 32, "extended_checksum");
_Static_assert(sizeof(struct rsdp) == ACPI_RSDP_SIZE, "an RSDP is 36 bytes");

#define RSDP_V1_SIZE 20u

static enum acpi_reason rsdp_load(const void *buf, size_t len, struct rsdp *r)
{
	if (len < RSDP_V1_SIZE)
		return ACPI_TRUNCATED;
	memset(r, 0, sizeof(*r));
	memcpy(r, buf, len < sizeof(*r) ? len : sizeof(*r));
	if (memcmp(r->signature, "RSD PTR ", sizeof(r->signature)))
		return ACPI_BAD_SIGNATURE;
	if (acpi_checksum(r, RSDP_V1_SIZE))
		return ACPI_BAD_CHECKSUM;
	if (r->revision < 2)
		return ACPI_NO_XSDT;
	if (len < sizeof(*r))
		return ACPI_TRUNCATED;
	/* A longer RSDP has fields that this code does not know how to keep right. */
	if (r->length != sizeof(*r))
		return ACPI_BAD_LENGTH;
	if (acpi_checksum(r, sizeof(*r)))
		return ACPI_BAD_CHECKSUM;
	return r->xsdt ? ACPI_OK : ACPI_NO_XSDT;
}

enum acpi_reason acpi_rsdp_read(const void *rsdp, size_t len, uint64_t *xsdt)
{
	struct rsdp r;
	enum acpi_reason rc = rsdp_load(rsdp, len, &r);

	if (!rc)
		*xsdt = r.xsdt;
	return rc;
}

enum acpi_reason acpi_rsdp_point(void *rsdp, size_t len, uint64_t xsdt)
{
	struct rsdp r;
	enum acpi_reason rc = rsdp_load(rsdp, len, &r);

	if (rc)
		return rc;
	r.xsdt = xsdt;
	r.checksum = 0;
	r.checksum = acpi_checksum(&r, RSDP_V1_SIZE);
	r.extended_checksum = 0;
	r.extended_checksum = acpi_checksum(&r, sizeof(r));
	memcpy(rsdp, &r, sizeof(r));
	return ACPI_OK;
}

enum acpi_reason acpi_table_length(const void *table, size_t len, const char *signature,
				   size_t max, size_t *length)
{
	struct acpi_table t;

	if (len < sizeof(t))
		return ACPI_TRUNCATED;
	memcpy(&t, table, sizeof(t));
	if (memcmp(t.signature, signature, sizeof(t.signature)))
		return ACPI_BAD_SIGNATURE;
	if (t.length < sizeof(t) || t.length > max)
		return ACPI_BAD_LENGTH;
	*length = t.length;
	return ACPI_OK;
}

enum acpi_reason acpi_table_check(const void *table, size_t len, const char *signature, size_t max,
				  size_t *length)
{
	enum acpi_reason rc = acpi_table_length(table, len, signature, max, length);

	if (rc)
		return rc;
	if (*length > len)
		return ACPI_TRUNCATED;
	return acpi_checksum(table, *length) ? ACPI_BAD_CHECKSUM : ACPI_OK;
}

enum acpi_reason acpi_xsdt_length(const void *xsdt, size_t len, size_t *length)
{
	size_t said;
	enum acpi_reason rc = acpi_table_length(xsdt, len, "XSDT", ACPI_XSDT_MAX, &said);

	if (rc)
		return rc;
	if ((said - sizeof(struct acpi_table)) % sizeof(uint64_t))
		return ACPI_BAD_LENGTH;
	*length = said;
	return ACPI_OK;
}

static enum acpi_reason xsdt_check(const void *xsdt, size_t len, size_t *length)
{
	enum acpi_reason rc = acpi_xsdt_length(xsdt, len, length);

	return rc ? rc : acpi_table_check(xsdt, len, "XSDT", ACPI_XSDT_MAX, length);
}

enum acpi_reason acpi_xsdt_extend(const void *xsdt, size_t xsdt_len, const uint64_t *tables,
				  size_t nr, void *buf, size_t len, size_t *size)
{
	size_t old, all;
	struct acpi_table t;
	uint8_t *table = buf;
	enum acpi_reason rc = xsdt_check(xsdt, xsdt_len, &old);

	if (rc)
		return rc;
	if (nr > (ACPI_XSDT_MAX - old) / sizeof(*tables))
		return ACPI_BAD_LENGTH;
	all = old + nr * sizeof(*tables);
	*size = all;
	if (all > len)
		return ACPI_NO_SPACE;
	memcpy(table, xsdt, old);
	memcpy(table + old, tables, all - old);
	memcpy(&t, table, sizeof(t));
	t.length = (uint32_t)all;
	t.checksum = 0;
	memcpy(table, &t, sizeof(t));
	table[offsetof(struct acpi_table, checksum)] = acpi_checksum(table, all);
	return ACPI_OK;
}

static size_t align_up(size_t n)
{
	return (n + AREA_ALIGN - 1) / AREA_ALIGN * AREA_ALIGN;
}

/* Offsets in the area of the tables that the XSDT gets. */
struct layout {
	size_t at[ACPI_ADDED_MAX];
	size_t xsdt_size, size;
};

static enum acpi_reason layout_plan(const struct acpi_area *a, struct layout *l)
{
	const uint64_t none[ACPI_ADDED_MAX] = { 0 };
	enum acpi_reason rc;
	unsigned int i;

	if (a->nr > ACPI_ADDED_MAX)
		return ACPI_BAD_LENGTH;
	if (a->gpa % AREA_ALIGN)
		return ACPI_BAD_ADDRESS;
	rc = acpi_xsdt_extend(a->xsdt, a->xsdt_len, none, a->nr, NULL, 0, &l->xsdt_size);
	if (rc != ACPI_NO_SPACE)
		return rc;
	l->size = l->xsdt_size;
	for (i = 0; i < a->nr; i++) {
		l->at[i] = align_up(l->size);
		l->size = l->at[i] + a->tables[i].len;
	}
	return a->gpa > UINT64_MAX - l->size ? ACPI_BAD_ADDRESS : ACPI_OK;
}

enum acpi_reason acpi_layout(const struct acpi_area *area, void *buf, size_t len, size_t *size)
{
	uint64_t addresses[ACPI_ADDED_MAX];
	struct layout l;
	uint8_t *to = buf;
	size_t ignored;
	unsigned int i;
	enum acpi_reason rc = layout_plan(area, &l);

	if (rc)
		return rc;
	*size = l.size;
	if (l.size > len)
		return ACPI_NO_SPACE;
	memset(to, 0, l.size);
	for (i = 0; i < area->nr; i++) {
		addresses[i] = area->gpa + l.at[i];
		memcpy(to + l.at[i], area->tables[i].bytes, area->tables[i].len);
	}
	return acpi_xsdt_extend(area->xsdt, area->xsdt_len, addresses, area->nr, to, l.xsdt_size,
				&ignored);
}

static const char *const texts[ACPI_REASONS] = {
	[ACPI_OK] = "the guest's ACPI tables are good",
	[ACPI_TRUNCATED] = "the guest's ACPI tables are truncated",
	[ACPI_BAD_SIGNATURE] =
		"the guest's ACPI tables are not where they should be: wrong signature",
	[ACPI_BAD_LENGTH] = "one of the guest's ACPI tables has an impossible length",
	[ACPI_BAD_CHECKSUM] = "one of the guest's ACPI tables has a wrong checksum",
	[ACPI_NO_XSDT] = "the guest has no XSDT",
	[ACPI_BAD_CPUS] = "the guest's MADT names no CPU, too many, or is broken",
	[ACPI_BAD_ADDRESS] =
		"the address for the guest's new ACPI tables is misaligned or too high",
	[ACPI_NO_SPACE] = "there is no room for the guest's new ACPI tables",
};

const char *acpi_reason_text(enum acpi_reason reason)
{
	return (unsigned int)reason < ACPI_REASONS ? texts[reason] :
	       "the guest's ACPI tables are refused for an unknown reason";
}
