/* SPDX-License-Identifier: GPL-2.0-only */
/* Texts of layouts files: what is read of them, and where wrong ones are refused. */
#include "suite.h"
#include "layouts.h"

#include <stdio.h>

#define ID20	"576c0736b3e38388c5afe9aaccc43a18d514e88e"
#define ID16	"57aba648088f139d9679b1caea626f3a"
#define HEAD	"xen 4.20.4+63-g7abfd2bce2-0+deb13u1\nbuild-id " ID20 "\n"
#define ALL_BUT_LAST \
	"next_in_list 0x90\noptions 0x12c\nis_dying 0x130\ncreation_finished 0x1cc\n" \
	"iommu_ops 0x1a8\niommu_need_sync 0x1c1\niomem_caps 0x1e8\nrefcnt 0x20c\n" \
	"ioport_caps 0x290\np2m 0x490\nmax_vcpus 0x4\nvcpus 0x10\npaging_mode 0x408\n" \
	"vcpu_domain 0x18\nvcpu_next 0x20\nmonitor_table 0x588\np2m_domain 0x28\np2m_access 0x34\n"
#define STANZA	HEAD ALL_BUT_LAST "rangeset_domain 0x10\n"

static const struct row {
	const char *name, *text;
	unsigned int nr;		/* of stanzas before it ends or is wrong */
	const char *wrong;
	unsigned int line;
} rows[] = {
	{ "an empty text", "", 0, NULL, 0 },
	{ "remarks", "# one\n\n   # two", 0, NULL, 0 },
	{ "one build", STANZA, 1, NULL, 0 },
	{ "two builds, and a remark between", STANZA "\n# x\n" STANZA, 2, NULL, 0 },
	{ "tabs, and no end of line", "xen\t 4.17\nbuild-id\t" ID16 " \n" ALL_BUT_LAST
	  "rangeset_domain 0xff8", 1, NULL, 0 },
	{ "a field before a build", "refcnt 0x10\n", 0, "before the first line", 1 },
	{ "a version of another Xen", "xen 5.17.1\n", 0, "not a version", 1 },
	{ "a series of one digit", "xen 4.1.2\n", 0, "not a version", 1 },
	{ "a series of three digits", "xen 4.170\n", 0, "not a version", 1 },
	{ "a version with a percent sign", "xen 4.17%s\n", 0, "not a version", 1 },
	{ "a version of 64 bytes", "xen 4.17.0123456789012345678901234567890123456789012345678901"
	  "23456789\n", 0, "not a version", 1 },
	{ "a name alone", HEAD "refcnt\n", 0, "not a name and a value", 3 },
	{ "three words", HEAD "refcnt 0x1 0x2\n", 0, "not a name and a value", 3 },
	{ "a name alone after a build", STANZA "refcnt\n", 0, "not a name and a value", 22 },
	{ "an unknown field", HEAD "refcount 0x10\n", 0, "no such field", 3 },
	{ "the beginning of a field's name", HEAD "ref 0x10\n", 0, "no such field", 3 },
	{ "a longer name", HEAD "refcnts 0x10\n", 0, "no such field", 3 },
	{ "a field twice", HEAD "p2m 0x10\np2m 0x10\n", 0, "a field twice", 4 },
	{ "a decimal number", HEAD "refcnt 16\n", 0, "not an offset", 3 },
	{ "no digits", HEAD "refcnt 0x\n", 0, "not an offset", 3 },
	{ "another letter", HEAD "refcnt 0x1G\n", 0, "not an offset", 3 },
	{ "beyond a page", HEAD "refcnt 0xff9\n", 0, "not an offset", 3 },
	{ "a pointer over two of its places", HEAD "p2m 0x494\n", 0, "not an offset at which", 3 },
	{ "a number over two", HEAD "refcnt 0x20e\n", 0, "not an offset at which", 3 },
	{ "five digits", HEAD "refcnt 0x10010\n", 0, "not an offset", 3 },
	{ "without a build-id", "xen 4.17\n" ALL_BUT_LAST "rangeset_domain 0x0\n", 0,
	  "without its build-id", 20 },
	{ "a build-id of 19 bytes", "xen 4.17\nbuild-id " ID16 "aabbcc\n", 0, "not a build-id",
	  2 },
	{ "a build-id in capitals", "xen 4.17\nbuild-id A" ID16 "\n", 0, "not a build-id", 2 },
	{ "three build-ids", HEAD "build-id " ID16 "\nbuild-id " ID16 "\n", 0,
	  "a third build-id", 4 },
	{ "a field is missing", HEAD ALL_BUT_LAST, 0, "lacks a field", 20 },
	{ "a field is missing, of the first", HEAD ALL_BUT_LAST STANZA, 0, "lacks a field", 20 },
	{ "the second is cut off", STANZA HEAD, 1, "lacks a field", 23 },
};

static void text_read(void **state)
{
	const struct row *row = *state;
	const size_t len = strlen(row->text);
	char *text = malloc(len + !len);	/* what is read beyond its end, ASan sees */
	struct xen_pmem_layout layout;
	struct layouts l;
	unsigned int nr = 0;
	int rc;

	memcpy(text, row->text, len);
	layouts_open(&l, text, len);
	while ((rc = layouts_next(&l, &layout)) > 0)
		nr++;
	assert_int_equal(nr, row->nr);
	assert_int_equal(rc, row->wrong ? -1 : 0);
	if (row->wrong) {
		assert_non_null(strstr(l.wrong, row->wrong));
		assert_int_equal(l.line, row->line);
	}
	free(text);
}

/* The file that is installed. */
static void tested(void **state)
{
	static char text[1 << 16];
	FILE *f = fopen("hypervisor/layouts", "r");
	struct xen_pmem_layout layout;
	unsigned int nr[2] = { 0 };
	struct layouts l;
	int rc;

	(void)state;
	assert_non_null(f);
	layouts_open(&l, text, fread(text, 1, sizeof(text), f));
	fclose(f);
	while ((rc = layouts_next(&l, &layout)) > 0) {
		assert_int_equal(layout.id[0].len, 20);
		assert_int_equal(layout.id[1].len, 16);
		nr[layout_minor(&layout) == 20]++;
	}
	assert_int_equal(rc, 0);
	assert_int_equal(nr[0], 2);
	assert_int_equal(nr[1], 1);
}

static void found(void **state)
{
	static const uint8_t id20[] = {
		0x57, 0x6c, 0x07, 0x36, 0xb3, 0xe3, 0x83, 0x88, 0xc5, 0xaf,
		0xe9, 0xaa, 0xcc, 0xc4, 0x3a, 0x18, 0xd5, 0x14, 0xe8, 0x8e,
	};
	struct xen_pmem_layout layout;
	struct layouts l;

	(void)state;
	layouts_open(&l, STANZA, strlen(STANZA));
	assert_int_equal(layouts_next(&l, &layout), 1);
	assert_string_equal(layout.version, "4.20.4+63-g7abfd2bce2-0+deb13u1");
	assert_int_equal(layout_minor(&layout), 20);
	assert_true(layout_has_id(&layout, id20, 20));
	assert_false(layout_has_id(&layout, id20, 16));
	assert_false(layout_has_id(&layout, id20, 0));
	assert_int_equal(layout.next_in_list, 0x90);
	assert_int_equal(layout.refcnt, 0x20c);
	assert_int_equal(layout.ioport_caps, 0x290);
	assert_int_equal(layout.rangeset_domain, 0x10);
}

int main(void)
{
	suite_add("the layouts that are installed", tested);
	suite_add("a build by its id", found);
	suite_add_rows(text_read, rows);
	return suite_run("layouts");
}
