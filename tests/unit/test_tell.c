/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which bad pages a guest that runs is told of: those that are gone from its map, once, and no
 * other, which it could have Xen read. The guest's scrub page is an array here.
 */
#include "suite.h"

#undef fail	/* cmocka's: the library has a function of that name */
#include "lib/guest.h"
#include "lib/guest_note.h"

#define SPA	0x100000000ull
#define GPA	0x200000000ull
#define TOLD	XEN_PMEM_MEDIA_GUEST_TOLD

static uint8_t page[SCRUB_SIZE];
static bool given_up;
static struct xenpmem_media_error notes[200];
static unsigned int nr_notes;
static struct note note;

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
	assert_int_equal(domid, 3);
	assert_int_equal(nr, 1);
	assert_int_equal(list[0], note.scrub_gpa >> 12);
	return given_up ? NULL : page;
}

int xenforeignmemory_unmap(xenforeignmemory_handle *f, void *addr, size_t nr)
{
	(void)f;
	assert_ptr_equal(addr, page);
	return nr != 1;
}

int guest_write(xenpmem_handle *h, uint32_t domid, uint64_t gpa, const void *buf, size_t len)
{
	(void)h;
	(void)domid;
	assert_int_equal(gpa, note.scrub_gpa);
	memcpy(page, buf, len);
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
	if (index >= nr_notes)
		return fail(h, -ENOENT, "no such media error");
	*error = notes[index];
	return 0;
}

/* The range 1; a file has a UUID that is no range's. */
int xenpmem_range_find(xenpmem_handle *h, const uint8_t uuid[16], struct xenpmem_served *served)
{
	(void)h;
	*served = (struct xenpmem_served){ .range = { { 1 }, SPA, 0x100000 } };
	return uuid[0] == 1 ? 0 : -ENOENT;
}

/* Two parts of the range, the second first, and a file; one page is missing from the start. */
static void world_make(void)
{
	const struct plan plan = { .bad = { { GPA + 0x2000, 0x3000 } }, .nr_bad = 1 };
	xenpmem_handle h = { 0 };

	note = (struct note){ .scrub_gpa = 0xfc009000, .nr = 3, .v = {
		{ .uuid = { 7 }, .gpa = 3 * GPA, .length = 0x100000 },
		{ .uuid = { 1 }, .gpa = GPA, .length = 0x10000, .part_offset = 0x20000,
		  .part_length = 0x10000 },
		{ .uuid = { 1 }, .gpa = 2 * GPA, .length = 0x8000, .part_length = 0x8000 } } };
	nr_notes = 0;
	given_up = false;
	assert_int_equal(guest_scrub_write(&h, 3, note.scrub_gpa, &plan), 0);
}

static const struct row {
	const char *name;
	struct xenpmem_media_error note;
	uint64_t gpa;		/* 0: it is not told */
} rows[] = {
	{ "a page that it has lost", { SPA + 0x27040, 3, 1, 0, TOLD }, GPA + 0x7000 },
	{ "one that was taken", { SPA + 0x27000, 3, 0, 0, XEN_PMEM_MEDIA_TAKEN }, GPA + 0x7000 },
	{ "one that was taken from another guest", { SPA + 0x27000, 4, 0, 0,
						     XEN_PMEM_MEDIA_TAKEN }, 0 },
	{ "the last byte of a part", { SPA + 0x7fff, 3, 1, 0, TOLD }, 2 * GPA + 0x7000 },
	{ "the byte behind it", { SPA + 0x8000, 3, 1, 0, TOLD }, 0 },
	{ "one that it lacks from the start", { SPA + 0x24040, 3, 1, 0, TOLD }, 0 },
	{ "one that it still has", { SPA + 0x27040, 3, 1, 0, XEN_PMEM_MEDIA_NOTED }, 0 },
	{ "dom0 was told", { SPA + 0x27040, 3, 1, 0, XEN_PMEM_MEDIA_DOM0_TOLD }, 0 },
	{ "another guest's", { SPA + 0x27040, 4, 1, 0, TOLD }, 0 },
	{ "of no range of its", { SPA + 0x100000, 3, 1, 0, TOLD }, 0 },
};

static void tell(void **state)
{
	const struct row *row = *state;
	struct scrub_place list[SCRUB_PLACES];
	xenpmem_handle h = { 0 };
	bool changed;

	world_make();
	notes[nr_notes++] = row->note;
	assert_int_equal(xenpmem_guest_tell_bad(&h, 3, &changed), 0);
	assert_int_equal(changed, row->gpa != 0);
	assert_int_equal(scrub_read(page, list), row->gpa ? 2 : 1);
	assert_int_equal(list[0].gpa, GPA + 0x2000);
	if (row->gpa) {
		assert_int_equal(list[1].gpa, row->gpa);
		assert_int_equal(list[1].length, 4096);
	}
	assert_int_equal(xenpmem_guest_tell_bad(&h, 3, &changed), 0);
	assert_false(changed);
}

