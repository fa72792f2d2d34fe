/* SPDX-License-Identifier: GPL-2.0-only */
/* Where vNVDIMMs are placed in a guest's address space. */
#include "suite.h"
#include "place.h"

#define G ((uint64_t)1 << 30)
#define M ((uint64_t)1 << 20)
#define ANY PLACE_ANYWHERE

/*
 * The guests: 512 MiB; 5.5 GiB in two parts; one whose map has an entry high above its RAM; one
 * whose RAM ends off any boundary.
 */
static const struct memmap_entry small[] = { { 0, 512 * M, 1, 0 }, { 0xfc000000, 0x9000, 3, 0 } };
static const struct memmap_entry large[] = {
	{ 0, 7 * G / 2, 1, 0 }, { 0xfc000000, 0x9000, 3, 0 }, { 4 * G, 3 * G / 2, 1, 0 },
};
static const struct memmap_entry high[] = { { 0, 512 * M, 1, 0 }, { 1012 * G, 12 * G, 2, 0 } };
static const struct memmap_entry odd[] = { { 0, 7 * G / 2, 1, 0 }, { 4 * G, 4096, 1, 0 } };
static const struct memmap_entry wrapping[] = { { 0, 512 * M, 1, 0 }, { UINT64_MAX, 2, 2, 0 } };
static const struct memmap_entry topmost[] = { { UINT64_MAX - 4095, 4095, 2, 0 } };

#define SMALL small, NR(small)
#define LARGE large, NR(large)

/*
 * Up to three requests { spa, length, gpa }, which a length of 0 ends; the addresses chosen, or the
 * reason and the request at fault.
 */
