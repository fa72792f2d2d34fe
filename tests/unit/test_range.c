/* SPDX-License-Identifier: GPL-2.0-only */
/* Ranges of frames: what two share, and how a guest's range is cut into leaves. */
#include "suite.h"
#include "range.h"

#define G1 (1ull << ORDER_1G)

/*
 *   a   [----)          a.first, a.count
 *   b      [----)       b.first, b.count
 *          [-)          first, count of what they share
 */
static const struct intersect_row {
	const char *name;
	struct frames a, b;
	uint64_t first, count;
} intersect_rows[] = {
	{ "apart", { 10, 5 }, { 20, 5 }, 0, 0 },
	{ "touching", { 10, 5 }, { 15, 5 }, 0, 0 },
	{ "one frame", { 10, 6 }, { 15, 5 }, 15, 1 },
	{ "inside", { 10, 100 }, { 15, 5 }, 15, 5 },
	{ "the same", { 10, 5 }, { 10, 5 }, 10, 5 },
	{ "empty", { 12, 0 }, { 10, 5 }, 0, 0 },
	{ "from zero", { 0, 12 }, { 10, 5 }, 10, 2 },
};

static void test_intersect(void **state)
{
	const struct intersect_row *row = *state;
	struct frames ab = frames_intersect(row->a, row->b), ba = frames_intersect(row->b, row->a);

	assert_int_equal(ab.count, row->count);
	assert_int_equal(ba.count, row->count);
	if (row->count)
		assert_int_equal(ab.first, row->first);
}

static const struct piece_row {
	const char *name;
	uint64_t mfn, gfn, left;
	unsigned int max_order;
	uint64_t pieces[4];	/* in order, up to a 0; the last is repeated to the end */
} piece_rows[] = {
	{ "a GiB, aligned", 4 * G1, 8 * G1, 2 * G1, ORDER_1G, { G1 } },
	{ "a GiB, 2 MiB leaves only", 4 * G1, 8 * G1, G1, ORDER_2M, { 512 } },
	{ "a GiB, pages only", 4 * G1, 8 * G1, 4, ORDER_4K, { 1 } },
	{ "both off by the same", 4 * G1 + 510, 8 * G1 + 510, 2 + 512, ORDER_1G, { 2, 512 } },
	{ "off by different", 4 * G1 + 1, 8 * G1 + 510, 2 + 512 + 3, ORDER_1G, { 2, 512, 3 } },
	{ "spa off a GiB", 4 * G1 + 512, 8 * G1, G1, ORDER_1G, { 512 } },
	{ "up to a GiB, then one", 5 * G1 - 512, 9 * G1 - 512, G1 + 512, ORDER_1G, { 512, G1 } },
	{ "less than 2 MiB", 4 * G1, 8 * G1, 7, ORDER_1G, { 7 } },
	{ "nothing", 4 * G1, 8 * G1, 0, ORDER_1G, { 0 } },
};

static void test_piece(void **state)
{
	const struct piece_row *row = *state;
	uint64_t at = 0;
	unsigned int i = 0;

	while (at < row->left) {
		uint64_t n =
			piece_next(row->mfn + at, row->gfn + at, row->left - at, row->max_order);

		assert_int_equal(n, row->pieces[i]);
		at += n;
		if (i < 3 && row->pieces[i + 1])
			i++;
	}
	assert_int_equal(at, row->left);
}

/*
 * Any cut covers the range exactly, and a piece crosses a 2 MiB boundary of the guest only if it is
 * a whole 1 GiB.
 */
static void test_cover(void **state)
{
	uint64_t seed = 1;
	int i;

	(void)state;
	for (i = 0; i < 2000; i++) {
		uint64_t mfn = random_next(&seed) % (4 * G1), gfn = random_next(&seed) % (4 * G1);
		uint64_t left = random_next(&seed) % (3 * G1);

		if (i % 2)
			gfn = (gfn & ~(G1 - 1)) | (mfn & (G1 - 1));
		while (left) {
			uint64_t n = piece_next(mfn, gfn, left, ORDER_1G);

			assert_true(n && n <= left);
			assert_true(n == G1 ? !((mfn | gfn) % G1) :
				    gfn / 512 == (gfn + n - 1) / 512);
			mfn += n;
			gfn += n;
			left -= n;
		}
	}
}

int main(void)
{
	suite_add_rows(test_intersect, intersect_rows);
	suite_add_rows(test_piece, piece_rows);
	suite_add("random ranges are covered exactly", test_cover);
	return suite_run("range");
}
