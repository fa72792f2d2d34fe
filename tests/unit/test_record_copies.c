/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Both copies of the record: which one is taken for every pair of states; and an update cut at each
 * 8 bytes, in order and out of order: what is found afterwards is the old record or the new one.
 */
#include "suite.h"
#include "record.h"

#define COPY XEN_PMEM_RECORD_SIZE
#define SIZE ((uint64_t)64 << 20)

static const uint8_t area[16] = {
	0x6f, 0x2a, 0x9d, 0x10, 0x3c, 0x44, 0x4b, 0x1e,
	0x9f, 0x00, 0x01, 0x23, 0x45, 0x67, 0x89, 0xab,
};

/* What a copy can be. GEN_n: whole, of that generation. */
enum state { GEN_1, GEN_2, GEN_2_OTHER, GEN_9, ZERO, TEXT, TORN, FLIPPED, FOREIGN, NEWER,
	     NEWER_TORN, MALFORMED };

static void copy_make(uint8_t copy[COPY], enum state state)
{
	static const uint64_t generation[] = {
		[GEN_2] = 2, [GEN_2_OTHER] = 2, [GEN_9] = 9, [MALFORMED] = 0,
	};

	assert_int_equal(golden_read("record-new.hex", copy, COPY), COPY);
	switch (state) {
	case GEN_1:
		return;
	case GEN_2_OTHER:
		copy[128 + 24 + 1] = 16;	/* a backing of 4096 bytes */
		copy[128] = copy[100] = 1;
		/* fall through */
	case GEN_2:
	case GEN_9:
	case MALFORMED:
		memcpy(copy + 24, &generation[state], 8);
		break;
	case ZERO:
		memset(copy, 0, COPY);
		return;
	case TEXT:
		memset(copy, 't', COPY);
		return;
	case TORN:
		memset(copy + 64, 0x5a, COPY - 64);
		return;
	case FLIPPED:
		copy[100] ^= 4;
		return;
	case FOREIGN:
		copy[32] ^= 1;
		break;
	case NEWER:
	case NEWER_TORN:
		copy[16] = 2;
		break;
	}
	crc_fit(copy, COPY);
	if (state == NEWER_TORN)
		copy[4095] ^= 1;
}

/*
 * The pair, and what comes of it: a refusal, or the copy taken, the verdict about the other, and
 * the generation found.
 */
static const struct pair_row {
	const char *name;
	enum state a, b;
	enum record_reason reason;
	unsigned int chosen;
	enum record_twin twin;
	uint64_t generation;
} pair_rows[] = {
	{ "both the same", GEN_2, GEN_2, RECORD_OK, 0, RECORD_TWIN_SAME, 2 },
	{ "first newer", GEN_2, GEN_1, RECORD_OK, 0, RECORD_TWIN_STALE, 2 },
	{ "second newer", GEN_1, GEN_2, RECORD_OK, 1, RECORD_TWIN_STALE, 2 },
	{ "second much newer", GEN_1, GEN_9, RECORD_OK, 1, RECORD_TWIN_STALE, 9 },
	{ "same generation, not the same", GEN_2, GEN_2_OTHER, RECORD_SPLIT, 0, 0, 0 },
	{ "first empty", ZERO, GEN_1, RECORD_OK, 1, RECORD_TWIN_MISSING, 1 },
	{ "second empty", GEN_1, ZERO, RECORD_OK, 0, RECORD_TWIN_MISSING, 1 },
	{ "second something else", GEN_1, TEXT, RECORD_OK, 0, RECORD_TWIN_MISSING, 1 },
	{ "first torn", TORN, GEN_2, RECORD_OK, 1, RECORD_TWIN_DAMAGED, 2 },
	{ "second torn", GEN_2, TORN, RECORD_OK, 0, RECORD_TWIN_DAMAGED, 2 },
	{ "first flipped", FLIPPED, GEN_2, RECORD_OK, 1, RECORD_TWIN_DAMAGED, 2 },
	{ "second flipped", GEN_2, FLIPPED, RECORD_OK, 0, RECORD_TWIN_DAMAGED, 2 },
	{ "first foreign", FOREIGN, GEN_2, RECORD_OK, 1, RECORD_TWIN_DAMAGED, 2 },
	{ "second malformed", GEN_2, MALFORMED, RECORD_OK, 0, RECORD_TWIN_DAMAGED, 2 },
	{ "first of a newer version", NEWER, GEN_2, RECORD_NEWER, 0, 0, 0 },
	{ "second of a newer version", GEN_2, NEWER, RECORD_NEWER, 0, 0, 0 },
	{ "newer version, other torn", TORN, NEWER, RECORD_NEWER, 0, 0, 0 },
	{ "newer version, other empty", NEWER, ZERO, RECORD_NEWER, 0, 0, 0 },
	{ "newer version and foreign", FOREIGN, NEWER, RECORD_NEWER, 0, 0, 0 },
	{ "newer version, but torn", NEWER_TORN, GEN_2, RECORD_OK, 1, RECORD_TWIN_DAMAGED, 2 },
	{ "both empty", ZERO, ZERO, RECORD_NONE, 0, 0, 0 },
	{ "both something else", TEXT, TEXT, RECORD_NONE, 0, 0, 0 },
	{ "both torn", TORN, TORN, RECORD_DAMAGED, 0, 0, 0 },
	{ "empty and torn", ZERO, TORN, RECORD_DAMAGED, 0, 0, 0 },
	{ "flipped and empty", FLIPPED, ZERO, RECORD_DAMAGED, 0, 0, 0 },
	{ "both foreign", FOREIGN, FOREIGN, RECORD_FOREIGN, 0, 0, 0 },
	{ "torn and foreign", TORN, FOREIGN, RECORD_FOREIGN, 0, 0, 0 },
	{ "malformed and flipped", MALFORMED, FLIPPED, RECORD_BAD_HEADER, 0, 0, 0 },
	{ "both malformed", MALFORMED, MALFORMED, RECORD_BAD_HEADER, 0, 0, 0 },
};

