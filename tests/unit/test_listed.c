/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which of the bad blocks that dom0's kernel lists the monitor has Xen take from guests: those of a
 * namespace that a guest has pages of, as whole pages, once; and what failed again.
 */
#include "suite.h"
#include <errno.h>
#include "tool/host/bad.h"
#include "tool/monitor/listed.h"
#include "tool/ui/ui.h"

#define BLOCK(at, n)	{ (at), (n) * 512ull }

static uint64_t taken[8][2];
static unsigned int nr_taken, warnings;
static int take_rc;

int xenpmem_pages_take(xenpmem_handle *h, uint64_t spa, uint64_t size)
{
	(void)h;
	assert_in_range(nr_taken, 0, NR(taken) - 1);
	taken[nr_taken][0] = spa;
	taken[nr_taken++][1] = size;
	return take_rc;
}

const char *xenpmem_error(const xenpmem_handle *h)
{
	(void)h;
	return "why";
}

void warn(const char *subject, const char *format, ...)
{
	(void)subject;
	(void)format;
	warnings++;
}

/* From 0x10000 on a use each; the uuid of each is its number. */
bool bad_find(const struct inventory *inv, uint64_t spa, const struct xenpmem_media_error *error,
	      struct bad_place *place)
{
	static const enum bad_use uses[] = { BAD_NAMESPACE, BAD_NAMESPACE, BAD_LABELS, BAD_RAM,
					     BAD_HOST, BAD_DOM0, BAD_RESERVED_USED };
	uint64_t n = (spa - 0x10000) >> 16;

	(void)inv;
	assert_null(error);
	if (n >= NR(uses))
		return false;
	*place = (struct bad_place){ .spa = spa, .use = uses[n], .uuid = { n + 1 } };
	return true;
}

/* Guests have pages of all but the first. */
static void world_make(struct inventory *inv)
{
	*inv = (struct inventory){ .nr_holdings = 6 };
	for (unsigned int i = 0; i < inv->nr_holdings; i++)
		inv->holdings[i] = (struct xenpmem_holding){ .domid = 3, .uuid = { i + 2 } };
	nr_taken = warnings = 0;
	take_rc = 0;
}

static const struct row {
	const char *name;
	struct blocks listed, said;
	uint64_t spa, size;	/* size 0: it is not taken */
} rows[] = {
	{ "a guest's", BLOCK(0x21200, 1), {}, 0x21000, 0x1000 },
	{ "over two pages", BLOCK(0x21e00, 2), {}, 0x21000, 0x2000 },
	{ "one that was said", BLOCK(0x21200, 1), BLOCK(0x21200, 1), 0, 0 },
	{ "one that has grown", BLOCK(0x21e00, 2), BLOCK(0x21e00, 1), 0x22000, 0x1000 },
	{ "of a namespace that no guest has", BLOCK(0x11000, 1), {}, 0, 0 },
	{ "of labels", BLOCK(0x31000, 1), {}, 0, 0 },
	{ "of guests' RAM", BLOCK(0x41000, 1), {}, 0, 0 },
	{ "of a file", BLOCK(0x51000, 1), {}, 0, 0 },
	{ "dom0's", BLOCK(0x61000, 1), {}, 0, 0 },
	{ "of the reserved area", BLOCK(0x71000, 1), {}, 0, 0 },
	{ "of none of ours", BLOCK(0x91000, 1), {}, 0, 0 },
};

static void which(void **state)
{
	const struct row *row = *state;
	struct blockset listed = {}, said = {};
	struct inventory inv;

	world_make(&inv);
	blockset_add(&listed, row->listed);
	if (row->said.length)
		blockset_add(&said, row->said);
	listed_take(&inv, &listed, &said);
	assert_int_equal(nr_taken, row->size != 0);
	if (row->size) {
		assert_int_equal(taken[0][0], row->spa);
		assert_int_equal(taken[0][1], row->size);
	}
	assert_int_equal(warnings, 0);
	blockset_free(&listed);
	blockset_free(&said);
}

/* Tried again until it succeeds, or until dom0 has cleared it; why not is said once. */
static void again(void **state)
{
	struct blockset listed = {}, said = {}, none = {};
	struct inventory inv;

	(void)state;
	world_make(&inv);
	blockset_add(&listed, (struct blocks)BLOCK(0x21200, 1));
	take_rc = -ENOMEM;
	listed_take(&inv, &listed, &said);
	blockset_add(&said, (struct blocks)BLOCK(0x21200, 1));
	listed_take(&inv, &listed, &said);
	assert_int_equal(nr_taken, 2);
	assert_int_equal(warnings, 1);
	take_rc = 0;
	listed_take(&inv, &listed, &said);
	assert_int_equal(nr_taken, 3);
	listed_take(&inv, &listed, &said);
	assert_int_equal(nr_taken, 3);
	take_rc = -ENOMEM;
	blockset_free(&said);
	said = none;
	listed_take(&inv, &listed, &said);
	listed_take(&inv, &none, &said);
	blockset_add(&said, (struct blocks)BLOCK(0x21200, 1));
	listed_take(&inv, &listed, &said);
	assert_int_equal(nr_taken, 4);
	blockset_free(&listed);
	blockset_free(&said);
}

/* Of a run that had no room in Xen's list a guest has the middle cleared: the rest is taken. */
static void again_in_part(void **state)
{
	const struct blocks run = BLOCK(0x21000, 32), low = BLOCK(0x21000, 8),
			    high = BLOCK(0x23000, 16);
	struct blockset listed = {}, said = {};
	struct inventory inv;

	(void)state;
	world_make(&inv);
	blockset_add(&listed, run);
	take_rc = -ENOSPC;
	listed_take(&inv, &listed, &said);
	assert_int_equal(nr_taken, 1);
	blockset_add(&said, run);
	blockset_free(&listed);
	listed = (struct blockset){};
	blockset_add(&listed, low);
	blockset_add(&listed, high);
	take_rc = 0;
	listed_take(&inv, &listed, &said);
	assert_int_equal(nr_taken, 3);
	assert_int_equal(taken[1][0], 0x21000);
	assert_int_equal(taken[1][1], 0x1000);
	assert_int_equal(taken[2][0], 0x23000);
	assert_int_equal(taken[2][1], 0x2000);
	assert_int_equal(warnings, 1);
	blockset_free(&listed);
	blockset_free(&said);
}

int main(void)
{
	suite_add_rows(which, rows);
	suite_add("what could not be taken", again);
	suite_add("what could not be taken, of which a part is cleared", again_in_part);
	return suite_run("listed");
}
