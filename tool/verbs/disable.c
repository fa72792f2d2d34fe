// SPDX-License-Identifier: GPL-2.0-only
/* xen-pmem disable: takes a namespace back from Xen. */
#include <errno.h>
#include <uuid/uuid.h>

#include "host/handover.h"
#include "verbs/verb.h"

static int in_use(struct inventory *inv, const struct xenpmem_namespace *ns)
{
	char why[256];

	snprintf(why, sizeof(why), "%s", xenpmem_error(inv->pmem));
	inventory_read(inv);
	if (inventory_need_unassigned(inv, namespace_name(ns), ns->range.uuid))
		return EXIT_REFUSED;
	return refuse(namespace_name(ns), "%s", why);
}

static int area_disable(struct inventory *inv, const struct xenpmem_namespace *ns)
{
	int rc = xenpmem_labels_unserve(inv->pmem);

	if (!rc)
		rc = xenpmem_unreserve(inv->pmem);
	if (rc && rc != -ENOENT)
		return refuse(namespace_name(ns), "%s", xenpmem_error(inv->pmem));
	if (rc && !ns->held)
		return refuse(namespace_name(ns), "Xen does not use this reserved area");
	if (xenpmem_hold(inv->pmem, ns, false))
		return refuse(namespace_name(ns), "%s", xenpmem_error(inv->pmem));
	namespace_report(ns, true, "disabled", "disabled");
	return EXIT_DONE;
}

/* A guest's labels name its namespaces: as long as its data stay, its label slot does. */
static int record_leave(struct inventory *inv, const uint8_t uuid[16])
{
	struct xenpmem_record record = inv->record;
	struct xen_pmem_backing *b = xenpmem_record_find(&record, uuid);

	if (b->label_slot && backing_holds_data(b))
		b->flags |= XEN_PMEM_BACKING_KEPT;
	else
		xenpmem_record_remove(inv->pmem, &record, uuid);
	return inventory_store_record(inv, &record);
}

/* The namespace is disabled and its labels are kept. No zeros are written: it is dom0's now. */
static int kept_disable(struct inventory *inv, const struct xenpmem_namespace *ns,
			enum data_choice choice)
{
	struct xenpmem_record record = inv->record;
	const struct xen_pmem_backing *b = xenpmem_record_find(&record, ns->range.uuid);
	int rc;

	if (choice != DATA_ERASE)
		return refuse(namespace_name(ns),
			      "not enabled; labels of %s are kept for it (--erase gives them up)",
			      backing_owner_text(b));
	xenpmem_record_remove(inv->pmem, &record, ns->range.uuid);
	rc = inventory_store_record(inv, &record);
	if (rc)
		return rc;
	namespace_report(ns, true, "labels given up", "the labels kept for it are given up");
	return EXIT_DONE;
}

/*
 * Xen comes first, for it may refuse. -ENOENT: Xen does not serve it; a killed run may have come so
 * far.
 */
static int range_unserve(struct inventory *inv, const struct xenpmem_namespace *ns, bool known)
{
	int rc = xenpmem_unserve(inv->pmem, ns->range.uuid);

	if (rc == -EBUSY)
		return in_use(inv, ns);
	if (rc && rc != -ENOENT)
		return refuse(namespace_name(ns), "%s", xenpmem_error(inv->pmem));
	if (rc && !known && !ns->held)
		return refuse(namespace_name(ns), "not enabled");
	if (xenpmem_hold(inv->pmem, ns, false))
		return refuse(namespace_name(ns), "%s", xenpmem_error(inv->pmem));
	return EXIT_DONE;
}

static int range_disable(struct inventory *inv, const struct xenpmem_namespace *ns,
			 enum data_choice choice)
{
	const struct xen_pmem_backing *b;
	int rc;

	rc = inventory_need_unassigned(inv, namespace_name(ns), ns->range.uuid);
	if (!rc)
		rc = inventory_need_record(inv);
	if (rc)
		return rc;
	b = xenpmem_record_find(&inv->record, ns->range.uuid);
	if (b && b->flags & XEN_PMEM_BACKING_KEPT)
		return kept_disable(inv, ns, choice);
	rc = handover_to_dom0(inv, ns, choice);
	if (!rc)
		rc = range_unserve(inv, ns, b);
	if (!rc && b)
		rc = record_leave(inv, ns->range.uuid);
	if (!rc)
		namespace_report(ns, true, "disabled", "disabled");
	return rc;
}