static const struct place_row {
	const char *name;
	const struct memmap_entry *map;
	size_t nr_map;
	uint64_t ram_top;
	unsigned int bits;
	struct place_request requests[4];
	enum place_reason reason;
	uint64_t gpa[3];	/* if refused, gpa[0] is the index at fault */
} rows[] = {
	{ "none", SMALL, 512 * M, 39, { { 0 } }, PLACE_OK, { 0 } },
	{ "small guest: at 4 GiB", SMALL, 512 * M, 39, { { 10 * G, G, ANY } }, PLACE_OK,
	  { 4 * G } },
	{ "large guest: the next GiB above RAM", LARGE, 11 * G / 2, 39, { { 10 * G, G, ANY } },
	  PLACE_OK, { 6 * G } },
	{ "maxmem above memory", LARGE, 20 * G, 39, { { 10 * G, G, ANY } }, PLACE_OK, { 20 * G } },
	{ "maxmem off any boundary", LARGE, 20 * G + 4096, 39, { { 10 * G, G, ANY } }, PLACE_OK,
	  { 21 * G } },
	{ "a page of RAM above 4 GiB", odd, NR(odd), 4 * G + 4096, 39, { { 10 * G, G, ANY } },
	  PLACE_OK, { 5 * G } },
	{ "ram_top below the map", LARGE, 0, 39, { { 10 * G, G, ANY } }, PLACE_OK, { 6 * G } },
	{ "above what is high in the map", high, NR(high), 512 * M, 46, { { 10 * G, G, ANY } },
	  PLACE_OK, { 1024 * G } },
	{ "equal to the SPA modulo 1 GiB", LARGE, 11 * G / 2, 39, { { 10 * G + 2 * M, G, ANY } },
	  PLACE_OK, { 6 * G + 2 * M } },
	{ "so even to the page", LARGE, 11 * G / 2, 39, { { 11 * G - 4096, 8192, ANY } }, PLACE_OK,
	  { 7 * G - 4096 } },
	{ "three in a row", SMALL, 512 * M, 39,
	  { { 10 * G, 3 * G / 2, ANY }, { 20 * G, G, ANY }, { 30 * G + M, 4096, ANY } }, PLACE_OK,
	  { 4 * G, 6 * G, 7 * G + M } },
	{ "one in the free end of another's GiB", SMALL, 512 * M, 39,
	  { { 10 * G, 3 * G / 2, ANY }, { 10 * G + 3 * G / 4, 4096, ANY } }, PLACE_OK,
	  { 4 * G, 5 * G + 3 * G / 4 } },
	{ "given address kept", LARGE, 11 * G / 2, 39, { { 10 * G, G, 11 * G / 2 } }, PLACE_OK,
	  { 11 * G / 2 } },
	{ "around a given address behind it in the list", LARGE, 11 * G / 2, 39,
	  { { 10 * G, 2 * G, ANY }, { 20 * G, G, 7 * G } }, PLACE_OK, { 8 * G, 7 * G } },
	{ "before a given address", LARGE, 11 * G / 2, 39,
	  { { 10 * G, G, ANY }, { 20 * G, G, 7 * G } }, PLACE_OK, { 6 * G, 7 * G } },
	{ "around a given one off any boundary", LARGE, 11 * G / 2, 39,
	  { { 10 * G, G, ANY }, { 20 * G, G, 6 * G + 4096 } }, PLACE_OK, { 8 * G, 6 * G + 4096 } },
	{ "the last GiB", SMALL, 512 * M, 36, { { 10 * G, G, 63 * G } }, PLACE_OK, { 63 * G } },
	{ "all that there is", SMALL, 512 * M, 36, { { 10 * G, 60 * G, ANY } }, PLACE_OK,
	  { 4 * G } },
	{ "a page more than there is", SMALL, 512 * M, 36, { { 10 * G, 60 * G + 4096, ANY } },
	  PLACE_TOO_HIGH, { 0 } },
	{ "no room for the second", SMALL, 512 * M, 36,
	  { { 10 * G, 59 * G, ANY }, { 10 * G, 2 * G, ANY } }, PLACE_TOO_HIGH, { 1 } },
	{ "too long for any address", SMALL, 512 * M, 36, { { 10 * G, (uint64_t)0 - 4096, ANY } },
	  PLACE_TOO_HIGH, { 0 } },
	{ "map up to the end", topmost, NR(topmost), 0, 52, { { 10 * G, G, ANY } }, PLACE_TOO_HIGH,
	  { 0 } },
	{ "maxmem up to the end", SMALL, UINT64_MAX, 52, { { 10 * G, G, ANY } }, PLACE_TOO_HIGH,
	  { 0 } },
	{ "given, too high", SMALL, 512 * M, 36, { { 10 * G, G, 63 * G + 4096 } }, PLACE_TOO_HIGH,
	  { 0 } },
	{ "given, would wrap", SMALL, 512 * M, 52, { { 10 * G, G, (uint64_t)0 - 4096 } },
	  PLACE_TOO_HIGH, { 0 } },
	{ "given, not of a page", SMALL, 512 * M, 39, { { 10 * G, G, 4 * G + 1 } },
	  PLACE_MISALIGNED, { 0 } },
	{ "given, in RAM", LARGE, 11 * G / 2, 39, { { 10 * G, G, 5 * G } }, PLACE_IN_RAM, { 0 } },
	{ "given, in maxmem", LARGE, 20 * G, 39, { { 10 * G, G, 19 * G } }, PLACE_IN_RAM, { 0 } },
	{ "given, last page of RAM", LARGE, 11 * G / 2, 39, { { 10 * G, G, 11 * G / 2 - 4096 } },
	  PLACE_IN_RAM, { 0 } },
	{ "given, below 4 GiB", SMALL, 512 * M, 39, { { 10 * G, G, G } }, PLACE_LOW, { 0 } },
	{ "given, over the map", high, NR(high), 512 * M, 46, { { 10 * G, 2 * G, 1011 * G } },
	  PLACE_OVERLAP, { 0 } },
	{ "given, over RAM that ram_top forgot", LARGE, 0, 39, { { 10 * G, G, 5 * G } },
	  PLACE_OVERLAP, { 0 } },
	{ "given, over another", SMALL, 512 * M, 39,
	  { { 10 * G, 2 * G, 4 * G }, { 20 * G, G, 5 * G } }, PLACE_OVERLAP, { 1 } },
	{ "given, before another, into it", SMALL, 512 * M, 39,
	  { { 10 * G, G, 5 * G }, { 20 * G, 2 * G, 4 * G } }, PLACE_OVERLAP, { 1 } },
	{ "SPA not of a page", SMALL, 512 * M, 39, { { 10 * G, G, ANY }, { 10 * G + 1, G, ANY } },
	  PLACE_BAD_LENGTH, { 1 } },
	{ "length not of a page", SMALL, 512 * M, 39, { { 10 * G, G + 1, ANY } }, PLACE_BAD_LENGTH,
	  { 0 } },
	{ "address width too small", SMALL, 512 * M, 32, { { 10 * G, G, ANY } }, PLACE_BAD_GUEST,
	  { 0 } },
	{ "address width too large", SMALL, 512 * M, 53, { { 10 * G, G, ANY } }, PLACE_BAD_GUEST,
	  { 0 } },
	{ "map that wraps", wrapping, NR(wrapping), 512 * M, 39, { { 10 * G, G, ANY } },
	  PLACE_BAD_GUEST, { 0 } },
};

