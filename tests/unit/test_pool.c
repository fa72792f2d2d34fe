/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Slots of pools as tool/host/pool.h draws their life: whose they are, what they hold, and that no
 * guest gets one with another's bytes. Each row is run once for its result, and then for each step
 * of its last act: once that step fails, once the process is killed before it. Afterwards all slots
 * can be given to a guest, and the eraser leaves a pool that the record calls clean.
 */
#include "pool_world.h"

#include <sys/wait.h>

#define C6	"c ......"

struct row {
	const char *name;
	const char *pools, *before, *act;	/* see world_make() and script_run() */
	const char *after;			/* the picture of world_draw() */
	unsigned int erased;			/* slots, by the act */
	const char *said;			/* the refusal; NULL: it is not refused */
	const char *meanwhile;			/* what others do; NULL: nothing */
};

static const struct row rows[] = {
	{ "a clean pool", "c6", "", "A=4", .after = "d AAAA.." },
	{ "a dirty pool: what a guest gets is erased first", "d6", "", "A=2", .after = "d AA~~~~",
	  .erased = 2 },
	{ "clean slots before dirty ones", "c6", "A=2 A.", "B=4", .after = "d ~~BBBB" },
	{ "dirty ones too if the clean do not suffice", "c6", "A=2 A.", "B=6", .after = "d BBBBBB",
	  .erased = 2 },
	{ "the end: nobody's, and dirty", "c6", "A=2", "A.", .after = "d ~~...." },
	{ "the eraser, and the record", "c6", "A=2 A.", "erase", .after = C6, .erased = 2 },
	{ "the eraser while a guest has pages", "c6", "A=2 A. B=2", "erase", .after = "d ..BB..",
	  .erased = 2 },
	{ "the eraser of a pool that is new", "d6", "", "erase", .after = C6, .erased = 6 },
	{ "the eraser has nothing to do", "c6", "", "erase", .after = C6 },
	{ "the pool is clean when the last guest's slots are", "c6", "A=2 B=1 A. erase B.", "erase",
	  .after = C6, .erased = 1 },
	{ "two guests", "c6", "A=2", "B=3", .after = "d AABBB." },
	{ "a reboot: the same slots, not erased", "c6", "A=1 B=2 C=1 A. C. erase", "B*",
	  .after = "d .BB..." },
	{ "a reboot while others' slots are dirty", "d6", "A=2 B=2 A.", "B*", .after = "d ~~BB~~" },
	{ "a guest begins anew: it gets others", "c6", "A=2 A- A/", "A=2", .after = "d ~~AA.." },
	{ "a guest begins anew, smaller", "c6", "A=4 A- A/", "A=2", .after = "d ~~~~AA" },
	{ "a guest begins anew, larger", "c6", "A=4 A- A/", "A=5", .after = "d AAAAA.",
	  .erased = 4 },
	{ "a guest begins anew in another pool", "c6 c2", "A=p4 A- A/", "A=q2",
	  .after = "d ~~~~.. d AA" },
	{ "another gets what a killed keeper's guest had", "c6", "A=4 A- A/", "B=6",
	  .after = "d BBBBBB", .erased = 4 },
	{ "the eraser leaves a guest without keeper alone", "d6", "A=2 A-", "erase",
	  .after = "d AA....", .erased = 4 },
	{ "the eraser takes what a killed keeper's guest had", "c6", "A=2 A- A/", "erase",
	  .after = "c aa....", .erased = 2 },
	{ "the eraser leaves what a dead guest has alone", "d4", "A=2 A- A!", "erase",
	  .after = "d AA..", .erased = 2 },
	{ "two items of a guest", "c6", "", "A=2+1", .after = "d AAA..." },
	{ "two items reboot", "c6", "B=1 A=2+1 B. erase", "A*", .after = "d .AAA.." },
	{ "an item in each of two pools", "c6 c4", "", "A=p2+q3", .after = "d AA.... d AAA." },
	{ "two items in two dirty pools", "d3 d3", "", "A=q1+p2", .after = "d AA~ d A~~",
	  .erased = 3 },
	{ "it reboots in two pools", "c3 c3", "A=q1+p2", "A*", .after = "d AA. d A.." },
	{ "it ends in two pools", "c3 c3", "A=q1+p2", "A.", .after = "d ~~. d ~.." },
	{ "the eraser of two pools", "c3 d3", "A=p1 A.", "erase", .after = "c ... c ...",
	  .erased = 4 },
	{ "a pool need not be named if there is one", "n6 c4", "", "A=2", .after = "d AA.." },
	{ "a reboot when there is a second pool now", "n3 c3", "A=2 enable", "A*",
	  .after = "d ~~~ d AA." },
	{ "in pieces", "c6", "A=1 B=1 C=1 A. C. erase", "D=5", .after = "d DBDDDD" },
	{ "a dry run changes nothing", "c6", "", "A?4", .after = C6 },
	{ "a dry run of a dirty pool", "d6", "A=2", "B?4", .after = "d AA~~~~" },
	{ "a pool is disabled", "c6", "A=2 A.", "disable", .after = "", .erased = 2 },
	{ "a pool is new again: all is dirty", "c6", "disable", "enable", .after = "d ~~~~~~" },
	{ "a pool that is new again", "c6", "A=2 A. erase disable enable", "A=2",
	  .after = "d AA~~~~", .erased = 2 },
};

