/* SPDX-License-Identifier: GPL-2.0-only */
/* The scrub page: lists go into the free copy, and a page without sense has no list. */
#include "suite.h"
#include "scrub.h"

static uint8_t page[SCRUB_SIZE];

static void page_change(const struct scrub_place *list, unsigned int nr)
{
	uint32_t word, next;

	memcpy(&word, page, sizeof(word));
	next = scrub_put(page, word, list, nr);
	assert_int_not_equal(next, word);
	memcpy(page, &next, sizeof(next));
}

static void lists(void **state)
{
	struct scrub_place list[SCRUB_PLACES], seen[SCRUB_PLACES], kept[SCRUB_PLACES];
	unsigned int nr, i;

	(void)state;
	memset(page, 0, sizeof(page));
	assert_int_equal(scrub_read(page, seen), 0);
	for (nr = 0; nr <= SCRUB_PLACES; nr++) {
		for (i = 0; i < nr; i++)
			list[i] = (struct scrub_place){ nr << 12, (i + 1) << 12 };
		page_change(list, nr);
		assert_int_equal(scrub_read(page, seen), nr);
		assert_memory_equal(seen, list, nr * sizeof(list[0]));
		/* Before the word is written, the one before is whole. */
		scrub_put(page, *(uint32_t *)page, kept, 1);
		assert_int_equal(scrub_read(page, seen), nr);
		assert_memory_equal(seen, list, nr * sizeof(list[0]));
		memset(kept, nr, sizeof(kept));
	}
	page_change(NULL, 0);
	assert_int_equal(scrub_read(page, seen), 0);
}

static const struct word_row {
	const char *name;
	uint32_t word;
	unsigned int nr;
} words[] = {
	{ "all places", 0x107e0, 126 }, { "of the first copy", 0x20010, 1 },
	{ "the last number", 0xffff0020, 2 }, { "too many", 0x107f0, 0 },
	{ "far too many", 0x1ffff, 0 }, { "a part of a place", 0x10018, 0 },
};

static void word_read(void **state)
{
	const struct word_row *row = *state;
	struct scrub_place seen[SCRUB_PLACES];

	memcpy(page, &row->word, sizeof(row->word));
	assert_int_equal(scrub_read(page, seen), row->nr);
}

static void word_ends(void **state)
{
	(void)state;
	assert_int_equal(scrub_put(page, 0xffff0010, NULL, 0), 0);
	assert_int_equal(scrub_put(page, 0, NULL, 0), 0x10000);
}

int main(void)
{
	suite_add("lists of every length", lists);
	suite_add_rows(word_read, words);
	suite_add("the number of the change begins anew", word_ends);
	return suite_run("scrub");
}
