// SPDX-License-Identifier: GPL-2.0-only
/* xen-pmem status: what the extension has and who has it, or what one guest has. */
#include "xen/domain.h"
#include "host/holders.h"
#include "verbs/verb.h"

static const char *state_text(enum xen_pmem_range_state state)
{
	return state == XEN_PMEM_RANGE_SERVED ? "served" : state == XEN_PMEM_RANGE_HOST ? "host" : "checking";
}

static void range_json(const struct inventory *host, const struct xenpmem_served *served)
{
	const struct xenpmem_namespace *ns = inventory_find_uuid(host, served->range.uuid);
	json_object *item = json_item("ranges");

	json_number(item, "start", served->range.spa);
	json_number(item, "size", served->range.length);
	json_name(item, "role", range_role_text(host, served->range.uuid));
	json_uuid(item, "uuid", served->range.uuid);
	json_name(item, "device", ns ? ns->device : NULL);
	json_name(item, "label", ns ? ns->label : NULL);
	json_name(item, "state", state_text(served->state));
	json_number(item, "guest_bytes", served->pages << 12);
	json_number(item, "metadata_bytes", served->bytes_used);
}

static void info_json(const struct xenpmem_info *info)
{
	json_object *to = json_object_at("extension");

	json_number(to, "abi", info->abi);
	json_number(to, "reserved_start", info->reserved.spa);
	json_number(to, "reserved_size", info->reserved.length);
	json_number(to, "metadata_bytes", info->bytes_used);
	json_number(to, "metadata_room", info->bytes_total);
	json_number(to, "longest_command_pages", info->longest);
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

static const char *labels_text(const struct inventory *host, const uint8_t uuid[16])
{
	return inventory_is_labels(host, uuid) ? " labels" : "";
}

static void range_print(const struct inventory *host, const struct xenpmem_served *served)
{
	struct size_buf size, guest, used;

	printf("%s%s: %s%s, %s with guests, metadata %s\n", inventory_name(host, served->range.uuid), labels_text(host, served->range.uuid), size_text(served->range.length, &size),
	       served->state == XEN_PMEM_RANGE_SERVED ? "" : served->state == XEN_PMEM_RANGE_HOST ? " (dom0's)" : " (being checked)", size_text(served->pages << 12, &guest),
	       size_text(served->bytes_used, &used));
}

static void holding_print(const struct inventory *host,
			  const struct xenpmem_holding *holding)
{
	char name[DOMAIN_NAME_LEN];
	struct size_buf size;

	printf("guest %s (domain %u, %s): %s%s, %s at guest address %#llx\n", domain_name(holding->domid, name), holding->domid,
	       holder_text(holding->state), inventory_name(host, holding->uuid), labels_text(host, holding->uuid), size_text(holding->pages << 12, &size),
	       (unsigned long long)holding->gpa);
}

/* Prints the holdings of one guest, or of all with domid -1; how many there were. */
static unsigned int holdings_print(const struct inventory *host, int64_t domid)
{
	unsigned int i, shown = 0;

	for (i = 0; i < host->nr_holdings; i++) {
		if (domid >= 0 && host->holdings[i].domid != domid)
			continue;
		shown++;
		holding_print(host, &host->holdings[i]);
	}
	return shown;
}

static void all_print(const struct inventory *host)
{
	unsigned int i;

	info_print(&host->info);
	for (i = 0; i < host->nr_ranges; i++)
		range_print(host, &host->ranges[i]);
	holdings_print(host, -1);
}

static void all_json(const struct inventory *host)
{
	unsigned int i;

	info_json(&host->info);
	for (i = 0; i < host->nr_ranges; i++)
		range_json(host, &host->ranges[i]);
	guests_json(host, -1);
}

static int guest_show(const struct inventory *host, const char *name)
{
	uint32_t domid;

	if (!domain_find(name, &domid))
		return refuse(name, "no such guest");
	if (json_is_wanted())
		guests_json(host, domid);
	else if (!holdings_print(host, domid))
		printf("guest %s has no vNVDIMM\n", name);
	return EXIT_DONE;
}

static int status(const struct inventory *host, const char *name)
{
	if (host->no_extension[0])
		return refuse("extension", "%s", host->no_extension);
	if (name)
		return guest_show(host, name);
	if (json_is_wanted())
		all_json(host);
	else
		all_print(host);
	return EXIT_DONE;
}

static int run(const struct verb *verb, int argc, char **argv)
{
	struct inventory host;
	int rc;

	argc = options_take(verb, argc, argv, NULL);
	rc = inventory_open(&host);
	if (rc)
		return rc;
	rc = status(&host, argc == 2 ? argv[1] : NULL);
	inventory_close(&host);
	return rc;
}

const struct verb verb_status = {
	"status", run, "[DOMAIN]",
	"show what Xen serves and which guest has what\n"
	"With a guest, by name or number: only what it has.",
	.operands = { 0, 1, "one guest at most" },
	.json = "ranges guests",
};
