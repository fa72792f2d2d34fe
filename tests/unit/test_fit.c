/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * FIT pages: each copy is the golden NFIT without its header, in its own place; the other copy and
 * the word stay as they were; and which copy is free.
 */
#include "suite.h"
#include "fit.h"

static const struct vnvdimm one = {
	.gpa = 0x140000000, .length = 0x10000000, .node = VNVDIMM_NO_NODE,
};

static void sixteen_make(struct vnvdimm v[VNVDIMMS_MAX + 1])
{
	unsigned int i;

	for (i = 0; i <= VNVDIMMS_MAX; i++)
		v[i] = (struct vnvdimm){
			.gpa = (4ull + i) << 30, .length = 0x1000000, .node = i,
			.uuid = { (uint8_t)i },
		};
}

/*
 *   0          16             4096 + 16
 *   | 5a 5a .. | copy 0 | 5a  | copy 1 | 5a ..
 */
static void copy_is_the_table(const struct vnvdimm *v, unsigned int nr,
			      const struct nfit_capabilities *caps)
{
	uint8_t table[NFIT_MAX], pages[FIT_SIZE], expected[FIT_SIZE];
	size_t len = nfit_build(v, nr, caps, table, sizeof(table)) - sizeof(struct nfit_table);
	unsigned int copy, at;

	for (copy = 0; copy < 2; copy++) {
		at = copy ? 0x1010 : 0x10;
		memset(pages, 0x5a, sizeof(pages));
		memset(expected, 0x5a, sizeof(expected));
		memcpy(expected + at, table + sizeof(struct nfit_table), len);
		assert_int_equal(fit_copy_put(pages, copy, v, nr, caps), at << 16 | len);
		assert_memory_equal(pages, expected, sizeof(pages));
		assert_int_equal(fit_copy_free(at << 16 | (uint32_t)len), !copy);
	}
}

static void one_and_sixteen(void **state)
{
	const struct nfit_capabilities caps = { .bits = NFIT_CAP_MEMORY_FLUSH, .highest_valid = 1 };
	struct vnvdimm v[VNVDIMMS_MAX + 1];

	(void)state;
	sixteen_make(v);
	copy_is_the_table(&one, 1, NULL);
	copy_is_the_table(&one, 1, &caps);
	copy_is_the_table(v, VNVDIMMS_MAX, NULL);
	copy_is_the_table(v, VNVDIMMS_MAX, &caps);
}

/* The bytes are those written independently of the builder. */
static void golden(void **state)
{
	const struct vnvdimm v = {
		.gpa = 0x140000000, .length = 0x10000000, .node = VNVDIMM_NO_NODE,
	};
	uint8_t pages[FIT_SIZE] = { 0 }, expected[NFIT_MAX];
	size_t len = golden_read("nfit-1.hex", expected, sizeof(expected));
	const size_t serial = 40 + 56 + 48 + 24;

	(void)state;
	assert_int_equal(fit_copy_put(pages, 0, &v, 1, NULL), 0x10 << 16 | (len - 40));
	/* The golden one is of another UUID. */
	memcpy(expected + serial, pages + 16 + serial - 40, 4);
	assert_memory_equal(pages + 16, expected + 40, len - 40);
}

/* A guest may write any word: then still one of the two. */
static void any_word(void **state)
{
	const uint32_t words[] = { 0, 1, 0xfff0000, 0x10000000, 0x80000000, UINT32_MAX };
	unsigned int i;

	(void)state;
	for (i = 0; i < NR(words); i++)
		assert_in_range(fit_copy_free(words[i]), 0, 1);
}

static void refused(void **state)
{
	struct vnvdimm v[VNVDIMMS_MAX + 1], bad = one;
	uint8_t pages[FIT_SIZE];
	unsigned int i;

	(void)state;
	sixteen_make(v);
	bad.length = 0;
	memset(pages, 0x5a, sizeof(pages));
	assert_int_equal(fit_copy_put(pages, 0, v, 0, NULL), 0);
	assert_int_equal(fit_copy_put(pages, 0, v, VNVDIMMS_MAX + 1, NULL), 0);
	assert_int_equal(fit_copy_put(pages, 1, &bad, 1, NULL), 0);
	for (i = 0; i < sizeof(pages); i++)
		assert_int_equal(pages[i], 0x5a);
}

/* A list only grows, and so each of its words is another. */
static void words_differ(void **state)
{
	struct vnvdimm v[VNVDIMMS_MAX + 1];
	uint8_t pages[FIT_SIZE] = { 0 };
	uint32_t words[VNVDIMMS_MAX + 1] = { 0 };
	unsigned int nr, i;

	(void)state;
	sixteen_make(v);
	for (nr = 1; nr <= VNVDIMMS_MAX; nr++) {
		words[nr] = fit_copy_put(pages, fit_copy_free(words[nr - 1]), v, nr, NULL);
		for (i = 0; i < nr; i++)
			assert_int_not_equal(words[nr], words[i]);
	}
}

int main(void)
{
	suite_add("one and sixteen, in both copies", one_and_sixteen);
	suite_add("golden bytes", golden);
	suite_add("any word", any_word);
	suite_add("refused", refused);
	suite_add("words differ", words_differ);
	return suite_run("fit");
}
