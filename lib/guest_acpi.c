// SPDX-License-Identifier: LGPL-2.1-only
/* Adds NFIT and SSDT to a PVH guest's ACPI tables. */
#include <string.h>

#include "core/ssdt.h"
#include "guest.h"

static int acpi_fail(xenpmem_handle *h, enum acpi_reason reason)
{
	return reason == ACPI_OK ? 0 :
	       fail(h, -EIO, "the guest's ACPI tables: %s", acpi_reason_text(reason));
}

/* Two NFITs would give two NVDIMMs the same handle, and two SSDTs the same device. */
static int nfit_look(xenpmem_handle *h, uint32_t domid, const struct guest_acpi *acpi)
{
	uint64_t table;
	char signature[4];
	size_t at;
	int rc;

	for (at = sizeof(struct acpi_table); at + sizeof(table) <= acpi->xsdt_len;
	     at += sizeof(table)) {
		memcpy(&table, acpi->xsdt + at, sizeof(table));
		rc = guest_read(h, domid, table, signature, sizeof(signature));
		if (rc)
			return rc;
		if (!memcmp(signature, "NFIT", sizeof(signature)))
			return fail(h, -EEXIST,
				    "domain %u has vNVDIMMs already; name all of them at once",
				    domid);
	}
	return 0;
}

int guest_acpi_read(xenpmem_handle *h, uint32_t domid, uint64_t rsdp_gpa, struct guest_acpi *acpi)
{
	uint64_t xsdt;
	int rc;

	if (!rsdp_gpa)
		return fail(h, -EPERM, "domain %u has no ACPI tables (acpi=1 is needed)", domid);
	acpi->rsdp_gpa = rsdp_gpa;
	rc = guest_read(h, domid, rsdp_gpa, acpi->rsdp, sizeof(acpi->rsdp));
	if (!rc)
		rc = acpi_fail(h, acpi_rsdp_read(acpi->rsdp, sizeof(acpi->rsdp), &xsdt));
	if (!rc)
		rc = guest_read(h, domid, xsdt, acpi->xsdt, sizeof(struct acpi_table));
	if (!rc)
		rc = acpi_fail(h,
			       acpi_xsdt_length(acpi->xsdt, sizeof(struct acpi_table),
						&acpi->xsdt_len));
	if (!rc)
		rc = guest_read(h, domid, xsdt, acpi->xsdt, acpi->xsdt_len);
	if (!rc)
		rc = nfit_look(h, domid, acpi);
	return rc;
}

int guest_acpi_build(xenpmem_handle *h, struct guest_acpi *acpi, uint64_t gpa,
		     const struct plan *plan)
{
	uint8_t nfit[NFIT_MAX], ssdt[SSDT_MAX];
	struct acpi_area area = {
		.xsdt = acpi->xsdt, .xsdt_len = acpi->xsdt_len, .nr = 2, .gpa = gpa,
		.tables = { { nfit, nfit_build(plan->tables, plan->nr, &plan->caps, nfit,
					       sizeof(nfit)) },
			    { ssdt, ssdt_build(plan->tables, plan->nr, NULL, ssdt,
					       sizeof(ssdt)) } },
	};

	if (!area.tables[0].len || !area.tables[1].len)
		return fail(h, -EIO,
			    "the guest's ACPI tables: the vNVDIMMs do not fit into an NFIT");
	acpi->gpa = gpa;
	memset(acpi->bytes, 0, sizeof(acpi->bytes));
	return acpi_fail(h, acpi_layout(&area, acpi->bytes, sizeof(acpi->bytes), &acpi->len));
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
