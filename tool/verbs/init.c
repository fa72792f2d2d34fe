// SPDX-License-Identifier: GPL-2.0-only
/* xen-pmem init: makes a namespace the reserved area, by writing an empty record to its start. */
#include <errno.h>

#include "host/available.h"
#include "verbs/verb.h"

#define TEXT(number)	TEXT_OF(number)
#define TEXT_OF(number)	#number

static int foreign_check(struct inventory *inv, const struct xenpmem_namespace *ns)
{
	char found[64];

	if (xenpmem_namespace_contents(inv->pmem, ns, found, sizeof(found)))
		return refuse(namespace_name(ns), "%s; --force overwrites it",
			      xenpmem_error(inv->pmem));
	if (found[0])
		return refuse(namespace_name(ns), "it holds something: %s; --force overwrites it",
			      found);
	return EXIT_DONE;
}

/* Any record is a reason to refuse, above all one of a newer version. */
static int record_check(struct inventory *inv, const struct xenpmem_namespace *ns)
{
	struct xenpmem_record record;
	int rc = xenpmem_record_load(inv->pmem, ns, &record);

	if (!rc)
		return refuse(namespace_name(ns),
			      "it is a reserved area already, for %u namespaces; --force makes it "
			      "anew",
			      record.data.nr_backings);
	if (rc != -ENOENT)
		return refuse(namespace_name(ns), "%s; --force overwrites it",
			      xenpmem_error(inv->pmem));
	return foreign_check(inv, ns);
}

/* Before the record that is there is read. */
static int bad_check(struct inventory *inv, const struct xenpmem_namespace *ns)
{
	if (health_why_unfit(&ns->health, false))
		return refuse(namespace_name(ns), "%s", health_why_unfit(&ns->health, false));
	return xenpmem_record_check(inv->pmem, ns) ?
		       refuse(namespace_name(ns), "%s", xenpmem_error(inv->pmem)) :
		       EXIT_DONE;
}

enum { INIT_FORCE };

static int init(struct inventory *inv, void *arg)
{
	const struct arguments *args = arg;
	const struct xenpmem_namespace *ns;
	struct xenpmem_record record;
	struct xenpmem_range area;
	struct size_buf size;
	int rc;

	rc = inventory_find(inv, args->operands[0], &ns);
	if (!rc && (ns->role == XEN_PMEM_ROLE_GUEST || ns->role == XEN_PMEM_ROLE_HOST))
		rc = refuse(namespace_name(ns), "this namespace is for guests; the reserved area "
						"needs the label name " XEN_PMEM_LABEL_RESERVED);
	if (!rc)
		rc = namespace_need_bound(ns);
	if (!rc && ns->held)
		rc = refuse(namespace_name(ns), "Xen is using it as its reserved area");
	if (!rc)
		rc = bad_check(inv, ns);
	if (!rc)
		rc = available_need(inv, ns, &ns->range);
	if (!rc && !args->option[INIT_FORCE])
		rc = record_check(inv, ns);
	if (rc)
		return rc;
	if (xenpmem_record_make(inv->pmem, ns, &record) ||
	    xenpmem_record_area(inv->pmem, ns, &record, &area) ||
	    xenpmem_labels_check(inv->pmem, ns, &record) ||
	    (!args->dry_run && xenpmem_record_store(inv->pmem, ns, &record)))
		return refuse(namespace_name(ns), "%s", xenpmem_error(inv->pmem));
	json_number(namespace_report(ns, !args->dry_run, "reserved",
				     "%sreserved area, %s for Xen's tables",
				     args->dry_run ? "would become the " : "",
				     size_text(area.length, &size)),
		    "tables_size", area.length);
	return EXIT_DONE;
}

static int init_run(struct arguments *args)
{
	return inventory_run(INVENTORY_CHANGE, init, args);
}

const struct verb verb_init = {
	.run = init_run,
	.usage = {
		.name = "init",
		.synopsis = "[--force] NAMESPACE",
		.summary = "make a namespace the reserved area",
		.help = "The label name of the namespace must be " XEN_PMEM_LABEL_RESERVED
			" (ndctl create-namespace -m raw -n " XEN_PMEM_LABEL_RESERVED
			" -s SIZE). Its size: " TEXT(XENPMEM_RESERVED_GIB) " MiB for each GiB "
			"that it is to serve, " TEXT(XENPMEM_RESERVED_NAMESPACE) " MiB for each "
			"namespace, and " TEXT(XENPMEM_RESERVED_SELF) " MiB for itself.",
		.options = {
			[INIT_FORCE] = { "force", 0, NULL, "overwrite a filesystem, a partition "
					 "table or a record; it is lost" },
		},
		.operands = { 1, 1, "one namespace" },
		.json = "namespaces",
		.changes = true,
		.can_dry_run = true,
	},
};
