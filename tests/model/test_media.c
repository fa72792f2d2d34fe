// SPDX-License-Identifier: GPL-2.0-only
/*
 * Machine checks that name a page: of each state of a page, on Intel and AMD, who is told what. At
 * each moment of each command, on AMD, where other CPUs go on. All pages come back, and one that
 * was noted is not assigned before the error is cleared.
 */
#include "suite.h"

#include "model.h"
#include "script.h"
#include "tables.h"

#define SPA	0x10c000000ul	/* the range */
#define LARGE	0x140000000ul	/* another range */
#define GPA	0x200000000ul
#define RESERVED 0x100000000ul
#define AT	0x3040ul	/* the error, from the range's start on */

static const char *const served[] = { "reserve 1 4G 32M", "serve 2 0x10c000000 16M", NULL };

static void script_all(const char *const *line)
{
	for (; *line; line++)
		script_must(*line);
}

static void begin(bool intel)
{
	struct config config = config_plain;

	config.intel = intel;
	config.nvdimm.count = 0x80000;	/* so that a GiB of it is aligned */
	script_begin(&config);
	script_all(served);
}

/* An uncorrected error that somebody waits for, or that the memory controller has found. */
static struct mca error_at(uint64_t spa, bool awaited)
{
	return (struct mca){
		.status = MCI_STATUS_VAL | MCI_STATUS_UC | MCI_STATUS_ADDRV | MCI_STATUS_MISCV |
			  (awaited ? MCI_STATUS_AR : 0),
		.address = spa,
		.misc = MCI_MISC_PHYSICAL | 6,
		.processor = 5 | (awaited ? MCG_EIPV : 0),
	};
}

static int error_raise(uint64_t spa, bool awaited)
{
	struct mca m = error_at(spa, awaited);
	int result = machine_check(&m);

	check_all();
	return result;
}

/* The range is dom0's for a moment. */
static void range_renew(void)
{
	script_must("unserve 2");
	script_must("serve 2 0x10c000000 16M");
}

/* ---- each state of a page ---- */

#define ALONE	XEN_PMEM_MEDIA_NOTED
#define TOLD	XEN_PMEM_MEDIA_GUEST_TOLD
#define ENDED	XEN_PMEM_MEDIA_GUEST_ENDED
#define DOM0	XEN_PMEM_MEDIA_DOM0_TOLD

static const struct row {
	const char *name;
	const char *lines[6];
	uint64_t spa, gpa;
	bool has;				/* guest 1 has the page */
	enum xen_pmem_media_outcome found, awaited;
} rows[] = {
	{ "a guest's, in a leaf of 2 MiB",
	  { "guest 1", "assign 1 2 0x10c000000 2M 8G", "unpause 1" },
	  SPA + AT, GPA + AT, true, TOLD, TOLD },
	{ "a guest's, in a leaf of 4 KiB",
	  { "guest 1", "assign 1 2 0x10c000000 2M 8G 2", "unpause 1" },
	  SPA + AT, GPA + AT, true, TOLD, TOLD },
	{ "a guest's, in a leaf of 1 GiB",
	  { "serve 3 0x140000000 1G", "guest 1", "assign 1 3 0x140000000 1G 8G", "unpause 1" },
	  LARGE + AT, GPA + AT, true, TOLD, TOLD },
	{ "a guest's, read-only", { "guest 1", "assign 1 2 0x10c000000 2M 8G 4", "unpause 1" },
	  SPA + AT, GPA + AT, true, TOLD, TOLD },
	{ "a guest's, uncached", { "guest 1", "assign 1 2 0x10c000000 2M 8G 8", "unpause 1" },
	  SPA + AT, GPA + AT, true, TOLD, TOLD },
	{ "a guest's, moved by it",
	  { "guest 1", "assign 1 2 0x10c000000 2M 8G", "unpause 1", "move 1 0x200003000 12G" },
	  SPA + AT, 0x300000040, true, TOLD, TOLD },
	{ "a guest's, granted to dom0",
	  { "guest 1", "assign 1 2 0x10c000000 2M 8G", "unpause 1", "grant 1 0x200003000" },
	  SPA + AT, GPA + AT, true, TOLD, TOLD },
	{ "a guest's that was ballooned out and is held",
	  { "guest 1", "assign 1 2 0x10c000000 2M 8G", "unpause 1", "grant 1 0x200003000",
	    "giveup 1 0x200003000" },
	  SPA + AT, 0, true, ALONE, DOM0 },
	{ "a guest's that has not run", { "guest 1", "assign 1 2 0x10c000000 2M 8G" },
	  SPA + AT, 0, true, ALONE, DOM0 },
	{ "a free one", { NULL }, SPA + AT, 0, false, ALONE, DOM0 },
	{ "a free one beside a guest's",
	  { "guest 1", "assign 1 2 0x10c000000 2M 8G", "unpause 1" },
	  SPA + 0x200000, 0, false, ALONE, DOM0 },
	{ "of the reserved area", { NULL }, RESERVED + 0x5000, 0, false, ALONE, DOM0 },
	{ "of a host range", { "serve 3 0x10e000000 1M 1" },
	  0x10e000000 + AT, 0, false, ALONE, DOM0 },
};

