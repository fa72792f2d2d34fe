/* SPDX-License-Identifier: GPL-2.0-only */
/* Who acts in the world of test_pool.c, what they may not see, and how the world is drawn. */
#include "pool_world.h"

#include <ctype.h>
#include <fcntl.h>

/* ---- what must hold ---- */

static void row_check(const struct world_pool *p, const struct pool_slot *row, size_t slot)
{
	const char bytes = p->bytes[slot], pages = p->pages[slot];

	if (row->contents == CONTENTS_CLEAN)
		must(!bytes && !pages);
	if (row->contents == CONTENTS_OWN)
		must(row->guest[0] && (!bytes || bytes == (char)row->guest[0]));
	if (pages && !world->lost)
		must(row->contents == CONTENTS_OWN && row->guest[0] == toupper(pages));
	if (pages)
		must(p->dirty);
	if (!p->dirty)
		must(!bytes);
}

static void pool_check(struct inventory *inv, const struct xenpmem_namespace *ns)
{
	const struct world_pool *p = pool_find_uuid(ns->range.uuid);
	struct pool pool;
	size_t slot;

	must(!pool_open(inv, ns, false, &pool) && pool.nr == p->nr);
	for (slot = 0; slot < pool.nr; slot++)
		row_check(p, &pool.slots[slot], slot);
	pool_close(&pool);
}

void world_check(void)
{
	static struct inventory inv;
	size_t i;

	inventory_open(&inv);
	for (i = 0; i < inv.nr; i++)
		if (pool_find_uuid(inv.list[i].range.uuid)->is_pool)
			pool_check(&inv, &inv.list[i]);
	free(inv.list);
}

static char row_letter(const struct pool_slot *row)
{
	const char guest = (char)row->guest[0];

	if (row->contents == CONTENTS_OWN)
		return guest;
	if (row->contents == CONTENTS_CLEAN)
		return guest ? (char)tolower(guest) : '.';
	return guest ? '?' : '~';
}

static void pool_draw(struct inventory *inv, const struct xenpmem_namespace *ns)
{
	char *to = world->picture + strlen(world->picture);
	struct pool pool;
	size_t slot;

	if (to > world->picture)
		*to++ = ' ';
	*to++ = pool_find_uuid(ns->range.uuid)->dirty ? 'd' : 'c';
	*to++ = ' ';
	must(!pool_open(inv, ns, false, &pool));
	for (slot = 0; slot < pool.nr; slot++)
		*to++ = row_letter(&pool.slots[slot]);
	*to = '\0';
	pool_close(&pool);
}

void world_draw(void)
{
	static struct inventory inv;
	size_t i;

	world->picture[0] = '\0';
	inventory_open(&inv);
	for (i = 0; i < inv.nr; i++)
		if (pool_find_uuid(inv.list[i].range.uuid)->is_pool)
			pool_draw(&inv, &inv.list[i]);
	free(inv.list);
}

/* ---- guests ---- */

static void pages_change(char from, char to)
{
	struct world_pool *p;
	size_t slot;

	for (p = world->pools; p < world->pools + POOLS; p++)
		for (slot = 0; slot < p->nr; slot++)
			if (p->pages[slot] == from)
				p->pages[slot] = to;
}

/* Pages leave a guest's bytes. */
static void pages_take(char name)
{
	pages_change(name, 0);
	guest_find(name)->exists = false;
}

/* Xen refuses pages that another guest has. */
static int slot_assign(struct world_pool *p, size_t slot, char name)
{
	if (p->pages[slot] && world->lost)
		return EXIT_REFUSED;
	must(slot < p->nr && !p->bad[slot] && !p->pages[slot]);
	must(!p->bytes[slot] || p->bytes[slot] == name);
	p->pages[slot] = p->bytes[slot] = name;
	return EXIT_DONE;
}

static int extent_assign(const struct xenpmem_vnvdimm *v, char name)
{
	struct world_pool *p = pool_find_uuid(v->backing.uuid);
	const uint64_t base = GIB(64) * (uint64_t)(1 + p - world->pools);
	size_t slot = v->offset / SLOT_SIZE, end = slot + v->backing.length / SLOT_SIZE;
	int rc = EXIT_DONE;

	must(v->backing.spa == base + v->offset && v->whole == p->nr * SLOT_SIZE + MIB(512));
	must(v->ram && v->own_node && v->gpa == XENPMEM_ANYWHERE && v->node == XENPMEM_NO_NODE);
	for (; slot < end && !rc; slot++)
		rc = slot_assign(p, slot, name);
	return rc;
}

