// SPDX-License-Identifier: GPL-2.0-only
/*
 * Faults at each step: takes the scripts of tests/data/faults, and fails every call of Xen that can
 * fail, one at a time or (FAULTS=lasting) all from one on, in every command. What was refused has
 * changed nothing; what was asked for again is done; the end is as without the fault.
 */
#include "suite.h"

#include "model.h"
#include "script.h"

#include <glob.h>
#include <stdlib.h>
#include <string.h>

#define SCENARIOS 32u

static struct scenario {
	const char *name;
	const struct config *config;
	struct script script;
	char *const *lines;
} scenarios[SCENARIOS];

/* A range on its way to be dom0's own stays half done, and so does a list. */
static bool goes_on(const char *line)
{
	return !strncmp(line, "extents", 7) ||
	       (!strncmp(line, "serve", 5) && !strcmp(line + strlen(line) - 2, " 1"));
}

/* What gives something back may stay half done until it is asked again; all else is as it was. */
static bool takes(const char *line)
{
	return !goes_on(line) && (!strncmp(line, "reserve", 7) || !strncmp(line, "serve", 5) ||
				  !strncmp(line, "begin", 5) || !strncmp(line, "assign", 6));
}

/* SERVE of a range that an earlier line has begun: refused, it gives back more than it took. */
static bool was_begun(const struct scenario *s, unsigned int at)
{
	unsigned int range, begun;

	for (unsigned int i = 0; sscanf(s->lines[at], "serve %u", &range) == 1 && i < at; i++)
		if (sscanf(s->lines[i], "begin %u", &begun) == 1 && begun == range)
			return true;
	return false;
}

/*
 * The caller took its memory away between two calls, or within one: as if it had been killed there.
 * What was done by then is done.
 */
static bool caller_gone(void)
{
	return machine.failed && (!strcmp(machine.failed, "copy_to_guest_pv") ||
				  !strcmp(machine.failed, "hypfs_write_leaf"));
}

static bool is_command(const char *line)
{
	return takes(line) || goes_on(line) || strstr(line, "unserve") ||
	       strstr(line, "unreserve") || strstr(line, "release") || strstr(line, "erase");
}

static void line_run(const struct scenario *s, unsigned int i)
{
	int rc = script_line(s->lines[i], NULL);

	if (rc)
		broken("%s: %s: %d", s->name, s->lines[i], rc);
}

static void run(const struct scenario *s, unsigned int from)
{
	for (unsigned int i = from; s->lines[i]; i++) {
		line_run(s, i);
		check_all();
	}
}

/*
 * A fresh machine up to this line; all was checked on the way when the scenario ran as a whole. But
 * only a check forgets pages that a guest gave up, once they are nobody's.
 */
static void run_to(const struct scenario *s, unsigned int to)
{
	bool given_up = false;

	script_begin(s->config);
	for (unsigned int i = 0; i < to; i++) {
		line_run(s, i);
		given_up |= !!strstr(s->lines[i], "giveup");
		if (given_up)
			check_all();
	}
}

static uint64_t state(void)
{
	settle();
	check_all();
	return digest();
}

/* Nothing is left, and Xen is as it was at boot. */
static uint64_t end(const struct scenario *s)
{
	struct frames all = { 0, 0 };
	uint64_t sum;

	for (unsigned int i = 0; s->lines[i]; i++) {
		char spa[32], length[32];

		if (sscanf(s->lines[i], "reserve %*s %31s %31s", spa, length) == 2)
			all = (struct frames){ script_number(spa) >> 12,
					       script_number(length) >> 12 };
	}
	data_check(all);
	sum = state();
	if (extension_unload())
		broken("%s: not unloaded: %s", s->name, machine.log);
	if (hypfs_entries() != 1 || heap_lost() > 1)
		broken("%s: something is left: %lu pages of heap", s->name,
		       (unsigned long)heap_lost());
	return sum;
}

/*
 * What there is once the command has been done up to `done`, if that is somewhere: only ASSIGN
 * keeps a part.
 */
static uint64_t state_make(const struct scenario *s, unsigned int at, uint64_t done)
{
	char line[256], *w[7];
	unsigned int n = 0;

	run_to(s, at);
	snprintf(line, sizeof(line), "%s", s->lines[at]);
	for (w[0] = strtok(line, " "); n < 6 && w[n]; w[++n] = strtok(NULL, " "))
		;
	if (done && !strcmp(w[0], "assign")) {
		char part[256];

		snprintf(part, sizeof(part), "assign %s %s %s %#lx %s %s", w[1], w[2], w[3],
			 (unsigned long)done, w[5], n == 6 && w[6] ? w[6] : "0");
		if (script_line(part, NULL))
			broken("%s", part);
	}
	return state();
}