static void lost_tell(const uuid_t uuid)
{
	json_object *item = json_item("namespaces");
	struct uuid_buf text;

	say("%s: struck from the record\n", uuid_text(uuid, &text));
	json_uuid(item, "uuid", uuid);
	json_name(item, "result", "struck");
	json_changed();
}

/* The host has lost it: only the record still names it. */
static int lost_disable(struct inventory *inv, const uuid_t uuid)
{
	struct xenpmem_record record;
	struct uuid_buf text;
	int rc;

	rc = namespace_check_unlocked(uuid_text(uuid, &text), uuid);
	if (!rc)
		rc = inventory_need_record(inv);
	if (rc)
		return rc;
	record = inv->record;
	rc = xenpmem_unserve(inv->pmem, uuid);
	if (rc && rc != -ENOENT)
		return refuse(uuid_text(uuid, &text), "%s", xenpmem_error(inv->pmem));
	if (xenpmem_record_remove(inv->pmem, &record, uuid))
		return refuse(uuid_text(uuid, &text), "no such namespace, and the record does not "
						      "name it either");
	rc = inventory_store_record(inv, &record);
	if (!rc)
		lost_tell(uuid);
	return rc;
}

/*
 * dom0's kernel cannot give back what it uses before it reboots: this is about the next boot. If a
 * killed enable left the namespace with our driver, Xen gives it back at once.
 */
static int host_disable(struct inventory *inv, const struct xenpmem_namespace *ns)
{
	const struct xen_pmem_backing *b;
	int rc;

	rc = inventory_need_record(inv);
	if (rc)
		return rc;
	b = xenpmem_record_find(&inv->record, ns->range.uuid);
	if (ns->bound)
		rc = range_unserve(inv, ns, b);
	else if (!b)
		rc = inventory_range(inv, ns->range.uuid) ?
			     refuse(namespace_name(ns),
				    "dom0 keeps /dev/%s until it reboots; at the next boot it is "
				    "not enabled",
				    ns->block) :
			     refuse(namespace_name(ns), "not enabled");
	if (!rc && b)
		rc = record_leave(inv, ns->range.uuid);
	if (!rc && ns->bound)
		namespace_report(ns, true, "disabled", "disabled");
	else if (!rc)
		namespace_report(ns, true, "disabled at the next boot",
			  "not enabled at the next boot; until then it stays dom0's /dev/%s, "
			  "with Xen's tables",
			  ns->block);
	return rc;
}

struct request {
	const char *name;
	enum data_choice choice;
};

static int disable(struct inventory *inv, void *arg)
{
	const struct request *request = arg;
	const struct xenpmem_namespace *ns;
	uuid_t uuid;
	int rc;

	if (!uuid_parse(request->name, uuid) && !inventory_find_uuid(inv, uuid))
		return lost_disable(inv, uuid);
	rc = inventory_find(inv, request->name, &ns);
	if (!rc && ns->role == XEN_PMEM_ROLE_HOST)
		return host_disable(inv, ns);
	if (!rc)
		rc = namespace_need_bound(ns);
	if (rc)
		return rc;
	if (ns->role == XEN_PMEM_ROLE_RESERVED)
		return area_disable(inv, ns);
	return range_disable(inv, ns, request->choice);
}

static int disable_run(struct arguments *args)
{
	struct request request = { .name = args->operands[0] };
	int rc;

	rc = choice_read(args, &request.choice);
	return rc ? rc : inventory_run(INVENTORY_REAP, disable, &request);
}

const struct verb verb_disable = {
	.run = disable_run,
	.usage = {
		.name = "disable",
		.synopsis = "[--keep | --erase] NAMESPACE",
		.summary = "take a namespace back from Xen",
		.help = "It is refused while a guest holds the namespace. If a guest has held "
			"it, say what becomes of that guest's data, which dom0 can read "
			"afterwards.\n"
			"dom0 keeps a namespace that it uses itself (in fsdax or devdax mode) "
			"until it reboots; the namespace is not enabled after that.\n"
			"The reserved area can be disabled after all other namespaces.",
		.options = {
			[CHOICE_KEEP] = { "keep", 0, NULL, "keep the data, and the guest's "
					  "labels for the time when the namespace is enabled "
					  "again" },
			[CHOICE_ERASE] = { "erase", 0, NULL, "write zeros over the namespace "
					   "and its labels first; of a disabled namespace: give "
					   "up the labels that are kept for it" },
		},
		.operands = { 1, 1, "one namespace" },
		.json = "namespaces",
		.changes = true,
	},
};