/* The file is tmpfs's: the record alone survives a boot. */
static const struct row losses[] = {
	{ "a power cut: the pool is dirty", "c6", "A=4 boot", "B=2", .after = "d BB~~~~",
	  .erased = 2 },
	{ "a power cut of a clean pool", "c6", "A=4 A. erase boot", "B=2", .after = "d BB...." },
	{ "a power cut, and the eraser", "c6", "A=4 B=1 boot", "erase", .after = C6, .erased = 6 },
	{ "the file is lost, clean", "c6", "A=4 A. erase lose", "B=2", .after = "d BB...." },
	{ "the file is lost, dirty", "c6", "A=1 A. lose", "B=2", .after = "d BB~~~~", .erased = 2 },
	{ "the file is of another boot", "c6", "A=1 A. stale", "B=2", .after = "d BB~~~~",
	  .erased = 2 },
	{ "the file is of another boot, clean", "c6", "A=1 A. erase stale", "B=2",
	  .after = "d BB...." },
	{ "the file is cut off", "c6", "A=1 A. short", "B=2", .after = "d BB~~~~", .erased = 2 },
	{ "the file was being written", "c6", "A=1 A. torn", "erase", .after = C6, .erased = 6 },
	{ "the file is lost while a guest runs: Xen guards its pages", "c6", "A=2 lose", "B=2",
	  .after = "d ~~~~~~",
	  .said = "namespace0.0 (p): slot 0 of guests' RAM cannot be erased: made to fail" },
};

static const struct row refusals[] = {
	{ "no room", "c6", "A=4", "B=3", .after = "d AAAA..",
	  .said = "size: 3G are wanted, and of namespace0.0 (p) 2G are free (xen-pmem list)" },
	{ "no room: a guest without keeper has pages", "c6", "A=4 A-", "B=3", .after = "d AAAA..",
	  .said = "size: 3G are wanted, and of namespace0.0 (p) 2G are free (xen-pmem list)" },
	{ "no room: a dead guest has pages", "c6", "A=4 A- A!", "B=3", .after = "d AAAA..",
	  .said = "size: 3G are wanted, and of namespace0.0 (p) 2G are free (xen-pmem list)" },
	{ "no room for the second item", "c6", "", "A=4+3", .after = C6,
	  .said = "size: 3G are wanted, and of namespace0.0 (p) 2G are free (xen-pmem list)" },
	{ "two pools without name", "c6 c4", "", "A=2", .after = "c ...... c ....",
	  .said = "backend: is missing: namespace0.0 (p) and namespace0.1 (q) are pools of guests' "
	  "RAM" },
	{ "no pool", "n6", "", "A=2", .after = "",
	  .said = "backend: there is no pool of guests' RAM (xen-pmem enable --ram)" },
	{ "no such pool", "c6", "", "A=x2", .after = C6, .said = "backend: made to fail" },
	{ "not a pool", "n6 c4", "", "A=p2", .after = "c ....",
	  .said = "backend: it is not a pool" },
	{ "a dry run", "c6", "A=4", "B?3", .after = "d AAAA..",
	  .said = "size: 3G are wanted, and of namespace0.0 (p) 2G are free (xen-pmem list)" },
	{ "no room beside what a dead life of the same guest has", "c4", "A=2 A- A!", "A=2",
	  .after = "d AA..",
	  .said = "backend: a dead domain of this guest still has pages of namespace0.0 (p), "
	  "which another domain maps (xen-pmem release, when it does not)" },
	{ "a dry run beside a dead life of the same guest", "c4", "A=2 A- A!", "A?2",
	  .after = "d AA..",
	  .said = "backend: a dead domain of this guest still has pages of namespace0.0 (p), "
	  "which another domain maps (xen-pmem release, when it does not)" },
	{ "a pool that a guest has pages of is not disabled", "c6", "A=1", "disable",
	  .after = "d A.....", .said = "" },
};

