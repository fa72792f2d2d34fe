// SPDX-License-Identifier: LGPL-2.1-only
/*
 * Adds tables to a PVH guest's ACPI tables: NFIT and SSDT of its vNVDIMMs, and SRAT, SLIT and HMAT
 * of its RAM on NVDIMMs.
 */
#include <string.h>

#include "core/numa.h"
#include "core/ssdt.h"
#include "guest.h"

static int acpi_fail(xenpmem_handle *h, enum acpi_reason reason)
{
	return reason == ACPI_OK ? 0 :
	       fail(h, -EIO, "the guest's ACPI tables: %s", acpi_reason_text(reason));
}

/*
 * Looks for the MADT, and refuses an NFIT: two NFITs would give two NVDIMMs the same handle, and
 * two SSDTs the same device.
 */
static int tables_look(xenpmem_handle *h, uint32_t domid, struct guest_acpi *acpi)
{
	uint64_t table;
	char signature[4];
	size_t at;
	int rc;

	acpi->madt_gpa = 0;
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
		if (!acpi->madt_gpa && !memcmp(signature, MADT_SIGNATURE, sizeof(signature)))
			acpi->madt_gpa = table;
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
		rc = tables_look(h, domid, acpi);
	return rc;
}

/* The tables that are ready to be laid out, and their bytes. */
struct tables {
	struct acpi_added list[ACPI_ADDED_MAX];
	unsigned int nr;
	uint8_t nfit[NFIT_MAX], ssdt[SSDT_MAX], srat[SRAT_MAX], slit[SLIT_MAX], hmat[HMAT_MAX];
};

static void table_add(struct tables *t, const void *bytes, size_t len)
{
	t->list[t->nr++] = (struct acpi_added){ bytes, len };
}

static int vnvdimm_tables_build(xenpmem_handle *h, uint64_t scrub_gpa, const struct plan *plan,
				struct tables *t)
{
	size_t nfit = nfit_build(plan->tables, plan->nr, &plan->caps, t->nfit, sizeof(t->nfit)),
		ssdt = ssdt_build(plan->tables, plan->nr, NULL, scrub_gpa, t->ssdt,
				  sizeof(t->ssdt));

	if (!nfit || !ssdt)
		return fail(h, -EIO,
			    "the guest's ACPI tables: the vNVDIMMs do not fit into an NFIT");
	table_add(t, t->nfit, nfit);
	table_add(t, t->ssdt, ssdt);
	return 0;
}

static int cpus_read(xenpmem_handle *h, uint32_t domid, const struct guest_acpi *acpi,
		     uint32_t ids[MADT_CPUS_MAX], unsigned int *nr)
{
	uint8_t madt[MADT_MAX];
	size_t len;
	int rc;

	if (!acpi->madt_gpa)
		return fail(h, -EIO, "domain %u has no MADT, so its CPUs are not known", domid);
	rc = guest_read(h, domid, acpi->madt_gpa, madt, sizeof(struct acpi_table));
	if (!rc)
		rc = acpi_fail(h, acpi_table_length(madt, sizeof(struct acpi_table),
						    MADT_SIGNATURE, sizeof(madt), &len));
	if (!rc)
		rc = guest_read(h, domid, acpi->madt_gpa, madt, len);
	return rc ? rc : acpi_fail(h, madt_read(madt, len, ids, nr));
}

/* The guest's DRAM, by its memory map, then its RAM on NVDIMMs. */
static int ranges_list(xenpmem_handle *h, const struct guest_map *map, const struct plan *plan,
		       struct numa_range *ranges, unsigned int *nr)
{
	const struct memmap_entry *e;

	*nr = 0;
	for (e = map->entries; e < map->entries + map->nr; e++) {
		if (e->type != MEMMAP_RAM || !e->size)
			continue;
		if (*nr == NUMA_RANGES_MAX - plan->nr_ram)
			return fail(h, -ENOSPC,
				    "the guest's memory map has more than %u ranges of RAM",
				    NUMA_RANGES_MAX - plan->nr_ram);
		ranges[(*nr)++] = (struct numa_range){ e->addr, e->size, 0 };
	}
	memcpy(ranges + *nr, plan->ram, plan->nr_ram * sizeof(ranges[0]));
	*nr += plan->nr_ram;
	return 0;
}

