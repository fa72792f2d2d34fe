/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tables for an HVM guest's firmware: those of its owner, whole and in order, then NFIT and SSDT;
 * and what is refused.
 */
#define _GNU_SOURCE
#include "suite.h"
#include "checksum.h"
#include "firmware.h"
#include "ssdt.h"

static const struct vnvdimm two[2] = {
	{ .gpa = 0x180000000, .length = 0x40000000, .label_gpa = 0x300000000,
	  .node = VNVDIMM_NO_NODE },
	{ .gpa = 0x1c0200000, .length = 0x3fe00000, .node = VNVDIMM_NO_NODE,
	  .flags = VNVDIMM_NOT_ARMED },
};

/* Puts a table of this length, its body all `fill`. Returns the address after it. */
static uint8_t *table_put(uint8_t *at, const char *signature, uint32_t len, uint8_t fill)
{
	memset(at, fill, len);
	memcpy(at, signature, 4);
	memcpy(at + 4, &len, sizeof(len));
	at[9] = 0;
	at[9] = acpi_checksum(at, len);
	return at + len;
}

static uint8_t sum_of(const uint8_t *table, uint32_t len)
{
	uint8_t sum = 0;

	while (len--)
		sum = (uint8_t)(sum + *table++);
	return sum;
}

/* As hvmloader walks them: by nothing but their lengths. Returns how many there are. */
static unsigned int walk(const uint8_t *at, size_t len, char signatures[][5])
{
	unsigned int nr = 0;
	uint32_t length;

	for (; len >= 36; at += length, len -= length, nr++) {
		memcpy(&length, at + 4, sizeof(length));
		assert_in_range(length, 36, len);
		assert_int_equal(sum_of(at, length), 0);
		snprintf(signatures[nr], 5, "%.4s", (const char *)at);
	}
	assert_int_equal(len, 0);
	return nr;
}

/*
 *   | own: OEM1, 36 | own: SSDT, 51 | NFIT | SSDT |
 */
static void own_come_first(void **state)
{
	uint8_t own[87], *buf, alone[NFIT_MAX + SSDT_MAX];
	char signatures[8][5];
	size_t size = 0, ours = 0;

	(void)state;
	assert_ptr_equal(table_put(table_put(own, "OEM1", 36, 7), "SSDT", 51, 0),
			 own + sizeof(own));
	assert_int_equal(firmware_build(NULL, 0, two, 2, NULL, NULL, 0, alone, sizeof(alone),
					&ours), FIRMWARE_OK);
	assert_int_equal(ours,
			 nfit_build(two, 2, NULL, NULL, 0) + ssdt_build(two, 2, NULL, 0, NULL, 0));
	assert_int_equal(firmware_build(own, sizeof(own), two, 2, NULL, NULL, 0, NULL, 0, &size),
			 FIRMWARE_NO_SPACE);
	assert_int_equal(size, sizeof(own) + ours);
	buf = malloc(size);
	assert_int_equal(firmware_build(own, sizeof(own), two, 2, NULL, NULL, 0, buf, size - 1,
					&size), FIRMWARE_NO_SPACE);
	assert_int_equal(firmware_build(own, sizeof(own), two, 2, NULL, NULL, 0, buf, size, &size),
			 FIRMWARE_OK);
	assert_memory_equal(buf, own, sizeof(own));
	assert_memory_equal(buf + sizeof(own), alone, ours);
	assert_int_equal(walk(buf, size, signatures), 4);
	assert_string_equal(signatures[0], "OEM1");
	assert_string_equal(signatures[1], "SSDT");
	assert_string_equal(signatures[2], "NFIT");
	assert_string_equal(signatures[3], "SSDT");
	free(buf);
}

/* The tables are those that a PVH guest gets, byte for byte. */
static void tables_are_pvhs(void **state)
{
	const struct nfit_capabilities caps = { .bits = NFIT_CAP_MEMORY_FLUSH, .highest_valid = 1 };
	uint8_t all[NFIT_MAX + SSDT_MAX], nfit[NFIT_MAX], ssdt[SSDT_MAX];
	size_t size, nfit_len, ssdt_len;

	(void)state;
	nfit_len = nfit_build(two, 2, &caps, nfit, sizeof(nfit));
	ssdt_len = ssdt_build(two, 2, NULL, 0, ssdt, sizeof(ssdt));
	assert_int_equal(firmware_build(NULL, 0, two, 2, &caps, NULL, 0, all, sizeof(all), &size),
			 FIRMWARE_OK);
	assert_int_equal(size, nfit_len + ssdt_len);
	assert_memory_equal(all, nfit, nfit_len);
	assert_memory_equal(all + nfit_len, ssdt, ssdt_len);
}

