/* SPDX-License-Identifier: GPL-2.0-only */
/* Words that are nearly the right one, and the keys of a config that are. */
#include "suite.h"
#include "tool/ui/spelling.h"

static const struct near_row {
	const char *name;
	const char *word;
	bool near;
} near_rows[] = {
	{ "the word itself", "vnvdimms", false },
	{ "the last letter missing", "vnvdimm", true },
	{ "the first letter missing", "nvdimms", true },
	{ "both missing", "nvdimm", true },
	{ "two letters swapped", "vnvdmims", true },
	{ "a letter twice", "vnvdimmms", true },
	{ "a letter wrong", "vmvdimms", true },
	{ "three letters off", "nvdim", false },
	{ "a key of xl", "vnuma", false },
	{ "another", "vcpus", false },
	{ "no letter", "", false },
	{ "too long to look at", "vnvdimmsvnvdimmsvnvdimmsvnvdimms", false },
};

static void near(void **state)
{
	const struct near_row *row = *state;

	assert_int_equal(spelling_is_near(row->word, strlen(row->word), "vnvdimms"), row->near);
}

/* A config, and its keys that are nearly "vnvdimms", each followed by a space. */
static const struct keys_row {
	const char *name;
	const char *text;
	const char *keys;
} keys_rows[] = {
	{ "no key", "# vnvdimm = 1\n\n", "" },
	{ "the right key", "vnvdimms = [ 'a' ]\nvnvdimms += [ 'b' ]\n", "" },
	{ "on the first line", "vnvdimm = [ 'a' ]\n", "vnvdimm " },
	{ "after a blank, without a newline", "x = 1\n\tnvdimms=['a']", "nvdimms " },
	{ "added to, and twice", "vnvdimm += [ 'a' ]\nx = 1\nnvdimm=[]\n", "vnvdimm nvdimm " },
	{ "as a value", "x = 'vnvdimm'\ny = [\n\t'vnvdimm',\n]\n", "" },
	{ "without a value", "vnvdimm\nx = 1\n", "" },
};

static void keys(void **state)
{
	const struct keys_row *row = *state;
	const char *at = row->text;
	char found[64] = "";
	size_t len;

	for (; (at = spelling_find_key(at, "vnvdimms", &len)); at += len)
		snprintf(found + strlen(found), 32, "%.*s ", (int)len, at);
	assert_string_equal(found, row->keys);
}

int main(void)
{
	suite_add_rows(near, near_rows);
	suite_add_rows(keys, keys_rows);
	return suite_run("spelling");
}
