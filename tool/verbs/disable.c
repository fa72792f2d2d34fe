// SPDX-License-Identifier: GPL-2.0-only
/* xen-pmem disable: takes a namespace back from Xen. */
#include <errno.h>
#include <string.h>
#include <uuid/uuid.h>

#include "xen/domain.h"
#include "host/labels.h"
#include "host/handover.h"
#include "host/reap.h"
#include "verbs/verb.h"

static int in_use(struct inventory *host, const struct xenpmem_namespace *ns)
{
	char why[256];

	snprintf(why, sizeof(why), "%s", xenpmem_error(host->pmem));
	inventory_read(host);
	if (inventory_need_unassigned(host, namespace_name(ns), ns->range.uuid))
		return EXIT_REFUSED;
	return refuse(namespace_name(ns), "%s", why);
}

static int area_disable(struct inventory *host, const struct xenpmem_namespace *ns)
{
	int rc = labels_unserve(host);

	if (!rc)
		rc = xenpmem_unreserve(host->pmem);
	if (rc && rc != -ENOENT)
		return refuse(namespace_name(ns), "%s", xenpmem_error(host->pmem));
	if (rc && !ns->held)
		return refuse(namespace_name(ns), "not in use");
	if (xenpmem_hold(host->pmem, ns, false))
		return refuse(namespace_name(ns), "%s", xenpmem_error(host->pmem));
	namespace_report(ns, true, "disabled", "disabled");
	return EXIT_DONE;
}

/* Guests' namespaces are in its labels: with the guest's data its label slot stays too. */
static int record_leave(struct inventory *host, const uint8_t uuid[16])
{
	struct xenpmem_record record = host->record;
	struct xen_pmem_backing *b = xenpmem_record_find(&record, uuid);

	if (b->label_slot && backing_holds_data(b))
		b->flags |= XEN_PMEM_BACKING_KEPT;
	else
		xenpmem_record_remove(host->pmem, &record, uuid);
	return inventory_store_record(host, &record);
}

/* It is disabled already, and its labels are kept; zeros are not written over what is dom0's now. */
static int kept_disable(struct inventory *host, const struct xenpmem_namespace *ns,
			enum data_choice choice)
{
	struct xenpmem_record record = host->record;
	const struct xen_pmem_backing *b = xenpmem_record_find(&record, ns->range.uuid);
	int rc;

	if (choice != DATA_ERASE)
		return refuse(namespace_name(ns), "not enabled; labels of %s are kept for it (--erase gives them up)", backing_owner_text(b));
	xenpmem_record_remove(host->pmem, &record, ns->range.uuid);
	rc = inventory_store_record(host, &record);
	if (rc)
		return rc;
	namespace_report(ns, true, "labels given up", "the labels kept for it are given up");
	return EXIT_DONE;
}

/* Xen first: it is the one to refuse. What it has given back already, a run that was killed had come so far. */
static int range_unserve(struct inventory *host, const struct xenpmem_namespace *ns, bool known)
{
	int rc = xenpmem_unserve(host->pmem, ns->range.uuid);

	if (rc == -EBUSY)
		return in_use(host, ns);
	if (rc && rc != -ENOENT)
		return refuse(namespace_name(ns), "%s", xenpmem_error(host->pmem));
	if (rc && !known && !ns->held)
		return refuse(namespace_name(ns), "not enabled");
	if (xenpmem_hold(host->pmem, ns, false))
		return refuse(namespace_name(ns), "%s", xenpmem_error(host->pmem));
	return EXIT_DONE;
}

