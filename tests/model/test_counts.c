// SPDX-License-Identifier: GPL-2.0-only
/*
 * What commands cost: how often all CPUs' caches are flushed, how many commands an operation takes,
 * and how long the longest is.
 */
#include "suite.h"

#include "answer.h"
#include "dispatch.h"
#include "model.h"
#include "script.h"

#define PAGES	0x40000ul	/* of 1 GiB */
#define LINES	(PAGES * 64)

static void begin_on(const struct config *config, const char *const *lines)
{
	script_begin(config);
	for (; *lines; lines++)
		script_must(*lines);
	machine.commands = machine.lines_flushed = machine.wbinvds = 0;
}

static void begin(bool snoops, const char *const *lines)
{
	struct config config = config_plain;

	config.intel = config.snoops = snoops;
	begin_on(&config, lines);
}

static const struct row {
	const char *name, *set_up[8], *line;
	bool snoops;
	uint64_t lines, wbinvds, commands;	/* the last: at most */
} rows[] = {
#define PLAIN_RANGE "reserve 1 0x150000000 64M", "serve 2 4G 1G"
#define HOST_RANGE "reserve 1 0x150000000 64M", "serve 2 4G 1G 1"
#define PLAIN PLAIN_RANGE, "guest 1"
#define HOST HOST_RANGE, "guest 1"
	{ "1 GiB of the host's to a guest, snooping", { HOST },
	  "extents 1 8G 0 4G 1G", true, 0, 0, 6 },
	{ "the same back", { HOST, "extents 1 8G 0 4G 1G" }, "release 1 2", true, 0, 0, 6 },
	{ "in leaves of 2 MiB, snooping", { HOST }, "extents 1 8G 1 4G 1G", true, 0, 0, 8 },
	{ "the same back", { HOST, "extents 1 8G 1 4G 1G" }, "release 1 2", true, 0, 0, 8 },
	{ "1 GiB of the host's to a guest, not snooping", { HOST },
	  "extents 1 8G 0 4G 1G", false, LINES, 0, 200 },
	{ "the same back", { HOST, "extents 1 8G 0 4G 1G" }, "release 1 2", false, LINES, 0, 200 },
	{ "a page back, the last of its group, not snooping",
	  { HOST, "extents 1 8G 0 0x10ffff000 4K" },
	  "release 1 2", false, 64, 0, 6 },
	{ "in leaves of 2 MiB, not snooping", { HOST },
	  "extents 1 8G 1 4G 1G", false, LINES, 0, 300 },
	{ "a host range back to dom0, snooping", { HOST }, "unserve 2", true, 0, 0, 40 },
	{ "a host range back to dom0, not snooping", { HOST }, "unserve 2", false, 0, 1, 40 },
	{ "a plain range to a guest, not snooping", { PLAIN },
	  "assign 1 2 4G 1G 8G", false, 0, 0, 5 },
	{ "a plain range with its metadata, in leaves of 2 MiB", { PLAIN },
	  "assign 1 2 4G 1G 8G 1", true, 0, 0, 13 },
	{ "a leaf of 1 GiB back from a guest that never ran", { PLAIN, "assign 1 2 4G 1G 8G" },
	  "release 1 2", false, 0, 0, 6 },
	{ "a plain range back to dom0, not snooping", { PLAIN }, "unserve 2", false, 0, 1, 40 },
	{ "uncached pages of a group without metadata", { PLAIN },
	  "assign 1 2 4G 1G 8G 8", false, LINES, 0, 600 },
	{ "small pages of two groups, one without metadata", { PLAIN, "assign 1 2 4G 4K 8G" },
	  "assign 1 2 0x10f800000 32M 0x220001000", false, 0, 0, 12 },
};

static void test_counts(void **state)
{
	const struct row *r = *state;

	begin(r->snoops, r->set_up);
	script_must(r->line);
	assert_int_equal(machine.lines_flushed, r->lines);
	assert_int_equal(machine.wbinvds, r->wbinvds);
	assert_in_range(machine.commands, 1, r->commands);
	assert_in_range(command_longest, 1, WORK_LIMIT + WORK_LIMIT / 2);
}

/* dom0's devices are to reach each page: a group's pages may take two commands then. */
static void test_dom0_devices(void **state)
{
	static const char *const plain[] = { PLAIN, NULL };
	uint64_t first = config_iommu.nvdimm.first, reached = 0;

	(void)state;
	begin_on(&config_iommu, plain);
	script_must("assign 1 2 4G 1G 8G");
	for (uint64_t i = 0; i < PAGES; i++)
		reached += dom0_reaches(first + i);
	assert_int_equal(reached, PAGES);
	assert_in_range(machine.commands, 1, 9);
	assert_in_range(command_longest, 1, WORK_LIMIT + WORK_LIMIT / 3);
}

/*
 * With a device of its own, I/O memory or I/O ports, Intel's Xen walks all pages of a leaf:
 * p2m_set_entry() of the model says if it is a large one.
 */
static void test_walked(void **state)
{
	static const char *const device[] = { PLAIN_RANGE, "guest 1 devices", NULL };
	static const char *const iomem[] = { PLAIN, "iomem 1 0xfe000000 4K", NULL };

	static const char *const plain[] = { PLAIN, NULL };
	static const char *const *const guests[] = { iomem, device, plain };

	(void)state;
	for (unsigned int i = 0; i < 6; i++) {
		begin(i % 2, guests[i / 2]);
		if (guests[i / 2] == plain)
			ports_grant(1, 0x3f8, 8);
		script_must("assign 1 2 4G 1G 8G");
		assert_int_equal(p2m_look(1, 0x200000).order, i % 2 ? ORDER_2M : ORDER_1G);
		script_must("release 1 2");
	}
}

/*
 * A batch of which nothing can be mapped, as the guest's paging pool is too small: its way back is
 * work too.
 */
static void undo(const char *const *set_up, bool snoops, const char *line)
{
	begin(snoops, set_up);
	script_must("guest 1 poor");
	command_longest = 0;
	if (script_line(line, NULL) != -ENOMEM)
		broken("%s: %s", line, script_reason);
	check_all();
	assert_in_range(command_longest, 1, WORK_LIMIT + WORK_LIMIT / 2);
}

static void test_undone(void **state)
{
	static const char *const lines[] = {
		"extents 1 8G 1 4G 1G", "extents 1 0x200001000 1 4G 1G",
		"extents 1 8G 0 4G 4M 0x100600000 4M 0x100c00000 900M",
	};
	static const char *const plain[] = { PLAIN_RANGE, NULL };
	static const char *const host[] = { HOST_RANGE, NULL };

	static const char uncached[] = "assign 1 2 4G 1G 8G 8";

	(void)state;
	for (unsigned int i = 0; i < 4 * ARRAY_SIZE(lines); i++)
		undo(i & 2 ? plain : host, i & 1, lines[i / 4]);
	for (unsigned int i = 0; i < 4; i++)
		undo(i & 2 ? plain : host, i & 1, uncached);
}

int main(void)
{
	suite_add_rows(test_counts, rows);
	suite_add("a plain range to a guest, with dom0's devices", test_dom0_devices);
	suite_add("leaves of a guest whose pages Xen looks at", test_walked);
	suite_add("a batch that is undone", test_undone);
	return suite_run("counts");
}
