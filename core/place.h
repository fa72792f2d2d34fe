/* SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-only */
/*
 * Chooses guest physical addresses for vNVDIMMs and their labels: takes the guest's memory map and what the user asked for, hands on an address for each.
 */
#ifndef XEN_PMEM_CORE_PLACE_H
#define XEN_PMEM_CORE_PLACE_H

#include "env.h"
#include "memmap.h"
#include "nfit.h"

#define PLACE_ANYWHERE		UINT64_MAX
#define PLACE_REQUESTS_MAX	VNVDIMMS_MAX
#define PLACE_LABELS_ALIGN	MIB(2)	/* of the first slot: no leaf that maps a vNVDIMM is cut for labels */

struct place_guest {
	const struct memmap_entry *map;
	size_t nr_map;
	uint64_t ram_top;		/* first address above all RAM that the guest has or, by maxmem, may come to have */
	unsigned int address_bits;	/* width of a guest physical address; 33..52 */
};

struct place_request {
	uint64_t spa;			/* of the backing's first byte; a multiple of 4096 */
	uint64_t length;		/* bytes; a multiple of 4096, not 0 */
	uint64_t gpa;			/* in: PLACE_ANYWHERE, or the user's address; out: the address */
};

enum place_reason {
	PLACE_OK = 0,
	PLACE_TOO_MANY,			/* more than PLACE_REQUESTS_MAX */
	PLACE_BAD_GUEST,		/* address_bits out of range, or a memory map that wraps or is too long */
	PLACE_BAD_LENGTH,		/* length 0, or length or SPA not of whole pages */
	PLACE_MISALIGNED,		/* the user's address is not of a whole page */
	PLACE_IN_RAM,			/* below ram_top */
	PLACE_LOW,			/* below 4 GiB, where the guest's devices are */
	PLACE_OVERLAP,			/* over an entry of the map, or another vNVDIMM */
	PLACE_TOO_HIGH,			/* beyond the width of a guest physical address */
	PLACE_NO_LABELS,		/* no room for the label slots */
	PLACE_REASONS			/* how many there are; keep last */
};

/*
 * Addresses asked for by the user are checked and kept. Each other vNVDIMM, in the order of the list, gets base + (its SPA modulo 1 GiB), so that the
 * largest superpages fit; base is the lowest multiple of 1 GiB that is above all RAM, the whole memory map and 4 GiB, and keeps it clear of the others.
 * *at is the index of the request at fault. Requests are written only if PLACE_OK.
 */
enum place_reason place_choose(const struct place_guest *guest, struct place_request *requests, size_t nr, size_t *at);

/*
 * What a guest's Linux 6.1 makes no fsdax or devdax namespace of, though it has a raw one of everything.
 * Such a namespace has page structures, which there are for whole sections of memory, and stands in the
 * direct map, which is short where addresses are randomized (KASLR).
 */
#define PLACE_LINUX_BASE	MIB(2)		/* a namespace begins at a multiple of it, */
#define PLACE_LINUX_SIZE	MIB(16)		/* is a multiple of it, */
#define PLACE_LINUX_TIB	GIB(1024)	/* and ends at most 10 of it above RAM, rounded up to one */

enum {
	PLACE_LINUX_BAD_BASE = 1,
	PLACE_LINUX_BAD_SIZE = 2,	/* smaller namespaces by labels can be made on it */
	PLACE_LINUX_TOO_HIGH = 4,
};

/* What of these is wrong with a request to which place_choose gave its address; 0: Linux takes it. */
unsigned int place_linux_check(const struct place_guest *guest, const struct place_request *r);

/* The multiple of unit, a power of 2, that is nearest to n and not 0. */
uint64_t place_nearest(uint64_t n, uint64_t unit);

/*
 * Where the vNVDIMMs' label slots stand together, `length` bytes (not 0, a multiple of 4096), once place_choose has given each request its address: at a
 * multiple of PLACE_LABELS_ALIGN above everything, or, if a vNVDIMM reaches too high for that, at the lowest free one above RAM and memory map.
 * PLACE_NO_LABELS, or what place_choose says of the guest; *gpa is written only if PLACE_OK.
 */
enum place_reason place_labels(const struct place_guest *guest, const struct place_request *requests, size_t nr, uint64_t length, uint64_t *gpa);

/* One line for a person, without a stop or newline, never NULL. */
const char *place_reason_text(enum place_reason reason);

#endif
