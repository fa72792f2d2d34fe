// SPDX-License-Identifier: GPL-2.0-only
/* xen-pmem list: the namespaces that are meant for Xen, what state each is in, and who has it. */
#include "xen/domain.h"
#include "host/available.h"
#include "xen/nodes.h"
#include "host/holders.h"
#include "host/pool.h"
#include "host/unreadable.h"
#include "guest/orphans.h"
#include "verbs/verb.h"

/* One namespace as both outputs show it. */
struct row {
	const struct xenpmem_namespace *ns;
	enum namespace_state state;
	const struct xenpmem_holding *holding;	/* of the guest that has it; or NULL */
	char guest[DOMAIN_NAME_LEN];		/* or "" */
	bool shared;
	bool unreadable;			/* Xen's tables about it, or some of them */
	struct xen_pmem_backing backing;	/* the record's; of length 0 if it names none */
	struct pool pool;			/* of state ram */
	uint32_t node;				/* or NODE_UNKNOWN */
};

/* Disabled, with its labels waiting for it. */
static bool is_kept(const struct xen_pmem_backing *backing)
{
	return backing->flags & XEN_PMEM_BACKING_KEPT;
}

/* Of a pool the flag says that guests had some of it. */
static bool is_interrupted(const struct xen_pmem_backing *backing)
{
	return backing->flags & XEN_PMEM_BACKING_ERASING &&
	       !(backing->flags & XEN_PMEM_BACKING_RAM);
}

static void row_read(struct inventory *inv, const struct nodes *nodes,
		     const struct xenpmem_namespace *ns, struct row *row)
{
	const struct xen_pmem_backing *backing = inventory_backing(inv, ns->range.uuid);

	*row = (struct row){
		.ns = ns, .state = inventory_state(inv, ns),
		.shared = inventory_is_shared(inv, ns),
		.unreadable = inventory_range(inv, ns->range.uuid) &&
			      unreadable_is_about(inv, &ns->range),
		.node = nodes_of_memory(nodes, ns->range.spa),
	};
	if (backing)
		row->backing = *backing;
	if (row->state == STATE_RAM && pool_open(inv, ns, false, &row->pool))
		row->pool.slots = NULL;
	if (row->pool.slots)
		pool_look(inv, &row->pool, NULL, 0);
	if (row->state != STATE_GUEST && row->state != STATE_DEAD_GUEST)
		return;
	row->holding = inventory_holding(inv, ns->range.uuid);
	domain_name(row->holding->domid, row->guest);
}

static void bad_json(json_object *to, const struct xenpmem_namespace *ns)
{
	json_object *list = json_array(to, "bad_blocks"), *bad;
	unsigned int i;

	for (i = 0; i < ns->nr_bad && i < XENPMEM_BAD_MAX; i++) {
		bad = json_array_item(list);
		json_number(bad, "offset", ns->bad[i].offset);
		json_number(bad, "length", ns->bad[i].length);
	}
}

static void health_json(json_object *to, const struct xenpmem_health *health)
{
	json_object *list = json_array(to, "health");
	unsigned int bit = 0;
	const char *word;

	while ((word = xenpmem_health_word(health, &bit)))
		json_object_array_add(list, json_object_new_string(word));
}

static void health_print(const struct xenpmem_health *health)
{
	unsigned int bit = 0;
	const char *word = xenpmem_health_word(health, &bit);

	if (word)
		printf(" %s %s", health->name, word);
}

static const char *role_text(enum xen_pmem_role role)
{
	return role == XEN_PMEM_ROLE_RESERVED ? "reserved" :
	       role == XEN_PMEM_ROLE_HOST ? "host" : "guest";
}

static void pool_guest_json(const uint8_t guest[16], uint64_t bytes, void *arg)
{
	json_object *item = json_array_item(arg);

	json_name(item, "guest", guest_name(guest));
	json_uuid(item, "uuid", guest);
	json_number(item, "size", bytes);
}