/* As xenpmem_hand_over() does: the record comes first. */
static int pages_give(const struct backends *b, char name)
{
	unsigned int i;
	int rc = EXIT_DONE;

	must(host_is_locked() && b->nr_vnvdimms <= XENPMEM_VNVDIMMS_MAX);
	if (!run_step())
		return refuse("record", "made to fail");
	for (i = 0; i < b->nr_vnvdimms; i++)
		pool_find_uuid(b->vnvdimms[i].backing.uuid)->dirty = true;
	for (i = 0; i < b->nr_vnvdimms && !rc; i++)
		rc = run_step() ? extent_assign(&b->vnvdimms[i], name) : EXIT_REFUSED;
	return rc;
}

static int resolve(struct inventory *inv, struct backends *b)
{
	unsigned int i;
	int rc = EXIT_DONE;

	b->nr_vnvdimms = b->nr_pools = 0;
	for (i = 0; i < b->nr && !rc; i++)
		rc = pool_take(inv, b, i);
	return rc;
}

static void backends_end(struct backends *b)
{
	while (b->nr_pools)
		pool_close(&b->pools[--b->nr_pools]);
}

/* As handover_run() does. */
static int slots_take(struct inventory *inv, struct backends *b)
{
	bool old = true;
	int rc = resolve(inv, b);

	while (!rc && old) {
		rc = slots_own(inv, b, &old);
		b->again = true;
		if (!rc && old) {
			backends_end(b);
			rc = resolve(inv, b);
		}
	}
	return rc;
}

/* The guest's rows are what it has, and as large as it was asked for. */
static void guest_check(struct inventory *inv, struct backends *b, char name)
{
	uint64_t wanted = 0, rows = 0;
	struct pool *pool;
	unsigned int i;
	size_t slot;

	for (i = 0; i < b->nr; i++)
		wanted += b->list[i].spec.size;
	for (pool = b->pools; pool < b->pools + b->nr_pools; pool++) {
		must(!pool_read(inv, pool));
		for (slot = 0; slot < pool->nr; slot++)
			if ((char)pool->slots[slot].guest[0] == name) {
				must(pool_find_uuid(pool->ns->range.uuid)->pages[slot] == name);
				rows += SLOT_SIZE;
			}
	}
	must(rows == wanted);
}

static unsigned int items_read(const char *items, struct backend *list)
{
	struct vnvdimm_spec *spec;
	unsigned int nr;
	char *end;

	for (nr = 0; *items; nr++) {
		spec = &list[nr].spec;
		*spec = (struct vnvdimm_spec){ .ram = true, .own_node = true };
		if (isalpha((unsigned char)*items))
			spec->name[0] = *items++;
		spec->size = strtoull(items, &end, 10) * SLOT_SIZE;
		items = *end ? end + 1 : end;
	}
	return nr;
}

static int guest_hand_over(char name, bool again)
{
	struct backend list[XENPMEM_VNVDIMMS_MAX];
	struct inventory inv;
	uint8_t uuid[16];
	struct backends b = {
		.list = list, .nr = items_read(guest_find(name)->items, list), .guest = uuid,
		.again = again, .change = true,
	};
	int rc;

	guest_uuid(name, uuid);
	if (inventory_open_locked(&inv))
		return EXIT_REFUSED;
	rc = slots_take(&inv, &b);
	if (!rc)
		rc = slots_give(&b);
	if (!rc)
		rc = pages_give(&b, name);
	if (!rc)
		guest_check(&inv, &b, name);
	backends_end(&b);
	inventory_close(&inv);
	return rc;
}

static int guest_end(char name)
{
	uint8_t uuid[16];

	guest_uuid(name, uuid);
	pages_take(name);
	slots_leave(uuid);
	guest_find(name)->kept = false;
	return EXIT_DONE;
}

/* As keeper_build() does. */
static int guest_build(char name, bool again)
{
	struct world_guest *guest = guest_find(name);
	uint8_t uuid[16];
	int rc;

	guest_uuid(name, uuid);
	guest->kept = true;
	rc = again ? EXIT_DONE : slots_leave(uuid);
	if (rc) {
		guest->kept = false;
		return rc;
	}
	guest->exists = true;
	rc = guest_hand_over(name, again);
	if (rc)
		guest_end(name);
	return rc;
}

static int guest_reboot(char name)
{
	pages_take(name);
	others_come();
	return guest_build(name, true);
}

/* What changes nothing makes no file either. */
static int guest_plan(char name)
{
	struct backend list[XENPMEM_VNVDIMMS_MAX];
	struct inventory inv;
	uint8_t uuid[16];
	struct backends b = {
		.list = list, .nr = items_read(guest_find(name)->items, list), .guest = uuid,
	};
	const unsigned int steps = run.nr;
	int rc;

	guest_uuid(name, uuid);
	inventory_open(&inv);
	rc = resolve(&inv, &b);
	backends_end(&b);
	inventory_close(&inv);
	must(run.nr == steps);
	return rc;
}

