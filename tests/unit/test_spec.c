/* SPDX-License-Identifier: GPL-2.0-only */
/* What a config or attach says of one vNVDIMM: every key, good and bad. */
#include "suite.h"
#include "tool/host/spec.h"
#include "xen-pmem/xenpmem.h"

#define ANY XENPMEM_ANYWHERE
#define NO XENPMEM_NO_NODE
#define G ((uint64_t)1 << 30)
#define M ((uint64_t)1 << 20)
#define V(name, gpa, size, offset, node, label, ro) \
	{ name, gpa, size, offset, node, label, BAD_DEFAULT, ro, false, false }

/* A text, and what it says; or what is wrong with it. */
static const struct entry_row {
	const char *text;
	const char *why;	/* NULL: it is good */
	struct vnvdimm_spec entry;
} rows[] = {
	{ "backend=xen-a", NULL, V("xen-a", ANY, 0, 0, NO, LABEL_DEFAULT, false) },
	{ "xen-a", NULL, V("xen-a", ANY, 0, 0, NO, LABEL_DEFAULT, false) },
	{ "/dev/namespace0.1", NULL, V("/dev/namespace0.1", ANY, 0, 0, NO, LABEL_DEFAULT, false) },
	{ "xen-a,ro", NULL, V("xen-a", ANY, 0, 0, NO, LABEL_DEFAULT, true) },
	{ "ro,xen-a", NULL, V("xen-a", ANY, 0, 0, NO, LABEL_DEFAULT, true) },
	{ "backend=ro", NULL, V("ro", ANY, 0, 0, NO, LABEL_DEFAULT, false) },
	{ "backend=a=b", NULL, V("a=b", ANY, 0, 0, NO, LABEL_DEFAULT, false) },
	{ "backend=xen-a,node=1", NULL, V("xen-a", ANY, 0, 0, 1, LABEL_DEFAULT, false) },
	{ "backend=xen-a,node=0", NULL, V("xen-a", ANY, 0, 0, 0, LABEL_DEFAULT, false) },
	{ "backend=xen-a,node=4294967294", NULL,
	  V("xen-a", ANY, 0, 0, 4294967294u, LABEL_DEFAULT, false) },
	{ "backend=xen-a,gpa=8G", NULL, V("xen-a", 8 * G, 0, 0, NO, LABEL_DEFAULT, false) },
	{ "backend=xen-a,gpa=0x200000000", NULL,
	  V("xen-a", 8 * G, 0, 0, NO, LABEL_DEFAULT, false) },
	{ "gpa=0,backend=xen-a", NULL, V("xen-a", 0, 0, 0, NO, LABEL_DEFAULT, false) },
	{ "xen-a,label=on", NULL, V("xen-a", ANY, 0, 0, NO, LABEL_ON, false) },
	{ "xen-a,label=off", NULL, V("xen-a", ANY, 0, 0, NO, LABEL_OFF, false) },
	{ "xen-a,size=4K", NULL, V("xen-a", ANY, 4096, 0, NO, LABEL_DEFAULT, false) },
	{ "xen-a,size=128MiB,offset=256M", NULL,
	  V("xen-a", ANY, 128 * M, 256 * M, NO, LABEL_DEFAULT, false) },
	{ "xen-a,offset=0", NULL, V("xen-a", ANY, 0, 0, NO, LABEL_DEFAULT, false) },
	{ "xen-a,offset=4096,label=off", NULL, V("xen-a", ANY, 0, 4096, NO, LABEL_OFF, false) },
	{ " backend=xen-a ,\tro , gpa=8G ", NULL,
	  V("xen-a", 8 * G, 0, 0, NO, LABEL_DEFAULT, true) },
	{ "backend=xen-a,ro,node=3,gpa=64G,label=off,size=1G,offset=2G", NULL,
	  V("xen-a", 64 * G, G, 2 * G, 3, LABEL_OFF, true) },
	{ "xen-a,badblocks=list", NULL,
	  { .name = "xen-a", .gpa = ANY, .node = NO, .badblocks = BAD_LIST } },
	{ "badblocks=refuse,xen-a", NULL,
	  { .name = "xen-a", .gpa = ANY, .node = NO, .badblocks = BAD_REFUSE } },
	{ "xen-a,badblocks=keep", "badblocks: must be list or refuse, not \"keep\"",
	  { .name = "" } },
	{ "xen-a,badblocks", "badblocks: needs a value", { .name = "" } },
	{ "", "vNVDIMM: an option is empty: a comma too many", { .name = "" } },
	{ ",", "vNVDIMM: an option is empty: a comma too many", { .name = "" } },
	{ "xen-a,", "vNVDIMM: an option is empty: a comma too many", { .name = "" } },
	{ "xen-a,,ro", "vNVDIMM: an option is empty: a comma too many", { .name = "" } },
	{ "ro", "backend: is missing", { .name = "" } },
	{ "gpa=8G", "backend: is missing", { .name = "" } },
	{ "backend=", "backend: needs a value", { .name = "" } },
	{ "backend", "backend: needs a value", { .name = "" } },
	{ "backend=xen-a,xen-b", "backend: given twice", { .name = "" } },
	{ "xen-a,backend=xen-a", "backend: given twice", { .name = "" } },
	{ "xen-a,ro,ro", "ro: given twice", { .name = "" } },
	{ "xen-a,ro=1", "ro: takes no value", { .name = "" } },
	{ "xen-a,ro=", "ro: takes no value", { .name = "" } },
	{ "xen-a,gpa=8G,gpa=8G", "gpa: given twice", { .name = "" } },
	{ "xen-a,node=1,node=2", "node: given twice", { .name = "" } },
	{ "xen-a,label=on,label=on", "label: given twice", { .name = "" } },
	{ "xen-a,size=4K,size=8K", "size: given twice", { .name = "" } },
	{ "xen-a,offset=4K,offset=8K", "offset: given twice", { .name = "" } },
	{ "xen-a,what=1",
	  "what: no such key (the keys are backend, ro, node, gpa, label, size, offset, "
	  "badblocks)",
	  { .name = "" } },
	{ "xen-a,=1",
	  "\"\": no such key (the keys are backend, ro, node, gpa, label, size, offset, "
	  "badblocks)",
	  { .name = "" } },
	{ "xen-a,RO", "backend: given twice", { .name = "" } },
	{ "xen-a,gpa", "gpa: needs a value", { .name = "" } },
	{ "xen-a,gpa=", "gpa: needs a value", { .name = "" } },
	{ "xen-a,gpa=up", "gpa: \"up\" is not an address", { .name = "" } },
	{ "xen-a,gpa=-4096", "gpa: \"-4096\" is not an address", { .name = "" } },
	{ "xen-a,gpa=8Q", "gpa: \"8Q\" is not an address", { .name = "" } },
	{ "xen-a,gpa=17179869185G", "gpa: \"17179869185G\" is not an address", { .name = "" } },
	{ "xen-a,gpa=4097", "gpa: 0x1001 is not a multiple of 4096; the nearest one is 0x1000",
	  { .name = "" } },
	{ "xen-a,gpa=0x200000800",
	  "gpa: 0x200000800 is not a multiple of 4096; the nearest one is 0x200001000",
	  { .name = "" } },
	{ "xen-a,gpa=0x2000007ff",
	  "gpa: 0x2000007ff is not a multiple of 4096; the nearest one is 0x200000000",
	  { .name = "" } },
	{ "xen-a,gpa=0xffffffffffffffff",
	  "gpa: 0xffffffffffffffff is not a multiple of 4096; the nearest one is "
	  "0xfffffffffffff000", { .name = "" } },
	{ "xen-a,size=0", "size: must not be 0", { .name = "" } },
	{ "xen-a,size=much", "size: \"much\" is not a size (as 512M or 64G)", { .name = "" } },
	{ "xen-a,size=1000", "size: 1000 is not a multiple of 4096; the nearest one is 4096 (4K)",
	  { .name = "" } },
	{ "xen-a,offset=134217729",
	  "offset: 134217729 is not a multiple of 4096; the nearest one is 134217728 (128M)",
	  { .name = "" } },
	{ "xen-a,offset=down", "offset: \"down\" is not a size (as 512M or 64G)", { .name = "" } },
	{ "xen-a,node=one", "node: \"one\" is not a number", { .name = "" } },
	{ "xen-a,node=-1", "node: \"-1\" is not a number", { .name = "" } },
	{ "xen-a,node=1x", "node: \"1x\" is not a number", { .name = "" } },
	{ "xen-a,node=4294967295", "node: 4294967295 is out of range: 0 to 4294967294 are possible",
	  { .name = "" } },
	{ "xen-a,node=99999999999999999999",
	  "node: 99999999999999999999 is out of range: 0 to 4294967294 are possible",
	  { .name = "" } },
	{ "xen-a,label=yes", "label: must be on or off, not \"yes\"", { .name = "" } },
	{ "xen-a,label=on,size=4K",
	  "label: on needs the whole namespace, and size asks for a part of it", { .name = "" } },
	{ "xen-a,offset=0,label=on",
	  "label: on needs the whole namespace, and offset asks for a part of it", { .name = "" } },
};

