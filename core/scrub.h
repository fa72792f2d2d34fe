/* SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-only */
/*
 * The scrub page of a guest with vNVDIMMs: where it lacks pages, because they have bad blocks. dom0
 * writes it; the guest's Address Range Scrub (acpi/ars.asl) reads it. A new list goes into the copy
 * that is not in use. The first word, written last and by one store, then selects that copy; it
 * changes each time.
 *
 *   0      4       16        56      64               64 + 2016
 *   | word | zeros | mailbox | zeros | copy 0 ...     | copy 1 ... 4096
 *   word: number of the change << 16 | bytes in use of the copy (number & 1)
 *
 * In the mailbox the guest asks dom0 to clear bad blocks (function 4 of its _DSM), one request at a
 * time:
 *
 *   16 ask       number of the request; 0: there is none         written by the guest
 *   20 last      the last number that was given
 *   24 gpa, 32 length  what to clear
 *   40 answer    the number that is answered                     written by dom0
 *   44 status    enum scrub_status
 *   48 cleared   bytes from gpa on
 *
 *               guest: ask = 0, last + 1, gpa, length, then ask = last
 *        .------------------------------------------------------------.
 *   IDLE (ask is 0, or is answer)                                   ASKED
 *        '------------------------------------------------------------'
 *               dom0: status, cleared, then answer = the ask that it read
 *               guest, tired of waiting: ask = 0
 *
 * dom0 reads the request between two reads of ask, and leaves it for later if they differ. An
 * answer that comes too late has a number that nobody waits for: the next request has another one,
 * as `last` outlives a reboot of the guest's kernel. dom0 may be killed at any time: the request is
 * ASKED still, and is done once more. To clear what is good already does nothing.
 *
 * The guest can write all of the page. What dom0 reads there is read once, and is not trusted.
 */
#ifndef XEN_PMEM_CORE_SCRUB_H
#define XEN_PMEM_CORE_SCRUB_H

#include "env.h"

#define SCRUB_SIZE	4096u
#define SCRUB_PLACES	126u	/* that a copy has room for */

struct scrub_place {
	uint64_t gpa, length;
};

_Static_assert(sizeof(struct scrub_place) == 16, "a place of the page");

/* As ACPI 6.2, section 9.20.7, has them. */
enum scrub_status {
	SCRUB_DONE = 0,
	SCRUB_UNSUPPORTED = 1,
	SCRUB_INVALID = 2,	/* not within a vNVDIMM, or not whole pages */
	SCRUB_FAILED = 3,
	SCRUB_RETRY = 4,	/* nobody answers */
};

struct scrub_ask {
	uint32_t number;
	uint64_t gpa, length;	/* any */
};

/* The places that the page shows. Returns how many; of a page without sense 0. */
unsigned int scrub_read(const uint8_t page[SCRUB_SIZE], struct scrub_place list[SCRUB_PLACES]);

/* Writes the copy that is free while `word` is the first word, and returns the next word. */
uint32_t scrub_put(uint8_t page[SCRUB_SIZE], uint32_t word, const struct scrub_place *list,
		   unsigned int nr);

/*
 * The mailbox of a page that the guest may write at the same time. _read: false: the guest asks for
 * nothing just now. _answer: `number` is that of the request that was read.
 */
bool scrub_ask_read(const uint8_t page[SCRUB_SIZE], struct scrub_ask *ask);
void scrub_ask_answer(uint8_t page[SCRUB_SIZE], uint32_t number, enum scrub_status status,
		      uint64_t cleared);

#endif
