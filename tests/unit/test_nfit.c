/* SPDX-License-Identifier: GPL-2.0-only */
/* NFIT against golden bytes for 1, 2 and 16 vNVDIMMs and a part, and what the builder refuses. */
#include "suite.h"
#include "nfit.h"

static const struct vnvdimm one = {
	.gpa = 0x140000000, .length = 0x10000000, .node = VNVDIMM_NO_NODE,
	.uuid = { 0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77,
		  0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff },
};

static const struct vnvdimm two[2] = {
	{ .gpa = 0x180000000, .length = 0x40000000, .node = 1, .flags = VNVDIMM_NOT_ARMED,
	  .uuid = { 0x11, 0x11, 0x11, 0x11, 0x22, 0x22, 0x43, 0x33,
		    0x84, 0x44, 0x55, 0x55, 0x55, 0x55, 0x55, 0x01 } },
	{ .gpa = 0x1c0200000, .length = 0x3fe00000, .node = 0,
	  .uuid = { 0x11, 0x11, 0x11, 0x11, 0x22, 0x22, 0x43, 0x33,
		    0x84, 0x44, 0x55, 0x55, 0x55, 0x55, 0x55, 0x02 } },
};

static void sixteen_make(struct vnvdimm v[VNVDIMMS_MAX])
{
	unsigned int i, j;

	memset(v, 0, 16 * sizeof(*v));
	for (i = 0; i < 16; i++) {
		v[i].gpa = 0x200000000 + i * 0x40200000ull;
		v[i].length = 0x20000000 + i * 4096;
		v[i].node = i % 2 ? i : VNVDIMM_NO_NODE;
		v[i].flags = i % 3 ? 0 : VNVDIMM_NOT_ARMED;
		for (j = 0; j < 16; j++)
			v[i].uuid[j] = (uint8_t)(i * 16 + j);
	}
}

/* Built into memory of exactly its size, so that ASan sees a write beyond. */
static void table_is_golden(const struct vnvdimm *v, unsigned int nr,
			    const struct nfit_capabilities *caps, const char *golden)
{
	uint8_t expected[4096], *table;
	size_t len = golden_read(golden, expected, sizeof(expected));

	assert_int_equal(nfit_build(v, nr, caps, NULL, 0), len);
	table = malloc(len);
	assert_int_equal(nfit_build(v, nr, caps, table, len), len);
	assert_memory_equal(table, expected, len);
	free(table);
}

static void one_is_golden(void **state)
{
	static const struct nfit_capabilities none = { .highest_valid = 200 };

	(void)state;
	table_is_golden(&one, 1, NULL, "nfit-1.hex");
	table_is_golden(&one, 1, &none, "nfit-1.hex");
}

static void two_are_golden(void **state)
{
	static const struct nfit_capabilities caps = {
		.bits = NFIT_CAP_CACHE_FLUSH | NFIT_CAP_MEMORY_FLUSH, .highest_valid = 1,
	};

	(void)state;
	table_is_golden(two, 2, &caps, "nfit-2.hex");
}

static void sixteen_are_golden(void **state)
{
	struct vnvdimm v[VNVDIMMS_MAX];

	(void)state;
	sixteen_make(v);
	table_is_golden(v, 16, NULL, "nfit-16.hex");
}

static void part_is_golden(void **state)
{
	struct vnvdimm v = one;

	(void)state;
	v.part_offset = 1 << 30;
	v.part_length = v.length;
	table_is_golden(&v, 1, NULL, "nfit-part.hex");
}

static void nothing_written_if_short(void **state)
{
	uint8_t table[256];
	size_t size = nfit_build(&one, 1, NULL, NULL, 0), i;

	(void)state;
	memset(table, 0x5a, sizeof(table));
	assert_int_equal(nfit_build(&one, 1, NULL, table, size - 1), size);
	for (i = 0; i < sizeof(table); i++)
		assert_int_equal(table[i], 0x5a);
}

