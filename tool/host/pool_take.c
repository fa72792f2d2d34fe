// SPDX-License-Identifier: GPL-2.0-only
/* Shares pools out to guests, slot by slot. */
#include "host/pool_take.h"

#include <string.h>

#include "host/pool_clean.h"

#define ALL_ITEMS	UINT32_MAX

/* true: it was the guest's. A slot that the guest was never given may be clean still. */
static bool slot_leave(struct pool *pool, size_t slot, const uint8_t *guest)
{
	struct pool_slot *s = &pool->slots[slot];

	if (!slot_is_guests(pool, slot, guest))
		return false;
	*s = (struct pool_slot){
		.contents = s->contents == CONTENTS_CLEAN ? CONTENTS_CLEAN : CONTENTS_DIRTY,
	};
	return true;
}

/* The slots that the guest has for an item, or for ALL_ITEMS, are nobody's. */
static int item_leave(struct pool *pool, const uint8_t *guest, uint32_t item)
{
	int rc = EXIT_DONE;
	size_t slot;

	for (slot = 0; slot < pool->nr; slot++)
		if ((item == ALL_ITEMS || item == pool->slots[slot].item) &&
		    slot_leave(pool, slot, guest) && pool->file >= 0)
			rc |= slot_store(pool, slot);
	return rc;
}

/*
 * A guest that does not reboot begins anew: a keeper of it may have been killed. What a dead domain
 * of it still has stays its own, and what is beside that cannot be told from it.
 */
static int pool_begin(struct inventory *inv, struct backends *b, const struct backend *backend,
		      const struct xenpmem_namespace *ns, struct pool **pool)
{
	for (*pool = b->pools; *pool < b->pools + b->nr_pools; (*pool)++)
		if ((*pool)->ns == ns)
			return EXIT_DONE;
	if (pool_open(inv, ns, b->change, *pool))
		return EXIT_REFUSED;
	b->nr_pools++;
	if (b->again)
		return EXIT_DONE;
	if (pool_has_dead(inv, *pool, b->guest))
		return backend_refuse(backend, "backend", "a dead domain of this guest still has "
				      "pages of %s, which another domain maps (xen-pmem release, "
				      "when it does not)", namespace_name(ns));
	return item_leave(*pool, b->guest, ALL_ITEMS);
}

static bool guest_has_slots(struct inventory *inv, const struct xenpmem_namespace *ns,
			    const uint8_t *guest)
{
	struct pool pool;
	bool has = false;
	size_t slot;

	if (pool_open(inv, ns, false, &pool))
		return false;
	for (slot = 0; slot < pool.nr; slot++)
		has |= slot_is_guests(&pool, slot, guest);
	pool_close(&pool);
	return has;
}

/* Returns how many pools there are, or (guest) of how many it has slots. found: the first two. */
static unsigned int pools_find(struct inventory *inv, const uint8_t *guest,
			       const struct xenpmem_namespace *found[2])
{
	const struct xenpmem_namespace *ns;
	unsigned int nr = 0;

	for (ns = inv->list; ns < inv->list + inv->nr; ns++) {
		if (!inventory_is_pool(inv, ns->range.uuid) ||
		    (guest && !guest_has_slots(inv, ns, guest)))
			continue;
		if (nr < 2)
			found[nr] = ns;
		nr++;
	}
	return nr;
}

/* A guest that reboots was given its slots when there was one pool. There may be more now. */
static int pool_find_only(struct inventory *inv, const struct backends *b,
			  const struct backend *backend, const struct xenpmem_namespace **ns)
{
	const struct xenpmem_namespace *all[2], *its[2];
	unsigned int nr = pools_find(inv, NULL, all);

	if (!nr)
		return backend_refuse(backend, "backend", "there is no pool of guests' RAM "
				      "(xen-pmem enable --ram)");
	*ns = all[0];
	if (nr == 1)
		return EXIT_DONE;
	if (!b->again || pools_find(inv, b->guest, its) != 1)
		return backend_refuse(backend, "backend", "is missing: %s and %s are pools of "
				      "guests' RAM", namespace_name(all[0]),
				      namespace_name(all[1]));
	*ns = its[0];
	return EXIT_DONE;
}

static int pool_find(struct inventory *inv, const struct backends *b,
		     const struct backend *backend, const struct xenpmem_namespace **ns)
{
	if (!backend->spec.name[0])
		return pool_find_only(inv, b, backend, ns);
	return xenpmem_namespace_find(inv->pmem, inv->list, inv->nr, backend->spec.name, ns) ?
	       backend_refuse(backend, "backend", "%s", xenpmem_error(inv->pmem)) : EXIT_DONE;
}

static void slots_mark(const struct backends *b, struct pool *pool, unsigned int i,
		       struct slot_run run)
{
	struct pool_slot *s;
	size_t slot;

	for (slot = run.first; slot < run.first + run.nr; slot++) {
		s = &pool->slots[slot];
		if (s->contents == CONTENTS_OWN && !slot_is_guests(pool, slot, b->guest))
			s->contents = CONTENTS_DIRTY;
		memcpy(s->guest, b->guest, sizeof(s->guest));
		s->item = i;
	}
}

static void run_add(struct backends *b, const struct pool *pool, unsigned int i,
		    struct slot_run run)
{
	const struct vnvdimm_spec *spec = &b->list[i].spec;

