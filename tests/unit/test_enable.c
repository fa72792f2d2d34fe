/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Enabling and disabling: the order of the steps, and what holds after each of them, whichever of
 * them fails.
 */
#include "fake_host.h"
#include "lib/internal.h"
#include "suite.h"

enum verb {
	AREA_OPEN, AREA_OPEN_FOR, AREA_CLOSE, ENABLE, ENABLE_RAM, DISABLE, DISABLE_KEEP, STRIKE,
};

#define XEN_HAS(how)	.held = true, .state = how
#define DOES(calls)	.steps = calls
#define NO_STEP		DOES("")
#define TO_XEN		DOES("hold serve store")
#define TO_DOM0		DOES("unserve let-go store")
#define FOR_DOM0	.role = XEN_PMEM_ROLE_HOST
#define NOT_HELD	.unbound = true
#define DOM0S		FOR_DOM0, NOT_HELD, .kernels = true

static const struct row_of_table {
	const char *name;
	enum verb verb;
	struct world world;
	const char *steps;
	enum row row;			/* afterwards */
	int rc;
	enum xen_pmem_role role;	/* 0: guest */
	bool unbound;			/* the driver does not hold it */
	bool kernels;			/* the kernel's driver holds it */
} rows[] = {
	{ "the reserved area is opened", AREA_OPEN, { 0 }, DOES("hold reserve labels") },
	{ "it is opened after a kill", AREA_OPEN, { .area_held = true },
	  DOES("hold reserve labels") },
	{ "it is opened again", AREA_OPEN, { .area_held = true, .area = true },
	  DOES("hold reserve labels"), .rc = 1 },
	{ "it is opened for a namespace", AREA_OPEN_FOR, { 0 },
	  DOES("hold reserve hold begin labels") },
	{ "it is opened again for a namespace", AREA_OPEN_FOR,
	  { .area_held = true, .area = true }, DOES("hold reserve hold begin labels"), .rc = 1 },
	{ "it is opened for what dom0 is to have too", AREA_OPEN_FOR, { 0 },
	  DOES("hold reserve hold begin labels"), FOR_DOM0 },
	{ "it is opened for what the driver does not hold", AREA_OPEN_FOR, { 0 },
	  DOES("hold reserve labels"), NOT_HELD },
	{ "one with bad blocks is opened", AREA_OPEN, { .area_bad = true },
	  DOES("hold reserve retire labels") },
	{ "that is opened again", AREA_OPEN, { .area_held = true, .area = true, .area_bad = true },
	  DOES("hold reserve retire labels"), .rc = 1 },
	{ "it is closed", AREA_CLOSE, { .area_held = true, .area = true, .labels = true },
	  DOES("unlabels unreserve let-go") },
	{ "it is closed after a kill", AREA_CLOSE, { .area_held = true }, DOES("let-go") },
	{ "a closed one is closed", AREA_CLOSE, { 0 }, NO_STEP, .rc = -ENOENT },
	{ "one is closed while Xen uses another", AREA_CLOSE, { .area_elsewhere = true }, NO_STEP,
	  .rc = -ENOENT },
	{ "a marked one is closed while Xen uses another", AREA_CLOSE,
	  { .area_held = true, .area_elsewhere = true }, DOES("let-go") },

	{ "enable", ENABLE, { 0 }, TO_XEN, ROW },
	{ "enable after a kill before Xen had it", ENABLE, { .held = true }, TO_XEN, ROW },
	{ "enable after a kill while Xen took it", ENABLE, { XEN_HAS(HALF) }, TO_XEN, ROW },
	{ "enable after a kill before the record", ENABLE, { XEN_HAS(SERVED) }, TO_XEN, ROW },
	{ "enable at boot", ENABLE, { .row = ROW }, DOES("hold serve"), ROW },
	{ "enable at boot of what was begun", ENABLE, { XEN_HAS(HALF), .row = ROW },
	  DOES("hold serve"), ROW },
	{ "enable again", ENABLE, { XEN_HAS(SERVED), .row = ROW }, NO_STEP, ROW, 1 },
	{ "enable where labels are kept", ENABLE, { .row = ROW_KEPT }, TO_XEN, ROW_DATA },
	{ "enable where they are kept of another length", ENABLE, { .row = ROW_RESIZED }, NO_STEP,
	  ROW_RESIZED, -ESTALE },
	{ "enable where another length is recorded", ENABLE, { .row = ROW_GROWN }, NO_STEP,
	  ROW_GROWN, -ESTALE },
	{ "enable of what the driver does not hold", ENABLE, { 0 }, NO_STEP, NO_ROW, -ENXIO,
	  NOT_HELD },
	{ "enable of the reserved area", ENABLE, { 0 }, NO_STEP, NO_ROW, -EINVAL,
	  .role = XEN_PMEM_ROLE_RESERVED },

	{ "enable of a pool", ENABLE, { XEN_HAS(SERVED), .row = ROW_CLEAN }, NO_STEP, ROW_CLEAN,
	  -EMEDIUMTYPE },
	{ "enable as a pool", ENABLE_RAM, { 0 }, TO_XEN, ROW_DIRTY },
	{ "enable as a pool after a kill before the record", ENABLE_RAM, { XEN_HAS(SERVED) },
	  TO_XEN, ROW_DIRTY },
	{ "enable as a pool at boot", ENABLE_RAM, { .row = ROW_DIRTY }, DOES("hold serve"),
	  ROW_DIRTY },
	{ "enable as a pool again", ENABLE_RAM, { XEN_HAS(SERVED), .row = ROW_CLEAN }, NO_STEP,
	  ROW_CLEAN, 1 },
	{ "enable as a pool what is for vNVDIMMs", ENABLE_RAM, { XEN_HAS(SERVED), .row = ROW },
	  TO_XEN, ROW_DIRTY },
	{ "enable as a pool what a guest has", ENABLE_RAM,
	  { XEN_HAS(SERVED), .pages = true, .row = ROW }, NO_STEP, ROW, -EBUSY },
	{ "enable as a pool where a guest's data are", ENABLE_RAM,
	  { XEN_HAS(SERVED), .row = ROW_DATA }, NO_STEP, ROW_DATA, -ENOTEMPTY },
	{ "enable as a pool what is half erased", ENABLE_RAM,
	  { XEN_HAS(SERVED), .row = ROW_HALF }, NO_STEP, ROW_HALF, -ENOTEMPTY },
	{ "enable as a pool where labels are kept", ENABLE_RAM, { .row = ROW_KEPT },
	  NO_STEP, ROW_KEPT, -EEXIST },
	{ "enable as a pool with another length", ENABLE_RAM, { .row = ROW_GROWN }, NO_STEP,
	  ROW_GROWN, -ESTALE },
	{ "enable as a pool what is for dom0", ENABLE_RAM, { 0 }, NO_STEP, NO_ROW, -EINVAL,
	  FOR_DOM0 },

	{ "enable for dom0 where a guest's labels are kept", ENABLE, { .row = ROW_KEPT }, NO_STEP,
	  ROW_KEPT, -EEXIST, .role = XEN_PMEM_ROLE_HOST },
	{ "enable for dom0", ENABLE, { 0 }, DOES("hold serve_host store rebind"), ROW, FOR_DOM0 },
	{ "enable for dom0 at boot", ENABLE, { .row = ROW }, DOES("hold serve_host rebind"), ROW,
	  FOR_DOM0 },
	{ "enable for dom0 what the record names as a guest's", ENABLE, { .row = ROW_DATA },
	  NO_STEP, ROW_DATA, -ESTALE, FOR_DOM0 },
	{ "enable for dom0 with another length", ENABLE, { .row = ROW_GROWN }, NO_STEP, ROW_GROWN,
	  -ESTALE, FOR_DOM0 },
	{ "enable for dom0 after a kill before the record", ENABLE, { XEN_HAS(HOST) },
	  DOES("hold serve_host store rebind"), ROW, FOR_DOM0 },
	{ "enable for dom0 after a kill before the kernel's driver", ENABLE,
	  { .state = HOST, .row = ROW }, DOES("rebind"), ROW, FOR_DOM0, NOT_HELD },
	{ "enable for dom0 again", ENABLE, { .state = HOST, .row = ROW }, NO_STEP, ROW, 1, DOM0S },
	{ "enable for dom0 after disable", ENABLE, { .state = HOST }, DOES("store"), ROW, 1,
	  DOM0S },
	{ "enable of what the kernel has", ENABLE, { 0 }, NO_STEP, NO_ROW, -ENXIO, DOM0S },

	{ "disable", DISABLE, { XEN_HAS(SERVED), .row = ROW }, TO_DOM0 },
	{ "disable after a kill before the mark", DISABLE, { .held = true, .row = ROW }, TO_DOM0 },
	{ "disable after a kill before the record", DISABLE, { .row = ROW }, TO_DOM0 },
	{ "disable after a killed enable", DISABLE, { XEN_HAS(SERVED) }, DOES("unserve let-go") },
	{ "disable of what is marked alone", DISABLE, { .held = true }, DOES("unserve let-go") },
	{ "disable again", DISABLE, { 0 }, NO_STEP, NO_ROW, -ENOENT },
	{ "disable under a guest", DISABLE, { XEN_HAS(SERVED), .pages = true, .row = ROW },
	  DOES("unserve"), ROW, -EBUSY },
	{ "disable of a guest's data", DISABLE, { XEN_HAS(SERVED), .row = ROW_DATA }, NO_STEP,
	  ROW_DATA, -ENOTEMPTY },
	{ "disable --keep of them", DISABLE_KEEP, { XEN_HAS(SERVED), .row = ROW_DATA }, TO_DOM0,
	  ROW_KEPT },
	{ "disable --keep of what is half erased", DISABLE_KEEP,
	  { XEN_HAS(SERVED), .row = ROW_HALF }, DOES("store unserve let-go store"), ROW_KEPT },
	{ "disable where labels are kept", DISABLE_KEEP, { .row = ROW_KEPT }, NO_STEP, ROW_KEPT,
	  -ENOENT },
	{ "disable of a clean pool", DISABLE, { XEN_HAS(SERVED), .row = ROW_CLEAN },
	  DOES("store unserve let-go store") },
	{ "disable of a pool that is not clean", DISABLE, { XEN_HAS(SERVED), .row = ROW_DIRTY },
	  NO_STEP, ROW_DIRTY, -ENOTEMPTY },
	{ "disable --keep of it", DISABLE_KEEP, { XEN_HAS(SERVED), .row = ROW_DIRTY }, TO_DOM0 },
	{ "disable of what dom0 uses", DISABLE, { .state = HOST, .row = ROW }, DOES("store"),
	  NO_ROW, 1, DOM0S },
	{ "disable of it again", DISABLE, { .state = HOST }, NO_STEP, NO_ROW, -EALREADY, DOM0S },
	{ "disable of a host range that dom0 does not use yet", DISABLE,
	  { XEN_HAS(HOST), .row = ROW }, TO_DOM0, NO_ROW, FOR_DOM0 },

	{ "a lost one is struck", STRIKE, { .state = SERVED, .row = ROW_DATA },
	  DOES("unserve store"), NOT_HELD },
	{ "a lost one is struck after a reboot", STRIKE, { .row = ROW_DATA },
	  DOES("unserve store"), NOT_HELD },
	{ "kept labels are given up", STRIKE, { .row = ROW_KEPT }, DOES("store") },
	{ "what the record does not name is struck", STRIKE, { 0 }, DOES("unserve"), NO_ROW,
	  -ENOENT, NOT_HELD },
};

