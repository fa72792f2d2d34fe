/* SPDX-License-Identifier: GPL-2.0-only */
/* Where a config says what. Xen's own parser, linked here, is asked whether each text is a config, and how long its list is. */
#include "suite.h"
#include "tool/guest/config_lines.h"
#include "tool/ui/spelling.h"

#include <libxlutil.h>

/* A text, and the lines of the key "v" and of its items; 0 ends them. */
static const struct lines_row {
	const char *name;
	const char *text;
	unsigned int key;
	unsigned int items[6];
} rows[] = {
	{ "nothing", "", 0, { 0 } },
	{ "not there", "name = \"x\"\nvv = [ \"a\" ]\n", 0, { 0 } },
	{ "one item", "v = [ \"a\" ]\n", 1, { 1 } },
	{ "no newline at the end", "v=['a']", 1, { 1 } },
	{ "empty list", "\n\nv = [ ]\n", 3, { 0 } },
	{ "a string", "x=1\nv = \"a\"\n", 2, { 0 } },
	{ "a number", "v=7;x=1\n", 1, { 0 } },
	{ "behind a semicolon", "x=1; v=[\"a\"]; y=2\n", 1, { 1 } },
	{ "items on lines of their own", "x = 1\nv = [\n\t\"a\",\n\n\t\"b\",\n\"c\"\n]\ny = 2\n", 2, { 3, 5, 6 } },
	{ "a comma behind the last", "v = [ 'a',\n 'b',\n]\n", 1, { 1, 2 } },
	{ "comments", "# v = [ 'no' ]\nv = [ # 'no',\n'a', # [ \"\n# ]\n'b' ] # 'no'\n", 2, { 3, 5 } },
	{ "brackets and commas in strings", "v = [ '],[,', \"#]\"\n, 'a' ]\n", 1, { 1, 1, 2 } },
	{ "the other quote in a string", "v = [ '\"',\n\"'\",\n\"a\" ]\n", 1, { 1, 2, 3 } },
	{ "backslashes", "v = [ 'a\\'',\n \"\\\\\",\n 'b' ]\n", 1, { 1, 2, 3 } },
	{ "the last one counts", "v = [ 'a', 'b' ]\nv = [ 'c' ]\n", 2, { 2 } },
	{ "a string counts, the list before it not", "v = [ 'a', 'b' ]\nv = 'c'\n", 2, { 0 } },
	{ "added items", "v = [ 'a' ]\nx = 1\nv += [ 'b',\n'c' ]\n", 3, { 1, 3, 4 } },
	{ "added to nothing", "x=1\nv += [ 'b' ]\n", 2, { 2 } },
	{ "numbers", "v = [ 1,\n0x2, 3 ]\n", 1, { 1, 2, 2 } },
	{ "lists in a list", "v = [ [ 'a', 'b' ],\n[ 'c',\n'd' ], 'e' ]\n", 1, { 1, 2, 3 } },
	{ "the key as a value", "x = 'v'\ny = [ 'v', 'v' ]\nv = [ 'a' ]\n", 3, { 3 } },
	{ "keys that begin and end like it", "v2 = [ 'a' ]\nxv = [ 'a' ]\nv.v = [ 'a' ]\nv = [ 'a' ]\n", 4, { 4 } },
	{ "carriage by tabs", "\tv\t=\t[\t'a'\t]\n", 1, { 1 } },
};

static void found(void **state)
{
	const struct lines_row *row = *state;
	XLU_Config *xlu = xlu_cfg_init(stderr, row->name);
	XLU_ConfigList *list;
	struct lines lines;
	unsigned int i;
	int nr = 0;

	assert_int_equal(xlu_cfg_readdata(xlu, row->text, strlen(row->text)), 0);
	if (xlu_cfg_get_list(xlu, "v", &list, &nr, 1))
		nr = 0;
	xlu_cfg_destroy(xlu);
	lines_find(row->text, "v", &lines);
	assert_int_equal(lines.key, row->key);
	assert_int_equal(lines.nr, nr);
	for (i = 0; i < lines.nr; i++)
		assert_int_equal(lines.items[i], row->items[i]);
	assert_int_equal(row->items[i], 0);
}

/* More items than are noted are counted; a text that is no config does no harm. */
static void many(void **state)
{
	static char text[LINES_ITEMS_MAX * 8 + 64];
	struct lines lines;
	size_t at = (size_t)sprintf(text, "v = [");
	unsigned int i;

	(void)state;
	for (i = 0; i < LINES_ITEMS_MAX + 3; i++)
		at += (size_t)sprintf(text + at, "\n'a',");
	lines_find(text, "v", &lines);
	assert_int_equal(lines.nr, LINES_ITEMS_MAX + 3);
	assert_int_equal(lines.items[LINES_ITEMS_MAX - 1], LINES_ITEMS_MAX + 1);
	lines_find("v = [ 'a", "v", &lines);
	assert_int_equal(lines.key, 1);
	lines_find("v = \"\\", "v", &lines);
	assert_int_equal(lines.nr, 0);
}

/* All keys of a text, with their lines, as "KEY LINE " each. */
static const struct keys_row {
	const char *name;
	const char *text;
	const char *keys;
} keys_rows[] = {
	{ "no key", "# v = 1\n\n", "" },
	{ "keys, and not what they are set to", "a = 'b'\nc = [ 'd', 'e' ]; f = 1\n", "a 1 c 2 f 2 " },
	{ "behind a list over lines", "a = [ 'b',\n'c' ]\n\nd = 1\na += [ 'e' ]", "a 1 d 4 a 5 " },
};

static void key_note(const char *key, size_t len, unsigned int line, void *arg)
{
	char *to = arg;

	sprintf(to + strlen(to), "%.*s %u ", (int)len, key, line);
}

static void keys(void **state)
{
	const struct keys_row *row = *state;
	char noted[128] = "";

	lines_keys(row->text, key_note, noted);
	assert_string_equal(noted, row->keys);
}

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

int main(void)
{
	suite_add_rows(found, rows);
	suite_add_rows(keys, keys_rows);
	suite_add_rows(near, near_rows);
	suite_add("many", many);
	return suite_run("lines");
}
