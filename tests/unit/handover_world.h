/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A world in which namespaces are handed over and wiped: Xen, the driver and the guest are fakes
 * that know whose bytes are where; record and labels are the library's. Each fake is a step, at
 * which a run can fail or be killed; after each end the world must be safe.
 */
#ifndef XEN_PMEM_HANDOVER_WORLD_H
#define XEN_PMEM_HANDOVER_WORLD_H

#include <errno.h>

#include "lib/internal.h"
#include "suite.h"
#undef fail	/* cmocka's: the library has a function of that name */

#include "core/env.h"

#define GUEST	1u		/* who gets the namespace; guests are the first bytes of UUIDs */
#define OTHER	2u		/* whose data may be in it */
#define STRANGER 3u		/* whose labels are in slots that the record does not name */
#define CHUNKS	3u		/* the namespace has 2.5 GiB */
#define LENGTH	(GIB(2) + MIB(512))
#define SLOTS	4u

extern struct xenpmem_namespace reserved;
extern const struct xenpmem_namespace pmem;
extern xenpmem_handle handle;

extern struct world {
	uint8_t copies[XEN_PMEM_RECORD_COPIES * XEN_PMEM_RECORD_SIZE];
	uint8_t data[CHUNKS];		/* whose bytes; 0: zeros */
	uint8_t slots[SLOTS + 1];	/* whose labels, by slot */
	uint8_t holder;			/* who has the namespace's pages */
	uint64_t served;		/* the length of what Xen serves; 0: nothing */
	bool pinned;
} world;

/* How the world is at the start: whose the namespace is, and what is special about it. */
struct start {
	uint8_t owner;			/* by the record, and its bytes and labels are so */
	uint32_t flags, slot;
	uint64_t erased;
	enum {
		NOT_RECORDED = 1, NO_AREA = 2, FULL = 4, UNFIT = 8,
		NOT_SERVED = 16, GROWN = 32	/* Xen serves more than is recorded */
	} is;
};

#define OWN	{ .owner = GUEST, .slot = 2 }
#define FOREIGN	{ .owner = OTHER, .slot = 2 }
#define HALF	{ .owner = OTHER, .slot = 2, .erased = GIB(1), .flags = XEN_PMEM_BACKING_ERASING }
#define KEPT	{ .owner = GUEST, .slot = 2, .flags = XEN_PMEM_BACKING_KEPT }
#define CLEAN	{ .flags = XEN_PMEM_BACKING_RAM }
#define DIRTY	{ .flags = XEN_PMEM_BACKING_RAM | XEN_PMEM_BACKING_ERASING }
#define DOM0S	{ .flags = XEN_PMEM_BACKING_HOST }

#define STORE	"record again "	/* the words of both copies */

void world_make(const struct start *start);

/* The record as it is stored, and the namespace's row. */
struct xen_pmem_backing *row_read(struct xenpmem_record *record);

/* Adds another namespace, which has slot `number`. */
void filler_add(struct xenpmem_record *record, uint8_t number);
#define FILLER(number)	((const uint8_t[16]){ 20 + (number) })

/*
 * Whoever could have the namespace unasked finds zeros or his own bytes in it and in its labels;
 * and the record names who has it. What is not marked as interrupted is whole. kept: bytes of OTHER
 * are given to GUEST as he was asked.
 */
void safe_check(bool kept);

/* How a run ends: at step `at` (from 1) it fails, or the program is killed before it. */
enum end { COMPLETE, FAIL, KILL };
extern struct run {
	char log[200];			/* the words of its steps */
	unsigned int nr, at;
	enum end end;
	const char *ended;		/* the word of the step that ended it; or NULL */
	bool others;			/* another program works: its steps do not count */
	bool second;			/* the next write is of the second copy */
	uint64_t first_erased;		/* where the first erase began */
	jmp_buf killed;
} run;

/* What `work` returns; -EIO: a step failed; -EINTR: it was killed. */
int run_to(enum end end, unsigned int at, int (*work)(const void *), const void *arg);

#endif
