/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The scrub page: lists go into the free copy, and a page without sense has no list. Its mailbox:
 * what is a request, and what an answer leaves alone.
 */
#include <pthread.h>

#include "suite.h"
#include "scrub.h"

static uint8_t page[SCRUB_SIZE];

static void page_change(const struct scrub_place *list, unsigned int nr)
{
	uint32_t word, next;

	memcpy(&word, page, sizeof(word));
	next = scrub_put(page, word, list, nr);
	assert_int_not_equal(next, word);
	memcpy(page, &next, sizeof(next));
}

static void lists(void **state)
{
	struct scrub_place list[SCRUB_PLACES], seen[SCRUB_PLACES], kept[SCRUB_PLACES];
	unsigned int nr, i;

	(void)state;
	memset(page, 0, sizeof(page));
	assert_int_equal(scrub_read(page, seen), 0);
	for (nr = 0; nr <= SCRUB_PLACES; nr++) {
		for (i = 0; i < nr; i++)
			list[i] = (struct scrub_place){ nr << 12, (i + 1) << 12 };
		page_change(list, nr);
		assert_int_equal(scrub_read(page, seen), nr);
		assert_memory_equal(seen, list, nr * sizeof(list[0]));
		/* Before the word is written, the one before is whole. */
		scrub_put(page, *(uint32_t *)page, kept, 1);
		assert_int_equal(scrub_read(page, seen), nr);
		assert_memory_equal(seen, list, nr * sizeof(list[0]));
		memset(kept, nr, sizeof(kept));
	}
	page_change(NULL, 0);
	assert_int_equal(scrub_read(page, seen), 0);
}

static const struct word_row {
	const char *name;
	uint32_t word;
	unsigned int nr;
} words[] = {
	{ "all places", 0x107e0, 126 }, { "of the first copy", 0x20010, 1 },
	{ "the last number", 0xffff0020, 2 }, { "too many", 0x107f0, 0 },
	{ "far too many", 0x1ffff, 0 }, { "a part of a place", 0x10018, 0 },
};

static void word_read(void **state)
{
	const struct word_row *row = *state;
	struct scrub_place seen[SCRUB_PLACES];

	memcpy(page, &row->word, sizeof(row->word));
	assert_int_equal(scrub_read(page, seen), row->nr);
}

static void word_ends(void **state)
{
	(void)state;
	assert_int_equal(scrub_put(page, 0xffff0010, NULL, 0), 0);
	assert_int_equal(scrub_put(page, 0, NULL, 0), 0x10000);
}

static void number_put(unsigned int at, uint32_t number)
{
	memcpy(page + at, &number, sizeof(number));
}

static const struct ask_row {
	const char *name;
	uint32_t ask, answer;
	bool asks;
} asks[] = {
	{ "a new page", 0, 0, false }, { "the first request", 1, 0, true },
	{ "it is answered", 1, 1, false }, { "the second", 2, 1, true },
	{ "given up", 0, 1, false }, { "given up, then answered", 0, 2, false },
	{ "after an answer that came too late", 3, 2, true },
	{ "the last number", UINT32_MAX, 7, true },
};

static void ask_is(void **state)
{
	const struct ask_row *row = *state;
	const uint64_t gpa = 0x123456789000, length = 0x3000;
	struct scrub_ask ask;
	uint8_t before[SCRUB_SIZE];

	memset(page, 0xa5, sizeof(page));
	number_put(16, row->ask);
	number_put(40, row->answer);
	memcpy(page + 24, &gpa, 8);
	memcpy(page + 32, &length, 8);
	memcpy(before, page, sizeof(page));
	assert_int_equal(scrub_ask_read(page, &ask), row->asks);
	assert_memory_equal(page, before, sizeof(page));
	if (!row->asks)
		return;
	assert_int_equal(ask.gpa, gpa);
	assert_int_equal(ask.length, length);
	assert_int_equal(ask.number, row->ask);
	/* The guest asks for the next one meanwhile. */
	number_put(16, row->ask + 1);
	memcpy(before, page, sizeof(page));
	scrub_ask_answer(page, ask.number, SCRUB_FAILED, 0x2000);
	assert_memory_equal(page, before, 40);
	assert_memory_equal(page + 40, &row->ask, 4);
	assert_memory_equal(page + 44, "\3\0\0\0\0\x20\0\0\0\0\0", 12);
	assert_memory_equal(page + 56, before + 56, SCRUB_SIZE - 56);
	assert_int_equal(scrub_ask_read(page, &ask), row->ask != UINT32_MAX);
}

#define READS		3000000u

static bool enough;

static void field_write(unsigned int at, uint32_t number)
{
	__atomic_store_n((uint32_t *)(page + at), number, __ATOMIC_RELEASE);
}

/* As acpi/ars.asl writes, without waiting: address and length are the request's number. */
static void *guest_asks(void *arg)
{
	uint32_t i;

	for (i = 1; !__atomic_load_n(&enough, __ATOMIC_RELAXED); i++) {
		field_write(16, 0);
		field_write(20, i);
		field_write(24, i);
		field_write(32, i);
		field_write(16, i);
	}
	return arg;
}

static void asks_meanwhile(void **state)
{
	struct scrub_ask ask;
	pthread_t guest;
	unsigned int reads = 0;

	(void)state;
	memset(page, 0, sizeof(page));
	assert_int_equal(pthread_create(&guest, NULL, guest_asks, NULL), 0);
	while (reads < READS) {
		if (!scrub_ask_read(page, &ask))
			continue;
		assert_int_equal(ask.gpa, ask.number);
		assert_int_equal(ask.length, ask.number);
		reads++;
	}
	__atomic_store_n(&enough, true, __ATOMIC_RELAXED);
	pthread_join(guest, NULL);
}

int main(void)
{
	suite_add("lists of every length", lists);
	suite_add_rows(word_read, words);
	suite_add("the number of the change begins anew", word_ends);
	suite_add_rows(ask_is, asks);
	suite_add("requests that change while they are read", asks_meanwhile);
	return suite_run("scrub");
}
