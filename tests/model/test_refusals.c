// SPDX-License-Identifier: GPL-2.0-only
/* What the extension refuses, and why; and the rarer ways things go: queries, limits, the gate. */
#include "suite.h"

#include "model.h"
#include "script.h"

/* ---- one line refused after some that are not ---- */

static void set_up_iomem(void)
{
	unsigned int pv = guest_create(0, 0);

	assert_true(iomem_grant(pv, (struct frames){ 0x10c000, 1 }));
}

static void set_up_not_dom0s(void) { caps_change(0, (struct frames){ 0x10c000, 1 }, false); }
static void set_up_map(void) { assert_true(dom0_map(0x10c001)); }
static void set_up_map_begun(void) { assert_true(dom0_map_begin(0x10c001)); }

static void set_up_iomem_begun(void)
{
	assert_true(iomem_grant_begin(guest_create(0, 0), (struct frames){ 0x10c000, 1 }));
}

static const struct row {
	const char *name;
	const struct config *config;
	void (*set_up)(void);
	const char *lines[8], *refused;
	int error;
	const char *why;
} rows[] = {
#define A &config_plain, NULL
#define SERVED "reserve 1 4G 32M", "serve 2 0x10c000000 16M"
#define HOST "reserve 1 4G 32M", "serve 2 0x10c000000 16M 1"
	{ "RAM", A, { "reserve 1 4G 32M" }, "serve 2 32M 1M", ERANGE, "overlaps RAM" },
	{ "ACPI tables", A, { "reserve 1 4G 32M" },
	  "serve 2 0xffff0000 64K", ERANGE, "overlaps RAM or firmware" },
	{ "beyond all addresses", A, { "reserve 1 4G 32M" },
	  "serve 2 0x100000000000 16M", ERANGE, "5 TiB" },
	{ "a group shared with RAM", A, { "reserve 1 4G 32M" },
	  "serve 2 64M 1M", ERANGE, "256 MiB group" },
	{ "above 5 TiB", A, { "reserve 1 4G 32M" },
	  "serve 2 0x4fffff00000 2M", ERANGE, "5 TiB" },
	{ "beyond the processor's addresses", A, { "reserve 1 4G 32M" },
	  "serve 2 1024G 16M", ERANGE, "processor" },
	{ "the hole of frame numbers", &config_hole, NULL, { "reserve 1 0x1010000000 32M" },
	  "serve 2 0x1040000000 16M", ERANGE, "hole of frame numbers (try numa=noacpi)" },
	{ "across the border of the hole", &config_hole, NULL, { "reserve 1 0x1010000000 32M" },
	  "serve 2 0x103f000000 32M", ERANGE, "hole" },
	{ "a reserved area of 128 GiB", A, { NULL }, "reserve 1 4G 128G", ERANGE, "128 GiB" },
	{ "a second reserved area", A, { "reserve 1 4G 32M" },
	  "reserve 1 0x110000000 32M", EEXIST, "another reserved" },
	{ "no reserved area", A, { NULL }, "serve 2 0x10c000000 16M", ENXIO, "no reserved area" },
	{ "a reserved area too small", A, { "reserve 1 4G 4M" },
	  "serve 2 0x10c000000 512M", ENOSPC, "too small" },
	{ "over the reserved area", A, { "reserve 1 4G 32M" },
	  "serve 2 0x101000000 32M", EEXIST, "overlaps the reserved" },
	{ "over another range", A, { SERVED },
	  "serve 3 0x10c800000 16M", EEXIST, "overlaps another" },
	{ "the same UUID elsewhere", A, { SERVED },
	  "serve 2 0x118000000 16M", EEXIST, "another address" },
	{ "another domain's I/O memory", &config_plain, set_up_iomem, { "reserve 1 4G 32M" },
	  "serve 2 0x10c000000 16M", EBUSY, "another domain" },
	{ "about to be another domain's", &config_plain, set_up_iomem_begun, { NULL },
	  "reserve 1 0x10c000000 16M", EBUSY, "another domain" },
	{ "not dom0's", &config_plain, set_up_not_dom0s, { "reserve 1 4G 32M" },
	  "serve 2 0x10c000000 16M", EPERM, "not dom0's" },
	{ "an I/O APIC", A, { "reserve 1 4G 32M" }, "serve 2 0xfec00000 4K", EPERM, "not dom0's" },
	{ "mapped by dom0", &config_plain, set_up_map, { "reserve 1 4G 32M" },
	  "serve 2 0x10c000000 16M", EBUSY, "PV domain maps" },
	{ "about to be mapped by dom0", &config_plain, set_up_map_begun, { NULL },
	  "reserve 1 0x10c000000 16M", EBUSY, "PV domain maps" },
	{ "UNSERVE of what a guest has", A, { SERVED, "guest 1", "assign 1 2 0x10c000000 16M 8G" },
	  "unserve 2", EBUSY, "a guest has" },
	{ "UNSERVE of a range that is not served", A, { SERVED },
	  "unserve 3", ENOENT, "not served" },
	{ "UNRESERVE without a reserved area", A, { NULL }, "unreserve", ENOENT, "no reserved" },
	{ "UNRESERVE under ranges", A, { SERVED }, "unreserve", EBUSY, "served from" },
	{ "ASSIGN of a range that is not served", A, { SERVED, "guest 1" },
	  "assign 1 3 0x10c000000 16M 8G", ENOENT, "not served" },
	{ "ASSIGN beyond the range", A, { SERVED, "guest 1" },
	  "assign 1 2 0x10c800000 16M 8G", EINVAL, "not inside" },
	{ "ASSIGN to a guest that does not exist", A, { SERVED },
	  "assign 1 2 0x10c000000 16M 8G", ESRCH, "no such guest" },
	{ "ASSIGN to a PV guest", A, { SERVED, "guest 1 pv" },
	  "assign 1 2 0x10c000000 16M 8G", EPERM, "not PVH" },
	{ "ASSIGN to one without HAP", A, { SERVED, "guest 1 nohap" },
	  "assign 1 2 0x10c000000 16M 8G", EPERM, "hardware-assisted" },
	{ "ASSIGN to one with nested virtualisation", A, { SERVED, "guest 1 nested" },
	  "assign 1 2 0x10c000000 16M 8G", EPERM, "nested" },
	{ "ASSIGN to one that has run", A, { SERVED, "guest 1", "unpause 1" },
	  "assign 1 2 0x10c000000 16M 8G", EPERM, "has run" },
	{ "ASSIGN to one that runs, over what it has", A,
	  { SERVED, "guest 1", "unpause 1", "populate 1 0x200400000" },
	  "assign 1 2 0x10c000000 16M 8G 16", EEXIST, "has something" },
	{ "ASSIGN beyond its addresses", A, { SERVED, "guest 1" },
	  "assign 1 2 0x10c000000 16M 0xffffff0000", ERANGE, "address width" },
	{ "ASSIGN of another's pages", A,
	  { SERVED, "guest 1", "guest 2", "assign 1 2 0x10c000000 8M 8G" },
	  "assign 2 2 0x10c000000 16M 8G", EBUSY, "another guest's" },
	{ "ASSIGN of pages, one of which is another's", A,
	  { SERVED, "guest 1", "guest 2", "assign 1 2 0x10c000000 8M 8G" },
	  "assign 2 2 0x10c400000 8M 8G", EBUSY, "in use" },
	{ "ASSIGN over what the guest has", A, { SERVED, "guest 1", "populate 1 0x200400000" },
	  "assign 1 2 0x10c000000 16M 8G", EEXIST, "has something" },
	{ "ASSIGN again, read-only", A, { SERVED, "guest 1", "assign 1 2 0x10c000000 16M 8G" },
	  "assign 1 2 0x10c000000 16M 8G 4", EEXIST, "other flags" },
	{ "ASSIGN again, writable", A, { SERVED, "guest 1", "assign 1 2 0x10c000000 16M 8G 4" },
	  "assign 1 2 0x10c000000 16M 8G", EEXIST, "other flags" },
	{ "ASSIGN again, cached", A, { SERVED, "guest 1", "assign 1 2 0x10c000000 128K 8G 8" },
	  "assign 1 2 0x10c000000 128K 8G", EEXIST, "other flags" },
	{ "ASSIGN of what another has read-only", A,
	  { SERVED, "guest 1", "guest 2", "assign 1 2 0x10c000000 8M 8G 4" },
	  "assign 2 2 0x10c000000 8M 8G 4", EBUSY, "in use" },
	{ "RELEASE from a guest that holds no page", A, { SERVED, "guest 1" },
	  "release 1 2", ENOENT, "has nothing" },
	{ "RELEASE from one that is alive", A,
	  { SERVED, "guest 1", "assign 1 2 0x10c000000 16M 8G", "unpause 1" },
	  "release 1 2", EBUSY, "alive" },
	{ "ERASE of a range that is not served", A, { SERVED }, "erase 3", ENOENT, "not served" },
	{ "ERASE of a part that a guest has a page of", A,
	  { SERVED, "guest 1", "assign 1 2 0x10c000000 8M 8G" },
	  "erase 2 0x10c7ff000 1M", EBUSY, "of that part" },
	{ "ERASE of a part that a guest has a read-only page of", A,
	  { SERVED, "guest 1", "assign 1 2 0x10c000000 8M 8G 4" },
	  "erase 2 0x10c7ff000 8K", EBUSY, "of that part" },
	{ "ERASE of a part that a guest has an uncached page of", A,
	  { SERVED, "guest 1", "assign 1 2 0x10c000000 8M 8G 8" },
	  "erase 2 0x10c7ff000 8K", EBUSY, "of that part" },
	{ "ERASE beyond the range", A, { SERVED },
	  "erase 2 0x10c000000 0x1001000", EINVAL, "not inside" },
	{ "ERASE before the range", A, { SERVED }, "erase 2 0x10bfff000 8K", EINVAL, "not inside" },
	{ "ERASE of what a guest has", A, { SERVED, "guest 1", "assign 1 2 0x10c000000 16M 8G" },
	  "erase 2", EBUSY, "a guest has" },
	{ "a host range as a plain one", A, { HOST },
	  "serve 2 0x10c000000 16M", EEXIST, "served as dom0's own" },
	{ "a plain range as a host range", A, { SERVED },
	  "serve 2 0x10c000000 16M 1", EEXIST, "but not as" },
	{ "a host range that dom0 maps before", &config_plain, set_up_map, { "reserve 1 4G 32M" },
	  "serve 2 0x10c000000 16M 1", EBUSY, "PV domain maps" },
	{ "a host range too large for the reserved area", A, { "reserve 1 4G 4M" },
	  "serve 2 0x10c000000 512M 1", ENOSPC, "too small" },
	{ "ERASE of a host range", A, { HOST }, "erase 2", EPERM, "erase it itself" },
	{ "UNSERVE of a host range that a guest has a page of", A,
	  { HOST, "guest 1", "extents 1 8G 0 0x10c003000 4K" },
	  "unserve 2", EBUSY, "a guest has" },
	{ "UNSERVE of a host range that dom0 maps", A, { HOST, "hold 0x10cfff000" },
	  "unserve 2", EBUSY, "dom0 maps" },
	{ "ASSIGN of what dom0 maps", A, { HOST, "guest 1", "hold 0x10c1ff000" },
	  "assign 1 2 0x10c000000 2M 8G", EBUSY, "dom0 maps" },
	{ "an extent that dom0 maps", A, { HOST, "guest 1", "hold 0x10c002000" },
	  "extents 1 8G 0 0x10c001000 8K", EBUSY, "dom0 maps" },
	{ "an extent that another guest has", A,
	  { HOST, "guest 1", "guest 2", "extents 1 8G 0 0x10c001000 8K" },
	  "extents 2 8G 0 0x10c002000 4K", EBUSY, "a guest has it" },
	{ "an extent over what the guest has", A, { HOST, "guest 1", "populate 1 0x200001000" },
	  "extents 1 0x200001000 0 0x10c001000 4K", EEXIST, "has something" },
	{ "an extent that the guest has, read-only", A,
	  { HOST, "guest 1", "extents 1 8G 0 0x10c001000 4K" },
	  "extents 1 8G 4 0x10c001000 4K", EEXIST, "other flags" },
	{ "an extent of what is not served", A, { HOST, "guest 1" },
	  "extents 1 8G 0 0x10c001000 4K 0x10d000000 4K", EINVAL, "not inside" },
	{ "an empty extent", A, { HOST, "guest 1" },
	  "extents 1 8G 0 0x10c001000 4K 0x10c005000 0", EINVAL, "empty" },
	{ "an extent off a page", A, { HOST, "guest 1" },
	  "extents 1 8G 0 0x10c001800 4K", EINVAL, "not aligned" },
	{ "extents for a guest that does not exist", A, { HOST },
	  "extents 1 8G 0 0x10c001000 4K", ESRCH, "no such guest" },
	{ "extents for a PV guest", A, { HOST, "guest 1 pv" },
	  "extents 1 8G 0 0x10c001000 4K", EPERM, "not PVH" },
	{ "extents beyond the guest's addresses", A, { HOST, "guest 1" },
	  "extents 1 0xfffffff000 0 0x10c001000 8K", ERANGE, "address width" },
};

