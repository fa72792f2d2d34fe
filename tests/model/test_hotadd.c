// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory is hot-added beside the NVDIMM, in the same GiB or the same group of frames: takes each
 * moment of a guest's life with a range, one after the other, and adds it then. The new memory must
 * keep its page_info and its M2P, and every command must come to its end or be refused.
 */
#include "suite.h"

#include "model.h"
#include "script.h"

static struct { uint64_t seen, at; bool came; } when;

static void act(void)
{
	if (++when.seen >= when.at && !when.came)
		when.came = hot_add();
}

static const struct row {
	const char *name;
	uint64_t frames;	/* of the NVDIMM, from 4 GiB on */
	const char *reserve, *serve;
	const char *assign;
} rows[] = {
	{ "into the GiB of the range", 0x50000, "reserve 1 4G 32M", "serve 2 0x14c000000 16M",
	  "assign 1 2 0x14c000000 16M 8G" },
	{ "into the group of the range", 0x58000, "reserve 1 4G 32M", "serve 2 0x157000000 16M",
	  "assign 1 2 0x157000000 16M 8G" },
	{ "into the GiB of the reserved area", 0x30000, "reserve 1 0x12e000000 32M",
	  "serve 2 4G 16M", "assign 1 2 4G 16M 8G" },
	{ "into the group of the reserved area", 0x28000, "reserve 1 0x126000000 32M",
	  "serve 2 4G 16M", "assign 1 2 4G 16M 8G" },
	{ "beside a leaf of 1 GiB, into the group of the reserved area", 0x48000,
	  "reserve 1 0x144000000 64M", "serve 2 4G 1G", "assign 1 2 4G 1G 8G" },
	{ "into the group of both", 0x8000, "reserve 1 4G 32M", "serve 2 0x106000000 16M",
	  "assign 1 2 0x106000000 16M 8G" },
};

/* Refused is allowed; to be told to come again for ever is not. */
static int run(const char *line)
{
	int rc = script_line(line, NULL);

	check_all();
	if (rc == -EAGAIN)
		broken("%s, with memory hot-added at moment %lu, has no end: %s", line,
		       (unsigned long)when.at, script_reason);
	return rc;
}

static void begin(const struct row *r)
{
	struct config config = config_plain;

	config.nvdimm.count = r->frames;
	script_begin(&config);
}

static void hot_added_at(const struct row *r, uint64_t at)
{
	const char *const lines[] = {
		r->reserve, r->serve, "guest 1", r->assign, "destroy 1", "release 1 2", "settle",
		"unserve 2", "unreserve",
	};

	begin(r);
	when.seen = 0;
	when.at = at;
	when.came = false;
	machine.interrupt = act;
	for (unsigned int i = 0; i < ARRAY_SIZE(lines); i++)
		run(lines[i]);
	machine.interrupt = NULL;
	if (when.came && !run("unreserve") && max_page < hot_frames().first + hot_frames().count)
		broken("max_page is below the memory that was added");
}

static void test_at_each_moment(void **state)
{
	uint64_t at = 1;

	do {
		hot_added_at(*state, at);
		at += at < 40 ? 1 : at / 8;
	} while (when.came);
}

/* Whoever asked for UNRESERVE is gone, and the memory keeps metadata in the reserved area. */
static void unreserve_given_up(const struct row *r)
{
	const char *const lines[] = {
		r->reserve, r->serve, "guest 1", r->assign, "destroy 1", "release 1 2",
		"unserve 2",
	};
	struct xen_pmem_command c = command_new(XEN_PMEM_OP_UNRESERVE);

	begin(r);
	for (unsigned int i = 0; i < ARRAY_SIZE(lines); i++)
		script_must(lines[i]);
	assert_int_equal(command(&c), -EAGAIN);
	assert_true(hot_add());
	settle();
	script_must(r->reserve);
	assert_int_not_equal(run(r->serve), -ENXIO);
}

static void test_unreserve_given_up(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++)
		unreserve_given_up(&rows[i]);
}

int main(void)
{
	suite_add_rows(test_at_each_moment, rows);
	suite_add("after an UNRESERVE that was given up", test_unreserve_given_up);
	return suite_run("hotadd");
}