static void error_check(const struct row *r, bool intel, bool awaited)
{
	enum xen_pmem_media_outcome outcome = awaited ? r->awaited : r->found;
	unsigned int id;
	struct xen_pmem_command note;

	begin(intel);
	for (unsigned int i = 0; i < NR(r->lines) && r->lines[i]; i++)
		script_must(r->lines[i]);
	id = r->has ? back_domid(1) : 0;
	assert_int_equal(error_raise(r->spa, awaited), MCER_RECOVERED);
	note = note_read(0);
	assert_int_equal(note.state, outcome);
	assert_int_equal(note.spa, r->spa);
	assert_int_equal(note.domain, r->has ? id : XEN_PMEM_MEDIA_NOBODY);
	assert_int_equal(note.count, 1);
	assert_int_equal(virqs, 1);
	assert_int_equal(xens_answers, 0);
	assert_int_equal(heard[0].times, outcome == DOM0);
	if (outcome == DOM0)
		assert_int_equal(heard[0].address, r->spa);
	if (!r->has)
		return;
	assert_int_equal(heard[id].times, outcome == TOLD);
	assert_false(heard[id].crashed);
	if (outcome != TOLD)
		return;
	assert_int_equal(heard[id].address, r->gpa);
	assert_int_equal(heard[id].vcpu, intel ? -1 : 0);
	assert_int_equal(p2m_look(id, r->gpa >> 12).mfn, intel ? r->spa >> 12 : INVALID_MFN);
	assert_int_equal(p2m_look(id, (r->gpa >> 12) + 1).type == P2M_RAM_BROKEN, false);
}

/* Who reads it again: nobody in that guest can. */
static void error_again(const struct row *r)
{
	unsigned int told = r->has ? heard[back_domid(1)].times : 0;

	assert_int_equal(error_raise(r->spa, false), MCER_RECOVERED);
	assert_int_equal(note_read(0).count, 2);
	assert_int_equal(note_read(1).state, 0);
	if (r->has)
		assert_int_equal(heard[back_domid(1)].times, told);
	if (told)
		assert_int_equal(note_read(0).state, TOLD);
}

static void test_state(void **state)
{
	const struct row *r = *state;

	for (unsigned int i = 0; i < 4; i++) {
		error_check(r, i & 1, i & 2);
		error_again(r);
		if (r->has) {
			script_line("ungrant 1 0x200003000", NULL);
			script_must("destroy 1");
			script_must(r->spa < LARGE ? "release 1 2" : "release 1 3");
		}
		script_must("guest 2");
		if (r->spa - SPA < 0x200000) {
			script_expect("assign 2 2 0x10c000000 2M 8G", EIO, "cannot be read");
			script_must("assign 2 2 0x10c200000 2M 8G");
			script_must("destroy 2");
			script_must("release 2 2");
			range_renew();
			assert_int_equal(notes_count(), 0);
			script_must("guest 3");
			script_must("assign 3 2 0x10c000000 2M 12G");
		}
	}
}

/* ---- what is not ours ---- */

