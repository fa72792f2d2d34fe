// SPDX-License-Identifier: GPL-2.0-only
/* Reads and writes the files that say which slot of a pool is whose. */
#define _GNU_SOURCE
#include "host/pool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <uuid/uuid.h>

#include "host/guest_lock.h"
#include "host/lock.h"
#include "paths.h"
#include "xen/domain.h"

#define BOOT_ID		"/proc/sys/kernel/random/boot_id"
#define POLL_MS		20
#define PATIENCE_MS	1000	/* before a line says that we wait */

/* What the file begins with; it is written last. */
struct pool_head {
	char boot[40];			/* of BOOT_ID, without the newline */
	uint64_t length;		/* of the namespace */
	uint64_t spare[2];
};
_Static_assert(sizeof(struct pool_head) == 64 && sizeof(struct pool_slot) == 32,
	       "a slot is inside of one page");

static void pool_path(const uint8_t uuid[16], char path[128])
{
	struct uuid_buf text;

	snprintf(path, 128, RUN_DIR "/pool-%s", uuid_text(uuid, &text));
}

static void head_make(const struct xenpmem_namespace *ns, struct pool_head *head)
{
	FILE *f = fopen(BOOT_ID, "re");

	*head = (struct pool_head){ .length = ns->range.length };
	if (!f)
		return;
	if (!fgets(head->boot, sizeof(head->boot), f))
		head->boot[0] = '\0';
	head->boot[strcspn(head->boot, "\n")] = '\0';
	fclose(f);
}

static off_t slot_offset(size_t slot)
{
	return sizeof(struct pool_head) + slot * sizeof(struct pool_slot);
}

/* false: there is no file of this boot and for this namespace. */
static bool slots_load(struct pool *pool, int file)
{
	const ssize_t len = pool->nr * sizeof(*pool->slots);
	struct pool_head head, there;

	head_make(pool->ns, &head);
	return head.boot[0] && pread(file, &there, sizeof(there), 0) == sizeof(there) &&
	       !memcmp(&there, &head, sizeof(head)) &&
	       pread(file, pool->slots, len, slot_offset(0)) == len;
}

bool slot_is_guests(const struct pool *pool, size_t slot, const uint8_t guest[16])
{
	return !memcmp(pool->slots[slot].guest, guest, sizeof(pool->slots[slot].guest));
}

bool slot_is_to_clean(const struct pool *pool, size_t slot, const uint8_t guest[16])
{
	return pool->slots[slot].contents == CONTENTS_DIRTY && slot_is_guests(pool, slot, guest);
}

static int pool_fail(const struct pool *pool)
{
	return refuse(namespace_name(pool->ns), "cannot note in " RUN_DIR " whose its slots are: "
		      "%s", strerror(errno));
}

int slot_store(const struct pool *pool, size_t slot)
{
	const ssize_t len = sizeof(pool->slots[slot]);

	return pwrite(pool->file, &pool->slots[slot], len, slot_offset(slot)) == len ? EXIT_DONE :
	       pool_fail(pool);
}

/* Nobody has had a page since the host was booted, or the record would say that it is not clean. */
static int slots_begin(struct inventory *inv, struct pool *pool)
{
	const struct xen_pmem_backing *b = xenpmem_record_find_pool(&inv->record,
								    pool->ns->range.uuid);
	const bool dirty = !b || b->flags & XEN_PMEM_BACKING_ERASING;
	struct pool_head head;
	size_t i;

	for (i = 0; i < pool->nr; i++)
		pool->slots[i] = (struct pool_slot){
			.contents = dirty ? CONTENTS_DIRTY : CONTENTS_CLEAN,
		};
	if (pool->file < 0)
		return EXIT_DONE;
	if (ftruncate(pool->file, 0))
		return pool_fail(pool);
	for (i = 0; i < pool->nr; i++)
		if (slot_store(pool, i))
			return EXIT_REFUSED;
	head_make(pool->ns, &head);
	return pwrite(pool->file, &head, sizeof(head), 0) == sizeof(head) ? EXIT_DONE :
	       pool_fail(pool);
}

/* The namespace may have been disabled and enabled again: this file is of the pool before. */
static bool file_is_forgotten(const struct pool *pool)
{
	struct stat there;

	return fstat(pool->file, &there) || !there.st_nlink;
}

int pool_read(struct inventory *inv, struct pool *pool)
{
	char path[128];
	int file;
	bool loaded;

	if (pool->file >= 0 && file_is_forgotten(pool))
		return refuse(namespace_name(pool->ns), "what was noted of its slots in " RUN_DIR
			      " was removed meanwhile (disable does that): run the command again");
	if (pool->file >= 0)
		return slots_load(pool, pool->file) ? EXIT_DONE : slots_begin(inv, pool);
	pool_path(pool->ns->range.uuid, path);
	file = open(path, O_RDONLY | O_CLOEXEC);
	loaded = file >= 0 && slots_load(pool, file);
	if (file >= 0)
		close(file);
	return loaded ? EXIT_DONE : slots_begin(inv, pool);
}

