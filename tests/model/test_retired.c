/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Chunks of the reserved area of which a block cannot be read: none is handed out, before or after
 * it was in use, and what is in one that is in use is not read. While a command runs, its metadata
 * are where nobody can touch them: who does ends the test.
 */
#include "suite.h"

#include <sys/mman.h>

#include "chunk.h"
#include "model.h"
#include "script.h"
#include "tables.h"

#define RESERVED	0x100000000ul	/* 16 chunks */
#define CHUNKS_ALL	16u
#define A		0x120000000ul	/* range 3: two groups of a GiB; */
#define A2		0x130000000ul
#define B		0x140000000ul	/* range 4: one, of the next GiB */
#define CHUNK_SIZE	0x200000ul

static void begin(void)
{
	struct config config = config_plain;

	config.intel = true;
	config.nvdimm.count = 0x80000;
	script_begin(&config);
	script_must("reserve 1 0x100000000 32M");
}

static void ranges_serve(void)
{
	script_must("serve 3 0x120000000 512M");
	script_must("serve 4 0x140000000 256M");
}

/* ---- what is retired ---- */

static int retire(uint64_t spa, uint64_t length)
{
	struct xen_pmem_command c = command_new(XEN_PMEM_OP_RETIRE);
	int rc;

	c.spa = spa;
	c.length = length;
	rc = command(&c);
	check_all();
	return rc ? rc : (int)c.count;
}

/* The memory controller has found it. */
static void error_found(uint64_t spa)
{
	struct mca m = {
		.status = MCI_STATUS_VAL | MCI_STATUS_UC | MCI_STATUS_ADDRV | MCI_STATUS_MISCV,
		.address = spa, .misc = MCI_MISC_PHYSICAL | 6, .processor = 5,
	};

	assert_int_equal(machine_check(&m), MCER_RECOVERED);
	check_all();
}

/* What HELLO and /pmem/status say must be so many chunks: retired, in use, room. */
static void counts_check(uint32_t retired, uint64_t used, uint64_t room)
{
	struct xen_pmem_command c = command_new(XEN_PMEM_OP_HELLO);
	char line[64], all[64] = "";
	const char *status;

	assert_int_equal(command(&c), 0);
	assert_int_equal(c.index, retired);
	assert_int_equal(c.bytes_used, used * CHUNK_SIZE);
	assert_int_equal(c.bytes_total, room * CHUNK_SIZE);
	if (retired)
		snprintf(all, sizeof(all), ", %u KiB retired", retired << 11);
	snprintf(line, sizeof(line), "metadata %lu of %lu KiB%s\n", used << 11, room << 11, all);
	status = hypfs_leaf("status")->content;
	assert_non_null(strstr(status, line));
}

static struct xen_pmem_command retired_read(uint32_t index)
{
	struct xen_pmem_command c = command_new(XEN_PMEM_OP_QUERY_RETIRED);

	c.index = index;
	if (command(&c))
		c.state = 0;
	return c;
}

static void retired_check(uint32_t index, uint64_t spa, enum xen_pmem_chunk_state state,
			  uint64_t about, uint64_t length)
{
	struct xen_pmem_command c = retired_read(index);

	assert_int_equal(c.state, state);
	assert_int_equal(c.spa, spa);
	assert_int_equal(c.length, CHUNK_SIZE);
	assert_int_equal(c.gpa, about);
	assert_int_equal(c.bytes_total, length);
}

/* Where the page_infos of this address' group are. */
static uint64_t infos_at(uint64_t spa)
{
	assert_true(group_present(spa >> 12));
	return chunk_mfn(group_of(spa >> 12)->chunk) << 12;
}

/* ---- metadata that nobody may touch ---- */

static void *infos_of(uint64_t spa) { return info(spa >> 12 & ~(GROUP_FRAMES - 1)); }

static void infos_access(uint64_t spa, int prot)
{
	assert_int_equal(mprotect(infos_of(spa), CHUNK_SIZE, prot), 0);
}

/* The line must end like this without a look at the page_infos of that group. */
static void line_unseen(uint64_t spa, const char *line, int error, const char *why)
{
	int rc;

	infos_access(spa, PROT_NONE);
	rc = script_line(line, NULL);
	infos_access(spa, PROT_READ | PROT_WRITE);
	if (rc != -error || !strstr(script_reason, why))
		broken("%s: %d, %s", line, rc, script_reason);
	check_all();
}

#define UNREADABLE "tables of these pages cannot be read"

/* ---- before any use ---- */

