// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ranges that one pass over the page tables proves together (hypervisor/proof.h): every way between
 * the states, whoever comes in between. RAM is so large that a pass takes several commands.
 */
#include "suite.h"

#include "answer.h"
#include "dispatch.h"
#include "model.h"
#include "script.h"
#include "tables.h"

#define FIRST	0x110000ul	/* the first frame of range 2; the next is a group further */
#define STEP	0x10000ul

/* Ranges have numbers from 2 on. */
static struct frames frames_of(unsigned int n)
{
	return (struct frames){ FIRST + (n - 2) * STEP, 0x1000 };
}

static void boot_with(uint64_t ram)
{
	struct config config = config_plain;

	config.ram[0].count = ram;
	script_begin(&config);
	script_must("reserve 1 4G 32M");
	machine.commands = 0;
}

static void boot(void) { boot_with(0x50000); }

static char *line_of(const char *verb, unsigned int n, const char *more)
{
	static char line[80];

	snprintf(line, sizeof(line), "%s %u %#lx 16M%s", verb, n,
		 (unsigned long)frames_of(n).first << 12, more);
	return line;
}

/* One call, and the grace period that it waits for passes. */
static void begin(unsigned int n)
{
	script_must(line_of("begin", n, ""));
	grace_pass();
}

/* No time passes. */
static int once(unsigned int n)
{
	struct xen_pmem_command c = command_range(XEN_PMEM_OP_SERVE, n, frames_of(n));

	return command(&c);
}

static void begin_three(void)
{
	begin(2);
	begin(3);
	begin(4);
	grace_pass();
}

static void serve(unsigned int n) { script_must(line_of("serve", n, "")); }

static void refused(unsigned int n, int error, const char *why)
{
	script_expect(line_of("serve", n, ""), error, why);
	assert_null(range_find((uint8_t[16]){ [0 ... 15] = n }));
	assert_true(caps_have(0, frames_of(n).first));
}

static void unserve(unsigned int n)
{
	char line[80];

	snprintf(line, sizeof(line), "unserve %u", n);
	script_must(line);
	assert_true(caps_have(0, frames_of(n).first));
}

static void expect(unsigned int n, enum range_state state)
{
	const struct range *r = range_find((uint8_t[16]){ [0 ... 15] = n });

	assert_non_null(r);
	assert_int_equal(r->state, state);
}

static void expect_three(enum range_state two, enum range_state three, enum range_state four)
{
	expect(2, two);
	expect(3, three);
	expect(4, four);
}

/* So many commands until range n is served. */
static unsigned int serve_count(unsigned int n)
{
	uint64_t before = machine.commands;

	serve(n);
	return machine.commands - before;
}

/* ---- the transitions ---- */

static void together(void)
{
	unsigned int one;

	begin(5);
	one = serve_count(5);
	assert_in_range(one, 5, 7);
	begin_three();
	expect_three(RANGE_WAITING, RANGE_WAITING, RANGE_WAITING);
	assert_int_equal(serve_count(3), one);
	expect_three(RANGE_CHECKED, RANGE_SERVED, RANGE_CHECKED);
	assert_int_equal(serve_count(2), 1);
	assert_int_equal(serve_count(4), 1);
}

static void alone(void)
{
	assert_in_range(serve_count(2), 6, 8);
	assert_in_range(serve_count(3), 6, 8);
}

static void as_host(void)
{
	script_must(line_of("begin", 2, " 1"));
	script_must(line_of("begin", 3, " 1"));
	script_expect(line_of("serve", 2, ""), EEXIST, "as dom0's own");
	grace_pass();
	grace_pass();
	script_must(line_of("serve", 2, " 1"));
	expect(2, RANGE_HOST);
	expect(3, RANGE_CHECKED);
	script_must(line_of("serve", 3, " 1"));
}

