/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which tables a PVH guest gets for its vNVDIMMs and its RAM on NVDIMMs, and what is refused. The
 * guest's memory is an array here:
 *   0xfc001000       0xfc002000     0xfc003000   0xfc004000       0xfc005000
 *   MADT             a table        XSDT         RSDP             new pages
 */
#define _GNU_SOURCE
#include "suite.h"

#undef fail	/* cmocka's: the library has a function of that name */
#include "lib/guest.h"
#include "core/checksum.h"

#define MEMORY_GPA 0xfc000000ull
#define MADT_AT 0x1000u
#define OTHER_AT 0x2000u
#define XSDT_AT 0x3000u
#define RSDP_AT 0x4000u
#define NEW_AT 0x5000u
#define G ((uint64_t)1 << 30)

static uint8_t memory[0x20000];
static unsigned int writes, pages_added;
static struct guest_acpi acpi;
static struct guest_map map;

int guest_read(xenpmem_handle *h, uint32_t domid, uint64_t gpa, void *buf, size_t len)
{
	(void)domid;
	if (gpa < MEMORY_GPA || gpa - MEMORY_GPA > sizeof(memory) - len)
		return fail(h, -EFAULT, "not RAM");
	memcpy(buf, memory + (gpa - MEMORY_GPA), len);
	return 0;
}

int guest_write(xenpmem_handle *h, uint32_t domid, uint64_t gpa, const void *buf, size_t len)
{
	(void)domid;
	writes++;
	if (gpa < MEMORY_GPA || gpa - MEMORY_GPA > sizeof(memory) - len)
		return fail(h, -EFAULT, "not RAM");
	memcpy(memory + (gpa - MEMORY_GPA), buf, len);
	return 0;
}

int guest_scrub_write(xenpmem_handle *h, uint32_t domid, uint64_t gpa, const struct plan *plan)
{
	uint8_t page[SCRUB_SIZE] = { 's' };

	(void)plan;
	return guest_write(h, domid, gpa, page, sizeof(page));
}

int guest_add_pages(xenpmem_handle *h, uint32_t domid, uint64_t gpa, unsigned int nr)
{
	(void)h;
	(void)domid;
	assert_int_equal(gpa, MEMORY_GPA + NEW_AT + pages_added * 4096);
	pages_added += nr;
	return 0;
}

/* With the MADT of tests/data, or another table in its place. */
static void guest_make(bool with_madt)
{
	const uint64_t tables[2] = { MEMORY_GPA + OTHER_AT, MEMORY_GPA + MADT_AT };
	uint8_t *rsdp = memory + RSDP_AT, *xsdt = memory + XSDT_AT;

	memset(memory, 0, sizeof(memory));
	writes = pages_added = 0;
	golden_read("madt.hex", memory + MADT_AT, 4096);
	if (!with_madt)
		memcpy(memory + MADT_AT, "OEM1", 4);
	acpi_header_put(memory + OTHER_AT, 36, "FACP", 5);
	memcpy(xsdt + 36, tables, sizeof(tables));
	acpi_header_put(xsdt, 36 + sizeof(tables), "XSDT", 1);
	memcpy(rsdp, "RSD PTR ", 8);
	rsdp[15] = 2;
	rsdp[20] = ACPI_RSDP_SIZE;
	memcpy(rsdp + 24, &(uint64_t){ MEMORY_GPA + XSDT_AT }, 8);
	rsdp[8] = acpi_checksum(rsdp, 20);
	rsdp[32] = acpi_checksum(rsdp, ACPI_RSDP_SIZE);
	map.nr = 4;
	map.entries[0] = (struct memmap_entry){ 0, G / 2, MEMMAP_RAM, 0 };
	map.entries[1] = (struct memmap_entry){ MEMORY_GPA, 0x5000, 3, 0 };
	map.entries[2] = (struct memmap_entry){ 4 * G, 0, MEMMAP_RAM, 0 };
	map.entries[3] = (struct memmap_entry){ 4 * G, G, MEMMAP_RAM, 0 };
}

static struct plan plan_of(unsigned int vnvdimms, unsigned int own, unsigned int shared)
{
	struct plan plan = { .nr = vnvdimms, .own = own ? 1 : 0 };
	unsigned int i;

	for (i = 0; i < vnvdimms; i++)
		plan.tables[i] = (struct vnvdimm){ .gpa = (10 + i) * G, .length = G,
						   .node = VNVDIMM_NO_NODE };
	for (i = 0; i < own + shared; i++)
		plan.ram[plan.nr_ram++] = (struct numa_range){ (20 + i) * G, G, i < own ? 1 : 0 };
	return plan;
}

static int tables_add(xenpmem_handle *h, const struct plan *plan)
{
	int rc;

	rc = guest_acpi_read(h, 1, MEMORY_GPA + RSDP_AT, &acpi);
	if (!rc)
		rc = guest_acpi_build(h, 1, &acpi, MEMORY_GPA + NEW_AT, &map, plan);
	return rc ? rc : guest_acpi_write(h, 1, plan, &acpi);
}

/* The signatures of the tables after the guest's own two, as the RSDP leads to them. */
static void added_list(char *text)
{
	uint64_t address;
	uint32_t len, at, table_len;
	const uint8_t *xsdt, *table;

	memcpy(&address, memory + RSDP_AT + 24, 8);
	xsdt = memory + (address - MEMORY_GPA);
	memcpy(&len, xsdt + 4, 4);
	assert_int_equal(acpi_checksum(xsdt, len), 0);
	for (at = 36 + 16; at < len; at += 8, text += 5) {
		memcpy(&address, xsdt + at, 8);
		table = memory + (address - MEMORY_GPA);
		memcpy(&table_len, table + 4, 4);
		assert_int_equal(acpi_checksum(table, table_len), 0);
		snprintf(text, 6, "%.4s ", (const char *)table);
	}
}

