// SPDX-License-Identifier: GPL-2.0-only
/*
 * Faults at each step: takes scripts, and fails every call of Xen that can fail, one at a time or (FAULTS=lasting) all from one
 * on, in every command. What was refused has changed nothing; what was asked for again is done; the end is as without the fault.
 */
#include "suite.h"

#include "model.h"
#include "script.h"

#include <stdlib.h>
#include <string.h>

static const struct scenario {
	const char *name;
	const struct config *config;
	const char *lines[40];
} scenarios[] = {
	/*  4G                          NVDIMM                              5.5G
	 *  | reserved 32M | ... | range 2: 192M..704M, two groups and parts | ... |   leaves of 2M */
	{ "the life of two ranges that share a group", &config_plain, {
		"reserve 1 4G 32M", "serve 2 0x10c000000 512M", "serve 3 0x130000000 0x5003000", "guest 1", "guest 2",
		"assign 1 2 0x10c000000 256M 64G", "assign 1 2 0x11c000000 256M 0x1010000000", "assign 2 3 0x130000000 0x5003000 4G",
		"unpause 1", "take 1 64G", "destroy 1", "release 1 2", "drop 1 64G", "release 1 2", "release 2 3",
		"unserve 3", "unserve 2", "unreserve" } },
	{ "a leaf of 1 GiB, in several calls", &config_plain, {
		"reserve 1 0x150000000 64M", "serve 2 4G 1G", "guest 1", "assign 1 2 4G 1G 8G", "unpause 1", "destroy 1", "release 1 2",
		"unserve 2", "unreserve" } },
	{ "leaves of 4 KiB, off by a page, in a guest that is never started", &config_plain, {
		"reserve 1 4G 32M", "serve 2 0x10c001000 0x500000", "guest 1", "assign 1 2 0x10c001000 0x500000 8G",
		"giveup 1 8G", "unhook 1 0x200001000", "move 1 0x200002000 0x300000000", "populate 1 8G", "release 1 2", "unserve 2",
		"unreserve" } },
	{ "small leaves by choice", &config_plain, {
		"reserve 1 4G 32M", "serve 2 0x10c000000 16M", "guest 1", "assign 1 2 0x10c000000 8M 8G 2", "assign 1 2 0x10c800000 8M 0x200800000 1",
		"release 1 2", "erase 2", "unserve 2", "unreserve" } },
	{ "a group of frames that its own M2P lies in", &config_plain, {
		"reserve 1 0x100000000 32M", "serve 2 0x102000000 16M", "guest 1", "assign 1 2 0x102000000 16M 8G", "unpause 1", "destroy 1",
		"release 1 2", "unserve 2", "unreserve" } },
	{ "dom0's devices", &config_iommu, {
		"reserve 1 4G 32M", "serve 2 0x10c000000 64M", "guest 1", "assign 1 2 0x10c000000 64M 8G", "unpause 1", "take 1 8G", "destroy 1",
		"release 1 2", "drop 1 8G", "release 1 2", "unserve 2", "unreserve" } },
	{ "RAM above the NVDIMM, the other build", &config_middle, {
		"reserve 1 4G 32M", "serve 2 0x10c000000 64M", "guest 1", "assign 1 2 0x10c000000 64M 8G", "unpause 1", "destroy 1", "release 1 2",
		"unserve 2", "unreserve" } },
	{ "frame numbers with a hole", &config_hole, {
		"reserve 1 0x1010000000 32M", "serve 2 0x1020000000 256M", "guest 1", "assign 1 2 0x1020000000 256M 8G", "unpause 1", "destroy 1",
		"release 1 2", "unserve 2", "unreserve" } },
};

/* What gives something back may stay half done until it is asked again; all else is as it was. */
static bool takes(const char *line)
{
	return !strncmp(line, "reserve", 7) || !strncmp(line, "serve", 5) || !strncmp(line, "assign", 6);
}

/* The caller took its memory away between two calls, or within one: as if it had been killed there. What was done by then is done. */
static bool caller_gone(void)
{
	return machine.failed && (!strcmp(machine.failed, "copy_to_guest_pv") || !strcmp(machine.failed, "hypfs_write_leaf"));
}

static bool is_command(const char *line)
{
	return takes(line) || strstr(line, "unserve") || strstr(line, "unreserve") || strstr(line, "release") || strstr(line, "erase");
}