static void pool_json(json_object *to, const struct pool *pool)
{
	json_object *ram = json_object_in(to, "ram");
	struct pool_sum sum;

	pool_sum(pool, &sum);
	json_number(ram, "slot", SLOT_SIZE);
	json_number(ram, "clean", sum.clean);
	json_number(ram, "dirty", sum.dirty);
	json_number(ram, "bad", sum.bad);
	pool_guests_each(pool, pool_guest_json, json_array(ram, "guests"));
}

struct guests_line {
	const struct inventory *inv;
	const struct pool *pool;
	const char *before;		/* the next one */
};

static void pool_guest_print(const uint8_t guest[16], uint64_t bytes, void *arg)
{
	struct guests_line *line = arg;
	struct size_buf size;

	printf("%s%s %s%s", line->before, guest_name(guest), size_text(bytes, &size),
	       pool_has_dead(line->inv, line->pool, guest) ? " (dead: xen-pmem release)" : "");
	line->before = ", ";
}

static void bytes_print(const char **before, uint64_t bytes, const char *what)
{
	struct size_buf size;

	if (!bytes)
		return;
	printf("%s%s %s", *before, size_text(bytes, &size), what);
	*before = "; ";
}

/* "web 200G, db 100G; 6G to erase" */
static void pool_print(const struct inventory *inv, const struct pool *pool)
{
	struct guests_line line = { inv, pool, " " };
	const char *before = " ";
	struct pool_sum sum;

	pool_sum(pool, &sum);
	pool_guests_each(pool, pool_guest_print, &line);
	if (sum.used)
		before = "; ";
	bytes_print(&before, sum.clean, "free");
	bytes_print(&before, sum.dirty, "to erase");
	bytes_print(&before, sum.bad, "bad");
}

static void row_json(const struct row *row)
{
	const struct xenpmem_namespace *ns = row->ns;
	json_object *item = namespace_json(ns);

	json_name(item, "region", ns->region);
	if (row->node != NODE_UNKNOWN)
		json_number(item, "node", row->node);
	json_name(item, "role", role_text(ns->role));
	json_name(item, "state", namespace_state_text(row->state));
	if (ns->role != XEN_PMEM_ROLE_RESERVED)
		json_flag(item, "recorded", row->backing.length && !is_kept(&row->backing));
	json_flag(item, "label_area", row->backing.label_slot);
	json_uuid(item, "data_of", row->backing.guest);
	if (row->pool.slots)
		pool_json(item, &row->pool);
	else if (is_interrupted(&row->backing))
		json_number(item, "erased", row->backing.erased);
	json_name(item, "persistence_domain", xenpmem_persistence_text(ns->persistence));
	bad_json(item, ns);
	json_flag(item, "tables_unreadable", row->unreadable);
	health_json(item, &ns->health);
	json_name(item, "block", row->shared ? ns->block : NULL);
	json_name(item, "reason", row->shared ? NULL : namespace_why_unbound(ns));
	if (!row->guest[0])
		return;
	json_name(item, "guest", row->guest);
	json_number(item, "domain", row->holding->domid);
	json_number(item, "gpa", row->holding->gpa);
}

static void row_print(const struct inventory *inv, const struct row *row)
{
	struct size_buf size;

	printf("%-16s %-20s %8s  %-10s %-16s", row->ns->device,
	       row->ns->label[0] ? row->ns->label : "-", size_text(row->ns->range.length, &size),
	       namespace_state_text(row->state), row->guest[0] ? row->guest : "-");
	if (row->pool.slots)
		pool_print(inv, &row->pool);
	else if (is_interrupted(&row->backing))
		printf(" interrupted (finish it with xen-pmem erase or copy-in)");
	if (is_kept(&row->backing))
		printf(" labels kept");
	if (row->ns->nr_bad)
		printf(" %u bad block ranges", row->ns->nr_bad);
	if (row->unreadable)
		printf(" Xen's tables of it cannot be read (xen-pmem status)");
	health_print(&row->ns->health);
	if (row->node != NODE_UNKNOWN)
		printf(" node %u", row->node);
	if (row->shared)
		printf(" /dev/%s", row->ns->block);
	else if (!row->ns->bound)
		printf(" %s", namespace_why_unbound(row->ns));
	putchar('\n');
}

