/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * dom0's note of a guest's vNVDIMMs: what is printed is read back, and a text that is not a note is
 * refused.
 */
#include "suite.h"

#undef fail	/* cmocka's: the library has a function of that name */
#include "lib/guest_note.h"

/* The library's own one is in a file that opens Xen. */
int fail(xenpmem_handle *h, int rc, const char *format, ...)
{
	(void)h;
	(void)format;
	return rc;
}

static struct note note_of(unsigned int nr)
{
	struct note note = {
		.scrub_gpa = 0xffffffff000, .window_gpa = 0x380000000,
		.window_length = UINT64_MAX - 0x380000000,
		.caps = { 3, 31 }, .nr = nr,
	};
	unsigned int i, j;

	for (i = 0; i < nr; i++) {
		note.v[i] = (struct vnvdimm){
			.gpa = 0xffff000000000000 + i * 0x1000000000, .length = 0xffffff000,
			.node = i ? i : VNVDIMM_NO_NODE, .flags = i & 1,
		};
		for (j = 0; j < 16; j++)
			note.v[i].uuid[j] = (uint8_t)(i * 16 + j);
		if (i & 2) {
			note.v[i].part_offset = 0xfffffffff000 & ~0xfffull;
			note.v[i].part_length = note.v[i].length;
		}
	}
	return note;
}

static void comes_back(void **state)
{
	struct note note, back;
	char text[NOTE_MAX];
	unsigned int nr;

	(void)state;
	for (nr = 1; nr <= VNVDIMMS_MAX; nr++) {
		note = note_of(nr);
		note_print(&note, text);
		assert_in_range(strlen(text), 1, NOTE_MAX - 2);
		assert_true(note_parse(text, &back));
		assert_memory_equal(back.v, note.v, sizeof(note.v));
		assert_int_equal(back.nr, nr);
		assert_int_equal(back.scrub_gpa, note.scrub_gpa);
		assert_int_equal(back.window_gpa, note.window_gpa);
		assert_int_equal(back.window_length, note.window_length);
		assert_int_equal(back.caps.bits, 3);
		assert_int_equal(back.caps.highest_valid, 31);
	}
}

/* It has its labels in the guest, but no other is made of what is noted. */
static void without_labels(void **state)
{
	struct note note = note_of(1), back;
	char text[NOTE_MAX];

	(void)state;
	note.v[0].label_gpa = 0x1000;
	note_print(&note, text);
	assert_true(note_parse(text, &back));
	assert_int_equal(back.v[0].label_gpa, 0);
}

/* Of a guest that was started before there were scrub pages. */
static void first_version(void **state)
{
	struct note back;

	(void)state;
	assert_true(note_parse("1 380000000 1000 3 1f 1\n"
			       "100000000 2000 00000000-0000-0000-0000-000000000001 0 0 0 0\n",
			       &back));
	assert_int_equal(back.scrub_gpa, 0);
	assert_int_equal(back.window_gpa, 0x380000000);
	assert_int_equal(back.caps.highest_valid, 31);
	assert_int_equal(back.v[0].length, 0x2000);
}

/* Any text that was cut short, or that goes on, is none. */
static void cut(void **state)
{
	struct note note = note_of(3), back;
	char text[NOTE_MAX], part[NOTE_MAX];
	size_t len, i;

	(void)state;
	note_print(&note, text);
	len = strlen(text);
	for (i = 0; i + 2 < len; i++) {	/* the last digit is a flag */
		memcpy(part, text, i);
		part[i] = '\0';
		assert_false(note_parse(part, &back));
	}
	strcpy(text + len, "x");
	assert_false(note_parse(text, &back));
}

static const struct wrong_row {
	const char *name, *text;
} wrong_rows[] = {
	{ "nothing", "" },
	{ "another version",
	  "3 0 380000000 1000 3 1 1\n"
	  "100000000 1000 00000000-0000-0000-0000-000000000001 0 0 0 0\n" },
	{ "none", "1 380000000 1000 3 1 0\n" },
	{ "seventeen", "1 380000000 1000 3 1 17\n" },
	{ "a window that wraps",
	  "1 ffffffffffff0000 20000 3 1 1\n"
	  "100000000 1000 00000000-0000-0000-0000-000000000001 0 0 0 0\n" },
	{ "no UUID",
	  "1 380000000 1000 3 1 1\n100000000 1000 00000000-0000-0000-0000-0000000000xx 0 0 0 0\n" },
	{ "a long UUID",
	  "1 380000000 1000 3 1 1\n"
	  "100000000 1000 00000000-0000-0000-0000-0000000000010 0 0 0 0\n" },
	{ "an empty vNVDIMM",
	  "1 380000000 1000 3 1 1\n100000000 0 00000000-0000-0000-0000-000000000001 0 0 0 0\n" },
	{ "an unknown flag",
	  "1 380000000 1000 3 1 1\n100000000 1000 00000000-0000-0000-0000-000000000001 0 0 0 2\n" },
};

static void wrong(void **state)
{
	const struct wrong_row *row = *state;
	struct note note;

	assert_false(note_parse(row->text, &note));
}

int main(void)
{
	suite_add("comes back", comes_back);
	suite_add("without labels", without_labels);
	suite_add("of the first version", first_version);
	suite_add("cut short", cut);
	suite_add_rows(wrong, wrong_rows);
	return suite_run("note");
}