static void refused(void **state)
{
	struct scrub_place list[SCRUB_PLACES];
	xenpmem_handle h = { 0 };
	bool changed;
	unsigned int i;

	(void)state;
	world_make();
	notes[nr_notes++] = rows[0].note;
	given_up = true;
	assert_int_equal(xenpmem_guest_tell_bad(&h, 3, &changed), -EFAULT);
	given_up = false;
	note.scrub_gpa = 0;
	assert_int_equal(xenpmem_guest_tell_bad(&h, 3, &changed), -ENOENT);
	world_make();
	for (i = 0; i < SCRUB_PLACES; i++)
		list[i] = (struct scrub_place){ 4 * GPA + i * 4096, 4096 };
	assert_int_equal(guest_scrub_add(&h, 3, note.scrub_gpa, list, i - 1, &changed), 0);
	assert_true(changed);
	assert_int_equal(guest_scrub_add(&h, 3, note.scrub_gpa, list, i, &changed), -ENOSPC);
	assert_false(changed);
	assert_int_equal(scrub_read(page, list), SCRUB_PLACES);
	note.nr = 0;
	assert_int_equal(xenpmem_guest_tell_bad(&h, 3, &changed), -ENOENT);
}

static void found(void **state)
{
	xenpmem_handle h = { 0 };
	uint64_t offset;

	(void)state;
	world_make();
	assert_int_equal(xenpmem_guest_find_byte(&h, 3, SPA + 0x24040, &offset), 0);
	assert_int_equal(offset, 0x4040);
	assert_int_equal(xenpmem_guest_find_byte(&h, 3, SPA + 0x7fff, &offset), 0);
	assert_int_equal(offset, 0x7fff);
	assert_int_equal(xenpmem_guest_find_byte(&h, 3, SPA + 0x8000, &offset), -ENOENT);
	assert_int_equal(xenpmem_guest_find_byte(&h, 3, SPA - 1, &offset), -ENOENT);
	note.nr = 0;
	assert_int_equal(xenpmem_guest_find_byte(&h, 3, SPA, &offset), -ENOENT);
}

/* ---- what is cleared goes from the list ---- */

static const struct cut_row {
	const char *name;
	struct scrub_place has, gone;
	unsigned int nr;
	struct scrub_place last;
} cuts[] = {
	{ "all of a place", { 0x5000, 0x1000 }, { 0x5000, 0x1000 }, 0, { 0, 0 } },
	{ "more than it", { 0x5000, 0x1000 }, { 0x1000, 0x9000 }, 0, { 0, 0 } },
	{ "its start", { 0x5000, 0x3000 }, { 0x5000, 0x1000 }, 1, { 0x6000, 0x2000 } },
	{ "its end", { 0x5000, 0x3000 }, { 0x7000, 0x5000 }, 1, { 0x5000, 0x2000 } },
	{ "its middle", { 0x5000, 0x3000 }, { 0x6000, 0x1000 }, 2, { 0x7000, 0x1000 } },
	{ "far before it", { 0x5000, 0x3000 }, { 0x2000, 0x1000 }, 1, { 0x5000, 0x3000 } },
	{ "what is before it", { 0x5000, 0x3000 }, { 0x4000, 0x1000 }, 1, { 0x5000, 0x3000 } },
	{ "what is behind it", { 0x5000, 0x3000 }, { 0x8000, 0x1000 }, 1, { 0x5000, 0x3000 } },
	{ "a place without sense", { 0x5000, -0x1000ull }, { 0x8000, 0x1000 }, 0, { 0, 0 } },
};

static void cut(void **state)
{
	const struct cut_row *row = *state;
	const struct plan plan = { .bad = { row->has }, .nr_bad = 1 };
	struct scrub_place list[SCRUB_PLACES];
	xenpmem_handle h = { 0 };

	world_make();
	assert_int_equal(guest_scrub_write(&h, 3, note.scrub_gpa, &plan), 0);
	guest_scrub_cut(page, &row->gone);
	assert_int_equal(scrub_read(page, list), row->nr);
	if (!row->nr)
		return;
	assert_int_equal(list[row->nr - 1].gpa, row->last.gpa);
	assert_int_equal(list[row->nr - 1].length, row->last.length);
}

/* A full page: cutting one place in two adds none. */
static void cut_full(void **state)
{
	struct plan plan = { .nr_bad = SCRUB_PLACES };
	struct scrub_place list[SCRUB_PLACES];
	xenpmem_handle h = { 0 };
	unsigned int i;

	(void)state;
	world_make();
	for (i = 0; i < SCRUB_PLACES; i++)
		plan.bad[i] = (struct scrub_place){ (i + 1) * 0x10000ull, 0x3000 };
	assert_int_equal(guest_scrub_write(&h, 3, note.scrub_gpa, &plan), 0);
	guest_scrub_cut(page, &(struct scrub_place){ 0x11000, 0x1000 });
	assert_int_equal(scrub_read(page, list), SCRUB_PLACES);
	assert_int_equal(list[1].gpa, 0x12000);
}

int main(void)
{
	suite_add_rows(tell, rows);
	suite_add("refused", refused);
	suite_add("where a guest has a byte", found);
	suite_add_rows(cut, cuts);
	suite_add("a full list", cut_full);
	return suite_run("tell");
}
