/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A guest asks in its scrub page that bad blocks are cleared: what dom0 does, page by page; what it
 * refuses before anything is touched; and that whoever is killed at any step, the next one ends as
 * well. Platform, dom0's list, Xen's notes and the guest's map are arrays here.
 */
#include "suite.h"

#undef fail	/* cmocka's: the library has a function of that name */
#include "lib/guest.h"
#include "lib/guest_note.h"
#include "lib/pin_ioctl.h"

#define SPA	0x100000000ull
#define GPA	0x200000000ull
#define PAGES	600u		/* of the range; the guest has those from FIRST on, but for holes */
#define FIRST	4u
#define COUNT	590u
#define MINE	3u		/* the guest */
#define OTHER	4u
#define NOBODY	0u

/* A page of the NVDIMM. */
static struct page {
	bool bad;		/* the platform's: a read fails */
	bool listed, noted;	/* by dom0, by Xen */
	uint32_t owner;
	bool mapped;		/* where the guest is to have it */
	bool zeros;		/* what was in it is gone */
} pages[PAGES];

static uint8_t scrub[SCRUB_SIZE];
static bool given_up, clears, taken_elsewhere;
static struct note note;
static unsigned int looks;	/* into dom0's list */
static int steps_left;		/* until the caller is killed; -1: never */
static jmp_buf killed;

static void step(void)
{
	if (!steps_left)
		longjmp(killed, 1);
	steps_left--;
}

static struct page *page_at(uint64_t spa)
{
	assert_in_range(spa, SPA, SPA + PAGES * PAGE - 1);
	return &pages[(spa - SPA) / PAGE];
}

int handle_need_foreign(xenpmem_handle *h)
{
	(void)h;
	return 0;
}

void *xenforeignmemory_map(xenforeignmemory_handle *f, uint32_t domid, int prot, size_t nr,
			   const xen_pfn_t list[], int err[])
{
	(void)f;
	(void)prot;
	(void)err;
	assert_int_equal(domid, MINE);
	assert_int_equal(nr, 1);
	assert_int_equal(list[0], note.scrub_gpa >> 12);
	return given_up ? NULL : scrub;
}

int xenforeignmemory_unmap(xenforeignmemory_handle *f, void *addr, size_t nr)
{
	(void)f;
	assert_ptr_equal(addr, scrub);
	return nr != 1;
}

int guest_write(xenpmem_handle *h, uint32_t domid, uint64_t gpa, const void *buf, size_t len)
{
	(void)h;
	(void)domid;
	(void)gpa;
	memcpy(scrub, buf, len);
	return 0;
}

int note_read(xenpmem_handle *h, uint32_t domid, struct note *to)
{
	(void)domid;
	*to = note;
	return note.nr ? 0 : fail(h, -ENOENT, "no note");
}

int xenpmem_query_media(xenpmem_handle *h, uint32_t index, struct xenpmem_media_error *error)
{
	unsigned int i;

	for (i = 0; i < PAGES; i++)
		if (pages[i].noted && !index--) {
			*error = (struct xenpmem_media_error){ .spa = SPA + i * PAGE + 72 };
			return 0;
		}
	return fail(h, -ENOENT, "no such media error");
}

int xenpmem_range_find(xenpmem_handle *h, const uint8_t uuid[16], struct xenpmem_served *served)
{
	(void)h;
	*served = (struct xenpmem_served){ .range = { { 1 }, SPA, PAGES * PAGE },
					   .state = XEN_PMEM_RANGE_SERVED };
	return uuid[0] == 1 ? 0 : -ENOENT;
}

int xenpmem_bad_add(xenpmem_handle *h, uint64_t spa, uint64_t length)
{
	struct page *p = page_at(spa);

	(void)h;
	assert_int_equal(spa % PAGE, 64);
	assert_int_equal(length, 64);
	assert_false(p->listed);
	p->listed = true;
	step();
	return 0;
}

int bad_clear(xenpmem_handle *h, uint64_t spa, uint64_t length, bool look, uint64_t *bad)
{
	struct page *p = page_at(spa);

	assert_int_equal(spa % PAGE, 0);
	assert_in_range(length, PAGE, look ? XEN_PMEM_CLEAR_MAX : PAGE);
	looks++;
	for (*bad = 0; length; length -= PAGE)
		*bad += page_at(spa + length - PAGE)->listed ? 512 : 0;
	if (!*bad)
		return 0;
	if (!clears)
		return fail(h, -EOPNOTSUPP, "it cannot");
	if (look)
		return 0;
	assert_true(p->noted);
	assert_false(p->mapped);
	p->zeros = false;		/* what the platform puts there */
	p->listed = p->bad = false;
	step();
	return 0;
}

