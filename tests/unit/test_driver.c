/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which version of the driver's interface the library works with: only its own. The line that
 * refuses another version names both, and what to do.
 */
#include "suite.h"

#undef fail	/* cmocka's: the library has a function of that name */
#include "lib/driver_version.h"

/* What the driver shows: more than our number, between two texts; with a text alone, that. */
static const struct version_row {
	const char *name;
	unsigned int more;
	const char *before, *after, *alone;
	int rc;
} version_rows[] = {
	{ .name = "ours", .before = "", .after = "" },
	{ .name = "the next", .more = 1, .before = "", .after = "", .rc = -EPROTO },
	{ .name = "the one before", .more = -1, .before = "", .after = "", .rc = -EPROTO },
	{ .name = "ours as the first digit", .before = "", .after = "0", .rc = -EPROTO },
	{ .name = "ours as the last digit", .before = "1", .after = "", .rc = -EPROTO },
	{ .name = "ours and more", .before = "", .after = " or so", .rc = -EPROTO },
	{ .name = "a blank before it", .before = " ", .after = "", .rc = -EPROTO },
	{ .name = "an empty line", .alone = "", .rc = -EPROTO },
	{ .name = "a word", .alone = "unknown", .rc = -EPROTO },
	{ .name = "a long line", .alone = "0123456789012345678901234567890", .rc = -EPROTO },
};

static void test_version(void **state)
{
	const struct version_row *row = *state;
	char shown[32], ours[32], theirs[64];
	xenpmem_handle h = { .pins = -1 };

	if (row->alone)
		snprintf(shown, sizeof(shown), "%s", row->alone);
	else
		snprintf(shown, sizeof(shown), "%s%u%s", row->before,
			 XEN_PMEM_INTERFACE + row->more, row->after);
	assert_int_equal(driver_version_check(&h, shown), row->rc);
	if (!row->rc) {
		assert_string_equal(h.error.line, "");
		return;
	}
	snprintf(ours, sizeof(ours), "xen-pmem needs %u", XEN_PMEM_INTERFACE);
	snprintf(theirs, sizeof(theirs), "interface version %.16s,", shown);
	assert_non_null(strstr(h.error.line, ours));
	assert_non_null(strstr(h.error.line, theirs));
	assert_int_equal(xenpmem_remedy(&h), XENPMEM_REMEDY_RELOAD_DRIVER);
}

/* A driver from before there was a version. */
static void test_no_version(void **state)
{
	xenpmem_handle h = { .pins = -1 };

	(void)state;
	assert_int_equal(driver_version_check(&h, NULL), -EPROTO);
	assert_non_null(strstr(h.error.line, "too old"));
	assert_int_equal(xenpmem_remedy(&h), XENPMEM_REMEDY_RELOAD_DRIVER);
}

int main(void)
{
	suite_add_rows(test_version, version_rows);
	suite_add("no version", test_no_version);
	return suite_run("driver");
}
