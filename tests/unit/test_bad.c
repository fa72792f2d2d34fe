/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What status and the monitor say of memory that cannot be read: where it is, whose it is, what to
 * do; and what the monitor remembers of what it has said.
 */
#include <errno.h>

#include "suite.h"
#include "tool/host/bad.h"
#include "tool/host/holders.h"
#include "tool/monitor/known.h"
#include "tool/ui/json.h"
#include "tool/xen/domain.h"

/* The guests of this world have their number as the name. */
const char *domain_name(uint32_t domid, char name[DOMAIN_NAME_LEN])
{
	snprintf(name, DOMAIN_NAME_LEN, "guest%u", domid);
	return name;
}

const char *range_role_text(const struct inventory *inv, const uint8_t uuid[16])
{
	return inventory_is_labels(inv, uuid) ? "labels" : "namespace";
}

/*
 * Guest 9 has 0x98000 to 0x9c000 without its first and third page. The others have no note here, as
 * if what they have were lent to dom0.
 */
int xenpmem_guest_find_byte(xenpmem_handle *h, uint32_t domid, uint64_t spa, uint64_t *offset)
{
	(void)h;
	*offset = spa - 0x98000;
	return domid == 9 && *offset < 0x4000 ? 0 : -ENOENT;
}

/*
 *  0x10000       0x20000     0x30000    0x40000    0x50000       0x60000    0x70000
 *  | reserved    | xen-a     | files    | pool     | xen-dom0    | dom0's   |
 *    1             2           3          4          5             6
 *    labels at 0x18000
 */
static struct xenpmem_namespace list[] = {
	{ .device = "namespace0.0", .label = "xen-pmem", .role = XEN_PMEM_ROLE_RESERVED,
	  .range = { { 1 }, 0x10000, 0x10000 }, .bound = true },
	{ .device = "namespace0.1", .label = "xen-a", .role = XEN_PMEM_ROLE_GUEST,
	  .range = { { 2 }, 0x20000, 0x10000 }, .bound = true },
	{ .device = "namespace0.2", .label = "xen-files", .role = XEN_PMEM_ROLE_HOST,
	  .range = { { 3 }, 0x30000, 0x10000 } },
	{ .device = "namespace0.3", .label = "xen-pool", .role = XEN_PMEM_ROLE_GUEST,
	  .range = { { 4 }, 0x40000, 0x10000 }, .bound = true },
	{ .device = "namespace0.4", .label = "xen-dom0", .role = XEN_PMEM_ROLE_GUEST,
	  .range = { { 5 }, 0x50000, 0x10000 }, .bound = true },
	{ .device = "namespace0.5", .label = "data", .role = XEN_PMEM_ROLE_NONE,
	  .range = { { 6 }, 0x60000, 0x10000 } },
};

