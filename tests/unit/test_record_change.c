/* SPDX-License-Identifier: GPL-2.0-only */
/* Making a record for a namespace of any size, and putting backings in and out. */
#include "suite.h"
#include "record.h"

#define MB ((uint64_t)1 << 20)
#define SLOT ((uint64_t)XEN_PMEM_LABEL_SIZE)

static const uint8_t area[16] = { 9, 9, 9 };

/*
 *   0        2 MiB                              labels_offset     size
 *   | head   | tables                           | label area |  rest |
 * Sizes in bytes; the tables always start at 2 MiB.
 */
static const struct init_row {
	const char *name;
	uint64_t size, labels;
	enum record_reason reason;
	uint64_t tables, labels_offset;
} init_rows[] = {
	{ "64 MiB", 64 * MB, 0, RECORD_OK, 62 * MB, 0 },
	{ "a page of tables", 2 * MB + 4096, 0, RECORD_OK, 4096, 0 },
	{ "a page and a half", 2 * MB + 6144, 0, RECORD_OK, 4096, 0 },
	{ "nothing but a head", 2 * MB, 0, RECORD_TOO_SMALL, 0, 0 },
	{ "half a page of tables", 2 * MB + 2048, 0, RECORD_TOO_SMALL, 0, 0 },
	{ "less than a head", MB, 0, RECORD_TOO_SMALL, 0, 0 },
	{ "no bytes", 0, 0, RECORD_TOO_SMALL, 0, 0 },
	{ "all bytes", UINT64_MAX, 0, RECORD_OK, UINT64_MAX - 2 * MB - 4095, 0 },
	{ "sixteen slots", 64 * MB, 16 * SLOT, RECORD_OK, 60 * MB, 62 * MB },
	{ "a slot, size not of slots", 64 * MB + 4096, SLOT, RECORD_OK, 62 * MB - SLOT,
	  64 * MB - SLOT },
	{ "half a slot", 64 * MB, SLOT / 2, RECORD_BAD_LABELS, 0, 0 },
	{ "slots up to the head", 64 * MB, 62 * MB, RECORD_TOO_SMALL, 0, 0 },
	{ "slots into the head", 64 * MB, 63 * MB, RECORD_TOO_SMALL, 0, 0 },
	{ "slots for more than all", 64 * MB, 65 * MB, RECORD_TOO_SMALL, 0, 0 },
	{ "slots that would wrap", 64 * MB, UINT64_MAX - SLOT + 1, RECORD_TOO_SMALL, 0, 0 },
};

static void initialised(void **state)
{
	const struct init_row *row = *state;
	uint8_t copy[XEN_PMEM_RECORD_SIZE];
	struct record_verdict verdict;
	struct xen_pmem_record r, again;

	assert_int_equal(record_init(&r, area, row->size, row->labels), row->reason);
	if (row->reason)
		return;
	assert_int_equal(r.tables_offset, 2 * MB);
	assert_int_equal(r.tables_length, row->tables);
	assert_int_equal(r.labels_offset, row->labels_offset);
	assert_int_equal(r.labels_length, row->labels);
	assert_int_equal(r.generation, 1);
	assert_int_equal(record_encode(&r, copy), RECORD_OK);
	assert_int_equal(record_decode(copy, sizeof(copy), area, row->size, &again, &verdict),
			 RECORD_OK);
}

/*
 * Backings with one letter for a UUID: what is there before, the change, and what is there after
 * it. An upper-case letter adds, '-' and a letter removes.
 */
static const struct change_row {
	const char *name;
	const char *before, *change, *after;
	enum record_reason reason;
} change_rows[] = {
	{ "add the first", "", "A", "A", RECORD_OK },
	{ "add the second", "A", "B", "AB", RECORD_OK },
	{ "add one that is there", "AB", "A", "AB", RECORD_DUPLICATE },
	{ "remove the only one", "A", "-A", "", RECORD_OK },
	{ "remove the first", "ABC", "-A", "BC", RECORD_OK },
	{ "remove the middle", "ABC", "-B", "AC", RECORD_OK },
	{ "remove the last", "ABC", "-C", "AB", RECORD_OK },
	{ "remove one that is not there", "AB", "-C", "AB", RECORD_NOT_FOUND },
	{ "remove from none", "", "-A", "", RECORD_NOT_FOUND },
};

