/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The sections of a PE file, which is written here byte by byte:
 *
 *   MZ 60: 64 | 64: PE, 2 sections | 88: .buildid | 128: "/4" | 168: 20 bytes | 188: 4 bytes |
 *   192: string table, with .debug_info at 4
 */
#include "pe.h"
#include "suite.h"

static uint8_t file[208];

static void put(size_t at, uint64_t value, size_t size)
{
	memcpy(file + at, &value, size);
}

static void right(void)
{
	memset(file, 0, sizeof(file));
	memcpy(file, "MZ", 2);
	put(60, 64, 4);
	memcpy(file + 64, "PE\0", 4);
	put(68, 0x8664, 2);
	put(70, 2, 2);
	put(76, 192, 4);
	memcpy(file + 88, ".buildid", 8);
	put(96, 20, 4);
	put(104, 32, 4);
	put(108, 168, 4);
	memcpy(file + 128, "/4", 2);
	put(136, 4, 4);
	put(144, 4, 4);
	put(148, 188, 4);
	put(192, 16, 4);
	memcpy(file + 196, ".debug_info", 12);
}

static void machine(void) { right(); put(68, 0x14c, 2); }
static void signature(void) { right(); file[65] = 'X'; }
static void many(void) { right(); put(70, 0xffff, 2); }
static void optional(void) { right(); put(84, 0xffff, 2); }
static void far_section(void) { right(); put(148, 0xffffffff, 4); }
static void long_section(void) { right(); put(144, 21, 4); put(136, 21, 4); }
static void far_strings(void) { right(); put(76, 0xffffffff, 4); }
static void many_symbols(void) { right(); put(80, 0xffffffff, 4); }
static void long_strings(void) { right(); put(192, 17, 4); }

static const struct row {
	const char *name;
	void (*make)(void);
	const char *wrong;		/* how it begins; NULL: it is right */
} rows[] = {
	{ "a PE file", right, NULL },
	{ "of another machine", machine, "a PE file for another" },
	{ "without its signature", signature, "not a PE" },
	{ "with more sections than fit", many, "truncated" },
	{ "with a larger optional header", optional, "truncated" },
	{ "with a section beyond the end", far_section, "truncated" },
	{ "with a section that goes over the end", long_section, "truncated" },
	{ "with symbols beyond the end", far_strings, "truncated" },
	{ "with more symbols than fit", many_symbols, "truncated" },
	{ "with a string table over the end", long_strings, "truncated" },
};

/* Cut off anywhere, it is wrong; ASan sees what is read beyond the end. */
static void pe_read(void **state)
{
	const struct row *row = *state;
	const char *wrong;
	struct pe pe;
	uint8_t *cut;
	size_t len;

	row->make();
	wrong = pe_open(&pe, file, sizeof(file));
	assert_int_equal(!wrong, !row->wrong);
	if (wrong)
		assert_memory_equal(wrong, row->wrong, strlen(row->wrong));
	for (len = 0; len < sizeof(file); len++) {
		cut = malloc(len + !len);
		memcpy(cut, file, len);
		assert_non_null(pe_open(&pe, cut, len));
		free(cut);
	}
}

static const struct name_row {
	const char *name;
	const char *section;
	size_t at, len;			/* 0: there is no such section */
	const char *long_name;		/* instead of "/4" */
} name_rows[] = {
	{ "a short name", ".buildid", 168, 20, "/4" },
	{ "a long name", ".debug_info", 188, 4, "/4" },
	{ "the beginning of a short name", ".build", 0, 0, "/4" },
	{ "the beginning of a long name", ".debug", 0, 0, "/4" },
	{ "more than a short name", ".buildid2", 0, 0, "/4" },
	{ "more than a long name", ".debug_info2", 0, 0, "/4" },
	{ "the end of a long name", "_info", 188, 4, "/10" },
	{ "a place beyond the table", ".debug_info", 0, 0, "/999999" },
	{ "no place", ".debug_info", 0, 0, "/" },
	{ "a place that is no number", ".debug_info", 0, 0, "/4x" },
};

static void section_find(void **state)
{
	const struct name_row *row = *state;
	struct pe_section section;
	struct pe pe;

	right();
	memset(file + 128, 0, 8);
	memcpy(file + 128, row->long_name, strlen(row->long_name));
	assert_null(pe_open(&pe, file, sizeof(file)));
	assert_int_equal(pe_section_find(&pe, row->section, &section), row->len != 0);
	if (!row->len)
		return;
	assert_ptr_equal(section.bytes, file + row->at);
	assert_int_equal(section.len, row->len);
}

int main(void)
{
	suite_add_rows(pe_read, rows);
	suite_add_rows(section_find, name_rows);
	return suite_run("pe");
}
