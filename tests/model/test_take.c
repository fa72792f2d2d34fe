// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pages in which dom0 lists a bad block: each state and transition of take.h, each refusal, and
 * what a machine check, the guest and its death do in the middle.
 */
#include "suite.h"

#include "model.h"
#include "script.h"
#include "take.h"

#define SPA	0x10c000000ul	/* the range */
#define GPA	0x200000000ul
#define RESERVED 0x100000000ul
#define LARGE	0x140000000ul	/* another range */
#define HOST	0x10e000000ul	/* a host range */
#define AT	0x3000ul	/* the page, from the range's start on */

static void begin_as(struct config config)
{
	config.nvdimm.count = 0x80000;	/* so that a GiB of it is aligned */
	script_begin(&config);
	script_must("reserve 1 4G 32M");
	script_must("serve 2 0x10c000000 16M");
}

static void begin(bool intel)
{
	struct config config = config_plain;

	config.intel = intel;
	begin_as(config);
}

/* A guest that runs and has 2 MiB. */
static void begin_running(bool intel)
{
	begin(intel);
	script_must("guest 1");
	script_must("assign 1 2 0x10c000000 2M 8G");
	script_must("unpause 1");
}

static int error_raise(uint64_t spa)
{
	struct mca m = {
		.status = MCI_STATUS_VAL | MCI_STATUS_UC | MCI_STATUS_ADDRV | MCI_STATUS_MISCV,
		.address = spa, .misc = MCI_MISC_PHYSICAL | 6, .processor = 5,
	};

	return machine_check(&m);
}

static struct leaf at(uint64_t gpa) { return p2m_look(back_domid(1), gpa >> 12); }
static bool is_hole(uint64_t gpa) { return at(gpa).mfn == INVALID_MFN; }

/* ---- each state of a page ---- */

static const struct row {
	const char *name;
	const char *lines[6];
	uint64_t spa, gpa;	/* gpa: where the guest has it then; 0: nowhere */
	bool gone;
	unsigned int type;	/* of the guest's page, restored */
} rows[] = {
	{ "a leaf of 2 MiB", { "guest 1", "assign 1 2 0x10c000000 2M 8G", "unpause 1" },
	  SPA + AT, GPA + AT, true, P2M_RAM_RW },
	{ "a leaf of 4 KiB", { "guest 1", "assign 1 2 0x10c000000 2M 8G 2", "unpause 1" },
	  SPA + AT, GPA + AT, true, P2M_RAM_RW },
	{ "a leaf of 1 GiB", { "serve 3 0x140000000 1G", "guest 1",
			       "assign 1 3 0x140000000 1G 8G", "unpause 1" },
	  LARGE + AT, GPA + AT, true, P2M_RAM_RW },
	{ "read-only", { "guest 1", "assign 1 2 0x10c000000 2M 8G 4", "unpause 1" },
	  SPA + AT, GPA + AT, true, P2M_RAM_RO },
	{ "uncached", { "guest 1", "assign 1 2 0x10c000000 2M 8G 8", "unpause 1" },
	  SPA + AT, GPA + AT, true, P2M_MMIO_DIRECT },
	{ "moved by the guest", { "guest 1", "assign 1 2 0x10c000000 2M 8G", "unpause 1",
				  "move 1 0x200003000 12G" },
	  SPA + AT, 12ul << 30, true, P2M_RAM_RW },
	{ "granted to dom0", { "guest 1", "assign 1 2 0x10c000000 2M 8G", "unpause 1",
			       "grant 1 0x200003000" },
	  SPA + AT, GPA + AT, true, P2M_RAM_RW },
	{ "mapped by dom0", { "guest 1", "assign 1 2 0x10c000000 2M 8G", "unpause 1",
			      "take 1 0x200003000" },
	  SPA + AT, GPA + AT, true, P2M_RAM_RW },
	{ "of a guest that has not run", { "guest 1", "assign 1 2 0x10c000000 2M 8G" },
	  SPA + AT, GPA + AT, true, P2M_RAM_RW },
	{ "of a host range", { "serve 3 0x10e000000 2M 1", "guest 1",
			       "assign 1 3 0x10e000000 1M 8G", "unpause 1" },
	  HOST + AT, GPA + AT, true, P2M_RAM_RW },
	{ "ballooned out and held",
	  { "guest 1", "assign 1 2 0x10c000000 2M 8G", "unpause 1", "grant 1 0x200003000",
	    "giveup 1 0x200003000" },
	  SPA + AT, 0, false, 0 },
	{ "a free page", { "guest 1" }, SPA + AT, 0, false, 0 },
	{ "a free page beside a guest's",
	  { "guest 1", "assign 1 2 0x10c000000 2M 8G", "unpause 1" },
	  SPA + 0x200000, 0, false, 0 },
};