static struct xen_pmem_backing lettered(char letter)
{
	return (struct xen_pmem_backing){ .uuid = { (uint8_t)letter }, .length = 4096,
					  .cookie = (uint8_t)letter };
}

static enum record_reason change(struct xen_pmem_record *r, const char *what)
{
	struct xen_pmem_backing b = lettered(what[what[0] == '-']);

	return what[0] == '-' ? record_remove(r, b.uuid) : record_add(r, &b);
}

static void changed(void **state)
{
	const struct change_row *row = *state;
	uint8_t copy[XEN_PMEM_RECORD_SIZE];
	struct xen_pmem_record r;
	uint32_t i;

	assert_int_equal(record_init(&r, area, 64 * MB, 0), RECORD_OK);
	for (i = 0; row->before[i]; i++)
		assert_int_equal(change(&r, (char[]){ row->before[i], 0 }), RECORD_OK);
	assert_int_equal(change(&r, row->change), row->reason);
	assert_int_equal(r.nr_backings, strlen(row->after));
	for (i = 0; i < r.nr_backings; i++)
		assert_int_equal(r.backings[i].cookie, row->after[i]);
	assert_int_equal(record_encode(&r, copy), RECORD_OK);
}

static void filled(void **state)
{
	uint8_t copy[XEN_PMEM_RECORD_SIZE];
	struct xen_pmem_backing b;
	struct xen_pmem_record r;
	int i;

	(void)state;
	assert_int_equal(record_init(&r, area, 64 * MB, 0), RECORD_OK);
	for (i = 0; i < 62; i++) {
		b = lettered((char)('0' + i));
		assert_int_equal(record_add(&r, &b), RECORD_OK);
	}
	assert_int_equal(record_encode(&r, copy), RECORD_OK);
	b = lettered('z');
	assert_int_equal(record_add(&r, &b), RECORD_FULL);
	b = lettered('0');
	assert_int_equal(record_add(&r, &b), RECORD_DUPLICATE);
	assert_int_equal(record_remove(&r, b.uuid), RECORD_OK);
	assert_null(record_find(&r, b.uuid));
	b = lettered('1' + 60);
	assert_ptr_equal(record_find(&r, b.uuid), &r.backings[60]);
	b = lettered('z');
	assert_int_equal(record_add(&r, &b), RECORD_OK);
	assert_int_equal(record_encode(&r, copy), RECORD_OK);
}

/*
 * A backing that record_add must refuse; every field that is not named is good. There are two label
 * slots, of which 'A' has the first.
 */
static const struct bad_row {
	const char *name;
	struct xen_pmem_backing b;
	enum record_reason reason;
} bad_rows[] = {
	{ "good", { .uuid = { 1 }, .length = 4096, .label_slot = 2 }, RECORD_OK },
	{ "UUID of zeros", { .length = 4096 }, RECORD_BAD_BACKING },
	{ "the area itself", { .uuid = { 9, 9, 9 }, .length = 4096 }, RECORD_BAD_BACKING },
	{ "no length", { .uuid = { 1 } }, RECORD_BAD_BACKING },
	{ "length of a byte too many", { .uuid = { 1 }, .length = 4097 }, RECORD_BAD_BACKING },
	{ "flag", { .uuid = { 1 }, .length = 4096, .flags = 2 }, RECORD_BAD_FLAGS },
	{ "host", { .uuid = { 1 }, .length = 4096, .flags = 4 }, RECORD_OK },
	{ "host with a slot", { .uuid = { 1 }, .length = 4096, .flags = 4, .label_slot = 2 },
	  RECORD_BAD_FLAGS },
	{ "host with a guest", { .uuid = { 1 }, .length = 4096, .flags = 4, .guest = { 1 } },
	  RECORD_BAD_FLAGS },
	{ "pool", { .uuid = { 1 }, .length = 4096, .flags = 8 }, RECORD_BAD_FLAGS },
	{ "padding", { .uuid = { 1 }, .length = 4096, .erased = 4096 }, RECORD_BAD_PADDING },
	{ "slot taken", { .uuid = { 1 }, .length = 4096, .label_slot = 1 }, RECORD_BAD_SLOT },
	{ "slot beyond the last", { .uuid = { 1 }, .length = 4096, .label_slot = 3 },
	  RECORD_BAD_SLOT },
};