static void begin(const struct scenario *s)
{
	machine_boot(s->config);
	extension_fresh();
	script_fresh();
	if (extension_load(false))
		broken("not loaded: %s", machine.log);
}

static void run(const struct scenario *s, unsigned int from, unsigned int to)
{
	for (unsigned int i = from; i < to && s->lines[i]; i++) {
		int rc = script_line(s->lines[i], NULL);

		if (rc)
			broken("%s: %s: %d", s->name, s->lines[i], rc);
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

	for (unsigned int i = 0; s->lines[i]; i++)
		if (!strncmp(s->lines[i], "reserve", 7)) {
			uint64_t spa = strtoull(s->lines[i] + 10, NULL, 0);

			all = (struct frames){ spa < 4096 ? spa << 18 : spa >> 12, strstr(s->lines[i], "64M") ? 0x4000 : 0x2000 };
		}
	data_check(all);
	sum = state();
	if (extension_unload())
		broken("%s: not unloaded: %s", s->name, machine.log);
	if (hypfs_entries() != 1 || machine.heap_used > 1)
		broken("%s: something is left: %lu pages of heap", s->name, (unsigned long)machine.heap_used);
	return sum;
}

/* What there is once the command has been done up to `done`, if that is somewhere: only ASSIGN keeps a part. */
static uint64_t state_at(const struct scenario *s, unsigned int at, uint64_t done)
{
	char line[256], *w[7];
	unsigned int n = 0;

	begin(s);
	run(s, 0, at);
	snprintf(line, sizeof(line), "%s", s->lines[at]);
	for (w[0] = strtok(line, " "); n < 6 && w[n]; w[++n] = strtok(NULL, " "))
		;
	if (done && !strcmp(w[0], "assign")) {
		char part[256];

		snprintf(part, sizeof(part), "assign %s %s %s %#lx %s %s", w[1], w[2], w[3], (unsigned long)done, w[5], n > 6 ? w[6] : "0");
		if (script_line(part, NULL))
			broken("%s", part);
	}
	return state();
}

/* Whether there was a call to fail. `last`: all from it on fail. */
static bool fault(const struct scenario *s, unsigned int at, uint64_t n, bool last, uint64_t whole)
{
	uint64_t after = 0;
	const char *failed;
	int rc;

	begin(s);
	run(s, 0, at);
	settle();
	machine.points = 0;
	*(last ? &machine.fail_from : &machine.fail_at) = n;
	rc = script_line(s->lines[at], NULL);
	machine.fail_at = machine.fail_from = 0;
	failed = machine.failed;
	check_all();
	if (rc && takes(s->lines[at]) && !last && !caller_gone()) {
		uint64_t done = script_done;

		after = state();
		if (after != state_at(s, at, done))
			broken("%s: %s: %s failed, and not all is as after %#lx", s->name, s->lines[at], failed, (unsigned long)done);
	} else if (rc) {
		rc = script_line(s->lines[at], NULL);
		if (rc && last)	/* it first said why it had failed */
			rc = script_line(s->lines[at], NULL);
		if (rc == -ENOENT && caller_gone())
			rc = 0;	/* what was to go is gone */
	}
	if (after)	/* state_at() stands where the fault had led */
		rc = script_line(s->lines[at], NULL);
	if (rc)
		broken("%s: %s: %d when asked again", s->name, s->lines[at], rc);
	run(s, at + 1, ~0u);
	if (end(s) != whole)
		broken("%s: %s: the end is another one", s->name, s->lines[at]);
	return failed;
}

static void faults(const struct scenario *s, bool last)
{
	uint64_t n, whole, sum = 0;
	unsigned int i;

	begin(s);
	run(s, 0, ~0u);
	whole = end(s);
	for (i = 0; s->lines[i]; i++)
		for (n = 1; is_command(s->lines[i]) && fault(s, i, n, last, whole); n++)
			sum++;
	assert_true(sum > 20);
}

static void test_one(void **row) { faults(*row, false); }
static void test_lasting(void **row) { faults(*row, true); }

int main(void)
{
	if (getenv("FAULTS") && !strcmp(getenv("FAULTS"), "lasting"))	/* soak */
		suite_add_rows(test_lasting, scenarios);
	else
		suite_add_rows(test_one, scenarios);
	return suite_run("faults");
}
