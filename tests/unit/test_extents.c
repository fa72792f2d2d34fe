/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A file's extents: which make a guest's memory, which byte is at fault if one does not, how they
 * are joined, and what page tables they cost.
 */
#include "suite.h"

#include <linux/fiemap.h>

#include "core/extents.h"

#define K4	4096ull
#define M2	(2ull << 20)
#define G1	(1ull << 30)
#define EXTENTS	4

/*
 * In pages: each extent's place in the file, its place in the device, its length; and its flags.
 * What comes out: how many extents, or the reason and the page at fault.
 */
static const struct walk_row {
	const char *name;
	uint64_t from, to;
	struct { uint64_t logical, physical, length; uint32_t flags; } in[EXTENTS];
	enum extent_reason reason;
	uint64_t fault;
	unsigned int out;
	uint64_t out_last;	/* the last one's length */
} walk_rows[] = {
	/*   file  |aaaa|                                        */
	{ "one", 0, 4, { { 0, 100, 4, 0 } }, EXTENT_OK, 0, 1, 4 },
	/*   file  |aaaa|bbbb|   device |aaaa|bbbb|              */
	{ "two that join", 0, 8, { { 0, 100, 4, 0 }, { 4, 104, 4, FIEMAP_EXTENT_LAST } },
	  EXTENT_OK, 0, 1, 8 },
	{ "three that join, and one", 0, 8,
	  { { 0, 9, 2, 0 }, { 2, 11, 2, 0 }, { 4, 13, 2, 0 }, { 6, 7, 2, 0 } },
	  EXTENT_OK, 0, 2, 2 },
	{ "in the other order", 0, 8, { { 0, 104, 4, 0 }, { 4, 100, 4, 0 } }, EXTENT_OK, 0, 2, 4 },
	{ "a part", 2, 6, { { 0, 100, 4, 0 }, { 4, 200, 4, 0 } }, EXTENT_OK, 0, 2, 2 },
	{ "behind the part is nothing of ours", 0, 2,
	  { { 0, 100, 4, 0 }, { 4, 200, 4, FIEMAP_EXTENT_UNWRITTEN } }, EXTENT_OK, 0, 1, 2 },
	{ "before the part, too", 4, 8, { { 0, 100, 4, FIEMAP_EXTENT_SHARED }, { 4, 200, 4, 0 } },
	  EXTENT_OK, 0, 1, 4 },
	/*   file  |    |bbbb|                                   */
	{ "a hole at the start", 0, 8, { { 4, 100, 4, 0 } }, EXTENT_HOLE, 0, 0, 0 },
	{ "a hole between", 0, 8, { { 0, 100, 3, 0 }, { 4, 100, 4, 0 } }, EXTENT_HOLE, 3, 0, 0 },
	{ "unwritten", 0, 8, { { 0, 100, 4, 0 }, { 4, 104, 4, FIEMAP_EXTENT_UNWRITTEN } },
	  EXTENT_UNWRITTEN, 4, 0, 0 },
	{ "unwritten, from the part's middle", 2, 8, { { 0, 100, 8, FIEMAP_EXTENT_UNWRITTEN } },
	  EXTENT_UNWRITTEN, 2, 0, 0 },
	{ "not allocated yet", 0, 4,
	  { { 0, 0, 4, FIEMAP_EXTENT_DELALLOC | FIEMAP_EXTENT_UNKNOWN } },
	  EXTENT_DELAYED, 0, 0, 0 },
	{ "somewhere", 0, 4, { { 0, 0, 4, FIEMAP_EXTENT_UNKNOWN } }, EXTENT_UNKNOWN, 0, 0, 0 },
	{ "shared", 0, 8, { { 0, 100, 4, 0 }, { 4, 104, 4, FIEMAP_EXTENT_SHARED } },
	  EXTENT_SHARED, 4, 0, 0 },
	{ "inline", 0, 1, { { 0, 100, 1, FIEMAP_EXTENT_DATA_INLINE | FIEMAP_EXTENT_NOT_ALIGNED } },
	  EXTENT_INLINE, 0, 0, 0 },
	{ "a tail", 0, 1, { { 0, 100, 1, FIEMAP_EXTENT_DATA_TAIL } }, EXTENT_INLINE, 0, 0, 0 },
	{ "compressed", 0, 1, { { 0, 100, 1, FIEMAP_EXTENT_ENCODED } }, EXTENT_ENCODED, 0, 0, 0 },
	{ "encrypted", 0, 1,
	  { { 0, 100, 1, FIEMAP_EXTENT_DATA_ENCRYPTED | FIEMAP_EXTENT_ENCODED } },
	  EXTENT_ENCODED, 0, 0, 0 },
	{ "unaligned, as it says", 0, 1, { { 0, 100, 1, FIEMAP_EXTENT_NOT_ALIGNED } },
	  EXTENT_UNALIGNED, 0, 0, 0 },
	{ "merged is no fault", 0, 1, { { 0, 100, 1, FIEMAP_EXTENT_MERGED } }, EXTENT_OK, 0, 1, 1 },
};