/* A slot with a bad block is given to no guest. It is erased like the others. */
static const struct row bads[] = {
	{ "a bad block: its slot is left out", "c6", "bad1", "A=5", .after = "d A.AAAA" },
	{ "a bad block counts as no room", "c6", "bad1", "A=6", .after = C6,
	  .said = "size: 6G are wanted, and of namespace0.0 (p) 5G are free (xen-pmem list)" },
	{ "a slot goes bad under a guest: it keeps it", "c6", "A=2 bad1", "erase",
	  .after = "d AA...." },
	{ "a slot went bad under a guest: erased before the pool is clean", "c6", "A=2 bad1 A.",
	  "erase", .after = C6, .erased = 2 },
	{ "a bad block that a boot does not find again", "c6", "A=2 bad1 A. erase boot good", "B=2",
	  .after = "d BB...." },
	{ "a slot went bad: a reboot gets others, and leaves the old ones", "c6", "A=2 bad1", "A*",
	  .after = "d ~~AA.." },
	{ "a slot went bad: the others of the guest are room for it", "c4", "A=2 B=1 bad1", "A*",
	  .after = "d A~BA", .erased = 1 },
	{ "a slot went bad: a reboot finds no room", "c3", "A=3 bad1", "A*", .after = "d ~~~",
	  .said = "size: 3G are wanted, and of namespace0.0 (p) 2G are free (xen-pmem list)" },
};

/* Each second slot has a bad block. */
#define BAD_16	"bad1 bad3 bad5 bad7 bad9 bad11 bad13 bad15 bad17 bad19 bad21 bad23 bad25 bad27 " \
		"bad29 bad31 "
#define PIECES	"D.D.D.D.D.D.D.D.D.D.D.D.D.D.D.D."
#define C32	"................................"
static const struct row pieces[] = {
	{ "as many pieces as can be", "c33", BAD_16, "D=16", .after = "d " PIECES "." },
	{ "as many pieces as can be, with another item", "c33", BAD_16, "D=1+15",
	  .after = "d " PIECES "." },
	{ "too many pieces", "c33", BAD_16, "D=17", .after = "c " C32 ".",
	  .said = "size: the free slots of namespace0.0 (p) are in too many pieces: a guest "
	  "gets 16 at most, with its vNVDIMMs" },
	{ "too many pieces, with another item", "c33", BAD_16, "D=16+1", .after = "c " C32 ".",
	  .said = "size: the free slots of namespace0.0 (p) are in too many pieces: a guest gets "
	  "16 at most, with its vNVDIMMs" },
	{ "more bad blocks than are listed: all slots are left out", "c40", BAD_16 "bad33", "D=1",
	  .after = "c " C32 "........",
	  .said = "size: 1G are wanted, and of namespace0.0 (p) 0B are free (xen-pmem list)" },
};

