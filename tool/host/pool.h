/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pools: namespaces that guests get as RAM, in slots of 1 GiB. Which slot is whose, and what it
 * holds, is in a file of RUN_DIR a pool, of this boot alone. Without the file the record decides:
 * all slots are clean, or none is.
 *
 *	         slots_own()            slot_clean()           slots_give()
 *	DIRTY  -------------> DIRTY  ---------------> CLEAN  ---------------> OWN
 *	nobody's              a guest's               a guest's               a guest's
 *	   |   ^                                                                |
 *	   |   +----------------------------------------------------------------+
 *	   |  slot_clean()                  slots_leave()
 *	   +--------------> CLEAN, nobody's --- slots_own() ---> CLEAN, a guest's
 *
 * A guest has pages of OWN slots alone. All that changes a pool is called under host_lock().
 */
#ifndef XEN_PMEM_TOOL_POOL_H
#define XEN_PMEM_TOOL_POOL_H

#include "core/poolslots.h"
#include "host/inventory.h"

#define SLOT_SIZE	(1ull << 30)

/* What guests can get of a pool of this length: whole slots. */
static inline uint64_t pool_room(uint64_t length)
{
	return length / SLOT_SIZE * SLOT_SIZE;
}

enum slot_contents {
	CONTENTS_DIRTY,			/* anybody's bytes */
	CONTENTS_CLEAN,			/* zeros */
	CONTENTS_OWN,			/* of the guest whose it is */
};

struct pool_slot {
	uint8_t guest[16];		/* whose it is, by UUID; zeros: nobody's */
	uint32_t item;			/* of this guest's pmem_ram */
	uint32_t contents;		/* enum slot_contents */
	uint64_t spare;			/* of 32 bytes, so that a write of it is never torn */
};

struct pool {
	const struct xenpmem_namespace *ns;
	int file;			/* -1: it is only looked at */
	size_t nr;			/* whole slots */
	struct pool_slot *slots;
	uint8_t *kinds;			/* enum slot_kind of each; see pool_look() */
};

/* Opens a pool that Xen serves; `change` false: it cannot be stored. EXIT_DONE or EXIT_REFUSED. */
int pool_open(struct inventory *inv, const struct xenpmem_namespace *ns, bool change,
	      struct pool *pool);
void pool_close(struct pool *pool);

/* Reads it again, after host_lock() was dropped. EXIT_DONE or EXIT_REFUSED. */
int pool_read(struct inventory *inv, struct pool *pool);

/* Is it this guest's, or (zeros) nobody's? */
bool slot_is_guests(const struct pool *pool, size_t slot, const uint8_t guest[16]);

/* Is it this guest's, and holds what others left? */
bool slot_is_to_clean(const struct pool *pool, size_t slot, const uint8_t guest[16]);

/* Writes one slot. EXIT_DONE or EXIT_REFUSED. */
int slot_store(const struct pool *pool, size_t slot);

/*
 * Removes the file: before a namespace becomes a pool, and before it ceases to be one. Who has the
 * file open is refused by pool_read() then. EXIT_DONE or EXIT_REFUSED.
 */
int pool_forget(const struct xenpmem_namespace *ns);

/* Has a dead domain of this guest pages of the pool, which another domain still maps? */
bool pool_has_dead(const struct inventory *inv, const struct pool *pool, const uint8_t guest[16]);

/*
 * Sets `kinds`, as they are for this item of this guest; NULL: for nobody. A slot counts as used if
 * its guest runs, or is being started or ended, or has pages that are not back yet; for a guest
 * also if it has a bad block.
 */
void pool_look(const struct inventory *inv, struct pool *pool, const uint8_t *guest, uint32_t item);

/* Bytes in slots of this kind, after pool_look(). */
uint64_t pool_bytes(const struct pool *pool, enum slot_kind kind);

/* Bytes to erase, in slots with bad blocks too. Calls pool_look() for nobody. */
uint64_t pool_dirty_bytes(const struct inventory *inv, struct pool *pool);

/* Has the slot a bad block? */
bool slot_is_bad(const struct pool *pool, size_t slot);

/* The host addresses of a run of slots. */
struct xenpmem_range slots_range(const struct pool *pool, struct slot_run run);

/*
 * Waits for the lock of a slot, which who erases it holds, so without host_lock(): that is taken
 * again under it. slot_unlock() lets go of it.
 */
int slot_lock(const struct pool *pool, size_t slot);
void slot_unlock(const struct pool *pool, size_t slot);

/* Calls `work` for each pool that Xen serves; EXIT_REFUSED if one returns that or does not open. */
int pools_each(struct inventory *inv, bool change, int (*work)(struct inventory *inv,
	       struct pool *pool, void *arg), void *arg);

/* Bytes of a pool by what they are; `bad`: of what no guest gets, clean or dirty. */
struct pool_sum {
	uint64_t clean, dirty, bad, used;
};

/* After pool_look() for nobody. */
void pool_sum(const struct pool *pool, struct pool_sum *sum);

/*
 * The guests that have slots in use, in the order of their first ones: calls take with each one's
 * UUID and bytes. After pool_look() for nobody.
 */
void pool_guests_each(const struct pool *pool, void (*take)(const uint8_t guest[16], uint64_t bytes,
							     void *arg), void *arg);

/* Its name; its UUID if it has no name now. */
const char *guest_name_line(const uint8_t guest[16], struct line *line);
#define guest_name(guest)	guest_name_line(guest, LINE)

#endif
