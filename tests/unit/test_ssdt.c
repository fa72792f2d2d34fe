/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SSDT against golden bytes for 1, 2 and 16 vNVDIMMs, and what the builder refuses. The golden
 * bytes hold everything except the root device; iasl.t decodes its methods and labels.t runs them.
 */
#define _GNU_SOURCE
#include "suite.h"
#include "aml.h"
#include "nfit.h"
#include "ssdt.h"

static const struct vnvdimm one = {
	.gpa = 0x140000000, .length = 0x10000000, .label_gpa = 0xff000000,
};

static const struct vnvdimm two[2] = {
	{ .gpa = 0x180000000, .length = 0x40000000, .flags = VNVDIMM_NOT_ARMED },
	{ .gpa = 0x1c0200000, .length = 0x3fe00000, .label_gpa = 0x1800ffff000,
	  .flags = VNVDIMM_NOT_ARMED },
};

static void sixteen_make(struct vnvdimm v[VNVDIMMS_MAX])
{
	unsigned int i;

	memset(v, 0, 16 * sizeof(*v));
	for (i = 0; i < 16; i++) {
		v[i].gpa = 0x200000000 + i * 0x40200000ull;
		v[i].length = 0x20000000 + i * 4096;
		v[i].label_gpa = i % 3 ? 0x100000000 + i * 0x20000 : 0;
		v[i].flags = i == 4 ? VNVDIMM_NOT_ARMED : 0;
	}
}

static uint8_t sum_of(const uint8_t *table, size_t len)
{
	uint8_t sum = 0;

	while (len--)
		sum = (uint8_t)(sum + *table++);
	return sum;
}

/*
 * Built into memory of exactly its size, so that ASan sees a write beyond.
 *   0        36                        36 + sizeof(aml_root)
 *   | header | root device, as compiled | golden, from its own byte 36 on |
 */
static void table_is_golden(const struct vnvdimm *v, unsigned int nr, const char *golden)
{
	uint8_t expected[SSDT_MAX], *table;
	size_t len = golden_read(golden, expected, sizeof(expected)) + sizeof(aml_root);
	const uint32_t length = (uint32_t)len;

	assert_int_equal(ssdt_build(v, nr, NULL, 0, NULL, 0), len);
	table = malloc(len);
	assert_int_equal(ssdt_build(v, nr, NULL, 0, table, len), len);
	assert_int_equal(sum_of(table, len), 0);
	memcpy(expected + 4, &length, sizeof(length));
	expected[9] = table[9];
	assert_memory_equal(table, expected, 36);
	assert_memory_equal(table + 36, aml_root, sizeof(aml_root));
	assert_memory_equal(table + 36 + sizeof(aml_root), expected + 36,
			    len - 36 - sizeof(aml_root));
	free(table);
}

static void one_is_golden(void **state)
{
	(void)state;
	table_is_golden(&one, 1, "ssdt-1.hex");
}

static void two_are_golden(void **state)
{
	(void)state;
	table_is_golden(two, 2, "ssdt-2.hex");
}

static void sixteen_are_golden(void **state)
{
	struct vnvdimm v[VNVDIMMS_MAX];

	(void)state;
	sixteen_make(v);
	table_is_golden(v, 16, "ssdt-16.hex");
}

static void nothing_written_if_short(void **state)
{
	uint8_t table[SSDT_MAX];
	size_t size = ssdt_build(&one, 1, NULL, 0, NULL, 0), i;

	(void)state;
	memset(table, 0x5a, sizeof(table));
	assert_int_equal(ssdt_build(&one, 1, NULL, 0, table, size - 1), size);
	for (i = 0; i < sizeof(table); i++)
		assert_int_equal(table[i], 0x5a);
	assert_int_equal(ssdt_build(&one, 1, NULL, 0, table, sizeof(table)), size);
	for (i = size; i < sizeof(table); i++)
		assert_int_equal(table[i], 0x5a);
}