/* The SSDT, the second one, leads to the scrub page, behind all tables. */
static void scrub_named(void)
{
	const uint64_t at = MEMORY_GPA + NEW_AT + pages_added * 4096 - 4096;
	uint64_t ssdt;
	uint32_t len;

	memcpy(&ssdt, memory + NEW_AT + 36 + 24, 8);
	memcpy(&len, memory + (ssdt - MEMORY_GPA) + 4, 4);
	assert_non_null(memmem(memory + (ssdt - MEMORY_GPA), len, &at, 8));
	assert_int_equal(memory[at - MEMORY_GPA], 's');
}

static const struct added_row {
	const char *name;
	unsigned int vnvdimms, own, shared;
	const char *added;
} added_rows[] = {
	{ "a vNVDIMM", 1, 0, 0, "NFIT SSDT " },
	{ "RAM on its own node", 0, 1, 0, "SRAT SLIT HMAT " },
	{ "a vNVDIMM and RAM", 1, 1, 0, "NFIT SSDT SRAT SLIT HMAT " },
	{ "a vNVDIMM and RAM on node 0", 1, 0, 1, "NFIT SSDT " },
	{ "sixteen", 8, 4, 4, "NFIT SSDT SRAT SLIT HMAT " },
};

static void added(void **state)
{
	const struct added_row *row = *state;
	const struct plan plan = plan_of(row->vnvdimms, row->own, row->shared);
	xenpmem_handle h = { 0 };
	char text[40] = "";

	guest_make(true);
	assert_int_equal(tables_add(&h, &plan), 0);
	added_list(text);
	assert_string_equal(text, row->added);
	assert_int_equal(pages_added, (acpi.len + 4095) / 4096 + !!row->vnvdimms);
	assert_int_equal(writes, row->vnvdimms ? 3 : 2);
	if (row->vnvdimms)
		scrub_named();
}

/* The CPUs 0, 2 and 300 of the MADT, and the DRAM's two entries, without the empty one. */
static void srat_complete(void **state)
{
	const uint32_t ids[] = { 0, 2, 300 };
	const struct numa_range ranges[] = {
		{ 0, G / 2, 0 }, { 4 * G, G, 0 }, { 20 * G, G, 1 }, { 21 * G, G, 0 },
	};
	const struct numa_guest guest = { ids, 3, ranges, 4, 1 };
	const struct plan plan = plan_of(0, 1, 1);
	uint8_t expected[SRAT_MAX];
	xenpmem_handle h = { 0 };
	uint64_t address;

	(void)state;
	guest_make(true);
	assert_int_equal(tables_add(&h, &plan), 0);
	memcpy(&address, memory + NEW_AT + 36 + 16, 8);
	assert_memory_equal(memory + (address - MEMORY_GPA), expected,
			    srat_build(&guest, expected, sizeof(expected)));
}

static void nothing_added(void **state)
{
	const struct plan plan = plan_of(0, 0, 2);
	static uint8_t before[sizeof(memory)];
	xenpmem_handle h = { 0 };

	(void)state;
	guest_make(false);
	memcpy(before, memory, sizeof(memory));
	assert_int_equal(tables_add(&h, &plan), 0);
	assert_int_equal(acpi.len, 0);
	assert_int_equal(writes + pages_added, 0);
	assert_memory_equal(memory, before, sizeof(memory));
}

static void refused(void **state)
{
	const struct plan own = plan_of(0, 1, 0), vnvdimm = plan_of(1, 0, 0);
	xenpmem_handle h = { 0 };
	unsigned int i;

	(void)state;
	guest_make(false);
	assert_int_equal(tables_add(&h, &own), -EIO);
	assert_string_equal(h.error.line, "domain 1 has no MADT, so its CPUs are not known");
	assert_int_equal(tables_add(&h, &vnvdimm), 0);
	assert_int_equal(tables_add(&h, &vnvdimm), -EEXIST);
	guest_make(true);
	memory[MADT_AT + 60] ^= 1;
	assert_int_equal(tables_add(&h, &own), -EIO);
	assert_string_equal(h.error.line, "the guest's ACPI tables: one of the guest's ACPI tables "
			    "has a wrong checksum");
	guest_make(true);
	map.nr = NUMA_RANGES_MAX;
	for (i = 0; i < map.nr; i++)
		map.entries[i] = (struct memmap_entry){ i * G, G, MEMMAP_RAM, 0 };
	assert_int_equal(tables_add(&h, &own), -ENOSPC);
	assert_string_equal(h.error.line,
			    "the guest's memory map has more than 63 ranges of RAM");
	map.nr--;
	assert_int_equal(writes + pages_added, 0);
	assert_int_equal(tables_add(&h, &own), 0);
}

static void bad_vnvdimm(void **state)
{
	struct plan plan = plan_of(1, 0, 0);
	xenpmem_handle h = { 0 };

	(void)state;
	guest_make(true);
	plan.tables[0].length = 0;
	assert_int_equal(tables_add(&h, &plan), -EIO);
	assert_string_equal(h.error.line,
			    "the guest's ACPI tables: the vNVDIMMs do not fit into an NFIT");
}

int main(void)
{
	suite_add_rows(added, added_rows);
	suite_add("the SRAT names each CPU and all RAM", srat_complete);
	suite_add("RAM on node 0 adds no table", nothing_added);
	suite_add("refused", refused);
	suite_add("a vNVDIMM that fits into no NFIT", bad_vnvdimm);
	return suite_run("guest_acpi");
}