/* One vNVDIMM that is good but for what the row says. */
static const struct refused_row {
	const char *name;
	struct vnvdimm v;
	struct nfit_capabilities caps;
} refused_rows[] = {
	{ "no length", { .gpa = 4096 }, { 0 } },
	{ "length of half a page", { .gpa = 4096, .length = 2048 }, { 0 } },
	{ "address of half a page", { .gpa = 2048, .length = 4096 }, { 0 } },
	{ "wraps", { .gpa = UINT64_MAX - 4095, .length = 8192 }, { 0 } },
	{ "unknown flag", { .gpa = 4096, .length = 4096, .flags = 2 }, { 0 } },
	{ "labels at half a page", { .gpa = 1 << 30, .length = 4096, .label_gpa = 2048 }, { 0 } },
	{ "labels wrap", { .gpa = 1 << 30, .length = 4096, .label_gpa = 0 - 4096ull }, { 0 } },
	{ "labels reach into the range",
	  { .gpa = 1 << 30, .length = 4096, .label_gpa = (1 << 30) - 0x1f000 }, { 0 } },
	{ "labels begin in the range",
	  { .gpa = 1 << 30, .length = 0x2000, .label_gpa = (1 << 30) + 0x1000 }, { 0 } },
	{ "range within the labels",
	  { .gpa = 1 << 30, .length = 4096, .label_gpa = (1 << 30) - 0x1000 }, { 0 } },
	{ "a part with labels",
	  { .gpa = 1 << 30, .length = 4096, .label_gpa = 1 << 20, .part_length = 4096 }, { 0 } },
	{ "a part of another length", { .gpa = 4096, .length = 4096, .part_length = 8192 }, { 0 } },
	{ "a part's begin without its length", { .gpa = 4096, .length = 4096, .part_offset = 4096 },
	  { 0 } },
	{ "a part from half a page on",
	  { .gpa = 4096, .length = 4096, .part_offset = 2048, .part_length = 4096 }, { 0 } },
	{ "a part wraps",
	  { .gpa = 4096, .length = 8192, .part_offset = 0 - 4096ull, .part_length = 8192 }, { 0 } },
	{ "capability above the highest", { .gpa = 4096, .length = 4096 },
	  { .bits = 4, .highest_valid = 1 } },
	{ "capability bit 32", { .gpa = 4096, .length = 4096 },
	  { .bits = 1, .highest_valid = 32 } },
};

static void refused(void **state)
{
	const struct refused_row *row = *state;

	assert_int_equal(nfit_build(&row->v, 1, &row->caps, NULL, 0), 0);
}

static void counts_refused(void **state)
{
	struct vnvdimm v[VNVDIMMS_MAX + 1];

	(void)state;
	sixteen_make(v);
	v[16] = one;
	assert_int_equal(nfit_build(v, 0, NULL, NULL, 0), 0);
	assert_int_equal(nfit_build(v, 17, NULL, NULL, 0), 0);
	v[15].length = 0;
	assert_int_equal(nfit_build(v, 16, NULL, NULL, 0), 0);
}

/*
 * What Linux makes its interleave-set cookie of (drivers/acpi/nfit: serial number, vendor, region
 * offset, manufacturing fields) is the same wherever the vNVDIMM is in the list. Sizes in a table
 * of n: header 40, SPA ranges 56 each, mappings 48, control regions 32.
 */
static void cookie_is_stable(void **state)
{
	struct vnvdimm v[2] = { two[0], one };
	uint8_t alone[1024], second[1024];
	const size_t map_1 = 40 + 56, dcr_1 = map_1 + 48, map_2 = 40 + 2 * 56 + 48,
		dcr_2 = 40 + 2 * (56 + 48) + 32;

	(void)state;
	v[1].gpa += 1ull << 40;
	assert_int_not_equal(nfit_build(&one, 1, NULL, alone, sizeof(alone)), 0);
	assert_int_not_equal(nfit_build(v, 2, NULL, second, sizeof(second)), 0);
	assert_memory_equal(alone + map_1 + 24, second + map_2 + 24, 8);
	assert_memory_equal(alone + dcr_1 + 6, second + dcr_2 + 6, 32 - 6);
}

/* Two UUIDs whose CRC-32C is 0 and all ones, and one that is neither. */
static const struct serial_row {
	const char *name;
	uint8_t uuid[16];
	uint32_t serial;
} serial_rows[] = {
	{ "serial number of an ordinary UUID",
	  { 0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77,
	    0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff }, 0x48dfe982 },
	{ "serial number would be 0",
	  { 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa,
	    0xaa, 0xaa, 0xaa, 0xaa, 0xbc, 0xf3, 0xe0, 0xaf }, 1 },
	{ "serial number would be all ones",
	  { 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa,
	    0xaa, 0xaa, 0xaa, 0xaa, 0xe8, 0x97, 0xff, 0xcb }, 1 },
};

static uint32_t serial_of(const uint8_t uuid[16])
{
	struct vnvdimm v = one;

	memcpy(v.uuid, uuid, sizeof(v.uuid));
	return vnvdimm_serial(&v);
}

static void serial(void **state)
{
	const struct serial_row *row = *state;
	uint32_t crc = slow_crc32c(row->uuid, 16);

	assert_int_equal(serial_of(row->uuid), row->serial);
	assert_true(row->serial == 1 ? crc == 0 || crc == UINT32_MAX : crc == row->serial);
}

int main(void)
{
	suite_add("one vNVDIMM is golden", one_is_golden);
	suite_add("two vNVDIMMs are golden", two_are_golden);
	suite_add("sixteen vNVDIMMs are golden", sixteen_are_golden);
	suite_add("a part is golden", part_is_golden);
	suite_add("nothing written if short", nothing_written_if_short);
	suite_add_rows(refused, refused_rows);
	suite_add("counts refused", counts_refused);
	suite_add("cookie is stable", cookie_is_stable);
	suite_add_rows(serial, serial_rows);
	return suite_run("nfit");
}
