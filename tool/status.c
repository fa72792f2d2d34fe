// SPDX-License-Identifier: GPL-2.0-only
/* xen-pmem status: what the extension has and who has it, or what one guest has. */
#include <string.h>
#include <json-c/json.h>

#include "domain.h"
#include "host.h"
#include "labels.h"

static const char *holder_text(enum xen_pmem_holder_state state)
{
	switch (state) {
	case XEN_PMEM_HOLDER_BUILDING:
		return "not started";
	case XEN_PMEM_HOLDER_RUNNING:
		return "running";
	case XEN_PMEM_HOLDER_DYING:
		return "being destroyed";
	case XEN_PMEM_HOLDER_DEAD:
		return "dead";
	default:
		return "unknown";
	}
}

/* Labels lie in the reserved namespace, whose UUID their range has. */
static const char *role_text(const struct xenpmem_info *info, const uint8_t uuid[16])
{
	return labels_are(info, uuid) ? "labels" : "namespace";
}

static const char *state_text(enum xen_pmem_range_state state)
{
	return state == XEN_PMEM_RANGE_SERVED ? "served" : state == XEN_PMEM_RANGE_HOST ? "host" : "checking";
}

static json_object *range_json(struct host *host, const struct xenpmem_info *info, const struct xenpmem_served *served)
{
	const struct xenpmem_namespace *ns = host_find_uuid(host, served->range.uuid);
	json_object *out = json_object_new_object();
	struct uuid_buf uuid;

	json_object_object_add(out, "role", json_object_new_string(role_text(info, served->range.uuid)));
	json_object_object_add(out, "uuid", json_object_new_string(uuid_text(served->range.uuid, &uuid)));
	if (ns)
		json_object_object_add(out, "device", json_object_new_string(ns->device));
	json_object_object_add(out, "start", json_object_new_uint64(served->range.spa));
	json_object_object_add(out, "size", json_object_new_uint64(served->range.length));
	json_object_object_add(out, "state", json_object_new_string(state_text(served->state)));
	json_object_object_add(out, "guest_bytes", json_object_new_uint64(served->pages << 12));
	json_object_object_add(out, "metadata_bytes", json_object_new_uint64(served->bytes_used));
	return out;
}

static json_object *holding_json(struct host *host, const struct xenpmem_info *info, const struct xenpmem_holding *holding)
{
	const struct xenpmem_namespace *ns = host_find_uuid(host, holding->uuid);
	json_object *out = json_object_new_object();
	char name[DOMAIN_NAME_LEN];
	struct uuid_buf uuid;

	json_object_object_add(out, "domain", json_object_new_int(holding->domid));
	json_object_object_add(out, "guest", json_object_new_string(domain_name(holding->domid, name)));
	json_object_object_add(out, "state", json_object_new_string(holder_text(holding->state)));
	json_object_object_add(out, "role", json_object_new_string(role_text(info, holding->uuid)));
	json_object_object_add(out, "uuid", json_object_new_string(uuid_text(holding->uuid, &uuid)));
	if (ns)
		json_object_object_add(out, "device", json_object_new_string(ns->device));
	json_object_object_add(out, "gpa", json_object_new_uint64(holding->gpa));
	json_object_object_add(out, "start", json_object_new_uint64(holding->spa));
	json_object_object_add(out, "bytes", json_object_new_uint64(holding->pages << 12));
	return out;
}

static json_object *info_json(const struct xenpmem_info *info)
{
	json_object *out = json_object_new_object();

	json_object_object_add(out, "abi", json_object_new_int(info->abi));
	json_object_object_add(out, "reserved_start", json_object_new_uint64(info->reserved.spa));
	json_object_object_add(out, "reserved_size", json_object_new_uint64(info->reserved.length));
	json_object_object_add(out, "metadata_bytes", json_object_new_uint64(info->bytes_used));
	json_object_object_add(out, "metadata_room", json_object_new_uint64(info->bytes_total));
	json_object_object_add(out, "longest_command_pages", json_object_new_uint64(info->longest));
	return out;
}

static void info_print(const struct xenpmem_info *info)
{
	struct size_buf size, used, room;

	if (info->reserved.length)
		printf("reserved area: %s, metadata %s of %s\n", size_text(info->reserved.length, &size), size_text(info->bytes_used, &used),
		       size_text(info->bytes_total, &room));
	else
		puts("reserved area: none");
}