static struct fiemap_extent fe_of(const struct walk_row *row, unsigned int i)
{
	return (struct fiemap_extent){
		.fe_logical = row->in[i].logical * K4, .fe_physical = row->in[i].physical * K4,
		.fe_length = row->in[i].length * K4,
		.fe_flags = row->in[i].flags,
	};
}

static void walk(void **state)
{
	const struct walk_row *row = *state;
	struct extents e = { .at = row->from * K4, .end = row->to * K4 };
	enum extent_reason reason = EXTENT_OK;
	struct fiemap_extent fe;
	struct extent ready;
	unsigned int i, out = 0;

	for (i = 0; i < EXTENTS && row->in[i].length && !reason; i++) {
		fe = fe_of(row, i);
		reason = extents_add(&e, &fe, &ready);
		out += ready.length != 0;
	}
	assert_int_equal(reason, row->reason);
	if (reason) {
		assert_int_equal(e.at, row->fault * K4);
		return;
	}
	assert_int_equal(e.at, e.end);
	assert_int_equal(out + 1, row->out);
	assert_int_equal(e.pending.length, row->out_last * K4);
}

/* Blocks of 1 KiB. */
static void small_blocks(void **state)
{
	struct fiemap_extent fe = { .fe_physical = 1024, .fe_length = K4 };
	struct extents e = { .end = K4 };
	struct extent ready;

	(void)state;
	assert_int_equal(extents_add(&e, &fe, &ready), EXTENT_UNALIGNED);
	fe = (struct fiemap_extent){ .fe_physical = 0, .fe_length = 1024 };
	assert_int_equal(extents_add(&e, &fe, &ready), EXTENT_UNALIGNED);
	assert_int_equal(e.at, 0);
}

/* What is to be shown again may have holes beside what was hidden. */
static void lenient(void **state)
{
	struct fiemap_extent fe = {
		.fe_logical = 4 * K4, .fe_physical = 100 * K4, .fe_length = 4 * K4,
	};
	struct extents e = { .end = 16 * K4, .lenient = true };
	struct extent ready;

	(void)state;
	assert_int_equal(extents_add(&e, &fe, &ready), EXTENT_OK);
	assert_int_equal(e.pending.logical, 4 * K4);
	fe = (struct fiemap_extent){
		.fe_logical = 8 * K4, .fe_physical = 104 * K4, .fe_length = 2 * K4,
		.fe_flags = FIEMAP_EXTENT_UNWRITTEN,
	};
	assert_int_equal(extents_add(&e, &fe, &ready), EXTENT_OK);
	assert_int_equal(e.at, 10 * K4);
	fe = (struct fiemap_extent){
		.fe_logical = 12 * K4, .fe_physical = 108 * K4, .fe_length = 9 * K4,
	};
	assert_int_equal(extents_add(&e, &fe, &ready), EXTENT_OK);
	assert_int_equal(ready.length, 4 * K4);
	assert_int_equal(e.pending.length, 4 * K4);
	assert_int_equal(e.at, e.end);
}