static void do_lines(const char *const *lines)
{
	for (; *lines; lines++)
		if (script_line(*lines, NULL))
			broken("%s: %s", *lines, script_reason);
}

static void test_refused(void **state)
{
	const struct row *r = *state;
	uint64_t before;

	script_begin(r->config);
	if (r->set_up)
		r->set_up();
	do_lines(r->lines);
	settle();
	before = digest();
	script_expect(r->refused, r->error, r->why);
	settle();
	/* In those two another domain has changed something meanwhile. */
	if (r->set_up != set_up_iomem_begun && r->set_up != set_up_map_begun)
		assert_true(digest() == before);
}

/* ---- what is not one line ---- */

static const char *const assigned[] = { SERVED, "guest 1", "assign 1 2 0x10c000000 16M 8G", NULL };
static const char *const dead[] = { "destroy 1", "release 1 2", "unserve 2", NULL };

static uint64_t m2p_frame(void) { return translate((unsigned long)m2p(0x10c000)); }

static void test_m2p_mapped(void **state)
{
	(void)state;
	script_begin(&config_plain);
	do_lines(assigned);
	assert_true(system_take(m2p_frame()));
	do_lines(dead);
	script_expect("unreserve", EBUSY, "maps a page of the M2P");
	assert_true(ref_drop(0));
	script_expect("unreserve", 0, "");
}

