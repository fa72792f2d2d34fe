/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The build-id in files of Xen's, which are written here byte by byte:
 *
 *   ELF:  header | program header at 64 | notes at 128       PE:  MZ ... 60: 128 | PE at 128 |
 *                                                                 section at 392 | record at 512
 */
#include "suite.h"
#include "xenimage.h"

static uint8_t file[600];

static void put(size_t at, uint64_t value, size_t size)
{
	memcpy(file + at, &value, size);
}

static void note_put(size_t at, uint32_t type, const char *name, uint32_t len)
{
	put(at, 4, 4);
	put(at + 4, len, 4);
	put(at + 8, type, 4);
	memcpy(file + at + 12, name, 4);
	memset(file + at + 16, 0xa0 + (int)type, len);
}

/* A note of another kind comes first. */
static void elf_put(bool wide)
{
	memset(file, 0, sizeof(file));
	memcpy(file, "\177ELF", 4);
	put(4, wide ? 2 : 1, 1);
	put(wide ? 32 : 28, 64, wide ? 8 : 4);
	put(wide ? 54 : 42, wide ? 56 : 32, 2);
	put(wide ? 56 : 44, 1, 2);
	put(64, 4, 4);
	put(wide ? 72 : 68, 128, wide ? 8 : 4);
	put(wide ? 96 : 80, 64, wide ? 8 : 4);
	note_put(128, 1, "GNU", 5);
	note_put(152, 3, "GNU", 20);
}

static void pe_put(void)
{
	memset(file, 0, sizeof(file));
	memcpy(file, "MZ", 2);
	put(60, 128, 4);
	memcpy(file + 128, "PE\0", 4);
	put(132, 0x8664, 2);
	put(134, 1, 2);
	put(148, 240, 2);
	memcpy(file + 392, ".buildid", 8);
	put(408, 53, 4);
	put(412, 512, 4);
	memcpy(file + 540, "RSDS", 4);
	memset(file + 544, 0xc5, 16);
}

static void elf32(void) { elf_put(false); }
static void elf64(void) { elf_put(true); }
static void no_note(void) { elf_put(false); put(160, 1, 4); }
static void no_segment(void) { elf_put(false); put(64, 1, 4); }
static void foreign_note(void) { elf_put(false); file[164] = 'X'; }
static void long_id(void) { elf_put(false); put(156, 21, 4); }
static void notes_end(void) { elf_put(false); put(80, 24, 4); }
static void notes_far(void) { elf_put(false); put(68, 0xfffffff0, 4); }
static void huge_note(void) { elf_put(false); put(132, 0xffffffff, 4); }
static void odd_headers(void) { elf_put(false); put(42, 0, 2); put(44, 0xffff, 2); }
static void no_record(void) { pe_put(); file[540] = 'X'; }
static void other_section(void) { pe_put(); file[393] = 'B'; }
static void far_head(void) { pe_put(); put(60, 0xffffffff, 4); }
static void far_section(void) { pe_put(); put(412, 0xfffffff0, 4); }
static void record_late(void) { pe_put(); put(412, 541, 4); }
static void nothing(void) { memset(file, 0, sizeof(file)); }

static const struct row {
	const char *name;
	void (*make)(void);
	unsigned int len;		/* of the id; 0: it is not found */
	uint8_t byte;
} rows[] = {
	{ "an ELF of 32 bits", elf32, 20, 0xa3 },
	{ "an ELF of 64 bits", elf64, 20, 0xa3 },
	{ "xen.efi", pe_put, 16, 0xc5 },
	{ "an ELF without the note", no_note, 0, 0 },
	{ "an ELF without a segment of notes", no_segment, 0, 0 },
	{ "a note of another owner", foreign_note, 0, 0 },
	{ "a build-id of 21 bytes", long_id, 0, 0 },
	{ "a segment that ends before the note", notes_end, 0, 0 },
	{ "a segment beyond the file", notes_far, 0, 0 },
	{ "a note that is longer than the file", huge_note, 0, 0 },
	{ "an ELF whose headers have no size", odd_headers, 0, 0 },
	{ "a PE without a CodeView record", no_record, 0, 0 },
	{ "a PE without the section", other_section, 0, 0 },
	{ "a PE whose header is beyond the file", far_head, 0, 0 },
	{ "a PE whose section is beyond the file", far_section, 0, 0 },
	{ "a record before its section", record_late, 0, 0 },
	{ "neither", nothing, 0, 0 },
};

/* Cut off anywhere, it has the same id or none; ASan sees what is read beyond the end. */
static void image_read(void **state)
{
	const struct row *row = *state;
	struct xen_pmem_build_id id;
	uint8_t *cut;
	size_t len;

	row->make();
	assert_int_equal(xen_image_id(file, sizeof(file), &id), row->len != 0);
	for (len = 0; len <= sizeof(file); len++) {
		cut = malloc(len + !len);
		memcpy(cut, file, len);
		if (xen_image_id(cut, len, &id)) {
			assert_int_equal(id.len, row->len);
			assert_int_equal(id.bytes[0], row->byte);
			assert_int_equal(id.bytes[id.len - 1], row->byte);
		}
		free(cut);
	}
}

/* The text is put into a file of zeros, with these bytes around it. */
static const struct version_row {
	const char *name;
	const char *text, *second;
	const char *version;		/* NULL: it has none, or several */
} version_rows[] = {
	{ "a version", "4.20.4+63-g7abfd2bce2-0+deb13u1", "", "4.20.4+63-g7abfd2bce2-0+deb13u1" },
	{ "the same twice", "4.20.4-1", "4.20.4-1", "4.20.4-1" },
	{ "two of them", "4.20.4-1", "4.20.4-2", NULL },
	{ "the beginning alone", "4.20", "", NULL },
	{ "a text that begins so", "4.20.4 and more", "", NULL },
	{ "a text that ends so", "Xen 4.20.4-1", "", NULL },
	{ "another program's", "5.20.4-1", "3.2.1", NULL },
};

static void version_read(void **state)
{
	const struct version_row *row = *state;
	char version[XEN_VERSION_LEN];

	nothing();
	memcpy(file + 100, row->text, strlen(row->text));
	memcpy(file + 300, row->second, strlen(row->second));
	assert_int_equal(xen_image_version(file, sizeof(file), version), row->version != NULL);
	if (row->version)
		assert_string_equal(version, row->version);
	assert_false(xen_image_version(file + 100, strlen(row->text), version));
}

int main(void)
{
	suite_add_rows(image_read, rows);
	suite_add_rows(version_read, version_rows);
	return suite_run("xenimage");
}
