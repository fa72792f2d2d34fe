/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which slots of a pool a guest gets. The pool is a picture, a letter a slot: u used, o the guest's
 * own, c clean, d dirty. The answer shows each slot's place in the guest, or a dot.
 */
#include "suite.h"
#include "poolslots.h"

static const struct row {
	const char *name, *pool;
	size_t wanted, max_runs;
	const char *answer;		/* "": refused */
	size_t free;
} rows[] = {
	{ "an empty pool", "", 1, 4, "", 0 },
	{ "one slot", "c", 1, 4, "0", 1 },
	{ "one slot that is used", "u", 1, 4, "", 0 },
	{ "the first that suffice", "cccc", 2, 4, "01..", 4 },
	{ "all", "cccc", 4, 4, "0123", 4 },
	{ "more than there are", "cccc", 5, 4, "", 4 },
	{ "the shortest run that suffices", "cccucc", 2, 4, "....01", 5 },
	{ "clean before dirty", "ddcc", 2, 4, "..01", 4 },
	{ "clean in pieces before dirty in one", "ddddcucuc", 3, 4, "....0.1.2", 7 },
	{ "dirty in one if the pieces are too many", "ddddcucuc", 3, 2, "012......", 7 },
	{ "clean and dirty together", "cdcd", 4, 4, "0123", 4 },
	{ "dirty ones if the clean do not suffice", "udcudu", 2, 4, ".01...", 3 },
	{ "the longest runs first", "cuccuccc", 5, 4, "..34.012", 6 },
	{ "the rest from the shortest that suffices", "cuccuccc", 4, 4, "3....012", 6 },
	{ "too many runs", "cucucuc", 4, 3, "", 4 },
	{ "as many runs as may be", "cucucuc", 4, 4, "0.1.2.3", 4 },
	{ "its own after a reboot", "ccoocc", 2, 4, "..01..", 4 },
	{ "its own in pieces", "cocoo", 3, 4, ".2.01", 2 },
	{ "fewer of its own than it wants", "ccoc", 2, 4, "01..", 3 },
	{ "its own are not anybody's", "ou", 2, 4, "", 0 },
};

static uint8_t kind_of(char letter)
{
	return letter == 'c' ? SLOT_CLEAN : letter == 'd' ? SLOT_DIRTY :
	       letter == 'o' ? SLOT_OWN : SLOT_USED;
}

static void chosen(void **state)
{
	const struct row *row = *state;
	size_t nr = strlen(row->pool), i, at, place = 0, nr_free, nr_runs;
	uint8_t *kinds = malloc(nr);
	struct slot_run runs[4];
	char answer[16] = "";

	for (i = 0; i < nr; i++)
		kinds[i] = kind_of(row->pool[i]);
	nr_runs = slots_choose(kinds, nr, row->wanted, runs, row->max_runs, &nr_free);
	if (nr_runs)
		memset(answer, '.', nr);
	for (i = 0; i < nr_runs; i++)
		for (at = runs[i].first; at < runs[i].first + runs[i].nr; at++)
			answer[at] = (char)('0' + place++);
	assert_string_equal(answer, row->answer);
	assert_int_equal(nr_free, row->free);
	free(kinds);
}

int main(void)
{
	suite_add_rows(chosen, rows);
	return suite_run("poolslots");
}
