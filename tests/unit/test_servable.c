/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What of a host can be served: hosts as their owners have described them, or of the same pattern,
 * with the hole that Xen 4.17 makes of their RAM; borders; and random hosts, asked address by
 * address. docs/hardware.md has the table of hosts.
 */
#include "suite.h"
#include "servable.h"

#define TIB(n)		((uint64_t)(n) << 40)
#define LIMIT		TIB(5)
#define RAM_MAX		8
#define PAGE_SHIFT	12
#define MAX_ORDER	18	/* Xen never leaves out bits below this order */

struct layout {
	struct servable_ram ram[RAM_MAX], nvdimm[2];
	size_t nr_ram, nr_nvdimm;
};

/* ---- Xen 4.17: which bits of frame numbers it leaves out, by the RAM in SRAT ---- */

static uint64_t bits_up_to(uint64_t n)
{
	uint64_t bits = 0;

	while (bits < n)
		bits = bits << 1 | 1;
	return bits;
}

/* The bits that are 1 in any address of RAM. */
static uint64_t ram_bits(const struct layout *l)
{
	uint64_t bits = bits_up_to(GIB(4)), start;
	size_t i;

	for (i = 0; i < l->nr_ram; i++) {
		start = l->ram[i].start;
		bits |= start | bits_up_to(start ^ (start + l->ram[i].length - 1));
	}
	return bits;
}

/* The widest run of other bits that has RAM's bits above. */
static uint64_t hole_of(const struct layout *l)
{
	const uint64_t bits = ram_bits(l);
	unsigned int i, at = 0, widest = 0, run = 0;

	for (i = PAGE_SHIFT + MAX_ORDER; i < 64; i++) {
		if (!(bits >> i & 1)) {
			run++;
			continue;
		}
		if (run > widest) {
			widest = run;
			at = i - run;
		}
		run = 0;
	}
	return ((1ull << widest) - 1) << at;
}

/* ---- hosts ---- */

/* RAM, NVDIMM, RAM, NVDIMM; the first 2 GiB of RAM are below 4 GiB. */
static void sockets_make(struct layout *l, unsigned int sockets, uint64_t ram, uint64_t nvdimm)
{
	uint64_t at = GIB(4), size;
	unsigned int i;

	l->ram[l->nr_ram++] = (struct servable_ram){ MIB(1), GIB(2) - MIB(1) };
	for (i = 0; i < sockets; i++) {
		size = GIB(ram) - (i ? 0 : GIB(2));
		l->ram[l->nr_ram++] = (struct servable_ram){ at, size };
		at += size + MIB(512);
		l->nvdimm[l->nr_nvdimm++] = (struct servable_ram){ at, GIB(nvdimm) };
		at += GIB(nvdimm);
	}
}

static const struct host_row {
	const char *name;
	unsigned int sockets;			/* 0: the layout */
	uint64_t ram, nvdimm;			/* of a socket, in GiB */
	struct layout layout;
	uint64_t hole;				/* of Xen 4.17 */
	unsigned int percent_4_17, percent;	/* percent: without a hole */
} hosts[] = {
	{ "96 + 504", 2, 96, 504, .hole = 0x4000000000, .percent_4_17 = 49, .percent = 100 },
	{ "96 + 756", 2, 96, 756, .percent_4_17 = 100, .percent = 100 },
	{ "96 + 1512", 2, 96, 1512, .hole = 0x4000000000, .percent_4_17 = 49, .percent = 100 },
	{ "192 + 756", 2, 192, 756, .percent_4_17 = 100, .percent = 100 },
	{ "192 + 1008", 2, 192, 1008, .hole = 0x8000000000, .percent_4_17 = 49, .percent = 100 },
	{ "192 + 1512", 2, 192, 1512, .percent_4_17 = 100, .percent = 100 },
	{ "192 + 3024", 2, 192, 3024, .hole = 0x8000000000, .percent_4_17 = 35, .percent = 78 },
	{ "384 + 756", 2, 384, 756, .hole = 0x8000000000, .percent_4_17 = 32, .percent = 100 },
	{ "384 + 1512", 2, 384, 1512, .percent_4_17 = 100, .percent = 100 },
	{ "384 + 3024", 2, 384, 3024, .percent_4_17 = 71, .percent = 71 },
	{ "256 + 1008, one socket", 1, 256, 1008, .percent_4_17 = 100, .percent = 100 },
	{ "64 + 256, one socket", 1, 64, 256, .percent_4_17 = 100, .percent = 100 },
	{ "NVDIMM-N, 256 + 32", .layout = {
		{ { MIB(1), GIB(2) - MIB(1) }, { GIB(4), 0x3f80000000 },
		  { 0x4880000000, GIB(256) } },
		{ { 0x4080000000, GIB(32) } }, 3, 1 },
	  .percent_4_17 = 100, .percent = 100 },
	{ "CXL windows behind 128 GiB", .layout = {
		{ { MIB(1), GIB(2) - MIB(1) }, { GIB(4), 0x1f70000000 } },
		{ { 0x2070000000, GIB(256) }, { 0x6070000000, GIB(256) } }, 2, 2 },
	  .percent_4_17 = 100, .percent = 100 },
};