static void line_about(const char *verb, uint64_t spa, uint64_t length)
{
	char line[80];

	snprintf(line, sizeof(line), "%s %#lx %#lx", verb, (unsigned long)spa,
		 (unsigned long)length);
	script_must(line);
}

static void begin_row(const struct row *r, bool intel)
{
	begin(intel);
	for (unsigned int i = 0; i < NR(r->lines) && r->lines[i]; i++)
		script_must(r->lines[i]);
}

static void taken_check(const struct row *r, const char *when)
{
	struct xen_pmem_command note = note_read(0);

	if (note.state != (r->gone ? XEN_PMEM_MEDIA_TAKEN : XEN_PMEM_MEDIA_NOTED) ||
	    note.spa != r->spa || note.count || notes_count() != 1)
		broken("%s: state %u, address %#lx, errors %lu", when, note.state,
		       (unsigned long)note.spa, (unsigned long)note.count);
	assert_int_equal(virqs, 0);
	if (!r->gone)
		return;
	assert_int_equal(note.domain, back_domid(1));
	assert_true(is_hole(r->gpa));
	if (r->gpa == GPA + AT)
		assert_int_equal(at(r->gpa + 4096).mfn, (r->spa >> 12) + 1);
	assert_false(heard[back_domid(1)].crashed);
}

static void test_state(void **state)
{
	const struct row *r = *state;

	for (unsigned int intel = 0; intel < 2; intel++) {
		uint64_t was, then;

		begin_row(r, intel);
		was = digest();
		line_about("bad", r->spa, 4096);
		taken_check(r, "taken");
		then = digest();
		line_about("bad", r->spa, 4096);
		taken_check(r, "again");
		assert_int_equal(digest(), then);
		line_about("good", r->spa, 4096);
		assert_int_equal(notes_count(), 0);
		assert_int_equal(digest(), was);
		if (r->gone) {
			assert_int_equal(at(r->gpa).mfn, r->spa >> 12);
			assert_int_equal(at(r->gpa).type, r->type);
		}
		line_about("good", r->spa, 4096);
		assert_int_equal(digest(), was);
	}
}

/* ---- after TAKE ---- */

/* The guest puts something else there: it keeps that, and the page is in no map. */
static void test_populated(void **state)
{
	(void)state;
	begin_running(true);
	script_must("bad 0x10c003000 4K");
	script_must("populate 1 0x200003000");
	script_must("good 0x10c003000 4K");
	assert_int_equal(notes_count(), 0);
	assert_true(at(GPA + AT).mfn != SPA >> 12 && !is_hole(GPA + AT));
	script_must("destroy 1");
	script_must("release 1 2");
}

static void test_end(void **state)
{
	(void)state;
	for (unsigned int restore = 0; restore < 2; restore++) {
		begin_running(true);
		script_must("bad 0x10c003000 8K");
		script_must("destroy 1");
		if (restore)
			script_must("good 0x10c003000 8K");
		script_must("release 1 2");
		script_must("guest 2");
		if (!restore) {
			script_expect("assign 2 2 0x10c000000 2M 8G", EIO, "cannot be read");
			script_must("good 0x10c003000 8K");
		}
		script_must("assign 2 2 0x10c000000 2M 8G");
		script_must("destroy 2");
		script_must("release 2 2");
		script_must("unserve 2");
	}
}

/* What RELEASE has taken out of a guest that runs, RESTORE does not put back. */
static void test_released(void **state)
{
	(void)state;
	begin_running(true);
	script_must("grant 1 0x200003000");
	script_must("bad 0x10c003000 4K");
	script_must("release 1 2 16");
	script_must("good 0x10c003000 4K");
	assert_true(is_hole(GPA + AT));
	script_must("ungrant 1 0x200003000");
	script_must("release 1 2 16");
}

/* ASSIGN of 1 GiB that is not at its end: nothing is in the map yet. */
static void test_under_way(void **state)
{
	(void)state;
	begin(false);
	script_must("serve 3 0x140000000 1G");
	script_must("guest 1");
	script_must("calls 1");
	script_must("assign 1 3 0x140000000 1G 8G");
	script_must("bad 0x140003000 4K");
	assert_int_equal(note_read(0).state, XEN_PMEM_MEDIA_NOTED);
	script_expect("assign 1 3 0x140000000 1G 8G", EIO, "cannot be read");
	script_must("good 0x140003000 4K");
	assert_true(is_hole(GPA + AT));
	script_must("assign 1 3 0x140000000 1G 8G");
	assert_int_equal(at(GPA + AT).order, 18);
}

