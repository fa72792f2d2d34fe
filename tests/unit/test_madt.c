/* SPDX-License-Identifier: GPL-2.0-only */
/* The CPUs in a guest's MADT, good and bad. */
#include "suite.h"
#include "madt.h"

#define END { 0 }

/* A CPU that is enabled, one that is off until later, as Xen writes it, and an I/O APIC. */
#define CPU(id) { 8, { 0, 8, 7, id, 1 } }
#define CPU_LATER(id) { 8, { 0, 8, 7, id, 0 } }
#define X2APIC(low, high, flags) { 16, { 9, 16, 0, 0, low, high, 0, 0, flags } }
#define IO_APIC { 12, { 1, 12, 1 } }

struct entry {
	size_t len;
	uint8_t bytes[16];
};

static const struct madt_row {
	const char *name;
	struct entry entries[6];
	enum acpi_reason reason;
	unsigned int nr;
	uint32_t ids[4];
} madt_rows[] = {
	{ "one CPU", { CPU(0), END }, ACPI_OK, 1, { 0 } },
	{ "as Xen makes it", { IO_APIC, CPU(0), CPU(2), CPU(4), END }, ACPI_OK, 3, { 0, 2, 4 } },
	{ "one for later", { CPU(0), CPU_LATER(2), END }, ACPI_OK, 2, { 0, 2 } },
	{ "APIC id of all", { CPU(254), CPU(255), END }, ACPI_OK, 1, { 254 } },
	{ "x2APICs", { CPU(6), X2APIC(44, 1, 1), X2APIC(45, 1, 2), X2APIC(46, 1, 0), END },
	  ACPI_OK, 4, { 6, 300, 301, 302 } },
	{ "x2APIC id of all",
	  { CPU(6), { 16, { 9, 16, 0, 0, 255, 255, 255, 255, 1 } }, END }, ACPI_OK, 1, { 6 } },
	{ "no entry", { END }, ACPI_BAD_CPUS, 0, { 0 } },
	{ "no CPU", { IO_APIC, END }, ACPI_BAD_CPUS, 0, { 0 } },
	{ "an entry of one byte", { CPU(0), { 1, { 0 } }, END }, ACPI_BAD_CPUS, 0, { 0 } },
	{ "an entry of length 0", { CPU(0), { 8, { 4, 0 } }, END }, ACPI_BAD_CPUS, 0, { 0 } },
	{ "an entry of length 1", { CPU(0), { 8, { 4, 1 } }, END }, ACPI_BAD_CPUS, 0, { 0 } },
	{ "an entry beyond the end", { CPU(0), { 8, { 4, 9 } }, END }, ACPI_BAD_CPUS, 0, { 0 } },
	{ "an unknown entry of 2 bytes", { { 2, { 127, 2 } }, CPU(0), END }, ACPI_OK, 1, { 0 } },
	{ "a CPU of 7 bytes", { { 7, { 0, 7, 0, 0, 1 } }, END }, ACPI_BAD_CPUS, 0, { 0 } },
	{ "a CPU of 9 bytes", { { 9, { 0, 9, 0, 0, 1 } }, END }, ACPI_BAD_CPUS, 0, { 0 } },
	{ "an x2APIC of 12 bytes", { { 12, { 9, 12 } }, CPU(0), END }, ACPI_BAD_CPUS, 0, { 0 } },
};

static void sum_fit(uint8_t *table, uint32_t len)
{
	uint8_t sum = 0;
	uint32_t i;

	memcpy(table + 4, &len, sizeof(len));
	table[9] = 0;
	for (i = 0; i < len; i++)
		sum = (uint8_t)(sum + table[i]);
	table[9] = (uint8_t)(0x100 - sum);
}