static int guest_act(const char *word)
{
	struct world_guest *guest = guest_find(word[0]);

	if (word[1] == '=' || word[1] == '?')
		snprintf(guest->items, sizeof(guest->items), "%s", word + 2);
	switch (word[1]) {
	case '=':
		return guest_build(word[0], false);
	case '?':
		return guest_plan(word[0]);
	case '*':
		return guest_reboot(word[0]);
	case '.':
		return guest_end(word[0]);
	case '-':
		guest->kept = false;
		return EXIT_DONE;
	case '!':
		pages_change(word[0], (char)tolower(word[0]));
		guest->exists = false;
		return EXIT_DONE;
	default:
		must(word[1] == '/' && !guest->kept);
		pages_take(word[0]);
		pages_change((char)tolower(word[0]), 0);
		return EXIT_DONE;
	}
}

/* ---- the host ---- */

static int pool_erase(struct inventory *inv, struct pool *pool, void *arg)
{
	uint64_t bytes;

	(void)arg;
	return pool_clean(inv, pool, &bytes);
}

static int pools_erase(void)
{
	struct inventory inv;
	int rc;

	if (inventory_open_locked(&inv))
		return EXIT_REFUSED;
	rc = pools_each(&inv, true, pool_erase, NULL);
	inventory_close(&inv);
	return rc;
}

static int pool_empty(struct inventory *inv, struct world_pool *p)
{
	struct pool_sum sum;
	struct pool pool;
	uint64_t bytes;
	int rc;

	if (!p->is_pool || pool_open(inv, inv->list, true, &pool))
		return EXIT_REFUSED;
	pool_look(inv, &pool, NULL, 0);
	pool_sum(&pool, &sum);
	p->disabling = !sum.used;
	rc = p->disabling ? pool_clean(inv, &pool, &bytes) : EXIT_REFUSED;
	p->disabling = false;
	pool_close(&pool);
	return rc;
}

/* As xenpmem_disable() does: the record calls the pool dirty, then dom0 can write to it. */
static int pool_give_back(struct world_pool *p)
{
	if (p->dirty || !run_step())
		return EXIT_REFUSED;
	p->dirty = true;
	if (!run_step())
		return EXIT_REFUSED;
	memset(p->bytes, DOM0, p->nr);
	p->is_pool = !run_step();
	return p->is_pool;
}

static int pool_disable(void)
{
	struct world_pool *p = &world->pools[0];
	struct inventory inv;
	int rc;

	if (inventory_open_locked(&inv))
		return EXIT_REFUSED;
	rc = pool_empty(&inv, p);
	if (!rc)
		rc = pool_forget(inv.list);
	if (!rc)
		rc = pool_give_back(p);
	inventory_close(&inv);
	return rc;
}

static int pool_enable(void)
{
	struct world_pool *p = &world->pools[0];
	struct inventory inv;

	if (inventory_open_locked(&inv))
		return EXIT_REFUSED;
	if (!p->is_pool && !pool_forget(inv.list) && run_step())
		p->is_pool = p->dirty = true;
	inventory_close(&inv);
	return !p->is_pool;
}

static int host_boot(void)
{
	char name;

	for (name = 'A'; name < (char)('A' + GUESTS); name++) {
		pages_take(name);
		guest_find(name)->kept = false;
	}
	pool_files_remove();
	world->lost = false;
	return EXIT_DONE;
}

static bool guests_have_pages(void)
{
	const struct world_pool *p = world->pools;
	const char none[SLOTS] = "";

	return memcmp(p->pages, none, SLOTS);
}

/* Of 4 ways. */
static int file_lose(const char *word)
{
	const char head[64] = "";
	char path[64];
	int fd;

	world->lost = guests_have_pages();
	pool_path_of(0, path);
	if (!strcmp(word, "lose"))
		return unlink(path);
	if (!strcmp(word, "short"))
		return truncate(path, sizeof(head) + sizeof(struct pool_slot) + 1);
	fd = open(path, O_WRONLY);
	must(fd >= 0 && write(fd, head, *word == 's' ? 1 : sizeof(head)) > 0);
	return close(fd);
}

static int host_act(const char *word)
{
	if (!strcmp(word, "erase"))
		return pools_erase();
	if (!strcmp(word, "disable"))
		return pool_disable();
	if (!strcmp(word, "enable"))
		return pool_enable();
	if (!strcmp(word, "boot"))
		return host_boot();
	if (!strncmp(word, "bad", 3)) {
		world->pools[0].bad[atoi(word + 3)] = true;
		return EXIT_DONE;
	}
	if (strcmp(word, "good"))
		return file_lose(word);
	memset(world->pools[0].bad, 0, SLOTS);
	return EXIT_DONE;
}

int script_run(const char *script)
{
	char copy[256], *word, *rest = copy;
	int rc = EXIT_DONE;

	must(strlen(script) < sizeof(copy));
	strcpy(copy, script);
	while ((word = strsep(&rest, " "))) {
		must(rc == EXIT_DONE || run.is_other);
		if (*word)
			rc = isupper((unsigned char)*word) ? guest_act(word) : host_act(word);
	}
	return rc;
}
