// SPDX-License-Identifier: LGPL-2.1-only
/* What NVDIMMs in a given health may be used for, and the words for it. */
#include "namespace_health.h"

#include <stdio.h>

#define KEEPS_NOT	"what is written to it is lost when the power fails"
#define READ_ONLY	"(ro gives it to a guest to read)"

/* In the order of the bits, which is that of the verdicts. */
static const struct {
	enum xenpmem_fitness fitness;
	const char *word;
	const char *line;
} rows[] = {
	{ XENPMEM_UNFIT, "locked",
	  "is locked: load its key (ndctl load-keys) and enable it (ndctl enable-dimm), after a "
	  "power "
	  "cycle if it is frozen" },
	{ XENPMEM_UNFIT, "overwritten",
	  "is being overwritten: wait until that is done (ndctl wait-overwrite), then reboot the "
	  "host" },
	{ XENPMEM_UNFIT, "map_failed",
	  "was not mapped by the firmware: power-cycle the host; if that does not help, replace "
	  "it" },
	{ XENPMEM_FIT_TO_READ, "not_armed",
	  "is not armed: " KEEPS_NOT "; replace its energy source or the NVDIMM " READ_ONLY },
	{ XENPMEM_FIT_TO_READ, "fatal",
	  "reports fatal health: " KEEPS_NOT "; save its data and replace it " READ_ONLY },
	{ XENPMEM_FIT_TO_READ, "read_only",
	  "is read-only: Linux takes it that " KEEPS_NOT "; see ndctl list -DHi " READ_ONLY },
	{ XENPMEM_FIT_WITH_WARNING, "restore_failed",
	  "could not restore its data after the last power failure: check them before a guest "
	  "does" },
	{ XENPMEM_FIT_WITH_WARNING, "save_failed",
	  "could not save its data at the last power failure: check them before a guest does" },
	{ XENPMEM_FIT_WITH_WARNING, "flush_failed",
	  "could not write the CPU's caches back at the last power failure: check its data" },
	{ XENPMEM_FIT_WITH_WARNING, "critical",
	  "reports critical health: save its data and replace it" },
};

#define NR_ROWS	(sizeof(rows) / sizeof(rows[0]))

_Static_assert(XENPMEM_CRITICAL == 1u << (NR_ROWS - 1), "a row for each bit");

/* NR_ROWS: no bit is set. */
static size_t worst_row(unsigned int bits)
{
	size_t i = 0;

	while (i < NR_ROWS && !(bits & 1u << i))
		i++;
	return i;
}

void health_add(struct xenpmem_health *health, const char *name, unsigned int bits)
{
	if (worst_row(bits) < worst_row(health->bits))
		snprintf(health->name, sizeof(health->name), "%s", name);
	health->bits |= bits;
}

void health_merge(struct xenpmem_health *health, const struct xenpmem_health *other)
{
	health_add(health, other->name, other->bits);
}

enum xenpmem_fitness xenpmem_health_fitness(const struct xenpmem_health *health)
{
	size_t row = worst_row(health->bits);

	return row < NR_ROWS ? rows[row].fitness : XENPMEM_FIT;
}

void xenpmem_health_line(const struct xenpmem_health *health, char *line, size_t len)
{
	size_t row = worst_row(health->bits);

	if (row < NR_ROWS)
		snprintf(line, len, "%s %s", health->name, rows[row].line);
	else
		line[0] = '\0';
}

const char *xenpmem_health_word(const struct xenpmem_health *health, unsigned int *bit)
{
	for (; *bit < NR_ROWS; ++*bit)
		if (health->bits & 1u << *bit)
			return rows[(*bit)++].word;
	return NULL;
}
