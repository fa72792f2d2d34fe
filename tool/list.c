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
	const char *state;		/* "reserved", "free", "guest", "dom0", "not held", "dead guest" */
	char guest[DOMAIN_NAME_LEN];	/* or "" */
	struct xenpmem_holding holding;
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

	*row = (struct row){ .ns = ns, .state = "dom0" };
	backing = record ? xenpmem_record_find(record, ns->range.uuid) : NULL;
	if (backing)
		row->backing = *backing;
	if (!ns->bound) {
		row->state = "not held";
	} else if (ns->role == XEN_PMEM_ROLE_RESERVED) {
		if (host_is_taken(ns, info))
			row->state = "reserved";
	} else if (host_served(host, ns->range.uuid, &served)) {
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

static json_object *row_json(const struct row *row)
{
	const struct xenpmem_namespace *ns = row->ns;
	json_object *out = json_object_new_object();
	const char *why = host_why_unbound(ns);
	struct uuid_buf uuid;

	json_object_object_add(out, "device", json_object_new_string(ns->device));
	json_object_object_add(out, "label", json_object_new_string(ns->label));
	json_object_object_add(out, "uuid", json_object_new_string(uuid_text(ns->range.uuid, &uuid)));
	json_object_object_add(out, "region", json_object_new_string(ns->region));
	json_object_object_add(out, "start", json_object_new_uint64(ns->range.spa));
	json_object_object_add(out, "size", json_object_new_uint64(ns->range.length));
	json_object_object_add(out, "role", json_object_new_string(ns->role == XEN_PMEM_ROLE_RESERVED ? "reserved" : "guest"));
	json_object_object_add(out, "state", json_object_new_string(row->state));
	json_object_object_add(out, "recorded", json_object_new_boolean(row->backing.length && !is_kept(&row->backing)));
	json_object_object_add(out, "labels", json_object_new_boolean(row->backing.label_slot));
	if (!uuid_is_null(row->backing.guest))
		json_object_object_add(out, "data_of", json_object_new_string(uuid_text(row->backing.guest, &uuid)));
	if (row->backing.flags & XEN_PMEM_BACKING_ERASING)
		json_object_object_add(out, "erased", json_object_new_uint64(row->backing.erased));
	json_object_object_add(out, "persistence_domain", json_object_new_string(xenpmem_persistence_text(ns->persistence)));
	bad_json(out, ns);
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
	if (!row->ns->bound)
		printf(" %s", host_why_unbound(row->ns));
	putchar('\n');
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
	"list the namespaces that are meant for Xen\n"
	"States: dom0 (not enabled), reserved (Xen's tables stand there), free (Xen's, no guest's), guest, dead guest (xen-pmem release),\n"
	"not held (the reason follows).",
};
