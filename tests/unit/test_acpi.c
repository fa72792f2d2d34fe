/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A guest's RSDP and XSDT, good and bad, and the area that is laid out for it. The tables are made
 * here field by field.
 */
#include "suite.h"
#include "acpi.h"

static void sum_fit(uint8_t *table, size_t len, size_t at)
{
	uint8_t sum = 0;
	size_t i;

	table[at] = 0;
	for (i = 0; i < len; i++)
		sum = (uint8_t)(sum + table[i]);
	table[at] = (uint8_t)(0x100 - sum);
}

static bool sum_ok(const uint8_t *table, size_t len)
{
	uint8_t sum = 0;

	while (len)
		sum = (uint8_t)(sum + table[--len]);
	return !sum;
}

static uint64_t u64_at(const uint8_t *buf, size_t at)
{
	uint64_t value;

	memcpy(&value, buf + at, 8);
	return value;
}

/* Like the one that libxl makes for a PVH guest, at 0xfc008000. */
static void rsdp_make(uint8_t rsdp[36])
{
	static const uint8_t fields[36] = {
		'R', 'S', 'D', ' ', 'P', 'T', 'R', ' ', 0, 'X', 'e', 'n', 0, 0, 0, 2,
		0x00, 0x30, 0x00, 0xfc, 36, 0, 0, 0, 0x40, 0x20, 0x00, 0xfc,
	};

	memcpy(rsdp, fields, 36);
	sum_fit(rsdp, 20, 8);
	sum_fit(rsdp, 36, 32);
}

/* A byte set, then the checksums made to fit (1: the first, 2: the second, 3: both) or left. */
static const struct rsdp_row {
	const char *name;
	size_t len, at;
	uint8_t value, fit;
	enum acpi_reason reason;
} rsdp_rows[] = {
	{ "RSDP good", 36, 15, 2, 0, ACPI_OK },
	{ "RSDP good with more behind it", 64, 15, 2, 0, ACPI_OK },
	{ "RSDP of no bytes", 0, 15, 2, 0, ACPI_TRUNCATED },
	{ "RSDP of 19 bytes", 19, 15, 2, 0, ACPI_TRUNCATED },
	{ "RSDP of 35 bytes", 35, 15, 2, 0, ACPI_TRUNCATED },
	{ "RSDP signature", 36, 7, 0, 3, ACPI_BAD_SIGNATURE },
	{ "RSDP first checksum", 36, 9, 'x', 2, ACPI_BAD_CHECKSUM },
	{ "RSDP second checksum", 36, 33, 1, 1, ACPI_BAD_CHECKSUM },
	{ "RSDP of ACPI 1.0", 36, 15, 0, 3, ACPI_NO_XSDT },
	{ "RSDP of ACPI 1.0, 20 bytes", 20, 15, 0, 1, ACPI_NO_XSDT },
	{ "RSDP says 20 bytes", 36, 20, 20, 3, ACPI_BAD_LENGTH },
	{ "RSDP says 37 bytes", 37, 20, 37, 3, ACPI_BAD_LENGTH },
	{ "RSDP says 36 + 2^24 bytes", 36, 23, 1, 3, ACPI_BAD_LENGTH },
};

static void rsdp_read(void **state)
{
	const struct rsdp_row *row = *state;
	uint8_t rsdp[64] = { 0 }, *exact = malloc(row->len);
	uint64_t xsdt = 7;

	rsdp_make(rsdp);
	rsdp[row->at] = row->value;
	if (row->fit & 1)
		sum_fit(rsdp, 20, 8);
	if (row->fit & 2)
		sum_fit(rsdp, 36, 32);
	memcpy(exact, rsdp, row->len);
	assert_int_equal(acpi_rsdp_read(exact, row->len, &xsdt), row->reason);
	assert_int_equal(xsdt, row->reason ? 7 : 0xfc002040);
	assert_int_equal(acpi_rsdp_point(exact, row->len, 1), row->reason);
	assert_true(row->reason == ACPI_OK || !memcmp(exact, rsdp, row->len));
	free(exact);
}