static void sixteen_fit(void **state)
{
	struct vnvdimm v[VNVDIMMS_MAX] = { { 0 } };
	unsigned int i;

	(void)state;
	for (i = 0; i < 16; i++)
		v[i] = (struct vnvdimm){
			.gpa = GIB(8) + i * GIB(1), .length = MIB(512),
			.label_gpa = GIB(64) + i * KIB(128), .node = i,
		};
	assert_in_range(nfit_build(v, 16, NULL, NULL, 0), 1, NFIT_MAX);
	assert_in_range(ssdt_build(v, 16, NULL, 0, NULL, 0), 1, SSDT_MAX);
}

/* What a row's file is: tables, then some bytes changed. */
struct row {
	const char *name;
	unsigned int tables;	/* of 40 bytes */
	size_t cut;		/* bytes off the end */
	size_t at;		/* from here on ... */
	uint32_t value;		/* ... these four bytes, if not 0 */
	enum firmware_reason reason;
	unsigned int fault;
};

static const struct row rows[] = {
	{ "no table at all", 0, 0, 0, 0, FIRMWARE_OK, 0 },
	{ "one table", 1, 0, 0, 0, FIRMWARE_OK, 1 },
	{ "as many as there is room for", 5, 0, 0, 0, FIRMWARE_OK, 5 },
	{ "one more", 6, 0, 0, 0, FIRMWARE_TOO_MANY, 5 },
	{ "the last byte missing", 2, 1, 0, 0, FIRMWARE_TRUNCATED, 1 },
	{ "a part of a header", 2, 5, 0, 0, FIRMWARE_TRUNCATED, 1 },
	{ "one byte of a header", 2, 39, 0, 0, FIRMWARE_TRUNCATED, 1 },
	{ "a length of 36, with the checksum of 40 bytes", 1, 0, 4, 36, FIRMWARE_BAD_CHECKSUM, 0 },
	{ "a length shorter than a header", 2, 0, 44, 35, FIRMWARE_BAD_LENGTH, 1 },
	{ "a length beyond the end", 2, 0, 44, 41, FIRMWARE_TRUNCATED, 1 },
	{ "a length of nearly 4 GiB", 2, 0, 4, 0xffffffff, FIRMWARE_TRUNCATED, 0 },
	{ "a length over the next table", 2, 0, 4, 80, FIRMWARE_BAD_CHECKSUM, 0 },
	{ "a changed byte", 2, 0, 76, 0x02010101, FIRMWARE_BAD_CHECKSUM, 1 },
};

static void row_test(void **state)
{
	const struct row *r = *state;
	uint8_t file[240], *bytes, *end = file;
	unsigned int i, at = 99;
	size_t len;

	for (i = 0; i < r->tables; i++)
		end = table_put(end, "OEM1", 40, (uint8_t)i);
	if (r->value)
		memcpy(file + r->at, &r->value, sizeof(r->value));
	len = (size_t)(end - file) - r->cut;
	bytes = malloc(len + !len);
	memcpy(bytes, file, len);
	assert_int_equal(firmware_check(bytes, len, &at), r->reason);
	assert_int_equal(at, r->fault);
	free(bytes);
}

static void nfit_is_refused(void **state)
{
	uint8_t own[80];
	unsigned int at;
	size_t size;

	(void)state;
	table_put(table_put(own, "OEM1", 40, 1), "NFIT", 40, 0);
	assert_int_equal(firmware_check(own, sizeof(own), &at), FIRMWARE_NFIT);
	assert_int_equal(at, 1);
	assert_int_equal(firmware_build(own, sizeof(own), two, 2, NULL, NULL, 0, NULL, 0, &size),
			 FIRMWARE_NFIT);
}

/* A table's 40 bytes, of which `text` stands at `at`, behind another table. */
static const struct name_row {
	const char *name, *text;
	unsigned int at;
	enum firmware_reason reason;
} name_rows[] = {
	{ "an NVDIMM root device of its own", "ACPI0012", 36, FIRMWARE_ROOT },
	{ "an NVDIMM root device at the very end", "ACPI0012", 42, FIRMWARE_ROOT },
	{ "another device of ACPI's", "ACPI0013", 40, FIRMWARE_OK },
	{ "half of the root device's ID, at the end", "ACPI001", 43, FIRMWARE_OK },
	{ "the root device's ID in the header alone", "ACPI0012", 12, FIRMWARE_OK },
	{ "the name that others give an NVDIMM root device", "NVDR", 40, FIRMWARE_OK },
	{ "our root device's name", "XPQR", 36, FIRMWARE_NAME },
	{ "our window's name", "XPQW", 41, FIRMWARE_NAME },
	{ "our event device's name, at the end", "XPQE", 46, FIRMWARE_NAME },
	{ "a name like ours", "XPQA", 40, FIRMWARE_OK },
	{ "the first range's name", "XQ01", 40, FIRMWARE_NAME },
	{ "the last range's name", "XQ16", 40, FIRMWARE_NAME },
	{ "one more", "XQ17", 40, FIRMWARE_OK },
	{ "one less", "XQ00", 40, FIRMWARE_OK },
	{ "no number", "XQ1A", 40, FIRMWARE_OK },
};

