// SPDX-License-Identifier: GPL-2.0-only
/*
 * dom0's devices, and a guest's, behind AMD's IOMMU. Its page tables take pages from Xen's heap,
 * and with no page left Xen crashes dom0, or the guest; so the extension must refuse a command
 * before it gets there.
 */
#include "suite.h"

#include "model.h"
#include "script.h"

/*
 * ---- a line that is refused while Xen has no page left, changes nothing then, and is done when it
 * has ----
 */

static const struct row {
	const char *name, *lines[8], *line;
	bool goes_on;		/* what was done before may stay done */
} rows[] = {
#define SERVED "reserve 1 4G 32M", "serve 2 0x10c000000 64M", "guest 1"
	{ "ASSIGN", { SERVED }, "assign 1 2 0x10c000000 64M 8G", true },
	{ "ASSIGN of a leaf of 1 GiB, and metadata",
	  { "reserve 1 0x150000000 64M", "serve 2 4G 1G", "guest 1" },
	  "assign 1 2 4G 1G 8G",
	  false },
	{ "ASSIGN of a page", { SERVED, "assign 1 2 0x10e000000 4K 9G" },
	  "assign 1 2 0x10c001000 4K 8G",
	  false },
	{ "ASSIGN to a guest that runs", { SERVED, "assign 1 2 0x10e000000 4K 9G", "unpause 1" },
	  "assign 1 2 0x10c001000 3M 8G 16",
	  false },
	{ "RELEASE from one that is dead", { SERVED, "assign 1 2 0x10c000000 64M 8G", "destroy 1" },
	  "release 1 2",
	  false },
	{ "RELEASE from one that never ran", { SERVED, "assign 1 2 0x10c000000 64M 8G" },
	  "release 1 2",
	  true },
	{ "RELEASE from one that runs", { SERVED, "assign 1 2 0x10c000000 64M 8G", "unpause 1" },
	  "release 1 2 16",
	  true },
	{ "RELEASE but for a page that dom0 maps",
	  { SERVED, "assign 1 2 0x10c000000 64M 8G", "unpause 1", "take 1 0x200005000",
	    "destroy 1" },
	  "release 1 2",
	  false },
#define DEVICES "reserve 1 4G 32M", "serve 2 0x10c000000 64M 1", "guest 1 devices"
	{ "ASSIGN to a guest with a device", { DEVICES }, "extents 1 8G 0 0x10c000000 4M", false },
	{ "RELEASE from a guest with a device, which runs",
	  { DEVICES, "extents 1 8G 0 0x10c000000 4M", "unpause 1" },
	  "release 1 2 16",
	  false },
	{ "UNSERVE of a host range", { "reserve 1 4G 32M", "serve 2 0x10c000000 64M 1" },
	  "unserve 2",
	  false },
};

static uint64_t heap_empty(uint64_t *pages, uint64_t most)
{
	uint64_t n = 0, mfn;

	while (n < most && (mfn = heap_take()))
		pages[n++] = mfn;
	return n;
}

static void test_without_memory(void **state)
{
	static uint64_t pages[1 << 14];
	const struct row *r = *state;
	uint64_t before, n;

	script_begin(&config_amd);
	for (unsigned int i = 0; r->lines[i]; i++)
		script_must(r->lines[i]);
	settle();
	before = digest();
	n = heap_empty(pages, ARRAY_SIZE(pages));
	script_expect(r->line, ENOMEM, "no memory");
	if (!r->goes_on)
		assert_true(digest() == before);
	while (n)
		heap_give(pages[--n]);
	script_must(r->line);
}

/*
 * As many pages as there may be: either it is done, or it is refused; Xen never looks for one in
 * vain.
 */