/* test_nfit has a row for all that vnvdimm_ok refuses: here the builder asks it about each one. */
static void refused(void **state)
{
	struct vnvdimm v[VNVDIMMS_MAX + 1];
	uint8_t table[SSDT_MAX];

	(void)state;
	sixteen_make(v);
	v[16] = one;
	assert_int_equal(ssdt_build(v, 0, NULL, 0, table, sizeof(table)), 0);
	assert_int_equal(ssdt_build(v, 17, NULL, 0, table, sizeof(table)), 0);
	assert_int_not_equal(ssdt_build(v, 16, NULL, 0, table, sizeof(table)), 0);
	v[15].label_gpa += 2048;
	assert_int_equal(ssdt_build(v, 16, NULL, 0, table, sizeof(table)), 0);
	v[15].label_gpa = v[15].gpa;
	assert_int_equal(ssdt_build(v, 16, NULL, 0, table, sizeof(table)), 0);
	v[15].label_gpa = 0;
	v[0].length = 0;
	assert_int_equal(ssdt_build(v, 16, NULL, 0, table, sizeof(table)), 0);
}

static const struct ssdt_plug window = {
	.fit_gpa = 0xfe100000, .window_gpa = 0x380000000, .window_length = 0x8000000000,
};

/*
 * For more to come, and in memory of exactly its size:
 *   | as without | spare children up to NV16 | event device, _FIT, window |
 */
static void plug_only_adds(void **state)
{
	struct vnvdimm v[VNVDIMMS_MAX];
	uint8_t without[SSDT_MAX], *table;
	const uint64_t crs[] = {
		0, window.window_gpa, window.window_gpa + window.window_length - 1, 0,
		window.window_length,
	};
	size_t old, len;
	unsigned int nr, i;

	(void)state;
	sixteen_make(v);
	for (nr = 1; nr <= VNVDIMMS_MAX; nr++) {
		char name[] = "NV01_", adr[] = "_ADR\x0a ";

		old = ssdt_build(v, nr, NULL, 0, without, sizeof(without));
		len = ssdt_build(v, nr, &window, 0, NULL, 0);
		assert_int_equal(len, old + (16 - nr) * sizeof(aml_spare) + sizeof(aml_plug));
		assert_in_range(len, 1, SSDT_MAX);
		table = malloc(len);
		assert_int_equal(ssdt_build(v, nr, &window, 0, table, len), len);
		assert_int_equal(sum_of(table, len), 0);
		assert_memory_equal(table + 36, without + 36, old - 36);
		for (i = nr + 1; i <= 16; i++) {
			snprintf(name, sizeof(name), "NV%02u", i);
			adr[5] = (char)i;
			assert_non_null(memmem(table + old, sizeof(aml_spare) * (i - nr), name, 4));
			assert_non_null(memmem(table + old, sizeof(aml_spare) * (i - nr), adr, 6));
		}
		assert_non_null(memmem(table + old, len - old, crs, sizeof(crs)));
		assert_non_null(memmem(table + old, len - old, &window.fit_gpa, 8));
		assert_null(memmem(table + old, len - old, "XX", 2));
		free(table);
	}
}

/* | as without | the _DSM with the page's address | ; also where more may come */
static void scrub_only_adds(void **state)
{
	const uint64_t gpa = 0xfe102000, mark = MARK_SCRUB;
	uint8_t without[SSDT_MAX], *table;
	size_t old = ssdt_build(&one, 1, NULL, 0, without, sizeof(without)),
	       len = old + sizeof(aml_ars);

	(void)state;
	assert_int_equal(ssdt_build(&one, 1, NULL, gpa, NULL, 0), len);
	table = malloc(len);
	assert_int_equal(ssdt_build(&one, 1, NULL, gpa, table, len), len);
	assert_int_equal(sum_of(table, len), 0);
	assert_memory_equal(table + 36, without + 36, old - 36);
	assert_non_null(memmem(table + old, len - old, &gpa, 8));
	assert_null(memmem(table, len, &mark, 8));
	free(table);
	assert_int_equal(ssdt_build(&one, 1, &window, gpa, NULL, 0),
			 ssdt_build(&one, 1, &window, 0, NULL, 0) + sizeof(aml_ars));
}