/* Others come in each of the gaps in which an act does not hold the host's lock. */
static const struct row meetings[] = {
	{ "eraser, and taker of the same slots", "d2", "", "erase", .after = "d AA", .erased = 2,
	  .meanwhile = "A=2" },
	{ "taker, and eraser of the same slots", "d2", "", "A=2", .after = "d AA", .erased = 2,
	  .meanwhile = "erase" },
	{ "two erasers", "c3", "A=2 A.", "erase", .after = "c ...", .erased = 2,
	  .meanwhile = "erase" },
	{ "two takers", "d4", "", "A=2", .meanwhile = "B=2" },
	{ "two takers of more than there is", "d3", "", "A=2", .meanwhile = "B=2" },
	{ "a taker, and the end of another guest", "c3", "B=1 C=1 C.", "A=2",
	  .meanwhile = "B. D=1" },
	{ "a taker, and another guest's reboot", "c3", "B=1 C=1 C.", "A=2", .after = "d BAA",
	  .erased = 1, .meanwhile = "B*" },
	{ "a taker, and another one that is killed", "d2", "", "A=2", .meanwhile = "B=1 B- B/" },
	{ "an eraser, and a guest's end", "c2", "A=1 B=1 A.", "erase", .meanwhile = "B." },
	{ "an eraser, and a guest that comes and goes", "d2", "", "erase", .meanwhile = "A=1 A." },
	{ "a reboot, and an eraser", "d3", "A=2", "A*", .after = "d AA.", .erased = 1,
	  .meanwhile = "erase" },
	{ "a reboot, and who wants all", "c3", "A=2", "A*", .after = "d AA.", .meanwhile = "B=3" },
	{ "a guest that begins anew, and who wants its slots", "c3", "A=2 A- A/", "A=2",
	  .meanwhile = "B=2" },
	{ "an eraser, and who disables the pool", "d2", "", "erase", .meanwhile = "disable" },
	{ "an eraser, and who makes the pool anew", "d2", "", "erase",
	  .meanwhile = "disable enable" },
	{ "who disables the pool, and a taker", "d2", "", "disable", .meanwhile = "A=1" },
	{ "two pools, and an eraser", "d1 d1", "", "A=p1+q1", .after = "d A d A", .erased = 2,
	  .meanwhile = "erase" },
};

/* ---- processes ---- */

static const struct row *row;
static enum end end;
static unsigned int end_at, gap_at;