static void placed(void **state)
{
	const struct place_row *row = *state;
	struct place_guest guest = {
		.map = row->map, .nr_map = row->nr_map, .ram_top = row->ram_top,
		.address_bits = row->bits,
	};
	struct place_request requests[4];
	size_t nr = 0, at = 99, i;

	memcpy(requests, row->requests, sizeof(requests));
	while (requests[nr].length)
		nr++;
	assert_int_equal(place_choose(&guest, requests, nr, &at), row->reason);
	if (row->reason) {
		assert_int_equal(at, row->gpa[0]);
		assert_memory_equal(requests, row->requests, sizeof(requests));
		return;
	}
	for (i = 0; i < nr; i++)
		assert_int_equal(requests[i].gpa, row->gpa[i]);
}

/*
 * The label slots of one or two placed vNVDIMMs { spa, length, gpa }:
 *   RAM | floor ... vNVDIMM | labels            RAM | floor: labels ... vNVDIMM up to the end
 */
static const struct labels_row {
	const char *name;
	const struct memmap_entry *map;
	size_t nr_map;
	uint64_t ram_top;
	unsigned int bits;
	struct place_request requests[3];
	uint64_t length;
	enum place_reason reason;
	uint64_t gpa;
} labels_rows[] = {
	{ "labels above a vNVDIMM", SMALL, 512 * M, 39, { { 10 * G, G, 4 * G } }, 128 * 1024,
	  PLACE_OK, 5 * G },
	{ "labels on the next 2 MiB", SMALL, 512 * M, 39, { { 10 * G, G + 4096, 4 * G } },
	  128 * 1024, PLACE_OK, 5 * G + 2 * M },
	{ "labels above the higher one", SMALL, 512 * M, 39,
	  { { 10 * G, G, 9 * G }, { 20 * G, G, 4 * G } }, 256 * 1024, PLACE_OK, 10 * G },
	{ "labels above RAM to come, where a vNVDIMM is below it", SMALL, 20 * G + 4096, 39,
	  { { 10 * G, G, 4 * G } }, 4096, PLACE_OK, 21 * G },
	{ "labels up to the very end", SMALL, 512 * M, 36, { { 10 * G, G, 63 * G - 2 * M } }, 2 * M,
	  PLACE_OK, 64 * G - 2 * M },
	{ "labels below a vNVDIMM at the end", SMALL, 512 * M, 36, { { 10 * G, G, 63 * G } },
	  128 * 1024, PLACE_OK, 4 * G },
	{ "labels between two", SMALL, 512 * M, 36, { { 10 * G, G, 63 * G }, { 20 * G, G, 4 * G } },
	  128 * 1024, PLACE_OK, 5 * G },
	{ "labels between two, in either order", SMALL, 512 * M, 36,
	  { { 20 * G, G, 4 * G }, { 10 * G, G, 63 * G } }, 128 * 1024, PLACE_OK, 5 * G },
	{ "labels do not fit between two", SMALL, 512 * M, 36,
	  { { 20 * G, G, 4 * G }, { 10 * G, 59 * G - 4096, 5 * G + 4096 } }, 8192,
	  PLACE_NO_LABELS, 0 },
	{ "no room for labels", SMALL, 512 * M, 36, { { 10 * G, 60 * G, 4 * G } }, 4096,
	  PLACE_NO_LABELS, 0 },
	{ "more labels than there is room for", SMALL, 512 * M, 36,
	  { { 10 * G, G, 4 * G } }, 60 * G, PLACE_NO_LABELS, 0 },
	{ "labels of an impossible guest", SMALL, 512 * M, 53, { { 10 * G, G, 4 * G } }, 4096,
	  PLACE_BAD_GUEST, 0 },
};

static void labels_placed(void **state)
{
	const struct labels_row *row = *state;
	struct place_guest guest = {
		.map = row->map, .nr_map = row->nr_map, .ram_top = row->ram_top,
		.address_bits = row->bits,
	};
	uint64_t gpa = 7;
	size_t nr = 0;

	while (row->requests[nr].length)
		nr++;
	assert_int_equal(place_labels(&guest, row->requests, nr, row->length, &gpa), row->reason);
	assert_int_equal(gpa, row->reason ? 7 : row->gpa);
}

