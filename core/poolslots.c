/* SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-only */
/* Chooses slots of a pool. */
#include "poolslots.h"

/* What may be taken, as bits by kind. */
#define BIT(kind)	(1u << (kind))
#define CLEAN		BIT(SLOT_CLEAN)
#define FREE		(BIT(SLOT_CLEAN) | BIT(SLOT_DIRTY))

struct choice {
	const uint8_t *kinds;
	size_t nr;
	struct slot_run *runs;
	size_t max_runs, nr_runs;
};

static size_t slots_count(const uint8_t *kinds, size_t nr, unsigned int bits)
{
	size_t i, count = 0;

	for (i = 0; i < nr; i++)
		count += !!(bits & BIT(kinds[i]));
	return count;
}

/* Is the slot in a run that was chosen? */
static bool slot_is_chosen(const struct choice *c, size_t slot)
{
	size_t i;

	for (i = 0; i < c->nr_runs; i++)
		if (slot - c->runs[i].first < c->runs[i].nr)
			return true;
	return false;
}

/* The slots of these kinds that follow each other from here on. */
static size_t run_length(const struct choice *c, size_t first, unsigned int bits)
{
	size_t i = first;

	while (i < c->nr && bits & BIT(c->kinds[i]) && !slot_is_chosen(c, i))
		i++;
	return i - first;
}

/* The shortest run that suffices is better than any other one; otherwise the longest is. */
static bool run_is_better(size_t length, size_t best, size_t wanted)
{
	if (length < wanted)
		return length > best;
	return best < wanted || length < best;
}

static struct slot_run run_find(const struct choice *c, size_t wanted, unsigned int bits)
{
	struct slot_run best = { 0, 0 };
	size_t i, length;

	for (i = 0; i < c->nr; i += length + 1) {
		length = run_length(c, i, bits);
		if (length && run_is_better(length, best.nr, wanted))
			best = (struct slot_run){ i, length };
	}
	if (best.nr > wanted)
		best.nr = wanted;
	return best;
}

static size_t runs_take(struct choice *c, size_t wanted, unsigned int bits)
{
	struct slot_run run;

	for (c->nr_runs = 0; wanted; wanted -= run.nr) {
		run = run_find(c, wanted, bits);
		if (!run.nr || c->nr_runs == c->max_runs)
			return 0;
		c->runs[c->nr_runs++] = run;
	}
	return c->nr_runs;
}

size_t slots_choose(const uint8_t *kinds, size_t nr, size_t wanted, struct slot_run *runs,
		    size_t max_runs, size_t *free)
{
	struct choice c = { .kinds = kinds, .nr = nr, .runs = runs, .max_runs = max_runs };

	*free = slots_count(kinds, nr, FREE);
	if (slots_count(kinds, nr, BIT(SLOT_OWN)) == wanted)
		return runs_take(&c, wanted, BIT(SLOT_OWN));
	return runs_take(&c, wanted, CLEAN) ? c.nr_runs : runs_take(&c, wanted, FREE);
}
