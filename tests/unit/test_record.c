/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One copy of the record: golden bytes, each bit flipped, each truncation, and a table of copies
 * whose CRC fits but which must be refused all the same.
 */
#include "suite.h"
#include "record.h"

#define SIZE ((uint64_t)1 << 30)

static const uint8_t area[16] = {
	0x6f, 0x2a, 0x9d, 0x10, 0x3c, 0x44, 0x4b, 0x1e,
	0x9f, 0x00, 0x01, 0x23, 0x45, 0x67, 0x89, 0xab,
};

/* The three backings of record-used.hex: 11111111-2222-4333-8444-5555555555xx. */
static struct xen_pmem_backing backing(uint8_t last, uint64_t cookie, uint64_t length,
				       uint32_t slot)
{
	return (struct xen_pmem_backing){
		.uuid = { 0x11, 0x11, 0x11, 0x11, 0x22, 0x22, 0x43, 0x33,
			  0x84, 0x44, 0x55, 0x55, 0x55, 0x55, 0x55, last },
		.cookie = cookie,
		.length = length,
		.label_slot = slot,
	};
}

static void used_read(uint8_t copy[XEN_PMEM_RECORD_SIZE])
{
	assert_int_equal(golden_read("record-used.hex", copy, XEN_PMEM_RECORD_SIZE),
			 XEN_PMEM_RECORD_SIZE);
}

static void record_is_golden(const struct xen_pmem_record *r, const char *golden)
{
	uint8_t expected[XEN_PMEM_RECORD_SIZE], bytes[XEN_PMEM_RECORD_SIZE];

	assert_int_equal(golden_read(golden, expected, sizeof(expected)), sizeof(expected));
	assert_int_equal(record_encode(r, bytes), RECORD_OK);
	assert_memory_equal(bytes, expected, sizeof(bytes));
}

static void new_is_golden(void **state)
{
	struct xen_pmem_record r;

	(void)state;
	assert_int_equal(record_init(&r, area, 64 << 20, 0), RECORD_OK);
	record_is_golden(&r, "record-new.hex");
}

static void used_is_golden(void **state)
{
	static const uint8_t guest[16] = {
		0xca, 0xfe, 0xca, 0xfe, 0, 0, 0x40, 0, 0x80, 0, 0, 0, 0, 0, 0xbe, 0xef,
	};
	struct xen_pmem_backing a = backing(1, 0xa1a2a3a4a5a6a7a8, SIZE, 0),
		b = backing(2, 0xb1b2b3b4b5b6b7b8, SIZE * 512, 0),
		c = backing(3, 0, 4096, 16);
	struct xen_pmem_record r;

	(void)state;
	assert_int_equal(record_init(&r, area, SIZE, 16 * XEN_PMEM_LABEL_SIZE), RECORD_OK);
	r.generation = 0x0102030405060708;
	assert_int_equal(record_add(&r, &a), RECORD_OK);
	assert_int_equal(record_add(&r, &b), RECORD_OK);
	assert_int_equal(record_add(&r, &c), RECORD_OK);
	memcpy(record_find(&r, b.uuid)->guest, guest, 16);
	record_find(&r, b.uuid)->label_slot = 2;
	record_is_golden(&r, "record-used.hex");
}

static void golden_decodes(void **state)
{
	uint8_t copy[XEN_PMEM_RECORD_SIZE], unaligned[XEN_PMEM_RECORD_SIZE + 1];
	struct record_verdict verdict;
	struct xen_pmem_record r;

	(void)state;
	used_read(copy);
	memcpy(unaligned + 1, copy, sizeof(copy));
	assert_int_equal(record_decode(unaligned + 1, sizeof(copy), area, SIZE, &r, &verdict),
			 RECORD_OK);
	assert_int_equal(verdict.reason, RECORD_OK);
	assert_int_equal(r.generation, 0x0102030405060708);
	assert_int_equal(r.tables_offset, 2 << 20);
	assert_int_equal(r.tables_length, 1020 << 20);
	assert_int_equal(r.labels_offset, 1022 << 20);
	assert_int_equal(r.labels_length, 2 << 20);
	assert_int_equal(r.nr_backings, 3);
	assert_int_equal(r.backings[1].cookie, 0xb1b2b3b4b5b6b7b8);
	assert_int_equal(r.backings[1].length, SIZE * 512);
	assert_int_equal(r.backings[2].label_slot, 16);
}