static void test_hot_added(void **state)
{
	(void)state;
	script_begin(&config_plain);
	do_lines((const char *const[]){ "reserve 1 4G 32M", "serve 2 0x150000000 16M", "guest 1",
		"assign 1 2 0x150000000 16M 8G", NULL });
	assert_true(hot_add());
	do_lines(dead);
	script_expect("unreserve", EBUSY, "hot-added");
	assert_true(max_page == 0x170000);
}

static void test_page_in_use(void **state)
{
	(void)state;
	script_begin(&config_plain);
	do_lines(assigned);
	assert_true(system_take(0x10d001));
	script_expect("serve 3 0x10d000000 16M", EBUSY, "in use");
	assert_true(ref_drop(0));
	script_expect("serve 3 0x10d000000 16M", 0, "");
}

static int one(struct xen_pmem_command c, const char *why)
{
	int rc = command(&c);

	if (!strstr(c.reason, why))
		broken("%s, not %s", c.reason, why);
	return -rc;
}

static void test_done(void **state)
{
	struct xen_pmem_command c = command_range(XEN_PMEM_OP_RELEASE, 2, (struct frames){ 0, 0 });

	(void)state;
	script_begin(&config_plain);
	do_lines(assigned);
	c.domain = 1;
	c.done = 1ul << 40;
	assert_int_equal(one(c, "done is beyond"), EINVAL);
	c.done = 0;
	guest_kill(1);
	assert_int_equal(one(c, "torn down"), EAGAIN);
	guest_reap(1);
	do_lines((const char *const[]){ "release 1 2", NULL });
	c = command_range(XEN_PMEM_OP_ERASE, 2, (struct frames){ 0, 0 });
	c.done = 1ul << 40;
	assert_int_equal(one(c, "done is beyond"), EINVAL);
}