int xenpmem_erase_part(xenpmem_handle *h, const struct xenpmem_range *part, uint64_t *done,
		       uint64_t until)
{
	struct page *p = page_at(part->spa);

	assert_int_equal(part->length, PAGE);
	assert_int_equal(*done, 0);
	assert_int_equal(until, PAGE);
	if (p->owner != NOBODY)
		return fail(h, -EBUSY, "a guest has pages of that part");
	assert_false(p->bad);
	p->zeros = true;
	step();
	return 0;
}

int xenpmem_pages_take(xenpmem_handle *h, uint64_t spa, uint64_t size)
{
	struct page *p = page_at(spa);

	(void)h;
	assert_int_equal(size, PAGE);
	p->noted = true;
	p->mapped = false;
	step();
	return 0;
}

int xenpmem_pages_restore(xenpmem_handle *h, uint64_t spa, uint64_t size)
{
	struct page *p = page_at(spa);

	(void)h;
	assert_int_equal(size, PAGE);
	assert_false(p->bad || p->listed);
	assert_true(p->owner == MINE || p->zeros);
	if (p->noted)
		p->mapped = p->owner == MINE;
	p->noted = false;
	step();
	return 0;
}

int xenpmem_assign(xenpmem_handle *h, uint32_t domid, const struct xenpmem_range *range,
		   uint64_t gpa, uint32_t flags)
{
	struct page *p = page_at(range->spa);

	assert_int_equal(domid, MINE);
	assert_int_equal(flags, XEN_PMEM_ASSIGN_RUNNING);
	assert_int_equal(range->length, PAGE);
	assert_int_equal(gpa - GPA, range->spa - SPA - FIRST * PAGE);
	assert_false(p->bad || p->noted);
	if (taken_elsewhere)
		return fail(h, -EEXIST, "it has something else there");
	if (p->owner != NOBODY && p->owner != MINE)
		return fail(h, -EBUSY, "another's");
	p->owner = MINE;
	p->mapped = true;
	step();
	return 0;
}

/* The guest has never had pages 6 to 8 of the range, which are bad, and shows them. */
static void world_make(void)
{
	const struct plan plan = { .bad = { { GPA + 2 * PAGE, 3 * PAGE } }, .nr_bad = 1 };
	xenpmem_handle h = { 0 };
	unsigned int i;

	note = (struct note){ .scrub_gpa = 0xfc009000, .nr = 3, .v = {
		{ .uuid = { 7 }, .gpa = 3 * GPA, .length = 0x100000 },
		{ .uuid = { 1 }, .gpa = GPA, .length = COUNT * PAGE, .part_offset = FIRST * PAGE,
		  .part_length = COUNT * PAGE },
		{ .uuid = { 1 }, .gpa = 4 * GPA, .length = PAGE, .part_length = PAGE,
		  .flags = VNVDIMM_NOT_ARMED } } };
	given_up = taken_elsewhere = false;
	clears = true;
	steps_left = -1;
	for (i = 0; i < PAGES; i++) {
		bool mine = i >= FIRST && i < FIRST + COUNT, bad = i >= 6 && i <= 8;

		pages[i] = (struct page){ .bad = bad, .listed = bad, .mapped = mine && !bad,
					  .owner = !mine ? OTHER : bad ? NOBODY : MINE };
	}
	assert_int_equal(guest_scrub_write(&h, MINE, note.scrub_gpa, &plan), 0);
}

static void ask_put(uint64_t gpa, uint64_t length)
{
	static uint32_t number;

	number++;
	memcpy(scrub + 16, &number, 4);
	memcpy(scrub + 24, &gpa, 8);
	memcpy(scrub + 32, &length, 8);
}

/* The answer: its status, and *cleared. */
static uint32_t answer_get(uint64_t *cleared)
{
	struct scrub_ask ask;
	uint32_t status;

	assert_false(scrub_ask_read(scrub, &ask));
	assert_memory_equal(scrub + 16, scrub + 40, 4);
	memcpy(&status, scrub + 44, 4);
	memcpy(cleared, scrub + 48, 8);
	return status;
}

static void places_are(unsigned int nr, uint64_t gpa, uint64_t length)
{
	struct scrub_place list[SCRUB_PLACES];

	assert_int_equal(scrub_read(scrub, list), nr);
	if (!nr)
		return;
	assert_int_equal(list[nr - 1].gpa, gpa);
	assert_int_equal(list[nr - 1].length, length);
}