int pool_open(struct inventory *inv, const struct xenpmem_namespace *ns, bool change,
	      struct pool *pool)
{
	char path[128];
	int rc;

	*pool = (struct pool){ .ns = ns, .file = -1, .nr = ns->range.length / SLOT_SIZE };
	pool->slots = calloc(pool->nr + 1, sizeof(*pool->slots));
	pool->kinds = calloc(pool->nr + 1, sizeof(*pool->kinds));
	if (!pool->slots || !pool->kinds) {
		pool_close(pool);
		return refuse(namespace_name(ns), "no memory");
	}
	pool_path(ns->range.uuid, path);
	if (change)
		pool->file = lock_open(path, O_CREAT);
	rc = change && pool->file < 0 ? pool_fail(pool) : pool_read(inv, pool);
	if (rc)
		pool_close(pool);
	return rc;
}

void pool_close(struct pool *pool)
{
	free(pool->slots);
	free(pool->kinds);
	pool->slots = NULL;
	pool->kinds = NULL;
	if (pool->file >= 0)
		close(pool->file);
	pool->file = -1;
}

int pool_forget(const struct xenpmem_namespace *ns)
{
	char path[128];

	pool_path(ns->range.uuid, path);
	if (!unlink(path) || errno == ENOENT)
		return EXIT_DONE;
	return refuse(namespace_name(ns), "%s cannot be removed: %s", path, strerror(errno));
}

bool slot_is_bad(const struct pool *pool, size_t slot)
{
	const struct xenpmem_namespace *ns = pool->ns;
	const uint64_t start = slot * SLOT_SIZE, end = start + SLOT_SIZE;
	unsigned int i;

	if (ns->nr_bad > XENPMEM_BAD_MAX)
		return true;		/* not all of them are known */
	for (i = 0; i < ns->nr_bad; i++)
		if (ns->bad[i].offset < end && start < ns->bad[i].offset + ns->bad[i].length)
			return true;
	return false;
}

/* Also a dead guest's that another domain still maps; or (dead) such alone. */
static bool guest_has_pages(const struct inventory *inv, const struct pool *pool,
			    const uint8_t guest[16], bool dead)
{
	const struct xenpmem_holding *holding;
	struct domain_status status;

	for (holding = inv->holdings; holding < inv->holdings + inv->nr_holdings; holding++) {
		if (memcmp(holding->uuid, pool->ns->range.uuid, sizeof(holding->uuid)) ||
		    (dead && !holding_is_dead(holding)))
			continue;
		status = domain_status(holding->domid);
		if (!memcmp(status.uuid, guest, sizeof(status.uuid)))
			return true;
	}
	return false;
}

bool pool_has_dead(const struct inventory *inv, const struct pool *pool, const uint8_t guest[16])
{
	return guest_has_pages(inv, pool, guest, true);
}

/* Its guest runs, is being started or ended, or has pages that are not back yet. */
static bool slot_is_in_use(const struct inventory *inv, const struct pool *pool, size_t slot)
{
	const uint8_t *guest = pool->slots[slot].guest;

	return !uuid_is_null(guest) && (guest_lock_is_held(guest) ||
	       guest_has_pages(inv, pool, guest, false));
}

static enum slot_kind slot_kind_free(const struct pool_slot *slot)
{
	return slot->contents == CONTENTS_CLEAN ? SLOT_CLEAN : SLOT_DIRTY;
}

void pool_look(const struct inventory *inv, struct pool *pool, const uint8_t *guest, uint32_t item)
{
	const struct pool_slot *slot;
	bool used = false;
	size_t i;

	for (i = 0; i < pool->nr; i++) {
		slot = &pool->slots[i];
		/* To ask for a guest takes long, and a guest has many slots. */
		if (!i || !slot_is_guests(pool, i - 1, slot->guest))
			used = slot_is_in_use(inv, pool, i);
		if (guest && slot_is_bad(pool, i))
			pool->kinds[i] = SLOT_USED;
		else if (guest && slot_is_guests(pool, i, guest))
			pool->kinds[i] = slot->item == item ? SLOT_OWN : SLOT_USED;
		else
			pool->kinds[i] = used ? SLOT_USED : slot_kind_free(slot);
	}
}

uint64_t pool_bytes(const struct pool *pool, enum slot_kind kind)
{
	uint64_t bytes = 0;
	size_t i;

	for (i = 0; i < pool->nr; i++)
		bytes += pool->kinds[i] == kind ? SLOT_SIZE : 0;
	return bytes;
}

uint64_t pool_dirty_bytes(const struct inventory *inv, struct pool *pool)
{
	pool_look(inv, pool, NULL, 0);
	return pool_bytes(pool, SLOT_DIRTY);
}

