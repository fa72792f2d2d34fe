// SPDX-License-Identifier: GPL-2.0-only
/* xen-pmem list: the namespaces that are meant for Xen, what state each is in, and who has it. */
#include <stdlib.h>
#include <string.h>
#include <json-c/json.h>
#include <uuid/uuid.h>

#include "domain.h"
#include "host.h"
#include "reap.h"

/* One namespace as both outputs show it. */
struct row {
	const struct xenpmem_namespace *ns;
	const char *state;		/* "reserved", "free", "host", "guest", "dom0", "not held", "dead guest" */
	char guest[DOMAIN_NAME_LEN];	/* or "" */
	struct xenpmem_holding holding;
	bool shared;			/* host_is_shared() */
	struct xen_pmem_backing backing;	/* the record's; of length 0 if it names none */
};

/* Disabled, with its labels waiting for it. */
static bool is_kept(const struct xen_pmem_backing *backing)
{
	return backing->flags & XEN_PMEM_BACKING_KEPT;
}

static const char *holder_state(const struct xenpmem_holding *holding)
{
	return holding_is_dead(holding) ? "dead guest" : "guest";
}

static void row_read(struct host *host, const struct xenpmem_namespace *ns, struct xenpmem_record *record, const struct xenpmem_info *info,
		     struct row *row)
{
	const struct xen_pmem_backing *backing;
	struct xenpmem_served served;
	const bool served_any = host_served(host, ns->range.uuid, &served);

	*row = (struct row){ .ns = ns, .state = "dom0", .shared = host_is_shared(host, ns) };
	backing = record ? xenpmem_record_find(record, ns->range.uuid) : NULL;
	if (backing)
		row->backing = *backing;
	if (ns->role == XEN_PMEM_ROLE_HOST && served_any && served.state == XEN_PMEM_RANGE_HOST) {
		row->state = "host";
	} else if (!ns->bound) {
		row->state = "not held";
	} else if (ns->role == XEN_PMEM_ROLE_RESERVED) {
		if (host_is_taken(ns, info))
			row->state = "reserved";
	} else if (served_any) {
		row->state = served.state == XEN_PMEM_RANGE_SERVED ? "free" : "checking";
		if (host_holder(host, ns->range.uuid, &row->holding) >= 0) {
			row->state = holder_state(&row->holding);
			domain_name(row->holding.domid, row->guest);
		}
	}
}

static void bad_json(json_object *to, const struct xenpmem_namespace *ns)
{
	json_object *list = json_object_new_array(), *bad;
	unsigned int i;

	for (i = 0; i < ns->nr_bad && i < XENPMEM_BAD_MAX; i++) {
		bad = json_object_new_object();
		json_object_object_add(bad, "offset", json_object_new_uint64(ns->bad[i].offset));
		json_object_object_add(bad, "length", json_object_new_uint64(ns->bad[i].length));
		json_object_array_add(list, bad);
	}
	json_object_object_add(to, "bad_blocks", list);
}

static void health_json(json_object *to, const struct xenpmem_health *health)
{
	json_object *list = json_object_new_array();
	unsigned int bit = 0;
	const char *word;

	while ((word = xenpmem_health_word(health, &bit)))
		json_object_array_add(list, json_object_new_string(word));
	json_object_object_add(to, "health", list);
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
	return role == XEN_PMEM_ROLE_RESERVED ? "reserved" : role == XEN_PMEM_ROLE_HOST ? "host" : "guest";
}

static json_object *row_json(const struct row *row)
{
	const struct xenpmem_namespace *ns = row->ns;
	json_object *out = json_object_new_object();
	const char *why = row->shared ? NULL : host_why_unbound(ns);
	struct uuid_buf uuid;

	json_object_object_add(out, "device", json_object_new_string(ns->device));
	json_object_object_add(out, "label", json_object_new_string(ns->label));
	json_object_object_add(out, "uuid", json_object_new_string(uuid_text(ns->range.uuid, &uuid)));
	json_object_object_add(out, "region", json_object_new_string(ns->region));
	json_object_object_add(out, "start", json_object_new_uint64(ns->range.spa));
	json_object_object_add(out, "size", json_object_new_uint64(ns->range.length));
	json_object_object_add(out, "role", json_object_new_string(role_text(ns->role)));
	json_object_object_add(out, "state", json_object_new_string(row->state));
	json_object_object_add(out, "recorded", json_object_new_boolean(row->backing.length && !is_kept(&row->backing)));
	json_object_object_add(out, "labels", json_object_new_boolean(row->backing.label_slot));
	if (!uuid_is_null(row->backing.guest))
		json_object_object_add(out, "data_of", json_object_new_string(uuid_text(row->backing.guest, &uuid)));
	if (row->backing.flags & XEN_PMEM_BACKING_ERASING)
		json_object_object_add(out, "erased", json_object_new_uint64(row->backing.erased));
	json_object_object_add(out, "persistence_domain", json_object_new_string(xenpmem_persistence_text(ns->persistence)));
	bad_json(out, ns);
	health_json(out, &ns->health);
	if (row->shared)
		json_object_object_add(out, "block", json_object_new_string(ns->block));
	if (why)
		json_object_object_add(out, "reason", json_object_new_string(why));
	if (row->guest[0]) {
		json_object_object_add(out, "guest", json_object_new_string(row->guest));
		json_object_object_add(out, "domain", json_object_new_int(row->holding.domid));
		json_object_object_add(out, "gpa", json_object_new_uint64(row->holding.gpa));
	}
	return out;
}