/* Calls may come by turns, and the pass goes on with each. */
static void by_turns(void)
{
	uint64_t before;

	begin_three();
	before = machine.commands;
	begin(2);
	expect_three(RANGE_CHECKING, RANGE_CHECKING, RANGE_CHECKING);
	begin(3);
	begin(4);
	assert_int_equal(machine.commands, before + 3);
	serve(2);
	expect_three(RANGE_SERVED, RANGE_CHECKED, RANGE_CHECKED);
	assert_in_range(machine.commands - before, 5, 7);
	serve(4);
	serve(3);
}

static void begun_amid(void)
{
	begin(2);
	begin(2);
	expect(2, RANGE_CHECKING);
	assert_true(dom0_map(frames_of(3).first));
	begin(3);
	begin(4);
	expect_three(RANGE_CHECKING, RANGE_WAITING, RANGE_WAITING);
	refused(3, EBUSY, "PV domain maps");	/* after the pass of 2, by one of its own */
	expect(2, RANGE_CHECKED);
	serve(2);
	serve(4);
}

/* What one SERVE begins another may end. */
static void killed(void)
{
	begin_three();
	begin(2);
	serve(4);
	expect_three(RANGE_CHECKED, RANGE_CHECKED, RANGE_SERVED);
	serve(3);
	unserve(2);
	serve(2);
}

static void withdrawn(void)
{
	begin_three();
	unserve(3);			/* waiting */
	begin(2);
	expect(4, RANGE_CHECKING);
	unserve(4);			/* in the pass */
	assert_true(dom0_map(frames_of(4).first));
	serve(2);
	begin(3);
	grace_pass();
	begin(3);
	unserve(3);		/* the last in it: the next pass is whole */
	refused(4, EBUSY, "PV domain maps");
	begin_three();
	serve(2);
	serve(3);
}

static void withdrawn_checked(void)
{
	begin_three();
	serve(2);
	expect(3, RANGE_CHECKED);
	unserve(3);
	assert_true(dom0_map(frames_of(3).first));
	refused(3, EBUSY, "PV domain maps");
	serve(4);
}

static void found_by_its_own(void)
{
	assert_true(dom0_map(frames_of(3).first + 0xfff));
	begin_three();
	refused(3, EBUSY, "PV domain maps");
	expect(2, RANGE_CHECKING);
	expect(4, RANGE_CHECKING);
	serve(2);
	expect(4, RANGE_CHECKED);
	serve(4);
}

static void found_by_another(void)
{
	assert_true(dom0_map(frames_of(3).first + 0xfff));
	assert_true(dom0_map(frames_of(4).first));
	begin_three();
	serve(2);
	expect_three(RANGE_SERVED, RANGE_WAITING, RANGE_WAITING);
	refused(4, EBUSY, "PV domain maps");
	refused(3, EBUSY, "PV domain maps");
}

static void found_in_one_command(void)
{
	boot_with(0x3000);
	found_by_another();
}

/* dom0 has let go of it since: nobody remembers. */
static void found_then_let_go(void)
{
	assert_true(dom0_map(frames_of(3).first));
	begin_three();
	serve(2);
	expect(3, RANGE_WAITING);
	for (unsigned int i = 0; i < MAPS; i++)
		dom0_unmap(i);
	serve(3);
	serve(4);
}

/* A CPU is about to map a page, whose permission it saw before. */
static void about_to_map(void)
{
	begin(2);
	assert_true(dom0_map_begin(frames_of(3).first));
	assert_int_equal(once(3), -EAGAIN);
	assert_int_equal(once(2), -EAGAIN);	/* waits for the CPUs as well */
	expect(2, RANGE_WAITING);
	grace_pass();
	grace_pass();
	serve(2);
	refused(3, EBUSY, "PV domain maps");
}

static void about_to_grant(void)
{
	unsigned int pv = guest_create(0, 0);

	begin(2);
	assert_true(iomem_grant_begin(pv, (struct frames){ frames_of(3).first, 1 }));
	begin(3);
	begin(4);
	grace_pass();
	serve(2);
	expect_three(RANGE_SERVED, RANGE_WAITING, RANGE_CHECKED);
	refused(3, EBUSY, "another domain");
	serve(4);
}