static void rsdp_without_xsdt(void **state)
{
	uint8_t rsdp[36];
	uint64_t xsdt;

	(void)state;
	rsdp_make(rsdp);
	memset(rsdp + 24, 0, 8);
	sum_fit(rsdp, 36, 32);
	assert_int_equal(acpi_rsdp_read(rsdp, 36, &xsdt), ACPI_NO_XSDT);
}

static void rsdp_pointed(void **state)
{
	uint8_t rsdp[36], before[36];

	(void)state;
	rsdp_make(before);
	rsdp_make(rsdp);
	assert_int_equal(acpi_rsdp_point(rsdp, 36, 0x1122334455667788), ACPI_OK);
	assert_int_equal(u64_at(rsdp, 24), 0x1122334455667788);
	assert_true(sum_ok(rsdp, 20));
	assert_true(sum_ok(rsdp, 36));
	assert_memory_equal(rsdp, before, 24);
	assert_memory_equal(rsdp + 33, before + 33, 3);
}

/* An XSDT with nr entries 0xfc00e000, 0xfc00e001, ... in memory of exactly its size. */
static uint8_t *xsdt_make(unsigned int nr, size_t *len)
{
	static const uint8_t header[36] = {
		'X', 'S', 'D', 'T', 0, 0, 0, 0, 1, 0, 'X', 'e', 'n', 0, 0, 0, 'H', 'V', 'M', 0, 0,
		0, 0, 0,
		3, 0, 0, 0, 'H', 'V', 'M', 'L', 4, 0, 0, 0,
	};
	uint32_t length = 36 + 8 * nr;
	uint8_t *xsdt = malloc(length);
	unsigned int i;

	memcpy(xsdt, header, 36);
	memcpy(xsdt + 4, &length, 4);
	for (i = 0; i < nr; i++)
		memcpy(xsdt + 36 + 8 * i, &(uint64_t){ 0xfc00e000 + i }, 8);
	sum_fit(xsdt, length, 9);
	*len = length;
	return xsdt;
}

/*
 * An XSDT with two entries (52 bytes), its 32-bit length set, one byte of it set; the verdict about
 * its length, and about all of it.
 */
static const struct xsdt_row {
	const char *name;
	uint32_t length;
	size_t at;
	uint8_t value;
	bool fit;
	enum acpi_reason length_reason, reason;
} xsdt_rows[] = {
	{ "XSDT good", 52, 0, 'X', true, ACPI_OK, ACPI_OK },
	{ "XSDT signature", 52, 3, 'S', true, ACPI_BAD_SIGNATURE, ACPI_BAD_SIGNATURE },
	{ "XSDT checksum", 52, 51, 0xff, false, ACPI_OK, ACPI_BAD_CHECKSUM },
	{ "XSDT of length 0", 0, 0, 'X', true, ACPI_BAD_LENGTH, ACPI_BAD_LENGTH },
	{ "XSDT of length 35", 35, 0, 'X', true, ACPI_BAD_LENGTH, ACPI_BAD_LENGTH },
	{ "XSDT of half an entry", 48, 0, 'X', true, ACPI_BAD_LENGTH, ACPI_BAD_LENGTH },
	{ "XSDT of an entry more than it has", 60, 0, 'X', true, ACPI_OK, ACPI_TRUNCATED },
	{ "XSDT of 4100 bytes", 4100, 0, 'X', true, ACPI_BAD_LENGTH, ACPI_BAD_LENGTH },
	{ "XSDT of 2^32 - 4 bytes", 0xfffffffc, 0, 'X', true, ACPI_BAD_LENGTH, ACPI_BAD_LENGTH },
};

