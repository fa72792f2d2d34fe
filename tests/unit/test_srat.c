/* SPDX-License-Identifier: GPL-2.0-only */
/* vNVDIMMs put into a guest's SRAT. */
#include "suite.h"
#include "srat.h"

#define G ((uint64_t)1 << 30)

/*
 * What libacpi makes of two vCPUs on two nodes, 256 MiB each (bytes written by hand, checksum made to fit):
 *   0 header, 48 | 16 processor 0 | 16 processor 1 | 40 memory of node 0 | 40 memory of node 1 | 160
 */
static const uint8_t two_nodes[160] = {
	'S', 'R', 'A', 'T', 160, 0, 0, 0, 1, 0, 'X', 'e', 'n', 0, 0, 0, 'H', 'V', 'M', 0, 0, 0, 0, 0, 0, 0, 0, 0, 'H', 'V', 'M', 'L', 0, 0, 0, 0,
	1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	[48] = 0, 16, 0, 0, 1, [64] = 0, 16, 1, 2, 1,
	[80] = 1, 40, 0, 0, 0, 0, 0, 0, [96] = 0, 0, 0, 0x10, [108] = 1,
	[120] = 1, 40, 1, 0, 0, 0, 0, 0, [128] = 0, 0, 0, 0x10, [136] = 0, 0, 0, 0x10, [148] = 1,
};

/* A memory affinity structure of 1 GiB at 4 GiB on node 1, and one of 2 GiB at 64 GiB on node 0: enabled, non-volatile. */
static const uint8_t first[40] = { 1, 40, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0x40, 0, 0, 0, 0, 0, 0, 0, 0, 5 };
static const uint8_t second[40] = { 1, 40, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 16, 0, 0, 0, 0, 0, 0, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 5 };

static void fit(uint8_t *table, size_t len)
{
	uint8_t sum = 0;
	size_t i;

	table[9] = 0;
	for (i = 0; i < len; i++)
		sum = (uint8_t)(sum + table[i]);
	table[9] = (uint8_t)-sum;
}

static void extended(void **state)
{
	const struct vnvdimm v[3] = {
		{ .gpa = 4 * G, .length = G, .node = 1 }, { .gpa = 8 * G, .length = G, .node = VNVDIMM_NO_NODE }, { .gpa = 64 * G, .length = 2 * G },
	};
	uint8_t old[160], got[240], want[240];
	size_t size = 0;

	(void)state;
	memcpy(old, two_nodes, sizeof(old));
	fit(old, sizeof(old));
	memcpy(want, old, sizeof(old));
	memcpy(want + 160, first, 40);
	memcpy(want + 200, second, 40);
	want[4] = 240;
	fit(want, sizeof(want));
	assert_int_equal(srat_extend(old, sizeof(old), v, 3, got, sizeof(got), &size), ACPI_OK);
	assert_int_equal(size, 240);
	assert_memory_equal(got, want, sizeof(want));
	assert_int_equal(srat_extend(old, sizeof(old), v, 3, got, sizeof(got) - 1, &size), ACPI_NO_SPACE);
	assert_int_equal(size, 240);
	assert_int_equal(srat_extend(old, sizeof(old), v + 1, 1, got, sizeof(got), &size), ACPI_OK);
	assert_int_equal(size, 160);
	assert_memory_equal(got, old, sizeof(old));
}

/* A byte of the table set to a value, the checksum made to fit unless that is the byte, and as many bytes of it given. */
static const struct bad_row {
	const char *name;
	size_t at;
	uint8_t value;
	size_t len;
	uint32_t node;
	enum acpi_reason reason;
} bad_rows[] = {
	{ "as it was", 0, 'S', 160, 1, ACPI_OK },
	{ "highest node", 0, 'S', 160, 255, ACPI_OK },
	{ "node beyond what the table can say", 0, 'S', 160, 256, ACPI_BAD_VNVDIMM },
	{ "more bytes behind it", 0, 'S', 170, 1, ACPI_OK },
	{ "signature", 0, 's', 160, 1, ACPI_BAD_SIGNATURE },
	{ "checksum", 9, 0x5a, 160, 1, ACPI_BAD_CHECKSUM },
	{ "a byte short", 0, 'S', 159, 1, ACPI_TRUNCATED },
	{ "not even a header", 0, 'S', 35, 1, ACPI_TRUNCATED },
	{ "shorter than its header", 4, 47, 160, 1, ACPI_BAD_LENGTH },
	{ "far too long", 6, 1, 160, 1, ACPI_BAD_LENGTH },
	{ "a structure without length", 49, 0, 160, 1, ACPI_BAD_LENGTH },
	{ "a structure that is only its type", 49, 1, 160, 1, ACPI_BAD_LENGTH },
	{ "the last structure beyond the end", 121, 41, 160, 1, ACPI_BAD_LENGTH },
	{ "the last structure a byte short", 121, 39, 160, 1, ACPI_BAD_LENGTH },
};

static void checked(void **state)
{
	const struct bad_row *row = *state;
	const struct vnvdimm v = { .gpa = 4 * G, .length = G, .node = row->node };
	uint8_t old[170] = { 0 }, got[240];
	size_t size = 7;

	memcpy(old, two_nodes, sizeof(two_nodes));
	old[row->at] = row->value;
	if (row->at != 9)
		fit(old, old[4] ? old[4] : 160);
	assert_int_equal(srat_extend(old, row->len, &v, 1, got, sizeof(got), &size), row->reason);
}

int main(void)
{
	suite_add("extended", extended);
	suite_add_rows(checked, bad_rows);
	return suite_run("SRAT");
}