/* A guest that got the page before it was noted, or to which TAKE came first. */
static void test_machine_check(void **state)
{
	(void)state;
	for (unsigned int intel = 0; intel < 2; intel++) {
		/* A machine check first: broken, or a hole; RESTORE puts it back. */
		begin_running(intel);
		error_raise(SPA + AT + 0x40);
		script_must("bad 0x10c003000 4K");
		assert_int_equal(note_read(0).state, XEN_PMEM_MEDIA_GUEST_TOLD);
		script_must("good 0x10c003000 4K");
		assert_int_equal(at(GPA + AT).type, P2M_RAM_RW);
		/* TAKE first: the guest hears nothing, and it stays taken. */
		script_must("bad 0x10c003000 4K");
		error_raise(SPA + AT + 0x40);
		check_all();
		assert_int_equal(note_read(0).state, XEN_PMEM_MEDIA_TAKEN);
		assert_int_equal(note_read(0).count, 1);
		assert_int_equal(heard[back_domid(1)].times, 1);
		assert_true(is_hole(GPA + AT));
		script_must("good 0x10c003000 4K");
		assert_int_equal(at(GPA + AT).type, P2M_RAM_RW);
		/* Noted, and mapped, as the guest had not run. */
		begin(intel);
		script_must("guest 1");
		script_must("assign 1 2 0x10c000000 2M 8G");
		error_raise(SPA + AT);
		script_must("unpause 1");
		assert_false(is_hole(GPA + AT));
		script_must("bad 0x10c003000 4K");
		assert_true(is_hole(GPA + AT));
		assert_int_equal(note_read(0).state, XEN_PMEM_MEDIA_TAKEN);
		/* Noted, mapped, and cleared: it stays. */
		begin(intel);
		script_must("guest 1");
		script_must("assign 1 2 0x10c000000 2M 8G");
		error_raise(SPA + AT);
		script_must("good 0x10c003000 4K");
		assert_int_equal(at(GPA + AT).order, 9);
	}
}

/* ---- refusals ---- */

static void refused(const char *line, int error, const char *why)
{
	uint64_t was = digest();
	unsigned int notes = notes_count();

	script_expect(line, error, why);
	assert_int_equal(digest(), was);
	assert_int_equal(notes_count(), notes);
}

static void test_refusals(void **state)
{
	(void)state;
	begin_running(true);
	script_must("serve 3 0x10e000000 2M 1");
	script_must("guest 2");
	script_must("assign 2 3 0x10e000000 1M 8G");
	refused("bad 4G 4K", ENOENT, "not inside of a range");
	refused("bad 0x140000000 4K", ENOENT, "not inside of a range");
	refused("bad 0x10bfff000 8K", ENOENT, "not inside of a range");
	refused("good 4G 4K", ENOENT, "not inside of a range");
	refused("bad 0x10e100000 4K", EPERM, "dom0's own");
	refused("bad 0x10e0ff000 8K", EPERM, "dom0's own");
	refused("bad 0x10c000000 516K", ENOSPC, "list of pages that cannot be read is full");
	script_must("begin 4 0x140000000 1G");
	refused("bad 0x140000000 4K", ENOENT, "not inside of a range");
	error_raise(RESERVED + 0x200000 * 15);
	script_expect("bad 0x10c003000 4K", EIO, "tables of these pages cannot be read");
	assert_false(is_hole(GPA + AT));
	script_expect("good 0x10c003000 4K", EIO, "tables of these pages cannot be read");
}

static void test_full(void **state)
{
	(void)state;
	begin_running(true);
	script_must("bad 0x10c000000 508K");	/* 127 pages */
	assert_int_equal(notes_count(), 127);
	refused("bad 0x10c07f000 8K", ENOSPC, "list of pages that cannot be read is full");
	script_must("bad 0x10c07f000 4K");
	assert_int_equal(notes_count(), 128);
	refused("bad 0x10c080000 4K", ENOSPC, "list of pages that cannot be read is full");
	script_must("bad 0x10c000000 512K");	/* noted, each of them */
	assert_true(is_hole(GPA + 0x7f000));
	assert_false(is_hole(GPA + 0x80000));
	script_must("good 0x10c000000 16M");
	assert_int_equal(notes_count(), 0);
	assert_int_equal(at(GPA + 0x7f000).mfn, (SPA >> 12) + 0x7f);
}

/* Each call of Xen that can fail, in both: what is refused can be asked for again. */
static void test_faults(void **state)
{
	static const char *const lines[] = { "bad 0x140003000 4K", "good 0x140003000 4K" };

	(void)state;
	for (unsigned int l = 0; l < NR(lines); l++)
		for (unsigned int fail = 1, failed = 1; failed; fail++) {
			begin(true);
			script_must("serve 3 0x140000000 1G");
			script_must("guest 1");
			script_must("assign 1 3 0x140000000 1G 8G");
			script_must("unpause 1");
			if (l)
				script_must(lines[0]);
			machine.failed = NULL;
			machine.fail_at = machine.points + fail;
			failed = script_line(lines[l], NULL) != 0;
			machine.fail_at = 0;
			check_all();
			assert_true(!failed || machine.failed);
			script_must(lines[l]);
			assert_int_equal(is_hole(GPA + AT), !l);
			assert_true(fail > 2 - l || failed);
		}
}