struct xenpmem_range slots_range(const struct pool *pool, struct slot_run run)
{
	struct xenpmem_range range = pool->ns->range;

	range.spa += run.first * SLOT_SIZE;
	range.length = run.nr * SLOT_SIZE;
	return range;
}

/* command: F_OFD_SETLK, or F_OFD_SETLKW, which waits. */
static int slot_lock_set(const struct pool *pool, size_t slot, short type, int command)
{
	struct flock lock = { .l_type = type, .l_whence = SEEK_SET, .l_start = slot_offset(slot),
			      .l_len = sizeof(struct pool_slot) };
	int rc;

	do
		rc = fcntl(pool->file, command, &lock);
	while (rc && errno == EINTR);
	return rc;
}

/* Most often a slot is erased in a second. Whoever erases it may have been stopped. */
int slot_lock(const struct pool *pool, size_t slot)
{
	const struct timespec pause = { .tv_nsec = POLL_MS * 1000000l };
	unsigned int ms;

	for (ms = 0; ms < PATIENCE_MS; ms += POLL_MS) {
		if (!slot_lock_set(pool, slot, F_WRLCK, F_OFD_SETLK))
			return EXIT_DONE;
		if (errno != EAGAIN)
			return pool_fail(pool);
		nanosleep(&pause, NULL);
	}
	warn(namespace_name(pool->ns), "waiting for another xen-pmem, which erases slot %zu of "
	     "guests' RAM", slot);
	return slot_lock_set(pool, slot, F_WRLCK, F_OFD_SETLKW) ? pool_fail(pool) : EXIT_DONE;
}

void slot_unlock(const struct pool *pool, size_t slot)
{
	slot_lock_set(pool, slot, F_UNLCK, F_OFD_SETLK);
}

/* What drops the lock and is refused may have failed to take it again. */
static int lock_get_back(struct inventory *inv)
{
	if (host_lock())
		return EXIT_REFUSED;
	inventory_read(inv);
	return EXIT_DONE;
}

int pools_each(struct inventory *inv, bool change, int (*work)(struct inventory *inv,
	       struct pool *pool, void *arg), void *arg)
{
	const struct xenpmem_namespace *ns;
	struct pool pool;
	int rc = EXIT_DONE;

	for (ns = inv->list; ns < inv->list + inv->nr; ns++) {
		if (!inventory_is_pool(inv, ns->range.uuid) ||
		    !inventory_is_enabled(inv, ns->range.uuid))
			continue;
		if (pool_open(inv, ns, change, &pool)) {
			rc = EXIT_REFUSED;
			continue;
		}
		rc |= work(inv, &pool, arg);
		pool_close(&pool);
		if (rc && change && lock_get_back(inv))
			return EXIT_REFUSED;
	}
	return rc;
}

void pool_sum(const struct pool *pool, struct pool_sum *sum)
{
	uint64_t *which;
	size_t i;

	*sum = (struct pool_sum){ .clean = 0 };
	for (i = 0; i < pool->nr; i++) {
		which = pool->kinds[i] == SLOT_USED ? &sum->used :
			slot_is_bad(pool, i) ? &sum->bad :
			pool->kinds[i] == SLOT_CLEAN ? &sum->clean : &sum->dirty;
		*which += SLOT_SIZE;
	}
}

static bool slot_is_used_by(const struct pool *pool, size_t slot, const uint8_t guest[16])
{
	return pool->kinds[slot] == SLOT_USED && slot_is_guests(pool, slot, guest);
}

static uint64_t guest_bytes(const struct pool *pool, const uint8_t guest[16])
{
	uint64_t bytes = 0;
	size_t i;

	for (i = 0; i < pool->nr; i++)
		bytes += slot_is_used_by(pool, i, guest) ? SLOT_SIZE : 0;
	return bytes;
}

static bool slot_is_guests_first(const struct pool *pool, size_t slot)
{
	const uint8_t *guest = pool->slots[slot].guest;
	size_t i;

	for (i = 0; i < slot; i++)
		if (slot_is_used_by(pool, i, guest))
			return false;
	return slot_is_used_by(pool, slot, guest);
}

void pool_guests_each(const struct pool *pool, void (*take)(const uint8_t guest[16], uint64_t bytes,
							     void *arg), void *arg)
{
	size_t i;

	for (i = 0; i < pool->nr; i++)
		if (slot_is_guests_first(pool, i))
			take(pool->slots[i].guest, guest_bytes(pool, pool->slots[i].guest), arg);
}

const char *guest_name_line(const uint8_t guest[16], struct line *line)
{
	char name[DOMAIN_NAME_LEN];
	struct guest_lock_note note;
	struct uuid_buf uuid;
	uint32_t domid;

	guest_lock_read(guest, &note);
	snprintf(line->text, sizeof(line->text), "%s",
		 domain_find_uuid(guest, &domid) ? domain_name(domid, name) :
		 note.name[0] ? note.name : uuid_text(guest, &uuid));
	return line->text;
}