static void add_checked(void **state)
{
	const struct bad_row *row = *state;
	struct xen_pmem_backing a = lettered('A');
	struct xen_pmem_record r;

	assert_int_equal(record_init(&r, area, 64 * MB, 2 * SLOT), RECORD_OK);
	a.label_slot = 1;
	assert_int_equal(record_add(&r, &a), RECORD_OK);
	assert_int_equal(record_add(&r, &row->b), row->reason);
	assert_int_equal(r.nr_backings, row->reason ? 1 : 2);
}

/*
 * Slots of three, 1 to 3, that backings A, B, C have (0: none), and which is the next one free.
 */
static const struct slot_row {
	const char *name;
	uint32_t slots[3];
	uint32_t slot;
} slot_rows[] = {
	{ "no slot taken", { 0, 0, 0 }, 1 },
	{ "first slot taken", { 1, 0, 0 }, 2 },
	{ "first slot free again", { 2, 0, 3 }, 1 },
	{ "middle slot free", { 3, 1, 0 }, 2 },
	{ "last slot free", { 2, 0, 1 }, 3 },
	{ "all slots taken", { 3, 1, 2 }, 0 },
};

static void slot_found(void **state)
{
	const struct slot_row *row = *state;
	struct xen_pmem_backing b;
	struct xen_pmem_record r;
	int i;

	assert_int_equal(record_init(&r, area, 64 * MB, 3 * SLOT), RECORD_OK);
	for (i = 0; i < 3; i++) {
		b = lettered((char)('A' + i));
		b.label_slot = row->slots[i];
		assert_int_equal(record_add(&r, &b), RECORD_OK);
	}
	assert_int_equal(record_slot_free(&r), row->slot);
}

static void slot_none(void **state)
{
	struct xen_pmem_record r;

	(void)state;
	assert_int_equal(record_init(&r, area, 64 * MB, 0), RECORD_OK);
	assert_int_equal(record_slot_free(&r), 0);
}

/*
 * A backing whose labels were kept comes back with them: into a region of another cookie, but not
 * at another length.
 */
static void kept_returns(void **state)
{
	struct xen_pmem_backing b = lettered('A');
	uint8_t copy[XEN_PMEM_RECORD_SIZE];
	struct xen_pmem_record r;

	(void)state;
	assert_int_equal(record_init(&r, area, 64 * MB, 2 * SLOT), RECORD_OK);
	b.label_slot = 2;
	b.guest[0] = 5;
	assert_int_equal(record_add(&r, &b), RECORD_OK);
	r.backings[0].flags = XEN_PMEM_BACKING_KEPT;
	assert_int_equal(record_encode(&r, copy), RECORD_OK);
	b = lettered('A');
	b.length = 8192;
	assert_int_equal(record_add(&r, &b), RECORD_KEPT_RESIZED);
	assert_int_equal(r.backings[0].flags, XEN_PMEM_BACKING_KEPT);
	b.length = 4096;
	b.cookie = 77;
	assert_int_equal(record_add(&r, &b), RECORD_OK);
	assert_int_equal(r.nr_backings, 1);
	assert_int_equal(r.backings[0].flags, 0);
	assert_int_equal(r.backings[0].label_slot, 2);
	assert_int_equal(r.backings[0].guest[0], 5);
	assert_int_equal(r.backings[0].cookie, 77);
	assert_int_equal(record_add(&r, &b), RECORD_DUPLICATE);
}

int main(void)
{
	suite_add_rows(initialised, init_rows);
	suite_add_rows(changed, change_rows);
	suite_add("filled", filled);
	suite_add_rows(add_checked, bad_rows);
	suite_add_rows(slot_found, slot_rows);
	suite_add("no slots", slot_none);
	suite_add("kept returns", kept_returns);
	return suite_run("record changes");
}