static void pin_json(const struct inventory *inv, const struct xenpmem_pinned *pin)
{
	json_object *item = json_item("files");
	char name[DOMAIN_NAME_LEN];

	json_name(item, "path", pin->path);
	json_name(item, "kind", xenpmem_path_kind_text(pin->kind));
	json_uuid(item, "uuid", pin->uuid);
	json_number(item, "size", pin->size);
	json_number(item, "hidden", pin->hidden);
	json_name(item, "state", namespace_state_text(inventory_pin_state(inv, pin)));
	json_name(item, "guest", domain_name(pin->domid, name));
	json_number(item, "domain", pin->domid);
	json_name(item, "persistence_domain", xenpmem_persistence_text(pin->persistence));
}

static void pin_print(const struct inventory *inv, const struct xenpmem_pinned *pin)
{
	char name[DOMAIN_NAME_LEN];
	struct size_buf size;

	printf("%-37s %8s  %-10s %-16s %-7s %s\n", pin->path, size_text(pin->size, &size),
	       namespace_state_text(inventory_pin_state(inv, pin)), domain_name(pin->domid, name),
	       xenpmem_path_kind_text(pin->kind), xenpmem_persistence_text(pin->persistence));
}

/* Files and devices that guests have; how many. */
static unsigned int pins_show(const struct inventory *inv)
{
	unsigned int i;

	if (inv->nr_pins)
		say("\n%-37s %8s  %-10s %-16s %-7s %s\n", "PATH", "SIZE", "STATE", "GUEST",
		    "KIND", "PERSISTENCE");
	for (i = 0; i < inv->nr_pins; i++) {
		if (json_is_wanted())
			pin_json(inv, &inv->pins[i]);
		else
			pin_print(inv, &inv->pins[i]);
	}
	return inv->nr_pins;
}

/* Namespaces that are not meant for Xen are ndctl's to list. How many there are. */
static unsigned int rows_show(struct inventory *inv)
{
	const struct xenpmem_namespace *ns;
	struct nodes *nodes = nodes_open();
	unsigned int nr = 0;
	struct row row;

	for (ns = inv->list; ns < inv->list + inv->nr; ns++) {
		if (ns->role == XEN_PMEM_ROLE_NONE)
			continue;
		row_read(inv, nodes, ns, &row);
		if (!nr++)
			say("%-16s %-20s %8s  %-10s %s\n", "NAMESPACE", "LABEL", "SIZE", "STATE",
			    "GUEST");
		if (json_is_wanted())
			row_json(&row);
		else
			row_print(inv, &row);
		if (row.pool.slots)
			pool_close(&row.pool);
	}
	nodes_close(nodes);
	return nr;
}

/* ---- --available ---- */

/* Has `take` called for each namespace that lies in the part. */
static void part_namespaces_each(const struct inventory *inv, uint64_t start, uint64_t length,
				 void (*take)(const struct xenpmem_namespace *ns, void *arg),
				 void *arg)
{
	const struct xenpmem_namespace *ns;

	for (ns = inv->list; ns < inv->list + inv->nr; ns++)
		if (ns->range.spa < start + length && start < ns->range.spa + ns->range.length)
			take(ns, arg);
}

static void part_namespace_json(const struct xenpmem_namespace *ns, void *arg)
{
	json_object_array_add(arg, json_object_new_string(ns->device));
}

static void part_namespace_print(const struct xenpmem_namespace *ns, void *arg)
{
	(void)arg;
	printf(" %s", ns->label[0] ? ns->label : ns->device);
}