static void pair_chosen(void **state)
{
	const struct pair_row *row = *state;
	uint8_t head[2 * COPY];
	struct xen_pmem_record r;
	struct record_choice choice;

	copy_make(head, row->a);
	copy_make(head + COPY, row->b);
	memset(&r, 0x5a, sizeof(r));
	assert_int_equal(record_choose(head, sizeof(head), area, SIZE, &r, &choice), row->reason);
	if (row->reason) {
		assert_int_equal(((uint8_t *)&r)[24], 0x5a);
		return;
	}
	assert_int_equal(choice.chosen, row->chosen);
	assert_int_equal(choice.twin, row->twin);
	assert_int_equal(r.generation, row->generation);
	assert_memory_equal(&r, head + choice.chosen * COPY, COPY);
	assert_int_equal(!record_twin_text(choice.twin), choice.twin == RECORD_TWIN_SAME);
}

static void head_truncated(void **state)
{
	uint8_t head[2 * COPY];
	struct xen_pmem_record r;
	struct record_choice choice;
	size_t len;

	(void)state;
	copy_make(head, GEN_2);
	copy_make(head + COPY, GEN_2);
	for (len = 0; len < sizeof(head); len += 512)
		assert_int_equal(record_choose(head, len, area, SIZE, &r, &choice),
				 RECORD_TRUNCATED);
	assert_int_equal(record_choose(head, sizeof(head) - 1, area, SIZE, &r, &choice),
			 RECORD_TRUNCATED);
}

/*
 * One update, in steps on the NVDIMM, and which record is found after each:
 *                             copy first = 1 - chosen   copy second = chosen   found
 *    before                   old or damaged            old                    old
 *    first write cut          mixed                     old                    old (new if whole)
 *    between the writes       new                       old                    new
 *    second write cut         new                       mixed                  new
 * `pattern` says which 8-byte words of the write that was cut had reached the medium.
 */
enum pattern { PREFIX, SUFFIX, RANDOM_WORDS, RANDOM_LINES, PATTERNS };

#define WORDS (COPY / 8)

static bool word_written(enum pattern pattern, unsigned int cut, unsigned int word)
{
	uint64_t seed;

	switch (pattern) {
	case PREFIX:
		return word < cut;
	case SUFFIX:
		return word >= cut;
	case RANDOM_LINES:
		word /= 8;
		break;
	default:
		break;
	}
	seed = (uint64_t)(cut + 1) << 32 | (word + 1);
	random_next(&seed);
	random_next(&seed);
	return random_next(&seed) & 1 << 20;
}

static void write_cut(uint8_t *to, const uint8_t *from, enum pattern pattern, unsigned int cut)
{
	unsigned int word;

	for (word = 0; word < WORDS; word++)
		if (word_written(pattern, cut, word))
			memcpy(to + word * 8, from + word * 8, 8);
}

struct update {
	uint8_t head[2 * COPY];		/* the medium before */
	uint8_t old[COPY], new[COPY];
	unsigned int chosen;
};

/*
 * From generation 2 without backings to generation 3 with two, so that much differs; the copy that
 * is written first may be damaged.
 */