static int verb_call(struct xenpmem_handle *h, enum verb verb, struct xenpmem_record *record,
		     bool *labels)
{
	const bool is_host = fake.ns.role == XEN_PMEM_ROLE_HOST;
	const struct xenpmem_namespace *ns = &fake.ns;
	char block[32];
	int rc;

	switch (verb) {
	case AREA_OPEN:
		return xenpmem_area_open(h, &fake.reserved, record, labels);
	case AREA_OPEN_FOR:
		return xenpmem_area_open_for(h, &fake.reserved, record, &ns, 1, labels);
	case AREA_CLOSE:
		return xenpmem_area_close(h, &fake.reserved);
	case ENABLE:
	case ENABLE_RAM:
		rc = xenpmem_enable(h, &fake.reserved, record, &fake.ns,
				    verb == ENABLE_RAM, block);
		if (rc >= 0)
			assert_string_equal(block, is_host ? "pmem9" : "");
		return rc;
	case STRIKE:
		return xenpmem_strike(h, &fake.reserved, record, fake.ns.range.uuid);
	default:
		return xenpmem_disable(h, &fake.reserved, record, &fake.ns, verb == DISABLE_KEEP);
	}
}

static int verb_run(struct xenpmem_handle *h, const struct row_of_table *row, unsigned int first,
		    unsigned int second, bool *labels)
{
	struct xenpmem_record record = { .copy = 1 };
	struct world world = row->world;
	int rc;

	/* The reserved area is there before all but its own rows. */
	if (row->verb > AREA_CLOSE)
		world.area = world.area_held = world.labels = true;
	fake_make(&world, row->role ? row->role : XEN_PMEM_ROLE_GUEST, !row->unbound,
		  row->kernels);
	fake.fail_at[0] = first;
	fake.fail_at[1] = second;
	record.data = fake.stored;
	rc = verb_call(h, row->verb, &record, labels);
	assert_memory_equal(&record.data, &fake.stored, sizeof(fake.stored));
	return rc;
}