static void xsdt_checked(void **state)
{
	const struct xsdt_row *row = *state;
	uint8_t buf[128];
	size_t len, length = 7, size = 7;
	uint8_t *xsdt = xsdt_make(2, &len);

	memcpy(xsdt + 4, &row->length, 4);
	xsdt[row->at] = row->value;
	if (row->fit)
		sum_fit(xsdt, len, 9);
	assert_int_equal(acpi_xsdt_length(xsdt, len, &length), row->length_reason);
	assert_int_equal(length, row->length_reason ? 7 : row->length);
	assert_int_equal(acpi_xsdt_extend(xsdt, len, NULL, 0, buf, sizeof(buf), &size),
			 row->reason);
	assert_int_equal(size, row->reason ? 7 : 52);
	free(xsdt);
}

static void xsdt_truncated(void **state)
{
	size_t len, length, size, i;
	uint8_t *xsdt = xsdt_make(3, &len), *part, buf[128];

	(void)state;
	for (i = 0; i < len; i++) {
		part = malloc(i);
		memcpy(part, xsdt, i);
		assert_int_equal(acpi_xsdt_length(part, i, &length),
				 i < 36 ? ACPI_TRUNCATED : ACPI_OK);
		assert_int_equal(acpi_xsdt_extend(part, i, NULL, 0, buf, sizeof(buf), &size),
				 ACPI_TRUNCATED);
		free(part);
	}
	free(xsdt);
}

/* From `nr` entries by `more`, into a buffer that is `spare` bytes larger than need be. */
static const struct extend_row {
	const char *name;
	unsigned int nr, more;
	int spare;
	enum acpi_reason reason;
} extend_rows[] = {
	{ "none by none", 0, 0, 0, ACPI_OK },
	{ "none by one", 0, 1, 0, ACPI_OK },
	{ "two by two", 2, 2, 0, ACPI_OK },
	{ "two by two, more room", 2, 2, 9, ACPI_OK },
	{ "two by two, a byte short", 2, 2, -1, ACPI_NO_SPACE },
	{ "up to the limit", 505, 2, 0, ACPI_OK },
	{ "beyond the limit", 506, 2, 0, ACPI_BAD_LENGTH },
};

static void extended(void **state)
{
	const struct extend_row *row = *state;
	const uint64_t tables[2] = { 0x1111111111111111, 0x2222222222222222 };
	size_t len, size = 0, expected = 36 + 8 * (row->nr + row->more);
	uint8_t *xsdt = xsdt_make(row->nr, &len), *buf = malloc(expected + (size_t)row->spare);

	assert_int_equal(acpi_xsdt_extend(xsdt, len, tables, row->more, buf,
					  expected + (size_t)row->spare, &size), row->reason);
	if (row->reason != ACPI_BAD_LENGTH)
		assert_int_equal(size, expected);
	if (row->reason == ACPI_OK) {
		assert_int_equal(*(uint32_t *)(void *)(buf + 4), expected);
		assert_true(sum_ok(buf, expected));
		assert_memory_equal(buf, xsdt, 4);
		assert_int_equal(buf[8], xsdt[8]);
		assert_memory_equal(buf + 10, xsdt + 10, len - 10);
		assert_memory_equal(buf + len, tables, 8 * row->more);
	}
	free(buf);
	free(xsdt);
}

#define AREA_GPA 0xfc009000u

/*
 * Up to five tables of these lengths after an XSDT of two entries, and where each begins; e.g. two:
 *   0         68   128          304  320          420
 *   | XSDT    |    | 1st (176)  |    | 2nd (100)  |
 */
static const struct area_row {
	const char *name;
	unsigned int nr;
	size_t lengths[5], at[5], size;
} area_rows[] = {
	{ "area without tables", 0, { 0 }, { 0 }, 52 },
	{ "area of one table", 1, { 36 }, { 64 }, 100 },
	{ "area of two tables", 2, { 176, 100 }, { 128, 320 }, 420 },
	{ "area of two tables that end at multiples of 64", 2, { 64, 128 }, { 128, 192 }, 320 },
	{ "area of five tables", 5, { 65, 64, 63, 1, 5000 }, { 128, 256, 320, 384, 448 }, 5448 },
};

static uint8_t bytes[5][5000];