/* Lengths and places in the device, in bytes; the file's bytes follow each other. */
static const struct sum_row {
	const char *name;
	uint64_t base;
	struct { uint64_t physical, length; } in[EXTENTS];
	uint64_t tables, largest;
} sum_rows[] = {
	{ "one large leaf", 0, { { M2, M2 } }, 0, M2 },
	{ "one page", 0, { { M2, K4 } }, 1, K4 },
	{ "a page on either side", 0, { { M2 - K4, M2 + 2 * K4 } }, 2, M2 },
	{ "two halves of a leaf, apart", 0,
	  { { M2, M2 / 2 }, { 5 * M2 + M2 / 2, M2 / 2 } }, 1, K4 },
	{ "pages that follow, but not in memory", 0,
	  { { M2, K4 }, { 9 * M2, K4 }, { 17 * M2, K4 } }, 1, K4 },
	{ "leaves apart, all aligned alike", 0, { { M2, M2 }, { 9 * M2, 2 * M2 } }, 0, M2 },
	/* The second one's pages stand a page off in every leaf. */
	{ "leaves apart, one of them off by a page", 0,
	  { { M2, M2 }, { 9 * M2 + K4, 2 * M2 } }, 2, M2 },
	{ "off by a page, and a page more", 0,
	  { { M2, M2 + K4 }, { 9 * M2 + 2 * K4, 2 * M2 } }, 3, M2 },
	{ "a GiB, aligned", 0, { { G1, G1 } }, 0, G1 },
	{ "a GiB, aligned by where the device is", G1 / 2, { { G1 / 2, G1 } }, 0, G1 },
	{ "a GiB, not aligned", 0, { { M2, G1 } }, 0, M2 },
	/* It has room for a large leaf, but its first byte is not at a multiple of 2 MiB. */
	{ "nearly two GiB", 0, { { K4, 2 * G1 - K4 } }, 1024, G1 },
	{ "a page astray, then leaves", 0, { { 7 * K4, K4 }, { M2 + K4, 2 * M2 - K4 } }, 1, M2 },
};

static void sums(void **state)
{
	const struct sum_row *row = *state;
	struct extents_sum sum = { 0 };
	struct extent extent = { 0 };
	unsigned int i;

	for (i = 0; i < EXTENTS && row->in[i].length; i++) {
		extent.physical = row->in[i].physical;
		extent.length = row->in[i].length;
		extents_sum_add(&sum, &extent, row->base);
		extent.logical += extent.length;
	}
	assert_int_equal(sum.nr, i);
	assert_int_equal(sum.tables, row->tables);
	assert_int_equal(sum.largest, row->largest);
}

/* 262,144 single pages of a GiB: a table for each 2 MiB, and no more. */
static void single_pages(void **state)
{
	struct extents_sum sum = { 0 };
	struct extent extent = { .length = K4 };

	(void)state;
	for (; extent.logical < G1; extent.logical += K4) {
		extent.physical = 2 * extent.logical;
		extents_sum_add(&sum, &extent, 0);
	}
	assert_int_equal(sum.nr, 262144);
	assert_int_equal(sum.tables, 512);
	assert_int_equal(sum.largest, K4);
}

static void texts_differ(void **state)
{
	int i, j;

	(void)state;
	for (i = 0; i <= EXTENT_REASONS; i++)
		for (j = 0; j < i; j++)
			assert_string_not_equal(extent_reason_text(i), extent_reason_text(j));
}

int main(void)
{
	suite_add_rows(walk, walk_rows);
	suite_add("small blocks", small_blocks);
	suite_add("lenient", lenient);
	suite_add_rows(sums, sum_rows);
	suite_add("single pages", single_pages);
	suite_add("texts differ", texts_differ);
	return suite_run("extents");
}
