/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reading around bad blocks: what is known to be bad is not touched, what turns out to be bad is
 * found page by page, all the rest is read, and the list says what is missing.
 */
#include "suite.h"
#include "tool/copy/around.h"

#include <errno.h>

#define PAGES	40u
#define SIZE	(PAGES * 4096ull + 100)	/* the last page is a short one */

static char pages[PAGES + 2];		/* 'k': known to be bad; 'b': bad; other: good */
static unsigned int refusals, touched;

/* The byte at an offset. */
static uint8_t byte_at(uint64_t offset)
{
	return (uint8_t)(offset / 4096 + 1);
}

int endpoint_read(struct endpoint *e, uint64_t offset, void *buf, size_t len)
{
	size_t i;

	e->met_bad = false;
	for (i = 0; i < len; i++) {
		char page = pages[(offset + i) / 4096];

		touched += page == 'k';
		if (page == 'b') {
			e->met_bad = e->skips_bad;
			refusals += !e->skips_bad;
			return EXIT_REFUSED;
		}
		((uint8_t *)buf)[i] = byte_at(offset + i);
	}
	return EXIT_DONE;
}

int refuse(const char *subject, const char *format, ...)
{
	(void)subject;
	(void)format;
	refusals++;
	return EXIT_REFUSED;
}

void warn(const char *subject, const char *format, ...)
{
	(void)subject;
	(void)format;
}

static const struct around_row {
	const char *name, *pages;
	uint64_t bad[8];		/* offset and length, in pages; the last may be 100 bytes */
} rows[] = {
	{ "all is good", "", { 0 } },
	{ "the first page is known", "k", { 0, 1 } },
	{ "the first page is found", "b", { 0, 1 } },
	{ "one in the middle", "....k", { 4, 1 } },
	{ "one is found in the middle", "....b", { 4, 1 } },
	{ "side by side, known and found", "..kbbk.", { 2, 4 } },
	{ "over the end of a chunk", ".......bb..", { 7, 2 } },
	{ "known over the end of a chunk", ".......kkk..", { 7, 3 } },
	{ "every second", "k.b.k.b.", { 0, 1, 2, 1, 4, 1, 6, 1 } },
	{ "a whole chunk", "kkkkkkkk", { 0, 8 } },
	{ "a whole chunk is found", "bbbbbbbb", { 0, 8 } },
	{ "the short end is known", "........................................k", { 40, 1 } },
	{ "the short end is found", "........................................b", { 40, 1 } },
};

static struct copy *copy_make(const char *how, struct xenpmem_namespace *ns)
{
	static struct copy c;
	static uint8_t chunk[8 * 4096];
	unsigned int i;

	memset(pages, 0, sizeof(pages));
	strcpy(pages, how);
	c = (struct copy){ .backend = "b", .is_namespace = true, .lending = { .ns = ns },
			   .skips_bad = true, .chunk = chunk };
	for (i = 0; i <= PAGES; i++)
		if (pages[i] == 'k')	/* one block of the page */
			ns->bad[ns->nr_bad++] = (struct xenpmem_bad){ i * 4096 + 512 * (i % 8),
								      512 };
	refusals = touched = 0;
	return &c;
}

static bool page_is_good(uint64_t offset)
{
	return pages[offset / 4096] != 'k' && pages[offset / 4096] != 'b';
}

static void reads_around(void **state)
{
	const struct around_row *row = *state;
	struct xenpmem_namespace ns = { .nr_bad = 0 };
	struct copy *c = copy_make(row->pages, &ns);
	uint64_t at, i;
	size_t len;

	for (at = 0; at < SIZE; at += len) {
		len = SIZE - at < 8 * 4096 ? SIZE - at : 8 * 4096;
		memset(c->chunk, 0xee, len);
		assert_int_equal(around_read(c, at, len), EXIT_DONE);
		for (i = 0; i < len; i++)
			assert_int_equal(c->chunk[i],
					 page_is_good(at + i) ? byte_at(at + i) : 0);
	}
	assert_int_equal(touched, 0);
	assert_int_equal(refusals, 0);
	for (i = 0; i < 4 && row->bad[2 * i + 1]; i++) {
		uint64_t end = (row->bad[2 * i] + row->bad[2 * i + 1]) * 4096;

		assert_int_equal(c->description.bad[i].offset, row->bad[2 * i] * 4096);
		assert_int_equal(c->description.bad[i].offset + c->description.bad[i].length,
				 end < SIZE ? end : SIZE);
	}
	assert_int_equal(c->description.nr_bad, i);
}

static void unasked_is_refused(void **state)
{
	struct xenpmem_namespace ns = { .nr_bad = 0 };
	struct copy *c = copy_make("..b", &ns);

	(void)state;
	c->skips_bad = false;
	assert_int_equal(around_read(c, 0, 8 * 4096), EXIT_REFUSED);
	assert_int_equal(refusals, 1);
	assert_int_equal(c->description.nr_bad, 0);
}

/* A copy that goes on leaves out what it left out before, though it could be read now. */
static void again_as_before(void **state)
{
	struct xenpmem_namespace ns = { .nr_bad = 0 };
	struct copy *c = copy_make("..", &ns);

	(void)state;
	assert_true(description_bad_add(&c->description, 4096, 4096));
	assert_int_equal(around_read(c, 0, 8 * 4096), EXIT_DONE);
	assert_int_equal(c->chunk[4095], 1);
	assert_int_equal(c->chunk[4096], 0);
	assert_int_equal(c->chunk[8192], 3);
	assert_int_equal(c->description.nr_bad, 1);
}

static void too_many_are_refused(void **state)
{
	struct xenpmem_namespace ns = { .nr_bad = 0 };
	struct copy *c = copy_make("b", &ns);
	unsigned int i;

	(void)state;
	for (i = 0; i < DESCRIPTION_BAD_MAX; i++)
		assert_true(description_bad_add(&c->description, (i + 100) * 8192ull, 4096));
	assert_int_equal(around_read(c, 0, 8 * 4096), EXIT_REFUSED);
	assert_int_equal(refusals, 1);
}

int main(void)
{
	suite_add_rows(reads_around, rows);
	suite_add("without the option it is refused", unasked_is_refused);
	suite_add("a copy that goes on", again_as_before);
	suite_add("more runs than the list has room for", too_many_are_refused);
	return suite_run("around");
}