static struct acpi_area area_of(const uint8_t *xsdt, size_t len, const struct area_row *row)
{
	struct acpi_area area = { .xsdt = xsdt, .xsdt_len = len, .nr = row->nr, .gpa = AREA_GPA };
	unsigned int i;

	for (i = 0; i < row->nr; i++) {
		memset(bytes[i], 0xa1 + (int)i, sizeof(bytes[i]));
		area.tables[i] = (struct acpi_added){ bytes[i], row->lengths[i] };
	}
	return area;
}

static void area_check(const uint8_t *buf, const struct area_row *row)
{
	size_t end = 52 + 8 * row->nr, at;
	unsigned int i;

	assert_true(sum_ok(buf, end));
	for (i = 0; i < row->nr; i++) {
		assert_int_equal(u64_at(buf, 52 + 8 * i), AREA_GPA + row->at[i]);
		for (at = end; at < row->at[i]; at++)
			assert_int_equal(buf[at], 0);
		assert_memory_equal(buf + row->at[i], bytes[i], row->lengths[i]);
		end = row->at[i] + row->lengths[i];
	}
	assert_int_equal(end, row->size);
}

static void area_laid_out(void **state)
{
	const struct area_row *row = *state;
	size_t len, size = 0;
	uint8_t *xsdt = xsdt_make(2, &len), *buf;
	struct acpi_area area = area_of(xsdt, len, row);

	assert_int_equal(acpi_layout(&area, NULL, 0, &size), ACPI_NO_SPACE);
	assert_int_equal(size, row->size);
	buf = malloc(size);
	memset(buf, 0x5a, size);
	assert_int_equal(acpi_layout(&area, buf, size - 1, &size), ACPI_NO_SPACE);
	assert_int_equal(buf[0], 0x5a);
	assert_int_equal(acpi_layout(&area, buf, size, &size), ACPI_OK);
	assert_memory_equal(buf + 36, xsdt + 36, 16);
	area_check(buf, row);
	free(buf);
	free(xsdt);
}

static void area_refused(void **state)
{
	const struct area_row *two = &area_rows[2];
	size_t len, size;
	uint8_t *xsdt = xsdt_make(2, &len), buf[1024];
	struct acpi_area area = area_of(xsdt, len, two);

	(void)state;
	area.gpa = AREA_GPA + 32;
	assert_int_equal(acpi_layout(&area, buf, sizeof(buf), &size), ACPI_BAD_ADDRESS);
	area.gpa = UINT64_MAX - 127;
	assert_int_equal(acpi_layout(&area, buf, sizeof(buf), &size), ACPI_BAD_ADDRESS);
	area = area_of(xsdt, len, two);
	area.nr = ACPI_ADDED_MAX + 1;
	assert_int_equal(acpi_layout(&area, buf, sizeof(buf), &size), ACPI_BAD_LENGTH);
	area = area_of(xsdt, len - 1, two);
	assert_int_equal(acpi_layout(&area, buf, sizeof(buf), &size), ACPI_TRUNCATED);
	area = area_of(xsdt, len, two);
	xsdt[40] ^= 1;
	assert_int_equal(acpi_layout(&area, buf, sizeof(buf), &size), ACPI_BAD_CHECKSUM);
	free(xsdt);
}

static void texts_differ(void **state)
{
	int a, b;

	(void)state;
	for (a = 0; a <= ACPI_REASONS; a++)
		for (b = 0; b < a; b++)
			assert_string_not_equal(acpi_reason_text(a), acpi_reason_text(b));
}

int main(void)
{
	suite_add_rows(rsdp_read, rsdp_rows);
	suite_add("RSDP without XSDT", rsdp_without_xsdt);
	suite_add("RSDP pointed elsewhere", rsdp_pointed);
	suite_add_rows(xsdt_checked, xsdt_rows);
	suite_add("XSDT truncated", xsdt_truncated);
	suite_add_rows(extended, extend_rows);
	suite_add_rows(area_laid_out, area_rows);
	suite_add("area refused", area_refused);
	suite_add("texts differ", texts_differ);
	return suite_run("acpi");
}
