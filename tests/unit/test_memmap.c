/* SPDX-License-Identifier: GPL-2.0-only */
/* Ranges put into a guest's memory map. */
#include "suite.h"
#include "memmap.h"

#define G ((uint64_t)1 << 30)
#define END { 0 }

/*
 * What libxl makes of a PVH guest with 5 GiB: RAM up to 3.75 GiB or so, the ACPI pages (RSDP before
 * the tables, not sorted), RAM above 4 GiB.
 *   0 ........ 3.5G   fc000000 fc001000..fc008000   4G ........ 5.5G
 */
static const struct memmap_entry pvh[] = {
	{ 0, 7 * G / 2, MEMMAP_RAM, 0 },
	{ 0xfc008000, 0x1000, 3, 0 },
	{ 0xfc000000, 0x1000, 3, 0 },
	{ 0xfc001000, 0x7000, 3, 0 },
	{ 4 * G, 3 * G / 2, MEMMAP_RAM, 0 },
};

/*
 * Up to four new ranges into that map, and the order of the result: a digit is an old entry, a
 * letter a new one.
 */
static const struct insert_row {
	const char *name;
	struct memmap_entry new[5];
	enum memmap_reason reason;
	const char *order;
} insert_rows[] = {
	{ "nothing", { END }, MEMMAP_OK, "01234" },
	{ "behind all", { { 6 * G, G, 7, 0 }, END }, MEMMAP_OK, "01234a" },
	{ "right behind RAM", { { 11 * G / 2, G, 7, 0 }, END }, MEMMAP_OK, "01234a" },
	{ "right behind RAM, right before the tables",
	  { { 7 * G / 2, 0xfc000000 - 7 * G / 2, 7, 0 }, END }, MEMMAP_OK, "0a1234" },
	{ "two in order", { { 6 * G, G, 7, 0 }, { 7 * G, G, 7, 0 }, END }, MEMMAP_OK, "01234ab" },
	{ "two out of order", { { 7 * G, G, 7, 0 }, { 6 * G, G, 7, 0 }, END }, MEMMAP_OK,
	  "01234ba" },
	{ "four anyhow",
	  { { 9 * G, G, 7, 0 }, { 7 * G, G, 7, 0 }, { 0xfd000000, 4096, 7, 0 },
	    { 8 * G, G, 7, 0 }, END }, MEMMAP_OK, "0123c4bda" },
	{ "up to the end", { { 6 * G, (uint64_t)0 - 6 * G - 4096, 7, 0 }, END }, MEMMAP_OK,
	  "01234a" },
	{ "a vNVDIMM and its labels", { { 8 * G, 0x20000, 2, 0 }, { 6 * G, G, 7, 0 }, END },
	  MEMMAP_OK, "01234ba" },
	{ "RAM", { { 6 * G, G, 1, 0 }, END }, MEMMAP_OK, "01234a" },
	{ "RAM between a vNVDIMM and its labels",
	  { { 8 * G, 0x20000, 2, 0 }, { 6 * G, G, 7, 0 }, { 7 * G, G, 1, 0 }, END },
	  MEMMAP_OK, "01234bca" },
	{ "RAM over RAM", { { 4 * G, G, 1, 0 }, END }, MEMMAP_OVERLAP, NULL },
	{ "RAM of half a page", { { 6 * G, 2048, 1, 0 }, END }, MEMMAP_BAD_RANGE, NULL },
	{ "ACPI tables", { { 6 * G, G, 3, 0 }, END }, MEMMAP_BAD_RANGE, NULL },
	{ "no type", { { 6 * G, G, 0, 0 }, END }, MEMMAP_BAD_RANGE, NULL },
	{ "over the end", { { 6 * G, (uint64_t)0 - 6 * G + 4096, 7, 0 }, END }, MEMMAP_BAD_RANGE,
	  NULL },
	{ "size of half a page", { { 6 * G, 2048, 7, 0 }, END }, MEMMAP_BAD_RANGE, NULL },
	{ "address of half a page", { { 6 * G + 2048, 4096, 7, 0 }, END }, MEMMAP_BAD_RANGE, NULL },
	{ "last page of RAM", { { 11 * G / 2 - 4096, 4096, 7, 0 }, END }, MEMMAP_OVERLAP, NULL },
	{ "first page of RAM", { { 0, 4096, 7, 0 }, END }, MEMMAP_OVERLAP, NULL },
	{ "over all of the map", { { 0, 8 * G, 7, 0 }, END }, MEMMAP_OVERLAP, NULL },
	{ "in the tables", { { 0xfc003000, 4096, 7, 0 }, END }, MEMMAP_OVERLAP, NULL },
	{ "into the RAM behind", { { 4 * G - 4096, 8192, 7, 0 }, END }, MEMMAP_OVERLAP, NULL },
	{ "twice the same", { { 6 * G, G, 7, 0 }, { 6 * G, G, 7, 0 }, END }, MEMMAP_OVERLAP, NULL },
	{ "one within another", { { 6 * G, 4 * G, 7, 0 }, { 8 * G, 4096, 7, 0 }, END },
	  MEMMAP_OVERLAP, NULL },
};

