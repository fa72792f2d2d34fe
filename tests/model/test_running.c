// SPDX-License-Identifier: GPL-2.0-only
/*
 * A guest that runs while it is plugged into, or out of: takes what it, dom0 or the toolstack does
 * meanwhile, and does it at each moment of the command, one after the other. Whatever the command
 * then answers, no page may be in two hands; asked again it comes to its end, and at last all is
 * given back.
 */
#include "suite.h"

#include "model.h"
#include "script.h"

#define GFN	0x200000ul	/* of the range's first page: 8 GiB */
#define MFN	0x10c000ul
#define ASIDE	0x300000ul

/* A plain range, and a host range. */
static const char *const served[] = { "serve 2 0x10c000000 16M", "serve 2 0x10c000000 16M 1" };
static const char *const begun[] = { "guest 1",
				     "guest 2",
				     "unpause 1",
				     "assign 1 2 0x10c000000 2M 8G 16",
				     "assign 1 2 0x10c200000 4K 0x300000000 16",
				     NULL };

/* ---- what happens meanwhile: the first act, and, `apart` moments later, the second ---- */

static void nothing(void) { }
static void populate(void) { guest_populate(1, GFN + 0x400); }
static void populate_first(void) { guest_populate(1, GFN + 0x201); }
static void give_up(void) { guest_give_up(1, GFN + 0x400); }
static void give_up_early(void) { guest_give_up(1, GFN + 7); }
static void move_early(void) { guest_move(1, GFN + 7, GFN + 0x407); }
static void move_in(void) { guest_move(1, ASIDE, GFN + 0x200); }
static void move_away(void) { guest_move(1, GFN + 0x200, ASIDE + 1); }
static void unhook_aside(void) { guest_unhook(1, ASIDE); }
static void take(void)
{
	ref_take(1, GFN + 7, true);
	ref_take(1, GFN + 0x200, false);
	ref_take(1, GFN + 0x401, true);
}
static void map(void) { dom0_map(MFN + 0x201); dom0_map(MFN + 0x400); }
static void unmap(void) { for (unsigned int i = 0; i < MAPS; i++) dom0_unmap(i); }
static void drop(void) { for (unsigned int i = 0; i < REFS; i++) ref_drop(i); unmap(); }
static void kill(void) { if (doms[1].xen && !guest_dying(1)) guest_kill(1); }
static void reap(void)
{
	if (doms[1].xen && guest_dying(1) == DOMDYING_DYING && !p2m_held(1))
		guest_reap(1);
}
static void retype(void) { guest_retype(1, GFN + 7, 2); guest_retype(1, GFN + 0x400, 2); }

static const struct row {
	const char *name;
	void (*first)(void), (*second)(void);
} rows[] = {
	{ "it does nothing", nothing, nothing },
	{ "it populates an address in the way", populate, nothing },
	{ "it populates one in the way, and gives it up", populate, give_up },
	{ "it populates the second one in the way", populate_first, nothing },
	{ "it gives up a page of before, and moves another", give_up_early, move_early },
	{ "it moves one of the pages to where it is to go", move_in, nothing },
	{ "it moves it there, and away", move_in, move_away },
	{ "it unhooks one of the pages", unhook_aside, nothing },
	{ "dom0 maps some pages, and lets them go", take, drop },
	{ "it goes log-dirty", retype, give_up_early },
	{ "dom0 maps pages of its own, and lets them go", map, unmap },
	{ "it is killed", kill, nothing },
	{ "it is killed and gone", kill, reap },
};

static struct { uint64_t seen, at, apart; const struct row *row; } when;

static void act(void)
{
	when.seen++;
	if (when.seen == when.at)
		when.row->first();
	if (when.seen == when.at + when.apart)
		when.row->second();
}

static int run(const char *line)
{
	int rc = script_line(line, NULL);

	check_all();
	return rc;
}

static void begin(const char *serve)
{
	script_begin(&config_plain);
	script_must("reserve 1 4G 32M");
	script_must(serve);
	for (unsigned int i = 0; begun[i]; i++)
		script_must(begun[i]);
}

