// SPDX-License-Identifier: GPL-2.0-only
/* xen-pmem status: what the extension has and who has it, or what one guest has. */
#include "xen/domain.h"
#include "host/bad.h"
#include "host/holders.h"
#include "host/metrics.h"
#include "host/pool.h"
#include "host/unreadable.h"
#include "verbs/verb.h"

static const char *state_text(enum xen_pmem_range_state state)
{
	return state == XEN_PMEM_RANGE_SERVED ? "served" :
	       state == XEN_PMEM_RANGE_HOST ? "host" : "checking";
}

static void range_json(const struct inventory *inv, const struct xenpmem_served *served)
{
	const struct xenpmem_namespace *ns = inventory_find_uuid(inv, served->range.uuid);
	json_object *item = json_item("ranges");

	json_number(item, "start", served->range.spa);
	json_number(item, "size", served->range.length);
	json_name(item, "role", range_role_text(inv, served->range.uuid));
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
	json_number(to, "metadata_retired", info->bytes_retired);
	json_number(to, "longest_command_pages", info->longest);
}

static void info_print(const struct xenpmem_info *info)
{
	struct size_buf size, used, room;

	if (info->reserved.length)
		printf("reserved area: %s, metadata %s of %s\n",
		       size_text(info->reserved.length, &size), size_text(info->bytes_used, &used),
		       size_text(info->bytes_total, &room));
	else
		puts("reserved area: none");
}

static const char *labels_text(const struct inventory *inv, const uint8_t uuid[16])
{
	return inventory_is_labels(inv, uuid) ? " labels" : "";
}

static void range_print(const struct inventory *inv,
			const struct xenpmem_served *served)
{
	struct size_buf size, guest, used;

	printf("%s%s: %s%s, %s with guests, metadata %s\n", inventory_name(inv, served->range.uuid),
	       labels_text(inv, served->range.uuid), size_text(served->range.length, &size),
	       served->state == XEN_PMEM_RANGE_SERVED ? "" :
	       served->state == XEN_PMEM_RANGE_HOST ? " (dom0's)" : " (being checked)",
	       size_text(served->pages << 12, &guest), size_text(served->bytes_used, &used));
}

static void holding_print(const struct inventory *inv,
			  const struct xenpmem_holding *holding)
{
	char name[DOMAIN_NAME_LEN];
	struct size_buf size;

	printf("guest %s (domain %u, %s): %s%s, %s at guest address %#llx\n",
	       domain_name(holding->domid, name), holding->domid, holder_text(holding->state),
	       inventory_name(inv, holding->uuid), labels_text(inv, holding->uuid),
	       size_text(holding->pages << 12, &size), (unsigned long long)holding->gpa);
}

/* Prints the holdings of one guest, or of all with domid -1; how many there were. */
static unsigned int holdings_print(const struct inventory *inv, int64_t domid)
{
	unsigned int i, shown = 0;

	for (i = 0; i < inv->nr_holdings; i++) {
		if (domid >= 0 && inv->holdings[i].domid != domid)
			continue;
		shown++;
		holding_print(inv, &inv->holdings[i]);
	}
	return shown;
}

/* Holdings are of a guest and a pool: a guest may have slots of several. */
static void ram_print(const struct inventory *inv)
{
	uint64_t assigned = 0, total = 0;
	unsigned int i, j, guests = 0;
	struct size_buf has, all;

	for (i = 0; i < inv->nr_ranges; i++)
		if (inventory_is_pool(inv, inv->ranges[i].range.uuid))
			total += pool_room(inv->ranges[i].range.length);
	for (i = 0; i < inv->nr_holdings; i++) {
		if (!inventory_is_pool(inv, inv->holdings[i].uuid))
			continue;
		assigned += inv->holdings[i].pages << 12;
		for (j = 0; j < i && (inv->holdings[j].domid != inv->holdings[i].domid ||
				      !inventory_is_pool(inv, inv->holdings[j].uuid)); j++)
			;
		guests += j == i;
	}
	if (total)
		printf("guests' RAM on NVDIMM: %s of %s, %u guest%s\n",
		       size_text(assigned, &has), size_text(total, &all), guests,
		       guests == 1 ? "" : "s");
}

static void errors_show(const struct inventory *inv)
{
	struct xenpmem_media_error error = { .lost = 0 };
	struct bad_place place;
	uint32_t i;

	for (i = 0; !xenpmem_query_media(inv->pmem, i, &error); i++) {
		if (!bad_find(inv, error.spa, &error, &place))
			continue;
		say("%s\n", bad_text(inv, &place));
		bad_json(inv, &place);
	}
	if (error.lost)
		warn("extension", "its list has no room for the pages of %llu more errors",
			(unsigned long long)error.lost);
}

static void all_print(const struct inventory *inv)
{
	unsigned int i;

	info_print(&inv->info);
	ram_print(inv);
	for (i = 0; i < inv->nr_ranges; i++)
		range_print(inv, &inv->ranges[i]);
	holdings_print(inv, -1);
}

static void all_json(const struct inventory *inv)
{
	unsigned int i;

	info_json(&inv->info);
	for (i = 0; i < inv->nr_ranges; i++)
		range_json(inv, &inv->ranges[i]);
	guests_json(inv, -1);
}

static int guest_show(const struct inventory *inv, const char *name)
{
	uint32_t domid;

	if (!domain_find(name, &domid))
		return refuse(name, "no such guest");
	if (json_is_wanted())
		guests_json(inv, domid);
	else if (!holdings_print(inv, domid))
		printf("guest %s has no vNVDIMM\n", name);
	return EXIT_DONE;
}

enum { METRICS };

static int status(struct inventory *inv, void *arg)
{
	const struct arguments *args = arg;

	if (args->option[METRICS]) {
		metrics_print(inv);
		return EXIT_DONE;
	}
	if (inv->no_extension[0])
		return refuse("extension", "%s", inv->no_extension);
	if (args->nr)
		return guest_show(inv, args->operands[0]);
	if (json_is_wanted())
		all_json(inv);
	else
		all_print(inv);
	errors_show(inv);
	unreadable_show(inv);
	return EXIT_DONE;
}

static int status_run(struct arguments *args)
{
	if (args->option[METRICS] && (args->nr || args->json))
		return usage_wrong(args->usage, "--metrics stands alone");
	return inventory_run(INVENTORY_LOOK, status, args);
}

const struct verb verb_status = {
	.run = status_run,
	.usage = {
		.name = "status",
		.synopsis = "[--metrics] [DOMAIN]",
		.summary = "show what is enabled, and what is assigned to guests",
		.help = "With a guest, by name or number: only what is assigned to that guest.",
		.options = {
			[METRICS] = { .name = "metrics",
				      .help = "numbers, in the text format of Prometheus" },
		},
		.operands = { 0, 1, "one guest at most" },
		.json = "ranges guests media_errors retired_chunks",
	},
};