/* A guest with a device behind AMD's IOMMU, and no page for its tables: refused, not crashed. */
static void test_devices(void **state)
{
	(void)state;
	begin_as(config_amd);
	script_must("guest 1 devices");
	script_must("assign 1 2 0x10c000000 2M 8G");
	script_must("unpause 1");
	machine.fail_from = machine.points + 1;
	script_line("bad 0x10c003000 4K", NULL);
	machine.fail_from = 0;
	check_all();
	script_must("bad 0x10c003000 4K");
	assert_true(is_hole(GPA + AT));
	machine.fail_from = machine.points + 1;
	script_line("good 0x10c003000 4K", NULL);
	machine.fail_from = 0;
	check_all();
	script_must("good 0x10c003000 4K");
	assert_int_equal(at(GPA + AT).mfn, (SPA + AT) >> 12);
}

/* ---- in the middle ---- */

static struct { unsigned int seen, when; bool came; void (*what)(void); } middle;

static void middle_comes(void)
{
	if (++middle.seen < middle.when || middle.came || machine.locks)
		return;
	middle.came = true;
	middle.what();
}

static void comes_error(void) { error_raise(SPA + AT + 0x40); }
static void comes_death(void) { guest_kill(back_domid(1)); }
static void comes_end(void)
{
	guest_kill(back_domid(1));
	guest_reap(back_domid(1));
}
static void comes_giveup(void) { guest_give_up(back_domid(1), (GPA + AT) >> 12); }
static void comes_move(void) { guest_move(back_domid(1), (GPA + AT) >> 12, 12ul << 18); }
static void comes_populate(void) { guest_populate(back_domid(1), (GPA + AT) >> 12); }

static const struct event {
	const char *name;
	void (*what)(void);
} events[] = {
	{ "a machine check in the same page", comes_error },
	{ "the guest dies", comes_death },
	{ "the guest is dead", comes_end },
	{ "the guest balloons the page out", comes_giveup },
	{ "the guest moves the page", comes_move },
	{ "the guest puts another page there", comes_populate },
};

/* All comes back, and the next guest gets all of it. */
static void life_end(void)
{
	if (!guest_dying(back_domid(1)))
		guest_kill(back_domid(1));
	if (guest_dying(back_domid(1)) == DOMDYING_DYING)
		guest_reap(back_domid(1));
	check_all();
	script_must("release 1 2");
	script_must("good 0x10c000000 16M");
	script_must("guest 2");
	script_must("assign 2 2 0x10c000000 2M 8G");
	script_must("destroy 2");
	script_must("release 2 2");
	script_must("unserve 2");
	script_must("unreserve");
	settle();
	assert_int_equal(extension_unload(), 0);
}

/* A guest that dies meanwhile has no room for a table of its map any more. */
static void middle_run(const char *line)
{
	int rc;

	machine.interrupt = middle_comes;
	rc = script_line(line, NULL);
	machine.interrupt = NULL;
	check_all();
	if (rc && (rc != -ENOMEM || guest_dying(back_domid(1)) == DOMDYING_ALIVE))
		broken("%s: %s", line, script_reason);
}

static void test_middle(void **state)
{
	static const char *const lines[] = { "bad 0x10c003000 8K", "good 0x10c003000 8K" };
	const struct event *e = *state;
	unsigned int came = 0;

	for (unsigned int l = 0; l < NR(lines); l++)
		for (middle.when = 1, middle.came = true; middle.came; middle.when++) {
			begin_running(false);
			if (l)
				script_must(lines[0]);
			middle.came = false;
			middle.seen = 0;
			middle.what = e->what;
			middle_run(lines[l]);
			came += middle.came;
			/* Whatever comes, the page is not where it was. */
			if (guest_dying(back_domid(1)) == DOMDYING_ALIVE && !l)
				assert_true(at(GPA + AT).mfn != (SPA + AT) >> 12);
			life_end();
		}
	assert_true(came > 2);
}

int main(void)
{
	suite_add_rows(test_state, rows);
	suite_add("the guest has put something else there", test_populated);
	suite_add("after the guest's end, with and without RESTORE", test_end);
	suite_add("RESTORE after RELEASE from a guest that runs", test_released);
	suite_add("in the middle of an ASSIGN of 1 GiB", test_under_way);
	suite_add("machine checks before and after", test_machine_check);
	suite_add("what is refused, with nothing touched", test_refusals);
	suite_add("a list that is full", test_full);
	suite_add("each call of Xen fails once", test_faults);
	suite_add("a guest's device behind AMD's IOMMU", test_devices);
	suite_add_rows(test_middle, events);
	return suite_run("take");
}
