// SPDX-License-Identifier: GPL-2.0-only
/* xen-pmem status: what the extension has and who has it, or what one guest has. */
#include "xen/domain.h"
#include "host/holders.h"
#include "host/labels.h"
#include "verbs/verb.h"

static const char *state_text(enum xen_pmem_range_state state)
{
	return state == XEN_PMEM_RANGE_SERVED ? "served" :
	       state == XEN_PMEM_RANGE_HOST ? "host" : "checking";
}

static void range_json(struct inventory *inv, const struct xenpmem_info *info,
		       const struct xenpmem_served *served)
{
	const struct xenpmem_namespace *ns = inventory_find_uuid(inv, served->range.uuid);
	json_object *item = json_item("ranges");

	json_number(item, "start", served->range.spa);
	json_number(item, "size", served->range.length);
	json_name(item, "role", range_role_text(info, served->range.uuid));
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
		printf("reserved area: %s, metadata %s of %s\n",
		       size_text(info->reserved.length, &size), size_text(info->bytes_used, &used),
		       size_text(info->bytes_total, &room));
	else
		puts("reserved area: none");
}

static const char *labels_text(const struct xenpmem_info *info, const uint8_t uuid[16])
{
	return labels_are(info, uuid) ? " labels" : "";
}

static void range_print(struct inventory *inv, const struct xenpmem_info *info,
			const struct xenpmem_served *served)
{
	struct size_buf size, guest, used;

	printf("%s%s: %s%s, %s with guests, metadata %s\n", inventory_name(inv, served->range.uuid),
	       labels_text(info, served->range.uuid), size_text(served->range.length, &size),
	       served->state == XEN_PMEM_RANGE_SERVED ? "" :
	       served->state == XEN_PMEM_RANGE_HOST ? " (dom0's)" : " (being checked)",
	       size_text(served->pages << 12, &guest), size_text(served->bytes_used, &used));
}

static void holding_print(struct inventory *inv, const struct xenpmem_info *info,
			  const struct xenpmem_holding *holding)
{
	char name[DOMAIN_NAME_LEN];
	struct size_buf size;

	printf("guest %s (domain %u, %s): %s%s, %s at guest address %#llx\n",
	       domain_name(holding->domid, name), holding->domid, holder_text(holding->state),
	       inventory_name(inv, holding->uuid), labels_text(info, holding->uuid),
	       size_text(holding->pages << 12, &size), (unsigned long long)holding->gpa);
}

/* Prints the holdings of one guest, or of all with domid -1; how many there were. */
static unsigned int holdings_print(struct inventory *inv, const struct xenpmem_info *info,
				   int64_t domid)
{
	struct xenpmem_holding holding;
	unsigned int shown = 0;
	uint32_t i;

	for (i = 0; !xenpmem_query_holding(inv->pmem, i, &holding); i++) {
		if (domid >= 0 && holding.domid != domid)
			continue;
		shown++;
		holding_print(inv, info, &holding);
	}
	return shown;
}

static void all_print(struct inventory *inv, const struct xenpmem_info *info)
{
	struct xenpmem_served served;
	uint32_t i;

	info_print(info);
	for (i = 0; !xenpmem_query_range(inv->pmem, i, &served); i++)
		range_print(inv, info, &served);
	holdings_print(inv, info, -1);
}

static void all_json(struct inventory *inv, const struct xenpmem_info *info)
{
	struct xenpmem_served served;
	uint32_t i;

	info_json(info);
	for (i = 0; !xenpmem_query_range(inv->pmem, i, &served); i++)
		range_json(inv, info, &served);
	guests_json(inv, info, -1);
}

static int guest_show(struct inventory *inv, const struct xenpmem_info *info, const char *name)
{
	uint32_t domid;

	if (!domain_find(name, &domid))
		return refuse(name, "no such guest");
	if (json_is_wanted())
		guests_json(inv, info, domid);
	else if (!holdings_print(inv, info, domid))
		printf("guest %s has no vNVDIMM\n", name);
	return EXIT_DONE;
}

static int status(struct inventory *inv, void *arg)
{
	const struct arguments *args = arg;
	struct xenpmem_info info;

	if (xenpmem_hello(inv->pmem, &info))
		return refuse("extension", "%s", xenpmem_error(inv->pmem));
	if (args->nr)
		return guest_show(inv, &info, args->operands[0]);
	if (json_is_wanted())
		all_json(inv, &info);
	else
		all_print(inv, &info);
	return EXIT_DONE;
}

static int status_run(struct arguments *args)
{
	return inventory_run(INVENTORY_LOOK, status, args);
}

const struct verb verb_status = {
	.run = status_run,
	.usage = {
		.name = "status",
		.synopsis = "[DOMAIN]",
		.summary = "show what Xen serves and which guest holds what",
		.help = "With a guest, by name or number: only what that guest holds.",
		.operands = { 0, 1, "one guest at most" },
		.json = "ranges guests",
	},
};