/*
 * A template, and how often each mark is in it: once, but the name that is also a _UID twice, and
 * the labels' marks only where there are labels.
 */
static const struct mark_row {
	const char *name;
	const uint8_t *aml;
	size_t len;
	/* how often the marks of a child, a range, the labels, the FIT pages, the scrub page */
	unsigned int child, range, labels, fit, scrub;
} mark_rows[] = {
	{ "marks in the root device", aml_root, sizeof(aml_root), 0, 0, 0, 0, 0 },
	{ "marks without labels", aml_vnvdimm, sizeof(aml_vnvdimm), 1, 1, 0, 0, 0 },
	{ "marks with labels to read", aml_readonly, sizeof(aml_readonly), 1, 1, 1, 0, 0 },
	{ "marks with labels", aml_labelled, sizeof(aml_labelled), 1, 1, 1, 0, 0 },
	{ "marks in a spare child", aml_spare, sizeof(aml_spare), 1, 0, 0, 0, 0 },
	{ "marks of what tells of more", aml_plug, sizeof(aml_plug), 0, 1, 0, 2, 0 },
	{ "marks of what tells of bad blocks", aml_ars, sizeof(aml_ars), 0, 0, 0, 0, 1 },
};

static unsigned int times(const struct mark_row *row, const void *mark, size_t len)
{
	const uint8_t *at = row->aml, *end = at + row->len;
	unsigned int n;

	for (n = 0; (at = memmem(at, (size_t)(end - at), mark, len)); n++)
		at++;
	return n;
}

static unsigned int times_u64(const struct mark_row *row, uint64_t mark)
{
	return times(row, &mark, sizeof(mark));
}

static void marks(void **state)
{
	const struct mark_row *row = *state;

	assert_int_equal(times(row, "NVXX", 4), row->child + row->child * row->range);
	assert_int_equal(times(row, "XQXX", 4), row->child * row->range);
	assert_int_equal(times(row, "XX", 2), row->child + 2 * row->child * row->range);
	assert_int_equal(times(row, "_ADR", 4), row->child);
	assert_int_equal(times(row, (const uint8_t[]){ 0x08, '_', 'A', 'D', 'R', 0x0a, MARK_ADR },
			       7), row->child);
	assert_int_equal(times_u64(row, MARK_RANGE_FIRST), row->range);
	assert_int_equal(times_u64(row, MARK_RANGE_LAST), row->range);
	assert_int_equal(times_u64(row, MARK_RANGE_LENGTH), row->range);
	assert_int_equal(times_u64(row, MARK_FIT), row->fit);
	assert_int_equal(times_u64(row, MARK_SCRUB), row->scrub);
	assert_int_equal(times_u64(row, MARK_LABELS_FIRST), row->labels);
	assert_int_equal(times_u64(row, MARK_LABELS_LAST), row->labels);
	assert_int_equal(times_u64(row, MARK_LABELS_LENGTH), row->labels);
	assert_int_equal(times_u64(row, MARK_LABELS), row->labels);
}

/* An address that looks like a mark is an address all the same. */
static void mark_as_address(void **state)
{
	const struct vnvdimm v = { .gpa = MARK_RANGE_LENGTH, .length = 4096 };
	uint8_t table[SSDT_MAX];
	const uint64_t expected[] = { 0, v.gpa, v.gpa + 4095, 0, 4096 };
	size_t len = ssdt_build(&v, 1, NULL, 0, table, sizeof(table));

	(void)state;
	assert_non_null(memmem(table, len, expected, sizeof(expected)));
}

int main(void)
{
	suite_add("one vNVDIMM is golden", one_is_golden);
	suite_add("two vNVDIMMs are golden", two_are_golden);
	suite_add("sixteen vNVDIMMs are golden", sixteen_are_golden);
	suite_add("nothing written if short", nothing_written_if_short);
	suite_add("refused", refused);
	suite_add("for more to come, it only adds", plug_only_adds);
	suite_add("with a scrub page, it only adds", scrub_only_adds);
	suite_add_rows(marks, mark_rows);
	suite_add("an address that is a mark", mark_as_address);
	return suite_run("ssdt");
}