static int child_run(int (*work)(void), bool leaks)
{
	int pid, status;

	fflush(NULL);
	pid = fork();
	if (!pid) {
		status = work();
		if (leaks)
			exit(status);
		_exit(status);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int act(void)
{
	int rc;

	world_make(row->pools);
	must(script_run(row->before) == EXIT_DONE);
	world->erased = 0;
	world->said[0] = '\0';
	run = (struct run){ .end = end, .at = end_at, .meanwhile = row->meanwhile,
			    .gap_at = gap_at };
	rc = script_run(row->act);
	must(others_wait());
	run.at = 0;
	world_check();
	world_draw();
	return rc;
}

/* A killed keeper's lock is dropped, and `release` ends its guest. */
static void guests_release(void)
{
	char word[3] = "A-";

	for (; word[0] < (char)('A' + GUESTS); word[0]++) {
		word[1] = '-';
		script_run(word);
		word[1] = '/';
		script_run(word);
	}
}

/* All that can be given is given to Z, and erased when Z has ended. */
static int aftermath(void)
{
	struct world_pool *p = &world->pools[0];
	char script[32] = "enable Z=p", all[PICTURE_MAX];

	run = (struct run){ .end = COMPLETE };
	p->disabling = false;
	must(script_run(row->act[0] >= 'A' && row->act[0] <= 'Z' ?
			(const char []){ row->act[0], '-', '\0' } : "") == EXIT_DONE);
	if (p->is_pool)
		world_check();
	guests_release();
	memset(p->bad, 0, SLOTS);
	if (world->lost)
		pool_files_remove();
	world->lost = false;
	snprintf(script, sizeof(script), "enable Z=p%u Z. erase", p->nr);
	must(script_run(script) == EXIT_DONE);
	world_check();
	world_draw();
	memset(all, '.', sizeof(all));
	must(world->picture[0] == 'c' && !memcmp(world->picture + 2, all, p->nr));
	return EXIT_DONE;
}

/* A process for each step, which begins with what follows the end at the step before. */
static int next(void)
{
	if (end_at > 1)
		aftermath();
	return act();
}

static int row_run(enum end how, unsigned int at, bool leaks)
{
	int rc;

	end = how;
	end_at = at;
	rc = child_run(next, leaks);
	assert_true(others_wait());	/* if the act was killed */
	return rc;
}

static void result_check(void)
{
	int rc = row_run(COMPLETE, 0, !gap_at || row->after);

	assert_in_range(rc, EXIT_DONE, EXIT_REFUSED);
	if (!row->meanwhile)
		assert_int_equal(rc, row->said ? EXIT_REFUSED : EXIT_DONE);
	if (row->said)
		assert_string_equal(world->said, row->said);
	if (row->after && (!row->meanwhile || world->others_came)) {
		assert_string_equal(world->picture, row->after);
		assert_int_equal(world->erased, row->erased);
	}
	assert_int_equal(child_run(aftermath, false), EXIT_DONE);
}

static void ends_check(enum end how)
{
	unsigned int at = 0;
	int rc;

	do {
		rc = row_run(how, ++at, false);
		if (how == KILL && world->ended)
			assert_int_equal(rc, KILLED);
		else
			assert_in_range(rc, EXIT_DONE, EXIT_REFUSED);
	} while (world->ended);
	assert_int_equal(child_run(aftermath, false), EXIT_DONE);
}

/* The pool is large, so steps are left to the other rows. */
static void lived_once(void **state)
{
	row = *state;
	gap_at = 0;
	result_check();
}

static void lived(void **state)
{
	lived_once(state);
	ends_check(FAIL);
	ends_check(BREAK);
	ends_check(KILL);
}

static void met(void **state)
{
	bool came;

	row = *state;
	gap_at = 0;
	do {
		gap_at++;
		result_check();
		came = world->others_came;
		ends_check(KILL);
	} while (came);
	assert_true(gap_at > 1);
}

/* ---- what list says ---- */

static void guest_add(const uint8_t guest[16], uint64_t bytes, void *arg)
{
	char *text = arg;

	sprintf(text + strlen(text), "%s %lluG ", guest_name(guest),
		(unsigned long long)(bytes / SLOT_SIZE));
}

/* A guest keeps a slot that has gone bad. The eraser is to erase bad slots too. */
static int summed(void)
{
	struct inventory inv;
	struct pool_sum sum;
	char text[128] = "";
	struct pool pool;

	world_make("c8");
	must(!script_run("A=2 B=2 C=1 B. A- bad0 bad3 bad7"));
	must(!inventory_open(&inv) && !pool_open(&inv, inv.list, false, &pool));
	pool_look(&inv, &pool, NULL, 0);
	pool_sum(&pool, &sum);
	must(sum.used == 3 * SLOT_SIZE && sum.clean == 2 * SLOT_SIZE && sum.dirty == SLOT_SIZE);
	must(sum.bad == 2 * SLOT_SIZE && pool_dirty_bytes(&inv, &pool) == 2 * SLOT_SIZE);
	pool_guests_each(&pool, guest_add, text);
	must(!strcmp(text, "guest-A 2G guest-C 1G "));
	pool_close(&pool);
	free(inv.list);
	return EXIT_DONE;
}

static void sums(void **state)
{
	(void)state;
	assert_int_equal(child_run(summed, true), EXIT_DONE);
}

static void names(void **state)
{
	static const uint8_t noted[16] = { NOTED }, unknown[16] = { 'O' };

	(void)state;
	world_make("c1");
	assert_string_equal(guest_name(noted), "noted");
	assert_string_equal(guest_name(unknown), "4f000000-0000-0000-0000-000000000000");
}

int main(void)
{
	int rc;

	world_open();
	suite_add_rows(lived, rows);
	suite_add_rows(lived, losses);
	suite_add_rows(lived, refusals);
	suite_add_rows(lived, bads);
	suite_add_rows(lived_once, pieces);
	suite_add_rows(met, meetings);
	suite_add("sums, and guests", sums);
	suite_add("names of guests that are gone", names);
	rc = suite_run("pool");
	world_close();
	return rc;
}
