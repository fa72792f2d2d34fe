/* SPDX-License-Identifier: GPL-2.0-only */
/* The health of NVDIMMs: which is fit for what, which of several is told, and in which words. */
#include "suite.h"
#include "lib/namespace_health.h"

/*
 *   nmem0 --.
 *            >-- region0 --> one health: all bits, and the name that the worst is said of
 *   nmem1 --'
 */
static const struct row {
	const char *name;
	unsigned int region, first, second;	/* bits of region0, nmem0, nmem1 */
	enum xenpmem_fitness fitness;
	const char *line;			/* how it begins */
	const char *words;
} rows[] = {
	{ "healthy", 0, 0, 0, XENPMEM_FIT, "", "" },
	{ "locked", 0, XENPMEM_LOCKED, 0, XENPMEM_UNFIT, "nmem0 is locked: load its key",
	  "locked " },
	{ "overwritten", 0, 0, XENPMEM_OVERWRITTEN, XENPMEM_UNFIT,
	  "nmem1 is being overwritten: wait", "overwritten " },
	{ "not mapped", 0, XENPMEM_MAP_FAILED, 0, XENPMEM_UNFIT, "nmem0 was not mapped",
	  "map_failed " },
	{ "not armed", 0, 0, XENPMEM_NOT_ARMED, XENPMEM_FIT_TO_READ, "nmem1 is not armed: ",
	  "not_armed " },
	{ "not armed, as the region says too", XENPMEM_READ_ONLY, 0, XENPMEM_NOT_ARMED,
	  XENPMEM_FIT_TO_READ, "nmem1 is not armed: ", "not_armed read_only " },
	{ "a read-only region alone", XENPMEM_READ_ONLY, 0, 0, XENPMEM_FIT_TO_READ,
	  "region0 is read-only: ", "read_only " },
	{ "fatal", 0, XENPMEM_FATAL, 0, XENPMEM_FIT_TO_READ, "nmem0 reports fatal health: ",
	  "fatal " },
	{ "critical", 0, XENPMEM_CRITICAL, 0, XENPMEM_FIT_WITH_WARNING,
	  "nmem0 reports critical health: ", "critical " },
	{ "restore failed", 0, XENPMEM_RESTORE_FAILED, 0, XENPMEM_FIT_WITH_WARNING,
	  "nmem0 could not restore", "restore_failed " },
	{ "save failed", 0, XENPMEM_SAVE_FAILED, 0, XENPMEM_FIT_WITH_WARNING,
	  "nmem0 could not save", "save_failed " },
	{ "flush failed", 0, XENPMEM_FLUSH_FAILED, 0, XENPMEM_FIT_WITH_WARNING,
	  "nmem0 could not write", "flush_failed " },
	{ "the worst of two, of the second", 0, XENPMEM_CRITICAL | XENPMEM_SAVE_FAILED,
	  XENPMEM_FATAL, XENPMEM_FIT_TO_READ, "nmem1 reports fatal health: ",
	  "fatal save_failed critical " },
	{ "the worst of two, of the first", XENPMEM_READ_ONLY, XENPMEM_LOCKED, XENPMEM_NOT_ARMED,
	  XENPMEM_UNFIT, "nmem0 is locked: ", "locked not_armed read_only " },
	{ "two alike: the first", 0, XENPMEM_NOT_ARMED, XENPMEM_NOT_ARMED, XENPMEM_FIT_TO_READ,
	  "nmem0 is not armed: ", "not_armed " },
};

static void words_read(const struct xenpmem_health *health, char *words)
{
	unsigned int bit = 0;
	const char *word;

	for (words[0] = '\0'; (word = xenpmem_health_word(health, &bit)); strcat(words, " "))
		strcat(words, word);
}

static void health_is(void **state)
{
	const struct row *row = *state;
	struct xenpmem_health health = { .bits = 0 }, dimms = { .bits = 0 };
	char line[XENPMEM_HEALTH_LINE_MAX], words[256];

	health_add(&health, "region0", row->region);
	health_add(&dimms, "nmem0", row->first);
	health_add(&dimms, "nmem1", row->second);
	health_merge(&health, &dimms);
	assert_int_equal(xenpmem_health_fitness(&health), row->fitness);
	xenpmem_health_line(&health, line, sizeof(line));
	assert_memory_equal(line, row->line, strlen(row->line) + !row->line[0]);
	assert_true(strlen(line) < sizeof(line) - 1);
	words_read(&health, words);
	assert_string_equal(words, row->words);
}

int main(void)
{
	suite_add_rows(health_is, rows);
	return suite_run("health");
}