static void test_with_few_pages(void **state)
{
	static uint64_t pages[1 << 14];
	const struct row *r = *state;

	for (uint64_t left = 1; left < 16; left += 5) {
		uint64_t n, all;

		script_begin(&config_amd);
		for (unsigned int i = 0; r->lines[i]; i++)
			script_must(r->lines[i]);
		all = heap_left();
		n = heap_empty(pages, all - left);
		if (script_line(r->line, NULL) && !strstr(script_reason, "no memory"))
			broken("%s with %lu pages: %s", r->line, (unsigned long)left,
			       script_reason);
		check_all();
		while (n)
			heap_give(pages[--n]);
		if (script_line(r->line, NULL) &&
		    strcmp(script_reason, "the guest has nothing of this range") &&
		    strcmp(script_reason, "the range is not served"))
			broken("%s: %s", r->line, script_reason);
	}
}

/*
 * ---- Xen's last page is taken while a guest's paging pool runs dry: the way back of what was
 * mapped must not need one ----
 */

static uint64_t drained[1 << 14], drained_n;

static void drain(void)
{
	if (machine.points + 1 == machine.fail_at && !drained_n)
		drained_n = heap_empty(drained, ARRAY_SIZE(drained));
}

static void test_half_mapped(void **state)
{
	bool failed;
	uint64_t n = 0;

	(void)state;
	do {
		script_begin(&config_amd);
		script_must("reserve 1 4G 32M");
		script_must("serve 2 0x10c000000 64M");
		script_must("guest 1 devices");
		machine.interrupt = drain;
		machine.fail_at = machine.points + ++n;
		script_line("assign 1 2 0x10c000000 16K 0x200001000", NULL);
		failed = machine.failed;
		machine.interrupt = NULL;
		machine.fail_at = 0;
		while (drained_n)
			heap_give(drained[--drained_n]);
		check_all();
		if (script_line("assign 1 2 0x10c000000 16K 0x200001000", NULL)) {
			script_must("release 1 2");
			script_must("assign 1 2 0x10c000000 16K 0x200001000");
		}
	} while (failed);
	assert_in_range(n, 8, 10000);
}

/* ---- what is given back as it was given takes no table ---- */

static void test_whole(void **state)
{
	(void)state;
	script_begin(&config_amd);
	script_must("reserve 1 0x150000000 64M");
	script_must("serve 2 4G 1G");
	script_must("guest 1");
	script_must("assign 1 2 4G 1G 8G");
	script_must("unpause 1");
	script_must("destroy 1");
	script_must("release 1 2");
	assert_in_range(machine.io_splits, 0, 1);	/* of 1 GiB, which is four commands' work */
}

/* Read-only and uncached pages are in none of dom0's tables: giving them back takes no memory. */
static void test_other_kinds(void **state)
{
	static uint64_t pages[1 << 14];
	uint64_t n;

	(void)state;
	script_begin(&config_amd);
	script_must("reserve 1 4G 32M");
	script_must("serve 2 0x10c000000 64M");
	script_must("guest 1");
	script_must("assign 1 2 0x10c000000 3M 8G 4");
	script_must("assign 1 2 0x10d000000 4K 9G 8");
	n = heap_empty(pages, ARRAY_SIZE(pages));
	script_must("release 1 2");
	while (n)
		heap_give(pages[--n]);
}

static void test_above(void **state)
{
	struct config config = config_amd;

	(void)state;
	config.io_frames = 0x40000;	/* 1 GiB: two levels */
	script_begin(&config);
	script_expect("reserve 1 4G 32M", ERANGE, "I/O page tables");
	config.iommu_sync = true;	/* strict: Xen enters pages itself */
	script_begin(&config);
	script_must("reserve 1 4G 32M");
	config = config_iommu;
	config.io_frames = 0x40000;	/* Intel's tables have four levels in any case */
	script_begin(&config);
	script_must("reserve 1 4G 32M");
}

int main(void)
{
	suite_add_rows(test_without_memory, rows);
	suite_add_rows(test_with_few_pages, rows);
	suite_add("a guest's map that fails half-way, with no page left", test_half_mapped);
	suite_add("what was given as 2 MiB is taken as 2 MiB", test_whole);
	suite_add("pages that are in no table", test_other_kinds);
	suite_add("what the tables cannot name", test_above);
	return suite_run("devices");
}