/* In memory of exactly its size, so that ASan sees a read beyond. */
static uint8_t *madt_make(const struct entry *entries, size_t nr, uint32_t *len)
{
	uint8_t *madt, *at;
	size_t i;

	*len = 44;
	for (i = 0; i < nr; i++)
		*len += (uint32_t)entries[i].len;
	madt = calloc(1, *len);
	memcpy(madt, "APIC", 4);
	at = madt + 44;
	for (i = 0; i < nr; at += entries[i].len, i++)
		memcpy(at, entries[i].bytes, entries[i].len);
	sum_fit(madt, *len);
	return madt;
}

static void madt(void **state)
{
	const struct madt_row *row = *state;
	uint32_t ids[MADT_CPUS_MAX], len;
	unsigned int nr = 0;
	uint8_t *table;
	size_t entries = 0;

	while (row->entries[entries].len)
		entries++;
	table = madt_make(row->entries, entries, &len);
	assert_int_equal(madt_read(table, len, ids, &nr), row->reason);
	if (row->reason == ACPI_OK) {
		assert_int_equal(nr, row->nr);
		assert_memory_equal(ids, row->ids, nr * sizeof(ids[0]));
	}
	free(table);
}

static void written_elsewhere(void **state)
{
	static const uint32_t expected[] = { 0, 2, 300 };
	uint32_t ids[MADT_CPUS_MAX];
	uint8_t table[256];
	size_t len = golden_read("madt.hex", table, sizeof(table));
	unsigned int nr;

	(void)state;
	assert_int_equal(madt_read(table, len, ids, &nr), ACPI_OK);
	assert_int_equal(nr, 3);
	assert_memory_equal(ids, expected, sizeof(expected));
}

static void header(void **state)
{
	const struct entry cpu = CPU(0);
	uint32_t ids[MADT_CPUS_MAX], len, i;
	uint8_t *table = madt_make(&cpu, 1, &len), *part;
	unsigned int nr;

	(void)state;
	for (i = 0; i < len; i++) {
		part = malloc(i);
		memcpy(part, table, i);
		assert_int_equal(madt_read(part, i, ids, &nr), ACPI_TRUNCATED);
		free(part);
	}
	table[20] ^= 1;
	assert_int_equal(madt_read(table, len, ids, &nr), ACPI_BAD_CHECKSUM);
	sum_fit(table, 43);
	assert_int_equal(madt_read(table, len, ids, &nr), ACPI_BAD_LENGTH);
	sum_fit(table, 35);
	assert_int_equal(madt_read(table, len, ids, &nr), ACPI_BAD_LENGTH);
	memcpy(table + 4, &(uint32_t){ MADT_MAX + 1 }, 4);
	assert_int_equal(madt_read(table, len, ids, &nr), ACPI_BAD_LENGTH);
	table[0] = 'a';
	assert_int_equal(madt_read(table, len, ids, &nr), ACPI_BAD_SIGNATURE);
	free(table);
}

static void counts(void **state)
{
	static struct entry entries[MADT_CPUS_MAX + 1];
	uint32_t ids[MADT_CPUS_MAX], len;
	unsigned int nr, i;
	uint8_t *table;

	(void)state;
	for (i = 0; i <= MADT_CPUS_MAX; i++)
		entries[i] = (struct entry)CPU((uint8_t)i);
	table = madt_make(entries, MADT_CPUS_MAX, &len);
	assert_int_equal(madt_read(table, len, ids, &nr), ACPI_OK);
	assert_int_equal(nr, MADT_CPUS_MAX);
	assert_int_equal(ids[127], 127);
	free(table);
	table = madt_make(entries, MADT_CPUS_MAX + 1, &len);
	assert_int_equal(madt_read(table, len, ids, &nr), ACPI_BAD_CPUS);
	free(table);
}

int main(void)
{
	suite_add_rows(madt, madt_rows);
	suite_add("a MADT not made here", written_elsewhere);
	suite_add("MADT's header", header);
	suite_add("number of CPUs", counts);
	return suite_run("madt");
}