/* All chunks but four: one for the area's own group, one for the range's, one for each GiB. */
static void test_reserve(void **state)
{
	(void)state;
	begin();
	assert_int_equal(retire(RESERVED + 0x1000, 0x1000), 1);
	assert_int_equal(retire(RESERVED, 3 * CHUNK_SIZE), 2);
	assert_int_equal(retire(RESERVED, 3 * CHUNK_SIZE), 0);
	assert_int_equal(retire(RESERVED + 7 * CHUNK_SIZE - 0x1000, 0x2000), 2);
	assert_int_equal(retire(RESERVED + 15 * CHUNK_SIZE, CHUNK_SIZE), 1);
	counts_check(6, 0, 10);
	ranges_serve();
	script_must("guest 1");
	script_must("assign 1 3 0x120000000 512M 8G");
	script_must("assign 1 4 0x140000000 256M 12G");
	/* The area's own group, three of ranges, two GiBs. */
	counts_check(6, 6, 10);
	for (uint32_t i = 0; i < 6; i++)
		assert_int_equal(retired_read(i).state, XEN_PMEM_CHUNK_IDLE);
	retired_check(3, RESERVED + 6 * CHUNK_SIZE, XEN_PMEM_CHUNK_IDLE, 0, 0);
	assert_int_equal(retired_read(6).state, 0);
	script_must("destroy 1");
	script_must("release 1 3");
	script_must("release 1 4");
	script_must("unserve 3");
	script_must("unserve 4");
	script_must("unreserve");
	assert_int_equal(retired_read(0).state, 0);
	script_must("reserve 1 0x100000000 32M");
	counts_check(0, 0, 16);
}

static void test_wrong(void **state)
{
	(void)state;
	begin();
	assert_int_equal(retire(RESERVED - 0x1000, 0x2000), -EINVAL);
	assert_int_equal(retire(RESERVED + 16 * CHUNK_SIZE, 0x1000), -EINVAL);
	assert_int_equal(retire(A, 0x1000), -EINVAL);
	counts_check(0, 0, 16);
	script_must("unreserve");
	assert_int_equal(retire(RESERVED, 0x1000), -ENXIO);
}

/* ---- too few ---- */

static void test_few(void **state)
{
	(void)state;
	begin();
	/* At worst: three groups with the area's own, and its GiB. */
	assert_int_equal(retire(RESERVED, 13 * CHUNK_SIZE), 13);
	script_expect("serve 3 0x120000000 512M", ENOSPC, "too small");
	script_must("unreserve");
	script_must("reserve 1 0x100000000 32M");
	assert_int_equal(retire(RESERVED, 12 * CHUNK_SIZE), 12);
	script_must("serve 3 0x120000000 512M");
	script_must("guest 1");
	script_must("assign 1 3 0x120000000 2M 8G");
	counts_check(12, 3, 4);
	error_found(RESERVED + 12 * CHUNK_SIZE + 0x40);
	counts_check(13, 3, 4);
	for (uint32_t i = 13; i < CHUNKS_ALL; i++)
		error_found(RESERVED + i * CHUNK_SIZE);
	script_expect("assign 1 3 0x130000000 2M 9G", EIO, UNREADABLE);
	script_must("destroy 1");
}

static void test_full(void **state)
{
	(void)state;
	begin();
	script_must("serve 3 0x120000000 512M");
	script_must("guest 1");
	script_must("assign 1 3 0x120000000 2M 8G");
	for (uint32_t i = 0; i < CHUNKS_ALL; i++)
		if (!chunk_is_taken(i))
			error_found(RESERVED + i * CHUNK_SIZE + 0x123000);
	counts_check(13, 3, 3);
	script_expect("assign 1 3 0x130000000 2M 9G", ENOSPC, "the reserved area is full");
	script_must("destroy 1");
	script_must("release 1 3");
}

/* ---- found in an idle chunk ---- */

static void test_idle(void **state)
{
	(void)state;
	begin();
	ranges_serve();
	error_found(RESERVED + 0x5040);
	error_found(RESERVED + 15 * CHUNK_SIZE + 0x1ff000);
	error_found(RESERVED + 15 * CHUNK_SIZE);
	counts_check(2, 0, 14);
	assert_non_null(strstr(machine.log, "noted, its chunk is retired"));
	script_must("guest 1");
	script_must("assign 1 3 0x120000000 512M 8G");
	counts_check(2, 4, 14);
	retired_check(0, RESERVED, XEN_PMEM_CHUNK_IDLE, 0, 0);
	retired_check(1, RESERVED + 15 * CHUNK_SIZE, XEN_PMEM_CHUNK_IDLE, 0, 0);
}