static unsigned int calls_check(const struct row_of_table *row)
{
	struct xenpmem_handle h = { .pins = -1 };
	bool labels = false;

	fake.how = HOW_CLEAN;
	assert_int_equal(verb_run(&h, row, ~0u, ~0u, &labels), row->rc);
	assert_string_equal(fake.steps, row->steps);
	assert_int_equal(fake_row(), row->row);
	assert_int_equal(labels, row->verb <= AREA_OPEN_FOR);
	if (row->verb == AREA_OPEN_FOR)
		assert_int_equal(fake.now.state, fake.ns.bound ? HALF : 0);
	if (row->rc < 0)
		assert_string_not_equal(xenpmem_error(&h), "no error");
	return fake.nr_calls;
}

/*
 * After a failure dom0 has again what Xen surely does not have. What was enabled stays so, and what
 * the record does not name does not become so.
 */
static void failure_check(const struct row_of_table *row, int rc)
{
	/* Xen has it already when it is told of bad blocks. */
	if (strstr(fake.steps, "retire") && rc < 0 && !fake.unsure)
		assert_int_equal(fake.now.area, fake.at_first.area);
	if (!fake.unsure) {
		assert_true(fake.now.held == (fake.now.state != 0) || !fake.ns.bound);
		assert_int_equal(fake.now.area_held, fake.now.area);
	}
	if (row->verb == ENABLE && fake.at_first.state && fake.at_first.state != HALF)
		assert_int_equal(fake.now.state, fake.at_first.state);
	else if (row->verb == ENABLE && !fake.unsure && fake.how == HOW_CLEAN &&
		 fake_row() != ROW && fake_row() != ROW_DATA)
		assert_true(!fake.now.state || fake.now.state == fake.at_first.state);
}