static void clears_one(void **state)
{
	struct xenpmem_cleared done;
	xenpmem_handle h = { 0 };
	uint64_t cleared, gpa;

	(void)state;
	world_make();
	assert_int_equal(xenpmem_guest_scrub(&h, MINE, &gpa), 0);
	assert_int_equal(gpa, note.scrub_gpa);
	assert_false(xenpmem_guest_asks(&h, MINE, gpa));
	assert_int_equal(xenpmem_guest_clear(&h, MINE, &done), 0);
	assert_int_equal(done.bytes, 0);
	ask_put(GPA + 3 * PAGE, PAGE);
	assert_true(xenpmem_guest_asks(&h, MINE, gpa));
	assert_int_equal(xenpmem_guest_clear(&h, MINE, &done), 0);
	assert_int_equal(done.spa, SPA + 7 * PAGE);
	assert_int_equal(done.bytes, PAGE);
	assert_int_equal(done.bad, 1);
	assert_int_equal(answer_get(&cleared), SCRUB_DONE);
	assert_int_equal(cleared, PAGE);
	assert_true(pages[7].mapped && pages[7].owner == MINE && pages[7].zeros);
	assert_true(pages[6].bad && pages[8].bad && !pages[6].noted);
	places_are(2, GPA + 4 * PAGE, PAGE);
	ask_put(GPA + 3 * PAGE, PAGE);
	pages[7].zeros = false;		/* the guest has written there */
	assert_int_equal(xenpmem_guest_clear(&h, MINE, &done), 0);
	assert_int_equal(done.bad, 0);
	assert_int_equal(answer_get(&cleared), SCRUB_DONE);
	assert_false(pages[7].zeros);
}

/* Lost by a machine check; and what dom0 lists, and the guest still has. */
static void clears_its_own(void **state)
{
	struct xenpmem_cleared done;
	xenpmem_handle h = { 0 };
	uint64_t cleared;
	unsigned int i;

	(void)state;
	world_make();
	pages[12].bad = pages[12].noted = true;
	pages[12].mapped = false;
	pages[13].bad = pages[13].listed = true;
	ask_put(GPA + 7 * PAGE, 4 * PAGE);
	assert_int_equal(xenpmem_guest_clear(&h, MINE, &done), 0);
	assert_int_equal(done.bad, 2);
	assert_int_equal(answer_get(&cleared), SCRUB_DONE);
	assert_int_equal(cleared, 4 * PAGE);
	assert_true(pages[12].mapped && !pages[12].bad && !pages[12].listed);
	assert_true(pages[13].mapped && !pages[13].bad && !pages[13].noted);
	for (i = FIRST; i < FIRST + COUNT; i++)
		assert_false(pages[i].zeros);
}

/* As Linux asks when it writes much: what is good takes a look in 64 KiB, and no more. */
static void large(void **state)
{
	struct xenpmem_cleared done;
	xenpmem_handle h = { 0 };
	uint64_t cleared;
	unsigned int i;

	(void)state;
	world_make();
	pages[400] = pages[6];
	looks = 0;
	ask_put(GPA, COUNT * PAGE);
	assert_int_equal(xenpmem_guest_clear(&h, MINE, &done), 0);
	assert_int_equal(answer_get(&cleared), SCRUB_DONE);
	assert_int_equal(cleared, COUNT * PAGE);
	assert_int_equal(done.bad, 4);
	assert_in_range(looks, COUNT / 16, COUNT / 16 + 64);
	places_are(0, 0, 0);
	for (i = 0; i < COUNT; i++)
		assert_int_equal(pages[FIRST + i].owner, MINE);
}

/* Of many bad pages 16 at a time. */
static void bounded(void **state)
{
	struct xenpmem_cleared done;
	xenpmem_handle h = { 0 };
	uint64_t cleared;
	unsigned int i;

	(void)state;
	world_make();
	for (i = 20; i < 60; i++)
		pages[i] = pages[6];
	ask_put(GPA + 16 * PAGE, 100 * PAGE);
	assert_int_equal(xenpmem_guest_clear(&h, MINE, &done), 0);
	assert_int_equal(answer_get(&cleared), SCRUB_DONE);
	assert_int_equal(cleared, 16 * PAGE);
	assert_int_equal(done.bad, 16);
	assert_true(pages[35].mapped && pages[36].bad);
}