/* What pmem_ram says of RAM. */
static const struct ram_row {
	const char *text;
	const char *why;	/* NULL: it is good */
	const char *name;
	uint64_t size;
	bool own_node;
} ram_rows[] = {
	{ "size=1G", NULL, "", G, true },
	{ "size=500G,node=own", NULL, "", 500 * G, true },
	{ "backend=xen-ram,size=2048M,node=0", NULL, "xen-ram", 2 * G, false },
	{ "xen-ram, size=1T", NULL, "xen-ram", 1024 * G, true },
	{ "", "RAM: an option is empty: a comma too many", "", 0, false },
	{ "xen-ram", "size: is missing (as size=64G)", "", 0, false },
	{ "size=0", "size: must not be 0", "", 0, false },
	{ "size=512M", "size: 512M is not a multiple of 1G; the nearest one is 1G", "", 0, false },
	{ "size=2600M", "size: 2600M is not a multiple of 1G; the nearest one is 3G", "", 0,
	  false },
	{ "size=1024", "size: 1K is not a multiple of 1G; the nearest one is 1G", "", 0, false },
	{ "size=many", "size: \"many\" is not a size (as 1G or 64G)", "", 0, false },
	{ "1G", "size: is missing (as size=64G)", "", 0, false },
	{ "size=1G,size=1G", "size: given twice", "", 0, false },
	{ "size=1G,node=1", "node: must be own or 0, not \"1\"", "", 0, false },
	{ "size=1G,gpa=8G", "gpa: no such key (the keys are size, backend, node)", "", 0, false },
	{ "size=1G,label=on", "label: no such key (the keys are size, backend, node)", "", 0,
	  false },
	{ "size=1G,ro=1", "ro: no such key (the keys are size, backend, node)", "", 0, false },
};