static void name_test(void **state)
{
	const struct name_row *r = *state;
	uint8_t own[90], *second = own + 40;
	unsigned int at;

	table_put(table_put(own, "OEM1", 40, 1), "SSDT", 50, 0);
	memcpy(second + r->at, r->text, strlen(r->text));
	second[9] = 0;
	second[9] = acpi_checksum(second, 50);
	assert_int_equal(firmware_check(own, sizeof(own), &at), r->reason);
	assert_int_equal(at, r->reason ? 1 : 2);
}

/* Each device that our SSDT has in \_SB: DeviceOp, its length, its name. */
static void own_names_are_refused(void **state)
{
	const struct ssdt_plug plug = {
		.fit_gpa = 0xfe100000, .window_gpa = 0x380000000, .window_length = 0x8000000000,
	};
	struct vnvdimm v[VNVDIMMS_MAX] = { { 0 } };
	uint8_t ssdt[SSDT_MAX], own[44], *at, *name;
	unsigned int i, nr = 0;
	size_t len;

	(void)state;
	for (i = 0; i < 16; i++)
		v[i] = (struct vnvdimm){
			.gpa = GIB(8) + i * GIB(1), .length = MIB(512), .node = i,
		};
	len = ssdt_build(v, 16, &plug, 0, ssdt, sizeof(ssdt));
	for (at = ssdt; (at = memmem(at, (size_t)(ssdt + len - at), "\x5b\x82", 2)); at++) {
		name = at + 3 + (at[2] >> 6);
		if (!memcmp(name, "NV", 2))	/* a child of our root device's */
			continue;
		table_put(own, "SSDT", sizeof(own), 0);
		memcpy(own + 38, name, 4);
		own[9] = 0;
		own[9] = acpi_checksum(own, sizeof(own));
		assert_int_equal(firmware_check(own, sizeof(own), &i), FIRMWARE_NAME);
		nr++;
	}
	assert_int_equal(nr, 1 + 16 + 2);
}

static void large_is_refused(void **state)
{
	uint8_t *own = malloc(FIRMWARE_OWN_MAX + 1);
	unsigned int at;

	(void)state;
	table_put(own, "OEM1", FIRMWARE_OWN_MAX, 0);
	assert_int_equal(firmware_check(own, FIRMWARE_OWN_MAX, &at), FIRMWARE_OK);
	assert_int_equal(firmware_check(own, FIRMWARE_OWN_MAX + 1, &at), FIRMWARE_TOO_LARGE);
	free(own);
}

static void vnvdimms_are_checked(void **state)
{
	const struct vnvdimm bad = { .gpa = 1, .length = 4096 };
	size_t size = 7;

	(void)state;
	assert_int_equal(firmware_build(NULL, 0, &bad, 1, NULL, NULL, 0, NULL, 0, &size),
			 FIRMWARE_BAD_VNVDIMM);
	assert_int_equal(firmware_build(NULL, 0, two, 0, NULL, NULL, 0, NULL, 0, &size),
			 FIRMWARE_BAD_VNVDIMM);
	assert_int_equal(firmware_build(NULL, 0, two, VNVDIMMS_MAX + 1, NULL, NULL, 0, NULL, 0,
					&size), FIRMWARE_BAD_VNVDIMM);
	assert_int_equal(size, 7);
}

static void reasons_have_texts(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i <= FIRMWARE_REASONS; i++)
		assert_in_range(strlen(firmware_reason_text(i)), 8, 100);
}

int main(void)
{
	suite_add("own tables come first", own_come_first);
	suite_add("the tables are those of a PVH guest", tables_are_pvhs);
	suite_add("tables of 16 fit their limits", sixteen_fit);
	suite_add_rows(row_test, rows);
	suite_add("an NFIT of its own", nfit_is_refused);
	suite_add_rows(name_test, name_rows);
	suite_add("each name that our own table has in \\_SB", own_names_are_refused);
	suite_add("too large", large_is_refused);
	suite_add("impossible vNVDIMMs", vnvdimms_are_checked);
	suite_add("each reason has a text", reasons_have_texts);
	return suite_run("firmware");
}