/* The list of pages that could not be read has room for 128: the chunk is retired all the same. */
static void test_many(void **state)
{
	(void)state;
	begin();
	for (uint64_t i = 0; i < 130; i++)
		error_found(RESERVED + (i << 12));
	error_found(RESERVED + 9 * CHUNK_SIZE);
	counts_check(2, 0, 14);
}

/* What Xen found is forgotten with the extension; dom0 says it again, if it knows. */
static void test_again(void **state)
{
	(void)state;
	begin();
	error_found(RESERVED + 0x5040);
	script_must("unreserve");
	settle();
	assert_int_equal(extension_unload(), 0);
	extension_fresh();
	assert_int_equal(extension_load(false), 0);
	script_must("reserve 1 0x100000000 32M");
	counts_check(0, 0, 16);
	assert_int_equal(retire(RESERVED + 0x5000, 0x1000), 1);
	counts_check(1, 0, 15);
}

/* ---- in use ---- */

/* No group has metadata but for pages of guests, or of host ranges. */
static void test_vacuous(void **state)
{
	(void)state;
	begin();
	ranges_serve();
	counts_check(0, 0, 16);
	script_must("guest 1");
	script_must("assign 1 3 0x120000000 512M 8G");
	counts_check(0, 4, 16);
	script_must("destroy 1");
	script_must("release 1 3");
	settle();
	counts_check(0, 0, 16);
}

static void test_infos(void **state)
{
	uint64_t at;

	(void)state;
	begin();
	ranges_serve();
	script_must("guest 1");
	script_must("assign 1 3 0x120000000 384M 8G");
	script_must("guest 2");
	script_must("assign 2 4 0x140000000 2M 8G");
	at = infos_at(A2);
	error_found(at + 0x3040);
	counts_check(1, 6, 16);
	retired_check(0, at, XEN_PMEM_CHUNK_PAGES, A2, XEN_PMEM_GROUP_SIZE);
	script_must("guest 3");
	line_unseen(A2, "assign 3 3 0x138000000 2M 8G", EIO, UNREADABLE);
	script_must("unpause 1");
	line_unseen(A2, "release 1 3 16", EIO, UNREADABLE);
	assert_int_equal(p2m_look(back_domid(1), 0x200000).mfn, A >> 12);
	script_must("destroy 1");
	line_unseen(A2, "release 1 3", EIO, UNREADABLE);
	/* The other group has gone. */
	settle();
	counts_check(1, 5, 16);
	assert_int_equal(holding_find(back_domid(1), range_nth(0))->pages, GROUP_FRAMES / 2);
	line_unseen(A2, "release 1 3", EIO, UNREADABLE);
	line_unseen(A2, "unserve 3", EBUSY, "a guest has pages of the range");
	line_unseen(A2, "erase 3 0x130000000 2M", EIO, UNREADABLE);
	line_unseen(A2, "erase 3 0x120000000 2M", 0, "");
	line_unseen(A2, "assign 3 3 0x120000000 256M 8G", 0, "");
	/* Who has nothing there comes and goes. */
	script_must("destroy 2");
	line_unseen(A2, "release 2 4", 0, "");
	line_unseen(A2, "unserve 4", 0, "");
	script_must("destroy 3");
	line_unseen(A2, "release 3 3", 0, "");
	/* A page that itself cannot be read: its owner cannot be asked for. */
	infos_access(A2, PROT_NONE);
	machine_check(&(struct mca){
		.status = MCI_STATUS_VAL | MCI_STATUS_UC | MCI_STATUS_ADDRV | MCI_STATUS_MISCV,
		.address = A2 + 0x3040, .misc = MCI_MISC_PHYSICAL | 6, .processor = 5 });
	infos_access(A2, PROT_READ | PROT_WRITE);
}

/* The last page has gone, and the metadata are still there: they are not used again. */
static void test_unused(void **state)
{
	uint64_t at;

	(void)state;
	for (unsigned int closing = 0; closing < 2; closing++) {
		begin();
		ranges_serve();
		script_must("guest 1");
		script_must("assign 1 3 0x120000000 2M 8G");
		at = infos_at(A);
		if (!closing)
			error_found(at);
		script_must("destroy 1");
		if (closing) {
			script_must("release 1 3");
			assert_true(group_present(A >> 12));
			error_found(at);
			line_unseen(A, "erase 3 0x120000000 2M", 0, "");
			script_must("guest 2");
			line_unseen(A, "assign 2 3 0x120000000 2M 8G", 0, "");
			assert_int_not_equal(infos_at(A), at);
			retired_check(0, at, XEN_PMEM_CHUNK_IDLE, 0, 0);
		} else {
			line_unseen(A, "release 1 3", EIO, UNREADABLE);
		}
	}
}

