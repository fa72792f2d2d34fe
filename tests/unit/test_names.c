/* SPDX-License-Identifier: GPL-2.0-only */
/* What --no-names of a report replaces in texts and in an NFIT, and what it leaves. */
#include "suite.h"
#include "tool/report/names.h"
#include "xen-pmem/nfit.h"

static struct names names;

static const struct known {
	enum name_kind kind;
	const char *name;
} knowns[] = {
	{ NAME_HOST, "node7" },
	{ NAME_GUEST, "web" }, { NAME_GUEST, "web-2" }, { NAME_GUEST, "17" },
	{ NAME_GUEST, "Domain-0" }, { NAME_GUEST, "a \"b\"" }, { NAME_GUEST, "web" },
	{ NAME_LABEL, "xen-pmem" }, { NAME_LABEL, "xen-web" }, { NAME_LABEL, "backup" },
	{ NAME_LABEL, "" }, { NAME_LABEL, "xen-caf\xe9" },
	{ NAME_PATH, "/guests/web" },
};

static void names_fill(void)
{
	size_t i;

	names = (struct names){ .nr = 0 };
	for (i = 0; i < NR(knowns); i++)
		names_add(&names, knowns[i].kind, knowns[i].name);
	assert_int_equal(names_add_serial(&names, 0xabc1), 1);
	assert_int_equal(names_add_serial(&names, 0xfedcba9876543210), 2);
	assert_int_equal(names_add_serial(&names, 0xabc1), 1);
	assert_int_equal(names_add_serial(&names, 0), 0);
}

static const struct text_row {
	const char *name;
	const char *text;
	const char *replaced;
} text_rows[] = {
	{ "no name", "Xen 4.17 on 64 CPUs\n", "Xen 4.17 on 64 CPUs\n" },
	{ "nothing", "", "" },
	{ "the host", "host : node7\n", "host : HOST1\n" },
	{ "with its domain", "<node7.lab-1.example.org>.", "<HOST1>." },
	{ "in a volume's name", "/dev/mapper/node7--vg-root", "/dev/mapper/HOST1--vg-root" },
	{ "a guest", "web web: xen-pmem-web.log", "GUEST1 GUEST1: xen-pmem-GUEST1.log" },
	{ "two guests, one with the other's name", "web-2, web", "GUEST2, GUEST1" },
	{ "a part of a word", "website my_web webs node77", "website my_web webs node77" },
	{ "a number as a name", "17 frames", "17 frames" },
	{ "dom0", "Domain-0", "Domain-0" },
	{ "a name in quotes", "guest a \"b\" runs", "guest GUEST3 runs" },
	{ "the same in JSON", "\"a \\\"b\\\"\"", "\"GUEST3\"" },
	{ "a label for Xen", "namespace0.1 xen-web", "namespace0.1 xen-LABEL1" },
	{ "the reserved area", "xen-pmem: 1G", "xen-pmem: 1G" },
	{ "another label", "\"name\":\"backup\"", "\"name\":\"LABEL2\"" },
	{ "one that is not UTF-8", "xen-caf\xe9 ", "xen-LABEL3 " },
	{ "the same in our JSON", "\"xen-caf\\\\xe9\"", "\"xen-LABEL3\"" },
	{ "a path", "pinned /guests/web: for", "pinned PATH1: for" },
	{ "a longer path", "/guests/web/1", "PATH1/1" },
	{ "an NVDIMM's serial number", "0x0000abc1 8089-a2-1830-0000abc1",
	  "SERIAL1 8089-a2-1830-SERIAL1" },
	{ "a set cookie, hexadecimal", "0xfedcba9876543210", "SERIAL2" },
	{ "and as ndctl has it", "\"iset_id\":-81985529216486896,", "\"iset_id\":SERIAL2," },
	{ "a part of a number", "0x0000abc12 10000abc1", "0x0000abc12 10000abc1" },
	{ "a USB device", "usb 1-1: SerialNumber: 4C530001\nusb 1-1: SerialNumber=3",
	  "usb 1-1: SerialNumber: SERIAL3\nusb 1-1: SerialNumber=3" },
	{ "UUIDs: one twice, in each way",
	  "4ad4b5ce-0b6f-4a9d-8d43-0c5f1e7a2b60 9ad4b5ce-0b6f-4a9d-8d43-0c5f1e7a2b60 "
	  "4AD4B5CE-0B6F-4A9D-8D43-0C5F1E7A2B60 4ad4b5ce0b6f4a9d8d430c5f1e7a2b60",
	  "UUID1 UUID2 UUID1 UUID1" },
	{ "a build id is no UUID", "151b373fd64b321593bf987fd923cd10dabadac4",
	  "151b373fd64b321593bf987fd923cd10dabadac4" },
	{ "a filesystem's and a partition's", "root=UUID=12AB-34CD x=PARTUUID=8d1f-02 quiet",
	  "root=UUID=UUID1 x=PARTUUID=UUID2 quiet" },
	{ "a network card", "eth0 00:16:3e:AA:bb:01, 00:16:3e:aa:bb:01, 12:30:45",
	  "eth0 MAC1, MAC1, 12:30:45" },
	{ "a PCI address", "0000:3b:00.0", "0000:3b:00.0" },
	{ "at the end", "of web", "of GUEST1" },
};