static const struct other {
	const char *name;
	uint64_t spa, without, misc;
} others[] = {
	{ "RAM", 0x2000000, 0, MCI_MISC_PHYSICAL },
	{ "firmware's memory", RESERVED - 0x1000, 0, MCI_MISC_PHYSICAL },
	{ "far above all memory", ~4095ul, 0, MCI_MISC_PHYSICAL },
	{ "an error without an address", SPA, MCI_STATUS_ADDRV, MCI_MISC_PHYSICAL },
	{ "a virtual address", SPA, 0, 3ul << 6 },
	{ "an address of which nothing is said", SPA, MCI_STATUS_MISCV, MCI_MISC_PHYSICAL },
};

static void test_other(void **state)
{
	const struct other *o = *state;
	struct mca m = error_at(o->spa, true);

	begin(true);
	m.status &= ~o->without;
	m.misc = o->misc;
	assert_int_equal(machine_check(&m), 3);
	assert_int_equal(xens_answers, 1);
	assert_int_equal(note_read(0).state, 0);
	assert_int_equal(virqs, 0);
}

/* What dom0 has of the NVDIMM, with Xen serving none of it, is dom0's affair, and is not noted. */
static void test_dom0s(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 4; i++) {
		bool awaited = i & 2;

		begin(i & 1);
		assert_int_equal(error_raise(LARGE + AT, awaited), MCER_RECOVERED);
		assert_int_equal(xens_answers, 0);
		assert_int_equal(heard[0].times, awaited);
		if (awaited)
			assert_int_equal(heard[0].address, LARGE + AT);
		assert_int_equal(note_read(0).state, 0);
		assert_int_equal(virqs, 0);
	}
}

/* ---- a guest that cannot be told ---- */

static void test_deaf(void **state)
{
	static const char *const lines[] = { "guest 1", "assign 1 2 0x10c000000 2M 8G",
					     "unpause 1", NULL };

	(void)state;
	/* A table for the guest's map, what its registers say, the event. */
	for (unsigned int fail = 1; fail < 4; fail++) {
		begin(true);
		script_all(lines);
		machine.fail_at = machine.points + fail;
		error_raise(SPA + AT, true);
		assert_true(heard[back_domid(1)].crashed);
		assert_int_equal(note_read(0).state, ENDED);
		machine.fail_at = 0;
	}
	begin(true);
	deaf = true;
	error_raise(SPA + AT, true);
	assert_int_equal(note_read(0).state, ALONE);
}

/* ---- many errors ---- */

static void test_many(void **state)
{
	(void)state;
	begin(true);
	for (uint64_t i = 0; i < 200; i++)
		error_raise(SPA + (i << 12), false);
	assert_int_equal(note_read(127).spa, SPA + (127 << 12));
	assert_int_equal(note_read(127).pending, 72);
	assert_int_equal(note_read(128).state, 0);
	error_raise(RESERVED, false);
	assert_int_equal(note_read(0).pending, 73);
	range_renew();
	assert_int_equal(notes_count(), 0);
	/* A slot before the one that the page has becomes free. */
	error_raise(SPA + (120 << 12), false);
	error_raise(RESERVED, false);
	range_renew();
	assert_int_equal(notes_count(), 1);
	error_raise(RESERVED, false);
	assert_int_equal(notes_count(), 1);
	assert_int_equal(note_read(0).count, 2);
}

/* ---- load and unload ---- */

static void test_unload(void **state)
{
	const struct mca_error_handler *xens;
	struct mca m = error_at(SPA, true);

	(void)state;
	for (unsigned int intel = 0; intel < 2; intel++) {
		begin(intel);
		script_must("unserve 2");
		script_must("unreserve");
		settle();
		xens = mce_dhandlers;
		assert_int_equal(mca_allbanks->map[0], (1 << 10) - 1);
		assert_int_equal(extension_unload(), 0);
		assert_int_equal(mce_dhandler_num, intel);
		assert_ptr_not_equal(mce_dhandlers, xens);
		assert_int_equal(mca_allbanks->map[0], 0);
		assert_int_equal(machine_check(&m), 0);
	}
}

/* A Xen that looks at its banks, or at some: they stay as they are. */
static void test_banks(void **state)
{
	(void)state;
	machine_boot(&config_plain);
	extension_fresh();
	mca_allbanks->map[0] = 6;
	assert_int_equal(extension_load(false), 0);
	assert_int_equal(mca_allbanks->map[0], 6);
	assert_int_equal(extension_unload(), 0);
	assert_int_equal(mca_allbanks->map[0], 6);
}

