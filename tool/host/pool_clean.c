// SPDX-License-Identifier: GPL-2.0-only
/* Erases slots of pools: for a guest that gets them, and in the background for the next one. */
#include "host/pool_clean.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "ui/background.h"

/* Xen erases a slot in many commands, and tells of each how far it is in this slot. */
static void slots_progress_show(void *arg, const char *what, uint64_t done, uint64_t total)
{
	const struct slots_progress *progress = arg;

	(void)total;
	progress_show(NULL, what, progress->done + done, progress->total);
}

static bool slot_is_wanted(const struct inventory *inv, struct pool *pool, size_t slot,
			   const uint8_t *guest)
{
	if (guest)
		return slot_is_to_clean(pool, slot, guest);
	pool_look(inv, pool, NULL, 0);
	return pool->kinds[slot] == SLOT_DIRTY;
}

/* Others may have used the time without lock. */
static int lock_again(struct inventory *inv, struct pool *pool)
{
	if (host_lock())
		return EXIT_REFUSED;
	inventory_read(inv);
	if (inventory_need_record(inv))
		return EXIT_REFUSED;
	if (!inventory_is_pool(inv, pool->ns->range.uuid))
		return refuse(namespace_name(pool->ns), "it is no pool of guests' RAM any more");
	return pool_read(inv, pool);
}

static int slot_erase(struct inventory *inv, struct pool *pool, size_t slot,
		      struct slots_progress *progress)
{
	const struct xenpmem_range part = slots_range(pool, (struct slot_run){ slot, 1 });
	uint64_t done = 0;
	int rc;

	host_unlock();
	xenpmem_set_progress(inv->pmem, slots_progress_show, progress);
	rc = xenpmem_erase_part(inv->pmem, &part, &done, part.length);
	xenpmem_set_progress(inv->pmem, progress_show, NULL);
	if (rc)
		refuse(namespace_name(pool->ns), "slot %zu of guests' RAM cannot be erased: %s",
		       slot, xenpmem_error(inv->pmem));
	return lock_again(inv, pool) || rc ? EXIT_REFUSED : EXIT_DONE;
}

/* Under its lock nobody else erases it; and what is dirty is not given to a guest. */
static int slot_clean_locked(struct inventory *inv, struct pool *pool, size_t slot,
			     const uint8_t *guest, struct slots_progress *progress, bool *cleaned)
{
	int rc = lock_again(inv, pool);

	if (rc || !slot_is_wanted(inv, pool, slot, guest))
		return rc;
	rc = slot_erase(inv, pool, slot, progress);
	if (rc)
		return rc;
	pool->slots[slot].contents = CONTENTS_CLEAN;
	pool->kinds[slot] = SLOT_CLEAN;
	*cleaned = true;
	return slot_store(pool, slot);
}

int slot_clean(struct inventory *inv, struct pool *pool, size_t slot, const uint8_t *guest,
	       struct slots_progress *progress, bool *cleaned)
{
	int rc;

	*cleaned = false;
	host_unlock();
	rc = slot_lock(pool, slot);
	if (rc)
		return host_lock() || rc;
	rc = slot_clean_locked(inv, pool, slot, guest, progress, cleaned);
	slot_unlock(pool, slot);
	return rc;
}

/*
 * Slots with bad blocks too: after a reboot, or when its errors are cleared, such a slot is as the
 * others, and the record alone decides.
 */
static bool pool_is_clean(const struct pool *pool)
{
	size_t i;

	for (i = 0; i < pool->nr; i++)
		if (pool->slots[i].contents != CONTENTS_CLEAN)
			return false;
	return true;
}

static int pool_note_clean(struct inventory *inv, const struct pool *pool)
{
	if (!pool_is_clean(pool) || inventory_holding(inv, pool->ns->range.uuid))
		return EXIT_DONE;
	if (xenpmem_pool_note_clean(inv->pmem, inv->reserved, &inv->record, pool->ns->range.uuid))
		return refuse(namespace_name(inv->reserved), "%s", xenpmem_error(inv->pmem));
	return EXIT_DONE;
}

/*
 * What fails may be one slot's matter: a file was lost, and a guest has it. Others are erased.
 * slot_clean() has looked at all slots, unless it failed.
 */
int pool_clean(struct inventory *inv, struct pool *pool, uint64_t *bytes)
{
	struct slots_progress progress = { 0, pool_dirty_bytes(inv, pool) };
	bool cleaned;
	size_t i;
	int rc = EXIT_DONE;

	for (i = 0; i < pool->nr; i++) {
		if (pool->kinds[i] != SLOT_DIRTY)
			continue;
		if (slot_clean(inv, pool, i, NULL, &progress, &cleaned)) {
			rc = EXIT_REFUSED;
			if (lock_again(inv, pool))
				break;
		}
		progress.done += cleaned ? SLOT_SIZE : 0;
		progress.total = progress.done + pool_bytes(pool, SLOT_DIRTY);
	}
	*bytes = progress.done;
	return rc ? rc : pool_note_clean(inv, pool);
}

static void eraser_warn(void)
{
	warn(NULL, "guests' RAM is not erased (xen-pmem erase --ram): %s", strerror(errno));
}

void pools_clean_later(void)
{
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid < 0)
		eraser_warn();
	if (pid)
		return;
	/* A guest's log, of whatever name, is xen-pmem-NAME.log. */
	background_enter("xen-pmem.erase.log");
	execl("/proc/self/exe", "xen-pmem", "erase", "--ram", NULL);
	eraser_warn();
	_exit(EXIT_REFUSED);
}