/* A dead guest's pages come back by writing alone; the chunk is not handed out again. */
static void test_m2p(void **state)
{
	(void)state;
	begin();
	ranges_serve();
	script_must("guest 1");
	script_must("assign 1 4 0x140000000 2M 8G");
	for (uint32_t i = 0; i < CHUNKS_ALL; i++)
		if (chunk_is_taken(i) && chunk_holds_m2p(i) &&
		    translate((unsigned long)m2p(B >> 12)) == chunk_mfn(i))
			error_found(chunk_mfn(i) << 12);
	assert_int_equal(retired_read(0).state, XEN_PMEM_CHUNK_M2P);
	assert_int_equal(retired_read(0).gpa, B);
	assert_int_equal(retired_read(0).bytes_total, 1ul << 30);
	script_must("unpause 1");
	script_expect("release 1 4 16", EIO, UNREADABLE);
	script_must("guest 2");
	script_expect("assign 2 4 0x140200000 2M 8G", EIO, UNREADABLE);
	/* What the guest reads there cannot be taken from its map: the guest is ended. */
	error_found(B + 0x3040);
	assert_true(heard[back_domid(1)].crashed);
	script_must("destroy 1");
	script_must("release 1 4");
	script_must("assign 2 4 0x140200000 2M 8G");
	assert_int_equal(retired_read(0).state, XEN_PMEM_CHUNK_IDLE);
	assert_int_equal(retired_read(1).state, 0);
}

/* dom0's pages: whether dom0 maps one stands there. */
static void test_host(void **state)
{
	(void)state;
	begin();
	script_must("serve 3 0x120000000 512M 1");
	error_found(infos_at(A2));
	line_unseen(A2, "unserve 3", EIO, UNREADABLE);
	script_must("guest 1");
	line_unseen(A2, "assign 1 3 0x120000000 2M 8G", 0, "");
	line_unseen(A2, "assign 1 3 0x130000000 2M 9G", EIO, UNREADABLE);
	script_must("destroy 1");
	line_unseen(A2, "release 1 3", 0, "");
}

/* A range that shares a group with another one. */
static void test_shared(void **state)
{
	(void)state;
	begin();
	script_must("serve 3 0x120000000 16M");
	script_must("serve 4 0x121000000 16M");
	script_must("guest 1");
	script_must("assign 1 3 0x120000000 2M 8G");
	error_found(infos_at(A));
	line_unseen(A, "unserve 4", EIO, UNREADABLE);
	line_unseen(A, "serve 5 0x122000000 16M", EIO, UNREADABLE);
	assert_int_equal(ranges_count(), 2);
}

/* The area's own group: M2P stays where it is. */
static void test_own(void **state)
{
	(void)state;
	begin();
	ranges_serve();
	script_must("guest 1");
	script_must("assign 1 3 0x120000000 2M 8G");
	error_found(infos_at(RESERVED));
	script_must("assign 1 4 0x140000000 2M 12G");	/* its M2P is noted there */
	script_must("destroy 1");
	line_unseen(RESERVED, "release 1 3", 0, "");
	line_unseen(RESERVED, "release 1 4", 0, "");
	line_unseen(RESERVED, "unserve 3", 0, "");
	line_unseen(RESERVED, "unserve 4", 0, "");
	line_unseen(RESERVED, "unreserve", EIO, UNREADABLE);
}

int main(void)
{
	suite_add("retired before any use: none is handed out", test_reserve);
	suite_add("what is not in the reserved area", test_wrong);
	suite_add("too few are left for a range", test_few);
	suite_add("none is left", test_full);
	suite_add("found in idle chunks", test_idle);
	suite_add("more errors than the list has room for", test_many);
	suite_add("unload, and load again", test_again);
	suite_add("without pages of guests there are no metadata", test_vacuous);
	suite_add("page_infos in use", test_infos);
	suite_add("page_infos that no page uses any more", test_unused);
	suite_add("M2P in use", test_m2p);
	suite_add("page_infos of a host range", test_host);
	suite_add("page_infos that two ranges share", test_shared);
	suite_add("page_infos of the area itself", test_own);
	return suite_run("retired");
}