/* Unloading is refused as long as there is a range, whatever its state. */
static void unload(void)
{
	begin_three();
	assert_int_equal(extension_unload(), -EBUSY);
	time_pass(11000000000ll);
	script_expect("unreserve", EBUSY, "served from");
	begin(2);
	assert_int_equal(extension_unload(), -EBUSY);
	time_pass(11000000000ll);
	serve(3);
	unserve(2);
	unserve(3);
	unserve(4);
	script_must("unreserve");
	assert_int_equal(extension_unload(), 0);
}

/* Each call of Xen fails once in the SERVE that makes the pass: the others go on. */
static void faults(void)
{
	uint64_t n;
	int rc = -EFAULT;

	for (n = 1; rc; n++) {
		boot();
		begin_three();
		machine.fail_at = machine.points + n;
		rc = script_line(line_of("serve", 2, ""), NULL);
		machine.fail_at = 0;
		check_all();
		if (!machine.failed)
			break;
		serve(3);
		serve(4);
		serve(2);
	}
	assert_true(n > 10);
}

static const struct row {
	const char *name;
	void (*run)(void);
} rows[] = {
	{ "ranges that are begun take one pass", together },
	{ "a range alone takes a pass, as ever", alone },
	{ "host ranges take one pass", as_host },
	{ "their calls come by turns", by_turns },
	{ "a range is begun while a pass runs", begun_amid },
	{ "callers are killed", killed },
	{ "ranges are given up while they wait and in the pass", withdrawn },
	{ "a range is given up between the pass and its SERVE", withdrawn_checked },
	{ "dom0 maps the range whose SERVE makes the pass", found_by_its_own },
	{ "dom0 maps other ranges of the pass", found_by_another },
	{ "dom0 maps other ranges, and the pass is one command", found_in_one_command },
	{ "dom0 maps one no more when its SERVE comes", found_then_let_go },
	{ "a CPU is about to map one", about_to_map },
	{ "a CPU is about to give one to another domain", about_to_grant },
	{ "the extension is to be unloaded", unload },
	{ "a call of Xen fails in the pass", faults },
};

static void test_row(void **state)
{
	boot();
	((const struct row *)*state)->run();
	check_all();
}

/* ---- 64 ranges, and so many page tables, one after the other ---- */

#define TABLES 128u

static uint64_t table_new(void)
{
	uint64_t mfn = ram_take(doms[0].xen);

	assert_true(mfn);
	info(mfn)->count_info = PGC_allocated | 2;
	info(mfn)->type_info = PGT_l1_table | PGT_validated | 1;
	return mfn;
}

/* One of the tables maps a page of range 3. */
static void many_begin(unsigned int which)
{
	char line[64];

	boot_with(0x3000);
	for (unsigned int n = 0; n < TABLES; n++) {
		uint64_t mfn = table_new();

		if (n == which)
			((uint64_t *)virt(mfn))[7] = (FIRST + 2) << 12 | PTE_PRESENT;
	}
	for (unsigned int n = 0; n < XEN_PMEM_RANGES; n++) {
		snprintf(line, sizeof(line), "begin %u %#lx 4K", n + 2, (FIRST + 2 * n) << 12);
		script_must(line);
	}
	grace_pass();
	command_longest = machine.commands = 0;
}

/* No command is long for it, and no table is passed over where one ends. */
static void test_many(void **state)
{
	(void)state;
	for (unsigned int which = 0; which <= TABLES; which++) {
		many_begin(which);
		script_must("serve 2 0x110000000 4K");
		assert_int_equal(ranges_in(RANGE_WAITING, NULL), which < TABLES);
		assert_in_range(command_longest, WORK_LIMIT / 2, WORK_LIMIT + WORK_SLACK);
		assert_in_range(machine.commands, TABLES * XEN_PMEM_RANGES * 32 / WORK_LIMIT, 9);
	}
}

int main(void)
{
	suite_add_rows(test_row, rows);
	suite_add("64 ranges, and many page tables", test_many);
	return suite_run("together");
}