	b->of[b->nr_vnvdimms] = i;
	b->vnvdimms[b->nr_vnvdimms++] = (struct xenpmem_vnvdimm){
		.backing = slots_range(pool, run), .offset = run.first * SLOT_SIZE,
		.whole = pool->ns->range.length, .gpa = XENPMEM_ANYWHERE,
		.node = XENPMEM_NO_NODE, .ram = true, .own_node = spec->own_node,
		.persistence = pool->ns->persistence,
	};
}

static int room_refuse(const struct backends *b, const struct pool *pool, unsigned int i,
		       size_t nr_free)
{
	struct size_buf wanted, there;

	size_text(b->list[i].spec.size, &wanted);
	size_text(nr_free * SLOT_SIZE, &there);
	if (nr_free * SLOT_SIZE < b->list[i].spec.size)
		return backend_refuse(&b->list[i], "size", "%s are wanted, and of %s %s are free "
				      "(xen-pmem list)", wanted.text, namespace_name(pool->ns),
				      there.text);
	return backend_refuse(&b->list[i], "size", "the free slots of %s are in too many pieces: "
			      "a guest gets %u at most, with its vNVDIMMs",
			      namespace_name(pool->ns), XENPMEM_VNVDIMMS_MAX);
}

/* Those that follow in the list need one piece each at least. */
static size_t pieces_left(const struct backends *b, unsigned int i)
{
	return XENPMEM_VNVDIMMS_MAX - b->nr_vnvdimms - (b->nr - i - 1);
}

/* What an item had is not enough when a slot of it has gone bad: it begins anew then. */
static int item_look(const struct inventory *inv, const struct backends *b, struct pool *pool,
		     unsigned int i)
{
	pool_look(inv, pool, b->guest, i);
	if (pool_bytes(pool, SLOT_OWN) == b->list[i].spec.size)
		return EXIT_DONE;
	if (item_leave(pool, b->guest, i))
		return EXIT_REFUSED;
	pool_look(inv, pool, b->guest, i);
	return EXIT_DONE;
}

int pool_take(struct inventory *inv, struct backends *b, unsigned int i)
{
	struct slot_run runs[XENPMEM_VNVDIMMS_MAX];
	const struct xenpmem_namespace *ns;
	size_t nr, run, nr_free;
	struct pool *pool;

	if (pool_find(inv, b, &b->list[i], &ns) ||
	    backend_need(inv, &b->list[i], ns, NEED_ENABLED | NEED_WRITABLE | NEED_POOL) ||
	    pool_begin(inv, b, &b->list[i], ns, &pool) || item_look(inv, b, pool, i))
		return EXIT_REFUSED;
	nr = slots_choose(pool->kinds, pool->nr, b->list[i].spec.size / SLOT_SIZE, runs,
			  pieces_left(b, i), &nr_free);
	if (!nr)
		return room_refuse(b, pool, i, nr_free);
	for (run = 0; run < nr; run++) {
		slots_mark(b, pool, i, runs[run]);
		run_add(b, pool, i, runs[run]);
	}
	return EXIT_DONE;
}

/* Calls step for each slot that is the guest's. */
static int slots_each(const struct backends *b,
		      int (*step)(const struct pool *pool, size_t slot))
{
	const struct pool *pool;
	size_t slot;

	for (pool = b->pools; pool < b->pools + b->nr_pools; pool++)
		for (slot = 0; slot < pool->nr; slot++)
			if (slot_is_guests(pool, slot, b->guest) && step(pool, slot))
				return EXIT_REFUSED;
	return EXIT_DONE;
}

static int slot_give(const struct pool *pool, size_t slot)
{
	pool->slots[slot].contents = CONTENTS_OWN;
	return slot_store(pool, slot);
}

static uint64_t dirty_bytes(const struct backends *b)
{
	const struct pool *pool;
	uint64_t bytes = 0;
	size_t slot;

	for (pool = b->pools; pool < b->pools + b->nr_pools; pool++)
		for (slot = 0; slot < pool->nr; slot++)
			bytes += slot_is_to_clean(pool, slot, b->guest) ? SLOT_SIZE : 0;
	return bytes;
}

static int slots_clean(struct inventory *inv, struct backends *b, uint64_t bytes)
{
	struct slots_progress progress = { 0, bytes };
	struct pool *pool;
	bool cleaned;
	size_t slot;

	for (pool = b->pools; pool < b->pools + b->nr_pools; pool++)
		for (slot = 0; slot < pool->nr; slot++) {
			if (!slot_is_to_clean(pool, slot, b->guest))
				continue;
			if (slot_clean(inv, pool, slot, b->guest, &progress, &cleaned))
				return EXIT_REFUSED;
			progress.done += SLOT_SIZE;
		}
	return EXIT_DONE;
}

int slots_own(struct inventory *inv, struct backends *b, bool *old)
{
	const uint64_t bytes = dirty_bytes(b);
	int rc = slots_each(b, slot_store);

	*old = !rc && bytes;
	return *old ? slots_clean(inv, b, bytes) : rc;
}

int slots_give(const struct backends *b)
{
	return slots_each(b, slot_give);
}

static int pool_leave(struct inventory *inv, struct pool *pool, void *arg)
{
	return pool_has_dead(inv, pool, arg) ? EXIT_DONE : item_leave(pool, arg, ALL_ITEMS);
}

int slots_leave(const uint8_t guest[16])
{
	uint8_t uuid[16];
	struct inventory inv;
	int rc;

	memcpy(uuid, guest, sizeof(uuid));
	rc = inventory_open_locked(&inv);
	if (rc)
		return rc;
	rc = pools_each(&inv, true, pool_leave, uuid);
	inventory_close(&inv);
	return rc;
}
