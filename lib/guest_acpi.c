// SPDX-License-Identifier: LGPL-2.1-only
/* The guest's ACPI tables: reads RSDP, XSDT and SRAT, lays out NFIT, SSDT and a longer SRAT for new pages, writes them and points the RSDP there. */
#include <string.h>

#include "core/error.h"
#include "core/ssdt.h"
#include "guest.h"

static int acpi_fail(xenpmem_handle *h, enum acpi_reason reason)
{
	return reason == ACPI_OK ? 0 : fail(h, -EIO, "the guest's ACPI tables: %s", acpi_reason_text(reason));
}

static int srat_read(xenpmem_handle *h, uint32_t domid, uint64_t table, size_t entry, struct guest_acpi *acpi)
{
	int rc;

	rc = guest_read(h, domid, table, acpi->srat, sizeof(struct acpi_table));
	if (!rc)
		rc = acpi_fail(h, srat_length(acpi->srat, sizeof(struct acpi_table), &acpi->srat_len));
	acpi->srat_entry = entry;
	return rc ? rc : guest_read(h, domid, table, acpi->srat, acpi->srat_len);
}

/* Two NFITs would give two NVDIMMs the same handle, and two SSDTs the same device. */
static int tables_look(xenpmem_handle *h, uint32_t domid, struct guest_acpi *acpi)
{
	uint64_t table;
	char signature[4];
	size_t at;
	int rc;

	acpi->srat_len = 0;
	for (at = sizeof(struct acpi_table); at + sizeof(table) <= acpi->xsdt_len; at += sizeof(table)) {
		memcpy(&table, acpi->xsdt + at, sizeof(table));
		rc = guest_read(h, domid, table, signature, sizeof(signature));
		if (!rc && !memcmp(signature, "NFIT", sizeof(signature)))
			rc = fail(h, -EEXIST, "domain %u has vNVDIMMs already; name all of them at once", domid);
		if (!rc && !memcmp(signature, "SRAT", sizeof(signature)))
			rc = srat_read(h, domid, table, at, acpi);
		if (rc)
			return rc;
	}
	return 0;
}

int guest_acpi_read(xenpmem_handle *h, uint32_t domid, uint64_t rsdp_gpa, struct guest_acpi *acpi)
{
	uint64_t xsdt;
	int rc;

	acpi->rsdp_gpa = rsdp_gpa;
	rc = guest_read(h, domid, rsdp_gpa, acpi->rsdp, sizeof(acpi->rsdp));
	if (!rc)
		rc = acpi_fail(h, acpi_rsdp_read(acpi->rsdp, sizeof(acpi->rsdp), &xsdt));
	if (!rc)
		rc = guest_read(h, domid, xsdt, acpi->xsdt, sizeof(struct acpi_table));
	if (!rc)
		rc = acpi_fail(h, acpi_xsdt_length(acpi->xsdt, sizeof(struct acpi_table), &acpi->xsdt_len));
	if (!rc)
		rc = guest_read(h, domid, xsdt, acpi->xsdt, acpi->xsdt_len);
	if (!rc)
		rc = tables_look(h, domid, acpi);
	return rc;
}

/* The XSDT names another SRAT, which stands at `table`. */
static void xsdt_repoint(struct guest_acpi *acpi, uint64_t table)
{
	uint8_t *checksum = acpi->xsdt + offsetof(struct acpi_table, checksum);

	memcpy(acpi->xsdt + acpi->srat_entry, &table, sizeof(table));
	*checksum = 0;
	*checksum = acpi_checksum(acpi->xsdt, acpi->xsdt_len);
}

/* A guest with virtual NUMA: its SRAT, extended, comes behind what was laid out, which is laid out once more. */
static int srat_build(xenpmem_handle *h, struct guest_acpi *acpi, const struct acpi_area *area, const struct plan *plan)
{
	size_t at = round_up(acpi->len, 64), len;
	int rc;

	if (at > sizeof(acpi->bytes))
		return acpi_fail(h, ACPI_NO_SPACE);
	rc = acpi_fail(h, srat_extend(acpi->srat, acpi->srat_len, plan->tables, plan->nr, acpi->bytes + at, sizeof(acpi->bytes) - at, &len));
	if (rc)
		return rc;
	xsdt_repoint(acpi, acpi->gpa + at);
	rc = acpi_fail(h, acpi_layout(area, acpi->bytes, at, &acpi->len));
	acpi->len = at + len;
	return rc;
}

int guest_acpi_build(xenpmem_handle *h, struct guest_acpi *acpi, uint64_t gpa, const struct plan *plan)
{
	uint8_t ssdt[SSDT_MAX];
	struct acpi_area area = {
		.xsdt = acpi->xsdt, .xsdt_len = acpi->xsdt_len, .vnvdimms = plan->tables, .nr_vnvdimms = plan->nr, .caps = &plan->caps,
		.ssdt = ssdt, .ssdt_len = ssdt_build(plan->tables, plan->nr, ssdt, sizeof(ssdt)), .gpa = gpa,
	};
	int rc;

	acpi->gpa = gpa;
	memset(acpi->bytes, 0, sizeof(acpi->bytes));
	rc = acpi_fail(h, acpi_layout(&area, acpi->bytes, sizeof(acpi->bytes), &acpi->len));
	return rc || !acpi->srat_len ? rc : srat_build(h, acpi, &area, plan);
}

int guest_acpi_write(xenpmem_handle *h, uint32_t domid, const struct guest_acpi *acpi)
{
	uint8_t rsdp[ACPI_RSDP_SIZE];
	int rc;

	memcpy(rsdp, acpi->rsdp, sizeof(rsdp));
	rc = acpi_fail(h, acpi_rsdp_point(rsdp, sizeof(rsdp), acpi->gpa));
	if (!rc)
		rc = guest_add_pages(h, domid, acpi->gpa, (acpi->len + PAGE - 1) / PAGE);
	if (!rc)
		rc = guest_write(h, domid, acpi->gpa, acpi->bytes, acpi->len);
	if (!rc)
		rc = guest_write(h, domid, acpi->rsdp_gpa, rsdp, sizeof(rsdp));
	return rc;
}