static void test_who(void **state)
{
	struct frames f = { 0x10c000, 0x1000 };
	struct xen_pmem_command c = command_range(XEN_PMEM_OP_ASSIGN, 2, f);

	(void)state;
	script_begin(&config_plain);
	do_lines((const char *const[]){ SERVED, "guest 1", NULL });
	c.gpa = 8ul << 30;
	assert_int_equal(one(c, "dom0"), EPERM);
	c.domain = DOMID_XEN;
	assert_int_equal(one(c, "no such guest"), ESRCH);
	c.domain = 1;
	guest_kill(1);
	assert_int_equal(one(c, "dying"), EPERM);
}

/* 64 ranges, and 256 pairs of guest and range; then no more. */
static void test_limits(void **state)
{
	unsigned int i, g;
	char line[80];

	(void)state;
	script_begin(&config_plain);
	do_lines((const char *const[]){ "reserve 1 4G 32M", "guest 1", "guest 2", "guest 3",
		"guest 4", "guest 5", NULL });
	for (i = 0; i < XEN_PMEM_RANGES; i++) {
		snprintf(line, sizeof(line), "serve %u %#lx 32K", i + 2,
			 0x10c000000ul + i * 0x8000);
		script_expect(line, 0, "");
	}
	script_expect("serve 100 0x110000000 32K", ENOSPC, "64 ranges");
	for (i = 0; i < XEN_PMEM_HOLDINGS; i++) {
		g = i % 4;
		snprintf(line, sizeof(line), "assign %u %u %#lx 4K %#lx", g + 1, i / 4 + 2,
			 0x10c000000ul + i / 4 * 0x8000 + g * 0x1000, (8ul << 30) + i * 0x1000);
		script_expect(line, 0, "");
	}
	script_expect("assign 5 2 0x10c004000 4K 8G", ENOSPC, "256");
}