static void each_bit_flipped(void **state)
{
	uint8_t copy[XEN_PMEM_RECORD_SIZE];
	struct record_verdict verdict;
	struct xen_pmem_record r;
	enum record_reason expected;
	unsigned int bit;

	(void)state;
	used_read(copy);
	memset(&r, 0x5a, sizeof(r));
	for (bit = 0; bit < sizeof(copy) * 8; bit++) {
		expected = bit < 128 ? RECORD_NONE : RECORD_DAMAGED;
		copy[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_int_equal(record_decode(copy, sizeof(copy), area, SIZE, &r, &verdict),
				 expected);
		copy[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	for (bit = 0; bit < sizeof(r); bit++)
		assert_int_equal(((uint8_t *)&r)[bit], 0x5a);
}

/* From memory of exactly that length, so that ASan sees a read beyond. */
static void each_truncation(void **state)
{
	uint8_t copy[XEN_PMEM_RECORD_SIZE], *part;
	struct record_verdict verdict;
	struct xen_pmem_record r;
	size_t len;

	(void)state;
	used_read(copy);
	for (len = 0; len < sizeof(copy); len++) {
		part = malloc(len);
		memcpy(part, copy, len);
		assert_int_equal(record_decode(part, len, area, SIZE, &r, &verdict),
				 RECORD_TRUNCATED);
		free(part);
	}
}

/*
 * A good record, then one field set to a value and the CRC made to fit. Offsets in bytes, as in
 * docs/record.md: the header is 0..127, backing n is 64 bytes at 128 + 64 * n, of which 0..2 are
 * used. The reserved area is 1 GiB: tables at [2 MiB, 1022 MiB), label areas after them, 16 slots.
 */
#define BACKING(n, at) (128 + 64 * (n) + (at))
#define MB ((uint64_t)1 << 20)

static const struct set_row {
	const char *name;
	unsigned int at, width;
	uint64_t value;
	enum record_reason reason;
	const char *text;
} set_rows[] = {
	{ "as it was", 24, 8, 0x0102030405060708, RECORD_OK, "the record is good" },
	{ "highest generation", 24, 8, UINT64_MAX, RECORD_OK, NULL },
	{ "generation 0", 24, 8, 0, RECORD_BAD_HEADER, NULL },
	{ "newer minor", 18, 2, 5, RECORD_NEWER,
	  "the record is of a newer version: it is 1.5, this is 1.4" },
	{ "higher minor than it needs", 18, 2, 1, RECORD_BAD_HEADER, NULL },
	{ "much higher minor than it needs", 18, 2, 2, RECORD_BAD_HEADER, NULL },
	{ "newer major", 16, 2, 2, RECORD_NEWER,
	  "the record is of a newer version: it is 2.0, this is 1.4" },
	{ "newest", 16, 4, UINT32_MAX, RECORD_NEWER,
	  "the record is of a newer version: it is 65535.65535, this is 1.4" },
	{ "older major", 16, 2, 0, RECORD_OLDER,
	  "the record is of an older version that is no longer read: it is 0.0, this is 1.4" },
	{ "foreign, first byte", 32, 1, 0x6e, RECORD_FOREIGN,
	  "the record is foreign: it was written for another namespace" },
	{ "foreign, last byte", 47, 1, 0xaa, RECORD_FOREIGN, NULL },
	{ "smaller", 48, 8, SIZE - 4096, RECORD_RESIZED,
	  "the record was written for this namespace at another size" },
	{ "larger", 48, 8, SIZE + 4096, RECORD_RESIZED, NULL },
	{ "tables in the head", 56, 8, 0, RECORD_BAD_TABLES, NULL },
	{ "tables misaligned", 56, 8, 3 * MB, RECORD_BAD_TABLES, NULL },
	{ "tables beyond the end", 56, 8, 1024 * MB, RECORD_BAD_TABLES, NULL },
	{ "tables far beyond the end", 56, 8, UINT64_MAX - 2 * MB + 1, RECORD_BAD_TABLES, NULL },
	{ "tables out of the end", 56, 8, 6 * MB, RECORD_BAD_TABLES, NULL },
	{ "no tables", 64, 8, 0, RECORD_BAD_TABLES, NULL },
	{ "tables of half a page", 64, 8, 2048, RECORD_BAD_TABLES, NULL },
	{ "one page of tables", 64, 8, 4096, RECORD_OK, NULL },
	{ "tables that wrap", 64, 8, UINT64_MAX - 2 * MB - 4095, RECORD_BAD_TABLES, NULL },
	{ "tables into the labels", 64, 8, 1020 * MB + 4096, RECORD_BAD_LABELS, NULL },
	{ "labels in the head", 72, 8, 0, RECORD_BAD_LABELS, NULL },
	{ "labels misaligned", 72, 8, 1022 * MB - 4096, RECORD_BAD_LABELS, NULL },
	{ "labels into the tables", 72, 8, 1022 * MB - 131072, RECORD_BAD_LABELS, NULL },
	{ "labels out of the end", 72, 8, 1022 * MB + 131072, RECORD_BAD_LABELS, NULL },
	{ "labels beyond the end", 72, 8, 1026 * MB, RECORD_BAD_LABELS, NULL },
	{ "no labels at an address", 80, 8, 0, RECORD_BAD_LABELS, NULL },
	{ "labels of half a slot", 80, 8, 65536, RECORD_BAD_LABELS, NULL },
	{ "labels that wrap", 80, 8, UINT64_MAX - 131071, RECORD_BAD_LABELS, NULL },
	{ "labels without the last slot", 80, 8, 15 * 131072, RECORD_BAD_SLOT,
	  "a backing has a label slot that does not exist or is another's (backing 2)" },
	{ "header length", 88, 4, 127, RECORD_BAD_HEADER, "the record's header is malformed" },
	{ "entry length", 92, 4, 72, RECORD_BAD_HEADER, NULL },
	{ "lowest flag", 96, 4, 1, RECORD_BAD_FLAGS, "the record has unknown flags" },
	{ "highest flag", 96, 4, 0x80000000, RECORD_BAD_FLAGS, NULL },
	{ "a backing more than there is", 100, 4, 4, RECORD_BAD_BACKING,
	  "a backing has an impossible UUID or length (backing 3)" },
	{ "a backing fewer", 100, 4, 2, RECORD_BAD_PADDING,
	  "the record has unused bytes that are not zero" },
	{ "63 backings", 100, 4, 63, RECORD_BAD_COUNT,
	  "the record counts more backings than it can hold" },
	{ "2^32 - 1 backings", 100, 4, UINT32_MAX, RECORD_BAD_COUNT, NULL },
	{ "padding, first byte", 104, 1, 1, RECORD_BAD_PADDING, NULL },
	{ "padding, last byte", 127, 1, 0x80, RECORD_BAD_PADDING, NULL },
	{ "unused backing", BACKING(3, 0), 1, 1, RECORD_BAD_PADDING, NULL },
	{ "last byte of all", BACKING(61, 63), 1, 1, RECORD_BAD_PADDING, NULL },
	{ "backing of another region", BACKING(0, 16), 8, 0, RECORD_OK, NULL },
	{ "backing of no length", BACKING(0, 24), 8, 0, RECORD_BAD_BACKING,
	  "a backing has an impossible UUID or length (backing 0)" },
	{ "backing of a page and a byte", BACKING(1, 24), 8, 4097, RECORD_BAD_BACKING, NULL },
	{ "backing's flag", BACKING(1, 32), 4, 1, RECORD_BAD_FLAGS, NULL },
	{ "label slot beyond the last", BACKING(0, 36), 4, 17, RECORD_BAD_SLOT, NULL },
	{ "label slot of another", BACKING(2, 36), 4, 2, RECORD_BAD_SLOT, NULL },
	{ "backing's guest", BACKING(0, 40), 8, UINT64_MAX, RECORD_OK, NULL },
	{ "backing's padding, first byte", BACKING(1, 56), 1, 1, RECORD_BAD_PADDING, NULL },
	{ "backing's padding, last byte", BACKING(2, 63), 1, 1, RECORD_BAD_PADDING, NULL },
	{ "backing twice", BACKING(1, 15), 1, 1, RECORD_DUPLICATE,
	  "a backing stands in the record already (backing 1)" },
	{ "first and last the same", BACKING(2, 15), 1, 1, RECORD_DUPLICATE, NULL },
};

static void field_set(void **state)
{
	const struct set_row *row = *state;
	uint8_t copy[XEN_PMEM_RECORD_SIZE], again[XEN_PMEM_RECORD_SIZE];
	struct record_verdict verdict;
	struct xen_pmem_record r;
	char text[160];

	used_read(copy);
	memcpy(copy + row->at, &row->value, row->width);
	crc_fit(copy, sizeof(copy));
	assert_int_equal(record_decode(copy, sizeof(copy), area, SIZE, &r, &verdict), row->reason);
	assert_int_equal(verdict.reason, row->reason);
	if (row->text)
		assert_string_equal(record_verdict_text(&verdict, text, sizeof(text)), row->text);
	if (row->reason)
		return;
	assert_int_equal(record_encode(&r, again), RECORD_OK);
	assert_memory_equal(again, copy, sizeof(copy));
}

/* A UUID that is impossible takes all 16 bytes, more than a row's value has. */
static void backing_uuid_set(const uint8_t uuid[16])
{
	uint8_t copy[XEN_PMEM_RECORD_SIZE];
	struct record_verdict verdict;
	struct xen_pmem_record r;

	used_read(copy);
	memcpy(copy + BACKING(1, 0), uuid, 16);
	crc_fit(copy, sizeof(copy));
	assert_int_equal(record_decode(copy, sizeof(copy), area, SIZE, &r, &verdict),
			 RECORD_BAD_BACKING);
	assert_int_equal(verdict.backing, 1);
}

static void impossible_uuids(void **state)
{
	static const uint8_t none[16];

	(void)state;
	backing_uuid_set(none);
	backing_uuid_set(area);
}

/*
 * An erase under way makes a record one of minor 1, labels that are kept make it one of minor 2.
 * Backing 1 has a label slot.
 */
static const struct erasing_row {
	const char *name;
	uint32_t flags;
	uint16_t minor;
	uint64_t erased;
	enum record_reason reason;
} erasing_rows[] = {
	{ "nothing erased yet", 1, 1, 0, RECORD_OK },
	{ "a page erased", 1, 1, 4096, RECORD_OK },
	{ "half a page erased", 1, 1, 2048, RECORD_BAD_BACKING },
	{ "more erased than there is", 1, 1, UINT64_MAX - 4095, RECORD_BAD_BACKING },
	{ "erasing, in minor 0", 1, 0, 0, RECORD_BAD_FLAGS },
	{ "erasing, in minor 2", 1, 2, 0, RECORD_BAD_HEADER },
	{ "kept", 2, 2, 0, RECORD_OK },
	{ "kept, in minor 1", 2, 1, 0, RECORD_BAD_FLAGS },
	{ "kept, in minor 0", 2, 0, 0, RECORD_BAD_FLAGS },
	{ "kept, half erased", 3, 2, 4096, RECORD_OK },
	{ "kept, erased, but not erasing", 2, 2, 4096, RECORD_BAD_PADDING },
	{ "host, in minor 2", 4, 2, 0, RECORD_BAD_FLAGS },
	{ "host, with a label slot", 4, 3, 0, RECORD_BAD_FLAGS },
	{ "host and erasing", 5, 3, 0, RECORD_BAD_FLAGS },
	{ "a pool, with a label slot", 8, 4, 0, RECORD_BAD_FLAGS },
	{ "next flag", 16, 4, 0, RECORD_BAD_FLAGS },
	{ "erased, but not erasing", 0, 1, 4096, RECORD_BAD_PADDING },
};

static void erasing(void **state)
{
	const struct erasing_row *row = *state;
	uint8_t copy[XEN_PMEM_RECORD_SIZE], again[XEN_PMEM_RECORD_SIZE];
	struct record_verdict verdict;
	struct xen_pmem_record r;

	used_read(copy);
	memcpy(copy + 18, &row->minor, 2);
	memcpy(copy + BACKING(1, 32), &row->flags, 4);
	memcpy(copy + BACKING(1, 56), &row->erased, 8);
	crc_fit(copy, sizeof(copy));
	assert_int_equal(record_decode(copy, sizeof(copy), area, SIZE, &r, &verdict), row->reason);
	if (row->reason)
		return;
	assert_int_equal(record_encode(&r, again), RECORD_OK);
	assert_memory_equal(again, copy, sizeof(copy));
	r.backings[1].flags = 0;
	r.backings[1].erased = 0;
	assert_int_equal(record_encode(&r, again), RECORD_OK);
	assert_int_equal(again[18], 0);
}

/* Only a label slot is worth keeping a backing for: backing 0 has none. */
static void kept_without_slot(void **state)
{
	uint8_t copy[XEN_PMEM_RECORD_SIZE];
	struct record_verdict verdict;
	struct xen_pmem_record r;

	(void)state;
	used_read(copy);
	copy[18] = 2;
	copy[BACKING(0, 32)] = XEN_PMEM_BACKING_KEPT;
	crc_fit(copy, sizeof(copy));
	assert_int_equal(record_decode(copy, sizeof(copy), area, SIZE, &r, &verdict),
			 RECORD_BAD_SLOT);
	assert_int_equal(verdict.backing, 0);
}

/*
 * Minors 3 and 4: backing 0, which has no label slot, nor a guest after this, is dom0's to use, or
 * a pool, clean or not.
 */
static const struct shared_row {
	const char *name;
	uint8_t minor, flags, guest;
	uint16_t erased;
	enum record_reason reason;
} shared_rows[] = {
	{ "host is minor 3", 3, 4, 0, 0, RECORD_OK },
	{ "host with a guest", 3, 4, 1, 0, RECORD_BAD_FLAGS },
	{ "a clean pool is minor 4", 4, 8, 0, 0, RECORD_OK },
	{ "a pool is not minor 3", 3, 8, 0, 0, RECORD_BAD_FLAGS },
	{ "a pool that is not clean", 4, 9, 0, 0, RECORD_OK },
	{ "half of a pool is erased", 4, 9, 0, 4096, RECORD_BAD_FLAGS },
	{ "a pool with a guest", 4, 8, 1, 0, RECORD_BAD_FLAGS },
	{ "a pool that is kept", 4, 10, 0, 0, RECORD_BAD_FLAGS },
	{ "a pool that dom0 uses", 4, 12, 0, 0, RECORD_BAD_FLAGS },
};

static void shared(void **state)
{
	const struct shared_row *row = *state;
	uint8_t copy[XEN_PMEM_RECORD_SIZE], again[XEN_PMEM_RECORD_SIZE];
	struct record_verdict verdict;
	struct xen_pmem_record r;

	used_read(copy);
	copy[18] = row->minor;
	copy[BACKING(0, 32)] = row->flags;
	memset(copy + BACKING(0, 40), 0, 16);
	copy[BACKING(0, 40)] = row->guest;
	memcpy(copy + BACKING(0, 56), &row->erased, 2);
	crc_fit(copy, sizeof(copy));
	assert_int_equal(record_decode(copy, sizeof(copy), area, SIZE, &r, &verdict), row->reason);
	if (row->reason)
		return;
	assert_int_equal(record_encode(&r, again), RECORD_OK);
	assert_memory_equal(again, copy, sizeof(copy));
}

/* What encode refuses to write: the same as decode refuses to read, from a structure. */
static void encode_checks(void **state)
{
	uint8_t copy[XEN_PMEM_RECORD_SIZE];
	struct xen_pmem_record r;

	(void)state;
	assert_int_equal(record_init(&r, area, SIZE, 0), RECORD_OK);
	memset(copy, 0x5a, sizeof(copy));
	r.generation = 0;
	assert_int_equal(record_encode(&r, copy), RECORD_BAD_HEADER);
	r.generation = 1;
	r.backings[61].erased = 1ull << 56;
	assert_int_equal(record_encode(&r, copy), RECORD_BAD_PADDING);
	assert_int_equal(copy[0], 0x5a);
}

/* Every reason has words of its own, and so does what is none. */
static void texts_differ(void **state)
{
	int a, b;

	(void)state;
	for (a = 0; a <= RECORD_REASONS; a++)
		for (b = 0; b < a; b++)
			assert_string_not_equal(record_reason_text(a), record_reason_text(b));
}

/* Cut off where the buffer ends, with the NUL, at each length. */
static void text_in_short_buffers(void **state)
{
	struct record_verdict verdict = { .reason = RECORD_NEWER, .major = 2, .minor = 10 };
	const char *whole = "the record is of a newer version: it is 2.10, this is 1.4";
	size_t len;

	(void)state;
	for (len = 1; len < 80; len++) {
		char *text = malloc(len);
		size_t expected = len > strlen(whole) ? strlen(whole) : len - 1;

		record_verdict_text(&verdict, text, len);
		assert_int_equal(strlen(text), expected);
		assert_memory_equal(text, whole, expected);
		free(text);
	}
}

int main(void)
{
	suite_add("a new record is golden", new_is_golden);
	suite_add("a used record is golden", used_is_golden);
	suite_add("golden bytes decode", golden_decodes);
	suite_add("each bit flipped", each_bit_flipped);
	suite_add("each truncation", each_truncation);
	suite_add_rows(field_set, set_rows);
	suite_add_rows(erasing, erasing_rows);
	suite_add("impossible UUIDs", impossible_uuids);
	suite_add("kept without a slot", kept_without_slot);
	suite_add_rows(shared, shared_rows);
	suite_add("encode checks", encode_checks);
	suite_add("texts differ", texts_differ);
	suite_add("text in short buffers", text_in_short_buffers);
	return suite_run("record");
}