static void layout_take(const struct host_row *row, struct layout *l)
{
	*l = row->layout;
	if (row->sockets)
		sockets_make(l, row->sockets, row->ram, row->nvdimm);
}

static unsigned int percent_of(const struct layout *l, uint64_t hole)
{
	const struct servable_host host = {
		.hole = hole, .end = LIMIT, .ram = l->ram, .nr_ram = l->nr_ram,
	};
	uint64_t all = 0, can = 0;
	size_t i;

	for (i = 0; i < l->nr_nvdimm; i++) {
		all += l->nvdimm[i].length;
		can += servable_bytes(&host, l->nvdimm[i].start, l->nvdimm[i].length);
	}
	return can * 100 / all;
}

static void test_host(void **state)
{
	const struct host_row *row = *state;
	struct layout l;

	layout_take(row, &l);
	assert_int_equal(hole_of(&l), row->hole);
	assert_int_equal(percent_of(&l, hole_of(&l)), row->percent_4_17);
	assert_int_equal(percent_of(&l, 0), row->percent);
}

/* ---- borders ---- */

#define YES	SERVABLE
#define BEYOND	SERVABLE_NOT_BEYOND
#define HOLE	SERVABLE_NOT_HOLE
#define RAM	SERVABLE_NOT_RAM
#define SLOT	SERVABLE_NOT_SLOT
#define PARTS	8

/* RAM of 4 GiB to 8 GiB and 100 MiB, which ends inside of a group. */
static const struct servable_ram ram[] = {
	{ MIB(1), GIB(2) - MIB(1) }, { GIB(4), GIB(4) + MIB(100) }, { TIB(2), GIB(1) },
};

static const struct part_row {
	const char *name;
	uint64_t hole, end;
	uint32_t slots_empty;
	uint64_t start, length;
	struct part {
		enum servable is;
		uint64_t length;
	} parts[PARTS];				/* up to one of length 0 */
} rows[] = {
	{ "a page", 0, LIMIT, 0, GIB(16), KIB(4), { { YES, KIB(4) } } },
	{ "the last page", 0, LIMIT, 0, LIMIT - KIB(4), KIB(4), { { YES, KIB(4) } } },
	{ "the first page beyond", 0, LIMIT, 0, LIMIT, KIB(4), { { BEYOND, KIB(4) } } },
	{ "across 5 TiB", 0, LIMIT, 0, LIMIT - GIB(1), GIB(4), { { YES, GIB(1) },
	  { BEYOND, GIB(3) } } },
	{ "up to the last address", 0, LIMIT, 0, -GIB(1), GIB(1), { { BEYOND, GIB(1) } } },
	{ "across what the processor names", 0, GIB(512), 0, GIB(511), GIB(2),
	  { { YES, GIB(1) }, { BEYOND, GIB(1) } } },
	{ "behind RAM", 0, LIMIT, 0, GIB(8) + MIB(100), GIB(1),
	  { { RAM, MIB(156) }, { YES, GIB(1) - MIB(156) } } },
	{ "before RAM", 0, LIMIT, 0, TIB(2) - GIB(1), GIB(1), { { YES, GIB(1) } } },
	{ "around RAM", 0, LIMIT, 0, TIB(2) - GIB(1), GIB(3),
	  { { YES, GIB(1) }, { RAM, GIB(1) }, { YES, GIB(1) } } },
	{ "up to the hole", GIB(512), LIMIT, 0, GIB(100), GIB(412), { { YES, GIB(412) } } },
	{ "inside of the hole", GIB(512), LIMIT, 0, GIB(512), GIB(512), { { HOLE, GIB(512) } } },
	{ "around the hole", GIB(512), LIMIT, 0, GIB(511), GIB(514),
	  { { YES, GIB(1) }, { HOLE, GIB(512) }, { YES, GIB(1) } } },
	{ "a hole of two bits", GIB(256) | GIB(512), LIMIT, 0, GIB(200), GIB(900),
	  { { YES, GIB(56) }, { HOLE, GIB(768) }, { YES, GIB(76) } } },
	{ "a hole that comes again", GIB(256), LIMIT, 0, GIB(200), GIB(1000),
	  { { YES, GIB(56) }, { HOLE, GIB(256) }, { YES, GIB(256) }, { HOLE, GIB(256) },
	    { YES, GIB(176) } } },
	{ "a hole that 5 TiB cuts", TIB(4), LIMIT, 0, TIB(3), TIB(3),
	  { { YES, TIB(1) }, { HOLE, TIB(1) }, { BEYOND, TIB(1) } } },
	{ "an empty slot", 0, LIMIT, 2, GIB(500), GIB(600),
	  { { YES, GIB(12) }, { SLOT, GIB(512) }, { YES, GIB(76) } } },
	{ "two empty slots", 0, LIMIT, 6, GIB(500), GIB(1100),
	  { { YES, GIB(12) }, { SLOT, GIB(1024) }, { YES, GIB(64) } } },
	{ "all slots but the first", 0, LIMIT, 0x3fe, GIB(500), GIB(100),
	  { { YES, GIB(12) }, { SLOT, GIB(88) } } },
	/* Addresses from 1 TiB on are in the second slot: the hole's bit is left out. */
	{ "an empty slot above the hole", GIB(512), LIMIT, 2, GIB(500), GIB(600),
	  { { YES, GIB(12) }, { HOLE, GIB(512) }, { SLOT, GIB(76) } } },
	{ "a slot in two places", GIB(256), LIMIT, 2, GIB(500), GIB(900),
	  { { HOLE, GIB(12) }, { YES, GIB(256) }, { HOLE, GIB(256) }, { SLOT, GIB(256) },
	    { HOLE, GIB(120) } } },
};