#define RANGE(id, start, len, how) \
	{ .range = { { id }, start, len }, .state = XEN_PMEM_RANGE_##how }

static void world_make(struct inventory *inv, bool area)
{
	*inv = (struct inventory){
		.list = list, .nr = NR(list),
		.ranges = { RANGE(2, 0x20000, 0x10000, SERVED), RANGE(3, 0x30000, 0x10000, HOST),
			    RANGE(4, 0x40000, 0x10000, SERVED), RANGE(1, 0x18000, 0x8000, SERVED),
			    RANGE(9, 0x90000, 0x10000, SERVED) },
		.nr_ranges = area ? 5 : 0,
		.holdings = { { .domid = 7, .uuid = { 2 }, .spa = 0x24000, .pages = 4 },
			      { .domid = 7, .uuid = { 1 }, .spa = 0x1a000, .pages = 2 },
			      { .domid = 8, .uuid = { 3 }, .spa = 0x30000, .pages = 16 },
			      { .domid = 8, .uuid = { 4 }, .spa = 0x40000, .pages = 16 },
			      { .domid = 9, .uuid = { 9 }, .spa = 0x99000, .pages = 2 } },
		.nr_holdings = area ? 5 : 0,
		.record.data = { .nr_backings = 1, .backings = { { .uuid = { 4 },
							.flags = XEN_PMEM_BACKING_RAM } } },
	};
	if (area)
		inv->info.reserved = (struct xenpmem_range){ { 1 }, 0x11000, 0x6000 };
}

#define CLEAR	"ndctl clear-errors "
#define FREE(n)	"xen-pmem disable --keep " n ", " CLEAR n ", xen-pmem enable " n
#define NOBODY	XEN_PMEM_MEDIA_NOBODY

/* errors 0: a block of dom0's list. */
static const struct text_row {
	const char *name;
	uint64_t spa;
	bool no_area;
	uint32_t domid;
	uint64_t errors;
	enum xen_pmem_media_outcome outcome;
	const char *text;	/* NULL: it is none of ours */
	int64_t vnvdimm_offset;	/* -1: not in the document */
} texts[] = {
	{ "free", 0x20040, false, NOBODY, 1, XEN_PMEM_MEDIA_NOTED, "namespace0.1 (xen-a), byte "
	  "0x40 (address 0x20040), free: 1 error, noted; " FREE("namespace0.1"), -1 },
	{ "a guest's", 0x25000, false, 7, 2, XEN_PMEM_MEDIA_GUEST_TOLD, "namespace0.1 (xen-a), "
	  "byte 0x5000 (address 0x25000), of guest guest7 (domain 7), byte 0x1000 of its vNVDIMM: "
	  "2 errors, the guest was told; when no guest has it: " FREE("namespace0.1"), 0x1000 },
	{ "the first byte after a guest's", 0x28000, false, NOBODY, 0, 0, "namespace0.1 (xen-a), "
	  "byte 0x8000 (address 0x28000), free: a bad block; " FREE("namespace0.1"), -1 },
	{ "of a guest that is gone", 0x20000, false, 5, 1, XEN_PMEM_MEDIA_GUEST_ENDED,
	  "namespace0.1 (xen-a), byte 0 (address 0x20000), of guest guest5 (domain 5): 1 error, "
	  "the guest was ended; when no guest has it: " FREE("namespace0.1"), -1 },
	{ "of a guest that came later", 0x24000, false, 5, 1, XEN_PMEM_MEDIA_NOTED, "namespace0.1 "
	  "(xen-a), byte 0x4000 (address 0x24000), of guest guest7 (domain 7), byte 0 of its "
	  "vNVDIMM: 1 error, noted; when no guest has it: " FREE("namespace0.1"), 0 },
	{ "dom0's file", 0x31000, false, NOBODY, 1, XEN_PMEM_MEDIA_DOM0_TOLD, "namespace0.2 "
	  "(xen-files), byte 0x1000 (address 0x31000), dom0's: 1 error, dom0 was told; restore the "
	  "file that has it, or " CLEAR "namespace0.2", -1 },
	{ "a guest's file: where in it is not known", 0x31000, false, 8, 1,
	  XEN_PMEM_MEDIA_GUEST_TOLD, "namespace0.2 (xen-files), byte 0x1000 (address 0x31000), of "
	  "guest guest8 (domain 8): 1 error, the guest was told; restore the file that has it, or "
	  CLEAR "namespace0.2", -1 },
	{ "guests' RAM", 0x41000, false, NOBODY, 0, 0, "namespace0.3 (xen-pool), byte 0x1000 "
	  "(address 0x41000), guests' RAM: a bad block; no other guest gets this slot; when the "
	  "pool is free: xen-pmem disable, " CLEAR "namespace0.3, xen-pmem enable --ram", -1 },
	{ "the reserved area", 0x12000, false, NOBODY, 0, 0, "namespace0.0 (xen-pmem), byte 0x2000 "
	  "(address 0x12000), the reserved area: a bad block; Xen puts no more tables into these "
	  "2M; xen-pmem status says whether some are there, and what to do then", -1 },
	{ "the reserved area's head", 0x10000, false, NOBODY, 0, 0, "namespace0.0 (xen-pmem), byte "
	  "0 (address 0x10000), the reserved area's record: a bad block; nothing is written over "
	  "it; " CLEAR "namespace0.0, while Xen does not use it", -1 },
	{ "one that Xen does not use", 0x12000, true, NOBODY, 0, 0, "namespace0.0 (xen-pmem), byte "
	  "0x2000 (address 0x12000), the reserved area, which Xen does not use: a bad block; "
	  CLEAR "namespace0.0", -1 },
	{ "a guest's labels", 0x1b010, false, NOBODY, 0, 0, "namespace0.0 (xen-pmem) labels, byte "
	  "0x3010 (address 0x1b010), of guest guest7 (domain 7), byte 0x1010 of its label area: "
	  "a bad block; no guest's labels can be kept there; " CLEAR "namespace0.0, while Xen "
	  "does not use it", 0x1010 },
	{ "free labels", 0x18000, false, NOBODY, 0, 0, "namespace0.0 (xen-pmem) labels, byte 0 "
	  "(address 0x18000), free: a bad block; no guest's labels can be kept there; " CLEAR
	  "namespace0.0, while Xen does not use it", -1 },
	{ "not enabled", 0x50000, false, NOBODY, 0, 0, "namespace0.4 (xen-dom0), byte 0 (address "
	  "0x50000), dom0's: a bad block; " CLEAR "namespace0.4", -1 },
	{ "a namespace that the host has lost", 0x90000, false, NOBODY, 1, XEN_PMEM_MEDIA_NOTED,
	  "09000000-0000-0000-0000-000000000000, byte 0 (address 0x90000), free: 1 error, noted; "
	  FREE("NAMESPACE"), -1 },
	{ "a page that a guest lacks", 0x98000, false, NOBODY, 0, 0,
	  "09000000-0000-0000-0000-000000000000, byte 0x8000 (address 0x98000), of guest guest9 "
	  "(domain 9), byte 0 of its vNVDIMM: a bad block; when no guest has it: "
	  FREE("NAMESPACE"), 0 },
	{ "a guest's, after pages that it lacks", 0x9b010, false, 9, 1, XEN_PMEM_MEDIA_GUEST_TOLD,
	  "09000000-0000-0000-0000-000000000000, byte 0xb010 (address 0x9b010), of guest guest9 "
	  "(domain 9), byte 0x3010 of its vNVDIMM: 1 error, the guest was told; when no guest has "
	  "it: " FREE("NAMESPACE"), 0x3010 },
	{ "the first byte after such a guest's", 0x9c000, false, NOBODY, 0, 0,
	  "09000000-0000-0000-0000-000000000000, byte 0xc000 (address 0x9c000), free: a bad block; "
	  FREE("NAMESPACE"), -1 },
	{ "a namespace that is not for Xen", 0x60000, false, NOBODY, 0, 0, NULL, -1 },
	{ "RAM", 0x1000, false, NOBODY, 0, 0, NULL, -1 },
};

static void text_is(void **state)
{
	const struct text_row *row = *state;
	const struct xenpmem_media_error error = { row->spa, row->domid, row->errors, 0,
						   row->outcome };
	struct bad_place place;
	struct inventory inv;
	char wanted[512];

	world_make(&inv, !row->no_area);
	assert_int_equal(bad_find(&inv, row->spa, row->errors ? &error : NULL, &place),
			 row->text != NULL);
	if (!row->text)
		return;
	snprintf(wanted, sizeof(wanted), "cannot be read: %s", row->text);
	assert_string_equal(bad_text(&inv, &place), wanted);
	assert_int_equal(place.has_vnvdimm_offset, row->vnvdimm_offset >= 0);
	if (row->vnvdimm_offset >= 0)
		assert_int_equal(place.vnvdimm_offset, row->vnvdimm_offset);
}

static void document(void **state)
{
	const struct xenpmem_media_error error = { 0x25000, 7, 2, 0, XEN_PMEM_MEDIA_GUEST_TOLD };
	struct bad_place place;
	struct inventory inv;
	json_object *item;

	(void)state;
	world_make(&inv, true);
	json_begin("status", "media_errors", false);
	assert_true(bad_find(&inv, 0x25000, &error, &place));
	item = bad_json(&inv, &place);
	assert_string_equal(json_object_to_json_string_ext(item, JSON_C_TO_STRING_PLAIN),
			    "{\"start\":151552,\"offset\":20480,\"uuid\":"
			    "\"02000000-0000-0000-0000-000000000000\",\"role\":\"namespace\","
			    "\"device\":\"namespace0.1\",\"domain\":7,\"vnvdimm_offset\":4096,"
			    "\"errors\":2,\"outcome\":\"the guest was told\"}");
	assert_true(bad_find(&inv, 0x12000, NULL, &place));
	item = bad_json(&inv, &place);
	assert_string_equal(json_object_get_string(json_object_object_get(item, "role")),
			    "reserved");
	assert_false(json_object_object_get_ex(item, "outcome", NULL));
	json_drop();
}

/* The longest line that there can be is not cut. */
static void longest(void **state)
{
	struct xenpmem_namespace *ns = &list[1];
	const struct xenpmem_namespace before = *ns;
	const struct xenpmem_media_error error = { 0x25000, 7, UINT32_MAX, 0,
						   XEN_PMEM_MEDIA_GUEST_ENDED };
	struct bad_place place;
	struct inventory inv;

	(void)state;
	memset(ns->label, 'x', sizeof(ns->label) - 1);
	snprintf(ns->device, sizeof(ns->device), "namespace255.255");
	world_make(&inv, true);
	assert_true(bad_find(&inv, 0x25000, &error, &place));
	assert_non_null(strstr(bad_text(&inv, &place),
			       "the guest was ended; when no guest has it: " FREE(
				       "namespace255.255")));
	*ns = before;
}

/* ---- sets of blocks ---- */

/* From 100 on, 10 to a letter: blocks of the set, the blocks that are looked at, what is new. */
static const struct cut_row {
	const char *name;
	struct blocks set[4], all, parts[4];
} cuts[] = {
	{ "an empty set", {}, { 100, 10 }, { { 100, 10 } } },
	{ "all of it", { { 90, 30 } }, { 100, 10 }, {} },
	{ "its start", { { 90, 12 } }, { 100, 10 }, { { 102, 8 } } },
	{ "its end", { { 108, 12 } }, { 100, 10 }, { { 100, 8 } } },
	{ "its middle", { { 104, 2 } }, { 100, 10 }, { { 100, 4 }, { 106, 4 } } },
	{ "both ends, in the other order", { { 108, 2 }, { 100, 2 } }, { 100, 10 },
	  { { 102, 6 } } },
	{ "two that overlap", { { 100, 4 }, { 102, 4 } }, { 100, 10 }, { { 106, 4 } } },
	{ "two that touch", { { 100, 5 }, { 105, 5 } }, { 100, 10 }, {} },
	{ "neighbours", { { 90, 10 }, { 110, 10 } }, { 100, 10 }, { { 100, 10 } } },
	{ "up to the last address", { { UINT64_MAX - 9, 4 } }, { UINT64_MAX - 9, 9 },
	  { { UINT64_MAX - 5, 5 } } },
};

static void cut(void **state)
{
	const struct cut_row *row = *state;
	struct blocks rest = row->all, part;
	struct blockset set = {};
	unsigned int i, nr = 0;

	for (i = 0; i < NR(row->set) && row->set[i].length; i++)
		blockset_add(&set, row->set[i]);
	while (blockset_cut_new(&set, &rest, &part)) {
		assert_in_range(nr, 0, NR(row->parts) - 1);
		assert_int_equal(part.spa, row->parts[nr].spa);
		assert_int_equal(part.length, row->parts[nr].length);
		nr++;
	}
	assert_true(nr == NR(row->parts) || !row->parts[nr].length);
	assert_int_equal(blockset_has(&set, row->all), nr == 0);
	blockset_free(&set);
}

static const struct list_row {
	const char *name, *text;
	struct blocks within, blocks[3];
} lists[] = {
	{ "none", "", { 0, UINT64_MAX }, {} },
	{ "one", "16 2\n", { 0x10000, 0x10000 }, { { 0x12000, 1024 } } },
	{ "others before and after it", "0 1\n16 2\n128 1\n", { 0x11000, 0x2000 },
	  { { 0x12000, 1024 } } },
	{ "one that begins before it and ends after it", "0 1024\n", { 0x11000, 0x2000 },
	  { { 0x11000, 0x2000 } } },
	{ "a last line that is cut off", "1 1\n2 1", { 0x10000, 0x10000 }, { { 0x10200, 512 } } },
	{ "nonsense", "bad\n", { 0x10000, 0x10000 }, {} },
	{ "two on a line", "1 1 2 1\n", { 0x10000, 0x10000 }, {} },
};

static void list_read(void **state)
{
	const struct list_row *row = *state;
	struct blockset set = {};
	unsigned int i;

	blockset_add_list(&set, row->text, 0x10000, row->within);
	for (i = 0; i < set.nr; i++) {
		assert_in_range(i, 0, NR(row->blocks) - 1);
		assert_int_equal(set.list[i].spa, row->blocks[i].spa);
		assert_int_equal(set.list[i].length, row->blocks[i].length);
	}
	assert_true(i == NR(row->blocks) || !row->blocks[i].length);
	blockset_free(&set);
}

static void at(void **state)
{
	(void)state;
	assert_int_equal(blocks_at(0x3000040).spa, 0x3000000);
	assert_int_equal(blocks_at(0x30003ff).spa, 0x3000200);
	assert_int_equal(blocks_at(0x30003ff).length, 512);
}

/* ---- what the monitor has said ---- */

static void known_kept(void **state)
{
	static const char text[] = "block 0x140005000 0x200\nblock 0x140007000 0x400\n"
				   "error 0x140005040 3\n";
	struct known known = {};
	char *again;

	(void)state;
	known_parse(&known, text);
	assert_true(blockset_has(&known.said, (struct blocks){ 0x140007200, 512 }));
	assert_true(known_was_told(&known, (struct told){ 0x140005040, 3 }));
	assert_false(known_was_told(&known, (struct told){ 0x140005040, 4 }));
	assert_false(known_was_told(&known, (struct told){ 0x140005080, 3 }));
	again = known_text(&known);
	assert_string_equal(again, text);
	free(again);
	known_free(&known);
}

/* A file that was cut off, of another program, or full of what does not fit. */
static void known_nonsense(void **state)
{
	struct known known = {};
	unsigned int i;

	(void)state;
	known_parse(&known, "block 0x1000\nhello\n\nerror\nblock 0x2000 0x200");
	assert_int_equal(known.said.nr, 0);
	assert_int_equal(known.nr_told, 0);
	for (i = 0; i < 2 * TOLD_MAX; i++)
		known_parse(&known, "error 0x1000 1\n");
	assert_int_equal(known.nr_told, TOLD_MAX);
	known_free(&known);
}

int main(void)
{
	suite_add_rows(text_is, texts);
	suite_add("document", document);
	suite_add("the longest line", longest);
	suite_add_rows(cut, cuts);
	suite_add_rows(list_read, lists);
	suite_add("blocks of a byte", at);
	suite_add("a file", known_kept);
	suite_add("a file of nonsense", known_nonsense);
	return suite_run("bad");
}