/*
 * The same, kept for the next fault of this command; false: it had to be made, and the machine is
 * another one now.
 */
static bool state_known(const struct scenario *s, unsigned int at, uint64_t done, uint64_t *sum)
{
	static struct {
		const struct scenario *s;
		unsigned int at;
		uint64_t done, sum;
	} last;
	bool known = last.s == s && last.at == at && last.done == done;

	if (!known)
		last = (typeof(last)){ s, at, done, state_make(s, at, done) };
	*sum = last.sum;
	return known;
}

/* Whether there was a call to fail. `last`: all from it on fail. */
static bool fault(const struct scenario *s, unsigned int at, uint64_t n, bool last, uint64_t whole)
{
	uint64_t done, wanted;
	const char *failed;
	int rc;

	run_to(s, at);
	settle();
	machine.points = 0;
	*(last ? &machine.fail_from : &machine.fail_at) = n;
	rc = script_line(s->lines[at], NULL);
	done = script_done;
	machine.fail_at = machine.fail_from = 0;
	failed = machine.failed;
	check_all();
	if (rc && takes(s->lines[at]) && !was_begun(s, at) && !last && !caller_gone()) {
		uint64_t got = state();

		if (!state_known(s, at, done, &wanted))
			return fault(s, at, n, last, whole);
		if (got != wanted)
			broken("%s: %s: %s failed, and not all is as after %#lx", s->name,
			       s->lines[at], failed, (unsigned long)done);
	}
	if (rc)
		rc = script_line(s->lines[at], NULL);
	if (rc && last)	/* it first said why it had failed */
		rc = script_line(s->lines[at], NULL);
	if (rc == -ENOENT && caller_gone())
		rc = 0;	/* what was to go is gone */
	if (rc)
		broken("%s: %s: %d when asked again", s->name, s->lines[at], rc);
	run(s, at + 1);
	if (end(s) != whole)
		broken("%s: %s: the end is another one", s->name, s->lines[at]);
	return failed;
}

/*
 * Whether an earlier scenario comes to this line on the same machine and by the same lines: what
 * fails in it fails alike.
 */
static bool tried(const struct scenario *s, unsigned int at)
{
	for (const struct scenario *other = scenarios; other < s; other++) {
		unsigned int i = 0;

		while (other->config == s->config && i <= at && other->lines[i] &&
		       !strcmp(other->lines[i], s->lines[i]))
			i++;
		if (i > at)
			return true;
	}
	return false;
}

static void faults(const struct scenario *s, bool last)
{
	uint64_t n, whole, sum = 0;
	unsigned int i;

	script_begin(s->config);
	run(s, 0);
	whole = end(s);
	for (i = 0; s->lines[i]; i++)
		for (n = 1; is_command(s->lines[i]) && !tried(s, i) && fault(s, i, n, last, whole);
		     n++)
			sum++;
	assert_true(sum > 20);
}

static void test_one(void **row) { faults(*row, false); }
static void test_lasting(void **row) { faults(*row, true); }

static unsigned int scenarios_read(void)
{
	unsigned int n = 0;
	glob_t files;

	if (glob("tests/data/faults/*.script", 0, NULL, &files))
		broken("no scripts; run from the top of the tree");
	for (; n < files.gl_pathc; n++) {
		struct scenario *s = &scenarios[n];

		if (n == SCENARIOS || !script_read(&s->script, files.gl_pathv[n]))
			broken("%s: not a script, or one too many", files.gl_pathv[n]);
		s->name = s->script.name;
		s->lines = s->script.lines;
		s->config = config_named(s->script.machine);
		if (!s->config)
			broken("%s: machine %s", files.gl_pathv[n], s->script.machine);
	}
	globfree(&files);
	return n;
}

int main(void)
{
	bool lasting = getenv("FAULTS") && !strcmp(getenv("FAULTS"), "lasting");	/* soak */

	suite_add_table(lasting ? test_lasting : test_one, scenarios, sizeof(scenarios[0]),
			scenarios_read());
	return suite_run("faults");
}