static void test_parts(void **state)
{
	const struct part_row *row = *state;
	const struct servable_host host = {
		.hole = row->hole, .end = row->end, .slots_empty = row->slots_empty, .ram = ram,
		.nr_ram = NR(ram),
	};
	uint64_t start = row->start, left = row->length, part, yes = 0;
	const struct part *p;

	for (p = row->parts; left; p++, start += part, left -= part) {
		part = left;
		assert_int_equal(servable_part(&host, start, &part), p->is);
		assert_int_equal(part, p->length);
		yes += p->is == YES ? part : 0;
	}
	assert_true(p < row->parts + PARTS && !p->length);
	assert_int_equal(servable_bytes(&host, row->start, row->length), yes);
}

/* ---- random hosts ---- */

/* Written apart from core/: of one group, by the words of hypervisor/ranges.c. */
static enum servable group_is(const struct servable_host *h, uint64_t at)
{
	uint64_t pdx = 0;
	unsigned int bit, to = 0;
	size_t i;

	if (at >= h->end)
		return BEYOND;
	for (bit = 0; bit < 64; bit++) {
		if (h->hole >> bit & 1) {
			if (at >> bit & 1)
				return HOLE;
			continue;
		}
		pdx |= (at >> bit & 1) << to++;
	}
	for (i = 0; i < h->nr_ram; i++)
		if (at / MIB(256) >= h->ram[i].start / MIB(256) &&
		    at / MIB(256) <= (h->ram[i].start + h->ram[i].length - 1) / MIB(256))
			return RAM;
	return h->slots_empty >> (pdx >> 39) & 1 ? SLOT : YES;
}

static uint64_t below(uint64_t *seed, uint64_t n)
{
	return random_next(seed) % n;
}

static void host_random(uint64_t *seed, struct servable_host *h, struct servable_ram blocks[4])
{
	const unsigned int bits = below(seed, 4), at = 30 + below(seed, 12);
	size_t i;

	*h = (struct servable_host){
		.hole = ((1ull << bits) - 1) << at,
		.end = below(seed, 2) ? LIMIT : GIB(256) + below(seed, 40) * GIB(128),
		.slots_empty = below(seed, 2) ? 0 : below(seed, 1024),
		.ram = blocks, .nr_ram = below(seed, 5),
	};
	for (i = 0; i < 4; i++)
		blocks[i] = (struct servable_ram){
			below(seed, 6000) * MIB(512) + below(seed, 2) * MIB(4),
			MIB(1) + below(seed, 3000) * MIB(64),
		};
}

static void test_random(void **state)
{
	struct servable_ram blocks[4];
	uint64_t seed = 15, start, left, part, at;
	struct servable_host h;
	enum servable is, before;
	unsigned int i;

	(void)state;
	for (i = 0; i < 300; i++) {
		host_random(&seed, &h, blocks);
		start = below(&seed, 20000) * MIB(256);
		left = MIB(256) + below(&seed, 2000) * MIB(256);
		for (before = SERVABLE_KINDS; left; before = is, start += part, left -= part) {
			part = left;
			is = servable_part(&h, start, &part);
			assert_int_not_equal(is, before);
			assert_in_range(part, MIB(256), left);
			for (at = start; at < start + part; at += MIB(256))
				assert_int_equal(group_is(&h, at), is);
		}
	}
}

/* The most parts that 6 TiB can have; a step for each frame would take minutes. */
static void test_many(void **state)
{
	const struct servable_host host = { .hole = GIB(1), .end = TIB(16) };
	uint64_t start = TIB(1), end = TIB(7), part;
	unsigned int nr = 0;

	(void)state;
	for (; start < end; start += part, nr++) {
		part = end - start;
		servable_part(&host, start, &part);
		assert_int_equal(part, GIB(1));
	}
	assert_int_equal(nr, 6144);
	assert_int_equal(servable_bytes(&host, TIB(1), TIB(6)), TIB(3));
}

int main(void)
{
	suite_add_rows(test_host, hosts);
	suite_add_rows(test_parts, rows);
	suite_add("random hosts", test_random);
	suite_add("as many parts as there can be", test_many);
	return suite_run("servable");
}
