// SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-only
/* Cuts a range of addresses where it begins or ceases to be servable. */
#include "servable.h"

static uint64_t min(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* The bits below the hole; all of them without a hole. */
static uint64_t low_bits(uint64_t hole)
{
	return hole ? (hole & -hole) - 1 : ~0ull;
}

/* Where Xen's direct map has an address: the bits above the hole move down. */
static uint64_t offset_of(uint64_t address, uint64_t hole)
{
	const uint64_t low = low_bits(hole), width = hole ? hole / (hole & -hole) + 1 : 1;

	return (address & low) | (address & ~(low | hole)) / width;
}

/* `last`: up to which the answer is the same at least. */
static bool in_ram_group(const struct servable_host *host, uint64_t at, uint64_t *last)
{
	size_t i;

	for (i = 0; i < host->nr_ram; i++) {
		uint64_t first = host->ram[i].start & -SERVABLE_GROUP;
		uint64_t end = (host->ram[i].start + host->ram[i].length - 1) |
			       (SERVABLE_GROUP - 1);

		if (at >= first && at <= end) {
			*last = min(*last, end);
			return true;
		}
		if (first > at)
			*last = min(*last, first - 1);
	}
	return false;
}

static enum servable address_look(const struct servable_host *host, uint64_t at, uint64_t *last)
{
	const uint64_t low = low_bits(host->hole);
	uint64_t slot;

	*last = ~0ull;
	if (at >= host->end)
		return SERVABLE_NOT_BEYOND;
	if (at & host->hole) {
		*last = min(at | host->hole | low, host->end - 1);
		return SERVABLE_NOT_HOLE;
	}
	*last = min(at | (low & (SERVABLE_SLOT - 1)), host->end - 1);
	if (in_ram_group(host, at, last))
		return SERVABLE_NOT_RAM;
	slot = offset_of(at, host->hole) / SERVABLE_SLOT;
	return slot < 32 && host->slots_empty >> slot & 1 ? SERVABLE_NOT_SLOT : SERVABLE;
}

enum servable servable_part(const struct servable_host *host, uint64_t start, uint64_t *length)
{
	const uint64_t end = start + *length - 1;
	uint64_t last, next;
	enum servable is = address_look(host, start, &last);

	while (last < end && address_look(host, last + 1, &next) == is)
		last = next;
	*length = min(last, end) - start + 1;
	return is;
}

uint64_t servable_bytes(const struct servable_host *host, uint64_t start, uint64_t length)
{
	uint64_t sum = 0, part;

	for (; length; start += part, length -= part) {
		part = length;
		if (servable_part(host, start, &part) == SERVABLE)
			sum += part;
	}
	return sum;
}
