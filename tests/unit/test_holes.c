/* SPDX-License-Identifier: GPL-2.0-only */
/* Which pages of a vNVDIMM a guest does not get, by dom0's bad blocks and by Xen's notes. */
#include "suite.h"

#undef fail	/* cmocka's: the library has a function of that name */
#include "lib/guest.h"

#define SPA	0x100000000ull
#define WHOLE	0x100000ull
#define NOTES_MAX	80

static uint64_t notes[NOTES_MAX];
static unsigned int nr_notes;
static bool deaf;

int xenpmem_query_media(xenpmem_handle *h, uint32_t index, struct xenpmem_media_error *error)
{
	if (deaf)
		return fail(h, -ENODEV, "no extension");
	if (index >= nr_notes)
		return fail(h, -ENOENT, "no such media error");
	*error = (struct xenpmem_media_error){ .spa = notes[index] };
	return 0;
}

/* Offsets in the namespace, and what is left out of the vNVDIMM, a part of it. */
static const struct row {
	const char *name;
	uint64_t offset, length;		/* of the part */
	struct xenpmem_bad bad[XENPMEM_BAD_MAX];
	uint64_t notes[4];			/* host addresses */
	struct xenpmem_bad expected[4];
	int rc;
} rows[] = {
	{ "none", 0, WHOLE, { { 0, 0 } }, { 0 }, { { 0, 0 } }, 0 },
	{ "one block", 0, WHOLE, { { 8192 + 512, 512 } }, { 0 }, { { 8192, 4096 } }, 0 },
	{ "a block over two pages", 0, WHOLE, { { 8192 - 512, 1024 } }, { 0 },
	  { { 4096, 8192 } }, 0 },
	{ "a noted byte", 0, WHOLE, { { 0, 0 } }, { SPA + 0x5040 }, { { 0x5000, 4096 } }, 0 },
	{ "the same page twice", 0, WHOLE, { { 0x5000, 512 } }, { SPA + 0x5fff },
	  { { 0x5000, 4096 } }, 0 },
	{ "pages that adjoin", 0, WHOLE, { { 0x5000, 512 }, { 0x7000, 512 } }, { SPA + 0x6000 },
	  { { 0x5000, 0x3000 } }, 0 },
	{ "in any order", 0, WHOLE, { { 0x7000, 512 }, { 0x3000, 512 } }, { SPA + 0x1000 },
	  { { 0x1000, 4096 }, { 0x3000, 4096 }, { 0x7000, 4096 } }, 0 },
	{ "the first and the last page", 0, WHOLE, { { 0, 512 }, { WHOLE - 512, 512 } }, { 0 },
	  { { 0, 4096 }, { WHOLE - 4096, 4096 } }, 0 },
	{ "of other parts of the namespace", 0x10000, 0x10000,
	  { { 0xfe00, 512 }, { 0x20000, 512 } }, { SPA - 1, SPA + WHOLE }, { { 0, 0 } }, 0 },
	{ "over the ends of the part", 0x10000, 0x10000, { { 0xf000, 0x2000 },
	  { 0x1f800, 0x10000 } }, { 0 }, { { 0, 4096 }, { 0xf000, 4096 } }, 0 },
	{ "all of it", 0x10000, 0x10000, { { 0, WHOLE } }, { 0 }, { { 0, 0 } }, -EIO },
};

static uint64_t seen, parts;

static int part_see(xenpmem_handle *h, void *arg, uint64_t offset, uint64_t length)
{
	const struct xenpmem_vnvdimm *v = arg;
	unsigned int i;

	(void)h;
	assert_true(length && offset + length <= v->backing.length);
	for (i = 0; i < v->nr_bad; i++)
		assert_true(offset + length <= v->bad[i].offset ||
			    offset >= v->bad[i].offset + v->bad[i].length);
	seen += length;
	parts++;
	return 0;
}

static void find(void **state)
{
	const struct row *r = *state;
	struct xenpmem_namespace ns = { .range = { { 1 }, SPA, WHOLE } };
	struct xenpmem_vnvdimm v = { .backing = { { 1 }, SPA + r->offset, r->length },
				     .nr_bad = 7 };
	xenpmem_handle h = { 0 };
	uint64_t left = r->length;
	unsigned int i;

	for (i = 0; r->bad[i].length; i++)
		ns.bad[ns.nr_bad++] = r->bad[i];
	for (nr_notes = 0; r->notes[nr_notes]; nr_notes++)
		notes[nr_notes] = r->notes[nr_notes];
	assert_int_equal(xenpmem_vnvdimm_find_bad(&h, &ns, &v), r->rc);
	if (r->rc)
		return;
	assert_string_equal(h.error.line, "");
	for (i = 0; r->expected[i].length; i++) {
		assert_true(i < v.nr_bad);
		assert_int_equal(v.bad[i].offset, r->expected[i].offset);
		assert_int_equal(v.bad[i].length, r->expected[i].length);
		left -= v.bad[i].length;
	}
	assert_int_equal(v.nr_bad, i);
	seen = parts = 0;
	assert_int_equal(good_parts_each(&h, &v, part_see, &v), 0);
	assert_int_equal(seen, left);
	assert_true(parts <= v.nr_bad + 1u);
}

/* Each second page; the last one has no room. */
static void full(void **state)
{
	struct xenpmem_namespace ns = { .range = { { 1 }, SPA, WHOLE } };
	struct xenpmem_vnvdimm v = { .backing = ns.range };
	xenpmem_handle h = { 0 };
	unsigned int i;

	(void)state;
	for (i = 0; i < XENPMEM_VNVDIMM_BAD_MAX; i++)
		notes[i] = SPA + (uint64_t)(XENPMEM_VNVDIMM_BAD_MAX - i) * 8192;
	nr_notes = i;
	assert_int_equal(xenpmem_vnvdimm_find_bad(&h, &ns, &v), 0);
	assert_int_equal(v.nr_bad, XENPMEM_VNVDIMM_BAD_MAX);
	notes[nr_notes++] = SPA + 3 * 4096;	/* it joins two of them */
	assert_int_equal(xenpmem_vnvdimm_find_bad(&h, &ns, &v), 0);
	assert_int_equal(v.nr_bad, XENPMEM_VNVDIMM_BAD_MAX - 1);
	notes[nr_notes - 1] = SPA;
	assert_int_equal(xenpmem_vnvdimm_find_bad(&h, &ns, &v), -ENOSPC);
	nr_notes = 0;
	ns.nr_bad = XENPMEM_BAD_MAX + 1;
	assert_int_equal(xenpmem_vnvdimm_find_bad(&h, &ns, &v), -ENOSPC);
	assert_string_equal(h.error.line, "it has more than 16 ranges of bad blocks");
	ns.nr_bad = 0;
	deaf = true;
	assert_int_equal(xenpmem_vnvdimm_find_bad(&h, &ns, &v), -ENODEV);
}

int main(void)
{
	suite_add_rows(find, rows);
	suite_add("more than are listed", full);
	return suite_run("holes");
}