static void ram_parsed(void **state)
{
	const struct ram_row *row = *state;
	struct vnvdimm_spec entry;
	char why[SPEC_WHY_MAX] = "good";

	assert_int_equal(spec_parse_ram(row->text, &entry, why, sizeof(why)), !row->why);
	assert_string_equal(why, row->why ? row->why : "good");
	if (row->why)
		return;
	assert_string_equal(entry.name, row->name);
	assert_int_equal(entry.size, row->size);
	assert_int_equal(entry.own_node, row->own_node);
	assert_true(entry.ram);
}

static void parsed(void **state)
{
	const struct entry_row *row = *state;
	struct vnvdimm_spec entry;
	char why[SPEC_WHY_MAX] = "good";

	assert_int_equal(spec_parse(row->text, &entry, why, sizeof(why)), !row->why);
	assert_string_equal(why, row->why ? row->why : "good");
	if (row->why)
		return;
	assert_string_equal(entry.name, row->entry.name);
	assert_int_equal(entry.gpa, row->entry.gpa);
	assert_int_equal(entry.size, row->entry.size);
	assert_int_equal(entry.offset, row->entry.offset);
	assert_int_equal(entry.node, row->entry.node);
	assert_int_equal(entry.label, row->entry.label);
	assert_int_equal(entry.ro, row->entry.ro);
	assert_false(entry.ram);
}

static void long_refused(void **state)
{
	char text[600], why[SPEC_WHY_MAX];
	struct vnvdimm_spec entry;

	(void)state;
	memset(text, 'a', sizeof(text));
	text[599] = '\0';
	assert_false(spec_parse(text, &entry, why, sizeof(why)));
	assert_string_equal(why, "vNVDIMM: too long");
	text[256] = '\0';
	assert_false(spec_parse(text, &entry, why, sizeof(why)));
	assert_string_equal(why, "backend: its name is too long");
	text[255] = '\0';
	assert_true(spec_parse(text, &entry, why, sizeof(why)));
	assert_int_equal(strlen(entry.name), 255);
}

int main(void)
{
	suite_add_rows(parsed, rows);
	suite_add_rows(ram_parsed, ram_rows);
	suite_add("long texts", long_refused);
	return suite_run("entry");
}