static void row_print(const struct row *row)
{
	struct size_buf size;

	printf("%-16s %-20s %8s  %-10s %-16s", row->ns->device, row->ns->label[0] ? row->ns->label : "-", size_text(row->ns->range.length, &size),
	       row->state, row->guest[0] ? row->guest : "-");
	if (row->backing.flags & XEN_PMEM_BACKING_ERASING)
		printf(" half erased or restored (xen-pmem erase, or copy-in)");
	if (is_kept(&row->backing))
		printf(" labels kept");
	if (row->ns->nr_bad)
		printf(" %u bad block ranges", row->ns->nr_bad);
	health_print(&row->ns->health);
	if (row->shared)
		printf(" /dev/%s", row->ns->block);
	else if (!row->ns->bound)
		printf(" %s", host_why_unbound(row->ns));
	putchar('\n');
}

static const char *pin_state(xenpmem_handle *pmem, const struct xenpmem_pinned *pin)
{
	if (!xenpmem_has_host_pages(pmem, pin->domid))
		return "pinned";
	return domain_status(pin->domid).state == DOMAIN_GONE ? "dead guest" : "guest";
}

static json_object *pin_json(xenpmem_handle *pmem, const struct xenpmem_pinned *pin)
{
	json_object *out = json_object_new_object();
	char name[DOMAIN_NAME_LEN];
	struct uuid_buf uuid;

	json_object_object_add(out, "path", json_object_new_string(pin->path));
	json_object_object_add(out, "kind", json_object_new_string(xenpmem_path_kind_text(pin->kind)));
	json_object_object_add(out, "uuid", json_object_new_string(uuid_text(pin->uuid, &uuid)));
	json_object_object_add(out, "size", json_object_new_uint64(pin->size));
	json_object_object_add(out, "hidden", json_object_new_uint64(pin->hidden));
	json_object_object_add(out, "state", json_object_new_string(pin_state(pmem, pin)));
	json_object_object_add(out, "guest", json_object_new_string(domain_name(pin->domid, name)));
	json_object_object_add(out, "domain", json_object_new_int(pin->domid));
	json_object_object_add(out, "persistence_domain", json_object_new_string(xenpmem_persistence_text(pin->persistence)));
	return out;
}

static void pin_print(xenpmem_handle *pmem, const struct xenpmem_pinned *pin)
{
	char name[DOMAIN_NAME_LEN];
	struct size_buf size;

	printf("%-37s %8s  %-10s %-16s %-7s %s\n", pin->path, size_text(pin->size, &size), pin_state(pmem, pin), domain_name(pin->domid, name),
	       xenpmem_path_kind_text(pin->kind), xenpmem_persistence_text(pin->persistence));
}

/* Files and devices that guests have. */
static void pins_show(struct host *host, json_object *list)
{
	struct xenpmem_pinned pin;
	uint32_t i;

	for (i = 0; !xenpmem_query_pin(host->pmem, i, &pin); i++) {
		if (list) {
			json_object_array_add(list, pin_json(host->pmem, &pin));
			continue;
		}
		if (!i)
			printf("\n%-37s %8s  %-10s %-16s %-7s %s\n", "PATH", "SIZE", "STATE", "GUEST", "KIND", "PERSISTENCE");
		pin_print(host->pmem, &pin);
	}
}

/* Namespaces that are not meant for Xen are ndctl's to list. */
static void rows_show(struct host *host, bool json)
{
	json_object *list = json ? json_object_new_array() : NULL;
	const struct xenpmem_namespace *ns, *reserved;
	struct xenpmem_info info = { 0 };
	struct xenpmem_record record;
	bool any = false, has_record;
	struct row row;

	xenpmem_hello(host->pmem, &info);
	has_record = !host_look_reserved(host, &reserved, &record);
	for (ns = host->list; ns < host->list + host->nr; ns++) {
		if (ns->role == XEN_PMEM_ROLE_NONE)
			continue;
		row_read(host, ns, has_record ? &record : NULL, &info, &row);
		if (!json && !any)
			printf("%-16s %-20s %8s  %-10s %s\n", "NAMESPACE", "LABEL", "SIZE", "STATE", "GUEST");
		any = true;
		if (json)
			json_object_array_add(list, row_json(&row));
		else
			row_print(&row);
	}
	pins_show(host, list);
	if (json) {
		puts(json_object_to_json_string_ext(list, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE));
		json_object_put(list);
	}
}

static int run(const struct verb *verb, int argc, char **argv)
{
	bool json = false;
	const struct flag flags[] = { { "--json", &json, NULL }, { NULL, NULL, NULL } };
	struct host host;
	int rc;

	argc = options_take(verb, argc, argv, flags);
	if (argc != 1)
		return argc < 0 ? EXIT_USAGE : usage_wrong(verb, "takes no operand");
	rc = host_open(&host);
	if (rc)
		return rc;
	rows_show(&host, json);
	reap_orphans_tell();
	host_close(&host);
	return EXIT_DONE;
}

const struct verb verb_list = {
	"list", run, "[--json]",
	"list the namespaces that are meant for Xen, and the files and devices that guests have\n"
	"States: dom0 (not enabled), reserved (Xen's tables stand there), free (Xen's, no guest's), host (dom0 uses it, Xen keeps count), guest,\n"
	"dead guest (xen-pmem release), pinned (a tool was killed: xen-pmem release), not held (the reason follows).",
};
