/* SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-only */
/*
 * Chooses guest physical addresses for vNVDIMMs and their labels, by the guest's memory map and the
 * user's wishes.
 */
#ifndef XEN_PMEM_CORE_PLACE_H
#define XEN_PMEM_CORE_PLACE_H

#include "env.h"
#include "memmap.h"
#include "nfit.h"

#define PLACE_ANYWHERE		UINT64_MAX
#define PLACE_REQUESTS_MAX	VNVDIMMS_MAX
/* of the first slot, so that labels split no large leaf of a vNVDIMM */
#define PLACE_LABELS_ALIGN	MIB(2)

struct place_guest {
	const struct memmap_entry *map;
	size_t nr_map;
	uint64_t ram_top;		/* first address above all RAM, now or later (maxmem) */
	unsigned int address_bits;	/* width of a guest physical address; 33..52 */
};

struct place_request {
	uint64_t spa;			/* of the backing's first byte; a multiple of 4096 */
	uint64_t length;		/* bytes; a multiple of 4096, not 0 */
	/* in: PLACE_ANYWHERE, or the user's address; out: the address */
	uint64_t gpa;
};

enum place_reason {
	PLACE_OK = 0,
	PLACE_TOO_MANY,			/* more than PLACE_REQUESTS_MAX */
	/* address_bits out of range, or a memory map that wraps or is too long */
	PLACE_BAD_GUEST,
	PLACE_BAD_LENGTH,		/* length 0, or length or SPA not whole pages */
	PLACE_MISALIGNED,		/* the user's address is not a multiple of 4096 */
	PLACE_IN_RAM,			/* below ram_top */
	PLACE_LOW,			/* below 4 GiB, where the guest's devices are */
	PLACE_OVERLAP,			/* over an entry of the map, or another vNVDIMM */
	PLACE_TOO_HIGH,			/* beyond the width of a guest physical address */
	PLACE_NO_LABELS,		/* no room for the label slots */
	PLACE_REASONS			/* how many there are; keep last */
};

/*
 * Checks and keeps addresses that the user gave. Each other vNVDIMM, in the list's order, gets base
 * + (its SPA modulo 1 GiB), so that the largest superpages fit. base is the lowest multiple of 1
 * GiB above all RAM, the memory map and 4 GiB for which the vNVDIMM overlaps no other. *at is the
 * index of the request at fault. Requests are written only if PLACE_OK.
 */
enum place_reason place_choose(const struct place_guest *guest, struct place_request *requests,
			       size_t nr, size_t *at);

/*
 * Of what a guest's Linux 6.1 makes an fsdax or devdax namespace; a raw one is always possible.
 * Such a namespace has page structures, which exist for whole sections of memory only, and is in
 * the direct map, which is short where addresses are randomized (KASLR).
 */
#define PLACE_LINUX_BASE	MIB(2)		/* a namespace begins at a multiple of this, */
#define PLACE_LINUX_SIZE	MIB(16)		/* its length is a multiple of this, */
/* and it ends at most 10 TiB above the RAM, rounded up to a TiB */
#define PLACE_LINUX_TIB	GIB(1024)

enum {
	PLACE_LINUX_BAD_BASE = 1,
	PLACE_LINUX_BAD_SIZE = 2,	/* smaller namespaces can be made by labels */
	PLACE_LINUX_TOO_HIGH = 4,
};

/* Why Linux maps no such namespace, after place_choose: an OR of the above; 0: Linux maps it. */
unsigned int place_linux_check(const struct place_guest *guest, const struct place_request *r);

/* The multiple of unit (a power of 2), not 0, that is nearest to n. */
uint64_t place_nearest(uint64_t n, uint64_t unit);

/*
 * Chooses one address for all label slots, `length` bytes together (not 0, a multiple of 4096),
 * after place_choose: a multiple of PLACE_LABELS_ALIGN above all vNVDIMMs or, if a vNVDIMM is too
 * high for that, the lowest free one above RAM and memory map. Returns PLACE_NO_LABELS, or what
 * place_choose returns for the guest. *gpa is written only if PLACE_OK.
 */
enum place_reason place_labels(const struct place_guest *guest,
			       const struct place_request *requests, size_t nr, uint64_t length,
			       uint64_t *gpa);

/* One line for a person, without a stop or newline, never NULL. */
const char *place_reason_text(enum place_reason reason);

#endif