static const struct refusal_row {
	const char *name;
	uint64_t gpa, length;
	int rc;
	enum scrub_status status;
	bool clears;
} refusals[] = {
	{ "no page", GPA + 2 * PAGE, 0, -EINVAL, SCRUB_INVALID, true },
	{ "a part of a page", GPA + 2 * PAGE, 512, -EINVAL, SCRUB_INVALID, true },
	{ "not at a page's start", GPA + 512, PAGE, -EINVAL, SCRUB_INVALID, true },
	{ "RAM", 0x100000, PAGE, -EINVAL, SCRUB_INVALID, true },
	{ "before the vNVDIMM", GPA - PAGE, 2 * PAGE, -EINVAL, SCRUB_INVALID, true },
	{ "one page too many", GPA + PAGE, COUNT * PAGE, -EINVAL, SCRUB_INVALID, true },
	{ "the first page after it", GPA + COUNT * PAGE, PAGE, -EINVAL, SCRUB_INVALID, true },
	{ "past the last address", GPA, -PAGE, -EINVAL, SCRUB_INVALID, true },
	{ "the last page", -PAGE, PAGE, -EINVAL, SCRUB_INVALID, true },
	{ "a file's", 3 * GPA, PAGE, -EOPNOTSUPP, SCRUB_UNSUPPORTED, true },
	{ "a read-only one", 4 * GPA, PAGE, -EROFS, SCRUB_UNSUPPORTED, true },
	{ "the platform cannot", GPA + 2 * PAGE, PAGE, -EOPNOTSUPP, SCRUB_UNSUPPORTED, false },
};

static void refused(void **state)
{
	const struct refusal_row *row = *state;
	struct page before[PAGES];
	struct xenpmem_cleared done;
	xenpmem_handle h = { 0 };
	uint64_t cleared;

	world_make();
	clears = row->clears;
	memcpy(before, pages, sizeof(pages));
	ask_put(row->gpa, row->length);
	assert_int_equal(xenpmem_guest_clear(&h, MINE, &done), row->rc);
	assert_int_equal(answer_get(&cleared), row->status);
	assert_int_equal(cleared, 0);
	assert_int_equal(done.bytes, 0);
	assert_memory_equal(before, pages, sizeof(pages));
	places_are(1, GPA + 2 * PAGE, 3 * PAGE);
}

/* The guest has put something there, and clears it later on. */
static void filled(void **state)
{
	struct xenpmem_cleared done;
	xenpmem_handle h = { 0 };
	uint64_t cleared;

	(void)state;
	world_make();
	taken_elsewhere = true;
	ask_put(GPA + 2 * PAGE, 2 * PAGE);
	assert_int_equal(xenpmem_guest_clear(&h, MINE, &done), -EEXIST);
	assert_int_equal(answer_get(&cleared), SCRUB_FAILED);
	assert_int_equal(cleared, 0);
	assert_false(pages[6].bad);
	assert_true(pages[7].bad);
	taken_elsewhere = false;
	ask_put(GPA + 2 * PAGE, 2 * PAGE);
	assert_int_equal(xenpmem_guest_clear(&h, MINE, &done), 0);
	assert_int_equal(answer_get(&cleared), SCRUB_DONE);
	assert_true(pages[6].mapped && pages[6].zeros && pages[7].mapped);
	given_up = true;
	assert_false(xenpmem_guest_asks(&h, MINE, note.scrub_gpa));
	assert_int_equal(xenpmem_guest_clear(&h, MINE, &done), -EFAULT);
	note.scrub_gpa = 0;
	assert_int_equal(xenpmem_guest_scrub(&h, MINE, &cleared), -ENOENT);
	assert_int_equal(xenpmem_guest_clear(&h, MINE, &done), 0);
}

/* Killed after each step, then begun anew: three kinds of bad pages. */
static void killed_anywhere(void **state)
{
	struct xenpmem_cleared done;
	xenpmem_handle h = { 0 };
	uint64_t cleared;
	volatile int kill = 0;
	unsigned int i;

	(void)state;
	for (;; kill++) {
		world_make();
		pages[9].bad = pages[9].noted = true;
		pages[9].mapped = false;
		pages[10].bad = pages[10].listed = true;
		ask_put(GPA + 2 * PAGE, 5 * PAGE);
		steps_left = kill;
		if (!setjmp(killed)) {
			xenpmem_guest_clear(&h, MINE, &done);
			break;
		}
		for (i = 6; i <= 9; i++)
			assert_true(!pages[i].mapped ||
				    (!pages[i].bad && pages[i].zeros == (i < 9)));
		steps_left = -1;
		assert_int_equal(xenpmem_guest_clear(&h, MINE, &done), 0);
		assert_int_equal(answer_get(&cleared), SCRUB_DONE);
		assert_int_equal(cleared, 5 * PAGE);
		for (i = 6; i <= 10; i++)
			assert_true(pages[i].mapped && pages[i].zeros == (i < 9) &&
				    !pages[i].bad && !pages[i].listed && !pages[i].noted);
		places_are(0, 0, 0);
	}
	assert_int_equal(kill, 5 * 4 + 3);
}

int main(void)
{
	suite_add("one page, once and again", clears_one);
	suite_add("pages that the guest has lost, or has", clears_its_own);
	suite_add("a large request", large);
	suite_add("many bad pages", bounded);
	suite_add_rows(refused, refusals);
	suite_add("a guest that has filled the hole", filled);
	suite_add("killed after each step", killed_anywhere);
	return suite_run("clear");
}
