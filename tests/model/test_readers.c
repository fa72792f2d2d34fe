// SPDX-License-Identifier: GPL-2.0-only
/*
 * Machine checks that a guest has brought about by reading: it, the page's guest or another, is who
 * hears of it, and dom0 never does.
 */
#include "suite.h"

#include "model.h"
#include "script.h"

#define SPA	0x10c000000ul	/* of the first guest */
#define DOM0S	0x1c0000000ul	/* Xen serves nothing there */
#define RESERVED 0x100000000ul
#define AT	0x3040ul

static int error_report(uint64_t spa, unsigned int reader, uint64_t processor)
{
	struct mca m = {
		.status = MCI_STATUS_VAL | MCI_STATUS_UC | MCI_STATUS_ADDRV | MCI_STATUS_MISCV |
			  MCI_STATUS_AR,
		.address = spa,
		.misc = MCI_MISC_PHYSICAL | 6,
		.processor = processor,
		.reader = reader,
	};
	int result = machine_check(&m);

	check_all();
	return result;
}

static int error_read(uint64_t spa, unsigned int reader)
{
	return error_report(spa, reader, 4 | MCG_RIPV | MCG_EIPV);
}

static struct xen_pmem_command first_note(void)
{
	struct xen_pmem_command c = note_read(0);

	assert_int_not_equal(c.state, 0);
	return c;
}

static void begin(bool intel)
{
	static const char *const lines[] = {
		"reserve 1 4G 32M", "serve 2 0x10c000000 16M", "serve 3 0x140000000 1G",
		"guest 1", "assign 1 2 0x10c000000 2M 8G", "unpause 1",
		"guest 2", "assign 2 3 0x140000000 2M 8G", "unpause 2", NULL
	};
	struct config config = config_plain;

	config.intel = intel;
	config.nvdimm.count = 0x80000;
	script_begin(&config);
	for (unsigned int i = 0; lines[i]; i++)
		script_must(lines[i]);
}

/* By a grant that the first guest made before. */
static void test_other_guest(void **state)
{
	unsigned int owner, reader;

	(void)state;
	for (unsigned int intel = 0; intel < 2; intel++) {
		begin(intel);
		owner = back_domid(1);
		reader = back_domid(2);
		assert_int_equal(error_read(SPA + AT, reader), MCER_RECOVERED);
		assert_int_equal(heard[owner].times, 1);
		assert_int_equal(first_note().state, XEN_PMEM_MEDIA_GUEST_TOLD);
		assert_false(heard[reader].crashed);
		assert_int_equal(error_read(SPA + AT, reader), MCER_RECOVERED);
		assert_true(heard[reader].crashed);
		assert_false(heard[owner].crashed);
		assert_int_equal(first_note().state, XEN_PMEM_MEDIA_GUEST_TOLD);
		assert_int_equal(first_note().domain, owner);
		assert_int_equal(heard[0].times, 0);
	}
}

/* A free page, one of dom0's, one of the reserved area. */
static void test_reader_alone(void **state)
{
	static const uint64_t places[] = { SPA + 0x300000, DOM0S, RESERVED };
	unsigned int reader;

	(void)state;
	for (unsigned int i = 0; i < NR(places); i++) {
		begin(i & 1);
		reader = back_domid(2);
		assert_int_equal(error_read(places[i], reader), MCER_RECOVERED);
		assert_true(heard[reader].crashed);
		assert_false(heard[back_domid(1)].crashed);
		assert_int_equal(heard[0].times, 0);
	}
}

/* Its vCPUs read the page at once; or it has the page a second time, by a grant to itself. */
static void test_own_again(void **state)
{
	unsigned int owner;

	(void)state;
	for (unsigned int intel = 0; intel < 2; intel++) {
		begin(intel);
		owner = back_domid(1);
		for (unsigned int i = 1; i <= 64; i++) {
			error_read(SPA + AT, owner);
			assert_int_equal(first_note().count, i);
			assert_int_equal(first_note().state, XEN_PMEM_MEDIA_GUEST_TOLD);
			assert_int_equal(heard[owner].times, 1);
			assert_false(heard[owner].crashed);
		}
		error_read(SPA + AT, owner);
		assert_true(heard[owner].crashed);
		assert_int_equal(first_note().state, XEN_PMEM_MEDIA_GUEST_ENDED);
		assert_int_equal(heard[0].times, 0);
	}
}

/* Two threads of a core, before or after the one that has read it. */
static void test_siblings(void **state)
{
	unsigned int owner, other;

	(void)state;
	for (unsigned int after = 0; after < 2; after++) {
		begin(true);
		owner = back_domid(1);
		other = back_domid(2);
		if (after)
			error_read(SPA + AT, owner);
		assert_int_equal(error_report(SPA + AT, other, 4 | MCG_RIPV), MCER_RECOVERED);
		assert_int_equal(error_report(DOM0S, other, 4 | MCG_RIPV), MCER_RECOVERED);
		if (!after)
			error_read(SPA + AT, owner);
		assert_int_equal(heard[owner].times, 1);
		assert_int_equal(first_note().count, 1);
		assert_int_equal(first_note().state, XEN_PMEM_MEDIA_GUEST_TOLD);
		assert_int_equal(heard[0].times + heard[other].times, 0);
		assert_false(heard[owner].crashed || heard[other].crashed);
	}
}

int main(void)
{
	suite_add("another guest reads it by a grant", test_other_guest);
	suite_add("a guest reads what no guest has", test_reader_alone);
	suite_add("a guest that was told reads it again", test_own_again);
	suite_add("the other thread of an Intel core reports it too", test_siblings);
	return suite_run("readers");
}