static void test_queries(void **state)
{
	char buf[2048] = "";
	FILE *f = fmemopen(buf, sizeof(buf), "w");

	(void)state;
	script_begin(&config_plain);
	do_lines(assigned);
	script_line("ranges", f);
	script_line("holdings", f);
	guest_unpause(1);
	script_line("holdings", f);
	guest_kill(1);
	script_line("holdings", f);
	guest_reap(1);
	script_line("holdings", f);
	script_line("pages 0x10c000000 8K", f);
	fclose(f);
	assert_string_equal(buf,
		"ranges\n  range 2: 0x10c000000 + 0x1000000, state 2, assigned 4096, "
		"metadata 0x400000; dom0 may map none of it\n"
		"holdings\n  guest 1, range 2: 0x10c000000 at 0x200000000, pages 4096, state 1\n"
		"holdings\n  guest 1, range 2: 0x10c000000 at 0x200000000, pages 4096, state 2\n"
		"holdings\n  guest 1, range 2: 0x10c000000 at 0x200000000, pages 4096, state 3\n"
		"holdings\n  guest 1, range 2: 0x10c000000 at 0x200000000, pages 4096, state 4\n"
		"pages 0x10c000000 8K\n  0x10c000000: 2 pages, count 0xc000000000000002, "
		"type 0xe400000000000001, owner 1, at 0x200000000\n");
	hypfs_read_leaf(&hypfs_leaf("status")->e, buf);
	assert_non_null(strstr(buf, "02020202-0202-0202-0202-020202020202 spa 0x10c000000, 16 MiB, "
			       "served: 0 pages free, 4096 with guests"));
}