static int range_disable(struct inventory *host, const struct xenpmem_namespace *ns, enum data_choice choice)
{
	const struct xen_pmem_backing *b;
	int rc;

	rc = inventory_need_unassigned(host, namespace_name(ns), ns->range.uuid);
	if (!rc)
		rc = inventory_need_record(host);
	if (rc)
		return rc;
	b = xenpmem_record_find(&host->record, ns->range.uuid);
	if (b && b->flags & XEN_PMEM_BACKING_KEPT)
		return kept_disable(host, ns, choice);
	rc = handover_to_dom0(host, ns, choice);
	if (!rc)
		rc = range_unserve(host, ns, b);
	if (!rc && b)
		rc = record_leave(host, ns->range.uuid);
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

/* The host has lost it: all that is left is its name in the record. */
static int lost_disable(struct inventory *host, const uuid_t uuid)
{
	struct xenpmem_record record;
	struct uuid_buf text;
	int rc;

	rc = namespace_check_unlocked(uuid_text(uuid, &text), uuid);
	if (!rc)
		rc = inventory_need_record(host);
	if (rc)
		return rc;
	record = host->record;
	rc = xenpmem_unserve(host->pmem, uuid);
	if (rc && rc != -ENOENT)
		return refuse(uuid_text(uuid, &text), "%s", xenpmem_error(host->pmem));
	if (xenpmem_record_remove(host->pmem, &record, uuid))
		return refuse(uuid_text(uuid, &text), "no such namespace, nor does the record name it");
	rc = inventory_store_record(host, &record);
	if (!rc)
		lost_tell(uuid);
	return rc;
}

/*
 * What dom0's driver has of Xen's it cannot give back before dom0 reboots. So it is the next boot that is asked about. Where a killed enable left it with our driver
 * it can be had back at once.
 */
static int host_disable(struct inventory *host, const struct xenpmem_namespace *ns)
{
	const struct xen_pmem_backing *b;
	int rc;

	rc = inventory_need_record(host);
	if (rc)
		return rc;
	b = xenpmem_record_find(&host->record, ns->range.uuid);
	if (ns->bound)
		rc = range_unserve(host, ns, b);
	else if (!b)
		rc = inventory_range(host, ns->range.uuid) ?
		     refuse(namespace_name(ns), "dom0 has it as /dev/%s until it reboots; at the next boot it is not enabled", ns->block) :
		     refuse(namespace_name(ns), "not enabled");
	if (!rc && b)
		rc = record_leave(host, ns->range.uuid);
	if (!rc && ns->bound)
		namespace_report(ns, true, "disabled", "disabled");
	else if (!rc)
		namespace_report(ns, true, "disabled at the next boot",
			  "not enabled at the next boot; until then it stays dom0's /dev/%s, "
			  "with Xen's tables",
			  ns->block);
	return rc;
}

static int disable(struct inventory *host, const char *name, enum data_choice choice)
{
	const struct xenpmem_namespace *ns;
	uuid_t uuid;
	int rc;

	if (!uuid_parse(name, uuid) && !inventory_find_uuid(host, uuid))
		return lost_disable(host, uuid);
	rc = inventory_find(host, name, &ns);
	if (!rc && ns->role == XEN_PMEM_ROLE_HOST)
		return host_disable(host, ns);
	if (!rc)
		rc = namespace_need_bound(ns);
	if (rc)
		return rc;
	return ns->role == XEN_PMEM_ROLE_RESERVED ? area_disable(host, ns) : range_disable(host, ns, choice);
}

static int run(const struct verb *verb, int argc, char **argv)
{
	bool keep = false, erase = false;
	const struct flag flags[] = { { "keep", &keep, NULL },
				      { "erase", &erase, NULL },
				      { NULL, NULL, NULL } };
	enum data_choice choice;
	struct inventory host;
	int rc;

	options_take(verb, argc, argv, flags);
	rc = choice_read(verb, keep, erase, &choice);
	if (!rc)
		rc = inventory_open_locked(&host);
	if (rc)
		return rc;
	reap_dead(&host, true);
	rc = disable(&host, argv[1], choice);
	inventory_close(&host);
	return rc;
}

const struct verb verb_disable = {
	"disable", run, "[--keep | --erase] NAMESPACE",
	"take a namespace back from Xen\n"
	"Refused while a guest has it. If a guest has had it, say what becomes of that guest's data, which dom0 can read then:\n"
	"  --keep   they stay as they are, and so do the guest's labels, for when the namespace is enabled again\n"
	"  --erase  zeros are written over the namespace and its labels first; of one that is disabled already, the labels kept for it are given up\n"
	"One that dom0 uses itself (in fsdax or devdax mode) stays so until dom0 reboots, and is not enabled then.\n"
	"The reserved area can be taken back once nothing else is enabled.",
	.operands = { 1, 1, "one namespace" },
	.json = "changed namespaces",
};