/* Xen's option mce=0. */
static void test_off(void **state)
{
	(void)state;
	machine_boot(&config_plain);
	extension_fresh();
	mca_allbanks = NULL;
	assert_int_equal(extension_load(false), 0);
	assert_null(mce_dhandlers);
	assert_int_equal(extension_unload(), 0);
}

/* ---- at each moment of each command ---- */

static const char *const life[] = {
	"guest 1", "assign 1 2 0x10c000000 2M 8G", "unpause 1", "assign 1 2 0x10c200000 64K 12G 16",
	"release 1 2 16", "destroy 1", "guest 2", "assign 2 2 0x10c400000 1M 8G", "destroy 2",
	"release 2 2", "erase 2", "unserve 2", "unreserve", NULL
};

static struct { uint64_t seen, at, spa; bool came; } when;

/* On another CPU: it waits for the p2m lock, and softirqs do not come while a lock is held. */
static void error_comes(void)
{
	struct mca m = error_at(when.spa, true);

	if (++when.seen < when.at || when.came || machine.locks)
		return;
	when.came = true;
	machine_check(&m);
}

/* Lines that fail are those that the error stands in the way of. */
static void life_run(bool stays)
{
	for (unsigned int i = 0; life[i]; i++) {
		int rc = script_line(life[i], NULL);

		if (rc && rc != -EIO && rc != -ENOENT && (rc != -EBUSY || !stays))
			broken("%s: %s", life[i], script_reason);
		check_all();
	}
	settle();
}

static const struct place {
	const char *name;
	uint64_t spa;
	bool stays;			/* pages may stay a dead guest's */
} places[] = {
	{ "an error in a page that is given, each time", SPA + AT, false },
	{ "in one that is plugged", SPA + 0x200000 + AT, false },
	{ "in one of the next guest's", SPA + 0x400000 + AT, false },
	{ "in an idle chunk of the reserved area", RESERVED + 0x200000, false },
	{ "in one that holds M2P", RESERVED + 0x3000, true },
	{ "in one that holds page_infos", RESERVED + 15 * 0x200000, true },
};

static void test_moment(void **state)
{
	const struct place *p = *state;

	when.spa = p->spa;
	for (when.at = 1, when.came = true; when.came; when.at += 3) {
		when.came = false;
		when.seen = 0;
		begin(false);
		machine.interrupt = error_comes;
		life_run(p->stays);
		machine.interrupt = NULL;
		if (!p->stays || !reserved.state)
			assert_int_equal(extension_unload(), 0);
	}
}

/* ---- around it ---- */

/* A guest gets the pages on both sides of a noted one, which is a hole in its map. */
static void test_around(void **state)
{
	static const char *const lines[] = {
		"guest 1", "assign 1 2 0x10c000000 12K 8G",
		"assign 1 2 0x10c004000 2032K 0x200004000", "unpause 1", NULL
	};

	for (int intel = 0; intel < 2; intel++) {
		begin(intel);
		assert_int_equal(error_raise(SPA + AT, false), MCER_RECOVERED);
		script_must("guest 2");
		assert_int_equal(script_line("assign 2 2 0x10c000000 2M 8G", NULL), -EIO);
		script_all(lines);
		assert_int_equal(script_line("assign 1 2 0x10c003000 4K 0x200003000 16", NULL),
				 -EIO);
		script_must("destroy 1");
		script_must("release 1 2");
		range_renew();
		script_must("guest 3");
		script_must("assign 3 2 0x10c000000 2M 8G");
	}
	(void)state;
}

int main(void)
{
	suite_add_rows(test_state, rows);
	suite_add_rows(test_other, others);
	suite_add("an NVDIMM of dom0's", test_dom0s);
	suite_add("a guest that cannot be told is ended", test_deaf);
	suite_add("more errors than the list has room for", test_many);
	suite_add("unload puts Xen's handlers and banks back", test_unload);
	suite_add("a guest gets what is around a noted page", test_around);
	suite_add("banks that Xen looks at stay as they are", test_banks);
	suite_add("a Xen that ignores machine checks", test_off);
	suite_add_rows(test_moment, places);
	return suite_run("media");
}