static void test_malformed(void **state)
{
	const struct hypfs_funcs *funcs;
	struct hypfs_leaf *leaf;
	struct xen_pmem_command c = command_new(XEN_PMEM_OP_HELLO);

	(void)state;
	script_begin(&config_plain);
	leaf = hypfs_leaf("command");
	funcs = leaf->e.funcs;
	assert_int_equal(funcs->write(leaf, &c, sizeof(c) - 1), -EINVAL);
	c.abi++;
	assert_int_equal(one(c, "ABI"), EPROTO);
	assert_int_equal(one(command_new(XEN_PMEM_OPS), "unknown operation"), EOPNOTSUPP);
}

/* Unloading that Xen then gave up: nothing is accepted for ten seconds. */
static void test_gate(void **state)
{
	extern int (*const __start_hook_prerevert[])(struct payload *);

	(void)state;
	script_begin(&config_plain);
	assert_int_equal(__start_hook_prerevert[0](NULL), 0);
	assert_int_equal(one(command_new(XEN_PMEM_OP_HELLO), "being unloaded"), EBUSY);
	time_pass(11000000000ll);
	assert_int_equal(one(command_new(XEN_PMEM_OP_HELLO), ""), 0);
	do_lines(assigned);
	assert_int_equal(extension_unload(), -EBUSY);
	assert_non_null(strstr(machine.log, "in use"));
	assert_int_equal(hypfs_entries(), 2);
}

static void test_killed_unreserving(void **state)
{
	struct xen_pmem_command c = command_new(XEN_PMEM_OP_UNRESERVE);

	(void)state;
	script_begin(&config_plain);
	do_lines(assigned);
	do_lines(dead);
	assert_int_equal(command(&c), -EAGAIN);	/* and whoever asked is gone */
	script_expect("serve 2 0x10c000000 16M", ENXIO, "no reserved area");
	script_expect("reserve 1 4G 32M", 0, "");
	do_lines(assigned + 1);
}

/* The model fails where a page leaves the caches before all TLBs are flushed. */
static void test_uncached(void **state)
{
	(void)state;
	script_begin(&config_plain);
	do_lines((const char *const[]){ HOST, "hold 0x10c001000", "let 0x10c001000", "guest 1",
		"assign 1 2 0x10c000000 128K 8G 8", NULL });
	assert_int_equal(machine.lines_flushed, 32 * 64);
}

int main(void)
{
	suite_add_rows(test_refused, rows);
	suite_add("dom0 maps a page of the M2P on the NVDIMM", test_m2p_mapped);
	suite_add("memory hot-added into a GiB whose M2P is ours", test_hot_added);
	suite_add("a reference to an I/O page of the range", test_page_in_use);
	suite_add("done beyond the range; a guest being torn down", test_done);
	suite_add("dom0, a system domain, a dying guest", test_who);
	suite_add("64 ranges, 256 holdings", test_limits);
	suite_add("queries and status", test_queries);
	suite_add("malformed commands", test_malformed);
	suite_add("the gate while unloading", test_gate);
	suite_add("UNRESERVE given up half-way", test_killed_unreserving);
	suite_add("uncached, and dom0 mapped it just before", test_uncached);
	return suite_run("refusals");
}