static void fails_at(const struct row_of_table *row, unsigned int first, unsigned int second)
{
	struct xenpmem_handle h = { .pins = -1 };
	char line[32];
	bool labels = true;
	int rc = verb_run(&h, row, first, second, &labels);

	snprintf(line, sizeof(line), "call %u", first);
	/* To begin with a namespace may fail: its own enable would say why. */
	if (row->verb != AREA_OPEN_FOR || rc < 0)
		assert_string_equal(xenpmem_error(&h), line);
	if (row->verb == AREA_OPEN_FOR && rc >= 0)
		assert_int_equal(rc, row->rc);
	else if (row->verb == AREA_OPEN && !labels)
		assert_int_equal(rc, row->rc);
	else
		assert_int_equal(rc, -EIO);
	failure_check(row, rc);
}

/* Then each call fails, and one after it as well, in each way. */
static void is_in_order(void **state)
{
	const struct row_of_table *row = *state;
	unsigned int first, second, nr, nr_undone;

	nr = calls_check(row);
	for (fake.how = HOW_CLEAN; fake.how < HOWS && row->rc >= 0; fake.how++)
		for (first = 0; first < nr; first++) {
			fails_at(row, first, ~0u);
			nr_undone = fake.nr_calls;
			for (second = first + 1; second < nr_undone; second++)
				fails_at(row, first, second);
		}
}

int main(void)
{
	suite_add_rows(is_in_order, rows);
	return suite_run("enable");
}