static void part_json(const struct inventory *inv, uint64_t start, uint64_t length, bool servable,
		      const char *why, json_object *parts)
{
	json_object *item = json_array_item(parts);

	json_number(item, "start", start);
	json_number(item, "size", length);
	json_flag(item, "servable", servable);
	json_name(item, "reason", servable ? NULL : why);
	part_namespaces_each(inv, start, length, part_namespace_json, json_array(item, "devices"));
}

static void part_print(const struct inventory *inv, const char *region, uint64_t start,
		       uint64_t length, bool servable, const char *why)
{
	struct size_buf size;

	printf("%-10s %#14llx-%#-14llx %9s  %-7s", region, (unsigned long long)start,
	       (unsigned long long)(start + length - 1), size_text(length, &size),
	       servable ? "yes" : "no");
	part_namespaces_each(inv, start, length, part_namespace_print, NULL);
	if (!servable)
		printf(" (%s)", why);
	putchar('\n');
}

static void region_show(const struct inventory *inv, const struct available *available,
			const struct xenpmem_region *region)
{
	json_object *item = json_item("regions"), *parts;
	uint64_t start = region->spa, left = region->length, part;
	enum servable is;

	json_name(item, "device", region->device);
	json_number(item, "start", region->spa);
	json_number(item, "size", region->length);
	json_number(item, "servable_size",
		    servable_bytes(&available->host, region->spa, region->length));
	parts = json_array(item, "parts");
	for (; left; start += part, left -= part) {
		part = left;
		is = servable_part(&available->host, start, &part);
		if (item)
			part_json(inv, start, part, is == SERVABLE,
				  available_why_line(available, is, LINE), parts);
		else
			part_print(inv, region->device, start, part, is == SERVABLE,
				   available_why_line(available, is, LINE));
	}
}

static int available_list(struct inventory *inv, void *arg)
{
	struct xenpmem_region regions[REGIONS_MAX];
	const size_t nr = regions_read(inv, regions);
	struct available available;
	const char *why = available_read(inv, &available);
	size_t i;

	(void)arg;
	if (why)
		return refuse("list", "%s", why);
	if (nr)
		say("%-10s %-29s %9s  %-7s %s\n", "REGION", "ADDRESSES", "SIZE", "SERVED",
		    "NAMESPACES");
	else
		say("there is no region of persistent memory\n");
	for (i = 0; i < nr; i++)
		region_show(inv, &available, &regions[i]);
	return EXIT_DONE;
}

static int list(struct inventory *inv, void *arg)
{
	unsigned int nr = rows_show(inv);

	(void)arg;
	if (!(nr + pins_show(inv)))
		say("there is no namespace for Xen yet; make the first one: ndctl create-namespace "
		    "-m raw -n " XEN_PMEM_LABEL_RESERVED
		    " -s SIZE, then xen-pmem init " XEN_PMEM_LABEL_RESERVED "\n");
	guests_json(inv, -1);
	orphans_report();
	return EXIT_DONE;
}

enum { LIST_AVAILABLE };

static int list_run(struct arguments *args)
{
	return inventory_run(INVENTORY_LOOK, args->option[LIST_AVAILABLE] ? available_list : list,
			     args);
}

const struct verb verb_list = {
	.run = list_run,
	.usage = {
		.name = "list",
		.synopsis = "[--available]",
		.summary = "list the namespaces for Xen, and the files and devices of guests",
		.help = "States: dom0 (not enabled), reserved (it holds Xen's tables), checking "
			"(xen-pmem enable runs, or was killed and must be repeated), free "
			"(enabled, not assigned), host (enabled; dom0 uses it as well, and "
			"Xen counts dom0's mappings), guest, dead guest (its pages wait for "
			"xen-pmem release), ram (guests' RAM, with each guest's share), pinned "
			"(left by a killed xen-pmem; run xen-pmem release), not held (the reason "
			"follows).",
		.options = {
			[LIST_AVAILABLE] = { "available", 0, NULL, "list instead, for each region, "
					     "which addresses can be served, why the others "
					     "cannot, and what to do" },
		},
		.operands = { 0, 0, "no operand" },
		.json = "namespaces files guests regions",
	},
};