static void text(void **state)
{
	const struct text_row *row = *state;
	char *replaced;
	size_t size;

	names_fill();
	replaced = names_replace(&names, row->text, strlen(row->text), &size);
	assert_string_equal(replaced, row->replaced);
	assert_int_equal(size, strlen(row->replaced));
	free(replaced);
	names_free(&names);
}

static uint8_t sum(const uint8_t *table, size_t size)
{
	uint8_t all = 0;

	while (size)
		all += table[--size];
	return all;
}

/*
 * Two NVDIMMs, the first of which is not known, and a structure of another type in between:
 *
 *   header 40 | control 32: 1234abcd | mapping 48 | control 32: 0000abc1
 */
static void nfit_make(uint8_t table[152])
{
	memset(table, 0, 152);
	table[40] = table[120] = NFIT_CONTROL_REGION;
	table[42] = table[122] = sizeof(struct nfit_control_region);
	memcpy(table + 64, "\x12\x34\xab\xcd", 4);
	table[72] = NFIT_REGION_MAPPING;
	table[74] = sizeof(struct nfit_region_mapping);
	memset(table + 76, 0xee, 44);
	memcpy(table + 144, "\x00\x00\xab\xc1", 4);
}

static void nfit(void **state)
{
	uint8_t before[152], after[152];
	size_t i;

	(void)state;
	names_fill();
	nfit_make(before);
	memcpy(after, before, sizeof(after));
	names_replace_nfit(&names, after, sizeof(after));
	assert_memory_equal(after + 64, "\0\0\0\3", 4);
	assert_memory_equal(after + 144, "\0\0\0\1", 4);
	assert_int_equal(sum(before, sizeof(before)), sum(after, sizeof(after)));
	for (i = 0; i < sizeof(after); i++)
		if (i != 9 && (i < 64 || i >= 68) && i < 144)
			assert_int_equal(after[i], before[i]);
	names_free(&names);
}

/* Nothing is read or written beyond the end. */
static void nfit_cut(void **state)
{
	uint8_t whole[152];
	uint8_t *table;
	size_t size;

	(void)state;
	names_fill();
	nfit_make(whole);
	for (size = 0; size < sizeof(whole); size++) {
		table = malloc(size ? size : 1);
		memcpy(table, whole, size);
		names_replace_nfit(&names, table, size);
		free(table);
	}
	whole[42] = 3;
	names_replace_nfit(&names, whole, sizeof(whole));
	assert_memory_equal(whole + 64, "\x12\x34\xab\xcd", 4);
	names_free(&names);
}

int main(void)
{
	suite_add_rows(text, text_rows);
	suite_add("the serial numbers of an NFIT are replaced, and its sum stays", nfit);
	suite_add("an NFIT that is cut, or has a length that cannot be", nfit_cut);
	return suite_run("names");
}