/* A guest with 512 MiB; what its Linux does not map. */
static const struct linux_row {
	const char *name;
	uint64_t gpa, length;
	unsigned int wrong;
} linux_rows[] = {
	{ "Linux: as it comes", 4 * G, G, 0 },
	{ "Linux: base on 2 MiB, size of 16 MiB", 4 * G + 2 * M, 16 * M, 0 },
	{ "Linux: base a page off", 4 * G + 4096, 16 * M, PLACE_LINUX_BAD_BASE },
	{ "Linux: base 1 MiB off", 4 * G + M, 16 * M, PLACE_LINUX_BAD_BASE },
	{ "Linux: size of 100 MiB", 4 * G, 100 * M, PLACE_LINUX_BAD_SIZE },
	{ "Linux: a page more than 16 MiB", 4 * G, 16 * M + 4096, PLACE_LINUX_BAD_SIZE },
	{ "Linux: base and size", 4 * G + 4096, 8 * M,
	  PLACE_LINUX_BAD_BASE | PLACE_LINUX_BAD_SIZE },
	{ "Linux: up to RAM's TiB and 10 more", 11 * 1024 * G - G, G, 0 },
	{ "Linux: 2 MiB above that", 11 * 1024 * G - G + 2 * M, G, PLACE_LINUX_TOO_HIGH },
	{ "Linux: begins above that", 200 * 1024 * G, G, PLACE_LINUX_TOO_HIGH },
	{ "Linux: longer than all that", 4 * G, 12 * 1024 * G, PLACE_LINUX_TOO_HIGH },
};

static void linux_checked(void **state)
{
	const struct linux_row *row = *state;
	struct place_guest guest = {
		.map = small, .nr_map = NR(small), .ram_top = 512 * M, .address_bits = 48,
	};
	struct place_request r = { .spa = row->gpa, .length = row->length, .gpa = row->gpa };

	assert_int_equal(place_linux_check(&guest, &r), row->wrong);
}

/* The nearest that works does, and nothing that works is nearer. */
static void nearest_works(void **state)
{
	const uint64_t unit = 16 * M;
	uint64_t n, near;

	(void)state;
	for (n = 4096; n < 5 * unit; n += 4096) {
		near = place_nearest(n, unit);
		assert_true(near && !(near % unit));
		assert_true(near >= n ? near - n <= unit / 2 || near == unit : n - near < unit / 2);
	}
	assert_int_equal(place_nearest(UINT64_MAX, unit) % unit, 0);
	assert_int_equal(place_nearest(0, unit), unit);
}

static void empty_refused(void **state)
{
	struct place_guest guest = {
		.map = small, .nr_map = NR(small), .ram_top = 512 * M, .address_bits = 39,
	};
	struct place_request empty = { 10 * G, 0, ANY };
	size_t at;

	(void)state;
	assert_int_equal(place_choose(&guest, &empty, 1, &at), PLACE_BAD_LENGTH);
}

/* Sixteen fit and are all apart; a seventeenth is one too many. */
static void counted(void **state)
{
	struct place_guest guest = {
		.map = large, .nr_map = NR(large), .ram_top = 6 * G, .address_bits = 46,
	};
	struct place_request r[17];
	size_t at, i;

	(void)state;
	for (i = 0; i < NR(r); i++)
		r[i] = (struct place_request){ i * 7 * G + i * 128 * M, G + i * 4096, ANY };
	assert_int_equal(place_choose(&guest, r, 17, &at), PLACE_TOO_MANY);
	assert_int_equal(place_choose(&guest, r, 16, &at), PLACE_OK);
	for (i = 0; i < 16; i++) {
		assert_int_equal(r[i].gpa % G, r[i].spa % G);
		assert_true(i ? r[i].gpa >= r[i - 1].gpa + r[i - 1].length : r[i].gpa >= 6 * G);
	}
}

static void texts_differ(void **state)
{
	int a, b;

	(void)state;
	for (a = 0; a <= PLACE_REASONS; a++)
		for (b = 0; b < a; b++)
			assert_string_not_equal(place_reason_text(a), place_reason_text(b));
}

int main(void)
{
	suite_add_rows(placed, rows);
	suite_add_rows(labels_placed, labels_rows);
	suite_add_rows(linux_checked, linux_rows);
	suite_add("the nearest that Linux takes", nearest_works);
	suite_add("empty refused", empty_refused);
	suite_add("counted", counted);
	suite_add("texts differ", texts_differ);
	return suite_run("place");
}