static void update_prepare(struct update *u, unsigned int chosen, enum state other)
{
	struct xen_pmem_backing b = {
		.uuid = { 1 }, .cookie = 0x1234, .length = 4096, .guest = { 7, 7, 7 },
	};
	struct xen_pmem_record r;
	struct record_choice choice;

	copy_make(u->head + chosen * COPY, GEN_2);
	copy_make(u->head + !chosen * COPY, other);
	assert_int_equal(record_choose(u->head, sizeof(u->head), area, SIZE, &r, &choice),
			 RECORD_OK);
	u->chosen = choice.chosen;
	memcpy(u->old, u->head + u->chosen * COPY, COPY);
	assert_int_equal(record_add(&r, &b), RECORD_OK);
	b.uuid[0] = 2;
	assert_int_equal(record_add(&r, &b), RECORD_OK);
	r.generation++;
	assert_int_equal(record_encode(&r, u->new), RECORD_OK);
}

/* What a restart finds: 0 the old record, 1 the new one; anything else fails the test. */
static int found(const struct update *u, const uint8_t head[2 * COPY])
{
	struct xen_pmem_record r;
	struct record_choice choice;

	assert_int_equal(record_choose(head, 2 * COPY, area, SIZE, &r, &choice), RECORD_OK);
	if (!memcmp(&r, u->new, COPY))
		return 1;
	assert_memory_equal(&r, u->old, COPY);
	return 0;
}

static void update_cut(const struct update *u, enum pattern pattern, unsigned int cut)
{
	uint8_t head[2 * COPY], *first = head + !u->chosen * COPY,
		*second = head + u->chosen * COPY;
	bool whole;

	memcpy(head, u->head, sizeof(head));
	write_cut(first, u->new, pattern, cut);
	whole = !memcmp(first, u->new, COPY);
	assert_int_equal(found(u, head), whole);
	memcpy(first, u->new, COPY);
	assert_int_equal(found(u, head), 1);
	write_cut(second, u->new, pattern, cut);
	assert_int_equal(found(u, head), 1);
}

static const struct cut_row {
	const char *name;
	unsigned int chosen;
	enum state other;
} cut_rows[] = {
	{ "cut, both the same before", 0, GEN_2 },
	{ "cut, second chosen, first older", 1, GEN_1 },
	{ "cut, first chosen, second older", 0, GEN_1 },
	{ "cut, second chosen, first empty", 1, ZERO },
	{ "cut, first chosen, second torn", 0, TORN },
	{ "cut, second chosen, first flipped", 1, FLIPPED },
	{ "cut, first chosen, second foreign", 0, FOREIGN },
};

static void cut_anywhere(void **state)
{
	const struct cut_row *row = *state;
	struct update u;
	unsigned int cut;
	enum pattern pattern;

	update_prepare(&u, row->chosen, row->other);
	for (pattern = 0; pattern < PATTERNS; pattern++)
		for (cut = 0; cut <= WORDS; cut++)
			update_cut(&u, pattern, cut);
}

/*
 * Many updates, each cut at a random place of a random write, and then begun again from what is
 * found: an update that was finished is never lost.
 */
static void chain_of_cuts(void **state)
{
	uint8_t head[2 * COPY], bytes[COPY];
	struct xen_pmem_record r;
	struct record_choice choice;
	uint64_t seed = 42, finished = 2;
	int i;

	(void)state;
	copy_make(head, GEN_2);
	copy_make(head + COPY, GEN_2);
	for (i = 0; i < 2000; i++) {
		bool second = random_next(&seed) % 3 != 0;
		unsigned int cut = random_next(&seed) % (WORDS + 1);

		assert_int_equal(record_choose(head, sizeof(head), area, SIZE, &r, &choice),
				 RECORD_OK);
		assert_true(r.generation == finished || r.generation == finished + 1);
		finished = r.generation++;
		memset(r.backings, 0, sizeof(r.backings[0]));
		r.nr_backings = 1;
		r.backings[0] = (struct xen_pmem_backing){
			.uuid = { 1 }, .length = 4096, .cookie = random_next(&seed),
		};
		assert_int_equal(record_encode(&r, bytes), RECORD_OK);
		write_cut(head + !choice.chosen * COPY, bytes, random_next(&seed) % PATTERNS,
			  second ? WORDS : cut);
		if (!second)
			continue;
		memcpy(head + !choice.chosen * COPY, bytes, COPY);
		write_cut(head + choice.chosen * COPY, bytes, random_next(&seed) % PATTERNS, cut);
		finished++;
	}
}

int main(void)
{
	suite_add_rows(pair_chosen, pair_rows);
	suite_add("head truncated", head_truncated);
	suite_add_rows(cut_anywhere, cut_rows);
	suite_add("chain of cuts", chain_of_cuts);
	return suite_run("record copies");
}