static const char *labels_text(const struct xenpmem_info *info, const uint8_t uuid[16])
{
	return labels_are(info, uuid) ? " labels" : "";
}

static void range_print(struct host *host, const struct xenpmem_info *info, const struct xenpmem_served *served)
{
	struct size_buf size, guest, used;

	printf("%s%s: %s%s, %s with guests, metadata %s\n", host_name_uuid(host, served->range.uuid), labels_text(info, served->range.uuid), size_text(served->range.length, &size),
	       served->state == XEN_PMEM_RANGE_SERVED ? "" : served->state == XEN_PMEM_RANGE_HOST ? " (dom0's)" : " (being checked)", size_text(served->pages << 12, &guest),
	       size_text(served->bytes_used, &used));
}

static void holding_print(struct host *host, const struct xenpmem_info *info, const struct xenpmem_holding *holding)
{
	char name[DOMAIN_NAME_LEN];
	struct size_buf size;

	printf("guest %s (domain %u, %s): %s%s, %s at guest address %#llx\n", domain_name(holding->domid, name), holding->domid,
	       holder_text(holding->state), host_name_uuid(host, holding->uuid), labels_text(info, holding->uuid), size_text(holding->pages << 12, &size),
	       (unsigned long long)holding->gpa);
}

/* Shows the holdings of one guest, or of all with domid -1; how many there were. */
static unsigned int holdings_show(struct host *host, const struct xenpmem_info *info, int64_t domid, json_object *list)
{
	struct xenpmem_holding holding;
	unsigned int shown = 0;
	uint32_t i;

	for (i = 0; !xenpmem_query_holding(host->pmem, i, &holding); i++) {
		if (domid >= 0 && holding.domid != domid)
			continue;
		shown++;
		if (list)
			json_object_array_add(list, holding_json(host, info, &holding));
		else
			holding_print(host, info, &holding);
	}
	return shown;
}

static void all_show(struct host *host, const struct xenpmem_info *info, json_object *out)
{
	json_object *ranges = out ? json_object_new_array() : NULL, *guests = out ? json_object_new_array() : NULL;
	struct xenpmem_served served;
	uint32_t i;

	if (!out)
		info_print(info);
	for (i = 0; !xenpmem_query_range(host->pmem, i, &served); i++) {
		if (out)
			json_object_array_add(ranges, range_json(host, info, &served));
		else
			range_print(host, info, &served);
	}
	holdings_show(host, info, -1, guests);
	if (!out)
		return;
	json_object_object_add(out, "extension", info_json(info));
	json_object_object_add(out, "ranges", ranges);
	json_object_object_add(out, "guests", guests);
}

static int guest_show(struct host *host, const struct xenpmem_info *info, const char *name, json_object *out)
{
	json_object *guests = out ? json_object_new_array() : NULL;
	uint32_t domid;

	if (out)
		json_object_object_add(out, "guests", guests);
	if (!domain_find(name, &domid))
		return refuse(name, "no such guest");
	if (!holdings_show(host, info, domid, guests) && !out)
		printf("guest %s has no vNVDIMM\n", name);
	return EXIT_DONE;
}

static int status(struct host *host, const char *name, bool json)
{
	json_object *out = json ? json_object_new_object() : NULL;
	struct xenpmem_info info;
	int rc = EXIT_DONE;

	if (xenpmem_hello(host->pmem, &info))
		rc = refuse("extension", "%s", xenpmem_error(host->pmem));
	else if (name)
		rc = guest_show(host, &info, name, out);
	else
		all_show(host, &info, out);
	if (!rc && out)
		puts(json_object_to_json_string_ext(out, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(out);
	return rc;
}

static int run(const struct verb *verb, int argc, char **argv)
{
	bool json = false;
	const struct flag flags[] = { { "--json", &json, NULL }, { NULL, NULL, NULL } };
	struct host host;
	int rc;

	argc = options_take(verb, argc, argv, flags);
	if (argc < 1 || argc > 2)
		return argc < 0 ? EXIT_USAGE : usage_wrong(verb, "takes one guest at most");
	rc = host_open(&host);
	if (rc)
		return rc;
	rc = status(&host, argc == 2 ? argv[1] : NULL, json);
	host_close(&host);
	return rc;
}

const struct verb verb_status = {
	"status", run, "[DOMAIN] [--json]",
	"show what Xen serves and which guest has what\n"
	"With a guest, by name or number: only what it has.",
};