static int numa_tables_build(xenpmem_handle *h, const struct numa_guest *guest, struct tables *t)
{
	size_t srat = srat_build(guest, t->srat, sizeof(t->srat)),
		slit = slit_build(guest->own, t->slit, sizeof(t->slit)),
		hmat = hmat_build(guest->own, t->hmat, sizeof(t->hmat));

	if (!srat || !slit || !hmat)
		return fail(h, -EIO, "the guest's ACPI tables: its RAM does not fit into an SRAT");
	table_add(t, t->srat, srat);
	table_add(t, t->slit, slit);
	table_add(t, t->hmat, hmat);
	return 0;
}

static int ram_tables_build(xenpmem_handle *h, uint32_t domid, const struct guest_acpi *acpi,
			    const struct guest_map *map, const struct plan *plan,
			    struct tables *t)
{
	struct numa_range ranges[NUMA_RANGES_MAX];
	uint32_t ids[MADT_CPUS_MAX];
	struct numa_guest guest = { .cpus = ids, .ranges = ranges, .own = plan->own };
	int rc;

	rc = cpus_read(h, domid, acpi, ids, &guest.nr_cpus);
	if (!rc)
		rc = ranges_list(h, map, plan, ranges, &guest.nr_ranges);
	return rc ? rc : numa_tables_build(h, &guest, t);
}

static int tables_build(xenpmem_handle *h, uint32_t domid, const struct guest_acpi *acpi,
			const struct guest_map *map, const struct plan *plan, struct tables *t)
{
	int rc;

	t->nr = 0;
	rc = plan->nr ? vnvdimm_tables_build(h, acpi->scrub_gpa, plan, t) : 0;
	if (!rc && plan->own)
		rc = ram_tables_build(h, domid, acpi, map, plan, t);
	return rc;
}

static int tables_lay(xenpmem_handle *h, uint32_t domid, struct guest_acpi *acpi,
		      const struct guest_map *map, const struct plan *plan)
{
	struct acpi_area area = { .xsdt = acpi->xsdt, .xsdt_len = acpi->xsdt_len,
				  .gpa = acpi->gpa };
	struct tables t;
	int rc;

	rc = tables_build(h, domid, acpi, map, plan, &t);
	if (rc || !t.nr)
		return rc;
	memcpy(area.tables, t.list, sizeof(area.tables));
	area.nr = t.nr;
	memset(acpi->bytes, 0, sizeof(acpi->bytes));
	return acpi_fail(h, acpi_layout(&area, acpi->bytes, sizeof(acpi->bytes), &acpi->len));
}

/* Once more when the address of the scrub page is known: it changes no length. */
int guest_acpi_build(xenpmem_handle *h, uint32_t domid, struct guest_acpi *acpi, uint64_t gpa,
		     const struct guest_map *map, const struct plan *plan)
{
	int rc;

	acpi->gpa = gpa;
	acpi->len = 0;
	acpi->scrub_gpa = plan->nr ? gpa : 0;
	rc = tables_lay(h, domid, acpi, map, plan);
	if (rc || !acpi->scrub_gpa)
		return rc;
	acpi->scrub_gpa = round_up(gpa + acpi->len, PAGE);
	return tables_lay(h, domid, acpi, map, plan);
}

int guest_acpi_write(xenpmem_handle *h, uint32_t domid, const struct plan *plan,
		     const struct guest_acpi *acpi)
{
	uint8_t rsdp[ACPI_RSDP_SIZE];
	int rc;

	if (!acpi->len)
		return 0;
	memcpy(rsdp, acpi->rsdp, sizeof(rsdp));
	rc = acpi_fail(h, acpi_rsdp_point(rsdp, sizeof(rsdp), acpi->gpa));
	if (!rc)
		rc = guest_add_pages(h, domid, acpi->gpa, (acpi->len + PAGE - 1) / PAGE);
	if (!rc && acpi->scrub_gpa)
		rc = guest_add_pages(h, domid, acpi->scrub_gpa, 1);
	if (!rc && acpi->scrub_gpa)
		rc = guest_scrub_write(h, domid, acpi->scrub_gpa, plan);
	if (!rc)
		rc = guest_write(h, domid, acpi->gpa, acpi->bytes, acpi->len);
	if (!rc)
		rc = guest_write(h, domid, acpi->rsdp_gpa, rsdp, sizeof(rsdp));
	return rc;
}
