/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Any guest and any requests: nothing crashes or runs forever; chosen addresses, the labels' too,
 * are where they may be, and the result goes into the memory map.
 */
#include "fuzz.h"
#include "place.h"

#define MAP_MAX 6

static void check(const struct place_guest *guest, const struct place_request *asked,
		  const struct place_request *got, size_t nr, uint64_t labels)
{
	struct memmap_entry new[PLACE_REQUESTS_MAX + 1], out[MAP_MAX + PLACE_REQUESTS_MAX + 1];
	uint64_t gpa;
	size_t i;

	for (i = 0; i < nr; i++) {
		must(got[i].gpa >= GIB(4) && got[i].gpa >= guest->ram_top);
		must(got[i].gpa + got[i].length <= 1ull << guest->address_bits);
		must(asked[i].gpa == PLACE_ANYWHERE ? (got[i].gpa - got[i].spa) % GIB(1) == 0 :
		     got[i].gpa == asked[i].gpa);
		new[i] = (struct memmap_entry){
			.addr = got[i].gpa, .size = got[i].length, .type = MEMMAP_PMEM,
		};
	}
	if (place_labels(guest, got, nr, labels, &gpa) == PLACE_OK) {
		must(gpa >= GIB(4) && gpa >= guest->ram_top &&
		     gpa + labels <= 1ull << guest->address_bits && !(gpa % PLACE_LABELS_ALIGN));
		new[nr++] = (struct memmap_entry){
			.addr = gpa, .size = labels, .type = MEMMAP_RESERVED,
		};
	}
	must(memmap_insert(guest->map, guest->nr_map, new, nr, out,
			   MAP_MAX + PLACE_REQUESTS_MAX + 1) == MEMMAP_OK);
}

static void request_take(struct input *in, struct place_request *r, unsigned int shift)
{
	r->spa = input_number(in, 3) << 12;
	r->length = input_number(in, 2) << shift;
	r->gpa = input_number(in, 2) << shift;
	if (!r->gpa)
		r->gpa = PLACE_ANYWHERE;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct input in = { data, len };
	struct memmap_entry map[MAP_MAX];
	struct place_request asked[PLACE_REQUESTS_MAX + 1], got[PLACE_REQUESTS_MAX + 1];
	struct place_guest guest = { .map = map };
	unsigned int shift = input_number(&in, 1) % 49;
	size_t nr = input_number(&in, 1) % (PLACE_REQUESTS_MAX + 2), at, i;

	guest.nr_map = input_number(&in, 1) % (MAP_MAX + 1);
	guest.address_bits = 30 + (unsigned int)input_number(&in, 1) % 24;
	guest.ram_top = input_number(&in, 2) << shift;
	for (i = 0; i < MAP_MAX; i++)
		map[i] = (struct memmap_entry){
			.addr = input_number(&in, 2) << shift,
			.size = input_number(&in, 2) << shift,
		};
	for (i = 0; i < nr; i++)
		request_take(&in, &asked[i], shift);
	memcpy(got, asked, sizeof(got[0]) * nr);
	if (place_choose(&guest, got, nr, &at))
		must((at < nr || !at) && !memcmp(got, asked, sizeof(got[0]) * nr));
	else
		check(&guest, asked, got, nr, (1 + input_number(&in, 2)) << (12 + shift % 24));
	return 0;
}