/* Whether the moment came. */
static bool while_running(const struct row *row, const char *serve, const char *line, uint64_t at,
			  uint64_t apart)
{
	bool came;
	int rc;

	begin(serve);
	when = (typeof(when)){ .at = at, .apart = apart, .row = row };
	machine.interrupt = act;
	run(line);
	machine.interrupt = NULL;
	came = when.seen >= at;
	drop();
	run(line);
	/* EBUSY: the page is in the first 2 MiB, which the guest still holds. */
	if (run("assign 2 2 0x10c001000 4K 8G") != -EBUSY)
		run("release 2 2");
	kill();
	reap();
	rc = run("release 1 2");
	if (rc && rc != -ENOENT)
		rc = run("release 1 2");	/* it first said why a piece had failed */
	if ((rc && rc != -ENOENT) || run("unserve 2") || run("unreserve") || extension_unload())
		broken("%s, at %lu and %lu of %s: %d %s", row->name, (unsigned long)at,
		       (unsigned long)(at + apart), line, rc, script_reason);
	data_check((struct frames){ 0x100000, 0x2000 });
	return came;
}

static void test_at_each_moment(void **state)
{
	static const char extents[] = "extents 1 0x200200000 16 0x10c600000 2M 0x10c401000 8K "
				      "0x10c200000 4K 0x10c201000 2M";
	static const char *const lines[] = {
		"assign 1 2 0x10c200000 4M 0x200200000 16", extents, "release 1 2 16",
	};
	static const uint64_t apart[] = { 1, 3, 700 };

	const struct row *row = *state;
	unsigned int ways = ARRAY_SIZE(served) * (row->second == nothing ? 1 : ARRAY_SIZE(apart));

	for (unsigned int l = 0; l < ARRAY_SIZE(lines); l++)
		for (unsigned int w = 0; w < ways; w++)
			for (uint64_t at = 1;
			     while_running(row, served[w % 2], lines[l], at, apart[w / 2]);
			     at += at < 60 ? 1 : 37)
				;
}

/*
 * It makes tables for what one leaf of 1 GiB is to cover: the leaf is refused, and asked again the
 * range comes in smaller ones.
 */
static void test_deep(void **state)
{
	static const struct row row = { "", populate, give_up };
	unsigned int refused = 0;
	int rc;

	(void)state;
	for (uint64_t at = 1; at < 40; at++) {
		script_begin(&config_plain);
		assert_int_equal(run("reserve 1 0x150000000 64M") | run("serve 2 4G 1G") |
					 run("guest 1") | run("unpause 1"),
				 0);
		when = (typeof(when)){ .at = at, .apart = 1, .row = &row };
		machine.interrupt = act;
		rc = run("assign 1 2 4G 1G 8G 16");
		refused += rc == -EBUSY && strstr(script_reason, "try again");
		machine.interrupt = NULL;
		if (rc)
			give_up();
		assert_int_equal(run("assign 1 2 4G 1G 8G 16"), 0);
		assert_int_equal(run("release 1 2 16"), 0);
	}
	assert_true(refused);
}

/* Among the pages that are taken out of it are one of RAM and one of another range: they stay. */
static void test_among_others(void **state)
{
	(void)state;
	begin(served[0]);
	give_up_early();
	assert_true(guest_populate(1, GFN + 7) && guest_give_up(1, GFN + 9));
	assert_int_equal(run("serve 3 0x10e000000 16M") |
				 run("assign 1 3 0x10e000000 4K 0x200009000 16"),
			 0);
	assert_int_equal(run("release 1 2 16"), 0);
	assert_true(is_ram(p2m_look(1, GFN + 7).mfn) && p2m_look(1, GFN + 9).mfn == 0x10e000);
	for (unsigned int i = 0; i < 512; i++)
		assert_true(i == 7 || i == 9 || p2m_look(1, GFN + i).mfn == INVALID_MFN);
	assert_int_equal(run("release 1 3 16"), 0);
	assert_true(is_ram(p2m_look(1, GFN + 7).mfn) && p2m_look(1, GFN + 9).mfn == INVALID_MFN);
}

int main(void)
{
	suite_add_rows(test_at_each_moment, rows);
	suite_add("it makes tables where a leaf of 1 GiB is to go", test_deep);
	suite_add("what is not of the range stays", test_among_others);
	return suite_run("running");
}
