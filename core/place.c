/* SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-only */
/* Chooses guest physical addresses of vNVDIMMs and their labels. */
#include "place.h"

/* The choice so far. */
struct places {
	struct memmap_entry taken[PLACE_REQUESTS_MAX];	/* size 0: not placed yet */
	size_t nr;
	uint64_t floor;		/* the lowest base to choose */
	uint64_t end;		/* the first address that is too high */
};

static uint64_t max_of(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* n is below 2^63; unit is a power of 2. */
static uint64_t up(uint64_t n, uint64_t unit)
{
	return (n + unit - 1) & ~(unit - 1);
}

static uint64_t entry_end(const struct memmap_entry *e)
{
	return e->addr + e->size;
}

/* "addr + length > end" would overflow. */
static bool too_high(const struct places *p, uint64_t addr, uint64_t length)
{
	return length > p->end || addr > p->end - length;
}

static enum place_reason request_check(const struct places *p, const struct place_guest *guest,
				       const struct place_request *r)
{
	if (!r->length || r->length % KIB(4) || r->spa % KIB(4))
		return PLACE_BAD_LENGTH;
	if (r->gpa == PLACE_ANYWHERE)
		return PLACE_OK;
	if (r->gpa % KIB(4))
		return PLACE_MISALIGNED;
	if (r->gpa < guest->ram_top)
		return PLACE_IN_RAM;
	if (r->gpa < GIB(4))
		return PLACE_LOW;
	if (too_high(p, r->gpa, r->length))
		return PLACE_TOO_HIGH;
	if (memmap_overlaps(guest->map, guest->nr_map, r->gpa, r->length) ||
	    memmap_overlaps(p->taken, p->nr, r->gpa, r->length))
		return PLACE_OVERLAP;
	return PLACE_OK;
}

/* The base to try next, or the same base if the range overlaps no range placed before. */
static uint64_t base_next(const struct places *p, uint64_t base, uint64_t gpa, uint64_t length)
{
	uint64_t end;
	size_t i;

	for (i = 0; i < p->nr; i++) {
		end = entry_end(&p->taken[i]);
		if (memmap_overlaps(&p->taken[i], 1, gpa, length))
			return up(end - (gpa - base), GIB(1));
	}
	return base;
}

static enum place_reason request_place(const struct places *p, const struct place_request *r,
				       uint64_t *gpa)
{
	uint64_t base = p->floor, next;

	for (;; base = next) {
		*gpa = base + r->spa % GIB(1);
		if (too_high(p, *gpa, r->length))
			return PLACE_TOO_HIGH;
		next = base_next(p, base, *gpa, r->length);
		if (next == base)
			return PLACE_OK;
	}
}

static enum place_reason places_init(struct places *p, const struct place_guest *guest, size_t nr)
{
	uint64_t top;

	memset(p, 0, sizeof(*p));
	if (nr > PLACE_REQUESTS_MAX)
		return PLACE_TOO_MANY;
	if (guest->address_bits < 33 || guest->address_bits > 52 ||
	    memmap_top(guest->map, guest->nr_map, &top))
		return PLACE_BAD_GUEST;
	p->nr = nr;
	p->end = (uint64_t)1 << guest->address_bits;
	top = max_of(max_of(top, guest->ram_top), GIB(4));
	p->floor = top > p->end ? p->end : up(top, GIB(1));
	return PLACE_OK;
}

/* The given addresses come first, in all of the list: chosen ones must not overlap them. */
static enum place_reason given_take(struct places *p, const struct place_guest *guest,
				    const struct place_request *requests, size_t *at)
{
	enum place_reason rc;

	for (*at = 0; *at < p->nr; (*at)++) {
		const struct place_request *r = &requests[*at];

		rc = request_check(p, guest, r);
		if (rc)
			return rc;
		if (r->gpa != PLACE_ANYWHERE)
			p->taken[*at] = (struct memmap_entry){ .addr = r->gpa, .size = r->length };
	}
	return PLACE_OK;
}

static enum place_reason rest_take(struct places *p, const struct place_request *requests,
				   size_t *at)
{
	enum place_reason rc;
	uint64_t gpa;

	for (*at = 0; *at < p->nr; (*at)++) {
		if (requests[*at].gpa != PLACE_ANYWHERE)
			continue;
		rc = request_place(p, &requests[*at], &gpa);
		if (rc)
			return rc;
		p->taken[*at] = (struct memmap_entry){ .addr = gpa, .size = requests[*at].length };
	}
	return PLACE_OK;
}

enum place_reason place_choose(const struct place_guest *guest, struct place_request *requests,
			       size_t nr, size_t *at)
{
	struct places p;
	enum place_reason rc;
	size_t i;

	*at = 0;
	rc = places_init(&p, guest, nr);
	if (rc)
		return rc;
	rc = given_take(&p, guest, requests, at);
	if (rc)
		return rc;
	rc = rest_take(&p, requests, at);
	if (rc)
		return rc;
	for (i = 0; i < nr; i++)
		requests[i].gpa = p.taken[i].addr;
	return PLACE_OK;
}

/* Above every vNVDIMM; otherwise at the floor or after a vNVDIMM, the lowest; otherwise p->end. */
static uint64_t labels_place(const struct places *p, uint64_t length)
{
	uint64_t top = p->floor, best = p->end, at;
	size_t i;

	for (i = 0; i < p->nr; i++)
		top = max_of(top, entry_end(&p->taken[i]));
	top = up(top, PLACE_LABELS_ALIGN);
	if (!too_high(p, top, length))
		return top;
	for (i = 0; i <= p->nr; i++) {
		at = p->floor;
		if (i)
			at = max_of(at, up(entry_end(&p->taken[i - 1]), PLACE_LABELS_ALIGN));
		if (at < best && !too_high(p, at, length) &&
		    !memmap_overlaps(p->taken, p->nr, at, length))
			best = at;
	}
	return best;
}

enum place_reason place_labels(const struct place_guest *guest,
			       const struct place_request *requests, size_t nr, uint64_t length,
			       uint64_t *gpa)
{
	struct places p;
	enum place_reason rc;
	uint64_t at;
	size_t i;

	rc = places_init(&p, guest, nr);
	if (rc)
		return rc;
	for (i = 0; i < nr; i++)
		p.taken[i] = (struct memmap_entry){ requests[i].gpa, requests[i].length, 0, 0 };
	at = labels_place(&p, length);
	if (at == p.end)
		return PLACE_NO_LABELS;
	*gpa = at;
	return PLACE_OK;
}

unsigned int place_linux_check(const struct place_guest *guest, const struct place_request *r)
{
	const uint64_t end = up(guest->ram_top, PLACE_LINUX_TIB) + 10 * PLACE_LINUX_TIB;

	return (r->gpa % PLACE_LINUX_BASE ? PLACE_LINUX_BAD_BASE : 0) |
	       (r->length % PLACE_LINUX_SIZE ? PLACE_LINUX_BAD_SIZE : 0) |
	       (r->length > end || r->gpa > end - r->length ? PLACE_LINUX_TOO_HIGH : 0);
}

uint64_t place_nearest(uint64_t n, uint64_t unit)
{
	uint64_t down = n & ~(unit - 1);

	return down && (n - down < unit / 2 || down > UINT64_MAX - unit) ? down : down + unit;
}

static const char *const texts[PLACE_REASONS] = {
	[PLACE_OK] = "the vNVDIMM has an address",
	[PLACE_TOO_MANY] = "a guest can have at most 16 vNVDIMMs",
	[PLACE_BAD_GUEST] = "the guest's memory map or address width is impossible",
	[PLACE_BAD_LENGTH] = "the vNVDIMM is empty or not of whole pages",
	[PLACE_MISALIGNED] = "the vNVDIMM's address is not a multiple of 4096",
	[PLACE_IN_RAM] = "the vNVDIMM's address is where the guest has or may get RAM",
	[PLACE_LOW] = "the vNVDIMM's address is below 4 GiB, where the guest's devices are",
	[PLACE_OVERLAP] = "the vNVDIMM's address range overlaps another range of the guest",
	[PLACE_TOO_HIGH] = "the vNVDIMM's address is beyond what the guest can address",
	[PLACE_NO_LABELS] = "the guest can address no room for its vNVDIMMs' labels",
};

const char *place_reason_text(enum place_reason reason)
{
	return (unsigned int)reason < PLACE_REASONS ? texts[reason] :
	       "the vNVDIMM's address is refused for an unknown reason";
}