static void check_order(const struct memmap_entry *out, const struct insert_row *row)
{
	const char *at;

	for (at = row->order; *at; at++, out++) {
		if (*at < 'a') {
			assert_memory_equal(out, &pvh[*at - '0'], sizeof(*out));
			continue;
		}
		assert_int_equal(out->addr, row->new[*at - 'a'].addr);
		assert_int_equal(out->size, row->new[*at - 'a'].size);
		assert_int_equal(out->type, row->new[*at - 'a'].type);
		assert_int_equal(out->reserved, 0);
	}
}

static void inserted(void **state)
{
	const struct insert_row *row = *state;
	struct memmap_entry *out;
	size_t nr = 0, i;

	while (row->new[nr].size)
		nr++;
	out = calloc(NR(pvh) + nr, sizeof(*out));
	assert_int_equal(memmap_insert(pvh, NR(pvh), row->new, nr, out, NR(pvh) + nr), row->reason);
	if (row->reason)
		for (i = 0; i < NR(pvh) + nr; i++)
			assert_int_equal(out[i].size, 0);
	else
		check_order(out, row);
	free(out);
}

static void no_space(void **state)
{
	const struct memmap_entry new = { 6 * G, G, 7, 0 };
	struct memmap_entry out[NR(pvh)] = { { 0 } };

	(void)state;
	assert_int_equal(memmap_insert(pvh, NR(pvh), &new, 1, out, NR(pvh)), MEMMAP_NO_SPACE);
	assert_int_equal(out[0].size, 0);
}

/* Maps that a guest's builder never makes. */
static const struct top_row {
	const char *name;
	struct memmap_entry map[2];
	size_t nr;
	enum memmap_reason reason;
	uint64_t top;
} top_rows[] = {
	{ "top of no entry", { END }, 0, MEMMAP_OK, 0 },
	{ "top of an empty entry", { { 8 * G, 0, 1, 0 } }, 1, MEMMAP_OK, 0 },
	{ "top is the first's", { { G, 8 * G, 1, 0 }, { 2 * G, G, 2, 0 } }, 2, MEMMAP_OK, 9 * G },
	{ "top is the last byte", { { 1, UINT64_MAX - 1, 1, 0 } }, 1, MEMMAP_OK, UINT64_MAX },
	{ "top wraps", { { 2, UINT64_MAX - 1, 1, 0 } }, 1, MEMMAP_WRAPS, 0 },
	{ "empty entry at the end", { { UINT64_MAX, 0, 1, 0 } }, 1, MEMMAP_OK, 0 },
	{ "too many", { END }, 1025, MEMMAP_TOO_MANY, 0 },
};

static void top(void **state)
{
	const struct top_row *row = *state;
	struct memmap_entry new = { UINT64_MAX - 8191, 4096, 7, 0 }, out[4];
	uint64_t highest = 7;

	assert_int_equal(memmap_top(row->map, row->nr, &highest), row->reason);
	assert_int_equal(highest, row->reason ? 7 : row->top);
	if (row->reason)
		assert_int_equal(memmap_insert(row->map, row->nr, &new, 1, out, 4), row->reason);
}

static void too_many_new(void **state)
{
	struct memmap_entry out[1];

	(void)state;
	assert_int_equal(memmap_insert(pvh, NR(pvh), pvh, SIZE_MAX, out, 1), MEMMAP_TOO_MANY);
}

static void texts_differ(void **state)
{
	int a, b;

	(void)state;
	for (a = 0; a <= MEMMAP_REASONS; a++)
		for (b = 0; b < a; b++)
			assert_string_not_equal(memmap_reason_text(a), memmap_reason_text(b));
}

int main(void)
{
	suite_add_rows(inserted, insert_rows);
	suite_add("no space", no_space);
	suite_add_rows(top, top_rows);
	suite_add("too many new ranges", too_many_new);
	suite_add("texts differ", texts_differ);
	return suite_run("memmap");
}
